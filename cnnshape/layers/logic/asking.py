"""What the layers of this family share: the form of what they give, and which element types they take."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.errors import ShapeError
from cnnshape.layers.base import POINTWISE, Context, Kind, Layer, Spec, Windows, Work
from cnnshape.layers.demands import elements
from cnnshape.layers.join import broadcast

__all__ = ["Asking", "demand_type"]


class Asking(Layer):
    """A layer that answers true or false, once for each element of inputs that are stretched to fit."""

    kind = Kind.LOGIC

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        return (Spec(broadcast(ctx, inputs), "bool"),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return POINTWISE

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of(compares=elements(outputs[0]))


def demand_type(inputs: Sequence[Spec], sorts: Sequence[str], rule: str, needed: str) -> None:
    """Demand that the element type of each input is of one of some sorts, such as ("int", "bool").

    Raises
    ------
    ShapeError
        CS211, if it is not.
    """
    for number, spec in enumerate(inputs, start=1):
        if not any(sort in spec.dtype for sort in sorts):
            raise ShapeError(
                f"input {number} is {spec.dtype}",
                code="CS211",
                got=spec.dtype,
                needed=needed,
                rule=rule,
                fix=f"cast: {needed} on input {number}",
            )
