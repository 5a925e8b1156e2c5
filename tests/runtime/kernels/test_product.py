"""Products of pixels with matrices, whole and in tiles, against the definition."""

from functools import partial
from itertools import pairwise

import numpy as np
import pytest

from cnnshape.runtime.kernels import columns, product, tiles
from cnnshape.runtime.kernels.columns import Slide


def run(calls):
    for call in calls:
        call()


def shares(height, count):
    ends = [round(height * i / count) for i in range(count + 1)]
    return [slice(a, b) for a, b in pairwise(ends) if b > a]


def sliced(shape, before, after, dtype, numbers=None):
    """A map that is a part of the channels of a wider one."""
    wide = np.full((*shape[:3], before + shape[3] + after), np.nan, dtype)
    part = wide[..., before : before + shape[3]]
    if numbers is not None:
        part[...] = numbers.standard_normal(shape)
    return part


@pytest.mark.parametrize("tiled", [False, True])
@pytest.mark.parametrize(
    ("shape", "filters", "stride"),
    [
        ((1, 7, 5, 3), 4, (1, 1)), ((3, 5, 5, 40), 96, (1, 1)), ((2, 9, 8, 16), 64, (2, 2)), ((1, 1, 1, 8), 32, (1, 1)),
        ((1, 60, 70, 24), 32, (1, 1)), ((5, 14, 14, 33), 64, (1, 1)), ((2, 11, 13, 8), 10, (3, 2)),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("dtype", "bound"), [(np.float64, 1e-12), (np.float32, 2e-5)])
def test_products(shape, filters, stride, tiled, dtype, bound):
    numbers = np.random.default_rng(0)
    x = sliced(shape, 2, 3, dtype, numbers)
    weight = numbers.standard_normal((shape[3], filters)).astype(dtype)
    expected = x[:, :: stride[0], :: stride[1]].astype(np.float64) @ weight.astype(np.float64)
    out = sliced(expected.shape, 1, 0, dtype)
    seen = []

    def tail(view, place):
        seen.append(place)
        yield partial(np.add, view, 1, out=view)

    workspace = np.full(product.workspace_items(x.shape, out.shape, stride), np.nan, dtype)
    for rows in shares(out.shape[1], 2):
        kept = tiles.block(weight, tiled)
        run(product.product(x, out, kept, stride, rows, workspace, tail))
    np.testing.assert_allclose(out, expected + 1, bound, bound * np.abs(expected).max())
    covered = np.zeros(out.shape, int)
    for place in seen:
        covered[place] += 1
    assert (covered == 1).all()


@pytest.mark.parametrize("tiled", [False, True])
@pytest.mark.parametrize("factors", [(2, 2), (3, 1), (4, 4)])
def test_blocks(factors, tiled):
    numbers = np.random.default_rng(0)
    (a, b), k = factors, 16
    x, weight = sliced((2, 6, 5, 8), 0, 4, np.float64, numbers), numbers.standard_normal((8, a * b * k))
    out = sliced((2, 6 * a, 5 * b, k), 3, 1, np.float64)
    workspace = np.full(product.block_items(x.shape, out.shape), np.nan)
    for rows in (slice(0, 2 * a), slice(2 * a, 6 * a)):
        run(product.to_blocks(x, out, tiles.block(weight, tiled), rows, workspace, None))
    for i in range(a):
        for j in range(b):
            tap = weight.reshape(8, a, b, k)[:, i, j]
            np.testing.assert_allclose(out[:, i::a, j::b], x @ tap, 1e-12, 1e-12)


@pytest.mark.parametrize("tiled", [False, True])
@pytest.mark.parametrize(
    ("shape", "out", "slide"),
    [
        ((2, 9, 8, 5), (9, 8), Slide((3, 3), before=(1, 1))),
        ((1, 30, 31, 3), (15, 16), Slide((7, 7), (2, 2), before=(3, 3))),
        ((1, 9, 9, 4), (5, 5), Slide((3, 3), dilation=(2, 2))),
        ((3, 6, 7, 2), (8, 4), Slide((1, 4), (1, 2), before=(1, 1))),
        ((1, 2, 2, 3), (8, 8), Slide((5, 5), before=(5, 5))),
        ((1, 12, 3, 6), (4, 3), Slide((5, 1), (3, 1), before=(1, 0))),
    ],
)
def test_columns(shape, out, slide, tiled):
    numbers = np.random.default_rng(0)
    x, weight = sliced(shape, 1, 2, np.float64, numbers), numbers.standard_normal((32, shape[3], *slide.kernel))
    found = sliced((shape[0], *out, 32), 0, 5, np.float64)
    workspace = np.full(columns.workspace_items(x.shape, found.shape, slide), np.nan)
    for rows in shares(out[0], 3):
        kept = tiles.block(columns.pack(weight), tiled)
        run(columns.columns(x, found, kept, slide, rows, workspace, None))
    assert not np.isnan(found).any()
    for n, i, j in np.ndindex(shape[0], *out):
        total = np.zeros(32)
        for p, q in np.ndindex(*slide.kernel):
            row = i * slide.stride[0] - slide.before[0] + p * slide.dilation[0]
            column = j * slide.stride[1] - slide.before[1] + q * slide.dilation[1]
            if 0 <= row < shape[1] and 0 <= column < shape[2]:
                total += weight[:, :, p, q] @ x[n, row, column]
        np.testing.assert_allclose(found[n, i, j], total, 1e-10, 1e-10)


def test_the_faster_way_is_found_once():
    assert tiles.faster() in (True, False)
    assert tiles.faster() is tiles.faster()
