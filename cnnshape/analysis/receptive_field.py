"""Which part of the input each position of a tensor sees, and whether the branches of a join look at the same place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from cnnshape.graph.propagate import Propagation
from cnnshape.symbolic import Size

__all__ = ["AxisField", "Field", "Fields", "Misalignment", "Status", "receptive_fields"]

Status: TypeAlias = Literal["exact", "upper bound", "whole input", "unknown"]
Place: TypeAlias = Size | Fraction
"""A position or distance in pixels of the input; a Fraction after up-sampling."""


@dataclass(frozen=True, slots=True)
class AxisField:
    """The window of one axis of an input: position i of the tensor sees the pixels ``jump*i + low .. jump*i + high``.

    Parameters
    ----------
    jump, low, high : pixels of the input; None if nothing can be said
    status : "exact"; "upper bound", some pixels of the window are not seen; "whole input", more than the window is seen
        (the window is that of the path without gates, norms and global reductions); "unknown"
    """

    jump: int | Fraction | None
    low: Place | None
    high: Place | None
    status: Status


@dataclass(frozen=True, slots=True)
class Field:
    """The receptive field of a tensor in one input.

    Parameters
    ----------
    input : str, name of the input
    axes : for each space axis of the input
    """

    input: str
    axes: tuple[AxisField, ...]

    @property
    def size(self) -> tuple[Place | None, ...]:
        """Pixels that a position sees, per axis."""
        raise NotImplementedError

    @property
    def stride(self) -> tuple[int | Fraction | None, ...]:
        """Pixels of the input between two neighboring positions, per axis."""
        return tuple(axis.jump for axis in self.axes)

    @property
    def offset(self) -> tuple[Place | None, ...]:
        """The first pixel that position 0 sees, per axis: minus the effective padding."""
        return tuple(axis.low for axis in self.axes)

    @property
    def status(self) -> Status:
        """The least certain of the axes' statuses."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Misalignment:
    """A join whose inputs look at different places: their sizes differ for some input size, or their features are shifted.

    Parameters
    ----------
    node : position in `network.nodes`
    input : str, name of the network's input
    axis : its axis, batch first
    tensors : the two tensors that meet
    jumps : their jumps
    offset : pixels of the input from the center of the first one's window to that of the second; None if the jumps differ
    """

    node: int
    input: str
    axis: int
    tensors: tuple[str, str]
    jumps: tuple[int | Fraction, int | Fraction]
    offset: Place | None


@dataclass(frozen=True, slots=True)
class Fields:
    """The receptive fields of all tensors.

    Parameters
    ----------
    fields : tensor name -> (Field for each input that it depends on, in the order of the inputs)
    misaligned : joins whose inputs look at different places, in graph order
    """

    fields: Mapping[str, tuple[Field, ...]]
    misaligned: tuple[Misalignment, ...]

    def __getitem__(self, tensor: str) -> Field | None:
        """Return the field in the first input that the tensor depends on and that has space axes; None if there is none."""
        return next(iter(self.fields.get(tensor, ())), None)


def receptive_fields(propagation: Propagation) -> Fields:
    """Return the receptive field of every tensor that was propagated."""
    raise NotImplementedError
