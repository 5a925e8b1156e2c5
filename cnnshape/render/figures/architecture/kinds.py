"""The types of blocks, and what is said of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from cnnshape.render.figures.architecture.blocks import Item
from cnnshape.render.figures.architecture.nature import nature
from cnnshape.render.figures.architecture.numbers import Numbers
from cnnshape.render.figures.architecture.signature import Key
from cnnshape.render.figures.architecture.units import Units
from cnnshape.render.figures.architecture.words import names_of, short_name, stem
from cnnshape.render.layout import Order, ordered

__all__ = ["Activations", "BlockType", "TypeWords", "types_of"]

_FEW = 3  # layers that are named instead of the block


@dataclass(frozen=True, slots=True)
class BlockType:
    """A type of block.

    Parameters
    ----------
    number : 0 for A
    blocks : the units of each block of the type
    names : of the blocks
    """

    number: int
    blocks: tuple[tuple[int, ...], ...]
    names: tuple[str, ...]


def types_of(items: Sequence[Item]) -> tuple[BlockType, ...]:
    """Return the types of the blocks, by their first occurrence."""
    found: dict[Key, list[Item]] = {}
    for item in items:
        if item.key is not None:
            found.setdefault(item.key, []).append(item)
    return tuple(
        BlockType(n, tuple(item.members for item in same), tuple(item.scope for item in same))
        for n, same in enumerate(found.values())
    )


class TypeWords:
    """What is said of a type, wherever it is drawn, and the order of its layers, which no size of letters changes."""

    def __init__(self, found: Units, kind: BlockType) -> None:
        self._found, self._kind = found, kind
        self._order: Order | None = None

    def order(self, count: int, links: Sequence[tuple[int, int]], weights: Sequence[float]) -> Order:
        """Return the order of the layers of its frame."""
        if self._order is None:
            self._order = ordered(count, links, weights)
        return self._order

    @cached_property
    def numbers(self) -> Numbers:
        """What writes the sizes."""
        return Numbers(self._found, self._kind.blocks)

    @cached_property
    def activations(self) -> Activations:
        """What writes the words beside operators."""
        return Activations(self._found, self._kind)

    @cached_property
    def names(self) -> list[str]:
        """The names of the blocks."""
        return names_of(self._kind.names)

    @cached_property
    def title(self) -> str:
        """What sort of block it is."""
        found, members = self._found, self._kind.blocks[0]
        layers = [type(found.units[i].layer).__name__ for i in members]
        chain = ", ".join(layers) if len(layers) <= _FEW else "block"
        return nature(found, members) or stem(self._kind.names) or chain


class Activations:
    """The words beside operators, where blocks of a type differ in their activations alone."""

    def __init__(self, found: Units, kind: BlockType) -> None:
        self._names = kind.names
        self._tails = [
            [tuple(short_name(layer) for layer in found.units[block[j]].tails) for block in kind.blocks]
            for j in range(len(kind.blocks[0]))
        ]
        self._varied: dict[tuple[str, ...], str] = {}
        for rows in self._tails:
            self._of(rows)

    def _of(self, rows: Sequence[tuple[str, ...]]) -> str:
        if len(set(map(len, rows))) > 1:
            return " or ".join(dict.fromkeys(", ".join(row) for row in rows))
        words = []
        for column in zip(*rows, strict=True):
            if len(set(column)) == 1:
                words.append(column[0])
            else:
                number = len(self._varied) + 1
                words.append(self._varied.setdefault(column, f"act{number}" if number > 1 else "act"))
        return ", ".join(words)

    def words(self, j: int) -> str:
        """Return what follows the operator of the j-th unit."""
        return self._of(self._tails[j])

    @property
    def legend(self) -> tuple[str, ...]:
        """Which activation each block has: ``act = ReLU in features.4, Hardswish in features.11``."""
        rows = []
        for column, name in self._varied.items():
            parts = []
            for each in dict.fromkeys(column):
                names = [n for n, c in zip(self._names, column, strict=True) if c == each]
                parts.append(f"{each} in {', '.join(names_of(names)[:4])}")
            rows.append(f"{name} = {'; '.join(parts)}")
        return tuple(rows)
