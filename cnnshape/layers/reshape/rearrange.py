"""What all layers share that compute nothing."""

from __future__ import annotations

from cnnshape.layers.base import Kind, Layer, Spec, Windows, Work
from cnnshape.symbolic import Size

__all__ = ["Rearrangement", "along", "moved_along", "pixel_order"]


class Rearrangement(Layer):
    """A layer whose output elements are input elements."""

    kind = Kind.RESHAPE

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of()


def along(x: Spec, axis: int, sizes: tuple[Size, ...]) -> tuple[Spec, ...]:
    """Return tensors that differ from `x` in their size along `axis`."""
    return tuple(Spec((*x.shape[:axis], size, *x.shape[axis + 1 :]), x.dtype) for size in sizes)


def moved_along(dims: int, axis: int) -> Windows:
    """Return the window of a layer that moves positions along one axis only."""
    return Windows(source=tuple(None if i == axis else i for i in range(dims)))


def pixel_order(rank: int, depth_first: bool) -> tuple[int, ...]:
    """Return the axes batch, depth, then place and pixel of each space axis, as they stand in the channels' order."""
    depth, pixel = (1, 2) if depth_first else (1 + rank, 1)
    return (0, depth, *(axis for k in range(rank) for axis in (2 + rank + k, pixel + k)))
