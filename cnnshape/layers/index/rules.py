"""What the layers ask of their inputs that choose and place by position."""

from __future__ import annotations

from functools import partial

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, Kind, Layer, Spec, Windows, Work, axis_name, shape_text
from cnnshape.layers.demands import elements
from cnnshape.symbolic import Size, Window, text

__all__ = ["REDUCTIONS", "Moving", "anywhere", "depth", "reduced", "within"]

REDUCTIONS = ("none", "add", "mul", "max", "min")
"""What becomes of an element that several are placed on, and of what was there before."""


class Moving(Layer):
    """A layer whose outputs are elements of its inputs, chosen by numbers that are known in a run only."""

    kind = Kind.RESHAPE

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of()


def reduced(word: str, updates: Spec) -> Work:
    """Return the work of joining each element of `updates` with what is there."""
    many = elements(updates)
    return Work.of(
        adds=many if word == "add" else 0,
        muls=many if word == "mul" else 0,
        compares=many if word in ("max", "min") else 0,
    )


def within(ctx: Context, x: Spec, chosen: Spec, axis: int, what: str) -> None:
    """Demand that `chosen` is no larger than `x` on any other axis than `axis`."""
    for i, (size, taken) in enumerate(zip(x.shape, chosen.shape, strict=True)):
        if i != axis:
            ctx.at_least(size, taken, partial(_larger, axis_name(len(x.shape), i), size, taken, what))


def depth(indices: Spec, most: int, rule: str) -> int:
    """Return how many axes the last axis of `indices` points into, from 1 to `most`.

    Raises
    ------
    ShapeError
        CS206, if it is none of these numbers.
    """
    last = indices.shape[-1] if indices.shape else 0
    if isinstance(last, int) and 1 <= last <= most:
        return last
    raise ShapeError(
        f"the indices {shape_text(indices.shape)} point into {text(last)} axes",
        code="CS206",
        got=last,
        needed=most,
        rule=rule,
        fix=f"indices whose last axis has the size {most}, or less" if most else "an input with more axes",
    )


def anywhere(x: Spec, chosen: Spec, axis: int) -> Windows:
    """Return the window of what is read anywhere on one axis, and at the same position on the others."""
    pairs = enumerate(zip(x.shape, chosen.shape, strict=True))
    cut = {i: Window(after=taken - size) for i, (size, taken) in pairs if i != axis and taken != size}
    return Windows(cut, whole=(axis,), exact=False)


def _larger(name: str, size: Size, taken: Size, what: str) -> ShapeError:
    return ShapeError(
        f"axis {name}: the {what} have {text(taken)}, the input has {text(size)}",
        code="CS213",
        got=taken,
        needed=size,
        rule=f"the {what} are no larger than the input, but on the axis dim",
        fix=f"{what} with at most {text(size)} on axis {name}",
    )
