"""RotaryEmbedding against products of complex numbers."""

import random

import numpy as np
import pytest

from cnnshape import layers as L
from tests.layers.computing import computed, same
from tests.layers.measured import conditions_of, fault_of, shape_of, specs, work_of


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("interleaved", [False, True])
def test_a_turn_is_a_product_with_a_complex_number(interleaved, dtype):
    draw, source = random.Random(1), np.random.default_rng(1)
    for _ in range(40):
        batch = [draw.randint(1, 3) for _ in range(draw.randint(0, 2))]
        steps, half, rest = draw.randint(1, 4), draw.randint(1, 3), draw.randint(0, 2)
        x = source.standard_normal((*batch, steps, 2 * half + rest)).astype(dtype)
        angles = source.uniform(0, 7, (*(draw.choice((1, size)) for size in batch), draw.choice((1, steps)), half))
        cosines, sines = np.cos(angles).astype(dtype), np.sin(angles).astype(dtype)
        turned = x[..., : 2 * half].astype(float)
        pairs = turned.reshape(*batch, steps, half, 2) if interleaved else np.stack(np.split(turned, 2, -1), -1)
        found = (pairs[..., 0] + 1j * pairs[..., 1]) * (cosines.astype(float) + 1j * sines.astype(float))
        parts = np.stack((found.real, found.imag), -1)
        whole = parts.reshape(turned.shape) if interleaved else np.concatenate((found.real, found.imag), -1)
        layer = L.RotaryEmbedding(rotary_dim=2 * half if rest else None, interleaved=interleaved)
        expected = np.concatenate((whole, x[..., 2 * half :]), -1).astype(dtype)
        same(computed(layer, x, cosines, sines), expected)


def test_shapes_and_conditions():
    assert shape_of(L.RotaryEmbedding(), ("N", 8, "T", 64), ("T", 32), ("T", 32)) == ("N", 8, "T", 64)
    assert conditions_of(L.RotaryEmbedding(), ("N", 8, "T", 64), ("S", 32), ("S", 32)) == ["S == T"]
    assert conditions_of(L.RotaryEmbedding(rotary_dim=8), ("N", "T", "C"), (1, 4), (1, 4)) == ["C >= 8"]


def test_work_by_hand():
    """Each of 5 tokens has 3 pairs: 4 products, an addition and a subtraction for each."""
    assert work_of(L.RotaryEmbedding(rotary_dim=6), (5, 8), (5, 3), (5, 3)) == {"muls": 5 * 3 * 4, "adds": 5 * 3 * 2}


def test_windows():
    windows = L.RotaryEmbedding().window(specs((1, 2, 5, 8), (1, 1, 5, 4), (1, 1, 5, 4)))
    assert (windows.whole, windows.exact) == ((3,), False)
    assert L.RotaryEmbedding().window(specs((1, 5, 8), (5, 4), (5, 4))).everything


FAULTS = [
    ("half", ((5, 8), (5, 8), (5, 8)), "CS201: features of the cosines: 8, 4 are needed"),
    ("odd", ((5, 7), (5, 3), (5, 3)), "CS204: 7 features cannot be turned in pairs"),
    ("axes", ((5, 8), (4,), (5, 4)), "CS206: RotaryEmbedding needs 2 axes or more, the input (4,) has 1"),
]


@pytest.mark.parametrize(("inputs", "expected"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_fault(inputs, expected):
    assert fault_of(L.RotaryEmbedding(), *inputs).splitlines()[0] == expected
