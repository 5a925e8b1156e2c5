"""How a layer is said in Keras 3: the words that the families' tables are written in.

A family's `keras_source.py` holds one table, `TABLE`: layer class -> `Way`. A way says how the axes of what comes in
must stand, and returns calls of Keras as plain data; what Keras cannot say it refuses with `Unmapped`. Keras is not
needed, and no text of a model becomes code: functions are named here, everything else is an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cnnshape.layers.base import Layer
from cnnshape.layers.foreign_out import Case
from cnnshape.symbolic import Size

if TYPE_CHECKING:
    from cnnshape.layers.arrays import Array

__all__ = [
    "REQUIRED",
    "Argument",
    "Call",
    "Item",
    "Kept",
    "KerasCase",
    "Made",
    "Order",
    "Placed",
    "Way",
    "WayTable",
    "channels_last",
    "either",
    "helper",
    "kept",
    "layer",
    "one",
    "op",
    "plain",
    "turned_last",
    "unless",
]

REQUIRED = object()
"""The default of an argument that is always written."""

Order: TypeAlias = tuple[int, ...]
"""The axes of a tensor here in the order in which Keras has them."""


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a call.

    Parameters
    ----------
    word : its keyword
    value : numbers, formulas, texts, None and tuples of them
    default : what is left out where it is meant
    bare : True if the keyword is not written
    """

    word: str
    value: Any
    default: Any = REQUIRED
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """A weight of Keras: which weights here it is made of, and how."""

    names: tuple[str, ...]
    turn: Callable[..., Array]


Source: TypeAlias = "int | Call | Item"


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A call; one object is one call, however often it is named.

    Parameters
    ----------
    function : `layers.Conv2D`, `ops.pad`, or the name of a `HELPERS` entry of the writer
    inputs : positions of the layer's inputs, or other calls
    arguments : what else it takes
    weights : of a layer with weights: those of Keras, in its order
    together : True if the inputs are one list
    outputs : how many it gives
    suffix : what is put behind the layer's name, of all but the call that the layer is named for
    """

    function: str
    inputs: tuple[Source, ...]
    arguments: tuple[Argument, ...] = ()
    weights: tuple[Kept, ...] = ()
    together: bool = False
    outputs: int = 1
    suffix: str = ""

    def named(self, suffix: str) -> Call:
        """Return the call with a suffix behind the name of the layer."""
        return replace(self, suffix=suffix)

    def __getitem__(self, number: int) -> Item:
        return Item(self, number)


@dataclass(frozen=True, slots=True)
class Item:
    """One output of a call with several."""

    of: Call
    number: int


@dataclass(frozen=True, slots=True)
class Placed:
    """What a layer becomes, and how its output stands if not as its input does."""

    what: Source | tuple[Source, ...]
    order: Order


Made: TypeAlias = "Source | tuple[Source, ...] | Placed"


@dataclass(frozen=True, slots=True)
class KerasCase(Case):
    """One use of a layer.

    Parameters
    ----------
    order : how the axes of the first input stand
    nonnegative : True if no number that comes in is below zero
    spread : True if the layer is one of several alike of which one has a stride: padding is written out
    once : True if all that read the output flatten it
    """

    order: Order = ()
    nonnegative: bool = False
    spread: bool = False
    once: bool = False

    def weights_of(self, given: Layer) -> tuple[str, ...]:
        """Return the names of the weights that the layer has."""
        return tuple(given.weights(self.inputs))

    def at(self, axis: int) -> int:
        """Return where an axis stands in Keras; the last one is -1."""
        place = self.order.index(axis % len(self.order))
        return -1 if place == len(self.order) - 1 else place

    def sorted_sides(self, sides: Mapping[int, tuple[Size, Size]]) -> tuple[tuple[Size, Size], ...]:
        """Return what stands before and after each axis, in the order of Keras."""
        return tuple(sides.get(axis, (0, 0)) for axis in self.order)


@dataclass(frozen=True, slots=True)
class Way:
    """How a layer is written.

    Parameters
    ----------
    write : from a layer and its use to calls
    order : "last" channels behind space, "plain" as here, "any" as they come, or a function of the layer and the
        number of axes
    """

    write: Callable[[Any, KerasCase], Made]
    order: Literal["last", "plain", "any"] | Callable[[Any, int], Order]


WayTable: TypeAlias = Mapping[type[Layer], Way]


def channels_last(write: Callable[[Any, KerasCase], Made]) -> Way:
    """Return the way of a layer whose channels stand behind space."""
    return Way(write, "last")


def plain(write: Callable[[Any, KerasCase], Made]) -> Way:
    """Return the way of a layer whose axes stand as here."""
    return Way(write, "plain")


def either(write: Callable[[Any, KerasCase], Made]) -> Way:
    """Return the way of a layer that takes any order of axes."""
    return Way(write, "any")


def layer(
    name: str,
    *inputs: Source,
    weights: Sequence[Kept] = (),
    together: bool = False,
    suffix: str = "",
    bare: Mapping[str, Any] | None = None,
    **arguments: Any,
) -> Call:
    """Return the call of a layer of Keras; `bare` arguments stand in front, without their keyword."""
    given = tuple(Argument(word, value, bare=True) for word, value in (bare or {}).items()) + _arguments(arguments)
    return Call(f"layers.{name}", inputs or (0,), given, tuple(weights), together, 1, suffix)


class _Unless(tuple[Any, Any]):
    """A value and the default beside which it is left out."""


def unless(value: Any, default: Any) -> Any:
    """Return the value of an argument that is left out where it is the default."""
    return _Unless((value, default))


def op(name: str, *inputs: Source, together: bool = False, outputs: int = 1, **arguments: Any) -> Call:
    """Return the call of a function of `keras.ops`."""
    return Call(f"ops.{name}", inputs or (0,), _arguments(arguments), (), together, outputs)


def helper(name: str, *inputs: Source, weights: Sequence[Kept] = (), **arguments: Any) -> Call:
    """Return the call of a function or a layer that is written beside the network."""
    return Call(name, inputs or (0,), _arguments(arguments), tuple(weights))


def _arguments(given: Mapping[str, Any]) -> tuple[Argument, ...]:
    return tuple(
        Argument(word, *value) if isinstance(value, _Unless) else Argument(word, value) for word, value in given.items()
    )


def kept(name: str, *axes: int) -> Kept:
    """Return a weight of Keras that is one here, with its axes in another order if any are named."""
    return Kept((name,), (lambda array: array.transpose(axes)) if axes else (lambda array: array))


def turned_last(rank: int) -> Order:
    """Return the order with the channels behind space.

    Examples
    --------
    >>> turned_last(4), turned_last(2)
    ((0, 2, 3, 1), (0, 1))
    """
    return (0, *range(2, rank), 1)


def one(sizes: Sequence[Any]) -> Any:
    """Return a tuple, or the number that all of its entries are.

    Examples
    --------
    >>> one((3, 3)), one((3, 1))
    (3, (3, 1))
    """
    return sizes[0] if len({repr(each) for each in sizes}) == 1 else tuple(sizes)
