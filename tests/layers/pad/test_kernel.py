"""Padding and cropping on arrays: against PyTorch, NumPy, and positions written out one by one."""

import random
from fractions import Fraction

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.errors import ArgumentError, ShapeError
from cnnshape.layers import catalog
from tests.layers.computing import computed, numbers, same

RANKS = (1, 2, 3)
TIMES = 60


def flat(pairs):
    """PyTorch's order: the last axis first."""
    return [side for pair in reversed(pairs) for side in pair]


@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
@pytest.mark.parametrize("mode", ["constant", "reflect", "replicate", "circular"])
def test_padding_and_cutting(rank, dtype, mode, torch):
    draw, source, compared, cut = random.Random(f"{rank}{mode}"), np.random.default_rng(rank), 0, 0
    while compared < TIMES:
        x = numbers(source, (2, 3, *(draw.randint(1, 7) for _ in range(rank))), dtype)
        pairs = tuple((draw.randint(-3, 5), draw.randint(-3, 5)) for _ in range(rank))
        value = draw.choice((0, -2)) if mode == "constant" else 0
        try:
            ours = computed(L.Pad(pairs, mode=mode, value=value), x)
        except ShapeError:  # more than there is
            continue
        theirs = torch.nn.functional.pad(torch.from_numpy(x), flat(pairs), mode, value if mode == "constant" else None)
        same(ours, theirs.numpy())
        compared += 1
        cut += any(side < 0 for pair in pairs for side in pair)
    assert cut > 10


@pytest.mark.parametrize(
    ("mode", "peer"), [("constant", "constant"), ("reflect", "reflect"), ("replicate", "edge"), ("circular", "wrap")]
)
def test_any_axes(mode, peer):
    x = np.random.default_rng(3).normal(size=(3, 4, 5, 6))
    layer = L.Pad(((1, 2), (3, 0)), mode=mode, axes=(-1, 1))
    same(computed(layer, x), np.pad(x, ((0, 0), (3, 0), (0, 0), (1, 2)), peer))
    same(computed(L.Pad(2, mode=mode, axes=0), x), np.pad(x, ((2, 2), (0, 0), (0, 0), (0, 0)), peer))


def test_what_constant_padding_holds():
    x = np.ones((1, 1, 2), np.float32)
    assert computed(L.Pad(((2, 1),), value=-1.5), x)[0, 0].tolist() == [-1.5, -1.5, 1, 1, -1.5]
    assert computed(L.Pad(1, value=float("-inf")), x)[0, 0].tolist() == [-np.inf, 1, 1, -np.inf]


@pytest.mark.parametrize(("dtype", "value"), [("uint8", -2), ("int8", 128), ("int64", float("-inf"))])
def test_a_value_that_whole_numbers_do_not_reach(dtype, value):
    with pytest.raises(ArgumentError, match=f"{dtype} does not hold it") as caught:
        computed(L.Pad(1, value=value), np.ones((1, 1, 2), dtype))
    assert caught.value.fault.code == "CS401"
    assert computed(L.Pad(1, value=2.7), np.ones((1, 1, 2), dtype))[0, 0].tolist() == [2, 1, 1, 2]


@pytest.mark.parametrize("rank", RANKS)
def test_crops(rank):
    draw, source, compared = random.Random(rank), np.random.default_rng(rank), 0
    while compared < TIMES:
        x = numbers(source, (2, 3, *(draw.randint(1, 9) for _ in range(rank))), "float32")
        pairs = tuple((draw.randint(0, 4), draw.randint(0, 4)) for _ in range(rank))
        try:
            ours = computed(L.Crop(pairs), x)
        except ShapeError:  # nothing is left
            continue
        for axis, (before, after) in enumerate(pairs, start=2):
            x = np.delete(x, [*range(before), *range(x.shape[axis] - after, x.shape[axis])], axis)
        same(ours, x)
        compared += 1


@pytest.mark.parametrize("rank", RANKS)
def test_the_middle_of_a_map(rank):
    draw, source = random.Random(rank), np.random.default_rng(rank)
    for _ in range(TIMES):
        size = tuple(draw.randint(1, 5) for _ in range(rank))
        x = numbers(source, (2, 3, *(s + draw.randint(0, 5) for s in size)), "float64")
        like = np.zeros((2, 1, *size))
        ours = computed(L.CenterCrop(size), x)
        same(computed(L.CenterCrop(), x, like), ours)
        for axis, kept in enumerate(size, start=2):
            turn = False
            while x.shape[axis] > kept:  # one from the end first, then one from each side in turn
                x = np.delete(x, 0 if turn else -1, axis)
                turn = not turn
        same(ours, x)


@pytest.mark.parametrize("layer", [L.Pad(1), L.Pad(2, mode="reflect"), L.Crop(1), L.CenterCrop(2)], ids=repr)
def test_numbers_of_any_kind(layer):
    x = np.arange(24.0).reshape(1, 2, 3, 4)
    found = computed(layer, x)
    exact = np.empty(found.shape, object)
    catalog.kernel_of(type(layer))(layer, (np.frompyfunc(Fraction, 1, 1)(x),), {}, (exact,))
    assert exact.astype(float).tolist() == found.tolist()
