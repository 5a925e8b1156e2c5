"""Slice and Gather against Python's slices, PyTorch and NumPy's take."""

import re

import numpy as np
import pytest

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, Spec, sizes
from cnnshape.layers.reshape import Gather, Slice
from cnnshape.symbolic import dim, evaluate
from tests.layers.measured import Draw, compare, conditions_of, fault_of, fits_often, refusal, shape_of, work_of
from tests.layers.moves import check_moves

SHAPES = [
    ("position-embedding", "as many as there are tokens", Slice(dim=1, end=dim("T")), (1, 512, 64), (1, "T", 64)),
    ("crop", "one pixel on each side", Slice(dim=2, start=1, end=-1), (1, 3, "H", 9), (1, 3, "H - 2", 9)),
    ("every-second", "ceil(H/2)", Slice(dim=2, step=2), (1, 3, "H", 9), (1, 3, "ceil(H/2)", 9)),
    ("focus", "the odd rows", Slice(dim=2, start=1, step=2), (1, 3, "H", 9), (1, 3, "floor(H/2)", 9)),
    ("last-three", "counted from the end", Slice(dim=-1, start=-3), ("N", 4, "L"), ("N", 4, 3)),
    ("backwards", "all positions", Slice(dim=2, step=-1), (1, 3, "L"), (1, 3, "L")),
    ("class-token", "one index, its axis goes", Gather(0), ("N", "T", 768), ("N", 768)),
    ("last-step", "of a recurrent layer", Gather(-1), ("N", "T", 256), ("N", 256)),
    ("list", "three channels", Gather((2, 1, 0)), ("N", 3, "H", "W"), ("N", 3, "H", "W")),
    ("list-of-one", "its axis stays", Gather((4,), dim=0), (9, "C"), (1, "C")),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "x", "expected"), [pytest.param(*row[2:], id=row[0]) for row in SHAPES])
def test_shape(layer, x, expected):
    assert shape_of(layer, x) == expected


def inside(size, start, end, step):
    """Whether Python's slice would not be cut: the text of the rule, and something is left."""
    first, stop = (0, size) if step > 0 else (size - 1, -1)
    first = first if start is None else start % size if -size <= start < size else start + size * (start < 0)
    stop = stop if end is None else end + size if end < 0 else end
    if step > 0:
        return 0 <= first < stop <= size
    return -1 <= stop < first <= size - 1


def test_every_slice_of_small_axes():
    """All starts, ends and steps for sizes 1 to 5, on numbers and as formulas."""
    places = [None, *range(-6, 7)]
    for size in range(1, 6):
        for start in places:
            for end in places:
                for step in (1, 2, 3, -1, -2):
                    layer = Slice(dim=1, start=start, end=end, step=step)
                    fits = inside(size, start, end, step)
                    ctx = Context()
                    if fits:
                        assert shape_of(layer, (1, size)) == (1, len(range(size)[start:end:step])), layer
                        check_moves(layer, (2, size), lambda a, s=slice(start, end, step): a[:, s])
                    else:
                        assert fault_of(layer, (1, size)).startswith("CS213"), layer
                    try:
                        (y,) = layer.outputs((Spec(sizes(1, "L")),), ctx)
                    except ShapeError:  # for no size does it fit
                        assert not fits, layer
                    else:
                        assert all(c.holds(evaluate(c.expr, {"L": size})) for c in ctx.conditions) == fits, layer
                        if fits:
                            assert evaluate(y.shape[1], {"L": size}) == shape_of(layer, (1, size))[1]


def test_the_printed_slice_works():
    for size, start, end in [(5, -9, 3), (5, 2, 9), (5, -9, 9), (5, None, 7), (5, -7, None)]:
        text = fault_of(Slice(dim=1, start=start, end=end), (1, size))
        first, stop = map(int, re.findall(r"fix: start: (-?\d+), end: (-?\d+)", text)[0])
        kept = len(range(size)[start:end])
        assert shape_of(Slice(dim=1, start=first, end=stop), (1, size)) == (1, kept), "what PyTorch takes"


def test_index_select_as_pytorch(torch):
    taken = []
    for seed in range(300):
        draw = Draw(seed)
        shape = tuple(draw.size(1, 6) for _ in range(draw.size(1, 4)))
        axis = draw.size(-len(shape), len(shape) - 1)
        indices = tuple(draw.size(0, 4) for _ in range(draw.size(1, 4)))
        tensor = torch.empty(shape)
        try:
            expected = tuple(tensor.index_select(axis, torch.tensor(indices)).shape)
        except (IndexError, RuntimeError):
            expected = None
            assert fault_of(Gather(indices, dim=axis), shape).startswith("CS213")
        else:
            assert shape_of(Gather(indices, dim=axis), shape) == expected
        taken.append(expected is not None)
    fits_often(taken)


