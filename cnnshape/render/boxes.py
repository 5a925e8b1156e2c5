"""What languages of graphs say about a diagram: the words in a box, the blocks around boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from cnnshape.render.diagram import Card, Diagram
from cnnshape.render.metrics import fitted

__all__ = ["Block", "blocks", "lines", "named"]

_WIDEST = 200.0  # points, of a line in a box
_SIZE = 9.0
_DEEPEST = 4  # blocks in blocks


@dataclass(frozen=True, slots=True)
class Block:
    """Cards that stand in one block, as positions, and the blocks inside of it.

    Parameters
    ----------
    id : unique in the diagram
    path : the name of the block, ``layer1.0``; "" for the whole network
    parts : positions of cards, and blocks, in topological order
    """

    id: str
    path: str
    parts: tuple[int | Block, ...]


def named(block: Block) -> str:
    """Return the name of a block, cut in its middle if it is long."""
    return fitted(block.path, _WIDEST, _SIZE)


def lines(card: Card, within: str = "") -> list[str]:
    """Return what stands in the box of a card: its name inside of a block, the operator, the shape that leaves it."""
    own = card.name.removeprefix(f"{within}.") if within else card.name
    name = f"{own} ×{card.times}" if card.times > 1 else own
    op = f"{card.op}, {card.extra}" if card.extra else card.op
    words = [name, op if card.sort == "row" else "", card.shape, card.fault.partition(" ")[0]]
    return [fitted(word, _WIDEST, _SIZE) for word in words if word]


def blocks(shown: Diagram) -> Block:
    """Return the cards of a diagram by their blocks: neighbors whose names begin alike, if they are several.

    A block that would hold all layers is none.
    """
    paths = [tuple(card.name.split(".")[:-1][:_DEEPEST]) if card.sort == "row" else () for card in shown.cards]
    rows = [i for i, card in enumerate(shown.cards) if card.sort == "row"]
    common = _common(paths, rows, 0) if rows else 0
    return Block("", "", _parts(paths, range(len(paths)), common, ""))


def _common(paths: Sequence[tuple[str, ...]], cards: Sequence[int], depth: int) -> int:
    """Return how many names the paths of some cards begin with alike, at least `depth`."""
    first = paths[cards[0]]
    while all(len(paths[i]) > depth and paths[i][: depth + 1] == first[: depth + 1] for i in cards):
        depth += 1
    return depth


def _parts(paths: Sequence[tuple[str, ...]], cards: range, depth: int, within: str) -> tuple[int | Block, ...]:
    out: list[int | Block] = []
    for head, same in groupby(cards, key=lambda i: paths[i][: depth + 1] if len(paths[i]) > depth else ()):
        members = list(same)
        if not head or len(members) == 1:
            out += members
            continue
        name = f"{within}_{members[0]}" if within else str(members[0])
        inside = _common(paths, members, depth + 1)
        inner = _parts(paths, range(members[0], members[-1] + 1), inside, name)
        out.append(Block(name, ".".join(paths[members[0]][:inside]), inner))
    return tuple(out)
