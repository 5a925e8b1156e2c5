"""Reductions on arrays, against PyTorch and against Python's own functions."""

import math
import random

import numpy as np
import pytest

from cnnshape import layers as L
from tests.layers.computing import computed, numbers, same


def one_by_one(function, x, axes, keepdim):
    """A function of PyTorch that takes one axis, over several."""
    for axis in sorted((axis % x.ndim for axis in axes), reverse=True):
        x = function(x, axis, keepdim)
    return x


PEERS = {
    L.ReduceSum: lambda torch: torch.sum,
    L.ReduceMean: lambda torch: torch.mean,
    L.ReduceMax: lambda torch: torch.amax,
    L.ReduceMin: lambda torch: torch.amin,
    L.ReduceProd: lambda torch: lambda x, axes, keepdim: one_by_one(torch.prod, x, axes, keepdim),
    L.ReduceL1: lambda torch: lambda x, axes, keepdim: torch.linalg.vector_norm(x, 1, axes, keepdim),
    L.ReduceL2: lambda torch: lambda x, axes, keepdim: torch.linalg.vector_norm(x, 2, axes, keepdim),
    L.LogSumExp: lambda torch: torch.logsumexp,
}


def cases(seed, count=60):
    """Shapes, axes (None now and then) and whether they are kept."""
    draw = random.Random(seed)
    for _ in range(count):
        shape = tuple(draw.randint(1, 5) for _ in range(draw.randint(1, 5)))
        axes = draw.sample(range(len(shape)), draw.randint(1, len(shape)))
        signed = tuple(draw.choice((axis, axis - len(shape))) for axis in axes)
        dim = draw.choice((signed, signed[0], None))
        yield shape, dim, draw.random() < 0.5


def listed(dim, dims):
    return tuple(range(dims)) if dim is None else (dim,) if isinstance(dim, int) else dim


@pytest.mark.parametrize("kind", PEERS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_over_any_axes(kind, dtype, torch):
    source, function = np.random.default_rng(1), PEERS[kind](torch)
    for shape, dim, keepdim in cases(kind.__name__):
        x = numbers(source, shape, dtype)
        theirs = function(torch.from_numpy(x), listed(dim, x.ndim), keepdim)
        same(computed(kind(dim, keepdim=keepdim), x), theirs.numpy())


@pytest.mark.parametrize("kind", [L.ReduceSum, L.ReduceProd, L.ReduceMax, L.ReduceMin], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8", "bool"])
def test_of_integers(kind, dtype, torch):
    source, function = np.random.default_rng(2), PEERS[kind](torch)
    for shape, dim, keepdim in cases(dtype, 15):
        x = numbers(source, shape, dtype)
        theirs = function(torch.from_numpy(x), listed(dim, x.ndim), keepdim)
        same(computed(kind(dim, keepdim=keepdim), x), theirs.numpy())


def test_of_integers_as_integers():
    x = np.array([[3, -4, 5, -5]], np.int32)
    assert computed(L.ReduceMean(1), x).tolist() == [0]
    assert computed(L.ReduceMean(1), x[:, :3] - 4).tolist() == [-2]  # -8/3, cut toward zero
    assert computed(L.ReduceL1(1), x).tolist() == [17]
    assert computed(L.ReduceL2(1), x).tolist() == [int(math.hypot(3, 4, 5, 5))]
    assert computed(L.LogSumExp(1), x).tolist() == [5]
    assert computed(L.ReduceMean(0), np.full((3, 1), 255, np.uint8)).tolist() == [255]
    assert {computed(kind(1), x).dtype.name for kind in (L.ReduceMean, L.ReduceL1, L.ReduceL2, L.LogSumExp)} == {
        "int32"
    }


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("scale", [1e-320, 1e-300, 1e-160, 1.0, 1e160, 1e300])
def test_a_length_overflows_only_if_it_must(scale):
    x = np.random.default_rng(3).normal(size=50) * scale
    np.testing.assert_allclose(computed(L.ReduceL2(), x), math.hypot(*x), rtol=1e-14 if scale > 1e-310 else 1e-3)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "ends", [[np.inf], [-np.inf], [np.inf, -np.inf], [np.nan], [np.nan, np.inf], [0.0], [1e4, -1e4]]
)
@pytest.mark.parametrize("kind", PEERS, ids=lambda kind: kind.__name__)
def test_infinities_and_nan(kind, ends, torch):
    for x in (np.array([1.0, *ends, 2.0]), np.array(ends)):
        theirs = PEERS[kind](torch)(torch.from_numpy(x), (0,), False).numpy()
        if kind is L.ReduceL2 and np.isinf(theirs):
            theirs = np.abs(theirs)
        np.testing.assert_allclose(computed(kind(), x), theirs)


def test_half_precision_is_summed_in_single():
    x = np.full(5000, 1.0, np.float16)
    assert computed(L.ReduceSum(), x) == 5000  # 2048 + 1 is 2048 in half precision
    assert computed(L.ReduceMean(), np.full(9, 6e4, np.float16)) == np.float16(6e4)
    assert computed(L.ReduceL2(), np.full(4, 3e4, np.float16)) == np.float16(6e4)


@pytest.mark.parametrize("kind", [L.ArgMax, L.ArgMin])
def test_positions_of_extremes_with_ties(kind, torch):
    source, draw = np.random.default_rng(4), random.Random(4)
    function = torch.argmax if kind is L.ArgMax else torch.argmin
    for shape, dim, keepdim in cases(kind.__name__):
        chosen = dim[0] if isinstance(dim, tuple) else dim
        x = source.integers(0, 3, shape).astype(draw.choice(("float64", "float32", "int64", "uint8")))
        theirs = function(torch.from_numpy(x), chosen, keepdim)
        same(computed(kind(chosen, keepdim=keepdim), x), theirs.numpy())
        first = (np.argmax if kind is L.ArgMax else np.argmin)(x, chosen)
        np.testing.assert_array_equal(theirs.numpy().reshape(first.shape), first, "ties: the first")
    x = np.array([1, np.nan, 5, np.nan, -5])
    assert computed(kind(0), x) == function(torch.from_numpy(x), 0).item() == 1
