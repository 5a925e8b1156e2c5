"""What the layers of regions ask of their inputs."""

from __future__ import annotations

from functools import partial

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, Spec, shape_text
from cnnshape.symbolic import Size, text

__all__ = ["has_axes", "same"]


def same(ctx: Context, size: Size, wanted: Size, what: str, rule: str) -> Size:
    """Demand that two sizes are equal; return the simpler one."""
    return ctx.equal(size, wanted, partial(_differ, size, wanted, what, rule))


def has_axes(spec: Spec, axes: int, what: str, rule: str) -> None:
    """Demand a number of axes.

    Raises
    ------
    ShapeError
        CS206, if there are others.
    """
    if len(spec.shape) != axes:
        raise ShapeError(
            f"the {what} {shape_text(spec.shape)} has {len(spec.shape)} axes, {axes} are needed",
            code="CS206",
            got=len(spec.shape),
            needed=axes,
            rule=rule,
        )


def _differ(size: Size, wanted: Size, what: str, rule: str) -> ShapeError:
    return ShapeError(
        f"{what}: {text(size)}, {text(wanted)} are needed",
        code="CS201",
        got=size,
        needed=wanted,
        rule=rule,
        fix=f"give both {text(wanted)}",
    )
