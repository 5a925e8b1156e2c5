"""Resampling on arrays: against PyTorch at random settings, and against ONNX's formulas as matrices, one per axis."""

import random
from fractions import Fraction
from itertools import product
from math import floor

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.layers import catalog
from tests.layers.computing import TOLERANCE, computed, numbers, same

RANKS = (1, 2, 3)
TYPES = ("float64", "float32")
TIMES = 60
FACTORS = ("2", "3", "1.5", "2.5", "4", "1/2", "1/3", "2/3", "0.7", "1.3", "1")


def targets(draw, sizes):
    """A size or factors, as arguments of ours, and the factors that result: those given, or after/before."""
    rank = len(sizes)
    factors = tuple(Fraction(draw.choice(FACTORS)) for _ in range(rank))
    if draw.random() < 0.5 and all(size * factor >= 1 for size, factor in zip(sizes, factors, strict=True)):
        return {"scale_factor": tuple(map(str, factors))}, factors
    after = tuple(draw.randint(1, 15 if rank < 3 else 7) for _ in range(rank))
    return {"size": after}, tuple(Fraction(a, d) for a, d in zip(after, sizes, strict=True))


def interpolated(torch, x, given, mode, corners=None):
    """PyTorch's, at double precision factors; None where their product with the size is another size than ours."""
    target = {"size": given.get("size")}
    if "scale_factor" in given:
        factors = tuple(float(Fraction(factor)) for factor in given["scale_factor"])
        exact = [floor(size * Fraction(f)) for size, f in zip(x.shape[2:], given["scale_factor"], strict=True)]
        if exact != [floor(size * factor) for size, factor in zip(x.shape[2:], factors, strict=True)]:
            return None
        target = {"scale_factor": factors}
    return torch.nn.functional.interpolate(torch.from_numpy(x), mode=mode, align_corners=corners, **target).numpy()


def rounded_alike(mode, sizes, given, factors):
    """Whether PyTorch's product of a position and a single precision factor falls into the pixel of the exact one.

    It takes no product on 2 axes (or 3 with the channels last) if a size stays as it is or is doubled, whatever the
    factor that was rounded to that.
    """
    shift = 0.5 if mode == "nearest-exact" else 0
    for size, factor in zip(sizes, factors, strict=True):
        if factor not in (1, 2) and floor(size * factor) in (size, 2 * size):
            return False
        stated = "scale_factor" in given
        step = np.float32(1 / float(factor)) if stated else np.float32(size) / np.float32(round(size * factor))
        for i in range(floor(size * factor)):
            exact = floor((i + Fraction(shift)) / factor)
            if min(int(np.floor((np.float32(i) + np.float32(shift)) * step)), size - 1) != exact:
                return False
    return True


@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("dtype", [*TYPES, "uint8"])
@pytest.mark.parametrize("mode", ["nearest", "nearest-exact"])
def test_nearest(rank, dtype, mode, torch):
    draw, source, compared = random.Random(f"{rank}{mode}"), np.random.default_rng(rank), 0
    while compared < TIMES:
        x = numbers(source, (2, 2, *(draw.randint(1, 9) for _ in range(rank))), dtype)
        given, factors = targets(draw, x.shape[2:])
        theirs = interpolated(torch, x, given, mode)
        if theirs is None or not rounded_alike(mode, x.shape[2:], given, factors):
            continue
        same(computed(L.Upsample(mode=mode, **given), x), theirs)
        compared += 1


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize(
    ("rank", "mode", "words"),
    [(1, "linear", ("linear",)), (2, "bilinear", ("linear", "bilinear")), (2, "bicubic", ("cubic", "bicubic")),
     (3, "trilinear", ("linear", "trilinear"))],
)  # fmt: skip
def test_weighing_modes(rank, mode, words, dtype, torch):
    draw, source, compared = random.Random(mode), np.random.default_rng(rank), 0
    while compared < TIMES:
        x = numbers(source, (2, 2, *(draw.randint(1, 9 if rank < 3 else 6) for _ in range(rank))), dtype)
        given, _ = targets(draw, x.shape[2:])
        corners = draw.choice((None, False, True))
        theirs = interpolated(torch, x, given, mode, corners)
        if theirs is None:
            continue
        for word in words:
            same(computed(L.Upsample(mode=word, align_corners=corners, **given), x), theirs)
        compared += 1


@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("dtype", TYPES)
def test_area(rank, dtype, torch):
    draw, source, compared = random.Random(rank), np.random.default_rng(rank), 0
    while compared < TIMES:
        x = numbers(source, (2, 2, *(draw.randint(1, 12 if rank < 3 else 6) for _ in range(rank))), dtype)
        given, _ = targets(draw, x.shape[2:])
        theirs = interpolated(torch, x, given, "area")
        if theirs is None:
            continue
        same(computed(L.Upsample(mode="area", **given), x), theirs)
        compared += 1


