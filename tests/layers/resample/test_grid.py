"""GridSample against PyTorch."""

import pytest

from cnnshape.layers.resample import GridSample
from tests.layers.measured import compare, conditions_of, draws, fault_of, fits_often, shape_of, specs, work_of


# PyTorch computes bicubic by many small steps on the meta device.
@pytest.mark.parametrize(("mode", "number"), [("bilinear", 30), ("nearest", 100), ("bicubic", 25)])
def test_as_pytorch(torch, mode, number):
    taken = []
    for draw, rank in draws(number, seed=len(mode)):
        padding, corners = draw.one("zeros", "border", "reflection"), draw.one(True, False)
        x = draw.shape(rank, 2)
        grid = (x[0] + draw.one(0, 0, 0, 0, 1), *draw.shape(draw.one(rank, rank, 2), 2)[2:], draw.one(rank, rank, 2))
        run = lambda a, g, p=padding, c=corners: torch.nn.functional.grid_sample(a, g, mode, p, c)  # noqa: E731
        layer = GridSample(mode=mode, padding_mode=padding, align_corners=corners)
        taken.append(compare(torch, layer, run, x, grid, fixed=(1, len(grid) - 1)))
    fits_often(taken)


def test_symbols():
    assert shape_of(GridSample(), ("N", "C", "H", "W"), ("N", 5, "K", 2)) == ("N", "C", 5, "K")
    assert conditions_of(GridSample(), ("N", 3, 8, 8), ("M", 5, 5, "R")) == ["N == M", "R == 2"]


def test_window_is_everything():
    windows = GridSample().window(specs((1, 3, 8, 8), (1, 4, 4, 2)))
    assert (windows.everything, windows.exact) == (True, False)


def test_work_by_hand():
    """6 points of 2 coordinates each turned into pixels, then 3 channels of 4 products and 3 additions a point."""
    x, grid = (1, 3, 8, 8), (1, 2, 3, 2)
    assert work_of(GridSample(), x, grid) == {"muls": 12 + 3 * 6 * 4, "adds": 12 + 3 * 6 * 3}
    assert work_of(GridSample(mode="nearest"), x, grid) == {"muls": 12, "adds": 12}
    assert work_of(GridSample(mode="bicubic"), x, grid) == {"muls": 12 + 3 * 6 * 16, "adds": 12 + 3 * 6 * 15}


FAULTS = [
    (
        "rank",
        GridSample(),
        ((1, 3, 8), (1, 4, 1)),
        """\
CS206: GridSample (bilinear) needs 2 or 3 space axes after batch and channels, the input (1, 3, 8) has 1 of them
  rule: 2 or 3 space axes; bicubic 2
  fix: an input with 2 or 3 space axes""",
    ),
    (
        "batch",
        GridSample(),
        ((2, 3, 8, 8), (1, 4, 4, 2)),
        """\
CS201: axis N: the map has 2, the grid 1
  rule: one grid for each image
  fix: a grid of shape (2, ...)""",
    ),
    (
        "coordinates",
        GridSample(),
        ((1, 3, 8, 8), (1, 4, 4, 3)),
        """\
CS201: the last axis of the grid has 3, the map has 2 space axes
  rule: the grid holds one coordinate for each space axis
  fix: a grid whose last axis has 2""",
    ),
    (
        "axes",
        GridSample(),
        ((1, 3, 8, 8), (1, 4, 2)),
        """\
CS208: the inputs have 4 and 3 axes
  rule: all inputs have the same number of axes
  fix: flatten, squeeze or unsqueeze one of them""",
    ),
]


@pytest.mark.parametrize(("layer", "inputs", "expected"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_fault(layer, inputs, expected):
    assert fault_of(layer, *inputs) == expected
