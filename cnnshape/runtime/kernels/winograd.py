"""3x3 convolutions by Winograd's F(4x4, 3x3), channels last: a quarter of the products, between two transforms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from itertools import islice
from math import prod

import numpy as np

from cnnshape.layers.arrays import Array
from cnnshape.runtime.kernels.calls import Call, Calls, Tail
from cnnshape.runtime.kernels.views import parts

__all__ = ["pack", "packed_shape", "pays", "winograd", "workspace_items"]

_POINTS = (Fraction(0), Fraction(1), Fraction(-1), Fraction(1, 2), Fraction(-2))
"""Toom and Cook's points, beside infinity, which is the last. The largest error is half of what 0, 1, -1, 2, -2 give;
all powers of 1 are 1, so that a bias is added there, to one result of 36."""
_ONE = 1
_TILE, _TAPS = 4, 6

_BLOCK = 1 << 15
"""Elements at one point, of the input and the output, that are multiplied at a time."""
_TILES = 128
"""Tiles of a block at least, where there are as many: every block reads all filters."""
_PIECE = 1 << 13
"""Elements of filters that are transformed at a time."""
_LINE = 16
"""Elements that begin on cache lines if the first one does."""
_WORK = 1_000_000
"""Multiply-adds of a tile: OpenBLAS multiplies no larger ones without packing."""


def packed_shape(channels_in: int, channels_out: int, tile_columns: int = 0) -> tuple[int, ...]:
    """Return the shape of the transformed filters.

    Parameters
    ----------
    channels_in, channels_out : channels C and K
    tile_columns : how many output channels of a point lie together; 0, or what does not divide K: all of them

    Returns
    -------
    shape : (6, 6, C, K), or (6, 6, K/tile_columns, C, tile_columns)

    Examples
    --------
    >>> packed_shape(64, 128), packed_shape(64, 128, 32), packed_shape(64, 100, 32)
    ((6, 6, 64, 128), (6, 6, 4, 64, 32), (6, 6, 64, 100))
    """
    if tile_columns and channels_out % tile_columns == 0:
        return (_TAPS, _TAPS, channels_out // tile_columns, channels_in, tile_columns)
    return (_TAPS, _TAPS, channels_in, channels_out)


def pack(weight: Array, tile_columns: int = 0) -> Array:
    """Return the transformed filters, in the type of the weights.

    Parameters
    ----------
    weight : (K, C, 3, 3)
    tile_columns : as of `packed_shape`
    """
    filters, channels = weight.shape[:2]
    packed = np.empty(packed_shape(channels, filters, tile_columns), weight.dtype)
    blocks = packed if packed.ndim == 5 else packed[:, :, None]
    both = np.kron(_matrices()[0], _matrices()[0])
    width = blocks.shape[-1]
    most = max(1, _PIECE // width)
    for block in range(blocks.shape[2]):
        for first in range(0, channels, most):
            part = weight[block * width : (block + 1) * width, first : first + most]
            taps = part.transpose(3, 2, 1, 0).astype(np.float64, order="C")
            transformed = (both @ taps.reshape(9, -1)).reshape(_TAPS, _TAPS, part.shape[1], width)
            blocks[:, :, block, first : first + most] = transformed
    return packed


def pays(x_shape: Sequence[int], out_shape: Sequence[int], tiles: bool) -> bool:
    """Tell whether this is expected to be faster than one product with the windows copied side by side.

    What is saved grows with the tiles and with both channels; what the transforms cost, with one of them at a time.

    Parameters
    ----------
    x_shape, out_shape : (N, H, W, C) and (N, P, Q, K)
    tiles : whether products are faster in small tiles on this machine
    """
    images, height, width, filters = out_shape
    channels, count = x_shape[3], images * -(-height // _TILE) * -(-width // _TILE)
    if channels < 32 or filters < 16 or 2 * images * height * width < count * _TILE**2:
        return False
    fewest, least = (4, 10_000) if tiles else (8, 20_000)
    return count >= fewest and count * (channels * filters / (channels + filters)) ** 2 >= least


def workspace_items(x_shape: Sequence[int], out_shape: Sequence[int], rows: slice) -> int:
    """Return how many elements `winograd` needs to work in.

    Parameters
    ----------
    x_shape, out_shape : (N, H, W, C) and (N, P, Q, K)
    rows : the output rows to compute
    """
    return sum(_room(_blocks(x_shape, out_shape, rows, out_shape[1])))


def winograd(
    x: Array,
    out: Array,
    packed: Array,
    bias: Array | None,
    padding: tuple[int, int],
    rows: slice,
    workspace: Array,
    tail: Tail | None,
) -> Calls:
    """Yield the calls that compute some rows of a 3x3 convolution with stride 1.

    Parameters
    ----------
    x, out : (N, H, W, C) and (N, P, Q, K)
    packed : the filters, as `pack` gives them, or some of them for as many channels of the output; if they are blocked,
        products are made in small tiles
    bias : (K,)
    padding : rows above the map and columns left of it that hold zeros; those below and right follow from the output
    rows : of the output, in all images; tiles begin at the first one, so that shares are best multiples of 4
    workspace : see `workspace_items`
    tail : what finishes a part

    Notes
    -----
    In float32 the largest error is 2e-6 to 5e-6 of the largest value, for 64 to 2048 channels; that of direct sums is
    1e-6 to 5e-6. One infinite pixel makes every pixel of its tiles infinite or no number.

    References
    ----------
    Lavin, Gray: Fast Algorithms for Convolutional Neural Networks, 2015, https://arxiv.org/abs/1509.09308
    """
    blocks = _blocks(x.shape, out.shape, rows)
    room = _room(blocks)
    areas = [workspace[sum(room[:i]) : sum(room[: i + 1])] for i in range(len(room))]
    _, forward, inverse = (matrix.astype(x.dtype) for matrix in _matrices())
    shift = None if bias is None else np.tile(bias, max(block.tiles for block in blocks))
    for block in blocks:
        lines, values, results, sums = (
            area[: prod(shape)].reshape(shape) for area, shape in zip(areas, block.shapes(), strict=True)
        )
        first = rows.start + _TILE * block.rows.start
        yield from _across(x[block.images], first - padding[0], padding[1], forward, lines)
        for point in range(_TAPS):
            yield _down(lines[point], forward, values)
            yield from _products(values, packed[point], results)
            if shift is not None and point == _ONE:
                one = results[_ONE].reshape(-1)
                yield partial(np.add, one, shift[: one.size], one)
            yield _up(results, inverse, sums[point])
        yield from _finished(sums, inverse, out, block, rows, tail)


@dataclass(frozen=True, slots=True)
class _Block:
    """Tiles that are transformed and multiplied together: rows of one image, or several whole images.

    Parameters
    ----------
    images, rows : which; rows of tiles
    columns : tiles of a row
    channels : of the input and the output
    """

    images: slice
    rows: slice
    columns: int
    channels: tuple[int, int]

    @property
    def size(self) -> tuple[int, int]:
        """Images, and rows of tiles."""
        return self.images.stop - self.images.start, self.rows.stop - self.rows.start

    @property
    def row(self) -> int:
        """Tiles of one row, of all images."""
        return self.size[0] * self.columns

    @property
    def tiles(self) -> int:
        return self.size[1] * self.row

    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Return the shapes of the lines, of the values and results of one point across, and of the sums."""
        (images, rows), (inner, outer) = self.size, self.channels
        return (
            (_TAPS, _TILE * rows + 2, images, self.columns, inner),
            (_TAPS, self.tiles, inner),
            (_TAPS, self.tiles, outer),
            (_TAPS, _TILE, rows, images, self.columns, outer),
        )


