"""Pools on channels-last maps: against the catalogue's kernels."""

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.layers import catalog
from cnnshape.layers.base import Context, Spec
from cnnshape.layers.pool.windowed import pool_windows
from cnnshape.runtime.kernels import pooling as fast
from cnnshape.symbolic import padding_of

CASES = [
    ("2x2", (1, 8, 6, 5), {"kernel_size": 2}),
    ("2x2, odd map", (3, 9, 7, 5), {"kernel_size": 2}),
    ("2x2, ceil", (3, 9, 7, 5), {"kernel_size": 2, "ceil_mode": True}),
    ("3x3 /2", (1, 12, 13, 4), {"kernel_size": 3, "stride": 2, "padding": 1}),
    ("3x3 /2, ceil", (3, 12, 13, 4), {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    ("3x3 /2 without padding, ceil", (1, 12, 13, 4), {"kernel_size": 3, "stride": 2, "ceil_mode": True}),
    ("3x3", (1, 7, 9, 4), {"kernel_size": 3, "stride": 1, "padding": 1}),
    ("5x5", (1, 7, 9, 4), {"kernel_size": 5, "stride": 1, "padding": 2}),
    ("one side", (1, 9, 9, 3), {"kernel_size": 4, "stride": 1, "padding": ((3, 0), (0, 2)), "dialect": "onnx"}),
    ("same", (3, 9, 10, 3), {"kernel_size": 3, "stride": 2, "padding": "same"}),
    ("rows only", (1, 9, 9, 3), {"kernel_size": (3, 1), "stride": (2, 1), "padding": (1, 0)}),
    ("columns only", (1, 9, 9, 3), {"kernel_size": (1, 3), "stride": (1, 2), "padding": (0, 1)}),
    ("columns only, no border", (1, 9, 9, 3), {"kernel_size": (1, 3), "stride": (2, 3)}),
    ("kernel 1", (1, 9, 8, 3), {"kernel_size": 1, "stride": 2}),
    ("stride 3", (3, 14, 17, 3), {"kernel_size": 3, "stride": 3, "padding": 1}),
    ("stride above the kernel", (1, 14, 17, 3), {"kernel_size": 2, "stride": (4, 3)}),
    ("dilation", (1, 14, 17, 3), {"kernel_size": 3, "stride": 1, "padding": 1, "dilation": 2}),
    ("dilation and stride", (1, 14, 17, 3), {"kernel_size": 3, "stride": 2, "padding": 1, "dilation": (3, 2)}),
    ("as large as the map", (3, 7, 7, 6), {"kernel_size": 7}),
    ("larger than the map", (3, 3, 2, 6), {"kernel_size": 5, "stride": 2, "padding": 2}),
    ("several blocks", (2, 45, 37, 64), {"kernel_size": 3, "stride": 2, "padding": 1}),
    ("several blocks, 2x2", (2, 45, 37, 64), {"kernel_size": 2}),
]
IDS = [name for name, *_ in CASES]
CASES = [case for _, *case in CASES]
MEANS = [{}, {"count_include_pad": False}, {"divisor_override": 5}]


def expected(layer, x):
    shape = layer.outputs((Spec((x.shape[0], x.shape[3], *x.shape[1:3])),), Context())[0].shape
    y = np.empty(shape, x.dtype)
    catalog.kernel_of(type(layer))(layer, (np.ascontiguousarray(x.transpose(0, 3, 1, 2)),), {}, (y,))
    return y.transpose(0, 2, 3, 1)


def bound(layer, x, out, rows, tail=None):
    windows = pool_windows(layer, 2)
    sides = [padding_of(size, window) for size, window in zip(x.shape[1:3], windows, strict=True)]
    kernel, stride, dilation = (tuple(getattr(w, field) for w in windows) for field in ("kernel", "stride", "dilation"))
    before, after = zip(*sides, strict=True)
    items = fast.workspace_items(x.shape, out.shape, kernel, stride, before, dilation, rows)
    workspace = np.full(items, np.nan, x.dtype)
    if isinstance(layer, L.MaxPool):
        calls = fast.max_pool(x, out, kernel, stride, before, dilation, rows, workspace, tail)
    else:
        how = (after, dilation, layer.count_include_pad, layer.divisor_override)
        calls = fast.average_pool(x, out, kernel, stride, before, *how, rows, workspace, tail)
    return list(calls), workspace


def run(calls, workspace):
    workspace.fill(np.nan)
    for call in calls:
        call()


def layers(options):
    return [L.MaxPool(**options), *(L.AvgPool(**options, **mean) for mean in MEANS)]


def drawn(shape, dtype="float64"):
    return np.random.default_rng(0).standard_normal(shape).astype(dtype)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-10), ("float32", 2e-5)])
