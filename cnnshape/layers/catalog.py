"""Every layer of every family, looked up by class, by name in a design file, or by a framework's spelling."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType

from cnnshape.errors import DesignError
from cnnshape.layers import conv, io, merge, pad, pool, reduce, resample, reshape
from cnnshape.layers.base import Entry, Layer

__all__ = ["ENTRIES", "by_class", "find", "nearest_name"]

ENTRIES: tuple[Entry, ...] = (
    *conv.ENTRIES,
    *pool.ENTRIES,
    *resample.ENTRIES,
    *pad.ENTRIES,
    *merge.ENTRIES,
    *reshape.ENTRIES,
    *reduce.ENTRIES,
    *io.ENTRIES,
)

_RANK = re.compile(r"([123])d")


def _plain(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")


@cache
def by_class() -> Mapping[type[Layer], Entry]:
    """Return the entry of each layer class."""
    return MappingProxyType({entry.layer: entry for entry in ENTRIES})


@cache
def _names() -> Mapping[str, Entry]:
    names: dict[str, Entry] = {}
    for entry in ENTRIES:
        for name in (entry.name, entry.layer.__name__, *entry.aliases):
            known = names.setdefault(_plain(name), entry)
            assert known is entry, f"{name} names {known.name} and {entry.name}"
    return MappingProxyType(names)


def find(name: str) -> tuple[Entry, int | None]:
    """Return the entry that a name means, and the rank that the name states (``conv2d``: 2), if any.

    Raises
    ------
    DesignError
        CS111, if no layer has that name.
    """
    names, plain = _names(), _plain(name)
    if plain in names:
        return names[plain], None
    stated = _RANK.search(plain)
    if stated:
        entry = names.get(_RANK.sub("", plain, count=1))
        if entry is not None and "rank" in entry.layer.__dataclass_fields__:  # type: ignore[attr-defined]  # a dataclass
            return entry, int(stated[1])
    near = nearest_name(name)
    raise DesignError(
        f"there is no layer {name!r}",
        code="CS111",
        got=name,
        rule="a layer has PyTorch's name without the rank: conv, max_pool, batch_norm, linear, relu, ...",
        fix=f"did you mean {near}?" if near else "list the layers with `cnnshape schema`",
    )


def nearest_name(name: str) -> str | None:
    """Return the layer name that is spelled most like `name`, if one is close."""
    plain = _RANK.sub("", _plain(name), count=1)
    near = get_close_matches(plain, _names(), 1, 0.6)
    return _names()[near[0]].name if near else None
