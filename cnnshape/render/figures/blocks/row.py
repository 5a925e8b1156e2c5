"""One row of a figure: blocks in their places with what is written and drawn around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from cnnshape.render.figures.blocks.arcs import (
    copy_arrow,
    curve_box,
    far_roof,
    line_boxes,
    near_roof,
    overhead,
    residual_arcs,
    step_arrow,
    straight_arrow,
)
from cnnshape.render.figures.blocks.cells import Edge
from cnnshape.render.figures.blocks.fit import Item
from cnnshape.render.figures.blocks.geometry import Box, Solid
from cnnshape.render.figures.blocks.labels import Board, Name, names_above, sizes_under, text_box
from cnnshape.render.figures.blocks.presets import Sheet
from cnnshape.render.figures.blocks.solids import solid_marks
from cnnshape.render.figures.blocks.unit_graph import Stage
from cnnshape.render.palette import Palette, Role
from cnnshape.render.scene import Curve, Group, Label, Line, Mark, Point

__all__ = ["Block", "Links", "Row", "drawn_row"]

_MOST_ROWS = 4


@dataclass(frozen=True, slots=True)
class Block:
    """A stage with its words.

    Parameters
    ----------
    id : of its group in the scene
    stage : Stage
    channels, space : what is written under it
    shares : roles and their part of the thickness
    tip : what a reader is told who points at it
    state : "fault" if it does not fit, "unknown" behind one that does not, else ""
    """

    id: str
    stage: Stage
    channels: str
    space: str
    shares: tuple[tuple[Role, float], ...]
    tip: str
    state: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is drawn around a level axis at height 0.

    Parameters
    ----------
    marks : from the lowest to the uppermost
    top, bottom : how far it reaches
    fits : True if all that matters is named, near its block
    """

    marks: tuple[Mark, ...]
    top: float
    bottom: float
    fits: bool


@dataclass(frozen=True, slots=True)
class Links:
    """What leads from one block of a row to another, by position in the row."""

    steps: Sequence[Edge]
    skips: Sequence[Edge]
    copies: Sequence[Edge]


def drawn_row(
    blocks: Sequence[Block],
    items: Sequence[Item],
    solids: Sequence[Solid],
    links: Links,
    sheet: Sheet,
    palette: Palette,
    cut: float,
    fed: frozenset[int] = frozenset(),
) -> Row:
    """Return a row.

    Parameters
    ----------
    blocks, items, solids : by position
    links : Links
    sheet : whose letters and lines are used
    palette : of the faces
    cut : names are cut to this width
    fed : blocks to which an arrow leads from the row above
    """
    is_u = any(item.level for item in items)
    board = Board(sheet.margin / 2, sheet.width - sheet.margin / 2, [solid.outline for solid in solids])
    arcs = [residual_arcs(solid, block.stage.slices, sheet.line) for solid, block in zip(solids, blocks, strict=True)]
    board.boxes += [curve_box(arc) for each in arcs for arc in each]
    arrows: dict[int, list[Mark]] = {}
    over: list[tuple[Edge, bool]] = []
    for a, b in links.steps:
        line: Line | None = None
        if is_u and items[a].level != items[b].level:
            line = step_arrow(solids[a], solids[b], sheet.line)
        elif b == a + 1 and items[a].level == items[b].level:
            line = straight_arrow(solids[a], solids[b], sheet.line)
        else:
            over.append(((a, b), False))
        if line:
            is_down = solids[b].y > solids[a].y
            arrows.setdefault(b if is_down else a, []).append(_with_ends(line, blocks[a], blocks[b]))
            board.boxes += line_boxes(line)
    last: list[Mark] = []
    for a, b in links.copies:
        if is_u:
            line = copy_arrow(solids[a], solids[b], sheet.line)
            last.append(_with_ends(line, blocks[a], blocks[b]))
            board.boxes += line_boxes(line)
        else:
            over.append(((a, b), True))
    over += [((a, b), False) for a, b in links.skips]
    over.sort(key=lambda each: (each[0][1] - each[0][0], each))
    shifts = _shifts([edge for edge, _ in over], sheet)
    kept = len(board.boxes)
    for (a, b), _ in over:
        for k in (a, b):
            probe = overhead(solids[a], solids[b], 0, False, sheet.line, shifts[a, b]).points
            x = probe[0][0] if k == a else probe[-1][0]
            board.boxes.append(Box(x - 2 * sheet.line, -1e4, x + 2 * sheet.line, solids[k].roof))
    for k in fed:
        x = far_roof(solids[k])[0]
        board.boxes.append(Box(x - 4 * sheet.line, -1e4, x + 4 * sheet.line, solids[k].roof))
    stems = {k for edge, _ in over for k in edge} | fed
    under = _sizes(blocks, items, solids, sheet, board)
    names, fits = names_above(
        _names(blocks, solids, arcs, sheet, cut, is_u, stems), board, sheet.text, 0.8 * sheet.line
    )
    boxes = [text_box(mark) for mark in names if isinstance(mark, Label)] + board.boxes[:kept]
    tops = [solid.box for solid in solids] + boxes
    for (a, b), dashed in over:
        shift = shifts[a, b]
        flat = overhead(solids[a], solids[b], 0, dashed, sheet.line, shift)
        left, right = flat.points[1][0] - 2, flat.points[2][0] + 2
        lane = min(box.top for box in tops if box.left < right and left < box.right) - 0.6 * sheet.text
        line = overhead(solids[a], solids[b], lane, dashed, sheet.line, shift)
        tops += line_boxes(line)[1:2]
        last.append(_with_ends(line, blocks[a], blocks[b]))
    marks: list[Mark] = []
    for k, (block, solid) in enumerate(zip(blocks, solids, strict=True)):
        faces = solid_marks(
            solid, block.shares, 1 if block.stage.parts else len(block.stage.slices), palette, sheet.line, block.state
        )
        marks.append(Group(block.id, block.tip, (*faces, *arcs[k]), node=True))
        marks += arrows.get(k, ())
    marks += [*last, *under, *names]
    reach = [*tops, *(text_box(mark) for mark in under if isinstance(mark, Label))]
    room = 1.2 * sheet.line
    return Row(tuple(marks), min(box.top for box in reach) - room, max(box.bottom for box in reach) + room, fits)


