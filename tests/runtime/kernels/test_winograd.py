"""Winograd's convolution, in one product and in small tiles: against the catalogue's kernel on a padded map."""

from functools import partial
from math import prod

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.layers import catalog
from cnnshape.runtime.kernels import winograd as module
from cnnshape.runtime.kernels.winograd import pack, packed_shape, pays, winograd, workspace_items

TOLERANCES = {"float64": 1e-10, "float32": 2e-5}
NUMBERS = np.random.default_rng(7)


def plain(x, weight, bias, padding, size):
    """Return the convolution in float64, channels last; `size` is that of the output."""
    after = [out + 2 - before - length for out, before, length in zip(size, padding, x.shape[1:3], strict=True)]
    sides = [(0, 0), *zip(padding, after, strict=True), (0, 0)]
    wider = np.pad(x.astype("float64"), sides).transpose(0, 3, 1, 2)
    weights = {"weight": weight.astype("float64")} | ({} if bias is None else {"bias": bias.astype("float64")})
    layer = L.Conv(weight.shape[0], kernel_size=3, bias=bias is not None)
    y = np.empty((x.shape[0], weight.shape[0], *size))
    catalog.kernel_of(L.Conv)(layer, (wider,), weights, (y,))
    return y.transpose(0, 2, 3, 1)


def computed(x, weight, bias, padding, out, shares, tile_columns=0, tail=None):
    """Fill `out`, each share of the rows in a workspace of its own that holds no numbers."""
    packed = pack(weight, tile_columns)
    assert packed.shape == packed_shape(x.shape[3], out.shape[3], tile_columns)
    for rows in shares:
        workspace = np.empty(workspace_items(x.shape, out.shape, rows), x.dtype)
        calls = list(winograd(x, out, packed, bias, padding, rows, workspace, tail))
        for _ in range(2):
            workspace.fill(np.nan)
            with np.errstate(all="raise", under="ignore"):
                for call in calls:
                    call()
    return out


def agrees(out, expected):
    return np.max(np.abs(out - expected)) <= TOLERANCES[out.dtype.name] * np.max(np.abs(expected))


def numbers(*shape, dtype="float64"):
    return NUMBERS.standard_normal(shape).astype(dtype)


def wide_and_part(shape, dtype, before=3, after=2):
    """Return a buffer with more channels, and the part of it that has the shape."""
    buffer = numbers(*shape[:3], before + shape[3] + after, dtype=dtype)
    return buffer, buffer[..., before : before + shape[3]]


CASES = [
    # images, size, padding, size of the output, channels
    (1, (8, 8), (1, 1), (8, 8), (4, 6)),
    (3, (7, 7), (1, 1), (7, 7), (5, 32)),
    (3, (9, 11), (0, 2), (9, 12), (1, 64)),
    (1, (13, 6), (2, 0), (14, 5), (7, 1)),
    (2, (3, 3), (0, 0), (1, 1), (3, 5)),
    (1, (1, 1), (2, 2), (3, 3), (1, 1)),
    (1, (1, 17), (1, 1), (1, 17), (3, 32)),
    (1, (18, 5), (2, 2), (20, 7), (8, 96)),
    (2, (4, 4), (1, 0), (3, 4), (2, 3)),
]


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("tile_columns", [0, 32])
@pytest.mark.parametrize(("images", "size", "padding", "made", "channels"), CASES)
def test_it_is_the_plain_convolution(images, size, padding, made, channels, tile_columns, dtype):
    x = numbers(images, *size, channels[0], dtype=dtype)
    weight, bias = numbers(channels[1], channels[0], 3, 3, dtype=dtype), numbers(channels[1], dtype=dtype)
    expected = plain(x, weight, bias, padding, made)
    for rows in range(made[0]):
        shares = [slice(0, rows), slice(rows, made[0])] if rows else [slice(0, made[0])]
        out = np.full(expected.shape, np.nan, dtype)
        assert agrees(computed(x, weight, bias, padding, out, shares, tile_columns), expected), shares


