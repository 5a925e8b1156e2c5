"""How a number comes about, as plain data: rules in letters, lines with the numbers put in, tables, results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from cnnshape.symbolic import Dim, Size, text

__all__ = ["TOPICS", "Cells", "Derivation", "Part", "Step", "Table", "Topic", "bracketed", "times"]

TOPICS = ("size", "params", "macs", "memory", "receptive-field", "inputs")
"""What can be derived."""

Part: TypeAlias = Size | str
"""A side of an equation: a number, or a formula as the formulas of design files are written."""
Cells: TypeAlias = Literal["name", "formula", "number", "words"]


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a derivation.

    Parameters
    ----------
    label : str, what the line is about: an axis, a weight; "" if it goes on with what the line before is about
    chain : parts that are equal to one another, the result last; empty for a remark
    words : str, a remark, which stands alone or behind the chain
    """

    label: str
    chain: tuple[Part, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A derivation that goes layer by layer.

    Parameters
    ----------
    titles : what the columns are called
    cells : what the columns hold
    rows : their texts; a formula is written as in design files
    """

    titles: tuple[str, ...]
    cells: tuple[Cells, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """The derivation of one number, or of one shape.

    Parameters
    ----------
    name : one of `TOPICS`
    title : str, in words, what is derived
    result : Size, or a text for a shape; None where it is not known
    rules : the rules in letters
    letters : (letter, what it stands for)
    table : Table, or None
    steps : lines with the numbers put in
    unit : str, what the result counts: "bytes", ""
    """

    name: str
    title: str
    result: Part | None
    rules: tuple[str, ...] = ()
    letters: tuple[tuple[str, str], ...] = ()
    table: Table | None = None
    steps: tuple[Step, ...] = ()
    unit: str = ""


@dataclass(frozen=True)
class Derivation:
    """How numbers of a network, a block or a layer come about.

    Parameters
    ----------
    model : str, name of the network
    layer : str, name of the layer or block; "" for the whole network
    operator : str, what the layer is; "" for a block or a network
    read_as : str, how the inputs were read
    topics : one for each thing that was asked
    valid : True, False, or None if it is undecided
    errors : every fault at these sizes, all parts of each
    notes : lines for the reader
    """

    model: str
    layer: str
    operator: str
    read_as: str
    topics: tuple[Topic, ...]
    valid: bool | None = True
    errors: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def topic(self, name: str) -> Topic:
        """Return the first topic of that name.

        Raises
        ------
        KeyError
            It was not asked for, or makes no sense here.
        """
        for topic in self.topics:
            if topic.name == name:
                return topic
        raise KeyError(name)


def bracketed(part: Part) -> str:
    """Return a factor, in brackets where it is a sum."""
    written = text(part) if isinstance(part, Dim) else str(part)
    return f"({written})" if _is_sum(written) or written.startswith("-") else written


def _is_sum(written: str) -> bool:
    """Tell whether a formula has a blank outside of its brackets."""
    depth = 0
    for letter in written:
        depth += (letter == "(") - (letter == ")")
        if letter == " " and not depth:
            return True
    return False


def times(*parts: Part) -> str:
    """Return a product as it is to be read: ``3*11*11``; "1" for none."""
    return "*".join(map(bracketed, parts)) or "1"
