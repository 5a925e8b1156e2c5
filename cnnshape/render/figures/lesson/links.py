"""The connections of a layer, counted: those that are there, and those of a fully connected one in its place."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from cnnshape.render.figures.lesson.slide import Slide, slide
from cnnshape.render.figures.lesson.subject import Subject, whole
from cnnshape.symbolic import Window

__all__ = ["Count", "Link", "count_of_layer", "count_of_row", "links_of", "small_row"]

_LONGEST = 10


@dataclass(frozen=True, slots=True)
class Link:
    """A connection of a row: from an input to an output, through a tap of the kernel."""

    input: int
    output: int
    tap: int


@dataclass(frozen=True, slots=True)
class Count:
    """How many connections and weights there are, biases apart.

    Parameters
    ----------
    links : connections of the layer; those to the padding are none
    weights : that it learns; 0 for a pool
    full : connections, and so weights, of a layer that connects every input with every output
    """

    links: int
    weights: int
    full: int


def links_of(row: Slide) -> tuple[Link, ...]:
    """Return the connections of a row."""
    found = []
    for i in range(row.count):
        for tap, position in enumerate(row.window(i)):
            if 0 <= position < row.size:
                found.append(Link(i, position, tap) if row.up else Link(position, i, tap))
    return tuple(found)


def small_row(d: int, window: Window) -> Slide:
    """Return a row of the same window that is short enough to be drawn: that of the layer if it is short itself."""
    whole = slide(d, window)
    if max(whole.size, whole.count) <= _LONGEST:
        return whole
    wanted = 4 if window.mode == "transposed" else 5 if window.stride == 1 else 4 if window.stride == 2 else 3
    for size in range(1, d):
        row = slide(size, window)
        if row.count >= wanted and (row.up or row.size + row.after > row.window(row.count - 1)[-1]):
            return row
    return whole


def count_of_row(row: Slide, *, learned: bool) -> Count:
    """Return the counts of a row with one channel."""
    return Count(len(links_of(row)), len(row.taps) * learned, row.size * row.count)


def count_of_layer(about: Subject) -> Count:
    """Return the counts of a layer for one image."""
    inputs, outputs = (prod(map(whole, spec.shape[1:])) for spec in (about.x, about.y))
    slides = [slide(whole(about.x.shape[axis]), window) for axis, window in about.windows.items()]
    weights = about.layer.weights((about.x,))
    learned = prod(map(whole, weights["weight"].shape)) if "weight" in weights else 0
    taps = prod(len(each.taps) for each in slides)
    pairs = learned // taps if learned else whole(about.y.shape[1])  # a pool keeps the channels apart
    return Count(prod(len(links_of(each)) for each in slides) * pairs, learned, inputs * outputs)
