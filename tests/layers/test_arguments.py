"""How a call of a layer is understood, and the whole text of each refusal."""

import inspect

import pytest

from cnnshape.errors import ArgumentError
from cnnshape.layers import Add, Conv, Linear, Reshape, Transpose
from cnnshape.layers.arguments import bind
from cnnshape.layers.base import Spec
from cnnshape.symbolic import dim, evaluate, product


def test_bind_fills_in_defaults_and_normalizes():
    assert bind(Linear, (10,), {"bias": False}) == {"out_features": 10, "bias": False, "in_features": None}
    assert bind(Reshape, ([2, 3],), {}) == {"shape": (2, 3), "allowzero": True}
    assert bind(Reshape, (), {"shape": 6}) == {"shape": (6,), "allowzero": True}, "one number stands for itself"
    assert bind(Add, (), {}) == {}


def test_order_of_keywords_does_not_matter():
    assert Conv(kernel_size=3, out_channels=8, bias=False) == Conv(8, bias=False, kernel_size=3)


def test_signature_is_what_help_shows():
    signature = inspect.signature(Linear)
    assert str(signature) == "(out_features: 'Count', *, bias: 'Flag' = True, in_features: 'Count | None' = None)"
    assert str(inspect.signature(Transpose)) == "(*, dim0: 'Integer', dim1: 'Integer')"


CALLS = [
    (
        "pytorch-positions",
        lambda: Conv(3, 64, 7),
        """\
CS403: Conv takes one positional argument, out_channels; PyTorch's Conv2d(3, 64, 7) is Conv(64, kernel_size=7)
  rule: one positional argument, the output side (for pools the kernel); the rest by keyword
  fix: name the other arguments: kernel_size, stride, padding, dilation, groups, bias, padding_mode, in_channels, \
rank""",
    ),
    (
        "position-and-name",
        lambda: Linear(10, out_features=20),
        """\
CS403: Linear takes out_features once, it is given by position and by name
  rule: one positional argument, the output side (for pools the kernel); the rest by keyword
  fix: give out_features by position or by name""",
    ),
    (
        "no-position",
        lambda: Transpose(1, 2),
        """\
CS403: Transpose takes no positional argument; PyTorch's transpose(1, 2) is Transpose(dim0=1, dim1=2)
  rule: one positional argument, the output side (for pools the kernel); the rest by keyword
  fix: name the arguments: dim0, dim1""",
    ),
    (
        "nothing-to-take",
        lambda: Add(2),
        """\
CS403: Add takes no positional argument
  rule: one positional argument, the output side (for pools the kernel); the rest by keyword
  fix: call it without arguments: Add()""",
    ),
    (
        "misspelt",
        lambda: Conv(8, kernel=3),
        """\
CS404: Conv has no argument 'kernel'
  rule: Conv takes out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, in_channels, rank
  fix: did you mean kernel_size?""",
    ),
    (
        "unknown",
        lambda: Linear(8, xyzzy=3),
        """\
CS404: Linear has no argument 'xyzzy'
  rule: Linear takes out_features, bias, in_features
  fix: leave xyzzy out""",
    ),
    (
        "unknown-to-an-empty-layer",
        lambda: Add(alpha=2),
        """\
CS404: Add has no argument 'alpha'
  rule: Add takes no arguments
  fix: leave alpha out""",
    ),
    (
        "missing",
        lambda: Conv(8),
        """\
CS405: Conv needs kernel_size
  rule: Conv has no default for kernel_size
  fix: give kernel_size""",
    ),
    (
        "several-missing",
        Transpose,
        """\
CS405: Transpose needs dim0 and dim1
  rule: Transpose has no default for dim0 and dim1
  fix: give dim0, dim1""",
    ),
    (
        "value",
        lambda: Conv(8, kernel_size=0),
        """\
CS401: Conv: kernel_size = 0 is not a whole number of at least 1, or a list with one per axis
  rule: kernel_size is a whole number of at least 1, or a list with one per axis
  fix: such as kernel_size: 3""",
    ),
    (
        "none-where-none-is-not-allowed",
        lambda: Conv(None, kernel_size=1),
        """\
CS401: Conv: out_channels = None is not a whole number of at least 1, or a formula
  rule: out_channels is a whole number of at least 1, or a formula
  fix: such as out_channels: 3""",
    ),
    (
        "word",
        lambda: Conv(8, kernel_size=3, padding_mode="relfect"),
        """\
CS401: Conv: padding_mode = 'relfect' is not one of zeros, reflect, replicate, circular
  rule: padding_mode is one of zeros, reflect, replicate, circular
  fix: padding_mode: reflect""",
    ),
    (
        "bool-as-number",
        lambda: Linear(True),
        """\
CS401: Linear: out_features = True is not a whole number of at least 1, or a formula
  rule: out_features is a whole number of at least 1, or a formula
  fix: such as out_features: 3""",
    ),
]


@pytest.mark.parametrize(("make", "expected"), [pytest.param(*row[1:], id=row[0]) for row in CALLS])
def test_refused(make, expected):
    with pytest.raises(ArgumentError) as caught:
        make()
    assert str(caught.value) == expected


def test_an_error_holds_the_parts_as_data():
    with pytest.raises(ArgumentError) as caught:
        Conv(8, kernel_size="3 3")
    fault = caught.value.fault
    assert (fault.code, fault.field, fault.got) == ("CS401", "kernel_size", "3 3")


def test_formulas_are_values():
    assert Linear(2 * dim("C")).out_features == 2 * dim("C")


def test_a_text_that_is_no_formula_says_where():
    with pytest.raises(ArgumentError) as caught:
        Conv("2*c +", kernel_size=3)
    assert (
        str(caught.value)
        == """\
CS401: Conv: out_channels = '2*c +': not a formula: expected a number, a name or '(', found the end at column 6
  2*c +
       ^
  rule: out_channels is a whole number of at least 1, or a formula
  fix: such as out_channels: 3"""
    )


def test_a_text_as_size_counts_what_the_formula_counts():
    layer = Conv("2*c", kernel_size=("k", "k"), in_channels="c")
    inputs = (Spec((1, dim("c"), 32, 32)),)
    weights = sum(evaluate(product(w.shape), {"c": 5, "k": 3}) for w in layer.weights(inputs).values())
    assert weights == 10 * 5 * 3 * 3 + 10


@pytest.mark.parametrize(
    "name", ["kernel_size", "stride", "padding", "dilation", "groups", "out_channels", "padding_mode"]
)
def test_the_value_that_a_refusal_proposes_is_taken(name):
    given = {"out_channels": 8, "kernel_size": 1}
    with pytest.raises(ArgumentError) as refused:
        Conv(**given | {name: -1})
    said, proposed = refused.value.fault.fix.removeprefix("such as ").split(": ")
    assert said == name
    Conv(**given | {name: int(proposed) if proposed.isdigit() else proposed})