def _with_ends(line: Line, a: Block, b: Block) -> Line:
    return replace(line, ends=(a.id, b.id))


def _shifts(edges: Sequence[Edge], sheet: Sheet) -> dict[Edge, Point]:
    """Return how far beside the middle of its ends a line over several blocks starts and ends: no two share a way."""
    step = 6 * sheet.line
    both = {a for a, _ in edges} & {b for _, b in edges}
    out: dict[int, int] = {}
    into: dict[int, int] = {}
    shifts = {}
    for a, b in edges:
        shifts[a, b] = (a in both) * step - out.get(a, 0) * step, into.get(b, 0) * step - (b in both) * step
        out[a], into[b] = out.get(a, 0) + 1, into.get(b, 0) + 1
    return shifts


def _sizes(
    blocks: Sequence[Block], items: Sequence[Item], solids: Sequence[Solid], sheet: Sheet, board: Board
) -> list[Mark]:
    """Return the channels under the blocks and the space under groups of them."""
    out: list[Mark] = []
    for _, same in groupby(range(len(blocks)), key=lambda k: items[k].group):
        group = list(same)
        labels = []
        for k in group:
            front = solids[k].front
            y = front.bottom + 0.98 * sheet.text
            color = "fault" if blocks[k].state else "ink"
            if blocks[k].channels:
                labels.append(
                    Label((front.left + front.right) / 2, y, blocks[k].channels, sheet.text, bold=True, color=color)
                )
        wide = [k for k in group if blocks[k].channels] or group
        first, last = solids[wide[0]].front, solids[wide[-1]].front
        middle = (first.left + first.right + last.left + last.right) / 4
        space = blocks[group[0]].space
        floor = max(solids[k].front.bottom for k in group) + 0.98 * sheet.text
        below = Label(middle, floor, space, sheet.text, color="faint") if space else None
        out += sizes_under(labels, below, board, 1.2 * sheet.line)
    return out


def _names(
    blocks: Sequence[Block],
    solids: Sequence[Solid],
    arcs: Sequence[Sequence[Curve]],
    sheet: Sheet,
    cut: float,
    is_u: bool,
    stems: set[int],
) -> list[Name]:
    from cnnshape.render.metrics import fitted

    out = []
    for k, (block, solid) in enumerate(zip(blocks, solids, strict=True)):
        top = min([solid.box.top, *(curve_box(arc).top for arc in arcs[k])])
        x = (solid.front.left + solid.front.right + solid.size.lean[0]) / 2
        start = top if arcs[k] else solid.roof
        if k in stems:
            x, start = near_roof(solid)
        text = fitted(block.stage.name, cut, sheet.text)
        color = "fault" if block.state == "fault" else "ink"
        if text:
            floor = solid.front.bottom + (3.2 if block.space else 2.1) * sheet.text
            under = (solid.front.left + solid.front.right) / 2, floor
            rows = 1 if is_u else _MOST_ROWS
            out.append(
                Name(text, k, (x, start), top - 0.1 * sheet.text, under, rows, block.stage.minor, k in stems, color)
            )
    return out
