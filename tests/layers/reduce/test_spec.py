"""Reductions against PyTorch and NumPy, operations counted as they happen."""

import numpy as np
import pytest

from cnnshape.layers.base import Context, Spec
from cnnshape.layers.reduce import (
    ArgMax,
    ArgMin,
    LogSumExp,
    ReduceL1,
    ReduceL2,
    ReduceMax,
    ReduceMean,
    ReduceMin,
    ReduceProd,
    ReduceSum,
)
from tests.layers.counting import along, counted
from tests.layers.measured import Draw, compare, fault_of, fits_often, refusal, shape_of, specs, work_of

SHAPES = [
    ("pool", "global average", ReduceMean((2, 3)), ("N", 2048, "H", "W"), ("N", 2048)),
    ("pool-kept", "as a map of one pixel", ReduceMean((2, 3), keepdim=True), ("N", "C", "H", "W"), ("N", "C", 1, 1)),
    ("tokens", "the mean of all tokens", ReduceMean(1), ("N", "T", 768), ("N", 768)),
    ("last", "counted from the end", ReduceMax(-1), ("N", "C", "L"), ("N", "C")),
    ("all", "one number", ReduceSum(), ("N", "C", "L"), ()),
    ("all-kept", "with all its axes", ReduceSum(keepdim=True), ("N", "C", "L"), (1, 1, 1)),
    ("classes", "segmentation map", ArgMax(1), ("N", 21, "H", "W"), ("N", "H", "W")),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "x", "expected"), [pytest.param(*row[2:], id=row[0]) for row in SHAPES])
def test_shape(layer, x, expected):
    assert shape_of(layer, x) == expected


SEVERAL = [ReduceMean, ReduceSum, ReduceMax, ReduceMin, ReduceProd, ReduceL1, ReduceL2, LogSumExp]
ONE = [ArgMax, ArgMin]


def functions(torch):
    def norm(order):
        return lambda t, dim, keepdim: torch.linalg.vector_norm(t, order, dim, keepdim)

    def every_axis(function):
        """With the axes written out where PyTorch has no default for them."""
        return lambda t, dim, keepdim: function(t, tuple(range(t.dim())) if dim is None else dim, keepdim)

    def one_by_one(t, dim, keepdim):
        """torch.prod takes one axis: the last one first."""
        dims = every_axis(lambda _, d, __: d)(t, dim, keepdim)
        dims = dims if isinstance(dims, tuple) else (dims,)
        for axis in sorted((range(t.dim())[d] for d in dims), reverse=True):
            t = torch.prod(t, axis, keepdim)
        return t

    return {
        ReduceMean: torch.mean,
        ReduceSum: torch.sum,
        ReduceMax: every_axis(torch.amax),
        ReduceMin: every_axis(torch.amin),
        ReduceProd: one_by_one,
        ReduceL1: norm(1),
        ReduceL2: norm(2),
        LogSumExp: every_axis(torch.logsumexp),
        ArgMax: torch.argmax,
        ArgMin: torch.argmin,
    }


@pytest.mark.parametrize("cls", SEVERAL + ONE)
def test_as_pytorch(torch, cls):
    function = functions(torch)[cls]
    taken = []
    for seed in range(120):
        draw = Draw(seed)
        shape = tuple(draw.size(1, 4) for _ in range(draw.size(1, 5)))
        several = tuple(dict.fromkeys(draw.size(-3, 2) for _ in range(draw.size(1, 3))))
        if cls is ReduceProd and len({axis % len(shape) for axis in several}) < len(several):
            continue  # the chain above would take the axis twice
        given = {
            "dim": draw.one(None, draw.size(-4, 3), *([] if cls in ONE else [several])),
            "keepdim": draw.one(True, False),
        }
        taken.append(compare(torch, cls(**given), lambda t, f=function, g=given: f(t, **g), shape, fixed=()))
    fits_often(taken)


