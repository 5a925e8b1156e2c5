"""The ends of a network."""

import pytest

from cnnshape.layers.base import POINTWISE, Context, Spec, sizes
from cnnshape.layers.fields import DTYPES
from cnnshape.layers.io import Constant, Input, Output, Parameter
from cnnshape.layers.io.batch import volume_note
from tests.layers.measured import conditions_of, fault_of, refusal, shape_of, weights_of, work_of

GIVEN = [Input, Constant, Parameter]


@pytest.mark.parametrize("cls", GIVEN)
@pytest.mark.parametrize("shape", [(1, 3, 224, 224), ("N", 3, "H", "W"), ("N", "2*T"), ()])
def test_shape(cls, shape):
    assert shape_of(cls(sizes(*shape))) == shape


@pytest.mark.parametrize("cls", GIVEN)
def test_element_type(cls):
    for dtype in DTYPES:
        assert cls((2, 3), dtype=dtype).outputs((), Context()) == (Spec((2, 3), dtype),)
    assert cls((2,)).outputs((), Context())[0].dtype == "float32"


@pytest.mark.parametrize("cls", GIVEN)
def test_takes_no_input_and_computes_nothing(cls):
    assert cls.arity == (0, 0)
    assert work_of(cls((2, 3))) == {}
    assert cls((2, 3)).window(()) is POINTWISE


def test_only_a_parameter_is_learned():
    assert weights_of(Parameter((1, 197, 768))) == {"weight": (1, 197, 768)}
    assert weights_of(Input((1, 197))) == weights_of(Constant((1, 197))) == {}
    ones = Parameter((4,), init="constant", value=1.0).weights(())["weight"]
    assert (ones.trainable, ones.init, ones.value) == (True, "constant", 1.0)


def test_a_formula_is_at_least_one():
    assert conditions_of(Input(sizes("N", "H - 4"))) == ["H - 4 >= 1"]
    assert (
        fault_of(Input(sizes(1, 3, "-H")))
        == """\
CS203: axis L: needs at least 1, has -H
  rule: axis L >= 1
  fix: a formula that is at least 1"""
    )


@pytest.mark.parametrize("shape", [(0, 3), (1, -1, 4)])
@pytest.mark.parametrize("cls", GIVEN)
def test_refusal(cls, shape):
    assert (
        refusal(lambda: cls(shape))
        == f"""\
CS401: {cls.__name__}: shape = {shape!r}: a size is at least 1
  rule: a shape lists whole numbers of at least 1, or formulas
  fix: shape: write a symbol such as H where the size is free"""
    )


def test_output_is_what_comes_in():
    (y,) = Output().outputs((x := Spec(sizes("N", 10), "int64"),), Context())
    assert y == x
    assert Output.is_view
    assert work_of(Output(), (1, 10)) == {}
    assert Output().window((x,)) is POINTWISE


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ((224, 224, 3), "write [3, 224, 224] if 3 is the number of channels"),
        ((28, 28, 1), "write [1, 28, 28] if 1 is the number of channels"),
        (("H", "W", 3), "write [3, H, W] if 3 is the number of channels"),
        (("N", "H", "W", 3), "write [3, H, W] if 3 is the number of channels"),
        ((1, 3, 224, 224), "write [3, 224, 224] if 1 is the batch"),
    ],
)
def test_sizes_that_are_often_meant_otherwise_are_noted(shape, says):
    assert says in volume_note(sizes(*shape))


@pytest.mark.parametrize(
    "shape",
    [
        (3, 224, 224),
        (3, "H", "W"),
        (1, 1, 1),
        (3, 3, 3),
        (4, 4, 1),
        (64, 7, 1),
        ("C", 7, 1),
        (64, 128, 3),
        (3, 4),
        (784,),
        (),
    ],
)
def test_usual_sizes_are_not(shape):
    assert volume_note(sizes(*shape)) == ""
