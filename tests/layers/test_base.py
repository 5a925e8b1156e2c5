"""Demands on sizes, the parts of the contract, and a layer as a value."""

import copy
from dataclasses import FrozenInstanceError, replace

import pytest

from cnnshape.errors import ArgumentError, ShapeError
from cnnshape.layers import Conv, Linear, Parameter, ReLU
from cnnshape.layers.base import (
    POINTWISE,
    Context,
    Example,
    Spec,
    Weight,
    Work,
    axis_name,
    shape_text,
    sizes,
)
from cnnshape.symbolic import ceildiv, dim, floordiv

H, W, C = dim("H"), dim("W"), dim("C")


class Broken(Exception):
    """Stands for the fault that a demand builds."""


def fault():
    return ShapeError("it does not fit", code="CS201")


def never():
    raise AssertionError("the text of a fault is made only when it is needed")


def recorded(demand):
    ctx = Context()
    result = demand(ctx)
    return result, [str(condition) for condition in ctx.conditions]


EQUAL = [
    ("numbers", 7, 7, 7, []),
    ("one-form", H + 1, 1 + H, H + 1, []),
    ("two-forms", 2 * floordiv(H, 2) + (H - 2 * floordiv(H, 2)), H, H, []),
    ("identity-of-floors", ceildiv(H, 2), floordiv(H + 1, 2), ceildiv(H, 2), []),
    ("condition", H, W, H, ["H == W"]),
    ("number-and-formula", H, 7, 7, ["H == 7"]),
    ("simpler", 2 * floordiv(H, 2), H, H, ["2*floor(H/2) == H"]),
]


@pytest.mark.parametrize(("a", "b", "result", "conditions"), [pytest.param(*row[1:], id=row[0]) for row in EQUAL])
def test_equal(a, b, result, conditions):
    assert recorded(lambda ctx: ctx.equal(a, b, fault)) == (result, conditions)


@pytest.mark.parametrize(("a", "b"), [(7, 8), (H, H + 1), (H + 5, 3), (ceildiv(H, 2) + 1, ceildiv(H, 2))])
def test_never_equal_is_raised_at_once(a, b):
    with pytest.raises(ShapeError, match="it does not fit"):
        Context().equal(a, b, fault)


def test_at_least():
    assert recorded(lambda ctx: ctx.at_least(3, 3, never)) == (None, [])
    assert recorded(lambda ctx: ctx.at_least(H, 1, never)) == (None, []), "a symbol is at least 1"
    assert recorded(lambda ctx: ctx.at_least(H - 2, 1, fault)) == (None, ["H - 2 >= 1"])
    for size, least in [(2, 3), (-H, 0), (3 - H, 3)]:
        with pytest.raises(ShapeError):
            Context().at_least(size, least, fault)


def test_divides():
    assert recorded(lambda ctx: ctx.divides(4, 12, never))[1] == []
    assert recorded(lambda ctx: ctx.divides(4, 8 * C, never))[1] == []
    assert recorded(lambda ctx: ctx.divides(4, C, fault))[1] == ["C % 4 == 0"]
    with pytest.raises(ShapeError):
        Context().divides(4, 6, fault)
    with pytest.raises(ShapeError):
        Context().divides(2, 2 * C + 1, fault)


def test_a_condition_is_recorded_once():
    ctx = Context()
    for _ in range(3):
        ctx.equal(H, W, fault)
    (condition,) = ctx.conditions
    assert condition.code == "CS201"
    assert condition.op == "=="
    assert condition.holds(0)
    assert not condition.holds(1)


def test_a_condition_of_order():
    ctx = Context()
    ctx.at_least(H, 5, fault)
    (condition,) = ctx.conditions
    assert (condition.expr, condition.left, condition.right, condition.op) == (H - 5, H, 5, ">=")
    assert condition.holds(0)
    assert condition.holds(3)
    assert not condition.holds(-1)


