"""Flatten, Reshape and Unflatten against PyTorch and NumPy, -1 solved with symbols, and their faults."""

from math import prod

import numpy as np
import pytest

from cnnshape.layers.base import Spec
from cnnshape.layers.reshape import Flatten, Reshape, Unflatten
from cnnshape.symbolic import dim
from tests.layers.measured import Draw, compare, conditions_of, fault_of, fits_often, refusal, shape_of, work_of
from tests.layers.moves import check_moves

N, C, H, W, k = map(dim, ("N", "C", "H", "W", "k"))

SHAPES = [
    ("lenet", "16 maps of 5x5 are 400", Flatten(), ("N", 16, 5, 5), ("N", 400)),
    ("vgg", "512*7*7 = 25088", Flatten(), (1, 512, 7, 7), (1, 25088)),
    ("formula", "a product of formulas", Flatten(), ("N", 16, "H", "W"), ("N", "16*H*W")),
    ("tokens", "space only, as a vision transformer", Flatten(start_dim=2), ("N", 768, "H", "W"), ("N", 768, "H*W")),
    ("number", "a tensor of one axis", Flatten(start_dim=0), (3,), (3,)),
    ("rest", "what -1 leaves", Reshape((N, 8, -1)), ("N", 16, "H", "W"), ("N", 8, "2*H*W")),
    ("batch-open", "the batch itself", Reshape((-1, 3 * H)), ("N", 3, "H"), ("N", "3*H")),
    ("unequal-parts", "a symbol divides as a formula", Reshape((N, C, -1)), ("N", "H", "6*C"), ("N", "C", "6*H")),
    ("polynomial", "a sum divides as a formula", Reshape((-1, H + 1)), ("N", "H*H - 1"), ("H*N - N", "H + 1")),
    ("copy", "ONNX: 0 copies", Reshape((0, 0, -1), allowzero=False), ("N", "T", 12, 64), ("N", "T", 768)),
    ("scalar", "one element has no axes", Reshape(()), (1, 1), ()),
    ("heads", "12 heads of 64", Unflatten((12, -1), dim=-1), ("N", "T", 768), ("N", "T", 12, 64)),
    ("grid", "tokens back to a map", Unflatten((H, W), dim=2), ("N", 768, "H*W"), ("N", 768, "H", "W")),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "x", "expected"), [pytest.param(*row[2:], id=row[0]) for row in SHAPES])
def test_shape(layer, x, expected):
    assert shape_of(layer, x) == expected


def test_flatten_as_pytorch(torch):
    taken = []
    for seed in range(300):
        draw = Draw(seed)
        shape = tuple(draw.size(1, 4) for _ in range(draw.size(1, 5)))
        given = {"start_dim": draw.size(-4, 4), "end_dim": draw.size(-4, 4)}
        taken.append(compare(torch, Flatten(**given), torch.nn.Flatten(**given), shape, fixed=()))
    fits_often(taken)


def some_factors(draw, number):
    """The number as a product of up to three factors in some order."""
    factors = []
    for _ in range(draw.size(0, 2)):
        factor = draw.one(*(f for f in range(1, number + 1) if number % f == 0))
        factors.append(factor)
        number //= factor
    factors.append(number)
    draw.random.shuffle(factors)
    return factors


def test_reshape_as_pytorch(torch):
    taken = []
    for seed in range(400):
        draw = Draw(seed)
        shape = tuple(draw.size(1, 6) for _ in range(draw.size(1, 4)))
        new = some_factors(draw, prod(shape))
        if draw.one(True, False):
            new[draw.size(0, len(new) - 1)] = -1
        if draw.size(1, 4) == 1:
            new[draw.size(0, len(new) - 1)] = draw.size(1, 5)
        module = lambda t, s=tuple(new): t.reshape(s)  # noqa: E731  # one line
        every = tuple(range(4))  # symbols that the shape does not name cannot be divided by
        taken.append(compare(torch, Reshape(tuple(new)), module, shape, fixed=every))
    fits_often(taken)