def _blocks(x_shape: Sequence[int], out_shape: Sequence[int], rows: slice, most: int | None = None) -> list[_Block]:
    """Return the tiles of some rows of the output, in parts of about so many elements, and `most` parts at most."""
    down, across = -(-(rows.stop - rows.start) // _TILE), -(-out_shape[2] // _TILE)
    channels = (x_shape[3], out_shape[3])
    pieces = parts((out_shape[0], down, across, sum(channels)), slice(0, down), max(_BLOCK, _TILES * sum(channels)))
    return [_Block(images, part, across, channels) for images, part in islice(pieces, most)]


def _room(blocks: Sequence[_Block]) -> list[int]:
    """Return the elements of each part of the workspace, enough for every block."""
    kinds = {block.size: block for block in blocks}
    needs = [[prod(shape) for shape in block.shapes()] for block in kinds.values()]
    return [-(-max(items) // _LINE) * _LINE for items in zip(*needs, strict=True)]


def _across(x: Array, first: int, left: int, forward: Array, lines: Array) -> Calls:
    """Yield the calls that transform the columns of a map (n, H, W, C) to lines (6, L, n, tiles, C).

    Parameters
    ----------
    first : the row of the map that the first line is; what is outside of the map is zero
    left : columns of zeros left of the map
    """
    images, height, width, channels = x.shape
    start = min(max(0, -first), lines.shape[1])
    stop = max(start, min(lines.shape[1], height - first))
    yield from _cleared(lines[:, :start], lines[:, stop:])
    if start == stop:
        return
    source, made = x[:, first + start : first + stop].swapaxes(0, 1), lines[:, start:stop]
    column, tiles = 0, lines.shape[3]
    while column < tiles:
        at = _TILE * column - left
        begin, end = max(0, -at), min(_TAPS, width - at)
        count = 1 if (begin, end) != (0, _TAPS) else min(tiles - column, (width - _TAPS - at) // _TILE + 1)
        target = made[:, :, :, column : column + count]
        column += count
        if begin >= end:
            yield from _cleared(target)
            continue
        line, image, pixel, item = source.strides
        taps = np.lib.stride_tricks.as_strided(
            source[:, :, at + begin :],
            (stop - start, images, count, end - begin, channels),
            (line, image, _TILE * pixel, pixel, item),
        )
        yield partial(np.matmul, forward[:, begin:end], taps, out=np.moveaxis(target, 0, 3))


def _cleared(*parts: Array) -> Calls:
    for part in parts:
        if part.size:
            yield partial(part.fill, 0)


def _down(lines: Array, forward: Array, values: Array) -> Call:
    """Return the call that transforms the rows of lines (4*t + 2, n, tiles, C) to values (6, t*n*tiles, C)."""
    rows, run, item = lines.shape[0] // _TILE, prod(lines.shape[1:]), lines.itemsize
    taps = np.lib.stride_tricks.as_strided(lines, (rows, _TAPS, run), (_TILE * run * item, run * item, item))
    return partial(np.matmul, forward, taps, out=values.reshape(_TAPS, rows, run).swapaxes(0, 1))


def _up(results: Array, inverse: Array, sums: Array) -> Call:
    """Return the call that transforms results (6, t*n*tiles, K) to the rows of sums (4, t, n, tiles, K)."""
    pieces = 1 if results[0].size * inverse.size <= _WORK else sums.shape[1]
    taken, made = (each.reshape(len(each), pieces, -1).swapaxes(0, 1) for each in (results, sums))
    return partial(np.matmul, inverse, taken, out=made)


def _products(values: Array, packed: Array, results: Array) -> Calls:
    """Yield the calls that multiply values (6, T, C) with filters (6, C, K) or (6, B, C, K/B) to results (6, T, K)."""
    if packed.ndim == 3:
        yield partial(np.matmul, values, packed, out=results)
        return
    _, blocks, channels, width = packed.shape
    tiles = values.shape[1]
    most = max(1, min(tiles, _WORK // (channels * width)))
    whole = tiles // most * most
    for part, height in ((slice(0, whole), most), (slice(whole, tiles), tiles - whole)):
        if height:
            yield partial(
                np.matmul,
                values[:, part].reshape(_TAPS, -1, 1, height, channels),
                packed[:, None],
                out=results[:, part].reshape(_TAPS, -1, height, blocks, width).swapaxes(2, 3),
            )


def _finished(sums: Array, inverse: Array, out: Array, block: _Block, rows: slice, tail: Tail | None) -> Calls:
    """Yield the calls that make the pixels of a block, and finish parts of them while they are in the cache."""
    images, count = block.size
    for n, part in parts((images, count, block.columns, _TILE**2 * out.shape[3]), slice(0, count)):
        some = slice(block.images.start + n.start, block.images.start + n.stop)
        first = rows.start + _TILE * (block.rows.start + part.start)
        last = min(first + _TILE * (part.stop - part.start), rows.stop)
        yield from _pixels(sums[:, :, part, n], inverse, out[some, first:last])
        if tail is not None:
            place = (some, slice(first, last), slice(0, out.shape[2]), slice(0, out.shape[3]))
            yield from tail(out[place], place)


def _pixels(sums: Array, inverse: Array, out: Array) -> Calls:
    """Yield the calls that transform sums (6, 4, t, n, tiles, K) across into (n, P, Q, K), cut off at the edge."""
    images, height, width, channels = out.shape
    image, line, pixel, item = out.strides
    source = sums.transpose(2, 3, 1, 4, 0, 5)
    for down, rows in _cut(height):
        for across, columns in _cut(width):
            target = np.lib.stride_tricks.as_strided(
                out[:, _TILE * down.start :, _TILE * across.start :],
                (down.stop - down.start, images, rows, across.stop - across.start, columns, channels),
                (_TILE * line, image, line, _TILE * pixel, pixel, item),
            )
            yield partial(np.matmul, inverse[:columns], source[down, :, :rows, across], out=target)


def _cut(size: int) -> Iterator[tuple[slice, int]]:
    """Yield which tiles there are, and how many pixels of them: whole ones, and the last one if the edge cuts it off.

    Examples
    --------
    >>> list(_cut(10))
    [(slice(0, 2, None), 4), (slice(2, 3, None), 2)]
    """
    whole, rest = divmod(size, _TILE)
    if whole:
        yield slice(0, whole), _TILE
    if rest:
        yield slice(whole, whole + 1), rest


@cache
def _matrices() -> tuple[Array, Array, Array]:
    """Return G, B^T and A^T: y = A^T ((G w) * (B^T d)) is what a filter w of 3 taps makes of 6 samples d."""
    filters, samples, pixels = [], [], []
    for point in _POINTS:
        others = [other for other in _POINTS if other != point]
        scale = prod(point - other for other in others)
        filters.append([point**i / scale for i in range(3)])
        samples.append([*_polynomial(others), Fraction(0)])
        pixels.append([point**i for i in range(_TILE)])
    filters.append([Fraction(0), Fraction(0), Fraction(1)])
    samples.append(_polynomial(_POINTS))
    pixels.append([Fraction(0), Fraction(0), Fraction(0), Fraction(1)])
    g, b, a = (np.array(rows, np.float64) for rows in (filters, samples, pixels))
    return g, b, np.ascontiguousarray(a.T)


def _polynomial(roots: Sequence[Fraction]) -> list[Fraction]:
    """Return the coefficients, of the lowest power first, of the polynomial x^n + ... with these roots."""
    found = [Fraction(1)]
    for root in roots:
        found = [low - root * high for low, high in zip([Fraction(0), *found], [*found, Fraction(0)], strict=True)]
    return found
