"""Expand, Tile, Roll and Cast against PyTorch and NumPy."""

import numpy as np
import pytest

from cnnshape.layers.base import POINTWISE, Context, Spec, sizes
from cnnshape.layers.fields import DTYPES
from cnnshape.layers.reshape import Cast, Expand, Roll, Tile
from cnnshape.symbolic import dim
from tests.layers.measured import Draw, compare, conditions_of, fault_of, fits_often, refusal, shape_of, specs, work_of
from tests.layers.moves import check_moves

SHAPES = [
    ("class-token", "one for each sample", Expand(sizes("N", -1, -1)), (1, 1, 768), ("N", 1, 768)),
    ("map", "over space", Expand(sizes(-1, -1, "H", "W")), ("N", "C", 1, 1), ("N", "C", "H", "W")),
    ("new-axes", "in front", Expand((2, 3, -1)), ("C",), (2, 3, "C")),
    ("tile", "along the last axes", Tile((2, 3)), (1, 4, "H", 5), (1, 4, "2*H", 15)),
    ("tile-once", "one number: the last axis", Tile(2), ("N", "T"), ("N", "2*T")),
    ("tile-new", "more entries than axes", Tile(sizes("T", 1, 1)), ("N", 8), ("T", "N", 8)),
    ("shifted-windows", "Swin transformer", Roll((-3, -3), dims=(1, 2)), ("N", "H", "W", 96), ("N", "H", "W", 96)),
    ("cast", "sizes stay", Cast("float16"), ("N", "C"), ("N", "C")),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "x", "expected"), [pytest.param(*row[2:], id=row[0]) for row in SHAPES])
def test_shape(layer, x, expected):
    assert shape_of(layer, x) == expected


def test_expand_as_pytorch(torch):
    taken = []
    for seed in range(400):
        draw = Draw(seed)
        shape = tuple(draw.size(1, 3) for _ in range(draw.size(1, 3)))
        new = tuple(draw.size(1, 3) for _ in range(draw.size(0, 2)))
        wanted = (*new, *(draw.one(s if s > 1 else draw.size(1, 3), -1, draw.size(1, 3)) for s in shape))
        wanted = wanted[draw.one(0, 0, 0, 1) :] or (1,)
        module = lambda t, s=wanted: t.expand(s)  # noqa: E731  # one line
        taken.append(compare(torch, Expand(wanted), module, shape, fixed=(0, 1, 2)))
    fits_often(taken)


def test_tile_as_pytorch(torch):
    for seed in range(200):
        draw = Draw(seed)
        shape = tuple(draw.size(1, 3) for _ in range(draw.size(1, 4)))
        repeats = tuple(draw.size(1, 3) for _ in range(draw.size(1, 5)))
        assert compare(torch, Tile(repeats), lambda t, r=repeats: t.tile(r), shape, fixed=())


def test_roll_as_pytorch(torch):
    taken = []
    for seed in range(200):
        draw = Draw(seed)
        shape = tuple(draw.size(1, 3) for _ in range(draw.size(1, 4)))
        number = draw.size(1, 2)
        shifts = tuple(draw.size(-4, 4) for _ in range(number))
        dims = tuple(draw.size(-3, 2) for _ in range(number))
        module = lambda t, s=shifts, d=dims: t.roll(s, d)  # noqa: E731  # one line
        taken.append(compare(torch, Roll(shifts, dims=dims), module, shape, fixed=()))
    fits_often(taken)


def test_moves():
    for seed in range(60):
        draw = Draw(seed)
        shape = tuple(draw.size(1, 3) for _ in range(draw.size(1, 4)))
        stretched = (2, *(3 if size == 1 and draw.one(True, False) else size for size in shape))
        check_moves(Expand(stretched), shape, lambda a, s=stretched: np.broadcast_to(a, s))
        repeats = tuple(draw.size(1, 2) for _ in range(draw.size(1, 5)))
        check_moves(Tile(repeats), shape, lambda a, r=repeats: np.tile(a, r))
        axis = draw.size(0, len(shape) - 1)
        check_moves(Roll(1, dims=axis), shape, lambda a, d=axis: np.roll(a, 1, d))
        check_moves(Roll(2), shape, lambda a: np.roll(a, 2))