def matrix(size, count, factor, mode, corners):
    """What each of `count` outputs of an axis takes of `size` pixels: ONNX's Resize, half_pixel or align_corners."""
    found = np.zeros((count, size))
    for i in range(count):
        if corners:
            place = Fraction(i * (size - 1), count - 1) if count > 1 else Fraction(0)
        else:
            place = (i + Fraction(1, 2)) / factor - Fraction(1, 2)
        first = floor(place)
        r, a = float(place - first), -0.75
        if mode == "linear":
            weights = {0: 1 - r, 1: r}
        else:  # the coefficients as ONNX's reference implementation writes them
            weights = {
                -1: ((a * (r + 1) - 5 * a) * (r + 1) + 8 * a) * (r + 1) - 4 * a,
                0: ((a + 2) * r - (a + 3)) * r * r + 1,
                1: ((a + 2) * (1 - r) - (a + 3)) * (1 - r) * (1 - r) + 1,
                2: ((a * (2 - r) - 5 * a) * (2 - r) + 8 * a) * (2 - r) - 4 * a,
            }
        for shift, weight in weights.items():
            found[i, min(max(first + shift, 0), size - 1)] += weight
    return found


@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("mode", ["linear", "cubic"])
def test_onnx_formulas(rank, mode):
    draw, source = random.Random(f"{rank}{mode}"), np.random.default_rng(rank)
    for _ in range(TIMES):
        x = numbers(source, (2, 2, *(draw.randint(1, 8 if rank < 3 else 5) for _ in range(rank))), "float64")
        given, factors = targets(draw, x.shape[2:])
        corners = draw.random() < 0.5
        expected = x
        for axis, factor in enumerate(factors, start=2):
            count = floor(x.shape[axis] * factor)
            if count == x.shape[axis] and mode == "linear":  # here PyTorch's way is ours
                factor = 1
            rows = matrix(x.shape[axis], count, factor, mode, corners)
            expected = np.moveaxis(np.tensordot(rows, expected, (1, axis)), 0, axis)
        same(computed(L.Upsample(mode=mode, align_corners=corners, **given), x), expected)


def test_the_size_of_a_second_input(torch):
    x, like = np.random.default_rng(1).normal(size=(2, 3, 4, 5)), np.zeros((1, 1, 7, 3))
    for mode in ("nearest", "bilinear", "bicubic", "area"):
        theirs = torch.nn.functional.interpolate(torch.from_numpy(x), (7, 3), mode=mode).numpy()
        same(computed(L.Upsample(mode=mode), x, like), theirs)


def test_a_pixel_is_found_where_single_precision_misses_it():
    # In single precision 41*(1/41) is less than 1, and so PyTorch's position 41 is read from pixel 0.
    for up in range(1, 100):
        x = np.arange(4.0).reshape(1, 1, 4)
        assert (computed(L.Upsample(scale_factor=up), x)[0, 0] == np.repeat(np.arange(4.0), up)).all()


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_whole_numbers_are_rounded_and_stay_in_their_type(mode, torch):
    x = np.random.default_rng(2).choice(np.array([0, 3, 255], np.uint8), (2, 2, 6, 5))
    layer = L.Upsample(size=(11, 13), mode=mode)
    ours, single = computed(layer, x), computed(layer, x.astype(float))
    same(ours, np.clip(np.floor(single + 0.5), 0, 255).astype(np.uint8))
    assert single.max() > 255 or mode == "bilinear"
    if mode == "bilinear":  # PyTorch's cubic is cut to 0..255 between the axes; its weights are 16 bits wide
        theirs = torch.nn.functional.interpolate(torch.from_numpy(x), (11, 13), mode=mode).numpy()
        assert abs(ours.astype(int) - theirs.astype(int)).max() <= 1


def test_the_mean_of_whole_numbers_is_rounded():
    x = np.array([[[1, 2, 4, 4, -7, -8]]])
    assert computed(L.Upsample(size=3, mode="area"), x).tolist() == [[[2, 4, -8]]]


def test_a_large_map_is_done_in_blocks_of_rows():
    # The result has 20 MB, more than the workspace; what rises evenly is interpolated exactly.
    x = np.broadcast_to(np.arange(150.0)[:, np.newaxis], (1, 64, 150, 128))
    y, layer = np.empty((1, 64, 300, 128)), L.Upsample(scale_factor=(2, 1), mode="bilinear")
    catalog.kernel_of(type(layer))(layer, (x,), {}, (y,))
    rows = np.clip((np.arange(300) + 0.5) / 2 - 0.5, 0, 149)
    np.testing.assert_allclose(y, np.broadcast_to(rows[:, np.newaxis], y.shape), 1e-12)


