"""Curves of whole numbers are those of the same real numbers, cut toward 0: no type overflows on the way."""

import numpy as np
import pytest

import cnnshape.layers as L
from cnnshape.layers.catalog import kernel_of

NUMBERS = [0, 1, 3, 7, 100, 127]


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int32"])
@pytest.mark.parametrize("layer", [L.Sigmoid(), L.Erf(), L.Softplus(), L.LogSigmoid(), L.Mish(), L.SiLU(), L.GELU()])
def test_of_whole_numbers(layer, dtype):
    exact, y = np.empty(6), np.empty(6, dtype)
    kernel_of(type(layer))(layer, (np.array(NUMBERS, np.float64),), {}, (exact,))
    kernel_of(type(layer))(layer, (np.array(NUMBERS, dtype),), {}, (y,))
    np.testing.assert_allclose(y.astype(np.float64), np.trunc(exact), atol=1)


def test_no_number_becomes_some_whole_number():
    y = np.empty((), np.int64)
    kernel_of(L.Log)(L.Log(), (np.array(-1),), {}, (y,))
    assert y.dtype == np.int64
