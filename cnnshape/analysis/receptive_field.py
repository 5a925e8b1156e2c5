"""Which part of the input each position of a tensor sees, and whether the branches of a join look at the same place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import get_args

from cnnshape.analysis.sight import Jump, Place, Sight, Status, center_distance, joined, span, through
from cnnshape.graph.channels import channels_last
from cnnshape.graph.collector import collector_paused
from cnnshape.graph.propagate import Propagation
from cnnshape.layers.base import POINTWISE, Layer, Spec, Windows
from cnnshape.layers.io import Input
from cnnshape.symbolic import Dim, exact_div, total

__all__ = ["AxisField", "Field", "Fields", "Jump", "Misalignment", "Place", "Status", "receptive_fields"]

_WORST_LAST = {status: rank for rank, status in enumerate(get_args(Status))}


@dataclass(frozen=True, slots=True)
class AxisField:
    """The window of one axis of an input: position i of the tensor sees the pixels ``jump*i + low .. jump*i + high``.

    At the border a position sees at most the part of its window that lies inside the input.

    Parameters
    ----------
    axis : the axis of the input, batch first
    jump, low, high : pixels of the input; None if nothing can be said
    status : "exact"; "upper bound", some pixels of the window may not be seen; "whole input", more than the window is
        seen, which is then that of the path without gates, norms and global reductions, or None if that is unknown;
        "unknown"
    """

    axis: int
    jump: Jump | None
    low: Place | None
    high: Place | None
    status: Status

    @property
    def size(self) -> Place | None:
        """Pixels in the window."""
        return None if self.high is None or self.low is None else span(self.low, self.high)

    @property
    def center(self) -> Place | None:
        """The middle of the window of position 0; None too where it would be half of a formula."""
        if self.high is None or self.low is None or {type(self.low), type(self.high)} >= {Dim, Fraction}:
            return None
        twice = self.high + self.low  # type: ignore[operator]  # no Fraction beside a Dim
        if isinstance(twice, Dim):
            return exact_div(twice, 2)
        half = Fraction(twice, 2)
        return half.numerator if half.denominator == 1 else half


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
        return tuple(axis.size for axis in self.axes)

    @property
    def stride(self) -> tuple[Jump | None, ...]:
        """Pixels of the input between two neighboring positions, per axis."""
        return tuple(axis.jump for axis in self.axes)

    @property
    def offset(self) -> tuple[Place | None, ...]:
        """The first pixel that position 0 sees, per axis: minus the effective padding."""
        return tuple(axis.low for axis in self.axes)

    @property
    def center(self) -> tuple[Place | None, ...]:
        """The middle of the window of position 0, per axis."""
        return tuple(axis.center for axis in self.axes)

    @property
    def status(self) -> Status:
        """The least certain of the axes' statuses."""
        return max((axis.status for axis in self.axes), key=_WORST_LAST.__getitem__)


@dataclass(frozen=True, slots=True)
class Misalignment:
    """A join whose inputs look at different places: it is refused at some sizes, or it mixes shifted features.

    Two branches without SAME or ceil mode and with equal padding on both sides have equal sizes for every size of the
    input exactly if their jumps and their centers are the same. Otherwise they may fit and still be shifted.

    Parameters
    ----------
    node : position in `network.nodes`
    input : str, name of the network's input
    axis : its axis, batch first
    tensors : the two tensors that meet
    jumps : their jumps
    offset : pixels of the input from the center of the first one's window to that of the second; None if the jumps
        differ, so that the distance grows, or if it is half of a formula
    """

    node: int
    input: str
    axis: int
    tensors: tuple[str, str]
    jumps: tuple[Jump, Jump]
    offset: Place | None


Axes = tuple[tuple[str, int], ...]
Sights = tuple[Sight | None, ...]
"""What a tensor sees of each space axis of each input; None if it does not depend on that input."""


@dataclass(frozen=True, eq=False)
class Fields:
    """The receptive fields of all tensors.

    Parameters
    ----------
    axes : (input, axis) of each space axis of each input
    sights : tensor -> what it sees of each of these axes
    misaligned : joins whose inputs look at different places, in graph order
    """

    axes: Axes
    sights: Mapping[str, Sights]
    misaligned: tuple[Misalignment, ...]

    def all_of(self, tensor: str) -> tuple[Field, ...]:
        """Return the field of a tensor in each input on which it depends and that has space axes, in their order."""
        by_input: dict[str, list[AxisField]] = {}
        for (name, axis), s in zip(self.axes, self.sights.get(tensor, ()), strict=False):
            if s is not None:
                found = AxisField(axis, s.jump, s.low, s.high, s.status)
                by_input.setdefault(name, []).append(found if s.known else AxisField(axis, None, None, None, s.status))
        return tuple(Field(name, tuple(found)) for name, found in by_input.items())

    def of(self, tensor: str) -> Field | None:
        """Return the first of `all_of`; None if the tensor depends on no input with space axes."""
        return next(iter(self.all_of(tensor)), None)


