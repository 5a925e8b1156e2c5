"""How a module or a function of PyTorch becomes layers: the words that the families' `foreign_torch.py` are written in.

A record of the system "torch" has the name of a class (``Conv2d``) or of a function or method (``conv2d``). Its
attributes are plain data: ``args`` and ``kwargs`` of the call, in which `At` stands for a tensor; for a module also
``fields``, what it was made with, and ``weights``: name -> position of the input that holds it.
"""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from cnnshape.layers.base import Layer
from cnnshape.layers.foreign import Fixed, Made, Operator, Row, Stored, Table, Use, keyed, refuse
from cnnshape.symbolic import Dim

__all__ = ["At", "Called", "Module", "calls", "elementwise", "modules", "ranks", "same", "table", "tensor"]

_IGNORED = frozenset(
    (
        *("inplace", "training", "_stacklevel", "out", "requires_grad"),
        *("device", "layout", "memory_format", "non_blocking", "copy", "pin_memory"),
    )
)
"""Arguments that change neither shapes nor values in evaluation."""
_SPELLED = MappingProxyType({"input": "x", "self": "x", "axis": "dim", "keepdims": "keepdim", "tensors": "xs"})


@dataclass(frozen=True, slots=True)
class At:
    """A tensor among the arguments of a call: the position of the operator's input."""

    position: int


class Called:
    """The arguments of a call by name, as a signature says; `op` is the operator."""

    def __init__(self, op: Operator, values: Mapping[str, Any]) -> None:
        self.op, self._values = op, values

    def __getattr__(self, name: str) -> Any:
        return self._values[name]

    @property
    def at(self) -> int:
        """The position of the first tensor."""
        return position(self.x)

    @property
    def rank(self) -> int:
        """The number of axes of the first tensor."""
        return self.op.rank(self.at)


class Module:
    """A module: what it was made with, by name, and its weights; `op` is the operator."""

    def __init__(self, op: Operator, *also: str) -> None:
        self.op, self._fields = op, op.attribute("fields")
        self.weights: Mapping[str, int] = op.attribute("weights")
        args, self.more = op.attribute("args"), dict(op.attribute("kwargs"))
        if "output_size" in also and len(args) > 1 and not isinstance(args[-1], At):
            self.more["output_size"], args = args[-1], args[:-1]
        self.inputs = tuple(position(each) for each in args)
        if unknown := [name for name in self.more if name not in also]:
            refuse(f"the argument {unknown[0]}")

    def __getattr__(self, name: str) -> Any:
        return self._fields[name]

    @property
    def stored(self) -> tuple[tuple[str, Stored], ...]:
        """Where the layer's weights are: PyTorch's names are ours."""
        return tuple((name, Stored(at)) for name, at in self.weights.items())

    def use(self, layer: Layer) -> Use:
        """Return a layer on the module's input with its weights."""
        return Use(layer, self.inputs, self.stored)


@cache
def _signature(text: str) -> tuple[tuple[str, ...], tuple[str, ...], Mapping[str, Any], str]:
    names: list[str] = []
    after: list[str] = []
    defaults: dict[str, Any] = {}
    rest = ""
    for word in text.split():
        name, equals, default = word.partition("=")
        if name.startswith("*"):
            rest = name[1:]
            continue
        (after if rest else names).append(name)
        if equals:
            defaults[name] = literal_eval(default)
    return tuple(names), tuple(after), defaults, rest


def _bound(op: Operator, signature: str) -> Called:
    positional, after, defaults, rest = _signature(signature)
    names = (*positional, *after)
    args, kwargs = op.attribute("args"), op.attribute("kwargs")
    given = dict(zip(positional, args, strict=False))
    if rest:
        more = args[len(positional) :]
        given[rest] = more[0] if len(more) == 1 and isinstance(more[0], tuple) else more
    elif len(args) > len(positional):
        refuse(f"{len(args)} arguments")
    for word, value in kwargs.items():
        name = word if word in names or word == rest else _SPELLED.get(word, word)
        if name in names or name == rest:
            given[name] = value
        elif word not in _IGNORED and value is not None:
            refuse(f"the argument {word}")
    missing = [name for name in names if name not in given and name not in defaults]
    if missing:
        refuse(f"the argument {missing[0]} is missing")
    return Called(op, {**defaults, **given})


def position(value: Any) -> int:
    """Return the position of an argument that must be a tensor."""
    if not isinstance(value, At):
        refuse(f"{value!r} where a tensor is expected")
    return value.position


def tensor(op: Operator, value: Any, dtype: str = "") -> int | Fixed | Use:
    """Return a tensor, or a number as one; a number has the type of the tensor beside it where that can hold it."""
    if isinstance(value, At):
        return value.position
    if isinstance(value, Dim):
        from cnnshape.layers.io.sources import SizeTensor

        return Use(SizeTensor((value,), shape=(), dtype=dtype or "float32"), ())
    if not isinstance(value, (int, float)):
        refuse(f"{value!r} where a tensor or a number is expected")
    dtype = dtype or next((spec.dtype for spec in op.inputs if spec is not None), "float32")
    if isinstance(value, float) and "float" not in dtype:
        dtype = "float32"
    return Fixed(value, dtype)


def calls(signature: str, make: Callable[[Called], Layer | Made], layer: type[Layer] = Layer) -> Row:
    """Return the row of a function or method.

    Parameters
    ----------
    signature : names of the arguments in order, with their defaults: ``"x start_dim=0 end_dim=-1"``; ``*rest`` takes
        all that follow, or one tuple; what stands behind it is given by name
    make : arguments -> a layer on the first tensor, or uses of layers
    """

    def read(op: Operator) -> Made:
        called = _bound(op, signature)
        made = make(called)
        return Use(made, (called.at,)) if isinstance(made, Layer) else made

    return Row(layer, read)


def modules(make: Callable[[Module], Layer | Made], layer: type[Layer] = Layer, *also: str) -> Row:
    """Return the row of a module: a layer with its weights on its inputs, or uses of layers; `also` are arguments."""

    def read(op: Operator) -> Made:
        module = Module(op, *also)
        made = make(module)
        return module.use(made) if isinstance(made, Layer) else made

    return Row(layer, read)


def same(signature: str, make: Callable[[Any], Layer]) -> tuple[Row, Row]:
    """Return the rows of a module and of a function that have the same arguments by the same names."""
    return modules(make), calls(signature, make)


def elementwise(layer: Layer) -> Row:
    """Return the row of a function of two tensors, or of a tensor and a number."""
    return calls("x other", lambda c: Use(layer, (tensor(c.op, c.x), tensor(c.op, c.other))), type(layer))


def ranks(name: str, make: Callable[[int], Row], of: Iterable[int] = (1, 2, 3)) -> dict[str, Row]:
    """Return the rows of what PyTorch has once for each number of space axes: ``"Conv{}d"``."""
    return {name.format(rank): make(rank) for rank in of}


def table(*rows: Mapping[str, Row]) -> Table:
    """Return rows by system and operator."""
    return keyed("torch", {name: row for each in rows for name, row in each.items()})
