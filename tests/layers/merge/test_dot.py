"""Keras's Dot against its documentation and inner products written out."""

import numpy as np
import pytest

from cnnshape.layers.merge import Dot
from tests.layers.counting import counted
from tests.layers.measured import Draw, conditions_of, fault_of, refusal, shape_of, specs, work_of

SHAPES = [
    ("keras-documentation", "(1, 5, 2) with (1, 2, 5), axes (1, 2)", Dot((1, 2)), [(1, 5, 2), (1, 2, 5)], (1, 2, 2)),
    ("vectors", "a number a sample keeps an axis of size 1", Dot(1), [("N", 8), ("N", 8)], ("N", 1)),
    ("last", "one negative number for both", Dot(-1), [("N", 4, "K"), ("N", "L", 9, "K")], ("N", 4, "L", 9)),
    ("scores", "queries by keys", Dot(2), [("N", "T", 64), ("N", "S", 64)], ("N", "T", "S")),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "inputs", "expected"), [pytest.param(*row[2:], id=row[0]) for row in SHAPES])
def test_shape(layer, inputs, expected):
    assert shape_of(layer, *inputs) == expected


def sample_by_sample(a, b, first, second):
    """numpy.tensordot of each sample, and the axis of size 1 that Keras adds."""
    y = np.stack([np.tensordot(a[n], b[n], axes=(first - 1, second - 1)) for n in range(len(a))])
    return y[:, None] if y.ndim == 1 else y


def test_against_tensordot():
    for seed in range(200):
        draw = Draw(seed)
        shapes = [[2] + [draw.size(1, 4) for _ in range(draw.size(1, 3))] for _ in range(2)]
        axes = [draw.size(1, len(shape) - 1) for shape in shapes]
        shapes[1][axes[1]] = shapes[0][axes[0]]
        given = tuple(
            axis - len(shape) if draw.one(True, False) else axis for axis, shape in zip(axes, shapes, strict=True)
        )
        expected = sample_by_sample(*(np.ones(shape) for shape in shapes), *axes).shape
        assert shape_of(Dot(given), *map(tuple, shapes)) == expected


def test_work_is_what_a_computation_does():
    (a, b), done = counted((2, 3, 4), (2, 5, 4))
    sample_by_sample(a, b, 2, 2)
    assert work_of(Dot(2), (2, 3, 4), (2, 5, 4)) == {"macs": done["muls"]}


def test_work_of_cosines():
    """Each vector is divided by its length first: squares, their sum, a root, the quotients."""
    arrays, done = counted((2, 3, 4), (2, 5, 4))
    for x in arrays:
        lengths = np.frompyfunc(lambda v: v.sqrt(), 1, 1)((x * x).sum(axis=2, keepdims=True))
        x / lengths
    expected = {"macs": 2 * 3 * 5 * 4, **done}
    assert work_of(Dot(2, normalize=True), (2, 3, 4), (2, 5, 4)) == expected


def test_conditions():
    assert conditions_of(Dot(1), ("N", 8), ("N", "C")) == ["8 == C"]
    assert conditions_of(Dot(1), ("N", 8), ("M", 8)) == ["N == M"]


def test_every_output_sees_everything():
    assert Dot(1).window(specs((1, 8), (1, 8))).everything


FAULTS = [
    (
        "sizes",
        Dot((1, 2)),
        [(1, 5, 2), (1, 2, 4)],
        """\
CS201: input 1 has 5 along axis C, input 2 has 4 along axis L
  rule: the two axes that are summed over have equal sizes
  fix: crop input 1 to 4 along C, or pad input 2 to 5 along L""",
    ),
    (
        "batch",
        Dot(1),
        [(2, 5), (3, 5)],
        """\
CS201: axis N: input 1 has 2, input 2 has 3
  rule: both inputs have the same batch
  fix: feed both inputs with batches of one size""",
    ),
    (
        "no-axis",
        Dot(2),
        [(2, 5, 5), (2, 5)],
        """\
CS207: axes = 2 is no axis of a tensor with 2 axes
  rule: axes go from -2 to 1
  fix: axes between -2 and 1""",
    ),
    (
        "batch-axis",
        Dot(-1),
        [(2, 5), (5,)],
        """\
CS206: axes = -1: axis 0 of (5,) is the batch
  rule: both inputs have a batch and the axis that is summed over
  fix: inputs with one axis more, or another entry of axes""",
    ),
]


@pytest.mark.parametrize(("layer", "inputs", "expected"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_fault(layer, inputs, expected):
    assert fault_of(layer, *inputs) == expected


@pytest.mark.parametrize("axes", [0, (1, 2, 3), (1, 0)])
def test_refusal(axes):
    assert (
        refusal(lambda: Dot(axes))
        == f"""\
CS401: Dot: axes = {axes!r}: one axis of each input, not the batch
  rule: axes is one number for both inputs, or a list of two; 0 is the batch
  fix: axes: 1, or [1, 2]"""
    )
