"""The weights of Keras models: in their archives, in older files, and in models that are in memory."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from cnnshape.formats.keras.file import no_keras, opened
from cnnshape.formats.keras.hdf5 import Hdf5, Part
from cnnshape.formats.reading.records import Known

if TYPE_CHECKING:
    from cnnshape.layers.arrays import Array

__all__ = ["ArchiveWeights", "ObjectWeights", "Place", "Weights", "folders"]

_MEMBER = "model.weights.h5"
_CLASSES = {"GroupQueryAttention": "GroupedQueryAttention"}
"""Classes that are called otherwise where they are described."""
_LEAST = 2**26
_HEADER = 30
_MOST_PACKED = 20
"""Weights that are packed are unpacked in memory: so many bytes for each one of the file, where they are many."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a layer stands in its model.

    Parameters
    ----------
    names : of the models that it is in, from outside, and its own; attributes between them begin with a dot
    folder : what holds its weights in an archive
    inner : attributes that lead from it to the layer that it wraps
    """

    names: tuple[str, ...] = ()
    folder: str = ""
    inner: tuple[str, ...] = ()

    def within(self, layer: str, folder: str) -> Place:
        """Return where a layer of this model stands."""
        steps = (*self.names, *(f".{each}" for each in self.inner), layer)
        return Place(steps, "/".join(filter(None, (self.folder, *self.inner, "layers", folder))))

    def inside(self, attribute: str) -> Place:
        """Return where a layer stands that this one holds."""
        return Place(self.names, self.folder, (*self.inner, attribute))


class Weights(Protocol):
    """Where weights come from."""

    def known(self, place: Place, path: str) -> Known:
        """Return a weight of a layer; `path` is its number, behind the names of the parts that it stands in."""


def folders(layers: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return what holds the weights of each layer in an archive: it is called by its class, and numbered.

    Parameters
    ----------
    layers : (name, class) in their order

    Examples
    --------
    >>> folders([("first", "Conv2D"), ("second", "PReLU"), ("third", "Conv2D")])
    {'first': 'conv2d', 'second': 'p_re_lu', 'third': 'conv2d_1'}
    """
    found, used = {}, dict[str, int]()
    for name, kind in layers:
        kind = re.split(r"[.>]", kind)[-1]  # what is registered has the package in front
        plain = re.sub(r"\W+", "", _CLASSES.get(kind, kind))
        apart = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", plain)
        stem = re.sub("([a-z])([A-Z])", r"\1_\2", apart).lower()
        used[stem] = used.get(stem, -1) + 1
        found[name] = f"{stem}_{used[stem]}" if used[stem] else stem
    return found


class ArchiveWeights:
    """The weights in a `.keras` archive; it is opened when the first one is asked for."""

    def __init__(self, path: str) -> None:
        self.path = path

    @classmethod
    def of(cls, path: str) -> ArchiveWeights | None:
        """Return the weights of an archive, or None if it has none."""
        with opened(path) as archive:
            return cls(path) if _MEMBER in archive.namelist() else None

    def known(self, place: Place, path: str) -> Known:
        *parts, number = path.split("/")
        return Known((), "float32", partial(self._load, "/".join((place.folder, *place.inner, *parts, "vars", number))))

    def _load(self, path: str) -> Array:
        return self._file.array(path)

    @cached_property
    def _file(self) -> Hdf5:
        with opened(self.path) as archive:
            members = [each for each in archive.infolist() if each.filename == _MEMBER]
            if len(members) != 1:
                raise no_keras(f"{len(members)} members of the archive are called {_MEMBER}, not one", self.path)
            (member,) = members
            packed = member.compress_size
            if member.compress_type:
                if member.file_size > max(_LEAST, _MOST_PACKED * packed):
                    raise no_keras(f"{packed} bytes of weights unpack to {member.file_size}", self.path)
                with archive.open(member) as source:
                    content = source.read(member.file_size)
                return Hdf5(BytesIO(content), len(content), self.path)
        return Hdf5(Part(self.path, _start(self.path, member.header_offset), packed), packed, self.path)


def _start(path: str, header: int) -> int:
    """Return where the bytes of a member start: behind its header, whose last four bytes say how long its texts are."""
    with Path(path).open("rb") as file:
        file.seek(header)
        local = file.read(_HEADER)
    return header + _HEADER + sum(int.from_bytes(local[at : at + 2], "little") for at in (26, 28))


class ObjectWeights:
    """The weights of a model of Keras in memory."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def known(self, place: Place, path: str) -> Known:
        *parts, number = path.split("/")
        return Known((), "float32", partial(self._load, place, tuple(parts), int(number)))

    def _load(self, place: Place, parts: tuple[str, ...], number: int) -> Array:
        import numpy as np

        found = self.model
        try:
            for name in place.names:
                found = getattr(found, name[1:]) if name[0] == "." else found.get_layer(name)
            for part in (*place.inner, *parts):
                found = found[int(part)] if part.isdigit() else getattr(found, part)
            held = [*found._trainable_variables, *found._non_trainable_variables]
            return np.asarray(held[number].numpy())
        except (AttributeError, LookupError, TypeError, ValueError):
            where = "/".join((*place.names, *place.inner, *parts, str(number)))
            raise no_keras(f"it holds no weight {where!r}") from None
