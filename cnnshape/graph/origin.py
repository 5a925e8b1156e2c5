"""What the file that a network was read from calls its tensors, and the weights that it holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnshape.symbolic import Size

if TYPE_CHECKING:
    from cnnshape.layers.arrays import Array

__all__ = ["Origin"]


def _none() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a network comes from.

    Parameters
    ----------
    names : tensor in the file -> tensor in the network
    known : tensor in the file that follows from sizes and constants alone -> its shape
    weights : weight or fixed tensor in the network -> what reads its numbers
    absent : weights and fixed tensors in the network whose numbers the file does not hold
    uncounted : weights in the network that are no parameters of their own: the file stores them once, for another layer
        as well, or it states them as constants
    orders : tensor in the network -> its axes in the order in which the file shows them, where it is another one
    """

    names: Mapping[str, str] = field(default_factory=_none)
    known: Mapping[str, tuple[Size, ...]] = field(default_factory=_none)
    weights: Mapping[str, Callable[[], Array]] = field(default_factory=_none, repr=False)
    absent: tuple[str, ...] = ()
    uncounted: frozenset[str] = frozenset()
    orders: Mapping[str, tuple[int, ...]] = field(default_factory=_none)

    def shown(self, tensor: str, shape: Sequence[Size]) -> tuple[Size, ...]:
        """Return the shape of a tensor in the network with its axes in the order of the file.

        Examples
        --------
        >>> Origin(orders={"conv": (0, 2, 3, 1)}).shown("conv", (1, 64, 112, 113))
        (1, 112, 113, 64)
        """
        order = self.orders.get(tensor, ())
        return tuple([shape[axis] for axis in order]) if len(order) == len(shape) else tuple(shape)

    def __reduce__(self) -> tuple[Any, ...]:
        # A copy in another process has no file.
        return Origin, ({**self.names}, {**self.known}, {}, (), self.uncounted, {**self.orders})
