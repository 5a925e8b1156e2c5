"""Quantized numbers on arrays: against PyTorch's quantization, ONNX Runtime, and sums in Python's integers."""

from itertools import product

import numpy as np
import pytest

from cnnshape import layers as L
from tests.layers.computing import computed, computed_all, same


def given(source, *shape, dtype="uint8"):
    limits = np.iinfo(dtype)
    return source.integers(limits.min, limits.max, shape, dtype, endpoint=True)


@pytest.mark.filterwarnings("ignore:torch.quantize")  # it is to leave PyTorch
@pytest.mark.parametrize("dtype", ["uint8", "int8"])
def test_there_and_back_as_pytorch(dtype, torch):
    source, sort = np.random.default_rng(0), getattr(torch, f"q{dtype}")
    x = source.normal(0, 3, (2, 3, 4, 5)).astype(np.float32)
    zero = np.array(7, dtype)
    theirs = torch.quantize_per_tensor(torch.from_numpy(x), 0.03, 7, sort)
    scale = np.array(0.03, np.float32)
    held = computed(L.QuantizeLinear(), x, scale, zero)
    same(held, theirs.int_repr().numpy())
    same(computed(L.DequantizeLinear(), held, scale, zero), theirs.dequantize().numpy())

    scales, zeros = np.array([0.01, 0.02, 0.05], np.float32), np.array([0, 3, 100], dtype)
    theirs = torch.quantize_per_channel(torch.from_numpy(x), torch.from_numpy(scales), torch.from_numpy(zeros), 1, sort)
    sides = scales.reshape(3, 1, 1), zeros.reshape(3, 1, 1)
    held = computed(L.QuantizeLinear(), x, *sides)
    same(held, theirs.int_repr().numpy())
    same(computed(L.DequantizeLinear(), held, *sides), theirs.dequantize().numpy())


def test_halves_go_to_the_even_and_ends_are_kept():
    x, scale = np.array([0.5, 1.5, 2.5, -0.5, 1e9, -1e9, np.inf], np.float32), np.array(1, np.float32)
    assert computed(L.QuantizeLinear(dtype="int8"), x, scale).tolist() == [0, 2, 2, 0, 127, -128, 127]
    assert computed(L.QuantizeLinear(), x, scale, np.array(3, np.uint8)).tolist() == [3, 5, 5, 3, 255, 0, 255]
    assert computed(L.QuantizeLinear(dtype="int32"), x, scale).tolist() == [0, 2, 2, 0, 10**9, -(10**9), 2**31 - 1]


def test_blocks_share_a_scale():
    x, scale = np.arange(10, dtype=np.float32).reshape(2, 5), np.array([[1, 2, 4], [1, 3, 9]], np.float32)
    wanted = [[0, 1, 1, 2, 1], [5, 6, 2, 3, 1]]  # 2/2 3/2 and so on, halves to the even
    assert computed(L.QuantizeLinear(axis=1, block_size=2), x, scale).tolist() == wanted
    held = np.ones((2, 5), np.int8)
    assert computed(L.DequantizeLinear(axis=-1, block_size=2), held, scale).tolist() == [
        [1, 1, 2, 2, 4],
        [1, 1, 3, 3, 9],
    ]


def test_sums_of_32_bits_come_back_in_any_type():
    sums, scale = np.array([2**24 + 1, -5], np.int32), np.array(1, np.float64)
    assert computed(L.DequantizeLinear(), sums, scale).tolist() == [2**24 + 1, -5]
    half = computed(L.DequantizeLinear(dtype="float16"), np.array([200, 3], np.uint8), np.array(0.5, np.float32))
    assert half.dtype == np.float16
    assert half.tolist() == [100, 1.5]


def test_a_range_holds_0():
    """ONNX's own example, and what cannot have a range."""
    x = np.array([0, 2, -3, -2.5, 1.34, 0.5], np.float32)
    held, scale, zero = computed_all(L.DynamicQuantizeLinear(), x)
    assert (held.tolist(), zero.item()) == ([153, 255, 0, 26, 221, 179], 153)
    assert scale.item() == pytest.approx(0.0196078438, rel=1e-6)
    held, scale, zero = computed_all(L.DynamicQuantizeLinear(), np.zeros((2, 2), np.float32))
    assert (held.max(), zero.item()) == (0, 0)


def window_sums(x, w, x_zero, w_zero, stride, pad, dilation, groups):
    """A convolution in Python's integers; the padding holds the zero point."""
    x = np.pad(x.astype(object) - int(x_zero), ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    w = w.astype(object) - w_zero.astype(object)
    span = [dilation * (k - 1) + 1 for k in w.shape[2:]]
    out = [(d - s) // stride + 1 for d, s in zip(x.shape[2:], span, strict=True)]
    y = np.zeros((len(x), len(w), *out), np.int32)
    part, many = w.shape[1], len(w) // groups
    for n, m, i, j in product(*map(range, y.shape)):
        first = m // many * part
        taken = x[n, first : first + part, i * stride :, j * stride :][:, : span[0] : dilation, : span[1] : dilation]
        y[n, m, i, j] = (taken * w[m]).sum()
    return y


@pytest.mark.parametrize(("stride", "pad", "dilation", "groups"), [(1, 0, 1, 1), (2, 1, 1, 2), (1, 2, 2, 1)])
def test_a_convolution_of_integers(stride, pad, dilation, groups):
    source = np.random.default_rng(1)
    x, w = given(source, 2, 4, 7, 6), given(source, 6, 4 // groups, 3, 2, dtype="int8")
    zero, zeros = np.array(130, np.uint8), given(source, 6, 1, 1, 1, dtype="int8")
    layer = L.ConvInteger((3, 2), stride=stride, padding=pad, dilation=dilation, groups=groups)
    same(computed(layer, x, w, zero, zeros), window_sums(x, w, zero, zeros, stride, pad, dilation, groups))
    none = np.zeros((6, 1, 1, 1), np.int8)
    same(computed(layer, x, w), window_sums(x, w, 0, none, stride, pad, dilation, groups))


def test_a_matrix_product_of_integers():
    source = np.random.default_rng(2)
    a, b = given(source, 2, 5, 700), given(source, 700, 4, dtype="int8")
    zero, zeros = given(source, 5, 1), given(source, 4, dtype="int8")
    wanted = (a.astype(np.int64) - zero) @ (b.astype(np.int64) - zeros)
    same(computed(L.MatMulInteger(), a, b, zero, zeros), wanted.astype(np.int32))
    same(computed(L.MatMulInteger(), a, b), (a.astype(np.int64) @ b.astype(np.int64)).astype(np.int32))
