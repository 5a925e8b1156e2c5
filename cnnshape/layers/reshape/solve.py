"""Shapes with as many elements as another: what -1 stands for, and which axes stay what they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import gcd

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, shape_text
from cnnshape.layers.demands import fits
from cnnshape.symbolic import Dim, Size, exact_div, floordiv, product, text

__all__ = ["kept_axes", "quotient", "solved"]


def solved(ctx: Context, before: Sequence[Size], shape: Sequence[Size], name: str) -> tuple[Size, ...]:
    """Return `shape` with its -1 filled in; demand that it has as many elements as `before`.

    Equal sizes on both sides are canceled first: they are at least 1, and what remains is the condition that matters
    (``H*W == 49`` instead of ``512*N*H*W == 25088*N``).

    Raises
    ------
    ShapeError
        CS209, another number of elements; CS210 the sizes that are given do not divide it.
    """
    left, right = list(before), []
    for size in shape:
        if size == -1:
            continue
        fits(ctx, size, 1, f"{name}: {text(size)}")
        if size in left:
            left.remove(size)
        else:
            right.append(size)
    have, want = product(left), product(right)
    if -1 not in shape:
        ctx.equal(have, want, lambda: _other_count(before, shape, name))
        return tuple(shape)
    rest = quotient(ctx, have, want, lambda: _not_divided(before, shape, name))
    return tuple(rest if size == -1 else size for size in shape)


def quotient(ctx: Context, size: Size, divisor: Size, fault: Callable[[], ShapeError]) -> Size:
    """Return ``size / divisor``; demand that it is whole.

    The symbols of the divisor must divide as a formula; that its number divides becomes a condition.
    """
    number = _content(divisor)
    symbolic = exact_div(divisor, number)
    whole = None if symbolic is None else exact_div(size, symbolic)
    if whole is None:
        raise fault()
    common = gcd(_content(whole), number)
    whole, number = exact_div(whole, common), number // common
    assert whole is not None  # `common` divides every coefficient
    ctx.divides(number, whole, fault)
    return floordiv(whole, number)


def _content(size: Size) -> int:
    """Return the number that divides all coefficients."""
    return gcd(*size.terms.values()) if isinstance(size, Dim) else size


def _other_count(before: Sequence[Size], shape: Sequence[Size], name: str) -> ShapeError:
    have, want = product(before), product(shape)
    given = f"the input {shape_text(tuple(before))} has {text(have)} elements"
    return ShapeError(
        f"{given}, {name} {shape_text(tuple(shape))} has {text(want)}",
        code="CS209",
        field=name,
        got=have,
        needed=want,
        rule="the elements stay the same, so their number does",
        fix=_one_open(have, shape, name),
    )


def _one_open(have: Size, shape: Sequence[Size], name: str) -> str:
    """Return the last way to leave one size open that fits, or nothing."""
    for axis in reversed(range(len(shape))):
        if exact_div(have, product(s for i, s in enumerate(shape) if i != axis)) is not None:
            return f"{name}: {shape_text((*shape[:axis], -1, *shape[axis + 1 :]))}"
    return ""


def _not_divided(before: Sequence[Size], shape: Sequence[Size], name: str) -> ShapeError:
    have, given = product(before), product(size for size in shape if size != -1)
    return ShapeError(
        f"{name} {shape_text(tuple(shape))} leaves {text(have)}/{text(given)} for the -1, which is not whole",
        code="CS210",
        field=name,
        got=have,
        needed=given,
        rule="the sizes that are given divide the number of elements",
        fix=f"sizes whose product divides {text(have)}",
    )


def kept_axes(before: Sequence[Size], after: Sequence[Size]) -> tuple[int | None, ...]:
    """Return for each axis of `after` the axis of `before` that it is, or None.

    Axes that agree from the start, and from the end, are the same axes, because what lies between them has the same
    number of elements.
    """
    most = min(len(before), len(after))
    start = next((i for i in range(most) if before[i] != after[i]), most)
    end = next((i for i in range(most - start) if before[-1 - i] != after[-1 - i]), most - start)
    new: tuple[int | None, ...] = (None,) * (len(after) - start - end)
    return (*range(start), *new, *range(len(before) - end, len(before)))
