"""3x3 convolutions by Winograd's F(4x4, 3x3), channels last: a quarter of the products, between two transforms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import prod

import numpy as np

from cnnshape.layers.arrays import Array
from cnnshape.runtime.kernels.calls import Calls, Tail
from cnnshape.runtime.kernels.views import parts

__all__ = ["pack", "packed_shape", "pays", "winograd", "workspace_items"]

_NEAR = 5 / 8
_POINTS = (0, _NEAR, -_NEAR, 1, -1)
"""Toom and Cook's points, beside infinity. With 1, a multiplication falls out of each transform, and a bias is added
at one point, all of whose powers are 1; with 5/8 the largest error is two thirds of what it is with 2."""
_TAPS, _TILE = 6, 4
_ZERO, _INFINITY, _PLUS, _MINUS, _ONE, _MINUS_ONE = range(_TAPS)
"""How the points are ordered: what is computed in pairs lies side by side."""

_BLOCK = 1 << 14
"""Elements at one point, of the input and the output, that are multiplied at a time."""
_PIECE = 1 << 15
"""Elements of a row of every tile up to which all four rows are made at a time."""
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
    width, most = blocks.shape[-1], max(1, _PIECE // channels)
    both = np.kron(_filters(), _filters())
    for block in range(blocks.shape[2]):
        for first in range(0, width, most):
            part = weight[block * width + first : block * width + min(first + most, width)]
            taps = part.transpose(3, 2, 1, 0).astype(np.float64, order="C")
            transformed = (both @ taps.reshape(9, -1)).reshape(_TAPS, _TAPS, channels, len(part))
            blocks[:, :, block, :, first : first + most] = transformed
    return packed


def pays(x_shape: Sequence[int], out_shape: Sequence[int], tiles: bool) -> bool:
    """Tell whether this is expected to be faster than one product with the windows copied side by side.

    Parameters
    ----------
    x_shape, out_shape : (N, H, W, C) and (N, P, Q, K)
    tiles : whether products are faster in small tiles on this machine
    """
    tiles_of_all = out_shape[0] * -(-out_shape[1] // _TILE) * -(-out_shape[2] // _TILE)
    few = 4 if tiles else 8
    return (
        min(x_shape[3], out_shape[3]) >= 32
        and tiles_of_all >= few
        and tiles_of_all * x_shape[3] * out_shape[3] >= 200_000
    )


def workspace_items(x_shape: Sequence[int], out_shape: Sequence[int], rows: slice) -> int:
    """Return how many elements `winograd` needs to work in.

    Parameters
    ----------
    x_shape, out_shape : (N, H, W, C) and (N, P, Q, K)
    rows : the output rows to compute
    """
    return sum(_room(_blocks(x_shape, out_shape, rows)))


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
    packed : the filters, as `pack` gives them; if they are blocked, products are made in small tiles
    bias : (K,)
    padding : rows above the map and columns left of it that hold zeros; those below and right follow from the output
    rows : of the output, in all images
    workspace : see `workspace_items`
    tail : what finishes a part
    """
    blocks = _blocks(x.shape, out.shape, rows)
    room = _room(blocks)
    areas = [workspace[sum(room[:i]) : sum(room[: i + 1])] for i in range(len(room))]
    shift = None if bias is None else np.tile(bias, max(block.tiles for block in blocks))
    for block in blocks:
        lines = [_taken(areas[0][start:], shape) for start, shape in block.lines()]
        values, results, sums = (_taken(area, shape) for area, shape in zip(areas[1:], block.shapes(), strict=False))
        scratch, first = areas[-1], rows.start + _TILE * block.rows.start
        for row, made in enumerate(lines):
            taps = _taken(scratch, made.shape)
            yield from _copied(x[block.images], first + row - padding[0], padding[1], taps)
            yield from _across(taps.reshape(_TAPS, -1), made.reshape(_TAPS, -1), scratch[made.size :])
        for point in range(_TAPS):
            yield from _down([made[point] for made in lines], values, scratch)
            yield from _products(values, packed[point], results)
            if shift is not None and point == _ONE:
                one = results[_ONE].reshape(-1)
                yield partial(np.add, one, shift[: one.size], one)
            yield from _inverse(list(results.reshape(_TAPS, -1)), list(sums[point].reshape(_TILE, -1)), scratch)
        part = out[block.images, first : min(first + _TILE * (block.rows.stop - block.rows.start), rows.stop)]
        yield from _stored(sums, part, scratch)
        if tail is not None:
            _, height, width, channels = part.shape
            yield from tail(part, (block.images, slice(first, first + height), slice(0, width), slice(0, channels)))


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

    def lines(self) -> list[tuple[int, tuple[int, ...]]]:
        """Return where the lines begin, and their shapes: every fourth one from the first, the second, and so on.

        The first two have one more, which are those that the last tiles share with the next ones.
        """
        (images, rows), start = self.size, 0
        found: list[tuple[int, tuple[int, ...]]] = []
        for more in (1, 1, 0, 0):
            shape = (_TAPS, rows + more, images, self.columns, self.channels[0])
            found.append((start, shape))
            start += _whole(prod(shape))
        return found

    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Return the shapes of the values and results of one point across, and of the sums of all."""
        (images, rows), (inner, outer) = self.size, self.channels
        return (
            (_TAPS, self.tiles, inner),
            (_TAPS, self.tiles, outer),
            (_TAPS, _TILE, rows, images, self.columns, outer),
        )

    def needs(self) -> list[int]:
        """Return the elements of lines, values, results, sums, and what the transforms work in."""
        start, shape = self.lines()[-1]
        inner, outer = (self.tiles * channels for channels in self.channels)
        across = (_TAPS + 2) * (inner + self.row * self.channels[0])
        scratch = max(across, 2 * outer * (_TILE if outer <= _PIECE else 1))
        return [start + prod(shape), *map(prod, self.shapes()), scratch]


def _blocks(x_shape: Sequence[int], out_shape: Sequence[int], rows: slice) -> list[_Block]:
    """Return the tiles of some rows of the output, in parts of about so many elements."""
    down, across = -(-(rows.stop - rows.start) // _TILE), -(-out_shape[2] // _TILE)
    channels = (x_shape[3], out_shape[3])
    pieces = parts((out_shape[0], down, across, sum(channels)), slice(0, down), _BLOCK)
    return [_Block(images, part, across, channels) for images, part in pieces]


def _room(blocks: Sequence[_Block]) -> list[int]:
    """Return the elements of each part of the workspace, enough for every block."""
    kinds = {(block.tiles, block.row): block for block in blocks}
    return [_whole(max(needs)) for needs in zip(*(block.needs() for block in kinds.values()), strict=True)]


def _whole(items: int) -> int:
    return -(-items // _LINE) * _LINE


def _taken(area: Array, shape: tuple[int, ...]) -> Array:
    """Return the first elements in a shape."""
    return area[: prod(shape)].reshape(shape)


def _copied(x: Array, first: int, left: int, taps: Array) -> Calls:
    """Yield the calls that copy every fourth line of a map, and of these every fourth column from each of six.

    Parameters
    ----------
    x : (n, H, W, C)
    first : the first line; what is outside of the map is zero
    left : columns of zeros left of the map
    taps : (6, lines, n, tiles, C)
    """
    height, width = x.shape[1:3]
    count, tiles = taps.shape[1], taps.shape[3]
    start, stop = _inside(first, height, count)
    yield from _cleared(taps[:, :start], taps[:, stop:])
    if start == stop:
        return
    for tap in range(_TAPS):
        begin, end = _inside(tap - left, width, tiles)
        target = taps[tap, start:stop]
        yield from _cleared(target[:, :, :begin], target[:, :, end:])
        if begin < end:
            down, across = _every(first, start, stop), _every(tap - left, begin, end)
            yield partial(np.copyto, target[:, :, begin:end], x[:, down, across].swapaxes(0, 1))


def _inside(first: int, size: int, count: int) -> tuple[int, int]:
    """Return which of `count` places, every fourth from the first one, are inside of so many.

    Examples
    --------
    >>> _inside(-1, 8, 4), _inside(0, 8, 4), _inside(9, 8, 4)
    ((1, 3), (0, 2), (0, 0))
    """
    start = min(max(0, -(first // _TILE)), count)
    return start, max(start, min(count, (size - 1 - first) // _TILE + 1))


def _every(first: int, start: int, stop: int) -> slice:
    return slice(first + _TILE * start, first + _TILE * (stop - 1) + 1, _TILE)


def _cleared(*parts: Array) -> Calls:
    for part in parts:
        if part.size:
            yield partial(part.fill, 0)


def _across(taps: Array, made: Array, scratch: Array) -> Calls:
    """Yield the calls of B^T d for the six samples d of each tile, which all lie side by side: (6, L) to (6, L)."""
    quads, pair = made[:4], _taken(scratch, (2, taps.shape[1]))
    yield partial(np.multiply, taps[:4], _scalar(_NEAR**2, made), quads)
    yield partial(np.subtract, taps[2:], quads, quads)
    yield partial(np.subtract, taps[3:5], taps[1:3], pair)
    yield from _paired(made, *pair)


def _down(lines: Sequence[Array], values: Array, scratch: Array) -> Calls:
    """Yield the calls of B^T d for the six lines of each tile, which are those of four arrays, the first two twice."""
    made = values.reshape(_TAPS, -1)
    size = made.shape[1]
    taps = [line.reshape(-1)[:size] for line in lines] + [line.reshape(-1)[-size:] for line in lines[:2]]
    odd, even = _taken(scratch, (2, size))
    for tap, quad in zip(taps, made[:4], strict=False):
        yield partial(np.multiply, tap, _scalar(_NEAR**2, made), quad)
    for tap, quad in zip(taps[2:], made[:4], strict=True):
        yield partial(np.subtract, tap, quad, quad)
    yield partial(np.subtract, taps[3], taps[1], odd)
    yield partial(np.subtract, taps[4], taps[2], even)
    yield from _paired(made, odd, even)


def _paired(made: Array, odd: Array, even: Array) -> Calls:
    """Yield the calls that end B^T d.

    Parameters
    ----------
    made : on entry d[i + 2] - d[i]*5/8**2 for i = 0 to 3
    odd, even : d3 - d1, and d4 - d2
    """
    yield partial(np.add, made[2], made[1], made[_ONE])
    yield partial(np.subtract, made[2], made[1], made[_MINUS_ONE])
    yield partial(np.subtract, made[2:4], made[:2], made[:2])
    yield partial(np.multiply, odd, _scalar(_NEAR, made), odd)
    yield partial(np.add, even, odd, made[_PLUS])
    yield partial(np.subtract, even, odd, made[_MINUS])


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


def _inverse(results: Sequence[Array], sums: Sequence[Array], scratch: Array) -> Calls:
    """Yield the calls of A^T m for the products m at the six points, (6, L), which are overwritten, to four sums (L,).

    The sums may be the products at the points 0, -1, 5/8 and infinity.
    """
    odd, near = _taken(scratch, (2, results[0].size))
    zero, infinity, plus, minus, one, minus_one = results
    yield partial(np.subtract, one, minus_one, odd)
    yield partial(np.add, one, minus_one, one)
    yield partial(np.subtract, plus, minus, near)
    yield partial(np.add, plus, minus, plus)
    yield partial(np.add, zero, one, zero)
    yield partial(np.add, zero, plus, sums[0])
    yield partial(np.multiply, near, _scalar(_NEAR, odd), near)
    yield partial(np.add, odd, near, sums[1])
    yield partial(np.multiply, plus, _scalar(_NEAR**2, odd), plus)
    yield partial(np.add, one, plus, sums[2])
    yield partial(np.multiply, near, _scalar(_NEAR**2, odd), near)
    yield partial(np.add, odd, near, odd)
    yield partial(np.add, odd, infinity, sums[3])


def _stored(sums: Array, out: Array, scratch: Array) -> Calls:
    """Yield the calls that transform sums (6, 4, t, n, tiles, K) across, and copy what is not cut off at the edge."""
    together = _TILE if prod(sums.shape[2:]) <= _PIECE else 1
    order = (_ZERO, _MINUS_ONE, _PLUS, _INFINITY)
    for first in range(0, _TILE, together):
        some = sums[:, first : first + together]
        flat = [point.reshape(-1) for point in some]
        yield from _inverse(flat, [flat[i] for i in order], scratch)
    for column, point in enumerate(order):
        target = out[:, :, column::_TILE]
        width = target.shape[2]
        for row in range(_TILE):
            here = target[:, row::_TILE].swapaxes(0, 1)
            if here.size:
                yield partial(np.copyto, here, sums[point, row, : here.shape[0], :, :width])


def _filters() -> Array:
    """Return the matrix G: the values of a filter at the points, over what the transforms of a tile leave out."""
    finite = [[a**i / prod(a - b for b in _POINTS if b != a) for i in range(3)] for a in _POINTS]
    return np.array([finite[0], [0, 0, 1], *finite[1:]])


def _scalar(value: float, like: Array) -> Array:
    return np.array(value, like.dtype)
