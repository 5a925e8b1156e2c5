"""How a layer becomes operators of another system: the words that the families' functions are written in.

A family's `foreign_out.py` holds one table, `TABLE`: (system, layer class) -> `Writer`. A writer returns operators, as
plain data, for one use of a layer; what it cannot express it refuses with `Unmapped`, which says why. No framework, no
array is needed. It is the way back of `layers.foreign`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from cnnshape.layers.base import Layer, Spec
from cnnshape.layers.foreign import refuse
from cnnshape.symbolic import Size, product, text

__all__ = [
    "Case",
    "Emit",
    "Free",
    "Numbers",
    "Owned",
    "Port",
    "Source",
    "Writer",
    "WriterTable",
    "Written",
    "ints",
    "numbers",
    "op",
    "owned",
    "reshaped",
    "shape_of",
    "simply",
    "written",
]


@dataclass(frozen=True, slots=True)
class Owned:
    """Weights of the layer as one input of an operator.

    Parameters
    ----------
    names : the layer's names; several are joined along their first axis
    steps : what is done to each before, as in `layers.foreign.Stored`
    shape : of the result, if it is another one
    """

    names: tuple[str, ...]
    steps: tuple[tuple[Any, ...], ...] = ()
    shape: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Numbers:
    """A small tensor of known numbers.

    Parameters
    ----------
    values : its elements in row-major order
    shape : of the tensor; () for one number
    dtype : "float32" stands for the type of the whole model, "single" for float32 whatever that is
    """

    values: tuple[float, ...]
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True, slots=True)
class Free:
    """A size that is known when the model runs, as a list of one number."""

    size: Size


@dataclass(frozen=True, slots=True, eq=False)
class Emit:
    """An operator on inputs; one object is one operator, however often it is named.

    Parameters
    ----------
    operator : its name in the other system
    inputs : positions of the layer's inputs, other operators, weights, numbers; None for one left out
    attributes : name -> numbers, texts and tuples of them
    outputs : how many it has
    """

    operator: str
    inputs: tuple[Source, ...]
    attributes: Mapping[str, Any]
    outputs: int = 1

    def then(self, operator: str, *more: Source, **attributes: Any) -> Emit:
        """Return an operator on top, whose first input this is."""
        return op(operator, self, *more, **attributes)

    def __getitem__(self, number: int) -> Port:
        return Port(self, number)


@dataclass(frozen=True, slots=True)
class Port:
    """One output of an operator with several."""

    of: Emit
    number: int


Source: TypeAlias = "int | Emit | Port | Owned | Numbers | Free | None"
"""Where an input of an operator comes from; an int is a position among the inputs of the layer."""

Written: TypeAlias = "Emit | Port | int | tuple[Emit | Port | int, ...]"
"""What a layer becomes: one entry for each of its outputs, an int for an input that passes."""


@dataclass(frozen=True, slots=True)
class Case:
    """One use of a layer.

    Parameters
    ----------
    inputs, outputs : the specs of what comes in and of what leaves
    real : the type of the whole model, which "float32" stands for
    """

    inputs: tuple[Spec, ...]
    outputs: tuple[Spec, ...]
    real: str = "float32"

    def shape(self, position: int = 0) -> tuple[Size, ...]:
        """Return the shape of an input."""
        return self.inputs[position].shape

    def rank(self, position: int = 0) -> int:
        """Return the number of axes of an input."""
        return len(self.inputs[position].shape)

    @property
    def space(self) -> range:
        """Return the space axes of the first input."""
        return range(2, self.rank())

    @property
    def dtype(self) -> str:
        """Return the element type of the first input."""
        return self.inputs[0].dtype

    def axis(self, number: int, position: int = 0) -> int:
        """Return an axis counted from the front."""
        return number % max(self.rank(position), 1)

    def number(self, value: float) -> Numbers:
        """Return one number of the first input's type."""
        return Numbers((value,), (), self.dtype)

    def size(self, axis: int, position: int = 0) -> int:
        """Return the size of an axis that must be a number."""
        return ints((self.shape(position)[axis],))[0]


