"""What all reductions share: which axes go, and what remains."""

from __future__ import annotations

from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Windows
from cnnshape.layers.demands import each_once
from cnnshape.layers.fields import Axes, Flag
from cnnshape.symbolic import Size

__all__ = ["Reduction"]


class Reduction(Layer):
    """A layer that puts one number in the place of all positions along some axes."""

    kind = Kind.REDUCE

    dim: Axes | None
    keepdim: Flag

    def reduced(self, dims: int) -> tuple[int, ...]:
        """Return the axes that go, counted from the start; all of them if none is named."""
        return tuple(range(dims)) if self.dim is None else each_once(self.dim, dims)

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        reduced = self.reduced(len(x.shape))
        shape: list[Size] = []
        for axis, size in enumerate(x.shape):
            if axis not in reduced:
                shape.append(size)
            elif self.keepdim:
                shape.append(1)
        return (Spec(tuple(shape), self.result(x.dtype)),)

    def result(self, dtype: str) -> str:
        """Return the element type that comes out."""
        return dtype

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        dims = len(inputs[0].shape)
        reduced = self.reduced(dims)
        if self.keepdim:
            return Windows(whole=reduced)
        return Windows(whole=reduced, source=tuple(axis for axis in range(dims) if axis not in reduced))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls((2, 3)), ("N", 8, "H", "W")),
            Example.of(cls((-1, 2), keepdim=True), ("N", "C", "T", "H", "W")),
            Example.of(cls(1), ("N", 3, "ceil(L/2)")),
            Example.of(cls(), ("H", 4)),
        )
