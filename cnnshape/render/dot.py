"""A diagram in Graphviz's language, for `dot` and the many programs that read it; writing it needs no program."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.render.boxes import Block, blocks, lines, named
from cnnshape.render.diagram import Card, Diagram, Link
from cnnshape.render.palette import NAMED, ROLES, Palette, Role, look
from cnnshape.render.scene import Style
from cnnshape.render.writing import clean

__all__ = ["render"]

_SHAPES: dict[Role, str] = {"io": "box", "concat": "trapezium"}
_LONGEST = 300  # letters of a name that a reader is shown who points at it; Graphviz reads no more than 16,000
_FAULT = NAMED["fault"][0]


def render(shown: Diagram, direction: str = "down", palette: Palette = "color") -> str:
    """Return the diagram as DOT: a node a card, an edge a link, a cluster for each block that shows several cards.

    Parameters
    ----------
    shown : Diagram
    direction : "down" or "right"
    palette : "color" or "print"
    """
    looks = {role: look(role, palette) for role in ROLES}
    out = [
        f"digraph {_quoted(shown.name)} {{",
        f"  rankdir={'LR' if direction == 'right' else 'TB'}",
        f'  graph [fontname="Helvetica", fontsize=9, nodesep=0.2, ranksep=0.3{_legend(shown.legend)}]',
        '  node [fontname="Helvetica", fontsize=9, shape=box, style="filled,rounded", penwidth=0.6, color="#404040"]',
        '  node [margin="0.1,0.05", height=0.3]',
        '  edge [color="#404040", penwidth=0.6, arrowsize=0.5]',
    ]
    _cards(blocks(shown), shown.cards, looks, out, 1)
    out += [_edge(link, shown.cards) for link in shown.links]
    return "\n".join([*out, "}", ""])


def _legend(words: Sequence[str]) -> str:
    return f", labelloc=b, label={_quoted(*words)}" if words else ""


def _cards(block: Block, cards: Sequence[Card], looks: dict[Role, Style], out: list[str], depth: int) -> None:
    space = "  " * depth
    for part in block.parts:
        if isinstance(part, Block):
            out += [
                f"{space}subgraph {_quoted(f'cluster_{part.id}')} {{",
                f'{space}  graph [label={_quoted(named(part))}, labeljust=l, color="#BFBFBF", fontcolor="#595959"]',
            ]
            _cards(part, cards, looks, out, depth + 1)
            out.append(f"{space}}}")
        else:
            card = cards[part]
            out.append(f"{space}{card.id} [{', '.join(_look(card, looks[card.role], block.path))}]")


def _look(card: Card, style: Style, within: str) -> list[str]:
    out = [
        f"label={_quoted(*lines(card, within))}",
        f'fillcolor="{style.fill}"',
        f"tooltip={_quoted(*card.tip.splitlines())}",
    ]
    shape = "ellipse" if card.sign else _SHAPES.get(card.role, "")
    if shape:
        out.append(f'shape={shape}, style="filled{",dashed" * card.held}"')
    elif card.held:
        out.append('style="filled,rounded,dashed"')
    if card.fault:
        out.append(f'color="{_FAULT}", penwidth=1.5')
    if card.times > 1:
        out.append("peripheries=2")
    return out


def _edge(link: Link, cards: Sequence[Card]) -> str:
    look = f', color="{_FAULT}", style=dashed' if link.crossed else ""
    return f"  {cards[link.source].id} -> {cards[link.target].id} [tooltip={_quoted(link.tensor)}{look}]"


def _quoted(*words: str) -> str:
    r"""Return lines as a quoted text, in which Graphviz finds neither an escape nor an entity.

    Examples
    --------
    >>> print(_quoted('a "b"', r"\N & c"))
    "a \"b\"\n\\N &amp; c"
    """
    short = (line if len(line) <= _LONGEST else f"{line[: _LONGEST // 2]}…{line[-_LONGEST // 2 :]}" for line in words)
    kept = (clean(line).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;") for line in short)
    return '"' + "\\n".join(kept) + '"'