def test_work_names_what_occurs():
    assert Work.of(3, adds=2) == Work(3, 0, 2, 0, 0)
    assert Work.of() == Work(0, 0, 0, 0, 0)
    with pytest.raises(TypeError):
        Work()  # there is no default: a layer says what it does


def test_spec_and_shapes_as_text():
    assert str(Spec((dim("N"), 64, ceildiv(H, 2), 112))) == "(N, 64, ceil(H/2), 112)"
    assert shape_text((3,)) == "(3,)"
    assert shape_text(()) == "()"
    assert Spec((1,)).dtype == "float32"


def test_names_of_axes():
    assert [axis_name(5, i) for i in range(5)] == list("NCDHW")
    assert [axis_name(4, i) for i in range(4)] == list("NCHW")
    assert [axis_name(3, i) for i in range(3)] == list("NCL")
    assert axis_name(2, 1) == "1"


def test_examples_from_texts():
    example = Example.of(ReLU(), ("N", "2*C", 3))
    assert example.inputs == (Spec((dim("N"), 2 * C, 3)),)
    assert sizes("H", 1) == (H, 1)


def test_a_layer_is_a_frozen_value():
    layer = Conv(8, kernel_size=3)
    assert layer == Conv(8, kernel_size=3, stride=1)
    assert layer != Conv(8, kernel_size=(3, 3)), "one number spreads over any rank, a list does not"
    assert hash(layer) == hash(Conv(8, kernel_size=3))
    assert layer != Linear(8)
    assert copy.copy(layer) == copy.deepcopy(layer) == layer
    assert replace(layer, out_channels=16) == Conv(16, kernel_size=3)
    with pytest.raises(FrozenInstanceError, match="Conv is frozen: stride cannot be set"):
        layer.stride = 2
    with pytest.raises(FrozenInstanceError, match="Conv is frozen: stride cannot be deleted"):
        del layer.stride


def test_equal_fields_of_two_classes_are_two_layers():
    assert ReLU() != Linear(1)
    assert len({ReLU(), ReLU(), Linear(1)}) == 2


def test_repr_shows_what_was_given():
    assert repr(Conv(8, kernel_size=3, padding="same")) == "Conv(8, kernel_size=3, padding='same')"
    assert repr(ReLU()) == "ReLU()"
    assert repr(Linear(2 * C)) == "Linear(2*C)"


def test_a_layer_has_no_weights_unless_it_says_so():
    assert ReLU().weights((Spec((1, 2)),)) == {}
    assert Weight((1,)).trainable


def test_pointwise_names_no_axis():
    assert (dict(POINTWISE.axes), POINTWISE.whole, POINTWISE.source) == ({}, (), None)


@pytest.mark.parametrize(("inputs", "what"), [((3,), "int"), ((), "nothing"), (([],), "nothing")])
def test_called_on_something_else(inputs, what):
    with pytest.raises(ArgumentError) as caught:
        Linear(10)(*inputs)
    assert (
        str(caught.value)
        == f"""\
CS406: Linear is called on {what}
  rule: a layer is called on tensors that start from Input(...)
  fix: x = Input("image", (3, "H", "W")); y = Linear(10)(x)"""
    )


@pytest.mark.parametrize("inputs", [(), (object(),)])
def test_what_takes_no_tensor_is_made_beside_the_layers(inputs):
    with pytest.raises(ArgumentError) as caught:
        Parameter(sizes(1, 16, "C"))(*inputs)
    assert (
        str(caught.value)
        == """\
CS406: Parameter takes no tensor
  rule: a tensor that no layer computes is made by cnnshape.Parameter(name, shape)
  fix: from cnnshape import Parameter; y = Parameter("parameter", (1, 16, 'C'))"""
    )


def test_a_call_goes_to_the_tensor():
    class Tensor:
        def apply(self, layer, *others, **options):
            return layer, others, options

    a, b = Tensor(), Tensor()
    assert ReLU()(a) == (ReLU(), (), {})
    assert Linear(1)(a, b, name="x") == (Linear(1), (b,), {"name": "x"})
    assert Linear(1)([a, b]) == (Linear(1), (b,), {})
