"""Joins on arrays, against PyTorch and against their definitions."""

import random
from functools import reduce
from itertools import product

import numpy as np
import pytest

from cnnshape import layers as L
from tests.layers.computing import computed, numbers, same

DTYPES = ("float64", "float32", "float16", "int64", "int32", "int8", "uint8", "bool")
PEERS = {
    L.Add: lambda torch: torch.add,
    L.Subtract: lambda torch: torch.sub,
    L.Multiply: lambda torch: torch.mul,
    L.Divide: lambda torch: torch.div,
    L.Maximum: lambda torch: torch.maximum,
    L.Minimum: lambda torch: torch.minimum,
}


def joined(draw, count):
    """Shapes that fit: sizes that are 1 here and there, leading axes that are missing."""
    shape = [draw.randint(1, 4) for _ in range(draw.randint(1, 5))]
    found = [
        tuple(draw.choice((1, size, size)) for size in shape[draw.randint(0, len(shape) - 1) :]) for _ in range(count)
    ]
    return [tuple(shape), *found[1:]] if draw.random() < 0.7 else found


@pytest.mark.parametrize("kind", PEERS, ids=lambda kind: kind.__name__)
def test_two_inputs_of_any_element_types(kind, torch):
    draw, source, function = random.Random(kind.__name__), np.random.default_rng(1), PEERS[kind](torch)
    for one, other in product(DTYPES, repeat=2):
        a, b = (numbers(source, shape, dtype) for shape, dtype in zip(joined(draw, 2), (one, other), strict=True))
        first, second = torch.from_numpy(a), torch.from_numpy(b)
        if kind is L.Subtract and one == other == "bool":  # PyTorch refuses it
            theirs = first != second
        elif kind is L.Subtract:  # PyTorch refuses one of them a bool
            common = torch.promote_types(first.dtype, second.dtype)
            theirs = first.to(common) - second.to(common)
        else:
            theirs = function(first, second)
        same(computed(kind(), a, b), theirs.numpy())


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_any_number_of_inputs(dtype, torch):
    draw, source = random.Random(2), np.random.default_rng(2)
    for _ in range(60):
        xs = [numbers(source, shape, dtype) for shape in joined(draw, draw.randint(1, 5))]
        tensors = torch.broadcast_tensors(*map(torch.from_numpy, xs))
        for kind in (L.Add, L.Multiply, L.Maximum, L.Minimum):
            same(computed(kind(), *xs), reduce(PEERS[kind](torch), tensors).numpy())
        same(computed(L.Mean(), *xs), torch.stack(tensors).mean(0).numpy())


@pytest.mark.filterwarnings("error")
def test_infinities_and_nan_pass():
    x, zero = np.array([1.0, -1, 0, np.inf, np.nan]), np.zeros(5)
    assert computed(L.Divide(), x, zero)[:2].tolist() == [np.inf, -np.inf]
    assert np.isnan(computed(L.Divide(), x, zero)[[2, 4]]).all()
    for kind in (L.Maximum, L.Minimum, L.Add, L.Multiply):
        assert np.isnan(computed(kind(), x, zero)).tolist()[-1:] == [True]
    large = np.full(3, 3e4, np.float16)
    assert computed(L.Add(), large, large, large).tolist() == [np.inf] * 3
    assert computed(L.Mean(), large, large, large).tolist() == large.tolist()


def test_half_precision_is_rounded_once(torch):
    source = np.random.default_rng(3)
    a, b, c = (source.normal(size=99).astype(np.float16) for _ in range(3))
    exact = a.astype(np.float64) + b.astype(np.float64) + c.astype(np.float64)
    assert (computed(L.Add(), a, b, c) == exact.astype(np.float16)).mean() > 0.98  # but for a second tie, rarely


def test_the_mean_of_integers_is_cut_toward_zero():
    a, b = np.array([3, -3, 200, 7], np.int16), np.array([2, -2, 100, -8], np.int16)
    assert computed(L.Mean(), a, b).tolist() == [2, -2, 150, 0]
    bytes_ = np.array([200, 255], np.uint8)
    assert computed(L.Mean(), bytes_, bytes_, bytes_).tolist() == [200, 255]


def test_tensors_side_by_side(torch):
    draw, source = random.Random(4), np.random.default_rng(4)
    for _ in range(60):
        shape = [draw.randint(1, 4) for _ in range(draw.randint(1, 5))]
        dim = draw.randrange(-len(shape), len(shape))
        xs = []
        for _ in range(draw.randint(1, 4)):
            shape[dim] = draw.randint(1, 5)
            xs.append(numbers(source, tuple(shape), draw.choice(DTYPES)))
        same(computed(L.Concat(dim=dim), *xs), torch.cat([torch.from_numpy(x) for x in xs], dim).numpy())


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_inner_products(normalize, dtype, torch):
    draw, source = random.Random(5), np.random.default_rng(5)
    for _ in range(40):
        batch, length = draw.randint(1, 3), draw.randint(1, 5)
        shapes = [[batch, *(draw.randint(1, 4) for _ in range(draw.randint(1, 3)))] for _ in range(2)]
        axes = tuple(draw.randrange(1, len(shape)) for shape in shapes)
        for shape, axis in zip(shapes, axes, strict=True):
            shape[axis] = length
        a, b = (torch.from_numpy(numbers(source, shape, dtype)) for shape in shapes)
        layer = L.Dot(axes if axes[0] != axes[1] else axes[0], normalize=normalize)
        ours = computed(layer, a.numpy(), b.numpy())
        if normalize:
            a, b = (torch.nn.functional.normalize(x, dim=axis) for x, axis in zip((a, b), axes, strict=True))
        names = iter("bcdefg")
        first, second = ("a" + "".join("z" if i == axis else next(names) for i in range(1, x.ndim))
                         for x, axis in zip((a, b), axes, strict=True))  # fmt: skip
        rest = [letter for letter in first + second if letter not in "az"]
        theirs = torch.einsum(f"{first},{second}->a{''.join(rest)}", a, b)
        same(ours, theirs.numpy().reshape(ours.shape))
    assert computed(L.Dot(1, normalize=True), np.zeros((1, 3)), np.ones((1, 3))).tolist() == [[0]]


def test_inner_products_of_integers():
    a, b = np.arange(6).reshape(1, 2, 3), np.arange(6).reshape(1, 3, 2)
    assert computed(L.Dot((2, 1)), a, b).tolist() == [[[10, 13], [28, 40]]]