def test_half_precision_is_computed_in_single():
    x = np.random.default_rng(4).normal(size=(1, 2, 5, 6)).astype(np.float16)
    grid = np.random.default_rng(5).uniform(-1, 1, (1, 4, 4, 2)).astype(np.float16)
    single = [x.astype(np.float32), grid.astype(np.float32)]
    layer = L.Upsample(scale_factor=1.5, mode="cubic")
    same(computed(layer, x), computed(layer, single[0]).astype(np.float16))
    same(computed(L.GridSample(), x, grid), computed(L.GridSample(), *single).astype(np.float16))


SAMPLES = [
    (rank, mode, padding, corners)
    for rank in (2, 3)
    for mode in ("bilinear", "nearest", "bicubic")
    for padding in ("zeros", "border", "reflection")
    for corners in (False, True)
    if rank == 2 or mode != "bicubic"
]


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize(("rank", "mode", "padding", "corners"), SAMPLES)
def test_grid_sample(rank, mode, padding, corners, dtype, torch):
    draw, source = random.Random(rank), np.random.default_rng(rank)
    for _ in range(20):
        x = numbers(source, (2, 3, *(draw.randint(1, 6) for _ in range(rank))), dtype)
        grid = source.uniform(-3, 3, (2, *(draw.randint(1, 5) for _ in range(rank)), rank)).astype(dtype)
        theirs = torch.nn.functional.grid_sample(*map(torch.from_numpy, (x, grid)), mode, padding, corners).numpy()
        layer = L.GridSample(mode=mode, padding_mode=padding, align_corners=corners)
        same(computed(layer, x, grid), theirs)


@pytest.mark.parametrize("mode", ["bilinear", "nearest", "bicubic"])
@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("corners", [False, True])
def test_a_grid_of_centers_and_edges(mode, padding, corners, torch):
    # 4 x 5 pixels; the grid holds their centers, what lies half-way and what lies beyond, of both conventions.
    x = np.random.default_rng(6).normal(size=(1, 1, 4, 5))
    rows, columns = (np.concatenate([np.arange(-2 * n, 2 * n + 1) / n, np.arange(-6, 7) / (n - 1)]) for n in (4, 5))
    grid = np.array(list(product(columns, rows))).reshape(1, len(columns), len(rows), 2)
    theirs = torch.nn.functional.grid_sample(*map(torch.from_numpy, (x, grid)), mode, padding, corners).numpy()
    layer = L.GridSample(mode=mode, padding_mode=padding, align_corners=corners)
    same(computed(layer, x, grid), theirs)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("mode", ["bilinear", "nearest", "bicubic"])
@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
def test_a_grid_may_hold_anything(mode, padding, torch):
    x = np.arange(1.0, 17).reshape(1, 1, 4, 4)
    grid = np.array([[[[np.nan, 0], [np.inf, 0.5], [-np.inf, np.nan], [1e12, 0]]]])
    theirs = torch.nn.functional.grid_sample(*map(torch.from_numpy, (x, grid)), mode, padding, False).numpy()
    ours = computed(L.GridSample(mode=mode, padding_mode=padding), x, grid)
    np.testing.assert_allclose(ours, theirs)


def test_infinite_pixels_spoil_only_what_reads_them():
    x = np.full((1, 1, 3, 3), np.inf)
    grid = np.full((1, 1, 1, 2), 5.0)
    assert computed(L.GridSample(), x, grid).item() == 0


FRACTIONS = [
    L.Upsample(scale_factor=2), L.Upsample(size=(3, 7), mode="linear"), L.Upsample(size=2, mode="area"),
    L.Upsample(size=5, mode="cubic", align_corners=True),
]  # fmt: skip


@pytest.mark.parametrize("layer", FRACTIONS, ids=repr)
def test_numbers_of_any_kind_are_resampled(layer):
    x = np.random.default_rng(8).integers(-99, 99, (2, 2, 4, 4))
    found = computed(layer, x.astype(float))
    exact = np.empty(found.shape, object)
    catalog.kernel_of(type(layer))(layer, (np.frompyfunc(lambda v: Fraction(int(v), 3), 1, 1)(x),), {}, (exact,))
    np.testing.assert_allclose(exact.astype(float) * 3, found, TOLERANCE["float64"], TOLERANCE["float64"])
