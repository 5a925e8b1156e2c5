"""Depthwise convolutions on channels-last maps: against the catalogue's kernel."""

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.layers import catalog
from cnnshape.runtime.kernels import depthwise as fast

# Each: its name, the shape of a map, and the kernel, stride, padding of both sides and dilation of rows and columns.
CASES = [
    ("3x3", (1, 9, 7, 5), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1)),
    ("without padding", (3, 9, 7, 5), (3, 3), (1, 1), ((0, 0), (0, 0)), (1, 1)),
    ("5x5", (3, 7, 7, 8), (5, 5), (1, 1), ((2, 2), (2, 2)), (1, 1)),
    ("stride", (1, 12, 10, 6), (3, 3), (2, 2), ((1, 1), (1, 1)), (1, 1)),
    ("stride of same", (3, 12, 11, 6), (3, 3), (2, 2), ((0, 1), (0, 1)), (1, 1)),
    ("stride, 5x5", (1, 13, 14, 3), (5, 5), (2, 2), ((2, 2), (1, 2)), (1, 1)),
    ("stride 3", (1, 13, 14, 3), (5, 4), (1, 3), ((2, 2), (1, 2)), (1, 1)),
    ("stride above the kernel", (3, 13, 14, 3), (2, 2), (4, 3), ((0, 0), (0, 0)), (1, 1)),
    ("dilation", (1, 13, 14, 3), (3, 3), (1, 1), ((2, 2), (2, 2)), (2, 2)),
    ("dilation and stride", (3, 13, 14, 3), (3, 3), (2, 2), ((2, 2), (2, 2)), (2, 2)),
    ("dilation 3, stride 2", (1, 13, 17, 3), (3, 4), (2, 2), ((3, 2), (4, 2)), (3, 3)),
    ("dilation 4, stride 6", (1, 30, 31, 2), (3, 3), (6, 6), ((3, 2), (4, 2)), (4, 4)),
    ("kernel 1", (1, 6, 5, 4), (1, 1), (1, 1), ((0, 0), (0, 0)), (1, 1)),
    ("kernel 1, stride", (1, 6, 5, 4), (1, 1), (2, 2), ((0, 0), (0, 0)), (1, 1)),
    ("one row", (1, 1, 15, 4), (1, 3), (1, 1), ((0, 0), (1, 1)), (1, 1)),
    ("padding beyond the map", (1, 3, 2, 4), (3, 3), (1, 1), ((4, 5), (5, 4)), (1, 1)),
    ("padding beyond the map, stride", (1, 3, 2, 4), (3, 3), (2, 3), ((4, 5), (5, 4)), (1, 1)),
    ("a pixel longer than a run", (1, 4, 5, 4099), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1)),
    ("runs that do not divide a row", (1, 5, 11, 1000), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1)),
    ("7x7", (1, 9, 30, 100), (7, 7), (1, 1), ((3, 3), (3, 3)), (1, 1)),
    ("several blocks", (2, 40, 37, 96), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1)),
    ("several blocks, stride", (2, 75, 74, 96), (5, 3), (2, 2), ((2, 2), (1, 1)), (1, 1)),
]
IDS = [name for name, *_ in CASES]
CASES = [case for _, *case in CASES]


def expected(x, weight, stride, padding, dilation):
    layer = L.DepthwiseConv(weight.shape[2:], stride=stride, padding=padding, dilation=dilation, bias=False)
    x = np.ascontiguousarray(x.transpose(0, 3, 1, 2))
    sizes = [
        (size + sum(pads) - d * (k - 1) - 1) // s + 1
        for size, pads, d, k, s in zip(x.shape[2:], padding, dilation, weight.shape[2:], stride, strict=True)
    ]
    y = np.empty((*x.shape[:2], *sizes), x.dtype)
    catalog.kernel_of(L.DepthwiseConv)(layer, (x,), {"weight": weight}, (y,))
    return y.transpose(0, 2, 3, 1)


