"""What stands beside a quantized tensor: scales and zero points, and that they fit it."""

from __future__ import annotations

from collections.abc import Iterable

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, Spec, shape_text
from cnnshape.symbolic import Size

__all__ = ["demand_beside", "demand_integers"]


def demand_beside(ctx: Context, name: str, side: tuple[Size, ...], shape: tuple[Size, ...], *, exact: bool) -> None:
    """Demand that a scale or zero point can be broadcast to a shape, or has it where it is `exact`.

    Raises
    ------
    ShapeError
        CS201, if it does not fit.
    """

    def fault() -> ShapeError:
        rule = "one number for each block" if exact else "it is broadcast: sizes are equal, or those of it are 1"
        return ShapeError(
            f"the {name} is {shape_text(side)}, it stands beside {shape_text(shape)}",
            code="CS201",
            got=side,
            needed=shape,
            rule=rule,
            fix=f"a {name} of shape {shape_text(shape)}" if exact else f"a {name} of shape ()",
        )

    if len(side) > len(shape) or (exact and len(side) < len(shape)):
        raise fault()
    for size, wanted in zip(reversed(side), reversed(shape), strict=False):
        if exact or size != 1:
            ctx.equal(size, wanted, fault)


def demand_integers(specs: Iterable[Spec], name: str) -> None:
    """Demand that tensors hold integers.

    Raises
    ------
    ShapeError
        CS211, if one does not.
    """
    for spec in specs:
        if "int" not in spec.dtype:
            raise ShapeError(
                f"the {name} holds {spec.dtype}",
                code="CS211",
                got=spec.dtype,
                needed="uint8",
                rule="quantized numbers are integers",
                fix="quantize_linear in front of it, or cast",
            )
