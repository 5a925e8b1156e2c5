"""A network as blocks in space: one for every stage, as papers draw it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cnnshape.render.figures.blocks.arcs import bridge
from cnnshape.render.figures.blocks.attempts import GAPS, best_of
from cnnshape.render.figures.blocks.legend import legend_marks
from cnnshape.render.figures.blocks.presets import sheet_of
from cnnshape.render.figures.blocks.subject import Subject
from cnnshape.render.figures.blocks.words import description, fault_lines, legend_entries, legend_lines, notes
from cnnshape.render.figures.options import DrawOptions
from cnnshape.render.scene import Circle, Curve, Group, Label, Line, Mark, Polygon, Rect, Scene

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts

__all__ = ["blocks"]


def blocks(facts: Facts, options: DrawOptions | None = None) -> Scene:
    """Return a network as blocks in space.

    Parameters
    ----------
    facts : Facts
    options : DrawOptions, of which `width`, `preset`, `palette`, `scale`, `legend` and `detail` are read; the figure
        starts from "block" without pooling, from "overview" with one block for each height and width

    Returns
    -------
    Scene
        As wide as asked. Its description says by which scale sizes became lengths, at which sizes a network with free
        sizes is drawn, what is folded, and what does not fit.

    Examples
    --------
    >>> from cnnshape import zoo
    >>> from cnnshape.analysis.report import facts
    >>> scene = blocks(facts(zoo("lenet5")), DrawOptions(width="252pt"))
    >>> scene.width, scene.title
    (252.0, 'lenet5')
    """
    options = options or DrawOptions()
    subject, sheet = Subject(facts), sheet_of(options)
    drawn = best_of(subject, options, sheet)
    scheme, rows = drawn.scheme, len(drawn.rows) if not drawn.bridges else 1
    marks: list[Mark] = []
    y = max(0.0, (sheet.height - drawn.height) / 2)
    axes: list[float] = []
    for k, row in enumerate(drawn.rows):
        y += sheet.row * GAPS[0] * bool(k) - row.top
        marks += [_moved(mark, y) for mark in row.marks]
        axes.append(y)
        y += row.bottom
    for k, source, target, ends in drawn.bridges:
        line = bridge(source, target, axes[k + 1] - axes[k], sheet.line)
        marks.append(_moved(replace(line, ends=ends), axes[k]))
    if options.legend:
        entries, lines = legend_entries(subject, scheme, options, sheet), legend_lines(subject, scheme)
        legend, _ = legend_marks(entries, lines, fault_lines(subject), sheet, y + sheet.row * GAPS[1])
        marks += legend
    return Scene(
        sheet.width,
        round(max(sheet.height, drawn.height), 3),
        tuple(marks),
        facts.model or "network",
        description(subject, scheme, rows, options.scale),
        sheet.dark,
        notes(scheme, rows),
    )


def _moved(mark: Mark, dy: float) -> Mark:
    match mark:
        case Group():
            return replace(mark, marks=tuple(_moved(each, dy) for each in mark.marks))
        case Polygon() | Line() | Curve():
            return replace(mark, points=tuple((x, y + dy) for x, y in mark.points))
        case Rect() | Circle() | Label():
            return replace(mark, y=mark.y + dy)
