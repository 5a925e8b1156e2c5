"""Numbers as small integers and back, and products of these."""

from __future__ import annotations

import cnnshape.layers as L
from cnnshape.graph.build import Constant
from cnnshape.symbolic import Size
from tests.random_networks.draw import At, axes, chance, divisor, mostly, padding, word_or
from tests.random_networks.growth import Growth

__all__ = ["QUANTIZED"]

TYPES = ["uint8", "int8"]


def given(growth: Growth, shape: list[Size], dtype: str) -> At:
    return growth.give(Constant("", shape, dtype=dtype))


def side(growth: Growth, x: At) -> list[Size]:
    """Draw the shape of a scale: one number, or one for each position of an axis; now and then it does not fit."""
    rng, dims = growth.rng, len(x.shape)
    if chance(rng, 0.5) or dims == 0:
        return []
    axis = rng.randrange(dims)
    size: Size = mostly(rng, x.formulas.shape[axis], 7, 0.95)
    return [size, *(1,) * (dims - 1 - axis)]


def there_and_back(growth: Growth) -> None:
    """A tensor of numbers as integers, and as numbers again."""
    rng, x = growth.rng, growth.pick(lambda x: x.is_float and 1 <= len(x.shape) <= 5)
    blocks, axis = rng.choice([0, 0, 2, 3]), rng.randrange(len(x.shape)) - mostly(rng, 0, len(x.shape))
    shape = side(growth, x)
    if blocks:
        shape = list(growth.one(L.Slice(dim=axis, step=blocks), x).formulas.shape)
    dtype = rng.choice([*TYPES, "int16"])
    scale = given(growth, shape, "float32")
    zero = [given(growth, shape, mostly(rng, dtype, "float32", 0.97))] if chance(rng, 0.5) else []
    more = {"axis": axis, "block_size": blocks} if blocks else {}
    held = growth.one(L.QuantizeLinear(dtype=dtype, **more), x, scale, *zero)
    growth.put(L.DequantizeLinear(dtype=rng.choice([None, None, "float32", "float64"]), **more), held, scale, *zero)


def range_of(growth: Growth) -> None:
    growth.put(L.DynamicQuantizeLinear(), growth.pick(lambda x: x.is_float))


def convolved(growth: Growth) -> None:
    """A convolution of integers, and its sums as numbers."""
    rng, x = growth.rng, growth.pick(lambda x: x.is_float and 3 <= len(x.shape) <= 5)
    scale = given(growth, [], "float32")
    held = growth.one(L.QuantizeLinear(dtype=rng.choice(TYPES)), x, scale)
    groups, kernel = divisor(rng, x.shape[1]) if chance(rng, 0.4) else 1, axes(rng, x.rank, 1, 3)
    size = kernel if isinstance(kernel, tuple) else (kernel,) * x.rank
    out = groups * rng.randint(1, 3)
    w = given(growth, [out, x.shape[1] // groups + mostly(rng, 0, 1, 0.97), *size], "int8")
    points = [given(growth, [], held.dtype), given(growth, [out, *(1,) * (x.rank + 1)], "int8")][: rng.randint(0, 2)]
    layer = L.ConvInteger(
        kernel,
        stride=axes(rng, x.rank, 1, 2) if chance(rng, 0.4) else 1,
        padding=word_or(rng, ["valid", "same_upper", "same_lower"], padding(rng, x.rank, 2)),
        dilation=axes(rng, x.rank, 1, 2) if chance(rng, 0.3) else 1,
        groups=groups,
        rank=x.rank if chance(rng, 0.3) else None,
    )
    growth.put(L.DequantizeLinear(), growth.one(layer, held, w, *points), scale)


def multiplied(growth: Growth) -> None:
    """A matrix product of integers, and its sums as numbers."""
    rng, x = growth.rng, growth.pick(lambda x: x.is_float and 2 <= len(x.shape) <= 4)
    scale = given(growth, [], "float32")
    held = growth.one(L.QuantizeLinear(dtype="uint8"), x, scale)
    width = rng.randint(1, 5)
    w = given(growth, [mostly(rng, x.formulas.shape[-1], 9, 0.97), width], "int8")
    points = [given(growth, [], "uint8"), given(growth, [width], "int8")][: rng.randint(0, 2)]
    growth.put(L.DequantizeLinear(), growth.one(L.MatMulInteger(), held, w, *points), scale)


QUANTIZED = (there_and_back, there_and_back, range_of, convolved, multiplied)
