"""Divisions that are rounded, what remains of them, and powers: against PyTorch and Python's own numbers."""

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.layers.base import Context, Spec
from tests.layers.computing import computed, numbers, same
from tests.layers.measured import Draw, compare, fault_of, fits_often, refusal, work_of

DTYPES = ("float64", "float32", "int64", "int32", "int8", "uint8")
ROUNDED = [
    (L.Divide(rounding_mode="trunc"), lambda torch: lambda a, b: torch.div(a, b, rounding_mode="trunc")),
    (L.Divide(rounding_mode="floor"), lambda torch: lambda a, b: torch.div(a, b, rounding_mode="floor")),
    (L.Remainder(), lambda torch: torch.remainder),
    (L.Remainder(rounding_mode="trunc"), lambda torch: torch.fmod),
]
each_rounded = pytest.mark.parametrize(("layer", "peer"), ROUNDED, ids=[repr(layer) for layer, _ in ROUNDED])


@each_rounded
def test_rounded_divisions_of_any_element_types(layer, peer, torch):
    source, function = np.random.default_rng(1), peer(torch)
    for one, other in product(DTYPES, DTYPES):
        a, b = numbers(source, (5, 40), one), numbers(source, (40,), other)
        b[b == 0] = 3
        same(computed(layer, a, b), function(torch.from_numpy(a), torch.from_numpy(b)).numpy())


@pytest.mark.parametrize("dtype", ["int8", "int64", "uint64", "uint8"])
def test_rounded_divisions_of_whole_numbers_are_exact(dtype):
    """Also where double precision does not hold them."""
    source, limits = np.random.default_rng(2), np.iinfo(dtype)
    a = source.integers(limits.min, limits.max, 999, dtype, endpoint=True)
    b = source.integers(limits.min, limits.max, 999, dtype, endpoint=True)
    kept = (b != 0) & ~((a == limits.min) & (b + 1 == 0))  # the one quotient that the type does not hold
    pairs = [(int(x), int(y)) for x, y in zip(a[kept], b[kept], strict=True)]
    down = [x // y for x, y in pairs]
    cut = [math.trunc(Fraction(x, y)) for x, y in pairs]
    assert computed(L.Divide(rounding_mode="floor"), a[kept], b[kept]).tolist() == down
    assert computed(L.Divide(rounding_mode="trunc"), a[kept], b[kept]).tolist() == cut
    assert computed(L.Remainder(), a[kept], b[kept]).tolist() == [x % y for x, y in pairs]
    rest = [x - y * q for (x, y), q in zip(pairs, cut, strict=True)]
    assert computed(L.Remainder(rounding_mode="trunc"), a[kept], b[kept]).tolist() == rest


@pytest.mark.filterwarnings("error")
def test_divisions_by_zero():
    zero, ones = np.zeros(3, np.int32), np.array([-7, 0, 7], np.int32)
    for layer, _ in ROUNDED:
        assert computed(layer, ones, zero).tolist() == [0, 0, 0]
    assert np.isnan(computed(L.Remainder(), ones.astype(float), zero.astype(float))).all()


def test_powers_of_any_element_types(torch):
    source = np.random.default_rng(3)
    for one, other in product((*DTYPES, "float16"), repeat=2):
        a, b = numbers(source, (5, 1, 20), one), numbers(source, (20,), other)
        a = np.abs(a) if "float" in one + other else a % np.array(4, one)
        b = b if "float" in other else b % np.array(4, other)
        same(computed(L.Pow(), a, b), torch.pow(torch.from_numpy(a), torch.from_numpy(b)).numpy())
    for exponent in (2, 3, 0, -1, 0.5, 1.7):
        x = np.abs(source.standard_normal(30)) + 0.1
        same(computed(L.Pow(exponent), x), torch.pow(torch.from_numpy(x), exponent).numpy())
    whole = np.arange(5)
    for exponent in (3, 0.5):
        same(computed(L.Pow(exponent), whole), torch.pow(torch.from_numpy(whole), exponent).numpy())


def test_whole_numbers_to_negative_powers(torch):
    a, b = np.array([-3, -1, -1, 1, 2, 5]), np.array([-2, -2, -3, -4, -1, -2])
    theirs = torch.pow(torch.from_numpy(a), torch.from_numpy(b)).tolist()
    assert computed(L.Pow(), a, b).tolist() == theirs == [0, 1, -1, 1, 0, 0]


def test_shapes_as_pytorch(torch):
    cases = [(layer, peer(torch)) for layer, peer in ROUNDED] + [(L.Pow(), torch.pow)]
    for layer, function in cases:
        taken = []
        for seed in range(60):
            draw = Draw(seed)
            common = [draw.size(2, 4) for _ in range(4)]
            shapes = [
                tuple(draw.one(size, size, 1, draw.size(1, 4)) for size in common[draw.size(1, 4) :]) for _ in range(2)
            ]
            taken.append(compare(torch, layer, function, *shapes, fixed=(0, 1, 2, 3)))
        fits_often(taken)


def test_element_types_as_pytorch(torch):
    for one, other in product(("float32", "float16", "int64", "int32", "uint8"), repeat=2):
        a, b = (torch.ones(3, dtype=getattr(torch, dtype)) for dtype in (one, other))
        for layer, function in [*((layer, peer(torch)) for layer, peer in ROUNDED), (L.Pow(), torch.pow)]:
            (y,) = layer.outputs((Spec((3,), one), Spec((3,), other)), Context())
            assert f"torch.{y.dtype}" == str(function(a, b).dtype)


def test_work():
    assert work_of(L.Divide(rounding_mode="trunc"), (2, 3), (3,)) == {"muls": 6}
    assert work_of(L.Remainder(), (2, 3), (3,)) == {"muls": 12, "adds": 6}
    assert work_of(L.Pow(2), (2, 3)) == work_of(L.Pow(), (2, 3), (3,)) == {"transcendental": 6}


def test_faults():
    assert fault_of(L.Pow(), (3,)) == (
        "CS205: no exponent is given\n"
        "  rule: the exponent is an argument or the second input\n"
        "  fix: exponent: 2, or a second input"
    )
    assert fault_of(L.Pow(2), (3,), (3,)) == (
        "CS205: exponents are given twice\n"
        "  rule: the exponent is an argument or the second input\n"
        "  fix: leave out the second input"
    )
    assert " is not one of none, trunc, floor\n" in refusal(lambda: L.Divide(rounding_mode="round"))


def test_labels():
    assert [L.Pow(2).label(), L.Pow().label()] == ["Pow 2", "Pow"]