def test_select_as_pytorch(torch):
    taken = []
    for seed in range(200):
        draw = Draw(seed)
        shape = tuple(draw.size(1, 4) for _ in range(draw.size(1, 4)))
        axis, index = draw.size(-len(shape), len(shape) - 1), draw.size(-4, 4)
        module = lambda t, d=axis, i=index: t.select(d, i)  # noqa: E731  # one line
        taken.append(compare(torch, Gather(index, dim=axis), module, shape, fixed=()))
    fits_often(taken)


def test_second_input_as_numpy():
    """ONNX defines its Gather as numpy.take."""
    for seed in range(100):
        draw = Draw(seed)
        shape = tuple(draw.size(1, 4) for _ in range(draw.size(1, 4)))
        chosen = tuple(draw.size(1, 4) for _ in range(draw.size(0, 3)))
        axis = draw.size(-len(shape), len(shape) - 1)
        expected = np.take(np.empty(shape), np.zeros(chosen, dtype=int), axis).shape
        assert shape_of(Gather(dim=axis), shape, Spec(chosen, "int64")) == expected


def test_moves():
    for seed in range(60):
        draw = Draw(seed)
        shape = tuple(draw.size(2, 4) for _ in range(draw.size(1, 4)))
        axis = draw.size(0, len(shape) - 1)
        indices = draw.one(0, -1, (0, 1), (-1,))
        check_moves(Gather(indices, dim=axis), shape, lambda a, i=indices, d=axis: np.take(a, i, d))


def test_conditions():
    assert conditions_of(Slice(dim=1, end=dim("T")), (1, 512, 64)) == ["512 >= T"]
    assert conditions_of(Slice(dim=1, start=dim("k"), end=dim("T")), (1, "T", 64)) == ["T - k >= 1"]
    assert conditions_of(Slice(dim=2, start=1, end=-1), (1, 3, "H")) == ["H - 2 >= 1"]
    assert conditions_of(Slice(dim=2, start=-3), (1, 3, "H")) == ["H - 3 >= 0"]
    assert conditions_of(Slice(dim=2), (1, 3, "H")) == []
    assert conditions_of(Gather((0, 2, -4), dim=2), (1, 8, "L")) == ["L >= 4"]
    assert conditions_of(Gather(0), ("N", "T", 8)) == []


def test_nothing_is_computed():
    assert work_of(Slice(dim=1), (1, 8)) == work_of(Gather(0), (1, 8)) == {}


FAULTS = [
    (
        "beyond-the-end",
        Slice(dim=2, end=9),
        [(1, 3, 5)],
        """\
CS213: end = 9 lies outside axis L of size 5
  rule: 0 <= start < end <= size, where negative values count from the end
  fix: start: 0, end: 5""",
    ),
    (
        "before-the-start",
        Slice(dim=2, start=-9, end=-1),
        [(1, 3, 5)],
        """\
CS213: start = -9 lies outside axis L of size 5
  rule: 0 <= start < end <= size, where negative values count from the end
  fix: start: 0, end: 4""",
    ),
    (
        "nothing",
        Slice(dim=1, start=3, end=2),
        [(1, 5)],
        """\
CS213: start = 3 to end = 2 holds nothing of axis 1 of size 5
  rule: 0 <= start < end <= size, where negative values count from the end
  fix: positions between 0 and 5, start before end""",
    ),
    (
        "no-index",
        Gather((0, 7, -2), dim=1),
        [(1, 5, 2)],
        """\
CS213: axis C of size 5 has no index 7
  rule: indices go from -size to size - 1
  fix: indices between -5 and 4""",
    ),
    (
        "no-indices",
        Gather(),
        [(1, 5)],
        """\
CS205: no indices are given
  rule: the indices are an argument or the second input
  fix: indices: a list, or a second input""",
    ),
    (
        "indices-twice",
        Gather(0),
        [(1, 5), (3,)],
        """\
CS205: indices are given twice
  rule: the indices are an argument or the second input
  fix: leave out the second input""",
    ),
    (
        "element-type",
        Gather(),
        [(1, 5), (3,)],
        """\
CS211: the indices are float32
  rule: the indices are integers
  fix: cast: int64 on the indices""",
    ),
]


@pytest.mark.parametrize(("layer", "inputs", "expected"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_fault(layer, inputs, expected):
    assert fault_of(layer, *inputs) == expected


def test_refusal():
    assert (
        refusal(lambda: Slice(dim=1, step=0))
        == """\
CS401: Slice: step = 0: a slice moves on
  rule: step is not 0
  fix: step: 1"""
    )
