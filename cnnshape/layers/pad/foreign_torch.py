"""Padding in PyTorch."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.base import Layer
from cnnshape.layers.foreign import Made
from cnnshape.layers.foreign_torch import Called, Module, calls, modules, ranks, table
from cnnshape.layers.pad.spec import Pad

__all__ = ["TABLE"]


def _pad(rank: int, flat: Any, mode: str, value: Any) -> Layer:
    """Read pairs that begin with the last axis."""
    pairs = [(flat[i], flat[i + 1]) for i in range(0, len(flat), 2)][::-1]
    axes = tuple(range(rank - len(pairs), rank))
    return Pad(tuple(pairs), mode=mode, value=value or 0, axes=axes)


def _function(c: Called) -> Layer | Made:
    if all(isinstance(end, int) and end == 0 for end in c.pad):
        return c.at
    return _pad(c.rank, c.pad, c.mode, c.value)


def _module(mode: str) -> Any:
    def make(m: Module) -> Layer:
        value = getattr(m, "value", 0) if mode == "constant" else 0
        return _pad(m.op.rank(m.inputs[0]), m.padding, mode, value)

    return lambda _: modules(make, Pad)


TABLE = table(
    {"pad": calls("x pad mode='constant' value=None", _function, Pad)},
    ranks("ZeroPad{}d", _module("constant")),
    ranks("ConstantPad{}d", _module("constant")),
    ranks("ReflectionPad{}d", _module("reflect")),
    ranks("ReplicationPad{}d", _module("replicate")),
    ranks("CircularPad{}d", _module("circular")),
)
