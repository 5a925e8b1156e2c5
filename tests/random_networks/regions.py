"""Layers whose windows lie where data says, with inputs that say it."""

from __future__ import annotations

import cnnshape.layers as L
from cnnshape.graph.build import Constant
from tests.random_networks.draw import At, axes, chance, divisor, mostly, padding, stated, word_or
from tests.random_networks.growth import Growth, Unfit

__all__ = ["REGIONS"]


def is_map(x: At) -> bool:
    return x.is_float and 3 <= len(x.shape) <= 5


def moved_taps(growth: Growth) -> None:
    """A convolution whose offsets another one gives."""
    rng, x = growth.rng, growth.pick(is_map)
    rank = len(x.shape) - 2
    sliding = {
        "kernel_size": axes(rng, rank, 1, 2 if rank == 3 else 3),
        "stride": axes(rng, rank, 1, 2),
        "padding": word_or(rng, ["same_upper", "same_lower", "valid"], padding(rng, rank, 1)),
        "dilation": axes(rng, rank, 1, 2),
    }
    kernel = sliding["kernel_size"]
    taps = 1
    for size in kernel if isinstance(kernel, tuple) else (kernel,) * rank:
        taps *= size
    apart = divisor(rng, x.shape[1])
    moves = [
        growth.one(L.Conv(count + chance(rng, 0.02), **sliding), x)
        for count in (apart * taps * rank, *([apart * taps] if chance(rng, 0.4) else []))
    ]
    groups = divisor(rng, x.shape[1])
    layer = L.DeformConv(
        groups * rng.randint(1, 3),
        **sliding,
        groups=groups,
        offset_groups=apart,
        bias=chance(rng, 0.6),
        in_channels=stated(rng, x.shape[1]),
        rank=rank if chance(rng, 0.3) else None,
    )
    growth.put(layer, x, *moves)


def of_interest(growth: Growth) -> None:
    rng, x = growth.rng, growth.pick(lambda x: x.is_float and len(x.shape) == 4)
    count, size = rng.randint(1, 4), axes(rng, 2, 1, 3)
    regions = growth.give(Constant("", [count, mostly(rng, 4, 5, 0.97)]))
    images = growth.give(Constant("", [count], dtype="int64"))
    if chance(rng, 0.5):
        growth.put(L.RoIPool(size, spatial_scale=rng.choice([1.0, 0.5])), x, regions, images)
        return
    layer = L.RoIAlign(
        size,
        spatial_scale=rng.choice([1.0, 0.5]),
        sampling_ratio=rng.choice([-1, 2]),
        aligned=chance(rng, 0.5),
        mode=rng.choice(["avg", "max"]),
    )
    growth.put(layer, x, regions, images)


def affine(growth: Growth) -> None:
    """A map read through a grid, as a spatial transformer does."""
    rng, x = growth.rng, growth.pick(lambda x: x.is_float and len(x.shape) in (4, 5))
    rank = len(x.shape) - 2
    if not x.formulas.shape:
        raise Unfit
    maps = growth.give(Constant("", [x.formulas.shape[0], rank, rank + 1]))
    size = rng.choice([tuple(rng.randint(1, 5) for _ in range(rank)), rng.randint(1, 4)])
    grid = growth.one(L.AffineGrid(size, align_corners=chance(rng, 0.4)), maps)
    if chance(rng, 0.4):
        growth.put(L.GridSample(), x, grid)


REGIONS = (*(moved_taps,) * 2, *(of_interest,) * 2, affine)
