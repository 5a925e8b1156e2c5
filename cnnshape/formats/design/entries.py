"""What the lists of a design file say, entry by entry, before anything is expanded.

Every entry of every definition is read, used or not, so that a slip is found where it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from cnnshape.formats.design.tree import Scalar, Tree
from cnnshape.layers.base import Entry as CatalogEntry

__all__ = [
    "BESIDE",
    "RESERVED",
    "Argument",
    "Body",
    "Call",
    "Definition",
    "LayerCall",
    "Source",
    "Use",
    "What",
    "WordCall",
]

BESIDE = ("name", "inputs", "repeat", "share", "frozen", "scope")
"""What stands beside a layer in an entry."""

RESERVED = ("input", "previous", "last")
"""Names of tensors that mean a place instead of a layer."""


class Argument(NamedTuple):
    """An argument of a layer.

    Parameters
    ----------
    field : the layer's name of it
    written : the file's name of it
    tree : its value
    """

    field: str
    written: str
    tree: Tree


class LayerCall(NamedTuple):
    """A layer.

    Parameters
    ----------
    entry : the catalogue's line
    rank : the rank that the name states, or None
    arguments : in the file's order
    keras : bool, whether it is written in Keras's words
    word : the name as written
    """

    entry: CatalogEntry
    rank: int | None
    arguments: tuple[Argument, ...]
    keras: bool
    word: Scalar


class Call(NamedTuple):
    """A definition with its arguments."""

    name: str
    arguments: Mapping[str, Tree]
    word: Scalar


class WordCall(NamedTuple):
    """A layer or definition whose name is an argument."""

    word: Scalar


class Body(NamedTuple):
    """A list of entries.

    Parameters
    ----------
    uses : the entries
    names : names that they state, so that none is given automatically
    tree : where it stands
    """

    uses: tuple[Use, ...]
    names: frozenset[str]
    tree: Tree


What: TypeAlias = LayerCall | Call | WordCall | Body | None
Source: TypeAlias = Scalar | Body
"""An input: the name of a tensor, or a branch."""


class Use(NamedTuple):
    """An entry of a list of layers.

    Parameters
    ----------
    what : the layer, definition or block; None if it only shares another's
    tree : the entry
    name : the name it states, or ""
    inputs : what it takes, or None for the default
    repeat, frozen, share, scope : as they stand beside it, or None
    """

    what: What
    tree: Tree
    name: str = ""
    inputs: tuple[Source, ...] | None = None
    repeat: Tree | None = None
    frozen: Tree | None = None
    share: Scalar | None = None
    scope: str | None = None


class Definition(NamedTuple):
    """A named list of layers with arguments; a default of None must be given."""

    name: str
    defaults: Mapping[str, Tree | None]
    body: Body
    word: Scalar
