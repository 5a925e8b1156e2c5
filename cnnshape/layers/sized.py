"""Layers whose arguments are formulas: their symbols, the layer at numbers, and what the numbers must be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from cnnshape.layers.base import Context, Layer
from cnnshape.layers.demands import fits
from cnnshape.layers.fields import KINDS
from cnnshape.symbolic import Dim, Size, subs, symbols, text

__all__ = ["demand_sizes", "put", "symbols_of"]


def symbols_of(layer: Layer) -> tuple[str, ...]:
    """Return the symbols in a layer's arguments, in order (remembered).

    Examples
    --------
    >>> from cnnshape.layers import Conv
    >>> from cnnshape.symbolic import dim
    >>> symbols_of(Conv(2 * dim("C"), kernel_size=3)), symbols_of(Conv(8, kernel_size=3))
    (('C',), ())
    """
    found: tuple[str, ...] | None = layer.__dict__.get("_symbols")
    if found is None:
        found = tuple(dict.fromkeys(name for size in _formulas(layer._key) for name in sorted(symbols(size))))
        layer.__dict__["_symbols"] = found
    return found


def put(layer: Layer, sizes: Mapping[str, Size]) -> Layer:
    """Return the layer with sizes in the place of symbols in its arguments.

    Raises
    ------
    ArgumentError
        CS401, if an argument is no longer one that the layer takes.

    Examples
    --------
    >>> from cnnshape.layers import Conv
    >>> from cnnshape.symbolic import dim
    >>> put(Conv(2 * dim("C"), kernel_size=3), {"C": 16})
    Conv(32, kernel_size=3)
    """
    if sizes.keys().isdisjoint(symbols_of(layer)):
        return layer
    return type(layer)(**{f.name: _put(getattr(layer, f.name), sizes) for f in fields(layer)})  # type: ignore[arg-type]  # a dataclass


def demand_sizes(layer: Layer, ctx: Context) -> None:
    """Demand of formulas in arguments what numbers there must be, such as at least 1."""
    for f in fields(layer):  # type: ignore[arg-type]  # a dataclass
        least = KINDS[f.type.partition(" | ")[0]].least
        if least is None:
            continue
        for size in _formulas(getattr(layer, f.name)):
            fits(ctx, size, least, f"{f.name}: {text(size)}")


def _formulas(value: Any) -> Iterator[Dim]:
    if isinstance(value, Dim):
        yield value
    elif isinstance(value, tuple):
        for entry in value:
            yield from _formulas(entry)


def _put(value: Any, sizes: Mapping[str, Size]) -> Any:
    if isinstance(value, Dim):
        return subs(value, sizes)
    return tuple([_put(entry, sizes) for entry in value]) if isinstance(value, tuple) else value
