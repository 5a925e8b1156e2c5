"""Norms: shapes, weights, conditions, windows and work against PyTorch and plain loops."""

from collections import Counter
from itertools import product

import pytest

from cnnshape.layers.base import POINTWISE, Windows
from cnnshape.layers.norm import GRN, BatchNorm, GroupNorm, InstanceNorm, L2Norm, LayerNorm, LocalResponseNorm, RMSNorm
from cnnshape.symbolic import Window, dim
from tests.layers.counted import add_up, largest, numbers, power, sqrt
from tests.layers.measured import (
    compare,
    conditions_of,
    draws,
    fault_of,
    fits_often,
    refusal,
    shape_of,
    specs,
    weights_of,
    work_of,
)


class Counterless:
    """A PyTorch module without num_batches_tracked, which is no buffer here."""

    def __init__(self, module):
        self.module = module

    def __call__(self, *inputs):
        return self.module(*inputs)

    def state_dict(self):
        return {name: t for name, t in self.module.state_dict().items() if name != "num_batches_tracked"}


KEEP = [
    BatchNorm(),
    InstanceNorm(),
    GroupNorm(1),
    LayerNorm(),
    RMSNorm(),
    LocalResponseNorm(5),
    L2Norm(),
    GRN(),
]


@pytest.mark.parametrize("layer", KEEP, ids=repr)
def test_shape_stays(layer):
    for x in [("N", "C", "L"), ("N", 3, "H", "W"), ("N", "C", "T", "H", "W")]:
        assert shape_of(layer, x) == x
    if type(layer) is not InstanceNorm:
        assert conditions_of(layer, ("N", 3, "H", "W")) == []


CONDITIONS = [
    (BatchNorm(64), ["C == 64"], "64"),
    (BatchNorm(64, track_running_stats=False), ["C == 64", "H*N*W >= 2"], "64"),
    (InstanceNorm(64), ["C == 64", "H*W >= 2"], "64"),
    (InstanceNorm(64, track_running_stats=True), ["C == 64"], "64"),
    (GroupNorm(1), ["C*H*N*W >= 2"], "C"),
    (GroupNorm(32), ["C % 32 == 0", "H*N*W*floor(C/32) >= 2"], "C"),
    (GroupNorm(32, num_channels=64), ["C == 64"], "64"),
    (GroupNorm(64, num_channels=64), ["C == 64", "H*N*W >= 2"], "64"),
    (GRN(num_features=64), ["C == 64"], "64"),
]


@pytest.mark.parametrize(("layer", "conditions", "channels"), CONDITIONS)
def test_conditions(layer, conditions, channels):
    assert conditions_of(layer, ("N", "C", "H", "W")) == conditions
    # the simpler of the two equal sizes goes on
    assert [str(size) for size in shape_of(layer, ("N", "C", "H", "W"))] == ["N", channels, "H", "W"]


def test_conditions_of_the_last_axes():
    assert conditions_of(LayerNorm((7, 7)), ("N", "C", "H", "W")) == ["H == 7", "W == 7"]
    assert shape_of(LayerNorm((7, 7)), ("N", "C", "H", "W")) == ("N", "C", 7, 7)
    assert conditions_of(RMSNorm(8), ("N", "T", "C")) == ["C == 8"]


def test_a_stated_size_fixes_the_weights():
    x = ("N", "C", "H", "W")
    for layer in (BatchNorm(64), InstanceNorm(64, affine=True), GroupNorm(32, num_channels=64), GRN(num_features=64)):
        assert set(weights_of(layer, x).values()) == {(64,)}
    assert set(weights_of(LayerNorm((7, 7)), x).values()) == {(7, 7)}


@pytest.mark.parametrize(("layer", "name"), [(BatchNorm, "BatchNorm"), (InstanceNorm, "InstanceNorm")])
def test_channel_norms_as_pytorch(torch, layer, name):
    taken = []
    for draw, rank in draws(150, seed=1):
        size = draw.size(1, 5)
        given = {"affine": draw.one(True, False), "track_running_stats": draw.one(True, False)}
        with torch.device("meta"):
            module = getattr(torch.nn, f"{name}{rank}d")(size, **given).eval()
        shape = draw.shape(draw.one(rank, rank, rank, 1, 2), size)
        if name == "BatchNorm" and draw.one(True, False, False):
            shape = shape[:2]
        if name == "InstanceNorm" and len(shape) == rank + 1:
            continue  # PyTorch reads an input without a batch
        taken.append(compare(torch, layer(size, rank=rank, **given), Counterless(module), shape))
        if taken[-1]:
            compare(torch, layer(**given), Counterless(module), shape)
    fits_often(taken)


