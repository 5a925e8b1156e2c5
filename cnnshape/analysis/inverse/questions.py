"""What is asked of a network beside that its layers fit: a size of an output, trained weights, sizes that stay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from cnnshape.analysis.fitting.validity import Validity
from cnnshape.analysis.inverse.invert import of_equal_size, of_output, of_weights, output_tensor, with_wanted
from cnnshape.errors import FormulaError, UsageError
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import Propagation
from cnnshape.layers.base import shape_text
from cnnshape.symbolic import Assumption, Dim, Size, dim, symbols

__all__ = ["Question", "answered", "space_sizes"]

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Parameters
    ----------
    outputs : name of an output or of another tensor ("" the first output) -> the sizes of its last axes; a single one
        stands for all axes of space
    trained_at : symbol -> the size that the weights were trained at; empty: they are not trained yet
    keep_size : the outputs that are maps have the size of the input
    assumptions : what the symbols may be
    """

    outputs: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: _NOTHING)
    trained_at: Mapping[str, int] = field(default_factory=lambda: _NOTHING)
    keep_size: bool = False
    assumptions: tuple[Assumption, ...] = ()

    def __reduce__(self) -> tuple[object, ...]:
        return Question, ({**self.outputs}, {**self.trained_at}, self.keep_size, self.assumptions)


def answered(propagation: Propagation, question: Question) -> tuple[Validity, tuple[str, ...]]:
    """Return the inputs that are asked for, and lines on how the question was read.

    Raises
    ------
    UsageError
        CS001, no such output, or one with other axes; CS004, sizes of training that the network does not take, or that
        leave a weight open.

    Examples
    --------
    >>> from cnnshape import Input, layers as L
    >>> from cnnshape.graph.propagate import propagate
    >>> x = Input("image", (3, "H", "W"))
    >>> y = L.GlobalAvgPool()(L.Conv(8, kernel_size=7, stride=32, padding=3)(x))
    >>> walked = propagate(Network("tiny", inputs=x, outputs=L.Linear(10)(L.Flatten()(y))))
    >>> found, notes = answered(walked, Question(outputs={"": (7,)}))
    >>> found.sets["W"], *notes
    (W in 193..224, "the output (N, 10) is no map: 7x7 is asked of 'conv1', the last map before it")
    """
    wanted: list[tuple[int, Size, Size]] = []
    notes: list[str] = []
    for name, target in question.outputs.items():
        tensor, sizes, read = _meant(propagation, name, target)
        notes += read
        wanted += of_output(propagation, tensor, sizes)
    if question.keep_size:
        wanted += of_equal_size(propagation, _maps(propagation))
    if question.trained_at:
        fixed = list(_trained(propagation, question.trained_at))
        notes += [] if fixed else ["no weight follows the size of the input: trained or not, the same inputs fit"]
        wanted += fixed
    return with_wanted(propagation, wanted, question.assumptions), tuple(notes)


def _trained(propagation: Propagation, sizes: Mapping[str, int]) -> Iterable[tuple[int, Size, Size]]:
    network = propagation.network
    fits = with_wanted(propagation, ())
    if not propagation.faults and fits.check(sizes) is False:
        raise UsageError(
            f"trained at {_listed(sizes)}: the network does not take it",
            code="CS004",
            rule="weights are trained at a size that fits: " + (", ".join(map(str, fits.sets.values())) or "none does"),
            fix=" or ".join(_listed(near) for near in fits.nearest(sizes)) or "another size",
        )
    try:
        yield from of_weights(propagation, {**network.defaults, **sizes})
    except FormulaError as error:
        free = [name for name in network.symbols if name not in {*sizes, *network.defaults, network.batch}]
        raise UsageError(
            f"trained at {_listed(sizes)}: the weights depend on {' and '.join(free)} as well",
            code="CS004",
            rule="the sizes of training decide the shape of every weight",
            fix=_listed({**sizes, **dict.fromkeys(free, 32)}),
        ) from error


def _listed(sizes: Mapping[str, int]) -> str:
    return ",".join(f"{name}={size}" for name, size in sizes.items())


def _maps(propagation: Propagation) -> list[str]:
    """Return the outputs with as many axes as the first input; the first output if there are none."""
    network, specs = propagation.network, propagation.specs
    rank = len(specs[network.inputs[0].name].shape)
    tensors = list(network.outputs.values())
    return [each for each in tensors if each in specs and len(specs[each].shape) == rank] or tensors[:1]


def _meant(propagation: Propagation, name: str, target: tuple[int, ...]) -> tuple[str, tuple[int, ...], list[str]]:
    """Return the tensor and the sizes that are meant, and a line for the reader where it is not the output itself.

    A classifier's output has no axes of space: then the last map before it that follows the input is meant.
    """
    tensor = output_tensor(propagation, name)
    network, specs = propagation.network, propagation.specs
    space = len(specs[network.inputs[0].name].shape) - 2
    shape = specs[tensor].shape if tensor in specs else ()
    if len(target) not in (1, space) or space < 1 or not shape or shape[1:] == target:
        return tensor, target, []
    sizes = target * space if len(target) == 1 else target
    if len(shape) == space + 2:
        return tensor, sizes, []
    if len(shape) > 2 or (len(target) == 1 and any(isinstance(size, Dim) for size in shape[1:])):
        return tensor, target, []
    found = _last_map(propagation, tensor, space)
    if not found:
        return tensor, target, []
    wanted = "x".join(map(str, sizes))
    return (
        found,
        sizes,
        [f"the output {shape_text(shape)} is no map: {wanted} is asked of {found!r}, the last map before it"],
    )


def _last_map(propagation: Propagation, tensor: str, space: int) -> str:
    """Return the last tensor on the way to another one that has axes of space that follow the input."""
    network, specs = propagation.network, propagation.specs
    behind = {network.producers[tensor]}
    for i in range(max(behind), -1, -1):
        if i not in behind:
            continue
        for source in reversed(network.nodes[i].inputs):
            shape = specs[source].shape
            if len(shape) == space + 2 and all(isinstance(size, Dim) for size in shape[2:]):
                return source
            behind.add(network.producers[source])
    return ""


def space_sizes(network: Network, sizes: Sequence[int]) -> dict[str, int]:
    """Return the sizes of the symbols on the axes of space of the inputs; a single size stands for all of them.

    Raises
    ------
    UsageError
        CS004, another number of sizes, an axis that is no single symbol, or another size where one is fixed.
    """
    found: dict[str, int] = {}
    for node in network.inputs:
        axes = node.declared[2:]
        given = tuple(sizes) * len(axes) if len(sizes) == 1 else tuple(sizes)
        fits = len(given) == len(axes) and all(size > 0 for size in given)
        for axis, size in zip(axes, given, strict=False):
            names = symbols(axis)
            fits &= axis == size or (len(names) == 1 and axis == dim(*names))
            for name in names:
                fits &= found.setdefault(name, size) == size
        if not fits:
            raise UsageError(
                f"{'x'.join(map(str, sizes))} is no size of the input {shape_text(node.declared)}",
                code="CS004",
                got=tuple(sizes),
                rule="one size for each axis of space, or one for all",
                fix="name the symbols: "
                + (",".join(f"{name}=32" for name in network.symbols if name != network.batch) or "there are none"),
            )
    return found
