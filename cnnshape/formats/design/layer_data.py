"""A layer as a design file says it: its name, and the arguments that differ from their defaults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields
from fractions import Fraction
from typing import Any

from cnnshape.formats.design.entry_faults import takes_many
from cnnshape.formats.design.entry_reader import bare_field
from cnnshape.layers import catalog
from cnnshape.layers.base import Layer
from cnnshape.symbolic import Dim, symbols, text

__all__ = ["layer_data", "symbols_in", "value_data"]


def layer_data(layer: Layer) -> tuple[str, Any]:
    """Return the name and what follows its colon: None, one bare value, or a mapping.

    Examples
    --------
    >>> from cnnshape.layers.conv import Conv
    >>> layer_data(Conv(8, kernel_size=3, rank=2))
    ('conv2d', {'out_channels': 8, 'kernel_size': 3})
    """
    cls = type(layer)
    name = catalog.by_class()[cls].name
    values: dict[str, Any] = {}
    for f in fields(layer):  # type: ignore[arg-type]  # a dataclass
        value = getattr(layer, f.name)
        default = f.default if f.default_factory is MISSING else f.default_factory()
        if default is MISSING or value != default:
            values[f.name] = value_data(value)
    rank = values.get("rank")
    if rank is not None and _states_rank(f"{name}{rank}d", cls, rank):
        name = f"{name}{rank}d"
        del values["rank"]
    if not values:
        return name, None
    bare = bare_field(cls)
    if bare is not None and list(values) == [bare] and _can_be_bare(values[bare], takes_many(cls)):
        return name, values[bare]
    return name, values


def _states_rank(name: str, cls: type[Layer], rank: int) -> bool:
    found = catalog.lookup(name)
    return found is not None and found[0].layer is cls and found[1] == rank


def _can_be_bare(value: Any, many: bool) -> bool:
    """Say whether a value after the colon is read as the first argument: a list may be taken for inputs."""
    if isinstance(value, list):
        return not many or all(isinstance(entry, (int, float)) for entry in value)
    return value is not None


def value_data(value: Any) -> Any:
    """Return an argument as plain data; a formula is its text."""
    if isinstance(value, Dim):
        return text(value)
    if isinstance(value, (tuple, list)):
        return [value_data(entry) for entry in value]
    if isinstance(value, Fraction):
        if value.denominator == 1:
            return value.numerator
        decimal = str(float(value))
        exact = "e" not in decimal and len(decimal) < 12 and Fraction(decimal) == value
        return float(decimal) if exact else f"{value.numerator}/{value.denominator}"
    return value


def symbols_in(layer: Layer) -> list[str]:
    """Return the symbols in a layer's arguments, in order."""
    found: dict[str, None] = {}
    for f in fields(layer):  # type: ignore[arg-type]  # a dataclass
        for size in _sizes(getattr(layer, f.name)):
            found.update(dict.fromkeys(sorted(symbols(size))))
    return list(found)


def _sizes(value: Any) -> Iterator[Dim]:
    if isinstance(value, Dim):
        yield value
    elif isinstance(value, tuple):
        for entry in value:
            yield from _sizes(entry)