def bound(x, out, weight, stride, padding, dilation, rows, tail=None):
    """Return the calls, and the workspace that they were given."""
    before = (padding[0][0], padding[1][0])
    how = (weight.shape[2:], stride, before, dilation)
    packed = fast.pack(weight, out.shape[2])
    assert packed.shape == fast.packed_shape(x.shape[3], weight.shape[2:], out.shape[2])
    workspace = np.empty(fast.workspace_items(x.shape, out.shape, *how, rows), x.dtype)
    return list(fast.depthwise(x, out, packed, *how, rows, workspace, tail)), workspace


def run(calls, workspace):
    workspace.fill(np.nan)
    for call in calls:
        call()


def case(dtype, shape, kernel):
    draw = np.random.default_rng(0)
    x, weight = draw.standard_normal(shape), draw.standard_normal((shape[3], 1, *kernel))
    return x.astype(dtype), weight.astype(dtype)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-10), ("float32", 2e-5)])
@pytest.mark.parametrize(("shape", "kernel", "stride", "padding", "dilation"), CASES, ids=IDS)
def test_it_is_the_plain_kernel(shape, kernel, stride, padding, dilation, dtype, tolerance):
    x, weight = case(dtype, shape, kernel)
    wanted = expected(x, weight, stride, padding, dilation)
    out = np.full(wanted.shape, np.nan, dtype)
    calls, workspace = bound(x, out, weight, stride, padding, dilation, slice(0, out.shape[1]))
    for _ in range(2):
        run(calls, workspace)
        np.testing.assert_allclose(out, wanted, rtol=0, atol=tolerance * np.abs(wanted).max())


@pytest.mark.parametrize(("shape", "kernel", "stride", "padding", "dilation"), CASES[:-5], ids=IDS[:-5])
def test_any_two_shares_of_rows_and_slices_of_channels_give_the_same(shape, kernel, stride, padding, dilation):
    x, weight = case("float64", shape, kernel)
    wanted = expected(x, weight, stride, padding, dilation)
    wide, buffer = np.full((*shape[:3], shape[3] + 5), np.nan), np.full((*wanted.shape[:3], shape[3] + 3), 7.0)
    wide[..., 2:-3], out = x, buffer[..., 1:-2]
    rows = out.shape[1]
    for cut in range(rows + 1):
        out[...] = np.nan
        for share in (slice(0, cut), slice(cut, rows)):
            run(*bound(wide[..., 2:-3], out, weight, stride, padding, dilation, share))
        np.testing.assert_allclose(out, wanted, rtol=0, atol=1e-10)
    assert np.all(buffer[..., 0] == 7)
    assert np.all(buffer[..., -2:] == 7)


def test_every_pixel_is_finished_once():
    x, weight = case("float32", (2, 40, 37, 96), (3, 3))
    out, seen = np.empty_like(x), np.zeros(x.shape)

    def tail(view, place):
        assert np.shares_memory(view, out[place])
        assert view.shape == out[place].shape

        def finish():
            seen[place] += 1
            view[...] += 1

        yield finish

    calls, workspace = bound(x, out, weight, (1, 1), ((1, 1), (1, 1)), (1, 1), slice(0, 40), tail)
    run(calls, workspace)
    assert np.all(seen == 1)
    np.testing.assert_allclose(out, expected(x, weight, (1, 1), ((1, 1), (1, 1)), (1, 1)) + 1, atol=1e-4)


def test_a_map_that_needs_no_border_is_not_copied():
    x, weight = case("float32", (1, 9, 9, 4), (3, 3))
    calls, _ = bound(x, np.empty((1, 7, 7, 4), "float32"), weight, (1, 1), ((0, 0), (0, 0)), (1, 1), slice(0, 7))
    assert [call.func for call in calls] == [np.einsum]


def test_weights_are_repeated_for_each_pixel_of_a_run():
    weight = np.arange(18.0).reshape(2, 1, 3, 3)
    packed = fast.pack(weight, 4)
    assert packed.shape == (3, 3, 8)
    np.testing.assert_array_equal(packed[1, 2], [5, 14] * 4)


def test_the_workspace_of_all_rows_is_enough_for_any_of_them():
    sizes = ((1, 40, 37, 96), (1, 40, 37, 96), (3, 3), (1, 1), (1, 1), (1, 1))
    whole = fast.workspace_items(*sizes, slice(0, 40))
    assert all(fast.workspace_items(*sizes, slice(a, b)) <= whole for b in range(41) for a in range(b))
