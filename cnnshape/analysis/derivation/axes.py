"""How each axis of a layer's output comes about, from the layer's window, its arguments and its inputs.

No layer is known here by name: each way to explain a size is tried in turn, and says only what holds for the sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

from cnnshape.analysis.derivation.data import Part, Step, times
from cnnshape.analysis.derivation.seen import seen
from cnnshape.analysis.derivation.steps import steps
from cnnshape.errors import CnnshapeError
from cnnshape.layers.base import Context, Layer, Spec, Windows, axis_name
from cnnshape.symbolic import Size, Window, exact_div, output_size, product, total

__all__ = ["Axis", "Origin", "axes_of", "gone"]


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis of an output of a layer.

    Parameters
    ----------
    layer : Layer
    given : its specs
    port : which of its outputs
    inputs : the specs whose values it reads
    windows : its windows
    dims : how many axes the output has
    place : the position of this one
    size : Size
    old : its position in the first input; None if it is new
    """

    layer: Layer
    given: tuple[Spec, ...]
    port: int
    inputs: tuple[Spec, ...]
    windows: Windows
    dims: int
    place: int
    size: Size
    old: int | None

    @property
    def name(self) -> str:
        return _name(self.dims, self.place, bool(self.windows.axes))

    def asked(self, layer: Layer, given: tuple[Spec, ...]) -> Size | None:
        """Return what the axis would be for another layer or other inputs; None where these do not fit."""
        try:
            shape = layer.outputs(given, Context())[self.port].shape
        except (CnnshapeError, IndexError):
            return None
        return shape[self.place] if len(shape) == self.dims else None

    @property
    def before(self) -> list[Size]:
        """The sizes of the axis in all inputs that have it; inputs of fewer axes are aligned at the end."""
        if self.old is None:
            return []
        dims = len(self.inputs[0].shape)
        at = [(spec.shape, self.old - (dims - len(spec.shape))) for spec in self.inputs]
        return [shape[axis] for shape, axis in at if 0 <= axis < len(shape)]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the size of an axis comes from.

    Parameters
    ----------
    steps : lines with the numbers put in; the first one ends with the size
    rules : the rules in letters
    letters : (letter, what it stands for)
    kept : True if it is the size that the input has
    """

    steps: tuple[Step, ...]
    rules: tuple[str, ...] = ()
    letters: tuple[tuple[str, str], ...] = ()
    kept: bool = False


def axes_of(layer: Layer, inputs: tuple[Spec, ...], made: Spec, port: int = 0) -> Iterator[tuple[Axis, Origin]]:
    """Yield every axis of an output with its origin; `port` says which output it is."""
    windows = layer.window(inputs)
    read = inputs if windows.reads is None else tuple(inputs[i] for i in windows.reads)
    dims = len(made.shape)
    for place, size in enumerate(made.shape):
        axis = Axis(layer, inputs, port, read, windows, dims, place, size, _old(read, windows, dims, place))
        yield axis, next(found for way in _WAYS if (found := way(axis)) is not None)


def gone(layer: Layer, inputs: tuple[Spec, ...], made: Spec) -> tuple[str, ...]:
    """Return the names of the axes of which all positions become one, and that the output does not have."""
    windows = layer.window(inputs)
    if windows.source is None or not inputs or len(windows.source) != len(made.shape):
        return ()
    dims = len(inputs[0].shape)
    if len(made.shape) >= dims:
        return ()
    return tuple(_name(dims, axis, True) for axis in sorted(windows.whole) if axis not in windows.source)


def _old(read: tuple[Spec, ...], windows: Windows, dims: int, place: int) -> int | None:
    if not read:
        return None
    if windows.source is not None and len(windows.source) == dims:
        return windows.source[place]
    moved = place - (dims - len(read[0].shape))
    return moved if moved >= 0 else None


def _name(dims: int, place: int, space: bool) -> str:
    """Return what an axis is called; the batch not by its letter N, which is the kernel in the rules."""
    letters = dims > 3 or (dims == 3 and space)  # three axes may be tokens with features
    if place == 0 and (letters or dims == 2):  # rows of features
        return "batch"
    letter = axis_name(dims, place) if letters else ""
    return letter if letter.isalpha() else f"axis {place}"


def _slid(axis: Axis) -> Origin | None:
    """A window slides over the axis."""
    window = axis.windows.axes.get(axis.place)
    if window is None or not axis.before or output_size(axis.before[0], window) != axis.size:
        return None
    if window == Window():
        return _as_it_was(axis)
    found = steps(axis.before[0], window)
    equations = [tuple(line.split(" = ")) for line in found.filled if " = " in line]
    remarks = [line for line in found.filled if " = " not in line]
    *extent, size = [Step("", (*parts[:-1], axis.size if parts is equations[-1] else parts[-1])) for parts in equations]
    if window.kernel != 1 or window.stride != 1:
        remarks += seen(axis.before[0], window) or ([f"left out: {found.cut_off}"] if found.cut_off else [])
    lines = (Step(axis.name, size.chain), *extent, *(Step("", (), words) for words in remarks))
    return Origin(lines, (found.rule,), found.named)


def _as_it_was(axis: Axis) -> Origin:
    dims = len(axis.inputs[0].shape)
    if axis.old is not None and axis.old - dims != axis.place - axis.dims and axis.old != axis.place:
        was = _name(dims, axis.old, bool(axis.windows.axes))
        return Origin((Step(axis.name, (axis.size,), f"the input's {was}"),))
    return Origin((Step(axis.name, (axis.size,)),), kept=True)


def _kept(axis: Axis) -> Origin | None:
    """All inputs have this size."""
    sizes = axis.before
    if not sizes or axis.old in axis.windows.whole or any(size != axis.size for size in sizes):
        return None
    return _as_it_was(axis)


def _stated(axis: Axis) -> Origin | None:
    """An argument of the layer says it: twice the argument gives twice the size. An input is nothing but its sizes."""
    if not axis.inputs:
        return None
    for field in fields(axis.layer):  # type: ignore[arg-type]  # a layer is a dataclass
        value = getattr(axis.layer, field.name)
        for other in _doubled(value, axis.size):
            try:
                changed = replace(axis.layer, **{field.name: other})  # type: ignore[type-var]  # a layer is a dataclass
            except CnnshapeError:
                continue
            if axis.asked(changed, axis.given) == 2 * axis.size:
                return Origin((Step(axis.name, (field.name, axis.size)),))
    return None


def _doubled(value: Any, size: Size) -> Iterator[Any]:
    """Yield an argument with twice the size in the place of the size, wherever it stands."""
    if isinstance(value, tuple):
        for i, each in enumerate(value):
            if not isinstance(each, (bool, tuple)) and each == size:
                yield (*value[:i], 2 * size, *value[i + 1 :])
    elif not isinstance(value, (bool, str)) and value is not None and value == size:
        yield 2 * size


def _whole(axis: Axis) -> Origin | None:
    """All positions become one, or every output looks at all of them."""
    if axis.old is None or axis.old not in axis.windows.whole or not axis.before:
        return None
    before = axis.before[0]
    if axis.size == 1 and before != 1:
        return Origin((Step(axis.name, (1,), f"all {_text(before)} positions become one"),))
    return _as_it_was(axis) if before == axis.size else None


def _side_by_side(axis: Axis) -> Origin | None:
    """The inputs stand beside one another."""
    sizes = axis.before or [spec.shape[axis.place] for spec in axis.inputs if len(spec.shape) == axis.dims]
    if len(sizes) < 2 or len(sizes) != len(axis.inputs) or total(sizes) != axis.size:  # a sum of one says nothing
        return None
    return Origin((Step(axis.name, (" + ".join(map(_text, sizes)), axis.size), "the inputs side by side"),))


def _stretched(axis: Axis) -> Origin | None:
    """One of several inputs has it, the others have 1 or are asked to have it too."""
    sizes = axis.before
    if len(axis.inputs) < 2 or axis.size not in sizes:  # several
        return None
    words = (
        "an input of size 1 is repeated"
        if 1 in sizes and axis.size != 1
        else f"as in input {sizes.index(axis.size) + 1}"
    )
    return Origin((Step(axis.name, (axis.size,), words),))


def _merged(axis: Axis) -> Origin | None:
    """Several neighboring axes of the input have become one."""
    for spec in axis.inputs[:1]:
        dims = len(spec.shape)
        runs = [spec.shape[first:last] for first in range(dims) for last in range(dims, first + 1, -1)]
        found = next((run for run in runs if run[0] != 1 and product(run) == axis.size), None)
        if found is not None:
            return Origin((Step(axis.name, (times(*found), axis.size)),))
    return None


def _several(axis: Axis) -> Origin | None:
    """A multiple of what it was, or a part of it: twice the input gives twice the output."""
    places = [axis.old] if axis.old is not None else [axis.place]
    for spec in axis.inputs[:1]:
        for place in places:
            if not 0 <= place < len(spec.shape):
                continue
            before, shape = spec.shape[place], spec.shape
            wider = Spec((*shape[:place], 2 * before, *shape[place + 1 :]), spec.dtype)
            if axis.asked(axis.layer, tuple(wider if each is spec else each for each in axis.given)) != 2 * axis.size:
                continue
            if before == axis.size and before != 1:
                return Origin((Step(axis.name, (axis.size,), "as many as before"),))
            more, fewer = exact_div(axis.size, before), exact_div(before, axis.size)
            if isinstance(more, int) and more > 1 and before != 1:
                return Origin((Step(axis.name, (times(more, before), axis.size)),))
            if isinstance(fewer, int) and fewer > 1:
                return Origin((Step(axis.name, (f"{times(before)}/{fewer}", axis.size)),))
    return None


def _plain(axis: Axis) -> Origin:
    """Nothing is known but the size."""
    changed = len(axis.inputs) == 1 and axis.before and axis.before[0] != axis.size
    words = f"was {_text(axis.before[0])}" if changed else ""
    return Origin((Step(axis.name, (axis.size,), words),))


_WAYS: tuple[Callable[[Axis], Origin | None], ...] = (
    _slid,
    _kept,
    _stated,
    _whole,
    _side_by_side,
    _stretched,
    _merged,
    _several,
    _plain,
)


def _text(part: Part) -> str:
    return times(part)
