"""Moves that compare tensors, join answers, choose by them, and join the bits of whole numbers."""

from __future__ import annotations

from collections.abc import Callable

import cnnshape.layers as L
from cnnshape.layers.base import Layer
from tests.random_networks.draw import At, chance, mostly
from tests.random_networks.growth import Growth, Unfit

__all__ = ["QUESTIONS"]

RELATIONS = ["less", "less_equal", "greater", "greater_equal", "equal", "not_equal"]


def whole(x: At) -> bool:
    return "int" in x.dtype


def answer(x: At) -> bool:
    return x.dtype == "bool"


def fitting(growth: Growth, layer: Layer, wants: Callable[[At], bool]) -> At:
    """Put a layer of two inputs on such as fit."""
    for _ in range(8):
        try:
            return growth.one(layer, growth.any(wants), growth.any(wants))
        except Unfit:
            continue
    raise Unfit


def compared(growth: Growth) -> At:
    """What holds between two tensors, or of one."""
    rng = growth.rng
    kind = rng.randrange(4)
    if kind < 2:
        return fitting(growth, L.Compare(rng.choice(RELATIONS)), lambda x: True)
    x = growth.pick(lambda x: x.is_float)
    return growth.one(L.IsNaN() if kind == 2 else L.IsInf(sign=rng.choice(["both", "positive", "negative"])), x)


def joined(growth: Growth) -> None:
    """Answers, or numbers as answers, joined or turned over."""
    rng = growth.rng
    first = compared(growth)
    if chance(rng, 0.4):
        growth.put(L.LogicalNot(), mostly(rng, first, growth.any(lambda x: True)))
        return
    operation = rng.choice(["and", "or", "xor"])
    second = growth.any(lambda x: x.shape == first.shape or not x.shape)
    growth.put(L.Logical(operation), *mostly(rng, (first, second), (second, first)))


def chosen(growth: Growth) -> None:
    """The elements of one tensor or another."""
    rng, condition = growth.rng, compared(growth)
    condition = mostly(rng, condition, growth.any(lambda x: True), 0.97)
    pair = [growth.any(lambda x: x.shape[-1:] == condition.shape[-1:]) for _ in range(2)]
    growth.put(L.Where(), condition, *pair)


def numbered(growth: Growth) -> None:
    """Answers as numbers."""
    growth.put(L.Cast(growth.rng.choice(["float32", "float32", "int64", "uint8"])), compared(growth))


def bits(growth: Growth) -> None:
    """The bits of whole numbers, or of answers."""
    rng = growth.rng
    kind = rng.randrange(3)
    if kind == 0:
        x = growth.any(whole)
    elif kind == 1:
        x = compared(growth)
    else:
        x = growth.one(L.Cast(rng.choice(["int32", "uint8", "int64"])), growth.pick(lambda x: True))
    if chance(rng, 0.3):
        growth.put(L.BitwiseNot(), x)
        return
    joins = ["and", "or", "xor"] if answer(x) else ["and", "or", "xor", "left_shift", "right_shift"]
    other = growth.any(lambda y: whole(y) or answer(y) or chance(rng, 0.02))
    growth.put(L.Bitwise(mostly(rng, rng.choice(joins), "left_shift", 0.97)), x, mostly(rng, other, x, 0.4))


QUESTIONS = (*(joined,) * 3, *(chosen,) * 3, numbered, *(bits,) * 4)
