"""Comparisons, choices and bits on arrays, against PyTorch."""

from itertools import product

import numpy as np
import pytest

from cnnshape import layers as L
from tests.layers.computing import computed, numbers, same
from tests.layers.logic.test_spec import TYPES, bits_of_two, of_two

ENDS = np.array([0.0, -0.0, 1.5, -1.5, np.inf, -np.inf, np.nan])


def test_two_inputs_of_any_element_types(torch):
    source = np.random.default_rng(1)
    for one, other in product(TYPES, TYPES):
        a, b = numbers(source, (4, 1, 30), one), numbers(source, (5, 30), other)
        first, second = torch.from_numpy(a), torch.from_numpy(b)
        for layer, function in of_two(torch):
            same(computed(layer, a, b), function(first, second).numpy())
        condition = source.random((4, 1, 1)) < 0.5
        same(computed(L.Where(), condition, a, b), torch.where(torch.from_numpy(condition), first, second).numpy())
        for layer, function in bits_of_two(torch):
            if "float" in one + other or ("bool" in (one, other) and "shift" in layer.operation):
                continue
            if "shift" in layer.operation:  # by how many places, PyTorch leaves open
                b = (np.abs(b.astype(np.int64)) % 7).astype(other)
            same(computed(layer, a, b), function(first, torch.from_numpy(b)).numpy())


def test_types_that_differ_are_compared_as_pytorch(torch):
    """A large whole number meets float32, which does not hold it exactly."""
    a, b = np.array([2**24 + 1, 2**24 - 1]), np.array([2**24, 2**24], np.float32)
    theirs = torch.from_numpy(a) == torch.from_numpy(b)
    assert computed(L.Compare("equal"), a, b).tolist() == theirs.tolist() == [True, False]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_infinities_and_nan(dtype, torch):
    a = ENDS.astype(dtype)
    x = torch.from_numpy(a)
    for layer, function in of_two(torch):
        same(computed(layer, a[:, None], a), function(x[:, None], x).numpy())
    same(computed(L.LogicalNot(), a), torch.logical_not(x).numpy())
    same(computed(L.IsNaN(), a), torch.isnan(x).numpy())
    for sign, function in (("both", torch.isinf), ("positive", torch.isposinf), ("negative", torch.isneginf)):
        same(computed(L.IsInf(sign=sign), a), function(x).numpy())


def test_one_input_of_whole_numbers(torch):
    for dtype in ("int64", "int8", "uint8", "bool"):
        x = numbers(np.random.default_rng(2), (3, 7), dtype)
        same(computed(L.BitwiseNot(), x), torch.bitwise_not(torch.from_numpy(x)).numpy())
        same(computed(L.LogicalNot(), x), torch.logical_not(torch.from_numpy(x)).numpy())
        assert not computed(L.IsNaN(), x).any()
        assert not computed(L.IsInf(), x).any()


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"])
def test_shifts_by_any_number_of_places(dtype):
    """Against Python's whole numbers, which have as many bits as they need."""
    width = np.dtype(dtype).itemsize * 8
    places = [0, 1, width - 1, width, width + 1, 100]
    x = np.array([0, 1, 5, np.iinfo(dtype).max, np.iinfo(dtype).min], dtype)
    for count in places:
        left, right = (computed(L.Bitwise(word), x, np.array(count, dtype)) for word in ("left_shift", "right_shift"))
        wrapped = [np.array((int(v) << count) % 2**width, f"uint{width}").astype(dtype) for v in x]
        assert left.tolist() == wrapped
        assert right.tolist() == [int(v) >> count for v in x]
    if not dtype.startswith("u"):
        by_less = np.array(-1, dtype)
        assert computed(L.Bitwise("left_shift"), x, by_less).tolist() == [0] * 5
        assert computed(L.Bitwise("right_shift"), x, by_less).tolist() == [-(v < 0) for v in x.tolist()]