def test_unflatten_as_pytorch(torch):
    taken = []
    for seed in range(300):
        draw = Draw(seed)
        shape = tuple(draw.one(1, 4, 6, 12) for _ in range(draw.size(1, 3)))
        axis = draw.size(-len(shape), len(shape) - 1)
        new = some_factors(draw, shape[axis])
        if draw.one(True, False):
            new[draw.size(0, len(new) - 1)] = -1
        if draw.size(1, 4) == 1:
            new[0] = draw.size(2, 5)
        module = torch.nn.Unflatten(axis, tuple(new))
        taken.append(compare(torch, Unflatten(tuple(new), dim=axis), module, shape, fixed=()))
    fits_often(taken)


def onnx_reshape(shape, wanted):
    """The text of ONNX's Reshape with allowzero = 0: a 0 is copied, -1 inferred."""
    copied = [shape[i] if size == 0 else size for i, size in enumerate(wanted)]
    return np.empty(shape).reshape(copied).shape


def test_zero_copies_as_onnx():
    for seed in range(100):
        draw = Draw(seed)
        shape = tuple(draw.size(1, 5) for _ in range(draw.size(2, 4)))
        keep = draw.size(1, len(shape) - 1)
        wanted = (*(draw.one(0, size) for size in shape[:keep]), -1)
        assert shape_of(Reshape(wanted, allowzero=False), shape) == onnx_reshape(shape, wanted)


def test_conditions():
    assert conditions_of(Reshape((N, 400)), ("N", 16, "H", 5)) == ["80*H == 400"]
    assert conditions_of(Reshape((N, 256, 36)), ("N", 256, "H", "W")) == ["H*W == 36"], "equal sizes are canceled"
    assert conditions_of(Reshape((N, -1)), ("N", 16, "H", "W")) == []
    assert conditions_of(Reshape((-1, 400)), ("N", 16, "H", 5)) == ["(H*N) % 5 == 0"]
    assert conditions_of(Reshape((N, H, 2 * W, -1)), ("N", "C", "H", "W")) == ["C % 2 == 0"]
    assert conditions_of(Reshape((N, H - 4, -1)), ("N", "H - 4", 3)) == ["H - 4 >= 1"]
    assert conditions_of(Unflatten((4, -1), dim=1), ("N", "C")) == ["C % 4 == 0"]


def test_moves():
    for seed in range(100):
        draw = Draw(seed)
        shape = tuple(draw.size(1, 4) for _ in range(draw.size(1, 5)))
        start = draw.size(0, len(shape) - 1)
        end = draw.size(start, len(shape) - 1)
        merged = (*shape[:start], prod(shape[start : end + 1]), *shape[end + 1 :])
        check_moves(Flatten(start_dim=start, end_dim=end), shape, lambda a, s=merged: a.reshape(s))
        new = (*shape[:start], *some_factors(draw, prod(shape[start:])))
        check_moves(Reshape(new), shape, lambda a, s=new: a.reshape(s))
        parts = some_factors(draw, shape[start])
        split = (*shape[:start], *parts, *shape[start + 1 :])
        check_moves(Unflatten(tuple(parts), dim=start), shape, lambda a, s=split: a.reshape(s))


def test_axes_that_stay_are_known():
    """Global pooling leaves (N, C, 1, 1): flattened, the axis of channels is still the axis of channels."""
    assert Flatten().window((Spec((N, C, 1, 1)),)).source == (0, 1)
    assert Flatten().window((Spec((N, C, 7, 7)),)).source == (0, None)
    assert Reshape((N, 4, -1, H, W)).window((Spec((N, C, H, W)),)).source == (0, None, None, 2, 3)
    assert Reshape((N, C)).window((Spec((N, C, 1, 1)),)).source == (0, 1)


def test_nothing_is_computed():
    assert (
        work_of(Flatten(), (1, 2, 3)) == work_of(Reshape((6,)), (2, 3)) == work_of(Unflatten((2, 3), dim=0), (6,)) == {}
    )
    assert all(cls.is_view for cls in (Flatten, Reshape, Unflatten))


