"""Tensors whose numbers follow from sizes alone, against NumPy's."""

import random

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.errors import ArgumentError
from cnnshape.layers.base import Context, Spec
from cnnshape.layers.sized import put
from cnnshape.symbolic import dim
from tests.layers.computing import computed, same
from tests.layers.measured import conditions_of, fault_of


def test_counting_is_numpys():
    draw = random.Random(1)
    for _ in range(300):
        start, step = draw.randint(-9, 9), draw.choice([-3, -2, -1, 1, 2, 3])
        limit = start + step * draw.randint(1, 6) - (draw.randint(0, abs(step) - 1) * (1 if step > 0 else -1))
        expected = np.arange(start, limit, step)
        free = L.Arange(dim("E"), start=dim("S"), step=step)
        for layer in (L.Arange(limit, start=start, step=step), put(free, {"E": limit, "S": start})):
            if len(expected):
                same(computed(layer), expected)


def test_filling_is_numpys():
    for shape, value, dtype in [((2, 3), 1.5, "float32"), ((), 7.0, "int64"), ((4,), 1.0, "bool")]:
        same(computed(L.Full(shape, value=value, dtype=dtype)), np.full(shape, value, dtype))


def test_sizes_as_numbers():
    sizes = L.SizeTensor((dim("H"), 2 * dim("W"), 3, -1), shape=(2, 2), dtype="float32")
    assert sizes.outputs((), Context()) == (Spec((2, 2), "float32"),)
    same(computed(put(sizes, {"H": 5, "W": 7})), np.array([[5, 14], [3, -1]], np.float32))
    same(computed(L.SizeTensor((9,), shape=())), np.array(9))


def test_what_they_ask_of_sizes():
    assert conditions_of(L.Arange(dim("H") - 4)) == ["H - 4 >= 1"]
    assert conditions_of(L.Full((1, dim("W") - 2))) == ["W - 2 >= 1"]
    assert "CS203" in fault_of(L.Arange(3, start=3))


@pytest.mark.parametrize(
    "make",
    [lambda: L.Arange(3, step=0), lambda: L.SizeTensor(()), lambda: L.SizeTensor((1, 2, 3), shape=(2, 2))],
    ids=["step", "empty", "shape"],
)
def test_refusal(make):
    with pytest.raises(ArgumentError) as raised:
        make()
    assert raised.value.fault.code == "CS401"
