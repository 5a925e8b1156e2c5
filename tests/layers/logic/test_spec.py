"""Comparisons, choices and bits: shapes and element types as PyTorch's, conditions, faults."""

from itertools import product

import pytest

from cnnshape.errors import ShapeError
from cnnshape.layers.base import POINTWISE, Context, Spec
from cnnshape.layers.logic import Bitwise, BitwiseNot, Compare, IsInf, IsNaN, Logical, LogicalNot, Where
from tests.layers.measured import Draw, compare, conditions_of, fault_of, fits_often, refusal, work_of

RELATIONS = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")
PEERS = {
    "less": "lt", "less_equal": "le", "greater": "gt", "greater_equal": "ge", "equal": "eq", "not_equal": "ne",
}  # fmt: skip
TYPES = ("float32", "float64", "float16", "int64", "int32", "int16", "int8", "uint8", "bool")


def of_two(torch):
    yield from ((Compare(word), getattr(torch, PEERS[word])) for word in RELATIONS)
    yield from ((Logical(word), getattr(torch, f"logical_{word}")) for word in ("and", "or", "xor"))


def bits_of_two(torch):
    words = ("and", "or", "xor", "left_shift", "right_shift")
    yield from ((Bitwise(word), getattr(torch, f"bitwise_{word}")) for word in words)


def shapes(draw, count):
    """Shapes of random ranks, one of three sizes on each axis: most of them join."""
    common = [draw.size(2, 4) for _ in range(4)]
    return [tuple(draw.one(size, size, 1, draw.size(1, 4)) for size in common[draw.size(1, 4) :]) for _ in range(count)]


def test_shapes_as_pytorch(torch):
    cases = [(layer, function, ("float32", "float32")) for layer, function in of_two(torch)]
    cases += [(layer, function, ("int64", "int32")) for layer, function in bits_of_two(torch)]
    cases += [(Where(), torch.where, ("bool", "float32", "float32"))]
    for layer, function, dtypes in cases:
        fits_often(
            [
                compare(torch, layer, function, *shapes(Draw(seed), len(dtypes)), dtypes=dtypes, fixed=(0, 1, 2, 3))
                for seed in range(80)
            ]
        )


def made(layer, *dtypes):
    (y,) = layer.outputs(tuple(Spec((3,), dtype) for dtype in dtypes), Context())
    return f"torch.{y.dtype}"


def test_element_types_as_pytorch(torch):
    def ones(dtype):
        return torch.ones(3, dtype=getattr(torch, dtype), device="meta")

    for one, two in product(TYPES, TYPES):
        for layer, function in of_two(torch):
            assert made(layer, one, two) == str(function(ones(one), ones(two)).dtype)
        condition = torch.ones(3, dtype=torch.bool, device="meta")
        assert made(Where(), "bool", one, two) == str(torch.where(condition, ones(one), ones(two)).dtype)
        if "float" not in one + two:
            for layer, function in bits_of_two(torch):
                if "bool" in (one, two) and "shift" in layer.operation:
                    continue
                assert made(layer, one, two) == str(function(ones(one), ones(two)).dtype)
    for dtype in TYPES:
        for layer, function in ((LogicalNot(), torch.logical_not), (IsNaN(), torch.isnan), (IsInf(), torch.isinf)):
            assert made(layer, dtype) == str(function(ones(dtype)).dtype)
    assert [made(BitwiseNot(), dtype) for dtype in ("uint8", "bool")] == ["torch.uint8", "torch.bool"]


def test_sizes_that_may_differ_become_conditions():
    halves = ("N", "ceil(H/2)"), ("N", "floor(H/2)")
    for layer in (Compare("less"), Logical("or")):
        assert conditions_of(layer, *halves) == ["ceil(H/2) == floor(H/2)"]
    assert conditions_of(Where(), Spec((1,), "bool"), *halves) == ["ceil(H/2) == floor(H/2)"]


def test_one_operation_for_each_element():
    for layer in (Compare("equal"), Logical("xor")):
        assert work_of(layer, (2, 3, 1), (3, 5)) == {"compares": 2 * 3 * 5}
    assert work_of(Bitwise("and"), Spec((2, 3), "int64"), Spec((), "int64")) == {"compares": 6}
    assert work_of(Where(), Spec((2, 1), "bool"), (2, 3), ()) == {}, "a choice computes nothing"


def test_a_place_sees_its_place():
    x = Spec((2, 3))
    assert all(layer.window((x, x)) is POINTWISE for layer in (Compare("less"), Logical("and"), Bitwise("and")))
    assert all(layer.window((x,)) is POINTWISE for layer in (LogicalNot(), IsNaN(), IsInf(), BitwiseNot()))


FAULTS = [
    (
        "number",
        Where(),
        [(2, 3), (2, 3), (2, 3)],
        """\
CS211: input 1 is float32
  rule: the first input says where to take the second: true or false
  fix: cast: bool on input 1""",
    ),
    (
        "float",
        Bitwise("and"),
        [Spec((3,), "int64"), (3,)],
        """\
CS211: input 2 is float32
  rule: whole numbers and bools have bits that can be joined
  fix: cast: int64 on input 2""",
    ),
    (
        "bool",
        Bitwise("left_shift"),
        [Spec((3,), "bool"), Spec((3,), "int64")],
        """\
CS211: input 1 is bool
  rule: whole numbers have bits that can be shifted
  fix: cast: int64 on input 1""",
    ),
    (
        "turned",
        BitwiseNot(),
        [(3,)],
        """\
CS211: input 1 is float32
  rule: whole numbers and bools have bits that can be joined
  fix: cast: int64 on input 1""",
    ),
]


@pytest.mark.parametrize(("layer", "inputs", "expected"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_fault(layer, inputs, expected):
    assert fault_of(layer, *inputs) == expected


def test_sizes_that_do_not_join():
    with pytest.raises(ShapeError, match="CS201"):
        Where().outputs((Spec((2, 3), "bool"), Spec((2, 4)), Spec((2, 1))), Context())


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Compare("<"), "less, less_equal, greater, greater_equal, equal, not_equal"),
        (lambda: Logical("nand"), "and, or, xor"),
        (lambda: Bitwise("shift"), "and, or, xor, left_shift, right_shift"),
        (lambda: IsInf(sign="plus"), "both, positive, negative"),
    ],
)
def test_unknown_words(make, words):
    assert f" is not one of {words}\n" in refusal(make)


def test_labels():
    assert [Compare("not_equal").label(), Logical("or").label(), Bitwise("left_shift").label()] == [
        "not equal",
        "or",
        "bitwise left shift",
    ]