FAULTS = [
    (
        "another-number",
        Reshape((1, 400)),
        (1, 16, 4, 4),
        """\
CS209: the input (1, 16, 4, 4) has 256 elements, shape (1, 400) has 400
  rule: the elements stay the same, so their number does
  fix: shape: (1, -1)""",
    ),
    (
        "unflatten",
        Unflatten((5, 3), dim=1),
        (1, 20),
        """\
CS209: the input (20,) has 20 elements, unflattened_size (5, 3) has 15
  rule: the elements stay the same, so their number does
  fix: unflattened_size: (5, -1)""",
    ),
    (
        "formulas",
        Reshape((N, H)),
        ("N", "H", 2),
        """\
CS209: the input (N, H, 2) has 2*H*N elements, shape (N, H) has H*N
  rule: the elements stay the same, so their number does
  fix: shape: (N, -1)""",
    ),
    (
        "not-divided",
        Reshape((4, -1)),
        (3, 5),
        """\
CS210: shape (4, -1) leaves 15/4 for the -1, which is not whole
  rule: the sizes that are given divide the number of elements
  fix: sizes whose product divides 15""",
    ),
    (
        "other-symbol",
        Reshape((k, -1)),
        ("N", 8),
        """\
CS210: shape (k, -1) leaves 8*N/k for the -1, which is not whole
  rule: the sizes that are given divide the number of elements
  fix: sizes whose product divides 8*N""",
    ),
    (
        "no-axis-to-copy",
        Reshape((0, 0, 0), allowzero=False),
        (2, 3),
        """\
CS207: shape: a 0 at axis = 2 is no axis of a tensor with 2 axes
  rule: axes go from -2 to 1
  fix: shape: a 0 at axis between -2 and 1""",
    ),
    (
        "order",
        Flatten(start_dim=-1, end_dim=1),
        (1, 2, 3),
        """\
CS207: start_dim = -1 comes after end_dim = 1 in a tensor with 3 axes
  rule: start_dim <= end_dim, both counted from the start
  fix: start_dim: 1, or end_dim: 2""",
    ),
    (
        "no-axis",
        Flatten(start_dim=3),
        (1, 2, 3),
        """\
CS207: start_dim = 3 is no axis of a tensor with 3 axes
  rule: axes go from -3 to 2
  fix: start_dim between -3 and 2""",
    ),
]


@pytest.mark.parametrize(("layer", "x", "expected"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_fault(layer, x, expected):
    assert fault_of(layer, x) == expected


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(
            lambda: Reshape((-1, 2, -1)),
            """\
CS401: Reshape: shape = (-1, 2, -1): at most one size is left open
  rule: sizes are at least 1; one may be -1, it is then what remains
  fix: shape: one -1, the other sizes as numbers or formulas""",
            id="two-open",
        ),
        pytest.param(
            lambda: Reshape((0, -1)),
            """\
CS401: Reshape: shape = (0, -1): a tensor of size 0 holds nothing
  rule: a 0 is a size (PyTorch); with allowzero false it copies the input's size at that place (ONNX)
  fix: allowzero: false""",
            id="zero",
        ),
        pytest.param(
            lambda: Unflatten((), dim=1),
            """\
CS401: Unflatten: unflattened_size = (): at most one size is left open
  rule: sizes are at least 1; one may be -1, it is then what remains
  fix: unflattened_size: one -1, the other sizes as numbers or formulas""",
            id="no-size",
        ),
        pytest.param(
            lambda: Unflatten(1, (2, 5)),
            """\
CS403: Unflatten takes one positional argument, unflattened_size; PyTorch's Unflatten(1, (2, 5)) is \
Unflatten((2, 5), dim=1)
  rule: one positional argument, the output side (for pools the kernel); the rest by keyword
  fix: name the other arguments: dim""",
            id="positions",
        ),
    ],
)
def test_refusal(make, expected):
    assert refusal(make) == expected


def test_the_printed_shape_works():
    for seed in range(60):
        draw = Draw(seed)
        shape = tuple(draw.size(1, 6) for _ in range(3))
        new = tuple(draw.size(1, 6) for _ in range(draw.size(1, 3)))
        if prod(shape) == prod(new):
            continue
        _, _, fix = fault_of(Reshape(new), shape).partition("fix: shape: ")
        if fix:
            assert prod(
                shape_of(Reshape(tuple(int(s) for s in fix.strip("()").split(",") if s.strip())), shape)
            ) == prod(shape)
        else:
            assert all(prod(shape) % (prod(new) // size) for size in new), "no single size can be left open"
