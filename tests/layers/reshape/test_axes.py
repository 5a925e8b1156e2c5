"""Permute, Transpose, Squeeze and Unsqueeze against PyTorch and NumPy."""

import numpy as np
import pytest

from cnnshape.layers.reshape import Permute, Squeeze, Transpose, Unsqueeze
from tests.layers.measured import Draw, compare, conditions_of, fault_of, fits_often, refusal, shape_of, specs, work_of
from tests.layers.moves import check_moves

SHAPES = [
    ("channels-last", "as TensorFlow has it", Permute((0, 2, 3, 1)), ("N", 3, "H", "W"), ("N", "H", "W", 3)),
    ("negative", "counted from the end", Permute((0, -1, 1)), ("N", "C", "L"), ("N", "L", "C")),
    ("tokens", "vision transformer", Transpose(dim0=1, dim1=2), ("N", 768, "T"), ("N", "T", 768)),
    ("pooled", "one number a channel", Squeeze((2, 3)), ("N", 512, 1, 1), ("N", 512)),
    ("all-ones", "formulas stay", Squeeze(), (1, "C", 1, "L"), ("C", "L")),
    ("none", "nothing to leave out", Squeeze(), ("N", 2), ("N", 2)),
    ("gate", "back to a map", Unsqueeze((2, 3)), ("N", "C"), ("N", "C", 1, 1)),
    ("both-ends", "places in the output", Unsqueeze((0, -1)), ("T", 4), (1, "T", 4, 1)),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "x", "expected"), [pytest.param(*row[2:], id=row[0]) for row in SHAPES])
def test_shape(layer, x, expected):
    assert shape_of(layer, x) == expected


def shapes(number, most=4):
    for seed in range(number):
        draw = Draw(seed)
        yield draw, tuple(draw.size(1, most) for _ in range(draw.size(1, 5)))


def test_permute_as_pytorch(torch):
    taken = []
    for draw, shape in shapes(300):
        order = list(range(draw.one(len(shape), len(shape), len(shape), 3)))
        draw.random.shuffle(order)
        dims = tuple(axis - len(order) if draw.one(True, False) else axis for axis in order)
        taken.append(compare(torch, Permute(dims), lambda t, d=dims: t.permute(d), shape, fixed=()))
    fits_often(taken)


def test_transpose_as_pytorch(torch):
    taken = []
    for draw, shape in shapes(300):
        dim0, dim1 = draw.size(-3, 3), draw.size(-3, 3)
        module = lambda t, a=dim0, b=dim1: t.transpose(a, b)  # noqa: E731  # one line
        taken.append(compare(torch, Transpose(dim0=dim0, dim1=dim1), module, shape, fixed=()))
    fits_often(taken)


def test_squeeze_as_numpy():
    """NumPy refuses an axis that is not 1, as ONNX does; PyTorch keeps it."""
    for draw, shape in shapes(400, most=2):
        dims = draw.one(None, draw.size(-3, 2), (draw.size(-3, 2), draw.size(-3, 2)))
        try:
            expected = np.squeeze(np.empty(shape), dims).shape
        except (ValueError, np.exceptions.AxisError):
            assert fault_of(Squeeze(dims), shape).startswith(("CS201", "CS207"))
        else:
            assert shape_of(Squeeze(dims), shape) == expected
            check_moves(Squeeze(dims), shape, lambda a, d=dims: np.squeeze(a, d))


def test_unsqueeze_as_numpy():
    for draw, shape in shapes(300):
        dims = draw.one(draw.size(-4, 3), tuple(draw.size(-4, 3) for _ in range(draw.size(1, 3))))
        try:
            expected = np.expand_dims(np.empty(shape), dims).shape
        except (ValueError, np.exceptions.AxisError):
            assert fault_of(Unsqueeze(dims), shape).startswith("CS207")
        else:
            assert shape_of(Unsqueeze(dims), shape) == expected
            check_moves(Unsqueeze(dims), shape, lambda a, d=dims: np.expand_dims(a, d))


def test_unsqueeze_as_pytorch(torch):
    taken = []
    for draw, shape in shapes(200):
        dim = draw.size(-6, 5)
        taken.append(compare(torch, Unsqueeze(dim), lambda t, d=dim: t.unsqueeze(d), shape, fixed=()))
    fits_often(taken)


def test_moves():
    for draw, shape in shapes(60):
        order = list(range(len(shape)))
        draw.random.shuffle(order)
        check_moves(Permute(tuple(order)), shape, lambda a, o=order: a.transpose(o))
        a, b = draw.one(*order), draw.one(*order)
        check_moves(Transpose(dim0=a, dim1=b), shape, lambda x, a=a, b=b: np.swapaxes(x, a, b))


def test_conditions():
    assert conditions_of(Squeeze((2, 3)), ("N", 8, "ceil(H/32)", 1)) == ["ceil(H/32) == 1"]
    assert conditions_of(Squeeze(), ("N", 8, "ceil(H/32)", 1)) == []


def test_nothing_is_computed():
    for layer in (Permute((1, 0)), Transpose(dim0=0, dim1=1), Squeeze(0), Unsqueeze(0)):
        assert work_of(layer, (1, 5)) == {}
    assert Squeeze.is_view
    assert Unsqueeze.is_view
    assert not Permute.is_view, "another order of the elements is another tensor"
    assert Permute((0, 2, 1)).window(specs((1, 2, 3))).source == (0, 2, 1)


FAULTS = [
    (
        "another-number-of-axes",
        Permute((0, 2, 1)),
        (1, 3, 5, 5),
        """\
CS206: dims names 3 axes, the input (1, 3, 5, 5) has 4
  rule: dims names every axis of the input, the batch too
  fix: dims: an order of 0, 1, 2, 3""",
    ),
    (
        "no-axis",
        Transpose(dim0=1, dim1=3),
        (1, 3, 5),
        """\
CS207: dim1 = 3 is no axis of a tensor with 3 axes
  rule: axes go from -3 to 2
  fix: dim1 between -3 and 2""",
    ),
    (
        "longer",
        Squeeze((2, 3)),
        (1, 512, 7, 1),
        """\
CS201: axis H to be squeezed has size 7
  rule: only an axis of size 1 can be left out
  fix: reduce axis H to 1 before, or leave 2 out of dim""",
    ),
    (
        "twice",
        Squeeze((1, -1)),
        (1, 1),
        """\
CS207: dim = (1, -1) names axis 1 twice
  rule: each axis once, counted from the start or from the end
  fix: dim: [1]""",
    ),
    (
        "no-place",
        Unsqueeze(3),
        (1, 5),
        """\
CS207: dim = 3 is no axis of a tensor with 3 axes
  rule: axes go from -3 to 2
  fix: dim between -3 and 2""",
    ),
]


@pytest.mark.parametrize(("layer", "x", "expected"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_fault(layer, x, expected):
    assert fault_of(layer, x) == expected


@pytest.mark.parametrize("dims", [(0, 1, 1), (0, 2), (0, -1, 2), (1, 2, 3)])
def test_refusal(dims):
    last = len(dims) - 1
    order = ", ".join(map(str, range(len(dims))))
    assert (
        refusal(lambda: Permute(dims))
        == f"""\
CS401: Permute: dims = {dims!r}: each axis once
  rule: dims holds each of 0 to {last} once
  fix: dims: an order of {order}"""
    )
