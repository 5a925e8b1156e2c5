"""Layers that put the same elements, or some of them, in another arrangement, whatever their type."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import cnnshape.layers as L
from cnnshape.layers.base import Layer
from cnnshape.symbolic import Size
from tests.random_networks.draw import At, chance, divisor, mostly

__all__ = ["ARRANGE"]


def flatten(rng: Random, x: At) -> Layer:
    dims = len(x.shape)
    start = mostly(rng, rng.randrange(1, dims), 0, 0.95)
    return L.Flatten(start_dim=start, end_dim=mostly(rng, -1, rng.randrange(1, dims)))


def reshape(rng: Random, x: At) -> Layer:
    """Another shape, mostly with a -1; sizes are numbers where the input's are, and formulas of the input elsewhere."""
    sizes = list(x.formulas.shape)
    if chance(rng, 0.3) and any(isinstance(size, int) for size in sizes):
        axis = rng.choice([i for i, size in enumerate(sizes) if isinstance(size, int)])
        sizes[axis : axis + 1] = factors(rng, x.shape[axis])
    if len(sizes) > 2 and chance(rng, 0.6):
        axis = rng.randrange(1, len(sizes) - 1)
        sizes[axis : axis + 2] = [sizes[axis] * sizes[axis + 1]]
    if chance(rng, 0.3):
        rng.shuffle(sizes)
    if chance(rng, 0.7):
        sizes[rng.randrange(len(sizes))] = -1
    if chance(rng, 0.03):
        sizes[0] = 7
    if chance(rng, 0.2):
        return L.Reshape((0, *sizes[1:]), allowzero=False)
    return L.Reshape(tuple(sizes))


def factors(rng: Random, size: int) -> list[Size]:
    first = divisor(rng, size)
    return [first, max(size // first, 1)]


def unflatten(rng: Random, x: At) -> Layer:
    axis = rng.randrange(1, len(x.shape))
    parts = factors(rng, x.shape[axis])
    if not isinstance(x.formulas.shape[axis], int) or chance(rng, 0.5):
        parts[rng.randrange(2)] = -1
    return L.Unflatten(tuple(parts), dim=axis - mostly(rng, 0, len(x.shape)))


def permute(rng: Random, x: At) -> Layer:
    dims = len(x.shape)
    order = (0, *rng.sample(range(1, dims), dims - 1)) if chance(rng, 0.95) else rng.sample(range(dims), dims)
    return L.Permute(tuple(order))


def transpose(rng: Random, x: At) -> Layer:
    return L.Transpose(dim0=mostly(rng, 1, -2), dim1=mostly(rng, -1, 0, 0.95))


def ones(rng: Random, x: At) -> Layer:
    """Axes of size 1 that come and go, and grow."""
    single = [axis for axis, size in enumerate(x.shape) if size == 1]
    dims = len(x.shape)
    return rng.choice(
        [
            lambda: L.Unsqueeze(rng.randint(0, 2)),
            lambda: L.Unsqueeze((1, -1)),
            lambda: L.Squeeze(rng.choice(single or [dims - 1])),
            lambda: L.Squeeze(tuple(single) or 1),
            L.Squeeze,
            lambda: L.Expand(tuple(stretched(rng, x.formulas.shape))),
            lambda: L.Expand((rng.randint(1, 2), *stretched(rng, x.formulas.shape))),
        ]
    )()


def stretched(rng: Random, shape: Sequence[Size]) -> list[Size]:
    return [rng.randint(1, 3) if size == 1 else mostly(rng, -1, size) for size in shape]


def split(rng: Random, x: At) -> Layer:
    axis = mostly(rng, 1, rng.randrange(len(x.shape)))
    size, fixed = x.shape[axis], isinstance(x.formulas.shape[axis], int)
    if chance(rng, 0.4):
        return L.Chunk(rng.randint(1, min(size, 4)), dim=axis)
    if fixed and chance(rng, 0.5):
        return L.Split(mostly(rng, max(size // rng.randint(1, 3), 1), rng.randint(1, 4)), dim=axis)
    cut = rng.randint(1, max(size - 1, 1))
    rest = size - cut if fixed else x.formulas.shape[axis] - cut
    return L.Split((cut, rest) if size > 1 else 1, dim=axis)


def slice_(rng: Random, x: At) -> Layer:
    axis = rng.randrange(1, len(x.shape)) - mostly(rng, 0, len(x.shape))
    size, step = x.shape[axis], rng.choice([1, 1, 2, 3, -1, -2])
    low, high = sorted(rng.sample(range(size + 1), 2))
    start, end = (low, high) if step > 0 else (high - 1, low - 1 if low else None)
    if end is not None and end > 0 and chance(rng, 0.3):
        end = mostly(rng, end - size, end, 0.7) or None
    if chance(rng, 0.2):
        start = None
    if chance(rng, 0.2):
        end = None
    if end is None and step < 0 and start is None:
        return L.Slice(dim=axis, step=step)
    return L.Slice(dim=axis, start=start, end=end, step=step)


def gather(rng: Random, x: At) -> Layer:
    axis = rng.randrange(1, len(x.shape))
    size = x.shape[axis]

    def index() -> int:
        return mostly(rng, rng.randrange(-size, size), size, 0.98)

    indices: Any = index() if chance(rng, 0.4) else tuple(index() for _ in range(rng.randint(1, 4)))
    return L.Gather(indices, dim=axis - mostly(rng, 0, len(x.shape)))


def tile(rng: Random, x: At) -> Layer:
    if chance(rng, 0.3):
        return L.Tile(rng.randint(1, 2))
    shorter = rng.randint(1, len(x.shape))
    return L.Tile(tuple(rng.randint(1, 2) for _ in range(mostly(rng, shorter, len(x.shape) + 1, 0.9))))


def roll(rng: Random, x: At) -> Layer:
    if chance(rng, 0.2):
        return L.Roll(rng.randint(-2, 2))
    dims = rng.sample(range(len(x.shape)), rng.randint(1, 2))
    return L.Roll(tuple(rng.randint(-2, 2) for _ in dims), dims=tuple(dims))


def cast(rng: Random, x: At) -> Layer:
    return L.Cast(mostly(rng, "float32", rng.choice(["float16", "float64", "bfloat16", "int64", "int32"]), 0.6))


def bit_cast(rng: Random, x: At) -> Layer:
    alike = [row for row in ALIKE if x.dtype in row]
    return L.BitCast(mostly(rng, rng.choice(alike[0] if alike else ALIKE[0]), "float32", 0.95))


ALIKE = (("int32", "float32"), ("int64", "float64"), ("int16", "float16", "bfloat16"), ("uint8", "int8", "bool"))


def triangle(rng: Random, x: At) -> Layer:
    return rng.choice([L.Tril, L.Triu])(diagonal=rng.choice([0, 0, 1, -1, 2]))


ARRANGE = (
    *(flatten,) * 3,
    *(reshape,) * 2,
    unflatten,
    *(permute,) * 2,
    transpose,
    *(ones,) * 3,
    *(split,) * 2,
    *(slice_,) * 2,
    gather,
    tile,
    roll,
    cast,
    bit_cast,
    triangle,
)