def test_element_type_as_pytorch(torch):
    for cls in (ReduceSum, ReduceProd, ArgMax, ArgMin, ReduceMax):
        function = functions(torch)[cls]
        for dtype in ("float32", "float16", "int32", "uint8", "bool"):
            if dtype == "bool" and cls in ONE:
                continue
            (y,) = cls(0).outputs((Spec((3,), dtype),), Context())
            theirs = function(torch.ones(3, dtype=getattr(torch, dtype), device="meta"), dim=0, keepdim=False)
            assert f"torch.{y.dtype}" == str(theirs.dtype), (cls, dtype)


def run(cls, x, axes):
    """The reduction as its documentation writes it."""
    add, multiply = (lambda a, b: a + b), (lambda a, b: a * b)
    apply = lambda name, a: np.frompyfunc(lambda v: getattr(v, name)(), 1, 1)(a)  # noqa: E731  # one line
    if cls is ReduceMean:
        return along(add, x, axes) / float(np.prod([x.shape[axis] for axis in axes]))
    if cls is ReduceL1:
        return along(add, np.frompyfunc(abs, 1, 1)(x), axes)
    if cls is ReduceL2:
        return apply("sqrt", along(add, x * x, axes))
    if cls is LogSumExp:
        largest = along(max, x, axes, keepdims=True)
        total = along(add, apply("exp", x - largest), axes, keepdims=True)
        return apply("log", total) + largest
    return along({ReduceSum: add, ReduceProd: multiply, ReduceMax: max, ReduceMin: min}[cls], x, axes)


@pytest.mark.parametrize("cls", SEVERAL)
@pytest.mark.parametrize("axes", [(1,), (0, 2), (0, 1, 2)])
def test_work_is_what_a_computation_does(cls, axes):
    (x,), done = counted((2, 3, 4))
    run(cls, x, axes)
    assert work_of(cls(axes), (2, 3, 4)) == work_of(cls(axes, keepdim=True), (2, 3, 4)) == done


@pytest.mark.parametrize("cls", ONE)
def test_work_of_a_position(cls):
    """The largest of n is found with n - 1 comparisons."""
    assert work_of(cls(1), (2, 5, 4)) == {"compares": 2 * 4 * (5 - 1)}
    assert work_of(cls(), (2, 5, 4)) == {"compares": 2 * 5 * 4 - 1}


def test_window_names_the_axes_that_are_seen_whole():
    x = specs((2, 3, 4, 5))
    assert ReduceMean((2, -1)).window(x).whole == (2, 3)
    assert ReduceMean((2, -1)).window(x).source == (0, 1)
    assert ReduceMean((2, -1), keepdim=True).window(x).source is None, "axes stay in place"
    assert ReduceSum(1).window(x).source == (0, 2, 3)
    assert ReduceSum().window(x).whole == (0, 1, 2, 3)


FAULTS = [
    (
        "no-axis",
        ReduceMean((2, 3)),
        (1, 3, 5),
        """\
CS207: dim = 3 is no axis of a tensor with 3 axes
  rule: axes go from -3 to 2
  fix: dim between -3 and 2""",
    ),
    (
        "twice",
        ReduceSum((2, -1)),
        (1, 3, 5),
        """\
CS207: dim = (2, -1) names axis 2 twice
  rule: each axis once, counted from the start or from the end
  fix: dim: [2]""",
    ),
]


@pytest.mark.parametrize(("layer", "x", "expected"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_fault(layer, x, expected):
    assert fault_of(layer, x) == expected


def test_refusals():
    assert (
        refusal(lambda: ArgMax((1, 2)))
        == """\
CS401: ArgMax: dim = (1, 2) is not a whole number
  rule: dim is a whole number
  fix: give dim as a whole number"""
    )
    assert "PyTorch's mean(x, 1, True) is ReduceMean(1, keepdim=True)(x)" in refusal(lambda: ReduceMean(1, True))
