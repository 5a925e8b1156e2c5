"""Pad and Crop against PyTorch, and against slices of a list."""

import pytest

from cnnshape.layers.pad import Crop, Pad
from cnnshape.symbolic import Window, dim
from tests.layers.measured import compare, conditions_of, draws, fault_of, fits_often, refusal, shape_of, specs, work_of

SHAPES = [
    ("all", "both sides of every axis", Pad(1), (1, 3, "H", "W"), (1, 3, "H + 2", "W + 2")),
    ("per-axis", "H by 2, W by 1", Pad((2, 1)), (1, 3, "H", "W"), (1, 3, "H + 4", "W + 2")),
    ("sides", "asymmetric", Pad(((0, 1), (0, 1))), (1, 3, 224, "W"), (1, 3, 225, "W + 1")),
    ("crops", "a negative padding cuts", Pad(((1, -2), 0)), (1, 3, "H", 8), (1, 3, "H - 1", 8)),
    ("channels", "ResNet's shortcut A for CIFAR: 16 to 32 channels", Pad(8, axes=1), ("N", 16, 8, 8), ("N", 32, 8, 8)),
    ("last", "counted from the end", Pad(((3, 0),), axes=-1), ("N", 3, "T"), ("N", 3, "T + 3")),
    ("formula", "by a symbol", Pad(dim("p")), (1, 1, "L"), (1, 1, "L + 2*p")),
    ("keras", "Cropping2D(((1, 2), (0, 4)))", Crop(((1, 2), (0, 4))), (1, 3, "H", 32), (1, 3, "H - 3", 28)),
    ("crop-axes", "by axis", Crop((1, 2), axes=(2, -1)), (1, 1, "T", "H", "W"), (1, 1, "T - 2", "H", "W - 4")),
]


@pytest.mark.parametrize(("layer", "x", "expected"), [pytest.param(*row[2:], id=row[0]) for row in SHAPES])
def test_shape(layer, x, expected):
    assert shape_of(layer, x) == expected


def wraps(size, sides):
    """Whether PyTorch fills what it gives the shape of: it wraps the map that is left after cutting, at most once."""
    return min(sides) >= 0 or max(sides) <= size + sum(min(side, 0) for side in sides)


@pytest.mark.parametrize("mode", ["constant", "reflect", "replicate", "circular"])
def test_as_pytorch(torch, mode):
    """PyTorch's flat tuple begins with the last axis."""
    taken = []
    for draw, rank in draws(200, seed=len(mode)):
        sides = tuple((draw.size(-2, 4), draw.size(-2, 4)) for _ in range(rank))
        flat = [side for both in reversed(sides) for side in both]
        shape = draw.shape(rank, 2, 9)
        if mode == "circular" and not all(wraps(*case) for case in zip(shape[2:], sides, strict=True)):
            continue
        run = lambda t, f=flat: torch.nn.functional.pad(t, f, mode=mode)  # noqa: E731  # one line a case
        taken.append(compare(torch, Pad(sides, mode=mode), run, shape))
    fits_often(taken)


def test_crop_is_a_slice():
    for draw, _ in draws(200, seed=51):
        before, after, size = draw.size(0, 4), draw.size(0, 4), draw.size(1, 9)
        left = len(range(size)[before : max(size - after, 0)])
        layer = Crop(((before, after),))
        if left:
            assert shape_of(layer, (1, 1, size)) == (1, 1, left)
            (w,) = layer.window(specs((1, 1, size))).axes.values()
            assert -w.before == range(size)[before], "the first position kept"
        else:
            assert "CS203" in fault_of(layer, (1, 1, size))


def test_window():
    x = specs((1, 3, 8, 9))
    assert Pad(((1, -2), 0)).window(x).axes == {2: Window(before=1, after=-2), 3: Window()}
    assert Pad(8, axes=1).window(x).axes == {1: Window(before=8, after=8)}
    assert [Pad(1, mode=m).window(x).exact for m in ("constant", "reflect", "replicate", "circular")] == [
        True,
        False,
        False,
        False,
    ]


def test_no_work():
    assert work_of(Pad(1, mode="reflect"), (1, 3, 8)) == {}
    assert work_of(Crop(1), (1, 3, 8)) == {}


def test_conditions():
    assert conditions_of(Pad(2, mode="reflect"), (1, 3, "H", 8)) == ["H - 1 >= 2"]
    assert conditions_of(Pad(((3, 0),), mode="circular"), (1, 3, "L")) == ["L >= 3"]
    assert conditions_of(Pad(3, mode="replicate"), (1, 3, "L")) == []
    assert conditions_of(Crop(2), (1, 3, "L")) == ["L - 4 >= 1"]


FAULTS = [
    (
        "nothing-left",
        Crop(((2, 3),)),
        (1, 3, 5),
        """\
CS203: axis L of the output: needs at least 1, has 0
  rule: axis L of the output >= 1
  fix: a map of at least 6 on axis L""",
    ),
    (
        "cut-beyond",
        Pad(((3, -2),)),
        (1, 3, 1),
        """\
CS203: axis L, of which 2 are cut: needs at least 2, has 1
  rule: axis L, of which 2 are cut >= 2
  fix: cut less of axis L""",
    ),
    (
        "repeated-beyond",
        Pad(((3, -2),), mode="circular"),
        (1, 3, 4),
        """\
CS203: axis L, of which 2 are cut before it is repeated: needs at least 5, has 4
  rule: axis L, of which 2 are cut before it is repeated >= 5
  fix: cut less of axis L""",
    ),
    (
        "reflect",
        Pad(4, mode="reflect"),
        (1, 3, 4),
        """\
CS212: axis L: reflect padding of 4 on a map of 4
  rule: reflect padding < size
  fix: mode: replicate""",
    ),
    (
        "no-axis",
        Pad(1, axes=4),
        (1, 3, 4),
        """\
CS207: axes = 4 is no axis of a tensor with 3 axes
  rule: axes go from -3 to 2
  fix: axes between -3 and 2""",
    ),
    (
        "twice",
        Crop((1, 1), axes=(2, -1)),
        (1, 3, 4),
        """\
CS207: axes = (2, -1) names an axis twice
  rule: each axis at most once; -1 is the last axis
  fix: name each axis once, with both its sides as a pair""",
    ),
    (
        "pytorch-order",
        Pad((1, 1, 2, 2)),
        (1, 3, 4, 4),
        """\
CS402: padding has 4 entries, the input has 2 space axes
  rule: one entry for every space axis, or a single number for all of them
  fix: padding: one number, or a list of 2""",
    ),
]


@pytest.mark.parametrize(("layer", "x", "expected"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_fault(layer, x, expected):
    assert fault_of(layer, x) == expected


def test_refusals():
    assert (
        refusal(lambda: Pad(1, mode="reflect", value=1))
        == """\
CS401: Pad: value = 1: mode reflect fills in what the map holds
  rule: value belongs to mode constant
  fix: leave value out, or mode: constant"""
    )
    assert (
        refusal(lambda: Crop(-1))
        == """\
CS401: Crop: cropping = -1 is not a whole number of at least 0, or a list with one or [before, after] per axis
  rule: cropping is a whole number of at least 0, or a list with one or [before, after] per axis
  fix: such as cropping: 3"""
    )