@pytest.mark.parametrize("tile_columns", [0, 16])
@pytest.mark.parametrize("block", [1, 100, 1000, 10000])
@pytest.mark.parametrize("tiles", [1, 7])
def test_blocks_of_any_size_come_to_the_same(block, tiles, tile_columns, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", block)
    monkeypatch.setattr(module, "_TILES", tiles)
    monkeypatch.setattr(module, "_WORK", 1000)
    x, weight, bias = numbers(3, 21, 10, 9), numbers(48, 9, 3, 3), numbers(48)
    expected = plain(x, weight, bias, (1, 1), (21, 10))
    for shares in ([slice(0, 21)], [slice(0, 10), slice(10, 21)]):
        out = np.full(expected.shape, np.nan)
        assert agrees(computed(x, weight, bias, (1, 1), out, shares, tile_columns), expected)


@pytest.mark.parametrize("dtype", TOLERANCES)
def test_channels_may_be_a_part_of_wider_maps(dtype):
    _, x = wide_and_part((2, 10, 9, 6), dtype)
    buffer, out = wide_and_part((2, 10, 9, 5), dtype)
    before = buffer.copy()
    weight = numbers(5, 6, 3, 3, dtype=dtype)
    expected = plain(x, weight, None, (1, 1), (10, 9))
    assert agrees(computed(x, weight, None, (1, 1), out, [slice(0, 3), slice(3, 10)]), expected)
    out[...] = before[..., 3:8]
    np.testing.assert_array_equal(buffer, before)


@pytest.mark.parametrize("tile_columns", [0, 8])
def test_channels_of_the_output_may_be_shared_out(tile_columns):
    x, weight, bias = numbers(2, 9, 10, 6), numbers(32, 6, 3, 3), numbers(32)
    packed, out = pack(weight, tile_columns), np.full((2, 9, 10, 32), np.nan)
    for some in (slice(0, 8), slice(8, 32)):
        part = packed[:, :, some.start // 8 : some.stop // 8] if tile_columns else packed[..., some]
        made = out[..., some]
        workspace = np.full(workspace_items(x.shape, made.shape, slice(0, 9)), np.nan)
        for call in winograd(x, made, part, bias[some], (1, 1), slice(0, 9), workspace, None):
            call()
    assert agrees(out, plain(x, weight, bias, (1, 1), (9, 10)))


@pytest.mark.parametrize("shares", [[slice(0, 15)], [slice(0, 6), slice(6, 15)]])
def test_each_part_is_finished_once_after_it_is_made(shares, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", 300)
    monkeypatch.setattr(module, "_TILES", 1)
    x, weight, bias = numbers(3, 15, 9, 8), numbers(16, 8, 3, 3), numbers(16)
    out, more = np.full((3, 15, 9, 16), np.nan), numbers(3, 15, 9, 16)

    def tail(view, place):
        assert view.shape == out[place].shape
        assert np.shares_memory(view, out[place])
        yield partial(np.add, view, more[place], view)

    computed(x, weight, bias, (1, 1), out, shares, tail=tail)
    assert agrees(out, plain(x, weight, bias, (1, 1), (15, 9)) + more)


@pytest.mark.parametrize(("channels", "size"), [(64, 28), (256, 14), (512, 7)])
def test_single_precision_stays_within_its_bound_in_wide_layers(channels, size):
    x = np.maximum(numbers(1, size, size, channels, dtype="float32"), 0)
    weight, bias = numbers(channels, channels, 3, 3, dtype="float32"), numbers(channels, dtype="float32")
    out = computed(x, weight, bias, (1, 1), np.empty_like(x), [slice(0, size)])
    expected = plain(x, weight, bias, (1, 1), (size, size))
    assert np.max(np.abs(out - expected)) < 5e-6 * np.max(np.abs(expected))


def test_filters_of_one_tap_are_the_transform_of_that_tap():
    weight = np.zeros((2, 1, 3, 3))
    weight[0, 0, 0, 0] = weight[1, 0, 2, 2] = 1
    packed = pack(weight)[:, :, 0]
    points = np.array([0, 1, -1, 1 / 2, -2])
    scale = np.array([prod(a - b for b in points if b != a) for a in points])
    np.testing.assert_allclose(packed[:5, :5, 0], np.outer(1 / scale, 1 / scale))
    np.testing.assert_allclose(packed[:5, :5, 1], np.outer(points**2 / scale, points**2 / scale))
    assert packed[5, 5].tolist() == [0, 1]


@pytest.mark.parametrize("tile_columns", [8, 32])
def test_blocked_filters_are_the_plain_ones(tile_columns):
    weight = numbers(64, 3, 3, 3, dtype="float32")
    blocked = pack(weight, tile_columns)
    assert blocked.shape == packed_shape(3, 64, tile_columns) == (6, 6, 64 // tile_columns, 3, tile_columns)
    np.testing.assert_array_equal(blocked.swapaxes(2, 3).reshape(6, 6, 3, 64), pack(weight))
    assert packed_shape(3, 65, tile_columns) == pack(numbers(65, 3, 3, 3), tile_columns).shape == (6, 6, 3, 65)


def test_filters_are_packed_in_pieces(monkeypatch):
    weight = numbers(24, 5, 3, 3)
    whole, blocked = pack(weight), pack(weight, 8)
    monkeypatch.setattr(module, "_PIECE", 15)
    np.testing.assert_array_equal(pack(weight), whole)
    np.testing.assert_array_equal(pack(weight, 8), blocked)


PAYING = [
    # map, filters, whether it pays in one product, and in small tiles
    ((1, 56, 56, 64), 64, True, True),
    ((1, 28, 28, 128), 128, True, True),
    ((1, 14, 14, 256), 256, True, True),
    ((1, 7, 7, 512), 512, False, True),
    ((2, 7, 7, 512), 512, True, True),
    ((1, 224, 224, 64), 64, True, True),
    ((1, 256, 256, 32), 32, True, True),
    ((1, 56, 56, 128), 32, True, True),
    ((1, 28, 28, 128), 32, True, True),
    ((1, 7, 7, 128), 32, False, False),
    ((1, 14, 14, 32), 32, False, False),
    ((1, 224, 224, 3), 64, False, False),
    ((1, 224, 224, 64), 3, False, False),
    ((1, 56, 56, 16), 64, False, False),
    ((64, 5, 5, 256), 256, False, False),
]


@pytest.mark.parametrize(("shape", "filters", "plain", "tiled"), PAYING)
def test_it_pays_where_many_channels_meet_many_pixels(shape, filters, plain, tiled):
    out_shape = (*shape[:3], filters)
    assert (pays(shape, out_shape, tiles=False), pays(shape, out_shape, tiles=True)) == (plain, tiled)
