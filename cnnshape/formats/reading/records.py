"""Models of other systems as plain data: what a reader hands over, and what it gets back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnshape.graph.network import Network
from cnnshape.layers.base import Spec
from cnnshape.layers.foreign import Known
from cnnshape.symbolic import Size

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

__all__ = ["Body", "Declared", "ForeignModel", "Known", "Read", "Record", "Reference", "Refusal"]


class Record(NamedTuple):
    """One use of an operator.

    Parameters
    ----------
    system, operator, version : such as "onnx", "Conv", 11
    path : where it stands in its model, for reports
    inputs, outputs : names of tensors; "" where an optional one is left out
    attributes : name -> numbers, texts and tuples of them; `Body` of a branch or a loop; `Reference` in a function
    name : what its layers are named after, if not the path
    scope : dotted name of the block that it stands in
    holder : the layer of its model that it is a call of. Calls of one layer share its weights, and what it is read as
        bears its name: the last layer the name itself, those before it with what they are behind a dot.
    frozen : whether its weights are not trained
    weighted : whether it may own weights that do not come in as tensors, if no layer stands for it
    refused : why no layer stands for it, if its reader knows that already
    kept : what its system calls a weight within the layer -> the weight, where weights stand beside the layers
    """

    system: str
    operator: str
    version: int
    path: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any] = MappingProxyType({})
    name: str = ""
    scope: str = ""
    holder: str = ""
    frozen: bool = False
    weighted: bool = False
    refused: str = ""
    kept: Callable[[str], Known] | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """An attribute inside of a function that the function's own attribute of this name gives."""

    name: str


@dataclass(frozen=True, slots=True)
class Body:
    """What stands in for one operator: the body of a function, of a branch, or of a loop.

    Parameters
    ----------
    inputs, outputs : names of its tensors
    records : in topological order
    values : as in a `ForeignModel`
    parameters : the names among `values` that are learned
    attributes : those of a function that have a default -> the default
    closed : whether it is a function's, which sees no tensors around it
    reads : names of all tensors that are read in it, and in the bodies in it
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    records: Sequence[Record]
    values: Mapping[str, Known] = field(default_factory=dict)
    parameters: frozenset[str] = frozenset()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    closed: bool = False
    reads: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Declared:
    """What a file says of a tensor that an operator gives.

    Parameters
    ----------
    shape : its sizes; a text is the name of one that the file leaves open, the same size wherever it stands; None
        where nothing is said
    dtype : its element type, or "" where nothing is said
    """

    shape: tuple[Size | str | None, ...]
    dtype: str = ""


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
    functions : operator -> what stands in for it
    declared : tensor -> what the file says of it, for outputs of operators that no layer stands for
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
    functions: Mapping[str, Body] = field(default_factory=dict)
    declared: Mapping[str, Declared] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An operator that is not read: where it is, why, and whether that is a fault of the model."""

    path: str
    operator: str
    why: str
    wrong: bool = False


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
