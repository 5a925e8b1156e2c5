"""What the layers that choose and place by position make of shapes, against PyTorch; their faults and their work."""

import pytest

from cnnshape import layers as L
from cnnshape.layers.base import Context, Spec
from cnnshape.symbolic import dim
from tests.layers.measured import (
    Draw,
    compare,
    conditions_of,
    fault_of,
    fits_often,
    shape_of,
    shapes_of,
    specs,
    work_of,
)


def whole(*shape):
    return Spec(specs(shape)[0].shape, "int64")


SHAPES = [
    ("elements", "as many as indices", L.GatherElements(), [("N", 8, "T"), whole("N", 3, "T")], ("N", 3, "T")),
    ("first-rows", "of longer ones", L.GatherElements(dim=0), [(9, "C", 4), whole(2, 3, 4)], (2, 3, 4)),
    ("pixels", "all channels of each", L.GatherND(), [("H", "W", 3), whole("K", 2)], ("K", 3)),
    ("numbers", "no axis remains", L.GatherND(), [(4, 5), whole("N", 2)], ("N",)),
    ("in-each-sample", "its own positions", L.GatherND(batch_dims=1), [("N", "T", 8), whole("N", 5, 1)], ("N", 5, 8)),
    ("placed", "the input's own", L.ScatterElements(), [("N", 8), whole("N", 3), ("N", 3)], ("N", 8)),
    ("rows-placed", "the input's own", L.ScatterND(), [(9, "C"), whole("N", 1), ("N", "C")], (9, "C")),
    ("cache", "the cache's own", L.TensorScatter(), [("N", 8, 512, 64), ("N", 8, "T", 64)], ("N", 8, 512, 64)),
    ("backwards", "the input's own", L.ReverseSequence(), [("N", "T", 5), whole("N")], ("N", "T", 5)),
    ("classes", "a new axis at the end", L.OneHot(10), [whole("N", "T")], ("N", "T", 10)),
    ("class-maps", "a new axis of channels", L.OneHot(21, dim=1), [whole("N", "H", "W")], ("N", 21, "H", "W")),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "inputs", "expected"), [pytest.param(*row[2:], id=row[0]) for row in SHAPES])
def test_shape(layer, inputs, expected):
    assert shape_of(layer, *inputs) == expected


def test_the_largest_come_with_their_positions():
    assert shapes_of(L.TopK(5, dim=1), ("N", 10, "L")) == (("N", 5, "L"), ("N", 5, "L"))
    values, positions = L.TopK(5).outputs((Spec((1, 8), "float16"),), Context())
    assert (values.dtype, positions.dtype) == ("float16", "int64")


def test_elements_as_pytorch(torch):
    taken = []
    for seed in range(300):
        draw = Draw(seed)
        shape = tuple(draw.size(1, 4) for _ in range(draw.size(1, 3)))
        chosen = tuple(draw.size(1, 5) for _ in range(len(shape) + draw.one(0, 0, 0, 0, 1)))
        axis = draw.size(-len(shape), len(shape) - 1)
        module = lambda x, i, a=axis: torch.gather(x, a, i)  # noqa: E731  # one line
        kinds = ("float32", "int64")
        taken.append(compare(torch, L.GatherElements(dim=axis), module, shape, chosen, dtypes=kinds, fixed=()))
        module = lambda x, i, u, a=axis: torch.scatter(x, a, i, u)  # noqa: E731  # one line
        kinds = ("float32", "int64", "float32")
        layer = L.ScatterElements(dim=axis)
        taken.append(compare(torch, layer, module, shape, chosen, chosen, dtypes=kinds, fixed=()))
    fits_often(taken)


def test_the_largest_as_pytorch(torch):
    taken = []
    for seed in range(200):
        draw = Draw(seed)
        shape = tuple(draw.size(1, 5) for _ in range(draw.size(1, 3)))
        axis, k = draw.size(-len(shape), len(shape) - 1), draw.size(1, 5)
        module = lambda x, k=k, a=axis: tuple(torch.topk(x, k, a))  # noqa: E731  # one line
        taken.append(compare(torch, L.TopK(k, dim=axis), module, shape, fixed=()))
    fits_often(taken)