@pytest.mark.parametrize(("shape", "options"), CASES, ids=IDS)
def test_a_pool_is_the_plain_kernel_s(shape, options, dtype, tolerance):
    x = drawn(shape, dtype) - 3  # zeros of the padding would be the largest
    for layer in layers(options):
        wanted = expected(layer, x)
        out = np.full(wanted.shape, np.nan, dtype)
        calls = bound(layer, x, out, slice(0, out.shape[1]))
        for _ in range(2):
            run(*calls)
            atol = 0 if isinstance(layer, L.MaxPool) else tolerance * np.abs(wanted).max()
            np.testing.assert_allclose(out, wanted, rtol=0, atol=atol)


@pytest.mark.parametrize(("shape", "options"), CASES[:-2], ids=IDS[:-2])
def test_any_two_shares_of_rows_and_slices_of_channels_give_the_same(shape, options):
    wide = np.full((*shape[:3], shape[3] + 5), np.nan)
    x = wide[..., 2:-3]
    x[...] = drawn(shape)
    for layer in layers(options)[:3]:
        wanted = expected(layer, x)
        buffer = np.full((*wanted.shape[:3], shape[3] + 3), 7.0)
        out, rows = buffer[..., 1:-2], wanted.shape[1]
        for cut in range(rows + 1):
            out[...] = np.nan
            for share in (slice(0, cut), slice(cut, rows)):
                run(*bound(layer, x, out, share))
            np.testing.assert_allclose(out, wanted, rtol=0, atol=1e-12)
        assert np.all(buffer[..., 0] == 7)
        assert np.all(buffer[..., -2:] == 7)


def test_what_is_no_number_is_the_largest_of_its_windows():
    x = drawn((1, 9, 9, 2))
    x[0, 4, 4, 1] = np.nan
    layer = L.MaxPool(3, stride=2, padding=1)
    out = np.empty((1, 5, 5, 2))
    run(*bound(layer, x, out, slice(0, 5)))
    np.testing.assert_array_equal(out, expected(layer, x))


def finisher(out, seen):
    def tail(view, place):
        assert np.shares_memory(view, out[place])
        assert view.shape == out[place].shape

        def finish():
            seen[place] += 1
            view[...] += 1

        yield finish

    return tail


@pytest.mark.parametrize("layer", [L.MaxPool(3, stride=2, padding=1), L.AvgPool(2)], ids=repr)
def test_every_pixel_is_finished_once(layer):
    x = drawn((2, 90, 37, 64))
    wanted = expected(layer, x)
    out, seen = np.empty(wanted.shape), np.zeros(wanted.shape)
    run(*bound(layer, x, out, slice(0, out.shape[1]), finisher(out, seen)))
    assert np.all(seen == 1)
    np.testing.assert_allclose(out, wanted + 1, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 2e-6)])
@pytest.mark.parametrize("shape", [(1, 7, 7, 12), (3, 5, 1, 4), (3, 1, 6, 4), (2, 1, 1, 3), (2, 40, 33, 1)])
@pytest.mark.parametrize("wide", [False, True])
def test_the_mean_of_whole_maps(shape, dtype, tolerance, wide):
    x = np.full((*shape[:3], shape[3] + 5), np.nan, dtype)[..., 2:-3]
    x[...] = drawn(shape, dtype)
    out = np.full((shape[0], 1, 1, shape[3]), np.nan, dtype)
    seen = np.zeros(out.shape)
    for call in list(fast.global_average(x, out, finisher(out, seen), wide=wide)):
        call()
    wanted = np.empty((shape[0], shape[3], 1, 1))
    layer = L.GlobalAvgPool(keepdim=True)
    catalog.kernel_of(L.GlobalAvgPool)(layer, (x.transpose(0, 3, 1, 2).astype("float64"),), {}, (wanted,))
    np.testing.assert_allclose(out, wanted.reshape(out.shape) + 1, rtol=0, atol=tolerance)
    assert np.all(seen == 1)


def test_the_workspace_of_all_rows_is_enough_for_any_of_them():
    sizes = ((1, 80, 74, 96), (1, 40, 37, 96), (3, 3), (2, 2), (1, 1), (1, 1))
    whole = fast.workspace_items(*sizes, slice(0, 40))
    assert all(fast.workspace_items(*sizes, slice(a, b)) <= whole for b in range(41) for a in range(b))
