"""Upsample: sizes against PyTorch, windows against the pixels that PyTorch's interpolation really reads."""

from fractions import Fraction
from math import prod

import pytest

from cnnshape.layers.resample import Upsample
from cnnshape.symbolic import Window, first_difference, output_size
from tests.layers.measured import compare, conditions_of, draws, fault_of, fits_often, refusal, shape_of, specs, work_of

SHAPES = [
    ("fpn", "twice the size", Upsample(scale_factor=2), ("N", 256, "H", 14), ("N", 256, "2*H", 28)),
    ("half", "floor", Upsample(scale_factor=0.5), ("N", 3, "H", 225), ("N", 3, "floor(H/2)", 112)),
    ("decimal", "the fraction of the text", Upsample(scale_factor="0.7"), (1, 3, 10), (1, 3, 7)),
    ("thirds", "a ratio", Upsample(scale_factor="2/3"), (1, 3, "L"), (1, 3, "floor(2*L/3)")),
    ("size", "as stated", Upsample(size=(7, 9)), (1, 3, "H", "W"), (1, 3, 7, 9)),
    ("per-axis", "H doubled, W kept", Upsample(scale_factor=(2, 1)), (1, 3, "H", "W"), (1, 3, "2*H", "W")),
]


@pytest.mark.parametrize(("layer", "x", "expected"), [pytest.param(*row[2:], id=row[0]) for row in SHAPES])
def test_shape(layer, x, expected):
    assert shape_of(layer, x) == expected


def test_the_size_of_a_second_input():
    assert shape_of(Upsample(), ("N", 256, "H", "W"), ("N", 64, "4*H", 100)) == ("N", 256, "4*H", 100)


MODES = ("nearest", "nearest-exact", "linear", "bilinear", "trilinear", "bicubic", "area")
RANKS = {"linear": 1, "bilinear": 2, "trilinear": 3, "bicubic": 2}  # PyTorch's linear has one space axis


SLOW = {"bicubic": 8, "trilinear": 25, "bilinear": 40}  # PyTorch computes these by many small steps on the meta device


@pytest.mark.parametrize("mode", MODES)
def test_as_pytorch(torch, mode):
    taken = []
    for draw, rank in draws(SLOW.get(mode, 120), seed=len(mode)):
        rank = RANKS.get(mode, rank)
        corners = draw.one(None, False, True) if mode in RANKS else None
        given = {"size": draw.per_axis(rank, 1, 20)}
        if draw.one(True, False):
            factors = tuple(draw.one(0.125, 0.25, 0.5, 1.0, 1.5, 2.0, 2.75, 3.0) for _ in range(rank))
            given = {"scale_factor": draw.one(factors, factors[0])}
        module = torch.nn.Upsample(mode=mode, align_corners=corners, **given)
        taken.append(compare(torch, Upsample(mode=mode, align_corners=corners, **given), module, draw.shape(rank, 2)))
    fits_often(taken)


def test_a_factor_that_is_no_binary_fraction(torch):
    """The exact floor and PyTorch's differ first where `first_difference` says."""
    for text in ("0.7", "1.1", "0.29", "2.3", "1.7"):
        first = first_difference(text) or 400
        module = torch.nn.Upsample(scale_factor=float(text))
        for size in range(4, min(first + 1, 400)):
            theirs = module(torch.empty(1, 1, size, device="meta")).shape[2]
            (*_, ours) = shape_of(Upsample(scale_factor=text), (1, 1, size))
            assert (ours == theirs) == (size != first), (text, size)


def seen(window, i):
    """The input positions that a window covers at output i, borders ignored."""
    if window.mode == "transposed":
        return {j for j in range(-40, 40) if 0 <= i - j * window.stride + window.before < window.kernel}
    start = i * window.stride - window.before
    return set(range(start, start + window.kernel))


def read(torch, mode, width, **given):
    """For every output position the input positions with a weight: a column of ones moved through a map."""
    x = torch.eye(width, dtype=torch.float64).reshape(width, 1, width, 1)
    y = torch.nn.functional.interpolate(x, mode=mode, **given).reshape(width, -1)
    return [set(torch.nonzero(column.abs() > 1e-9).flatten().tolist()) for column in y.T]


FACTORS = [Fraction(n) for n in (1, 2, 3, 4, 5)] + [Fraction(1, n) for n in (2, 3, 4, 5)]


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "area", "bilinear", "bicubic"])
def test_window_is_what_pytorch_reads(torch, mode):
    for factor in FACTORS:
        for size in range(1, 13):
            out = int(size * factor)
            if out == 0:
                continue
            windows = Upsample(scale_factor=(factor, 1), mode=mode).window(specs((1, 1, size, 1)))
            if not windows.known:
                assert mode == "area"
                assert size % factor.denominator
                continue
            window = windows.axes[2]
            assert output_size(size, window) == out
            assert windows.exact == (mode not in ("bilinear", "bicubic"))
            for i, really in enumerate(read(torch, mode, size, scale_factor=(float(factor), 1.0))):
                claimed = seen(window, i) & set(range(size))
                assert really == claimed if windows.exact else really <= claimed, (factor, size, i)