Writer: TypeAlias = Callable[[Any, Case], Written]
"""From a layer and its use to operators; raises `Unmapped`."""

WriterTable: TypeAlias = Mapping[tuple[str, type[Layer]], Writer]


def op(operator: str, *inputs: Source, outputs: int = 1, **attributes: Any) -> Emit:
    """Return an operator; attributes that are None are left out."""
    given = {name: value for name, value in attributes.items() if value is not None}
    return Emit(operator, inputs, given, outputs)


def owned(name: str, *steps: tuple[Any, ...]) -> Owned:
    """Return one weight of the layer."""
    return Owned((name,), steps)


def numbers(values: Iterable[int]) -> Numbers:
    """Return a list of whole numbers, as ONNX takes shapes, axes and the like."""
    given = tuple(values)
    return Numbers(given, (len(given),), "int64")


def ints(sizes: Iterable[Size]) -> tuple[int, ...]:
    """Return sizes that must be numbers here."""
    found = []
    for size in sizes:
        if not isinstance(size, int):
            refuse(f"the size {text(size)} is free, and a number is needed")
        found.append(size)
    return tuple(found)


def simply(operator: str, **arguments: Any) -> Writer:
    """Return the writer of a layer that is one operator on its inputs.

    An argument is a value, or a function of the layer.
    """

    def write(layer: Layer, case: Case) -> Written:
        given = {name: value(layer) if callable(value) else value for name, value in arguments.items()}
        return op(operator, *range(len(case.inputs)), **given)

    return write


def shape_of(case: Case, wanted: tuple[Size, ...]) -> Numbers | Emit | Free:
    """Return a shape as ONNX's Reshape, Expand and Resize take it.

    Sizes that are free are read when the model runs: from the layer's inputs, or from those of the model.
    """
    pieces = [numbers(ints(run)) if isinstance(run[0], int) else _read(case, run[0]) for run in _runs(wanted)]
    return pieces[0] if len(pieces) == 1 else op("Concat", *pieces, axis=0)


def _runs(wanted: tuple[Size, ...]) -> list[list[Size]]:
    """Return neighbors that are numbers together, and the others each by itself."""
    runs: list[list[Size]] = []
    for size in wanted:
        if isinstance(size, int) and runs and isinstance(runs[-1][0], int):
            runs[-1].append(size)
        else:
            runs.append([size])
    return runs or [[]]


def _read(case: Case, size: Size) -> Numbers | Emit | Free:
    """Return a free size: that of an axis that comes in, of several together, or of the model's inputs."""
    for position, spec in enumerate(case.inputs):
        for start in range(len(spec.shape)):
            for end in range(start + 1, len(spec.shape) + 1):
                if product(spec.shape[start:end]) == size:
                    found = op("Shape", position, start=start, end=end)
                    return found if end == start + 1 else found.then("ReduceProd", keepdims=1)
    return Free(size)


def reshaped(case: Case, source: Source, before: tuple[Size, ...], after: tuple[Size, ...]) -> Emit:
    """Return a tensor in another shape; before and after are the whole shapes.

    A free size is kept where it stands, or is the one that is left over, if that says all.
    """
    kept = [size == old for size, old in zip(after, before, strict=False)]
    kept += [False] * (len(after) - len(kept))
    words = [0 if same and not isinstance(size, int) else size for size, same in zip(after, kept, strict=True)]
    free = [axis for axis, size in enumerate(words) if not isinstance(size, int)]
    if len(free) > 1:
        return op("Reshape", source, shape_of(case, after))
    if free:
        words[free[0]] = -1
    return op("Reshape", source, numbers(ints(words)))


def written(system: str, rows: Mapping[type[Layer], Writer]) -> dict[tuple[str, type[Layer]], Writer]:
    """Return writers by system and layer."""
    return {(system, layer): writer for layer, writer in rows.items()}
