"""How an operator of another system becomes layers: the words that the families' tables are written in.

A family's `foreign.py` holds one table, `TABLE`: (system, operator) -> `Row`. A row reads an `Operator`, plain data, as
`Use`s of layers; what it cannot express it refuses with `Unmapped`, which says why. No framework, no array is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeAlias

from cnnshape.layers.base import Layer, Spec
from cnnshape.symbolic import Size

if TYPE_CHECKING:
    from cnnshape.layers.arrays import Array

__all__ = [
    "Fixed",
    "Kept",
    "Known",
    "Made",
    "Operator",
    "Row",
    "Stored",
    "Table",
    "Unmapped",
    "Use",
    "Wrong",
    "attribute",
    "keyed",
    "reads",
    "refuse",
    "wrong",
]

Values: TypeAlias = tuple[Any, ...]
"""The elements of a small tensor in row-major order, as plain numbers."""


class Unmapped(Exception):
    """Why an operator cannot be read as layers; the text stands in the report."""


class Wrong(Unmapped):
    """Why an operator is none that its system has: a fault of the file, whatever layers there are."""


@dataclass(frozen=True, slots=True)
class Known:
    """A tensor whose numbers are known before a run; they are loaded when somebody needs them.

    Parameters
    ----------
    shape, dtype : what it is without its numbers
    load : returns the array
    free : whether formulas, of sizes that are free, are among the numbers; the array is one of objects then
    there : False for weights that are stated without their numbers: they stand in another file that is missing
    """

    shape: tuple[int, ...]
    dtype: str
    load: Callable[[], Array] = field(repr=False)
    free: bool = False
    there: bool = True

    @classmethod
    def of(cls, array: Array, dtype: str = "") -> Known:
        """Return an array that is there already; one of objects has the element type that the numbers will have."""
        return cls(array.shape, dtype or str(array.dtype), lambda: array, array.dtype == object)


class Operator(NamedTuple):
    """One use of an operator, as plain data.

    Parameters
    ----------
    name : the operator's name in its system
    version : of the operator set; a row may read several
    attributes : name -> numbers, texts and tuples of them
    inputs : the spec of each tensor that comes in; None where an optional one is left out
    wanted : for each output, whether anything reads it
    values : position of an input -> its elements, if they are few and known before a run; else None
    stored : position of an input -> whether it holds known numbers, few or many: a weight
    learned : position of an input -> whether these are learned, and no constants of the model
    """

    name: str
    version: int
    attributes: Mapping[str, Any]
    inputs: tuple[Spec | None, ...]
    wanted: tuple[bool, ...]
    values: Callable[[int], Values | None]
    stored: Callable[[int], bool]
    learned: Callable[[int], bool] = lambda _: True

    def has(self, position: int) -> bool:
        """Say whether the input is there."""
        return position < len(self.inputs) and self.inputs[position] is not None

    def wants(self, output: int) -> bool:
        """Say whether anything reads the output."""
        return output < len(self.wanted) and self.wanted[output]

    def spec(self, position: int = 0) -> Spec:
        """Return the spec of an input that must be there."""
        found = self.inputs[position] if position < len(self.inputs) else None
        if found is None:
            wrong(f"input {position} is missing")
        return found

    def shape(self, position: int = 0) -> tuple[Size, ...]:
        """Return the shape of an input that must be there."""
        return self.spec(position).shape

    def rank(self, position: int = 0) -> int:
        """Return the number of axes of an input."""
        return len(self.shape(position))

    def axis(self, number: int, rank: int | None = None) -> int:
        """Return an axis counted from the front."""
        rank = self.rank() if rank is None else rank
        if not -rank <= number < max(rank, 1):
            wrong(f"there is no axis {number} among {rank}")
        return number % max(rank, 1)

    def attribute(self, name: str, default: Any = None) -> Any:
        """Return an attribute, or its default."""
        return self.attributes.get(name, default)

    def numbers(self, position: int) -> Values:
        """Return the elements of an input that is an argument here."""
        self.spec(position)
        found = self.values(position)
        if found is None:
            refuse(f"input {position} is an argument, and its values are not known before a run")
        return found

    def always(self, position: int, number: float) -> bool:
        """Say whether an input is a constant of the model that is one number everywhere."""
        if not self.stored(position) or self.learned(position):
            return False
        found = self.values(position)
        return found is not None and set(found) == {number}

    def listed(self, name: str, position: int) -> Values | None:
        """Return an argument that is an attribute in old versions and an input in new ones; None if it is left out."""
        if name in self.attributes:
            given = self.attributes[name]
            return tuple(given) if isinstance(given, (tuple, list)) else (given,)
        return self.numbers(position) if self.has(position) else None

    def single(self, name: str, position: int, default: Any = None) -> Any:
        """Return an argument of one element, as `listed`."""
        found = self.listed(name, position)
        if found is None:
            return default
        if len(found) != 1:
            wrong(f"{name} has {len(found)} elements, not one")
        return found[0]


@dataclass(frozen=True, slots=True)
class Stored:
    """A weight of a layer, as the other system stores it.

    Parameters
    ----------
    position : the input that holds it
    steps : what turns the stored array into the layer's, one after the other:
        ("transpose",), ("permute", axes), ("flatten",), ("take", i) the i-th entry of the first axis, ("part", i, n)
        the i-th of n equal parts of it, ("order", (2, 0, 1)) its equal parts in another order, ("repeat", n) each entry
        n times, ("scale", x), ("fill", n) one number n times, ("reshape", sizes)
    """

    position: int
    steps: tuple[tuple[Any, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A weight of a layer in a system whose files have the weights beside the layers.

    Parameters
    ----------
    path : what the other system calls it within its layer
    steps : as for `Stored`
    """

    path: str
    steps: tuple[tuple[Any, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Fixed:
    """A number among the inputs of a layer, as a tensor without axes."""

    value: float
    dtype: str = "float32"


@dataclass(frozen=True, slots=True)
class Use:
    """A layer applied to inputs of the operator, or to what another layer gives.

    Parameters
    ----------
    layer : Layer
    inputs : positions of the operator's inputs, other uses, or fixed numbers
    weights : (the layer's name of a weight, where it is stored)
    port : which output is meant, of a layer with several; equal uses with different ports are one use
    """

    layer: Layer
    inputs: tuple[int | Use | Fixed, ...] = (0,)
    weights: tuple[tuple[str, Stored | Kept], ...] = ()
    port: int | None = None
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # A use is looked up far more often than it is made.
        object.__setattr__(self, "_hash", hash((self.layer, self.inputs, self.weights, self.port)))

    def __hash__(self) -> int:
        return self._hash

    def then(self, layer: Layer) -> Use:
        """Return another layer on top."""
        return Use(layer, (self,))

    def at(self, port: int | None) -> Use:
        """Return one output of a layer with several; None: the use as a whole."""
        return replace(self, port=port)


Made: TypeAlias = Use | int | Known | tuple[Use | int | Known | None, ...]
"""What an operator is read as: one entry for each output, an int for an input that passes, None for one not there."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table.

    Parameters
    ----------
    layer : the class that the operator stands for; a row of several layers has the chief one
    read : operator -> uses of layers; raises `Unmapped`
    """

    layer: type[Layer]
    read: Callable[[Operator], Made]


Table: TypeAlias = Mapping[tuple[str, str], Row]


def reads(layer: type[Layer], read: Callable[[Operator], Made] | None = None, **arguments: Any) -> Row:
    """Return the row of an operator that is one layer, with its arguments; or one that a function reads.

    An argument is a value, or a function of the operator, such as ``attribute("alpha", 1.0)``.
    """
    if read is not None:
        return Row(layer, read)

    def plain(op: Operator) -> Made:
        made = layer(**{name: given(op) if callable(given) else given for name, given in arguments.items()})
        # What is left out at the end is no input.
        return Use(made, tuple(i for i in range(len(op.inputs)) if op.has(i)))

    return Row(layer, plain)


def attribute(name: str, default: Any = None) -> Callable[[Operator], Any]:
    """Return what takes an attribute of an operator."""
    return lambda op: op.attribute(name, default)


def keyed(system: str, rows: Mapping[str, Row]) -> dict[tuple[str, str], Row]:
    """Return rows by system and operator."""
    return {(system, name): row for name, row in rows.items()}


def refuse(why: str) -> NoReturn:
    """Say that an operator cannot be read as layers."""
    raise Unmapped(why)


def wrong(why: str) -> NoReturn:
    """Say that an operator has a form that its system does not have."""
    raise Wrong(why)
