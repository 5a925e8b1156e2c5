"""Rearrangements on arrays, against PyTorch, and element by element where PyTorch has no such layer."""

import random
from itertools import product
from math import prod

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.errors import ShapeError
from cnnshape.layers import catalog
from tests.layers.computing import computed, computed_all, numbers, same

DTYPES = ("float64", "float32", "float16", "int64", "uint8", "bool")


def drawn(seed, count=60, least=1):
    """A source of settings, and an array of a random shape and element type."""
    draw, source = random.Random(seed), np.random.default_rng(1)
    for _ in range(count):
        shape = tuple(draw.randint(1, 5) for _ in range(draw.randint(least, 5)))
        yield draw, numbers(source, shape, draw.choice(DTYPES))


def axis(draw, x):
    return draw.randrange(-x.ndim, x.ndim)


def parted(draw, size):
    """Sizes whose product is `size`, and the same with one of them left open."""
    first = draw.choice([n for n in range(1, size + 1) if size % n == 0])
    sizes = [first, size // first]
    draw.shuffle(sizes)
    opened = list(sizes)
    if draw.random() < 0.5:
        opened[draw.randrange(2)] = -1
    return sizes, tuple(opened)


def test_another_shape(torch):
    for draw, x in drawn(1):
        tensor = torch.from_numpy(x)
        start, end = sorted((axis(draw, x) % x.ndim, axis(draw, x) % x.ndim))
        theirs = tensor.flatten(start, end).numpy()
        same(computed(L.Flatten(start_dim=start, end_dim=end - x.ndim), x), theirs)
        _, shape = parted(draw, x.size)
        same(computed(L.Reshape(shape), x), tensor.reshape(shape).numpy())
        same(computed(L.Reshape((0, -1), allowzero=False), x), tensor.reshape(x.shape[0], -1).numpy())
        dim = axis(draw, x)
        sizes, opened = parted(draw, x.shape[dim])
        same(computed(L.Unflatten(opened, dim=dim), x), tensor.unflatten(dim, sizes).numpy())


def test_axes(torch):
    for draw, x in drawn(2):
        tensor = torch.from_numpy(x)
        order = [draw.choice((a, a - x.ndim)) for a in draw.sample(range(x.ndim), x.ndim)]
        same(computed(L.Permute(tuple(order)), x), tensor.permute(*order).numpy())
        one, other = axis(draw, x), axis(draw, x)
        same(computed(L.Transpose(dim0=one, dim1=other), x), tensor.transpose(one, other).numpy())
        dim = draw.randrange(-x.ndim - 1, x.ndim + 1)
        new = tensor.unsqueeze(dim)
        same(computed(L.Unsqueeze(dim), x), new.numpy())
        same(computed(L.Squeeze(dim), new.numpy()), x)
        same(computed(L.Squeeze(), x), tensor.squeeze().numpy())


def test_parts(torch):
    for draw, x in drawn(3):
        tensor, dim = torch.from_numpy(x), axis(draw, x)
        size = x.shape[dim]
        chunks = draw.choice([n for n in range(1, size + 1) if (n - 1) * -(-size // n) < size])
        cut = sorted(draw.sample(range(1, size), draw.randint(0, size - 1)))
        sizes = [b - a for a, b in zip([0, *cut], [*cut, size], strict=True)]
        part = draw.randint(1, size)
        for layer, theirs in (
            (L.Chunk(chunks, dim=dim), tensor.chunk(chunks, dim)),
            (L.Split(part, dim=dim), tensor.split(part, dim)),
            (L.Split(tuple(sizes), dim=dim), tensor.split(sizes, dim)),
        ):
            for y, piece in zip(computed_all(layer, x), theirs, strict=True):
                same(y, piece.numpy())


def test_slices(torch):
    for draw, x in drawn(4, 150):
        tensor, dim = torch.from_numpy(x), axis(draw, x)
        size = x.shape[dim]
        first, stop = sorted(draw.sample(range(size + 1), 2))
        places = list(range(size))[first:stop]
        step = draw.choice((1, 1, 2, 3, -1, -2))
        if step > 0:
            start = draw.choice((first, first - size) + ((None,) if first == 0 else ()))
            end = draw.choice((None,) if stop == size else (stop, stop - size))
            places = places[::step]
        else:
            start = draw.choice((stop - 1, stop - 1 - size) + ((None,) if stop == size else ()))
            end = draw.choice((None,) if first == 0 else (first - 1, first - 1 - size))
            places = places[::-1][::-step]
        ours = computed(L.Slice(dim=dim, start=start, end=end, step=step), x)
        same(ours, tensor.index_select(dim, torch.tensor(places)).numpy())


def test_chosen_positions(torch):
    for draw, x in drawn(5):
        tensor, dim = torch.from_numpy(x), axis(draw, x)
        size = x.shape[dim]
        index = draw.randrange(-size, size)
        same(computed(L.Gather(index, dim=dim), x), tensor.select(dim, index).numpy())
        chosen = tuple(draw.randrange(-size, size) for _ in range(draw.randint(1, 4)))
        theirs = tensor.index_select(dim, torch.tensor(chosen) % size).numpy()
        same(computed(L.Gather(chosen, dim=dim), x), theirs)
        second = np.random.default_rng(index % 7).integers(-size, size, [draw.randint(1, 3)] * draw.randint(0, 2))
        flat = tensor.index_select(dim, torch.from_numpy(second.reshape(-1)) % size)
        shape = (*x.shape[: dim % x.ndim], *second.shape, *x.shape[dim % x.ndim + 1 :])
        given = second.astype(draw.choice(("int64", "int32", "int8")))
        same(computed(L.Gather(dim=dim), x, given), flat.numpy().reshape(shape))


@pytest.mark.parametrize("index", [3, -4, 200])
def test_a_position_that_is_not_there(index):
    dtype = np.uint8 if index > 0 else np.int64
    with pytest.raises(ShapeError, match=rf"axis C of size 3 has no index {index}") as fault:
        computed(L.Gather(dim=1), np.zeros((1, 3, 2)), np.array([0, index], dtype))
    assert fault.value.code == "CS213"


def test_copies(torch):
    for draw, x in drawn(6):
        repeats = [draw.randint(1, 3) for _ in range(draw.randint(1, x.ndim + 1))]
        tensor = torch.from_numpy(x)
        same(computed(L.Tile(tuple(repeats)), x), tensor.tile(repeats).numpy())
        same(computed(L.Tile(repeats[0]), x), tensor.tile(repeats[:1]).numpy())
        narrow = tensor[tuple(slice(0, 1) if draw.random() < 0.5 else slice(None) for _ in x.shape)]
        shape = (*repeats[: draw.randint(0, 2)], *(-1 if n == m and draw.random() < 0.5 else m
                 for n, m in zip(narrow.shape, x.shape, strict=True)))  # fmt: skip
        same(computed(L.Expand(shape), narrow.numpy()), narrow.expand(shape).numpy())


def test_rolled(torch):
    for draw, x in drawn(7):
        dims = tuple(axis(draw, x) for _ in range(draw.randint(1, 3)))
        shifts = tuple(draw.randint(-7, 7) for _ in dims)
        tensor = torch.from_numpy(x)
        same(computed(L.Roll(shifts, dims=dims), x), tensor.roll(shifts, dims).numpy())
        same(computed(L.Roll(shifts[0], dims=dims[0]), x), tensor.roll(shifts[0], dims[0]).numpy())
        same(computed(L.Roll(shifts[0]), x), tensor.roll(shifts[0]).numpy())


def test_shuffled(torch):
    draw, source = random.Random(8), np.random.default_rng(8)
    F = torch.nn.functional
    for _ in range(60):
        block, groups, rank = draw.randint(1, 3), draw.randint(1, 4), draw.randint(1, 3)
        count, channels, height, width = (draw.randint(1, 3) for _ in range(4))
        deep = numbers(source, (count, channels * block**2, height, width), draw.choice(DTYPES))
        wide = F.pixel_shuffle(torch.from_numpy(deep), block).numpy()
        same(computed(L.PixelShuffle(block), deep), wide)
        same(computed(L.DepthToSpace(block, mode="CRD"), deep), wide)
        same(computed(L.PixelUnshuffle(block), wide), F.pixel_unshuffle(torch.from_numpy(wide), block).numpy())
        same(computed(L.SpaceToDepth(block, mode="CRD"), wide), deep)
        x = numbers(source, (count, channels * groups, *(draw.randint(1, 4) for _ in range(rank))), "float32")
        try:
            theirs = F.channel_shuffle(torch.from_numpy(x), groups).numpy()
        except NotImplementedError:
            theirs = torch.from_numpy(x).unflatten(1, (groups, channels)).transpose(1, 2).flatten(1, 2).numpy()
        same(computed(L.ChannelShuffle(groups), x), theirs)


@pytest.mark.parametrize("mode", ["DCR", "CRD"])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_blocks_element_by_element(rank, mode):
    """The pixel p of the block at place q: channel c*r^k + p (CRD), p*C + c (DCR) of the deep map, row-major p."""
    draw = random.Random(rank)
    for _ in range(12):
        block, channels = draw.randint(1, 3), draw.randint(1, 3)
        places = tuple(draw.randint(1, 3) for _ in range(rank))
        pixels = (block,) * rank
        deep = np.arange(2 * channels * prod(pixels) * prod(places)).reshape(2, -1, *places)
        ours = computed(L.DepthToSpace(block, mode=mode), deep)
        for n, c, place, pixel in product(range(2), range(channels), np.ndindex(places), np.ndindex(pixels)):
            number = np.ravel_multi_index(pixel, pixels)
            channel = c * prod(pixels) + number if mode == "CRD" else number * channels + c
            target = tuple(q * block + p for q, p in zip(place, pixel, strict=True))
            assert ours[(n, c, *target)] == deep[(n, channel, *place)]
        same(computed(L.SpaceToDepth(block, mode=mode), ours), deep)
        if mode == "CRD":
            same(computed(L.PixelShuffle(block, rank=rank), deep), ours)
            same(computed(L.PixelUnshuffle(block, rank=rank), ours), deep)


def test_other_element_types(torch):
    source = np.random.default_rng(9)
    values = np.concatenate([source.normal(0, 30, 40), [0.0, -0.0, 0.5, -0.5, 1.5, 127.0]])
    for one, other in product(DTYPES, repeat=2):
        x = (np.abs(values) if "u" in (one[0], other[0]) else values).astype(one)
        same(computed(L.Cast(other), x), torch.from_numpy(x).to(getattr(torch, other)).numpy())


@pytest.mark.filterwarnings("error")
def test_narrower_types_round_and_overflow_to_infinity(torch):
    patterns = np.random.default_rng(10).integers(0, 2**32, 100_000, dtype=np.uint32).view(np.float32)
    x = np.concatenate([patterns, np.float32([1.00390625, 1.01171875, np.inf, -np.inf, np.nan, 3.4e38, 1e-45, -0.0])])
    theirs = torch.from_numpy(x).to(torch.bfloat16).float().numpy()
    y = np.empty_like(x)  # NumPy has no bfloat16: its numbers are kept as float32
    catalog.kernel_of(L.Cast)(L.Cast("bfloat16"), (x,), {}, (y,))
    np.testing.assert_array_equal(y, theirs)
    np.testing.assert_array_equal(computed(L.Cast("float16"), x), torch.from_numpy(x).half().numpy())
