"""Models of other systems as plain data: what a reader hands over, and what it gets back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cnnshape.graph.network import Network
from cnnshape.layers.base import Spec
from cnnshape.layers.foreign import Known

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

__all__ = ["ForeignModel", "Known", "Read", "Record", "Refusal"]


@dataclass(frozen=True, slots=True)
class Record:
    """One use of an operator.

    Parameters
    ----------
    system, operator, version : such as "onnx", "Conv", 11
    path : where it stands in its model, for reports
    inputs, outputs : names of tensors; "" where an optional one is left out
    attributes : name -> numbers, texts and tuples of them
    name : what its layers are named after, if not the path
    scope : dotted name of the block that it stands in
    holder : the layer of its model that it is a call of. Calls of one layer share its weights, and what it is read as
        bears its name: the last layer the name itself, those before it with what they are behind a dot.
    frozen : whether its weights are not trained
    """

    system: str
    operator: str
    version: int
    path: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    scope: str = ""
    holder: str = ""
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class ForeignModel:
    """A model of another system, as plain data.

    Parameters
    ----------
    name : str
    inputs : name -> Spec
    outputs : names of tensors
    records : in topological order
    values : tensor -> Known, for initializers and constants. An input that is fed with arguments and weights may be
        among them: it becomes an input of the network only if a layer takes it as a tensor.
    parameters : the names among `values` that are learned; the others are constants
    source : the file it was read from, or ""
    orders : tensor -> its axes in the order in which its system shows them, if that is not the order here
    aliases : further name of a tensor -> the tensor
    """

    name: str
    inputs: Mapping[str, Spec]
    outputs: tuple[str, ...]
    records: Sequence[Record]
    values: Mapping[str, Known]
    parameters: frozenset[str] = frozenset()
    source: str = ""
    orders: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An operator that no layer stands for: where it is, and why."""

    path: str
    operator: str
    why: str


@dataclass(frozen=True, slots=True)
class Read:
    """What was read.

    Parameters
    ----------
    network : Network
    weights : name of each weight and each constant in the network -> where its array comes from
    tensors : name of a tensor in the other system -> its name in the network
    """

    network: Network
    weights: Mapping[str, Callable[[], Array]]
    tensors: Mapping[str, str]
