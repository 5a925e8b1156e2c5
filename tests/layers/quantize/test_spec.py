"""Quantized numbers: types, windows and work are those of the layers on fractions; what does not fit is told."""

import pytest

from cnnshape import layers as L
from cnnshape.layers.base import POINTWISE, Context, Spec, sizes
from tests.layers.measured import conditions_of, fault_of, shape_of, specs, work_of


def held(*shape, dtype="uint8"):
    return Spec(sizes(*shape), dtype)


def types_of(layer, *inputs):
    return [y.dtype for y in layer.outputs(specs(*inputs), Context())]


def test_types():
    x = ("N", 3, "H", "W")
    assert types_of(L.QuantizeLinear(), x, ()) == ["uint8"]
    assert types_of(L.QuantizeLinear(dtype="int16"), x, ()) == ["int16"]
    assert types_of(L.QuantizeLinear(), x, (), held(dtype="int8")) == ["int8"]
    assert types_of(L.DequantizeLinear(), held(*x), Spec((), "float16")) == ["float16"]
    assert types_of(L.DequantizeLinear(dtype="float32"), held(*x), Spec((), "float16")) == ["float32"]
    assert types_of(L.ConvInteger(3), held(*x), held(4, 3, 3, 3)) == ["int32"]
    assert types_of(L.DynamicQuantizeLinear(), x) == ["uint8", "float32", "uint8"]


CONVS = [
    {"kernel_size": 3, "padding": 1},
    {"kernel_size": (3, 2), "stride": (2, 1), "groups": 2},
    {"kernel_size": 3, "stride": 2, "padding": "same_upper", "dilation": 2},
]


@pytest.mark.parametrize("given", CONVS, ids=str)
def test_a_convolution_of_integers_is_a_convolution(given):
    """Its size, its conditions, its window and its MACs are Conv's on filters of the same shape."""
    conv, integer = L.Conv(6, bias=False, **given), L.ConvInteger(**given)
    (x,) = specs(("N", 4, "H", "W"))
    w = Spec(conv.weights((x,))["weight"].shape, "int8")
    inputs = (Spec(x.shape, "uint8"), w)
    assert shape_of(integer, *inputs) == shape_of(conv, x)
    assert conditions_of(integer, *inputs) == conditions_of(conv, x)
    assert integer.window(inputs) == conv.window((x,))
    assert work_of(integer, *inputs) == work_of(conv, x)
    assert work_of(integer, *inputs, held())["adds"] == L.Add().work((x, x), (x,)).adds
    assert integer.label().startswith("ConvInteger 3x")


def test_a_matrix_product_of_integers_is_a_matrix_product():
    a, b = specs(("N", "T", 8), (8, 5))
    integers = (held("N", "T", 8), held(8, 5))
    assert work_of(L.MatMulInteger(), *integers) == work_of(L.MatMul(), a, b)
    assert L.MatMulInteger().window(integers) == L.MatMul().window((a, b))


def test_work():
    assert work_of(L.QuantizeLinear(), (2, 3), ()) == {"muls": 6, "compares": 12}
    assert work_of(L.QuantizeLinear(), (2, 3), (), held()) == {"muls": 6, "adds": 6, "compares": 12}
    assert work_of(L.DequantizeLinear(), held(2, 3), (), held()) == {"muls": 6, "adds": 6}
    assert L.QuantizeLinear().window(specs((2, 3), ())) is POINTWISE


def test_blocks_need_a_scale_each():
    layer = L.QuantizeLinear(axis=-1, block_size=4)
    assert conditions_of(layer, ("N", "T"), ("N", "B")) == ["B == ceil(T/4)"]
    assert fault_of(layer, (2, 9), (2, 2)) == (
        "CS201: the scale is (2, 2), it stands beside (2, 3)\n"
        "  rule: one number for each block\n"
        "  fix: a scale of shape (2, 3)"
    )


def test_a_scale_that_makes_more_of_its_tensor():
    assert fault_of(L.QuantizeLinear(), ("N", 3), (4,)) == (
        "CS201: the scale is (4,), it stands beside (N, 3)\n"
        "  rule: it is broadcast: sizes are equal, or those of it are 1\n"
        "  fix: a scale of shape ()"
    )


def test_what_is_no_integer():
    assert fault_of(L.DequantizeLinear(), (2, 3), ()).splitlines()[0] == "CS211: the input holds float32"


def test_filters_of_another_shape():
    assert fault_of(L.ConvInteger(3), held(1, 4, 8, 8), held(6, 4, 3, 2)).splitlines()[0] == (
        "CS201: the filters are (6, 4, 3, 2), the input (1, 4, 8, 8), the kernel 3x3"
    )