def test_group_norm_as_pytorch(torch):
    taken = []
    for draw, rank in draws(150, seed=2):
        size, groups, affine = draw.size(1, 12), draw.one(1, 2, 3, 4), draw.one(True, False)
        shape = draw.shape(rank, size)[: draw.one(2, 9)]
        if size % groups:
            assert "CS204" in fault_of(GroupNorm(groups), shape)
            continue
        with torch.device("meta"):
            module = torch.nn.GroupNorm(groups, size, affine=affine)
        taken.append(compare(torch, GroupNorm(groups, affine=affine), module, shape))
        other = (shape[0], size + groups, *shape[2:])
        if affine:  # without weights PyTorch does not see the difference
            compare(torch, GroupNorm(groups, num_channels=size), module, other)
    fits_often(taken)


@pytest.mark.parametrize(("layer", "name"), [(LayerNorm, "LayerNorm"), (RMSNorm, "RMSNorm")])
def test_trailing_norms_as_pytorch(torch, layer, name):
    taken = []
    for draw, rank in draws(150, seed=3):
        shape = draw.shape(rank, draw.size(1, 4), most=5)
        over = shape[draw.size(1, len(shape) - 1) :]
        given = {"elementwise_affine": draw.one(True, False)} | (
            {"bias": draw.one(True, False)} if name == "LayerNorm" else {}
        )
        with torch.device("meta"):
            module = getattr(torch.nn, name)(over, **given)
        x = draw.one(shape, shape, (*shape[:-1], shape[-1] + 1), shape[1:])
        taken.append(compare(torch, layer(over, **given), module, x, fixed=()))
    fits_often(taken)


def test_others_as_pytorch(torch):
    taken = []
    for draw, rank in draws(100, seed=4):
        shape = draw.shape(rank, draw.size(1, 6))[: draw.one(2, 9)]
        module = torch.nn.LocalResponseNorm(size := draw.size(1, 6))
        taken.append(compare(torch, LocalResponseNorm(size), module, shape, fixed=()))
        axis = draw.size(-4, 3)
        taken.append(
            compare(torch, L2Norm(dim=axis), lambda x, a=axis: torch.nn.functional.normalize(x, dim=a), shape, fixed=())
            if -len(shape) <= axis < len(shape)
            else "CS207" not in fault_of(L2Norm(dim=axis), shape)
        )
    fits_often(taken)


def test_buffers_are_not_trained():
    weights = BatchNorm().weights(specs(("N", 3)))
    assert {name: (w.trainable, w.init, w.value) for name, w in weights.items()} == {
        "weight": (True, "constant", 1.0),
        "bias": (True, "constant", 0.0),
        "running_mean": (False, "constant", 0.0),
        "running_var": (False, "constant", 1.0),
    }


def statistics(row):
    """Subtract the mean, divide by the root of the variance plus eps."""
    mean = add_up(row) / len(row)
    centered = [x - mean for x in row]
    scale = 1 / sqrt(add_up([x * x for x in centered]) / len(row) + 1e-5)
    return [x * scale for x in centered]


def mean_square(row):
    scale = 1 / sqrt(add_up([x * x for x in row]) / len(row) + 1e-5)
    return [x * scale for x in row]


def unit(row):
    length = largest(sqrt(add_up([x * x for x in row])), 1e-12)
    return [x / length for x in row]


def affine(row, scale=True, shift=True):
    row = [x * 0.9 for x in row] if scale else row
    return [x + 0.1 for x in row] if shift else row


