"""Arithmetic of several tensors against PyTorch, conditions on symbols, and operations counted as they happen."""

from functools import reduce
from itertools import product

import pytest

from cnnshape.errors import ShapeError
from cnnshape.layers.base import POINTWISE, Context, Spec
from cnnshape.layers.fields import DTYPES
from cnnshape.layers.join import promoted
from cnnshape.layers.merge import Add, Divide, Maximum, Mean, Minimum, Multiply, Subtract
from cnnshape.symbolic import dim, evaluate
from tests.layers.counting import counted, larger, smaller
from tests.layers.measured import Draw, compare, conditions_of, fault_of, shape_of, work_of

MANY = [Add, Multiply, Maximum, Minimum, Mean]
TWO = [Subtract, Divide]

SHAPES = [
    ("equal", "nothing to do", [(1, 8, 7, 7), (1, 8, 7, 7)], (1, 8, 7, 7)),
    ("gate", "one factor a channel", [("N", "C", "H", "W"), ("N", "C", 1, 1)], ("N", "C", "H", "W")),
    ("bias", "last axes aligned, as NumPy", [("N", "T", 6), (6,)], ("N", "T", 6)),
    ("number", "a tensor without axes", [("N", 4), ()], ("N", 4)),
    ("both", "each stretches the other", [(3, 1), (1, 5)], (3, 5)),
    ("three-ranks", "NumPy manual: 8x1x6x1 with 7x1x5", [(8, 1, 6, 1), (7, 1, 5)], (8, 7, 6, 5)),
    ("ones", "1 with 1 stays 1", [(1, 1), (1, 1)], (1, 1)),
    ("simpler", "of two equal formulas the simpler is kept", [("N", "2*ceil(H/2)"), ("N", "H")], ("N", "H")),
]  # fmt: skip


@pytest.mark.parametrize("cls", MANY + TWO)
@pytest.mark.parametrize(("inputs", "expected"), [pytest.param(*row[2:], id=row[0]) for row in SHAPES])
def test_shape(cls, inputs, expected):
    assert shape_of(cls(), *inputs) == expected
    assert shape_of(cls(), *reversed(inputs)) == expected, "the order of the inputs does not matter to the shape"


def operations(torch):
    def folded(function):
        return lambda *tensors: reduce(function, tensors)

    return [
        (Add, folded(torch.add)),
        (Multiply, folded(torch.mul)),
        (Maximum, folded(torch.maximum)),
        (Minimum, folded(torch.minimum)),
        (Mean, lambda *tensors: reduce(torch.add, tensors) / len(tensors)),
        (Subtract, torch.sub),
        (Divide, torch.div),
    ]


def test_as_pytorch(torch):
    """Random shapes of random ranks, one of three sizes on each axis: most of them join."""
    for cls, function in operations(torch):
        taken = []
        for seed in range(150):
            draw = Draw(seed)
            number = 2 if cls in TWO else draw.size(1, 4)
            common = [draw.size(2, 4) for _ in range(4)]
            shapes = [
                tuple(draw.one(size, size, 1, draw.size(1, 4)) if seed % 3 == 0 else draw.one(size, 1) for size in tail)
                for tail in (common[draw.size(0, 4) :] for _ in range(number))
            ]
            taken.append(compare(torch, cls(), function, *shapes, fixed=(0, 1, 2, 3)))
        assert 20 < sum(taken) < 150 or cls is Mean


@pytest.mark.parametrize("seed", range(100))
def test_symbols_join_where_their_values_are_equal(seed):
    """Every size above 1 becomes a symbol of its own; the conditions hold exactly where NumPy joins the values."""
    np = pytest.importorskip("numpy")
    draw = Draw(seed)
    common = [draw.size(2, 4) for _ in range(3)]
    shapes = [tuple(draw.one(size, size, size, 1, 3) for size in common[draw.size(0, 2) :]) for _ in range(3)]
    values = {f"s{i}{j}": size for i, shape in enumerate(shapes) for j, size in enumerate(shape)}
    symbolic = [tuple(1 if s == 1 else dim(f"s{i}{j}") for j, s in enumerate(shape)) for i, shape in enumerate(shapes)]
    ctx = Context()
    (y,) = Add().outputs(tuple(Spec(shape) for shape in symbolic), ctx)
    fits = all(condition.holds(evaluate(condition.expr, values)) for condition in ctx.conditions)
    try:
        expected = np.broadcast_shapes(*shapes)
    except ValueError:
        assert not fits
    else:
        assert fits
        assert tuple(evaluate(size, values) for size in y.shape) == expected


