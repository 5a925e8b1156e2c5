"""The contract: what a layer declares, and nothing that is derived from it.

A layer is a frozen value. It declares four facts: the shapes that leave it, the weights that it owns, the window
through which an output sees its input, and the work that it does. Everything else in the package is computed from
these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields, replace
from enum import StrEnum
from functools import partial
from inspect import Signature
from types import MappingProxyType
from typing import Any, ClassVar, Literal, NoReturn, Protocol, TypeVar, dataclass_transform

from cnnshape.errors import ArgumentError
from cnnshape.layers.arguments import bind, signature
from cnnshape.layers.context import Condition, Context
from cnnshape.symbolic import Size, Window, parse, text

__all__ = [
    "POINTWISE",
    "UNKNOWN",
    "WHOLE",
    "Condition",
    "Context",
    "Entry",
    "Example",
    "Kind",
    "Layer",
    "Spec",
    "Weight",
    "Windows",
    "Work",
    "axis_name",
    "in_space",
    "layer",
    "shape_text",
    "sizes",
]


class Kind(StrEnum):
    """What a layer is, for tables and pictures."""

    CONV = "conv"
    POOL = "pool"
    LINEAR = "linear"
    NORM = "norm"
    ACTIVATION = "activation"
    MERGE = "merge"
    LOGIC = "logic"
    RESHAPE = "reshape"
    REDUCE = "reduce"
    RESAMPLE = "resample"
    PAD = "pad"
    REGULARIZE = "regularize"
    ATTENTION = "attention"
    RECURRENT = "recurrent"
    QUANTIZE = "quantize"
    IO = "io"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Spec:
    """A tensor as far as it is known before a run: its shape, batch first, and its element type."""

    shape: tuple[Size, ...]
    dtype: str = "float32"
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # A spec is looked up far more often than it is made.
        object.__setattr__(self, "_hash", hash((self.shape, self.dtype)))

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[Any, ...]:
        return Spec, (self.shape, self.dtype)  # made anew: the hash of a text differs from process to process

    def __str__(self) -> str:
        return shape_text(self.shape)


@dataclass(frozen=True, slots=True)
class Weight:
    """A tensor that a layer owns.

    Parameters
    ----------
    shape : tuple of sizes
    trainable : bool; False for a buffer such as a running mean
    init : str, the name of its initialization
    value : float, what `init="constant"` fills in
    """

    shape: tuple[Size, ...]
    trainable: bool = True
    init: Literal["kaiming_uniform", "fan_in_uniform", "xavier_uniform", "normal", "constant"] = "kaiming_uniform"
    value: float = 0.0


@dataclass(frozen=True, slots=True)
class Work:
    """The scalar operations of one pass over the whole batch, by sort. There is no default: a layer says what it does.

    Parameters
    ----------
    macs : multiply-adds of convolutions, linear layers and matrix products; padding positions counted, no bias
    muls, adds, compares, transcendental : operations beside those (divisions count as muls; exp and the like as
        transcendental)
    """

    known: ClassVar[bool] = True
    """False if nothing can be said; the numbers then mean nothing."""

    macs: Size
    muls: Size
    adds: Size
    compares: Size
    transcendental: Size

    @classmethod
    def of(
        cls, macs: Size = 0, *, muls: Size = 0, adds: Size = 0, compares: Size = 0, transcendental: Size = 0
    ) -> Work:
        """Name only the sorts that occur; the others are none, not unknown."""
        return cls(macs, muls, adds, compares, transcendental)

    @classmethod
    def unknown(cls) -> Work:
        """Return what is said of a layer of which nobody knows what it does."""
        return _UnknownWork(0, 0, 0, 0, 0)


class _UnknownWork(Work):
    __slots__ = ()

    known = False


@dataclass(frozen=True, slots=True)
class Windows:
    """Which input positions an output position sees, axis by axis.

    An axis that is named nowhere is pointwise: position i sees position i.

    Parameters
    ----------
    axes : axis -> Window, for axes of the output that slide over the input
    whole : axes of the input of which every output sees all positions (a channel sum, a global mean, a norm)
    source : for each axis of the output the axis of the input that it is, or None for a new one; None: axes stay put
    exact : bool; False if `axes` are an upper bound (interpolation, reflected padding, bins of unequal size)
    known : bool; False if nothing can be said
    everything : bool; True if every output sees the whole input
    reads : the inputs that this is about, or None for all; the others give their shape alone, no values
    """

    axes: Mapping[int, Window] = field(default_factory=lambda: MappingProxyType({}))
    whole: tuple[int, ...] = ()
    source: tuple[int | None, ...] | None = None
    exact: bool = True
    known: bool = True
    everything: bool = False
    reads: tuple[int, ...] | None = None


POINTWISE = Windows()
WHOLE = Windows(everything=True)
UNKNOWN = Windows(known=False)


class _Tensor(Protocol):
    def apply(self, layer: Layer, *others: Any, **options: Any) -> Any: ...


_T = TypeVar("_T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def layer(cls: type[_T]) -> type[_T]:
    """Make a layer class a dataclass; constructor, equality, hash, repr and immutability are those of `Layer`.

    Methods that `dataclass` writes are compiled class by class, which would be most of the time of the import.
    """
    return dataclass(init=False, eq=False, repr=False, match_args=False)(cls)


class _SignatureOf:
    def __get__(self, _: object, cls: type[Layer]) -> Signature:
        return signature(cls)


class Layer:
    """What every layer is: a frozen value with four facts.

    Subclasses are final, are decorated with `layer`, and have one positional field: the output side (for pools the
    kernel). The annotation of a field is a word of `fields.KINDS`, which checks and normalizes the value.
    """

    kind: ClassVar[Kind]
    arity: ClassVar[tuple[int, int | None]] = (1, 1)
    """Fewest and most inputs; None: any number."""
    is_view: ClassVar[bool] = False
    """True if the output holds the same elements as the input, so that no memory is needed for it."""
    sized_by: ClassVar[tuple[int, ...]] = ()
    """The inputs whose size alone is read; nothing keeps their values for this layer."""
    weights_known: bool = True
    """False if it may own weights that nobody has stated."""
    pytorch: ClassVar[str] = ""
    """A PyTorch call with several positional arguments and its spelling here, for the message that refuses it."""

    _key: tuple[Any, ...]
    _hash: int

    __signature__ = _SignatureOf()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        values = bind(type(self), args, kwargs)
        key = tuple(values.values())
        self.__dict__.update(values, _key=key, _hash=hash((type(self), key)))
        self.validate()

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise FrozenInstanceError(f"{type(self).__name__} is frozen: {name} cannot be set; dataclasses.replace copies")

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError(f"{type(self).__name__} is frozen: {name} cannot be deleted")

    def __reduce__(self) -> tuple[Any, ...]:
        # Made anew: the hash of a text differs from process to process.
        return partial(type(self), **{f.name: getattr(self, f.name) for f in fields(self)}), ()  # type: ignore[arg-type]  # a dataclass

    def validate(self) -> None:
        """Check arguments against each other; raise `refuse` if no input could make them right."""

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return type(self) is type(other) and self._key == other._key

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        shown = [
            (f, value)
            for f, value in zip(fields(self), self._key, strict=True)  # type: ignore[arg-type]  # a dataclass
            if f.default is MISSING or value != f.default
        ]
        words = [f"{value!r}" if not f.kw_only else f"{f.name}={value!r}" for f, value in shown]
        return f"{type(self).__name__}({', '.join(words)})"

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        """Apply the layer to tensors of a graph under construction: `layer(x)`, `layer(a, b)` or `layer([a, b])`.

        `name=` names the node, `frozen=True` keeps its weights from training.
        """
        tensors = tuple(inputs[0]) if len(inputs) == 1 and isinstance(inputs[0], (list, tuple)) else inputs
        if self.arity == (0, 0):
            raise _takes_none(self)
        wrong = [each for each in tensors if not hasattr(each, "apply")]
        if wrong or not tensors:
            raise ArgumentError(
                f"{type(self).__name__} is called on {type(wrong[0]).__name__ if wrong else 'nothing'}",
                code="CS406",
                rule="a layer is called on tensors that start from Input(...)",
                fix=f'x = Input("image", (3, "H", "W")); y = {self!r}(x)'
                if self.arity[1] != 0
                else f'y = cnnshape.{type(self).__name__}("name", shape)',
            )
        first: _Tensor = tensors[0]
        return first.apply(self, *tensors[1:], **options)

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        """Return the specs that leave the layer; record through `ctx` what this asks of the sizes."""
        raise NotImplementedError  # every final class defines it; the contract test checks

    def weights(self, inputs: tuple[Spec, ...]) -> Mapping[str, Weight]:
        """Return the weights by their PyTorch names; empty for a layer without any."""
        return {}

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        """Return through which window an output position sees the inputs."""
        raise NotImplementedError  # every final class defines it; the contract test checks

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        """Return the operations of one pass."""
        raise NotImplementedError  # every final class defines it; the contract test checks

    @property
    def op(self) -> str:
        """What it is called in a report: its class, or the operator that it stands for."""
        return type(self).__name__

    def label(self) -> str:
        """Return the words in a picture's box."""
        return type(self).__name__

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Return three to six small cases for the documentation and the contract test."""
        raise NotImplementedError  # every final class defines it; the contract test checks


def in_space(layer: Layer, axes: int) -> Layer:
    """Return a layer that works along as many axes of space as its input has, where it left that open.

    Parameters
    ----------
    layer : Layer
    axes : how many axes of space its input has; one that no layer knows changes nothing

    Examples
    --------
    >>> from cnnshape.layers import MaxPool
    >>> MaxPool(4).label(), in_space(MaxPool(4), 1).label(), in_space(MaxPool(4), 3).label()
    ('MaxPool 4x4', 'MaxPool 4', 'MaxPool 4x4x4')
    """
    if 1 <= axes <= 3 and getattr(layer, "rank", 0) is None:
        return replace(layer, rank=axes)  # type: ignore[type-var]  # a layer is a dataclass
    return layer


def _takes_none(given: Layer) -> ArgumentError:
    """Return the error for calling what stands for a tensor itself."""
    name = type(given).__name__
    if name not in ("Input", "Constant", "Parameter"):
        return ArgumentError(
            f"{name} takes no tensor",
            code="CS406",
            rule="a tensor that follows from sizes alone is made by cnnshape.source(layer)",
            fix=f"from cnnshape import source; y = source(layers.{given!r})",
        )
    shape = tuple(size if isinstance(size, int) else text(size) for size in given._key[0])
    return ArgumentError(
        f"{name} takes no tensor",
        code="CS406",
        rule=f"a tensor that no layer computes is made by cnnshape.{name}(name, shape)",
        fix=f'from cnnshape import {name}; y = {name}("{name.lower()}", {shape})',
    )


@dataclass(frozen=True, slots=True)
class Example:
    """A layer and inputs that it takes, symbols among the sizes."""

    layer: Layer
    inputs: tuple[Spec, ...]

    @classmethod
    def of(cls, layer: Layer, *shapes: tuple[Size | str, ...] | Spec) -> Example:
        """Build an example from shapes; a text is a formula such as ``"H"`` or ``"2*C"``."""
        specs = (shape if isinstance(shape, Spec) else Spec(sizes(*shape)) for shape in shapes)
        return cls(layer, tuple(specs))


def sizes(*entries: Size | str) -> tuple[Size, ...]:
    """Return a shape, where a text is a formula such as ``"H"`` or ``"2*C"``."""
    return tuple(parse(entry) if isinstance(entry, str) else entry for entry in entries)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the catalogue: a layer class with its names and the places of its other halves.

    Parameters
    ----------
    layer : the class
    name : str, its name in a design file
    aliases : other spellings; case, underscores and a rank suffix (``2d``) are ignored when a name is looked up
    kernel, foreign : dotted names ``.module:attribute`` relative to the family, resolved at first use; "" if there is
        none yet
    """

    layer: type[Layer]
    name: str
    aliases: tuple[str, ...] = ()
    kernel: str = ""
    foreign: str = ""


_AXIS_NAMES = {3: "NCL", 4: "NCHW", 5: "NCDHW"}


def axis_name(dims: int, axis: int) -> str:
    """Return the letter of an axis of a channel-first tensor with `dims` axes, or its number."""
    letters = _AXIS_NAMES.get(dims)
    return letters[axis] if letters else str(axis)


def shape_text(shape: tuple[Size, ...]) -> str:
    """Return ``(N, 64, ceil(H/2), 112)``."""
    return f"({', '.join(text(size) for size in shape)}{',' if len(shape) == 1 else ''})"
