"""Layers that choose and place by position: tensors, and whole numbers that fit them, or now and then do not."""

from __future__ import annotations

import cnnshape.layers as L
from cnnshape.graph.build import Constant
from cnnshape.symbolic import Size
from tests.random_networks.draw import At, chance, mostly
from tests.random_networks.growth import Growth, Unfit

__all__ = ["POSITIONS"]

REDUCTIONS = ["none", "add", "mul", "max", "min"]


def given(growth: Growth, shape: list[Size], dtype: str = "") -> At:
    """Give a tensor of a shape; whole numbers by default."""
    return growth.give(Constant("", shape, dtype=dtype or growth.rng.choice(["int64", "int32"])))


def some(growth: Growth, least: int) -> At:
    return growth.pick(lambda x: x.is_float and least <= len(x.shape) <= 5)


def taken(growth: Growth, x: At) -> tuple[int, list[Size]]:
    """Draw an axis, and a shape that is as long as that of a tensor on the others, or shorter."""
    rng = growth.rng
    axis = rng.randrange(len(x.shape))
    shape = [size if chance(rng, 0.8) else rng.randint(1, 3) for size in x.formulas.shape]
    shape[axis] = rng.randint(1, 5)
    return axis - mostly(rng, 0, len(x.shape)), shape


def elements(growth: Growth) -> None:
    """Elements along an axis, chosen or placed."""
    rng, x = growth.rng, some(growth, 1)
    axis, shape = taken(growth, x)
    indices = given(growth, shape, mostly(rng, "", "float32", 0.97))
    if chance(rng, 0.5):
        growth.put(L.GatherElements(dim=axis), x, indices)
        return
    if chance(rng, 0.05):
        shape[0] = 7
    updates = given(growth, shape, x.dtype)
    growth.put(L.ScatterElements(dim=axis, reduction=rng.choice(REDUCTIONS)), x, indices, updates)


def lists(growth: Growth) -> None:
    """Parts of a tensor, chosen or placed by lists of positions."""
    rng, x = growth.rng, some(growth, 2)
    batch = rng.randrange(len(x.shape) - 1) if chance(rng, 0.4) else 0
    count = mostly(rng, rng.randint(1, len(x.shape) - batch), len(x.shape) + 1, 0.97)
    between: list[Size] = [rng.randint(1, 4) for _ in range(rng.randint(0, 2))]
    if batch or chance(rng, 0.4):
        common = list(x.formulas.shape[:batch])
        growth.put(L.GatherND(batch_dims=batch), x, given(growth, [*common, *between, count]))
        return
    rest = list(x.formulas.shape[count:])
    if chance(rng, 0.05):
        rest.append(2)
    indices, updates = given(growth, [*between, count]), given(growth, [*between, *rest], x.dtype)
    growth.put(L.ScatterND(reduction=rng.choice(REDUCTIONS)), x, indices, updates)


def sequences(growth: Growth) -> None:
    """A cache that is written, and sequences that are turned around."""
    rng, x = growth.rng, some(growth, 2)
    dims = len(x.shape)
    lengths = given(growth, [mostly(rng, x.formulas.shape[0], 3, 0.95)])
    axis = rng.randrange(1, dims)
    if chance(rng, 0.4):
        batch, time = (0, axis) if chance(rng, 0.6) else (axis, 0)
        lengths = given(growth, [x.formulas.shape[batch]]) if batch else lengths
        growth.put(L.ReverseSequence(batch_dim=batch, time_dim=time - mostly(rng, 0, dims)), x, lengths)
        return
    shape = list(x.formulas.shape)
    shape[axis] = rng.randint(1, x.shape[axis] + chance(rng, 0.05))
    layer = L.TensorScatter(dim=mostly(rng, axis, 0, 0.97), mode=rng.choice(["linear", "circular"]))
    update = given(growth, shape, x.dtype)
    growth.put(layer, x, update, *([lengths] if chance(rng, 0.6) else []))


def ranked(growth: Growth) -> None:
    """The largest elements of an axis, their places, and these as vectors."""
    rng, x = growth.rng, some(growth, 1)
    axis = rng.randrange(len(x.shape))
    layer = L.TopK(
        rng.randint(1, x.shape[axis] + chance(rng, 0.05)),
        dim=axis - mostly(rng, 0, len(x.shape)),
        largest=chance(rng, 0.6),
        sorted=chance(rng, 0.7),
    )
    growth.put(layer, x)


def vectors(growth: Growth) -> None:
    rng, x = growth.rng, growth.any(lambda x: len(x.shape) < 5)
    if x.is_float and chance(rng, 0.97):
        raise Unfit
    dims = len(x.shape)
    layer = L.OneHot(
        rng.randint(1, 6),
        dim=rng.randint(-dims - 1, dims),
        off_value=rng.choice([0, -1]),
        on_value=rng.choice([1, 2]),
        dtype=rng.choice(["int64", "float32", "float32", "int32"]),
    )
    growth.put(layer, x)


POSITIONS = (*(elements,) * 2, *(lists,) * 2, *(sequences,) * 2, *(ranked,) * 2, *(vectors,) * 2)
