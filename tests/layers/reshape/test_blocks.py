"""Channels and space exchanged, against PyTorch and the definitions of ONNX's operators written in NumPy."""

import numpy as np
import pytest

from cnnshape.layers.reshape import ChannelShuffle, DepthToSpace, PixelShuffle, PixelUnshuffle, SpaceToDepth
from cnnshape.symbolic import dim
from tests.layers.measured import Draw, compare, conditions_of, fault_of, fits_often, refusal, shape_of, specs, work_of
from tests.layers.moves import check_moves

SHAPES = [
    ("espcn", "27 channels at factor 3 are RGB", PixelShuffle(3), ("N", 27, "H", "W"), ("N", 3, "3*H", "3*W")),
    ("pytorch-documentation", "(1, 9, 4, 4) to (1, 1, 12, 12)", PixelShuffle(3), (1, 9, 4, 4), (1, 1, 12, 12)),
    ("line", "one axis", PixelShuffle(2), ("N", "2*C", "L"), ("N", "C", "2*L")),
    ("volume", "three axes", PixelShuffle(2), (1, 16, 3, 4, 5), (1, 2, 6, 8, 10)),
    ("back", "the reverse", PixelUnshuffle(3), ("N", 3, "3*H", "3*W"), ("N", 27, "H", "W")),
    ("onnx-depth", "backend test: (1, 8, 2, 3) to (1, 2, 4, 6)", DepthToSpace(2), (1, 8, 2, 3), (1, 2, 4, 6)),
    ("onnx-space", "backend test: (1, 1, 4, 6) to (1, 4, 2, 3)", SpaceToDepth(2), (1, 1, 4, 6), (1, 4, 2, 3)),
    ("shufflenet", "sizes stay", ChannelShuffle(3), ("N", 240, "H", 28), ("N", 240, "H", 28)),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "x", "expected"), [pytest.param(*row[2:], id=row[0]) for row in SHAPES])
def test_shape(layer, x, expected):
    assert shape_of(layer, x) == expected


@pytest.mark.parametrize("name", ["PixelShuffle", "PixelUnshuffle"])
def test_as_pytorch(torch, name):
    taken = []
    for seed in range(300):
        draw = Draw(seed)
        block = draw.size(1, 3)
        area = draw.one(1, 1, block * block)
        shape = (draw.size(1, 2), area * draw.size(1, 9), *(draw.one(1, block) * draw.size(1, 6) for _ in range(2)))
        layer = {"PixelShuffle": PixelShuffle, "PixelUnshuffle": PixelUnshuffle}[name](block)
        taken.append(compare(torch, layer, getattr(torch.nn, name)(block), shape, fixed=()))
    fits_often(taken)


def test_channel_shuffle_as_pytorch(torch):
    taken = []
    for seed in range(200):
        draw = Draw(seed)
        shape = draw.shape(draw.size(1, 3), draw.size(1, 12))
        groups = draw.size(1, 4)
        if shape[1] < groups:
            continue  # PyTorch's meta kernel does not look
        taken.append(compare(torch, ChannelShuffle(groups), torch.nn.ChannelShuffle(groups), shape, fixed=()))
    fits_often(taken)