def test_a_stretched_axis_shows_all_of_itself():
    window = Expand(sizes(-1, -1, "H", 7)).window(specs(("N", "C", 1, 7)))
    assert window.whole == (2,)
    assert window.source == (0, 1, None, 3)


def test_conditions():
    assert conditions_of(Expand(sizes(-1, 6)), ("N", "2*C")) == ["2*C == 6"]
    assert conditions_of(Expand(sizes(2, "H - 3")), (1,)) == ["H - 3 >= 1"]
    assert conditions_of(Tile(sizes(1, "H - 3")), ("N", 4)) == ["H - 3 >= 1"]


def test_cast():
    for dtype in DTYPES:
        (y,) = Cast(dtype).outputs((Spec((2, 3)),), Context())
        assert y == Spec((2, 3), dtype)
    assert Cast("int8").label() == "Cast int8"
    assert Cast("int8").window(()) is POINTWISE


def test_nothing_is_computed():
    for layer in (Expand((-1, -1)), Tile(2), Roll(1), Cast("int8")):
        assert work_of(layer, (1, 5)) == {}
        assert not layer.is_view


FAULTS = [
    (
        "longer",
        Expand((1, 4)),
        (1, 3),
        """\
CS201: axis 1: 3 cannot be expanded to 4
  rule: only an axis of size 1 is stretched
  fix: shape: (1, -1)""",
    ),
    (
        "fewer-axes",
        Expand((4,)),
        (1, 3),
        """\
CS206: shape (4,) does not fit an input with 2 axes
  rule: last axes are aligned; axes that come in front need a size
  fix: shape: (-1, -1)""",
    ),
    (
        "new-axis-without-size",
        Expand((-1, -1, -1)),
        (1, 3),
        """\
CS206: shape (-1, -1, -1) does not fit an input with 2 axes
  rule: last axes are aligned; axes that come in front need a size
  fix: shape: (-1, -1)""",
    ),
    (
        "no-axis",
        Roll(1, dims=2),
        (1, 3),
        """\
CS207: dims = 2 is no axis of a tensor with 2 axes
  rule: axes go from -2 to 1
  fix: dims between -2 and 1""",
    ),
]


@pytest.mark.parametrize(("layer", "x", "expected"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_fault(layer, x, expected):
    assert fault_of(layer, x) == expected


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(
            lambda: Expand((0, 2)),
            """\
CS401: Expand: shape = (0, 2): a size is at least 1, or -1
  rule: -1 keeps the size of the input, any other size is what the axis has after it
  fix: shape: -1 for every axis that stays""",
            id="size",
        ),
        pytest.param(
            lambda: Roll((1, 2), dims=1),
            """\
CS401: Roll: shifts = (1, 2): it has 2, dims has 1
  rule: one shift for each axis of dims; a flat roll has one
  fix: shifts: [1]""",
            id="shifts",
        ),
        pytest.param(
            lambda: Cast("flaot16"),
            f"""\
CS401: Cast: dtype = 'flaot16' is not one of {", ".join(DTYPES)}
  rule: dtype is one of {", ".join(DTYPES)}
  fix: dtype: float16""",
            id="dtype",
        ),
        pytest.param(
            lambda: Tile((2, 0)),
            """\
CS401: Tile: repeats = (2, 0) is not a whole number of at least 1, or a list of them
  rule: repeats is a whole number of at least 1, or a list of them
  fix: such as repeats: 3""",
            id="repeats",
        ),
    ],
)
def test_refusal(make, expected):
    assert refusal(make) == expected


def test_symbols_for_repeats():
    assert shape_of(Tile(dim("k")), ("N", 3)) == ("N", "3*k")