def test_conditions():
    chosen = whole("N", 3, "L")
    assert conditions_of(L.GatherElements(), ("M", 8, "K"), chosen) == ["M >= N", "K >= L"]
    assert conditions_of(L.ScatterElements(), ("N", 8, "L"), chosen, ("N", "R", "L")) == ["R == 3"]
    assert conditions_of(L.GatherND(batch_dims=1), ("M", 8), whole("N", 1)) == ["N == M"]
    assert conditions_of(L.ScatterND(), (8, "C"), whole("N", 1), ("N", 4)) == ["4 == C"]
    assert conditions_of(L.TensorScatter(), ("N", "S", 4), ("N", "T", 4), whole("M")) == ["S >= T", "M == N"]
    assert conditions_of(L.TopK(dim("k")), ("N", "T")) == ["T >= k"]
    assert conditions_of(L.ReverseSequence(), ("N", "T"), whole("M")) == ["M == N"]


def test_work_by_hand():
    """Of 10 elements the largest takes 9 comparisons, the next 8, the third 7."""
    assert work_of(L.TopK(3), (2, 10)) == {"compares": 2 * (9 + 8 + 7)}
    assert work_of(L.TopK(3, dim=0), (10, 4, 5)) == {"compares": 20 * (9 + 8 + 7)}
    x, chosen, updates = (2, 9), whole(2, 3), (2, 3)
    assert work_of(L.GatherElements(), x, chosen) == {}
    assert work_of(L.ScatterElements(), x, chosen, updates) == {}
    assert work_of(L.ScatterElements(reduction="add"), x, chosen, updates) == {"adds": 6}
    assert work_of(L.ScatterElements(reduction="mul"), x, chosen, updates) == {"muls": 6}
    assert work_of(L.ScatterND(reduction="min"), (9, 4), whole(3, 1), (3, 4)) == {"compares": 12}


FAULTS = [
    (
        "floating-indices",
        L.GatherElements(),
        ((1, 8), (1, 3)),
        """\
CS211: the indices are float32
  rule: the indices are integers
  fix: cast: int64 on the indices""",
    ),
    (
        "longer-indices",
        L.GatherElements(dim=2),
        ((1, 3, 8), whole(1, 4, 2)),
        """\
CS213: axis C: the indices have 4, the input has 3
  rule: the indices are no larger than the input, but on the axis dim
  fix: indices with at most 3 on axis C""",
    ),
    (
        "too-deep",
        L.GatherND(batch_dims=1),
        ((2, 3, 4), whole(2, 3)),
        """\
CS206: the indices (2, 3) point into 3 axes
  rule: the last axis of the indices counts axes of the input, behind batch_dims
  fix: indices whose last axis has the size 2, or less""",
    ),
    (
        "other-updates",
        L.ScatterElements(),
        ((2, 8), whole(2, 3), (2, 4)),
        """\
CS201: axis 1 of updates and indices: 4, 3 are needed
  rule: there is one update for each index
  fix: give both 3""",
    ),
    (
        "updates-with-another-axis",
        L.ScatterND(),
        ((4, 5), whole(3, 1), (3,)),
        """\
CS206: updates (3,): 1 axis, 2 are needed
  rule: the updates are (3, 5): the indices without their last axis, then the rest of the input
  fix: updates with 2 axes""",
    ),
    (
        "an-update-longer-than-the-cache",
        L.TensorScatter(dim=1),
        ((2, 4, 8), (2, 5, 8)),
        """\
CS213: the update has 5 positions, the cache 4
  rule: an update is no longer than the cache
  fix: an update of at most 4 positions""",
    ),
    (
        "the-batch-is-no-time",
        L.TensorScatter(dim=0),
        ((2, 4), (2, 4)),
        """\
CS207: dim = 0 is the batch of a cache with 2 axes
  rule: an update is written along another axis than the batch
  fix: dim: 1""",
    ),
    (
        "too-few",
        L.TopK(5),
        ((1, 4),),
        """\
CS213: axis 1: k = 5 of 4 elements
  rule: k is at most the size of the axis
  fix: k: 4""",
    ),
    (
        "one-axis-for-both",
        L.ReverseSequence(time_dim=-2),
        ((2, 4), whole(2)),
        """\
CS207: batch_dim = 0 and time_dim = -2 are the same axis
  rule: sequences and steps have an axis each
  fix: time_dim: 1""",
    ),
    (
        "classes-with-a-fraction",
        L.OneHot(3),
        ((2,),),
        """\
CS211: the classes are float32
  rule: the classes are integers
  fix: cast: int64 on the classes""",
    ),
]


@pytest.mark.parametrize(("layer", "inputs", "expected"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_fault(layer, inputs, expected):
    assert fault_of(layer, *inputs) == expected


def test_one_position_may_be_any_along_the_axis():
    windows = L.GatherElements(dim=2).window(specs((1, 5, 8), whole(1, 3, 2)))
    assert (windows.whole, windows.exact, windows.axes[1].after) == ((2,), False, -2)
    assert L.GatherND().window(specs((4, 5), whole(3, 2))).everything
