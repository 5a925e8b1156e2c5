"""Every layer of every family, looked up by class, by name in a design file, or by a framework's spelling."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnshape.errors import DesignError
from cnnshape.layers import (
    activation,
    attention,
    conv,
    index,
    io,
    linear,
    logic,
    merge,
    norm,
    pad,
    pool,
    quantize,
    recurrent,
    reduce,
    region,
    regularize,
    resample,
    reshape,
)
from cnnshape.layers.base import Entry, Layer

if TYPE_CHECKING:
    from cnnshape.layers.arrays import Kernel
    from cnnshape.layers.foreign import Row, Table
    from cnnshape.layers.foreign_out import Writer

__all__ = [
    "ENTRIES",
    "StatedRank",
    "by_class",
    "class_names",
    "find",
    "foreign_names",
    "foreign_of",
    "kernel_of",
    "lookup",
    "named",
    "nearest_class",
    "nearest_name",
    "source_of",
    "written_as",
]

ENTRIES: tuple[Entry, ...] = (
    *conv.ENTRIES,
    *pool.ENTRIES,
    *resample.ENTRIES,
    *pad.ENTRIES,
    *linear.ENTRIES,
    *norm.ENTRIES,
    *activation.ENTRIES,
    *merge.ENTRIES,
    *logic.ENTRIES,
    *reshape.ENTRIES,
    *index.ENTRIES,
    *region.ENTRIES,
    *reduce.ENTRIES,
    *regularize.ENTRIES,
    *attention.ENTRIES,
    *recurrent.ENTRIES,
    *quantize.ENTRIES,
    *io.ENTRIES,
)

_RANK = re.compile(r"([123])d")
_RANKS = (1, 2, 3)


class StatedRank:
    """A layer class whose inputs must have a stated number of space axes: `layers.Conv2d`.

    Parameters
    ----------
    layer : the class, one with an argument `rank`
    rank : 1, 2 or 3

    Examples
    --------
    >>> from cnnshape.layers import Conv2d
    >>> Conv2d(64, kernel_size=7)
    Conv(64, kernel_size=7, rank=2)
    """

    def __init__(self, layer: type[Layer], rank: int) -> None:
        self.layer = layer
        self.rank = rank
        self.__name__ = f"{layer.__name__}{rank}d"
        self.__doc__ = layer.__doc__

    def __call__(self, *args: Any, **kwargs: Any) -> Layer:
        return self.layer(*args, rank=self.rank, **kwargs)

    def __repr__(self) -> str:
        return self.__name__


def _plain(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")


@cache
def by_class() -> Mapping[type[Layer], Entry]:
    """Return the entry of each layer class."""
    return MappingProxyType({entry.layer: entry for entry in ENTRIES})


def kernel_of(layer: type[Layer]) -> Kernel | None:
    """Return the function that computes a layer on arrays (see `layers.arrays`).

    None for Input and Constant: their values are not computed, whoever runs the network gives them.
    """
    place = by_class()[layer].kernel
    if not place:
        return None
    return _kernel(layer.__module__.rpartition(".")[0], place)


@cache
def _kernel(family: str, place: str) -> Kernel:
    module, _, name = place.partition(":")
    found: Kernel = getattr(import_module(module, family), name)
    return found


def foreign_of(system: str, operator: str) -> Row | None:
    """Return how an operator of another system, such as ("onnx", "Conv"), becomes layers (see `layers.foreign`)."""
    return _rows(system).get((system, operator))


def foreign_names(system: str) -> tuple[str, ...]:
    """Return the operators of another system that some row reads."""
    return tuple(sorted(name for owner, name in _rows(system) if owner == system))


def written_as(system: str, layer: type[Layer]) -> Writer | None:
    """Return how a layer becomes operators of another system, such as "onnx" (see `layers.foreign_out`)."""
    family = _family(layer)
    place: str = getattr(import_module(family), "WRITTEN", "")
    return _table(family, place).get((system, layer)) if place else None


def source_of(system: str, layer: type[Layer]) -> Any:
    """Return how a layer is written as source code for a system, such as "torch" (see `layers.source`), or None."""
    family = _family(layer)
    place: str = getattr(import_module(family), f"SOURCE_{system.upper()}", "")
    return _table(family, place).get(layer) if place else None


def _family(layer: type[Layer]) -> str:
    return layer.__module__.rpartition(".")[0]


@cache
def _table(family: str, place: str) -> Mapping[Any, Any]:
    module, _, name = place.partition(":")
    found: Mapping[Any, Any] = getattr(import_module(module, family), name)
    return found


@cache
def _foreign() -> Table:
    places = {(_family(entry.layer), entry.foreign) for entry in ENTRIES if entry.foreign}
    rows: dict[tuple[str, str], Row] = {}
    for family, place in sorted(places):
        table: Table = _table(family, place)
        assert not rows.keys() & table.keys(), "an operator is read in one place"
        rows.update(table)
    return MappingProxyType(rows)


@cache
def _alone(system: str) -> Table:
    """Return the rows of a system that stand in tables of their own, which nobody else needs to load."""
    rows: dict[tuple[str, str], Row] = {}
    for family in sorted({_family(entry.layer) for entry in ENTRIES}):
        if place := getattr(import_module(family), f"READ_{system.upper()}", ""):
            table: Table = _table(family, place)
            assert not rows.keys() & table.keys(), "an operator is read in one place"
            rows.update(table)
    return MappingProxyType(rows)


@cache
def _of_keras() -> Table:
    assert not _alone("keras").keys() & _foreign().keys(), "an operator is read in one place"
    return MappingProxyType({**_foreign(), **_alone("keras")})


def _rows(system: str) -> Table:
    if system == "keras":
        return _of_keras()
    return _alone("torch") if system == "torch" else _foreign()


@cache
def _names() -> Mapping[str, Entry]:
    names: dict[str, Entry] = {}
    for entry in ENTRIES:
        for name in (entry.name, entry.layer.__name__, *entry.aliases):
            known = names.setdefault(_plain(name), entry)
            assert known is entry, f"{name} names {known.name} and {entry.name}"
    return MappingProxyType(names)


def lookup(name: str) -> tuple[Entry, int | None] | None:
    """Return the entry that a name means and the rank that it states (``conv2d``: 2), if any; None for no layer."""
    names, plain = _names(), _plain(name)
    if plain in names:
        return names[plain], None
    stated = _RANK.search(plain)
    if stated:
        entry = names.get(_RANK.sub("", plain, count=1))
        if entry is not None and _takes_rank(entry.layer):
            return entry, int(stated[1])
    return None


def find(name: str) -> tuple[Entry, int | None]:
    """Return what `lookup` does, or raise the error that knows the nearest name.

    Raises
    ------
    DesignError
        CS111, if no layer has that name.
    """
    if found := lookup(name):
        return found
    near = nearest_name(name)
    raise DesignError(
        f"there is no layer {name!r}",
        code="CS111",
        got=name,
        rule="a layer has PyTorch's name without the rank: conv, max_pool, batch_norm, linear, relu, ...",
        fix=f"did you mean {near}?" if near else "`cnnshape schema --layers` lists the names",
    )


def nearest_name(name: str) -> str | None:
    """Return the layer name that is spelled most like `name`, if one is close."""
    plain = _RANK.sub("", _plain(name), count=1)
    # Below 0.72 it is a guess (residual is no reduce_l2); of short words, the first letter is rarely the wrong one.
    near = [name for name in get_close_matches(plain, _names(), 3, 0.72) if name[0] == plain[0]]
    near = near or get_close_matches(plain, _names(), 1, 0.85)
    return _names()[near[0]].name if near else None


@cache
def _classes() -> Mapping[str, type[Layer] | StatedRank]:
    classes: dict[str, type[Layer] | StatedRank] = {cls.__name__: cls for cls in by_class()}
    stated = [StatedRank(cls, rank) for cls in by_class() if _takes_rank(cls) for rank in _RANKS]
    return MappingProxyType(classes | {maker.__name__: maker for maker in stated})


def _takes_rank(cls: type[Layer]) -> bool:
    return any(f.name == "rank" for f in fields(cls))  # type: ignore[arg-type]  # a dataclass


def class_names() -> tuple[str, ...]:
    """Return the names that `cnnshape.layers` offers: every class, and those with their rank stated."""
    return tuple(_classes())


def named(name: str) -> type[Layer] | StatedRank | None:
    """Return the layer class of that name, or what makes it with its rank stated, or None."""
    return _classes().get(name)


def nearest_class(name: str) -> str | None:
    """Return the class name that means the same, or is spelled most like `name`, if one is close."""
    plain = _plain(name)
    if plain in _names():
        return _names()[plain].layer.__name__
    classes = {known.casefold(): known for known in _classes()}
    near = get_close_matches(plain, classes, 1, 0.6)
    return classes[near[0]] if near else None
