"""A diagram in the language of Mermaid, which GitHub, GitLab and many wikis show in a page of Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cnnshape.errors import UsageError
from cnnshape.render.boxes import Block, blocks, lines, named
from cnnshape.render.diagram import Card, Diagram
from cnnshape.render.palette import NAMED, Palette, Role, look
from cnnshape.render.writing import clean

__all__ = ["MOST_EDGES", "MOST_LETTERS", "render"]

MOST_EDGES = 500
MOST_LETTERS = 50_000
"""What GitHub shows at most; beyond it stands an error in place of the diagram."""

_SHAPES: dict[Role, tuple[str, str]] = {"io": ("([", "])"), "concat": ("[/", "\\]")}
_FAULT = NAMED["fault"][0]


def render(shown: Diagram, direction: str = "down", palette: Palette = "color") -> str:
    """Return the diagram as Mermaid: a node a card, an edge a link, a subgraph for each block that shows several cards.

    Parameters
    ----------
    shown : Diagram
    direction : "down" or "right"
    palette : "color" or "print"

    Raises
    ------
    UsageError
        CS014, GitHub would not show it: more than `MOST_EDGES` edges or `MOST_LETTERS` letters.
    """
    if len(shown.links) > MOST_EDGES:
        raise _too_large(shown, f"{len(shown.links):,} edges", f"{MOST_EDGES} edges")
    out = [f"flowchart {'LR' if direction == 'right' else 'TB'}", f"  accTitle: {_plain(shown.name)}"]
    _cards(blocks(shown), shown.cards, out, 1)
    out += [f'  legend["{_text(*shown.legend)}"]:::legend'] if shown.legend else []
    cards = shown.cards
    ids = [line.split()[1].partition("[")[0] for line in out if line.lstrip().startswith("subgraph ")]
    out += [
        f"  {cards[link.source].id} {'-.-x' if link.crossed else '-->'} {cards[link.target].id}" for link in shown.links
    ]
    for role in sorted({card.role for card in cards}):
        style = look(role, palette)
        out.append(f"  classDef {role} fill:{style.fill},stroke:{style.stroke},color:#000000")
    if shown.legend:
        out.append("  classDef legend fill:none,stroke:none")
    if ids:
        out += ["  classDef block fill:none,stroke:#999999,color:#808080", f"  class {','.join(ids)} block"]
    out += _sort(cards, "fault", f"stroke:{_FAULT},stroke-width:3px", [bool(card.fault) for card in cards])
    out += _sort(cards, "held", "stroke-dasharray:4 3", [card.held for card in cards])
    crossed = [str(i) for i, link in enumerate(shown.links) if link.crossed]
    out += [f"  linkStyle {','.join(crossed)} stroke:{_FAULT}"] if crossed else []
    text = "\n".join([*out, ""])
    if len(text) > MOST_LETTERS:
        raise _too_large(shown, f"{len(text):,} letters", f"{MOST_LETTERS:,} letters")
    return text


def _too_large(shown: Diagram, got: str, most: str) -> UsageError:
    less = {"op": "--detail layer, or --detail block", "layer": "--detail block"}.get(shown.detail, "--detail overview")
    return UsageError(
        f"a Mermaid diagram of {got}",
        code="CS014",
        got=got,
        rule=f"GitHub shows at most {most} of Mermaid",
        fix=less if shown.detail != "overview" else "write SVG",
    )


def _cards(block: Block, cards: Sequence[Card], out: list[str], depth: int) -> None:
    space = "  " * depth
    for part in block.parts:
        if isinstance(part, Block):
            out.append(f'{space}subgraph b{part.id}["{_text(named(part))}"]')
            _cards(part, cards, out, depth + 1)
            out.append(f"{space}end")
        else:
            card = cards[part]
            before, after = ("((", "))") if card.sign else _SHAPES.get(card.role, ("[", "]"))
            out.append(f'{space}{card.id}{before}"{_text(*lines(card, block.path))}"{after}:::{card.role}')


def _sort(cards: Sequence[Card], name: str, style: str, chosen: Sequence[bool]) -> list[str]:
    """Return a class and the cards that have it beside that of their role; nothing if none has."""
    ids = [card.id for card, yes in zip(cards, chosen, strict=True) if yes]
    return [f"  classDef {name} {style}", f"  class {','.join(ids)} {name}"] if ids else []


_SAFE = frozenset(" ,/()\u00d7\u2212\u2308\u2309\u230a\u230b\u2026")


def _text(*words: str) -> str:
    """Return lines as a text between quotes; whatever could mean something to Mermaid, HTML or Markdown is a number.

    Examples
    --------
    >>> _text('a"b', "1. <c>", "conv1.0")
    'a#34;b<br>1#46; #60;c#62;<br>conv1.0'
    """
    return "<br>".join(_line(clean(line)) for line in words) or " "


def _line(line: str) -> str:
    kept = "".join(c if c.isalnum() or c in _SAFE or c == "." else f"#{ord(c)};" for c in line)
    return re.sub(r"\.(?!\w)", "#46;", kept)


def _plain(words: str) -> str:
    return re.sub(r"[^\w .,]", " ", clean(words)).strip()[:200] or "network"