def test_window_of_a_size(torch):
    x = specs((1, 1, 6, 8))
    assert Upsample(size=(12, 4)).window(x).axes == {
        2: Window(2, 2, mode="transposed"),
        3: Window(1, 2, after=-1),
    }
    assert read(torch, "nearest", 6, size=(12, 1)) == [{i // 2} for i in range(12)]
    assert Upsample(size=(12, 8), mode="bilinear", align_corners=True).window(x).known is False
    assert Upsample(size=(6, 8), mode="bilinear", align_corners=True).window(x).axes[2] == Window()
    assert Upsample(size=(9, 8)).window(x).known is False
    assert Upsample(size=(9, 8)).window(specs((1, 1, "H", "W"))).known is False
    assert Upsample(scale_factor=1.5).window(x).known is False


def test_the_second_input_is_not_read():
    inputs = specs((1, 1, "H", "W"), (1, 1, "2*H", "W"))
    windows = Upsample().window(inputs)
    assert windows.reads == (0,)
    assert windows.axes == {2: Window(2, 2, mode="transposed"), 3: Window()}


def test_work_by_hand():
    """2 taps an axis: 4 products and 3 additions a pixel in 2-D; cubic 16 and 15; nearest copies."""
    x = (2, 3, 4, 5)
    pixels = prod((2, 3, 8, 10))
    assert work_of(Upsample(scale_factor=2), x) == {}
    assert work_of(Upsample(scale_factor=2, mode="bilinear"), x) == {"muls": 4 * pixels, "adds": 3 * pixels}
    assert work_of(Upsample(scale_factor=2, mode="cubic"), x) == {"muls": 16 * pixels, "adds": 15 * pixels}
    assert work_of(Upsample(scale_factor=3, mode="linear"), (1, 1, 5)) == {"muls": 2 * 15, "adds": 15}
    # bins of 2x2 (4 -> 2) and of 5 -> 2: 0..2 and 2..4, so 6 positions of 5
    assert work_of(Upsample(size=2, mode="area"), (1, 1, 4, 5)) == {"muls": 4, "adds": 4 * 6 - 4}


def test_conditions():
    assert conditions_of(Upsample(scale_factor=0.5), (1, 3, "H")) == ["floor(H/2) >= 1"]
    assert conditions_of(Upsample(scale_factor=2), (1, 3, "H")) == []


FAULTS = [
    (
        "nothing",
        Upsample(),
        ((1, 3, 4),),
        """\
CS205: nothing says how large the output is
  rule: one of: size, scale_factor, a second input whose size is taken
  fix: scale_factor: 2""",
    ),
    (
        "both",
        Upsample(size=3),
        ((1, 3, 4), (1, 3, 8)),
        """\
CS205: size or scale_factor stands beside a second input
  rule: one of: size, scale_factor, a second input whose size is taken
  fix: leave out the second input, or the argument""",
    ),
    (
        "empty",
        Upsample(scale_factor=0.25),
        ((1, 3, 2),),
        """\
CS203: axis L: 2 becomes 0
  rule: floor(size*scale_factor) must be >= 1
  fix: a larger scale_factor, or a larger map""",
    ),
    (
        "rank",
        Upsample(size=3, mode="trilinear"),
        ((1, 3, 4, 4),),
        """\
CS206: Upsample needs 3 space axes after batch and channels, the input (1, 3, 4, 4) has 2 of them
  rule: shapes are (N, C, *space): batch, channels, then one axis for L, two for H W, three for D H W
  fix: an input with 3 space axes, or another layer""",
    ),
    (
        "ranks",
        Upsample(),
        ((1, 3, 4, 4), (1, 3, 8)),
        """\
CS208: the inputs have 4 and 3 axes
  rule: all inputs have the same number of axes
  fix: flatten, squeeze or unsqueeze one of them""",
    ),
]


@pytest.mark.parametrize(("layer", "inputs", "expected"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_fault(layer, inputs, expected):
    assert fault_of(layer, *inputs) == expected


def test_refusals():
    assert (
        refusal(lambda: Upsample(size=2, scale_factor=2))
        == """\
CS401: Upsample: size = 2: scale_factor is given too
  rule: either size or scale_factor
  fix: leave one of them out"""
    )
    assert (
        refusal(lambda: Upsample(size=2, align_corners=True))
        == """\
CS401: Upsample: align_corners = True: mode nearest has no corners to align
  rule: align_corners belongs to the linear and cubic modes
  fix: leave align_corners out, or mode: linear"""
    )
    assert "PyTorch's Upsample(2) is Upsample(size=2)" in refusal(lambda: Upsample(2))


@pytest.mark.parametrize("factor", [0, -1, "x", "1/0", "1e999999999", float("nan"), float("inf"), 10**13, True, [], ""])
def test_no_factor(factor):
    assert "CS401" in refusal(lambda: Upsample(scale_factor=factor))