def to_space(x, b, mode):
    """The reference implementation in ONNX's page of DepthToSpace, for any number of space axes."""
    n, c, *space = x.shape
    rank = len(space)
    blocks = [b] * rank
    if mode == "DCR":
        x = x.reshape(n, *blocks, c // b**rank, *space)
        depth, first = 1 + rank, 1
    else:
        x = x.reshape(n, c // b**rank, *blocks, *space)
        depth, first = 1, 2
    order = [0, depth]
    for axis in range(rank):
        order += [2 + rank + axis, first + axis]
    return x.transpose(order).reshape(n, c // b**rank, *(size * b for size in space))


def to_depth(x, b, mode):
    """The inverse: every block's pixels become channels."""
    n, c, *space = x.shape
    rank = len(space)
    split = x.reshape(n, c, *(part for size in space for part in (size // b, b)))
    inner = [3 + 2 * axis for axis in range(rank)]
    outer = [2 + 2 * axis for axis in range(rank)]
    order = [0, *inner, 1, *outer] if mode == "DCR" else [0, 1, *inner, *outer]
    return split.transpose(order).reshape(n, c * b**rank, *(size // b for size in space))


@pytest.mark.parametrize("mode", ["DCR", "CRD"])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_moves(rank, mode):
    for b in (1, 2, 3):
        deep, wide = (2, 2 * b**rank, *(2, 3, 1)[:rank]), (2, 3, *(2 * b, b, 3 * b)[:rank])
        check_moves(DepthToSpace(b, mode=mode), deep, lambda a, b=b: to_space(a, b, mode))
        check_moves(SpaceToDepth(b, mode=mode), wide, lambda a, b=b: to_depth(a, b, mode))
        there_and_back = to_depth(to_space(np.arange(np.prod(deep)).reshape(deep), b, mode), b, mode)
        assert np.array_equal(there_and_back.ravel(), np.arange(np.prod(deep))), "the two reference functions agree"


def test_moves_of_pytorch(torch):
    """PixelShuffle is CRD: the positions are PyTorch's, element by element."""
    x = torch.arange(2 * 8 * 3 * 2).reshape(2, 8, 3, 2)
    assert np.array_equal(torch.nn.PixelShuffle(2)(x).numpy(), to_space(x.numpy(), 2, "CRD"))
    x = torch.arange(2 * 3 * 4 * 6).reshape(2, 3, 4, 6)
    assert np.array_equal(torch.nn.PixelUnshuffle(2)(x).numpy(), to_depth(x.numpy(), 2, "CRD"))
    check_moves(PixelShuffle(2), (2, 8, 3, 2), lambda a: to_space(a, 2, "CRD"))
    check_moves(PixelUnshuffle(2), (2, 3, 4, 6), lambda a: to_depth(a, 2, "CRD"))


def test_shuffled_channels_are_unknown_and_pixels_stay():
    groups = 3
    shuffled = lambda a: a.reshape(2, groups, 4, 5, 2).swapaxes(1, 2).reshape(2, 12, 5, 2)  # noqa: E731  # one line
    check_moves(ChannelShuffle(groups), (2, 12, 5, 2), shuffled)
    moved = shuffled(np.arange(12).repeat(20).reshape(12, 1, 5, 2, 2)[:, 0].transpose(3, 0, 1, 2))[0, :, 0, 0]
    places = {int(channel): place for place, channel in enumerate(moved)}
    assert all(places[i] == (i % 4) * groups + i // 4 for i in range(12)), "the formula of the documentation"


def test_conditions():
    assert conditions_of(PixelShuffle(2), ("N", "C", "H", "W")) == ["C % 4 == 0"]
    assert conditions_of(PixelUnshuffle(2), ("N", "C", "H", "W")) == ["H % 2 == 0", "W % 2 == 0"]
    assert conditions_of(PixelUnshuffle(2), ("N", "C", "2*H", "4*W")) == []
    assert conditions_of(ChannelShuffle(4), ("N", "C", "H", "W")) == ["C % 4 == 0"]
    assert conditions_of(ChannelShuffle(dim("C")), ("N", "2*C", "H")) == []


def test_nothing_is_computed():
    for layer in (PixelShuffle(2), PixelUnshuffle(2), DepthToSpace(2), SpaceToDepth(2), ChannelShuffle(2)):
        assert work_of(layer, (1, 4, 4, 4)) == {}
    assert PixelShuffle(2).window(specs((1, 4, 5, 5))).source == (0, None, 2, 3)


FAULTS = [
    (
        "channels",
        PixelShuffle(3),
        (1, 20, 7, 7),
        """\
CS210: axis C: 20 is not divisible by 9
  rule: C % 3^2 == 0
  fix: channels: 18 or 27""",
    ),
    (
        "space",
        SpaceToDepth(4),
        (1, 3, 8, 7),
        """\
CS210: axis W: 7 is not divisible by 4
  rule: W % 4 == 0
  fix: size of axis W: 4 or 8""",
    ),
    (
        "rank",
        PixelUnshuffle(2, rank=2),
        (1, 3, 8),
        """\
CS206: PixelUnshuffle needs 2 space axes after batch and channels, the input (1, 3, 8) has 1 of them
  rule: shapes are (N, C, *space): batch, channels, then one axis for L, two for H W, three for D H W
  fix: an input with 2 space axes, or another layer""",
    ),
    (
        "groups",
        ChannelShuffle(4),
        (1, 6, 8),
        """\
CS204: groups = 4 does not divide channels = 6
  rule: channels % groups == 0
  fix: groups: 3, or channels: 4""",
    ),
]


@pytest.mark.parametrize(("layer", "x", "expected"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_fault(layer, x, expected):
    assert fault_of(layer, x) == expected


@pytest.mark.parametrize(
    ("cls", "name"),
    [
        (PixelShuffle, "upscale_factor"),
        (PixelUnshuffle, "downscale_factor"),
        (DepthToSpace, "block_size"),
        (SpaceToDepth, "block_size"),
    ],
)
def test_refusal(cls, name):
    assert (
        refusal(lambda: cls(0))
        == f"""\
CS401: {cls.__name__}: {name} = 0: a block has at least one pixel
  rule: {name} >= 1
  fix: {name}: 2"""
    )
