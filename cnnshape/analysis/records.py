"""The plain data that a report is made of: what tables, JSON, pictures and tests read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from cnnshape.analysis.conventions import Incomplete
from cnnshape.symbolic import Size

__all__ = [
    "ConditionFacts",
    "ErrorFacts",
    "FieldFacts",
    "Incomplete",
    "LayerFacts",
    "TensorFacts",
    "Totals",
]


@dataclass(frozen=True, slots=True)
class TensorFacts:
    """A tensor.

    Parameters
    ----------
    name : str
    shape : sizes, batch first
    dtype : what an element is stored as
    """

    name: str
    shape: tuple[Size, ...]
    dtype: str


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """What a position of a tensor sees of the first input that it depends on.

    Parameters
    ----------
    size : pixels of the window, per space axis; None where nothing can be said
    stride : pixels between the windows of two neighbors, per space axis
    offset : the first pixel that position 0 sees, per space axis
    status : "exact", "upper bound", "whole input" or "unknown"
    """

    size: Sequence[Size | Fraction | None]
    stride: Sequence[Size | Fraction | None]
    offset: Sequence[Size | Fraction | None]
    status: str


@dataclass(frozen=True, slots=True)
class LayerFacts:
    """A layer in its place. A number that is unknown, because the layer stands at or behind a fault, is None.

    Parameters
    ----------
    name : str
    op : str, the layer's class
    kind : str, what sort of layer it is
    block : str, dotted name of the block it stands in
    place : str, ``file:line:column`` or ""
    inputs, outputs : the tensors that are known
    params, trainable, frozen, buffers : elements of its weights; 0 where they belong to another layer
    macs, flops : under the convention of the report
    weight_bytes, activation_bytes : of its parameters, and of the tensors that it computes
    receptive_field : that of its first output; None if it has none
    executed : False if no output of the network needs it
    shares : str, the layer whose weights it uses, or ""
    """

    name: str
    op: str
    kind: str
    block: str
    place: str
    inputs: tuple[TensorFacts, ...]
    outputs: tuple[TensorFacts, ...]
    params: Size | None
    trainable: Size | None
    frozen: Size | None
    buffers: Size | None
    macs: Size | None
    flops: Size | None
    weight_bytes: Size | None
    activation_bytes: Size | None
    receptive_field: FieldFacts | None
    executed: bool
    shares: str


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums over all layers, for one image while the batch is free; layers that are unknown are left out.

    `peak_activation_bytes` is None where too many formulas compete for the maximum.
    """

    params: Size
    trainable: Size
    frozen: Size
    buffers: Size
    macs: Size
    flops: Size
    weight_bytes: Size
    activation_bytes: Size
    peak_activation_bytes: Size | None


@dataclass(frozen=True, slots=True)
class ConditionFacts:
    """What the sizes of the free network must fulfill.

    Parameters
    ----------
    symbol : str, or None if it couples several
    text : str, as `--assume` reads it where it is about one symbol
    because : names of the layers that ask for it
    """

    symbol: str | None
    text: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ErrorFacts:
    """A fault.

    Parameters
    ----------
    code : str, such as ``CS203``
    layer : str, name of the layer
    line : int, its line in the design file, or None
    message : str, the fault in one line
    fix : str, what was checked to work
    text : str, all five parts
    """

    code: str
    layer: str
    line: int | None
    message: str
    fix: str
    text: str
