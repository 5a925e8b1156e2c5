"""Larger channels-last maps: against the catalogue's kernel."""

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.layers import catalog
from cnnshape.layers.base import Context, Spec
from cnnshape.runtime.kernels import upsampling as fast

MODES = [
    ("twice", (1, 6, 7, 5), {"scale_factor": 2}),
    ("corners", (3, 6, 7, 5), {"scale_factor": 2, "align_corners": True}),
    ("each axis its own", (3, 6, 7, 5), {"scale_factor": (3, 1.5)}),
    ("a size", (1, 9, 7, 5), {"size": (13, 40)}),
    ("one pixel", (1, 1, 1, 5), {"scale_factor": 4}),
    ("smaller", (1, 12, 10, 3), {"scale_factor": 0.5}),
    ("cubic", (1, 6, 7, 5), {"scale_factor": 2, "mode": "bicubic"}),
    ("several blocks", (2, 33, 40, 64), {"scale_factor": 2}),
]
REPEATS = [
    ("twice", (1, 6, 7, 5), (2, 2)),
    ("each axis its own", (3, 6, 7, 5), (3, 4)),
    ("rows", (3, 6, 7, 5), (2, 1)),
    ("columns", (3, 6, 7, 5), (1, 2)),
    ("one", (1, 6, 7, 5), (1, 1)),
    ("several blocks", (2, 33, 40, 64), (2, 2)),
]


def plain(layer, x):
    shape = layer.outputs((Spec((x.shape[0], x.shape[3], *x.shape[1:3])),), Context())[0].shape
    y = np.empty(shape, x.dtype)
    catalog.kernel_of(L.Upsample)(layer, (np.ascontiguousarray(x.transpose(0, 3, 1, 2)),), {}, (y,))
    return y.transpose(0, 2, 3, 1)


def drawn(shape, dtype="float64"):
    return np.random.default_rng(0).standard_normal(shape).astype(dtype)


def interpolated(layer, x, out, rows, tail=None):
    weights = fast.interpolation_weights(layer, x.shape[1:3], out.shape[1:3], x.dtype)
    workspace = np.full(fast.interpolate_workspace(x.shape, out.shape, rows), np.nan, x.dtype)
    for call in list(fast.interpolate(x, out, *weights, rows, workspace, tail)):
        call()


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-10), ("float32", 2e-5)])
@pytest.mark.parametrize(("shape", "options"), [case[1:] for case in MODES], ids=[case[0] for case in MODES])
def test_interpolation_is_the_plain_kernel_s(shape, options, dtype, tolerance):
    layer, x = L.Upsample(**{"mode": "bilinear", **options}), drawn(shape, dtype)
    wanted = plain(layer, x)
    out = np.full(wanted.shape, np.nan, dtype)
    interpolated(layer, x, out, slice(0, out.shape[1]))
    np.testing.assert_allclose(out, wanted, rtol=0, atol=tolerance * np.abs(wanted).max())


@pytest.mark.parametrize(("shape", "factors"), [case[1:] for case in REPEATS], ids=[case[0] for case in REPEATS])
def test_repeated_pixels_are_the_plain_kernel_s(shape, factors):
    x = drawn(shape, "float32")
    wanted = plain(L.Upsample(scale_factor=factors), x)
    out = np.full(wanted.shape, np.nan, "float32")
    for call in list(fast.repeat(x, out, factors, slice(0, out.shape[1]), None)):
        call()
    np.testing.assert_array_equal(out, wanted)


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_any_two_shares_of_rows_and_slices_of_channels_give_the_same(mode):
    layer = L.Upsample(scale_factor=(3, 2), mode=mode)
    wide = np.full((3, 5, 6, 9), np.nan)
    x = wide[..., 2:-3]
    x[...] = drawn(x.shape)
    wanted = plain(layer, x)
    buffer = np.full((*wanted.shape[:3], 7), 7.0)
    out, rows = buffer[..., 1:-2], wanted.shape[1]
    for cut in range(rows + 1):
        out[...] = np.nan
        for share in (slice(0, cut), slice(cut, rows)):
            if mode == "nearest":
                for call in list(fast.repeat(x, out, (3, 2), share, None)):
                    call()
            else:
                interpolated(layer, x, out, share)
        np.testing.assert_allclose(out, wanted, rtol=0, atol=1e-12)
    assert np.all(buffer[..., 0] == 7)
    assert np.all(buffer[..., -2:] == 7)


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
@pytest.mark.parametrize("rows", [slice(0, 66), slice(5, 65)])
def test_every_pixel_is_finished_once(mode, rows):
    layer, x = L.Upsample(scale_factor=2, mode=mode), drawn((2, 33, 40, 64))
    wanted = plain(layer, x)
    out, seen = np.zeros(wanted.shape), np.zeros(wanted.shape)

    def tail(view, place):
        assert np.shares_memory(view, out[place])
        assert view.shape == out[place].shape

        def finish():
            seen[place] += 1
            view[...] += 1

        yield finish

    if mode == "nearest":
        for call in list(fast.repeat(x, out, (2, 2), rows, tail)):
            call()
    else:
        interpolated(layer, x, out, rows, tail)
    assert np.all(seen[:, rows] == 1)
    assert seen.sum() == seen[:, rows].size
    np.testing.assert_allclose(out[:, rows], wanted[:, rows] + 1, rtol=0, atol=1e-12)
