"""What the layers that multiply tensors with each other share: the batch axes of a product."""

from __future__ import annotations

from functools import partial

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context
from cnnshape.symbolic import Size, text

__all__ = ["broadcast"]


def broadcast(ctx: Context, left: tuple[Size, ...], right: tuple[Size, ...]) -> tuple[Size, ...]:
    """Return the batch axes of a product: aligned at the end, each pair equal or one of it the literal 1.

    Raises
    ------
    ShapeError
        CS201, if two sizes can never agree.
    """
    if left == right:
        return left
    dims = max(len(left), len(right))
    a = (1,) * (dims - len(left)) + left
    b = (1,) * (dims - len(right)) + right
    return tuple(_joined(ctx, axis, *pair) for axis, pair in enumerate(zip(a, b, strict=True)))


def _joined(ctx: Context, axis: int, left: Size, right: Size) -> Size:
    if left == 1:
        return right
    if right == 1:
        return left
    return ctx.equal(left, right, partial(_differ, axis, left, right))


def _differ(axis: int, left: Size, right: Size) -> ShapeError:
    return ShapeError(
        f"batch axis {axis}: the inputs have {text(left)} and {text(right)}",
        code="CS201",
        got=right,
        needed=left,
        rule="batch axes are equal, or one of them is 1",
        fix=f"give both {text(left)}, or one of them 1",
    )