def receptive_fields(propagation: Propagation) -> Fields:
    """Return what every tensor that was propagated sees of the inputs, in one walk.

    The space axes of an input are those after batch and channels, or between them where a network begins with
    moving the channels to the front; of integers with two axes, the second one.

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> from cnnshape.graph.propagate import propagate
    >>> x = Input("image", (3, "H", "W"))
    >>> y = L.Conv(8, kernel_size=7, stride=2, padding=3)(x)
    >>> y = L.MaxPool(3, stride=2, padding=1)(y)
    >>> field = receptive_fields(propagate(Network("stem", inputs=x, outputs=y))).of("max_pool1")
    >>> field.size, field.stride, field.offset, field.status
    ((11, 11), (4, 4), (-5, -5), 'exact')

    References
    ----------
    [1] Araujo, Norris, Sim: Computing Receptive Fields of Convolutional Neural Networks, Distill 2019,
        doi 10.23915/distill.00021
    """
    axes = _space_axes(propagation)
    with collector_paused():
        seen, misaligned = _walk(propagation, axes)
    return Fields(axes, MappingProxyType(seen), tuple(misaligned))


def _walk(propagation: Propagation, axes: Axes) -> tuple[dict[str, Sights], list[Misalignment]]:
    network = propagation.network
    seen: dict[str, Sights] = {}
    misaligned: list[Misalignment] = []
    for i, (node, inputs, outputs) in enumerate(
        zip(network.nodes, propagation.inputs, propagation.outputs, strict=True)
    ):
        if inputs is None or outputs is None:
            continue
        if isinstance(node.layer, Input):
            images = outputs[0].shape[0] if outputs[0].shape else None
            seen[node.name] = tuple(Sight(axis, images=images) if name == node.name else None for name, axis in axes)
            continue
        sights = [seen[tensor] for tensor in node.inputs]
        if not sights:  # a constant, or a learned tensor
            seen[node.name] = (None,) * len(axes)
            continue
        found = _step(node.layer, sights, inputs, outputs)
        names = [node.name] if len(outputs) == 1 else [f"{node.name}.{port}" for port in range(len(outputs))]
        for name, (made, _) in zip(names, found, strict=True):
            seen[name] = made
        if len(sights) > 1 and found:
            for (name, axis), meeting in zip(axes, found[0][1], strict=True):
                misaligned.extend(_shifts(i, name, axis, node.inputs, meeting))
    return seen, misaligned


def _space_axes(propagation: Propagation) -> Axes:
    """Return (input, axis) for each space axis of each input."""
    found, last = [], channels_last(propagation.network)
    for node in propagation.network.inputs:
        spec = propagation.specs.get(node.name)
        if spec is None:
            continue
        tokens = len(spec.shape) == 2 and "int" in spec.dtype
        behind = node.name in last  # the channels stand behind the axes of space
        found += [(node.name, axis) for axis in range(1 if tokens or behind else 2, len(spec.shape) - behind)]
    return tuple(found)


Step = tuple[Sights, tuple[tuple[Sight | None, ...], ...]]
"""What an output sees, and for each axis what each of the layer's inputs adds to it."""


def _step(layer: Layer, sights: Sequence[Sights], given: Sequence[Spec], made: Sequence[Spec]) -> tuple[Step, ...]:
    windows = layer.window(tuple(given))
    if len(sights) == 1 and windows is POINTWISE:
        return ((sights[0], ()),) * len(made)
    return tuple(_output(windows, sights, given, spec) for spec in made)


def _output(windows: Windows, sights: Sequence[Sights], given: Sequence[Spec], made: Spec) -> Step:
    if len(sights) == 1:
        moved = tuple(None if s is None else through(s, windows, given[0], made) for s in sights[0])
        return moved, ()
    beside = _side_by_side(windows, given, made)
    unread = set(range(len(sights))) - set(range(len(sights)) if windows.reads is None else windows.reads)
    found: list[Sight | None] = []
    meetings = []
    for column in zip(*sights, strict=True):
        meeting = tuple(
            None if s is None or i in unread else through(s, windows, spec, made, alone=beside is None)
            for i, (s, spec) in enumerate(zip(column, given, strict=True))
        )
        present = [s for s in meeting if s is not None]
        found.append(joined(present, beside) if present else None)
        meetings.append(meeting)
    return tuple(found), tuple(meetings)


def _side_by_side(windows: Windows, given: Sequence[Spec], made: Spec) -> int | None:
    """Return the axis along which all inputs stand side by side, or None."""
    axis = next((axis for axis, old in enumerate(windows.source or ()) if old is None), None)
    if axis is None or any(len(spec.shape) != len(made.shape) for spec in given):
        return None
    return axis if total(spec.shape[axis] for spec in given) == made.shape[axis] else None


def _shifts(
    node: int, name: str, axis: int, tensors: Sequence[str], meeting: Sequence[Sight | None]
) -> Iterator[Misalignment]:
    """Yield the inputs of a join that do not look where its first input looks."""
    moving = [
        (tensor, s)
        for tensor, s in zip(tensors, meeting, strict=True)
        if s is not None and s.known and not s.reduced and s.at is not None
    ]
    for tensor, sight in moving[1:]:
        first_tensor, first = moving[0]
        if sight.at != first.at:
            continue
        offset = center_distance(first, sight) if sight.jump == first.jump else None
        if offset != 0:
            yield Misalignment(node, name, axis, (first_tensor, tensor), (first.jump, sight.jump), offset)