def neighbors(row, size=3):
    """y = x/(k + alpha/size*sum(x^2))^beta with padding of zeros, which count."""
    squares = [x * x for x in row]
    zero = numbers(row[0].tally, 1)[0]
    padded = [zero] * (size // 2) + squares + [zero] * ((size - 1) // 2)
    return [x / power(1.0 + add_up(padded[i : i + size]) * (1e-4 / size), 0.75) for i, x in enumerate(row)]


# layer, shape, how many rows of how many numbers are normalized together, what is done with one
WORK = [
    ("batch", BatchNorm(), (2, 3, 4, 5), (1, 120), affine),
    ("batch-plain", BatchNorm(affine=False), (2, 3, 4, 5), (1, 120), affine),
    ("batch-own", BatchNorm(track_running_stats=False), (2, 3, 4), (3, 8), lambda row: affine(statistics(row))),
    ("instance", InstanceNorm(), (2, 3, 4, 5), (6, 20), statistics),
    ("instance-affine", InstanceNorm(affine=True), (2, 3, 4), (6, 4), lambda row: affine(statistics(row))),
    ("instance-tracked", InstanceNorm(track_running_stats=True), (2, 3, 4), (6, 4), affine),
    ("group", GroupNorm(2), (3, 4, 5), (6, 10), lambda row: affine(statistics(row))),
    ("group-plain", GroupNorm(4, affine=False), (3, 4, 5), (12, 5), statistics),
    ("layer", LayerNorm(), (2, 3, 4), (6, 4), lambda row: affine(statistics(row))),
    ("layer-two", LayerNorm((3, 4), bias=False), (2, 3, 4), (2, 12), lambda row: affine(statistics(row), shift=False)),
    ("layer-plain", LayerNorm(elementwise_affine=False), (2, 3, 4), (6, 4), statistics),
    ("rms", RMSNorm(), (2, 3, 4), (6, 4), lambda row: affine(mean_square(row), shift=False)),
    ("rms-plain", RMSNorm((3, 4), elementwise_affine=False), (2, 3, 4), (2, 12), mean_square),
    ("l2", L2Norm(), (2, 5, 3), (6, 5), unit),
    ("l2-last", L2Norm(dim=-1), (2, 5, 3), (10, 3), unit),
    ("response", LocalResponseNorm(3), (2, 5, 3), (6, 5), neighbors),
]


@pytest.mark.parametrize(("layer", "shape", "rows", "one"), [pytest.param(*row[1:], id=row[0]) for row in WORK])
def test_work_is_what_a_plain_loop_does(layer, shape, rows, one):
    tally = Counter()
    for _ in range(rows[0]):
        one(numbers(tally, rows[1]))
    assert work_of(layer, shape) == tally


def test_work_of_grn():
    """Woo et al., arXiv:2301.00808, algorithm 1, written out."""
    tally = Counter()
    for _ in range(2):
        maps = [numbers(tally, 5) for _ in range(3)]
        lengths = [sqrt(add_up([x * x for x in row])) for row in maps]
        mean = add_up(lengths) / 3 + 1e-6
        for row, length in zip(maps, [g / mean for g in lengths], strict=True):
            for x in row:
                0.9 * (x * length) + 0.1 + x
    assert work_of(GRN(), (2, 3, 5)) == tally
    assert work_of(GRN(dim=-1), (2, 5, 3)) == tally


def test_grn_weights():
    assert weights_of(GRN(), ("N", 96, "H", "W")) == {"gamma": (96,), "beta": (96,)}
    assert weights_of(GRN(dim=-1), ("N", "H", "W", 96)) == {"gamma": (96,), "beta": (96,)}


WINDOWS = [
    (BatchNorm(), POINTWISE),
    (BatchNorm(track_running_stats=False), Windows(whole=(0, 2, 3))),
    (InstanceNorm(), Windows(whole=(2, 3))),
    (InstanceNorm(track_running_stats=True), POINTWISE),
    (GroupNorm(2), Windows(whole=(1, 2, 3))),
    (LayerNorm(), Windows(whole=(3,))),
    (LayerNorm((4, 5, 6)), Windows(whole=(1, 2, 3))),
    (RMSNorm((5, 6)), Windows(whole=(2, 3))),
    (L2Norm(), Windows(whole=(1,))),
    (L2Norm(dim=-1), Windows(whole=(3,))),
    (GRN(), Windows(whole=(1, 2, 3))),
]


@pytest.mark.parametrize(("layer", "window"), WINDOWS)
def test_window(layer, window):
    assert layer.window(specs((2, 4, 5, 6))) == window


def test_window_of_the_response_norm_is_that_of_pytorch(torch):
    """One element is changed; which outputs change?"""
    for size, channels in product(range(1, 6), (7,)):
        window = LocalResponseNorm(size).window(specs((1, channels, 1))).axes[1]
        assert window == Window(size, 1, size // 2, (size - 1) // 2)
        for changed in range(channels):
            x = torch.ones(1, channels, 1)
            module = torch.nn.LocalResponseNorm(size, alpha=1.0)
            before = module(x).clone()
            x[0, changed] = 9
            seen = [i for i in range(channels) if not torch.equal(module(x)[0, i], before[0, i])]
            first = [i for i in range(channels) if i - window.before <= changed <= i - window.before + size - 1]
            assert seen == first


FAULTS = [
    (
        BatchNorm(64),
        (1, 3, 4, 4),
        "CS202: num_features = 64, the input has 3",
        "rule: num_features equals the size of that axis of the input",
        "fix: num_features: 3, or leave num_features out: it is read from the input",
    ),
    (
        BatchNorm(rank=2),
        ("N", 3),
        "CS206: BatchNorm needs 2 space axes after batch and channels, the input (N, 3) has 0 of them",
        "rule: shapes are (N, C, *space): batch, channels, then one axis for L, two for H W, three for D H W",
        "fix: an input with 2 space axes, or another layer",
    ),
    (
        BatchNorm(),
        ("N",),
        "CS206: BatchNorm works on channels, the input (N,) has none",
        "rule: shapes are (N, C, *space): batch, channels, then any space axes",
        "fix: an input with channels: [C] or [C, H, W]",
    ),
    (
        InstanceNorm(),
        ("N", 3),
        "CS206: InstanceNorm needs 1 to 3 space axes after batch and channels, the input (N, 3) has 0 of them",
        "rule: shapes are (N, C, *space): batch, channels, then one axis for L, two for H W, three for D H W",
        "fix: an input with 1 to 3 space axes, or another layer",
    ),
    (
        InstanceNorm(),
        ("N", 512, 1, 1),
        "CS203: InstanceNorm takes its statistics over 1 element",
        "rule: mean and variance are taken over at least 2 elements; of a single one nothing is left",
        "fix: a larger input, or one stride less before it",
    ),
    (
        GroupNorm(32),
        ("N", 48, "H", "W"),
        "CS204: num_groups = 32 does not divide channels = 48",
        "rule: channels % num_groups == 0",
        "fix: num_groups: 24, or channels: 32",
    ),
    (
        LayerNorm(96),
        ("N", 96, 56, 56),
        "CS202: normalized_shape = (96,), the input (N, 96, 56, 56) ends in (56,)",
        "rule: normalized_shape equals the sizes of the last axes of the input",
        "fix: normalized_shape: [56], or leave normalized_shape out: it is read from the input",
        "  or permute axis C, which has 96, to the end",
    ),
    (
        LayerNorm((3, 8, 8)),
        ("N", 3, 7, 8),
        "CS202: normalized_shape = (3, 8, 8), the input (N, 3, 7, 8) ends in (3, 7, 8)",
        "rule: normalized_shape equals the sizes of the last axes of the input",
        "fix: normalized_shape: [3, 7, 8]",
    ),
    (
        RMSNorm((3, 4, 5)),
        ("N", 5),
        "CS206: RMSNorm normalizes the last 3 axes, the input (N, 5) has 2",
        "rule: normalized_shape has at most as many entries as the input has axes",
        "fix: leave normalized_shape out: it is then the last axis",
    ),
    (
        LocalResponseNorm(5),
        ("N", 96),
        "CS206: LocalResponseNorm needs space axes after batch and channels, the input (N, 96) has none",
        "rule: shapes are (N, C, *space)",
        "fix: an input with space axes, such as [C, H, W]",
    ),
    (
        L2Norm(dim=2),
        ("N", 96),
        "CS207: dim = 2 is no axis of a tensor with 2 axes",
        "rule: axes go from -2 to 1",
        "fix: dim between -2 and 1",
    ),
    (
        GRN(),
        ("N", 96),
        "CS206: GRN needs space axes after batch and channels, the input (N, 96) has none",
        "rule: shapes are (N, C, *space)",
        "fix: an input with space axes, such as [C, H, W]",
    ),
]


@pytest.mark.parametrize(("layer", "x", "lines"), [(layer, x, lines) for layer, x, *lines in FAULTS])
def test_fault(layer, x, lines):
    assert fault_of(layer, x) == "\n  ".join(lines)


def test_the_fixes_work():
    assert shape_of(GroupNorm(24), ("N", 48, "H", "W")) == shape_of(BatchNorm(48), ("N", 48, "H", "W"))
    assert shape_of(GroupNorm(32), ("N", 32, "H", "W")) == ("N", 32, "H", "W")
    assert shape_of(LayerNorm(96), ("N", 56, 56, 96)) == ("N", 56, 56, 96)
    assert shape_of(LayerNorm((3, 7, 8)), ("N", 3, 7, 8)) == ("N", 3, 7, 8)


def test_a_symbolic_number_of_groups_must_divide_as_a_formula():
    g = dim("g")
    assert shape_of(GroupNorm(g), ("N", 8 * g, "H", "W")) == ("N", "8*g", "H", "W")
    assert "CS204" in fault_of(GroupNorm(g), ("N", 8, "H", "W"))


REFUSED = [
    (
        lambda: GroupNorm(32, 64),
        f"CS403: GroupNorm takes one positional argument, num_groups; PyTorch's {GroupNorm.pytorch}",
    ),
    (lambda: LayerNorm(()), "CS401: LayerNorm: normalized_shape = () is not at least 1, as one number or a list"),
    (lambda: LayerNorm(0), "CS401: LayerNorm: normalized_shape = 0 is not at least 1, as one number or a list"),
    (
        lambda: LocalResponseNorm(0),
        "CS401: LocalResponseNorm: size = 0 is not a whole number of at least 1, or a formula",
    ),
]


@pytest.mark.parametrize(("make", "first_line"), REFUSED)
def test_refused_arguments(make, first_line):
    assert refusal(make).splitlines()[0] == first_line