def test_conditions():
    assert conditions_of(Add(), (1, 8, "ceil(H/2)"), (1, 8, "floor(H/2)")) == ["ceil(H/2) == floor(H/2)"]
    assert conditions_of(Add(), ("N", 8, "H"), ("M", 8, "H"), ("N", "C", "H")) == ["N == M", "8 == C"]
    assert conditions_of(Add(), ("N", 8, "2*floor(H/2)"), ("N", 8, "H - H % 2")) == [], "one formula in two forms"
    assert conditions_of(Add(), ("C",), (1,)) == [], "the number 1 is stretched"


@pytest.mark.parametrize("number", [1, 2, 5])
def test_work_is_what_a_computation_does(number):
    shape = (2, 3, 4)
    for cls, function in [
        (Add, lambda a, b: a + b),
        (Multiply, lambda a, b: a * b),
        (Maximum, larger),
        (Minimum, smaller),
    ]:
        arrays, done = counted(*[shape] * number)
        reduce(function, arrays)
        assert work_of(cls(), *[shape] * number) == done
    arrays, done = counted(*[shape] * number)
    reduce(lambda a, b: a + b, arrays) / float(number)
    assert work_of(Mean(), *[shape] * number) == done


@pytest.mark.parametrize(("cls", "function"), [(Subtract, lambda a, b: a - b), (Divide, lambda a, b: a / b)])
def test_work_of_two(cls, function):
    (a, b), done = counted((2, 3, 4), (3, 1))
    function(a, b)
    assert work_of(cls(), (2, 3, 4), (3, 1)) == done


def test_element_type_as_pytorch(torch):
    known = [d for d in DTYPES if hasattr(torch, d) and d not in ("uint16", "uint32", "uint64", "int4", "uint4")]
    assert len(known) > 8
    for one, two in product(known, known):
        theirs = torch.promote_types(getattr(torch, one), getattr(torch, two))
        assert promoted([one, two]) == str(theirs).removeprefix("torch."), (one, two)


def test_element_type_of_a_quotient(torch):
    for dtype in ("int64", "bool", "float16"):
        (y,) = Divide().outputs((Spec((2,), dtype), Spec((2,), dtype)), Context())
        tensor = torch.ones(2, dtype=getattr(torch, dtype))
        assert f"torch.{y.dtype}" == str((tensor / tensor).dtype)


@pytest.mark.parametrize("dtype", ["int4", "uint4", "float8"])
def test_small_types_give_way(dtype):
    assert promoted([dtype, "float32"]) == "float32"
    assert promoted([dtype, dtype]) == dtype


def test_window_is_pointwise():
    assert all(cls().window((Spec((1, 2)), Spec((1, 2)))) is POINTWISE for cls in MANY + TWO)


FAULTS = [
    (
        "space",
        [(1, 8, 125, 7), (1, 8, 124, 7)],
        """\
CS201: axis H: input 1 has 125, input 2 has 124
  rule: sizes that are joined are equal, or one of them is 1
  fix: crop input 1 to 124 along H, or pad input 2 to 125 along H""",
    ),
    (
        "third",
        [(1, 8, 5), (1, 1, 5), (1, 8, 7)],
        """\
CS201: axis L: input 1 has 5, input 3 has 7
  rule: sizes that are joined are equal, or one of them is 1
  fix: crop input 3 to 5 along L, or pad input 1 to 7 along L""",
    ),
    (
        "formulas",
        [(1, 8, "H", 7), (1, 8, "H + 2", 7)],
        """\
CS201: axis H: input 1 has H, input 2 has H + 2
  rule: sizes that are joined are equal, or one of them is 1
  fix: crop input 2 to H along H, or pad input 1 to H + 2 along H""",
    ),
    (
        "channels",
        [(1, 8, 7, 7), (1, 16, 7, 7)],
        """\
CS201: axis C: input 1 has 8, input 2 has 16
  rule: sizes that are joined are equal, or one of them is 1
  fix: a conv with kernel_size 1 and out_channels 8 on input 2, or 16 on input 1""",
    ),
    (
        "batch",
        [(2, 8, 7), (3, 8, 7)],
        """\
CS201: axis N: input 1 has 2, input 2 has 3
  rule: sizes that are joined are equal, or one of them is 1
  fix: feed both inputs with batches of one size""",
    ),
]


@pytest.mark.parametrize(("inputs", "expected"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_fault(inputs, expected):
    assert fault_of(Add(), *inputs) == expected


def test_a_formula_that_can_never_be_equal_is_a_fault_at_once():
    with pytest.raises(ShapeError, match="CS201"):
        Add().outputs((Spec((dim("H") + 1,)), Spec((dim("H"),))), Context())
