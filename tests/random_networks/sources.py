"""Moves with tensors that follow from sizes alone, and with filters that are tensors of the network."""

from __future__ import annotations

import cnnshape.layers as L
from cnnshape.graph.build import Parameter, source
from cnnshape.symbolic import Dim
from tests.random_networks.draw import axes, chance, mostly, padding
from tests.random_networks.growth import Growth, Unfit

__all__ = ["SOURCES"]


def filled(growth: Growth) -> None:
    """A tensor that is one number everywhere joins another."""
    rng, x = growth.rng, growth.pick(lambda x: x.is_float and len(x.shape) > 1)
    shape = (1, *(mostly(rng, size, 1, 0.6) for size in x.formulas.shape[1:]))
    dtype = mostly(rng, "float32", rng.choice(["float64", "float16"]), 0.7)
    full = growth.give(source(L.Full(shape, value=rng.choice([0.0, 0.5, 2.0]), dtype=dtype)))
    growth.put(rng.choice([L.Add(), L.Multiply()]), x, full)


def counted(growth: Growth) -> None:
    """A coordinate for each position of the last axis joins a tensor."""
    rng, x = growth.rng, growth.pick(lambda x: x.is_float and bool(x.shape))
    size, start, step = x.formulas.shape[-1], rng.choice([0, 0, 1, -3]), rng.choice([1, 1, 2, -1])
    dtype = rng.choice(["float32", "float64", "int64"])
    numbers = growth.give(source(L.Arange(start + size * step, start=start, step=step, dtype=dtype)))
    if numbers.dtype == "int64":
        numbers = growth.one(L.Cast("float32"), numbers)
    growth.put(L.Add(), x, numbers)


def measured(growth: Growth) -> None:
    """A size of a map scales it."""
    rng, x = growth.rng, growth.pick(lambda x: x.is_float and len(x.shape) > 1)
    size = rng.choice(x.formulas.shape[1:])
    shape = rng.choice([None, (), (1, 1)])
    dtype = rng.choice(["float32", "int64"])
    sizes = growth.give(source(L.SizeTensor((size,), shape=shape, dtype=dtype)))
    if sizes.dtype == "int64":
        sizes = growth.one(L.Cast("float32"), sizes)
    growth.put(L.Divide(), x, sizes)


def with_filters(growth: Growth) -> None:
    """A convolution whose filters are a learned tensor, standardized first."""
    rng, x = growth.rng, growth.pick(lambda x: x.dtype == "float32" and 3 <= len(x.shape) <= 5)
    c_in = x.formulas.shape[1]
    if isinstance(c_in, Dim):
        raise Unfit
    groups = mostly(rng, 1, c_in)
    out = groups * rng.randint(1, 3)
    kernel = [rng.randint(1, 3) for _ in range(x.rank)]
    filters = growth.give(Parameter("", [out, c_in // groups, *kernel]))
    if chance(rng, 0.5):
        filters = growth.one(
            L.Subtract(), filters, growth.one(L.ReduceMean(tuple(range(1, x.rank + 2)), keepdim=True), filters)
        )
    biases = [growth.give(Parameter("", [out]))] if chance(rng, 0.5) else []
    layer = L.ConvWithFilters(
        stride=axes(rng, x.rank, 1, 2),
        padding=padding(rng, x.rank, 1),
        dilation=axes(rng, x.rank, 1, 2),
        groups=groups,
    )
    growth.put(layer, x, filters, *biases)


SOURCES = (*(filled,) * 2, *(counted,) * 2, *(measured,) * 2, *(with_filters,) * 3)
