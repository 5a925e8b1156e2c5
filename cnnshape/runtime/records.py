"""The plain data that a run leaves: what tables, JSON and tests read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = [
    "ArrayFacts",
    "BufferFacts",
    "ClassFacts",
    "PlanFacts",
    "Profile",
    "ProfileRow",
    "RunFacts",
    "StepFacts",
    "layers_text",
]


@dataclass(frozen=True, slots=True)
class ArrayFacts:
    """An array that went in or came out.

    Parameters
    ----------
    name : str
    shape : ints, batch first
    dtype : str, element type
    least, mean, most : of its elements; None where one is nan or infinite
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    least: float | None
    mean: float | None
    most: float | None


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """How long a step takes: a layer, with what runs together with it.

    Parameters
    ----------
    layer : str, its name
    layers : names of all layers of the step, in order
    op : str, class of the first
    kernel : str, the way it is computed
    shape : ints, of its first output
    seconds : median of the runs
    macs : multiply-adds of all its layers, of the whole batch
    """

    layer: str
    layers: tuple[str, ...]
    op: str
    kernel: str
    shape: tuple[int, ...]
    seconds: float
    macs: int

    @property
    def gflops(self) -> float:
        """Operations a second in units of 10^9, two for each multiply-add."""
        return 2 * self.macs / self.seconds / 1e9 if self.seconds else 0.0


@dataclass(frozen=True, slots=True)
class Profile:
    """How long each step takes, in the order they run.

    Parameters
    ----------
    rows : ProfileRow for every step
    runs : how many runs the medians are of
    """

    rows: tuple[ProfileRow, ...]
    runs: int

    @property
    def total(self) -> ProfileRow:
        """All steps together."""
        seconds, macs = sum(row.seconds for row in self.rows), sum(row.macs for row in self.rows)
        return ProfileRow("", (), "", "", (), seconds, macs)


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """A class that a classifier names.

    Parameters
    ----------
    image : int, position in the batch
    index : int, position of the class
    label : str, its name, or "" without a file of labels
    share : its probability
    """

    image: int
    index: int
    label: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """A run.

    Parameters
    ----------
    model, source : the network, and the file it came from
    dtype : what was computed with
    sizes : symbol -> int
    weights : str, the file they came from, or "" for random ones
    seed : what random weights started from; None if they are not random
    inputs, outputs : ArrayFacts
    seconds : of the run
    arena_bytes, weight_bytes : memory of all tensors that are made and what layers work in, and of weights as kept
    threads : how many worked on a layer
    strict : whether Winograd's algorithm was left out
    spoiled : one line on a nan or an infinity in an output; "" for none
    profile : Profile, or None if it was not asked for
    classes : the largest of each image in turn; empty if it was not asked for
    softmax : True if the shares of the classes are the softmax of the output, False if it is its values
    notes : lines on what was converted
    """

    model: str
    source: str
    dtype: str
    sizes: Mapping[str, int]
    weights: str
    seed: int | None
    inputs: tuple[ArrayFacts, ...]
    outputs: tuple[ArrayFacts, ...]
    seconds: float
    arena_bytes: int
    weight_bytes: int
    threads: int = 1
    strict: bool = False
    spoiled: str = ""
    profile: Profile | None = None
    classes: tuple[ClassFacts, ...] = ()
    softmax: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepFacts:
    """A step of a plan.

    Parameters
    ----------
    layer, layers, op, kernel, macs : as of a `ProfileRow`
    inputs, outputs : names of tensors
    weight_bytes : of its weights as they are kept
    workspace_bytes : that each thread works in
    """

    layer: str
    layers: tuple[str, ...]
    op: str
    kernel: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    macs: int
    weight_bytes: int
    workspace_bytes: int


@dataclass(frozen=True, slots=True)
class BufferFacts:
    """Where a tensor of a plan lies.

    Parameters
    ----------
    tensor : str, its name
    shape, dtype : of its elements
    offset : bytes into the arena; None for what the network owns
    bytes : of its elements
    order : "rows" or "channels last"
    view_of : str, the tensor whose memory it shares, or ""
    """

    tensor: str
    shape: tuple[int, ...]
    dtype: str
    offset: int | None
    bytes: int
    order: str
    view_of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFacts:
    """How a network is run, before it is.

    Parameters
    ----------
    model, source, dtype, sizes, threads, strict : as of a run
    inputs : names of the inputs, which are tensors
    outputs : name of each output -> its tensor
    steps : StepFacts, in the order that they run
    buffers : BufferFacts of all tensors that are made
    arena_bytes : of inputs, tensors and workspace
    workspace : where it starts in the arena, and its bytes for each thread
    weight_bytes, strict_weight_bytes, stored_weight_bytes : of all weights as they are kept, as they are kept without
        Winograd's algorithm, and as they are given
    needed_bytes : the most that a run takes, with inputs and outputs
    """

    model: str
    source: str
    dtype: str
    sizes: Mapping[str, int]
    threads: int
    strict: bool
    inputs: tuple[str, ...]
    outputs: Mapping[str, str]
    steps: tuple[StepFacts, ...]
    buffers: tuple[BufferFacts, ...]
    arena_bytes: int
    workspace: tuple[int, int]
    weight_bytes: int
    strict_weight_bytes: int
    stored_weight_bytes: int
    needed_bytes: int


def layers_text(layers: Sequence[str]) -> str:
    """Return the names of layers that run together; what all scopes begin with is said once.

    Examples
    --------
    >>> layers_text(["layer1.0.conv1", "layer1.0.bn1", "layer1.0.relu"]), layers_text(["conv1", "bn1", "act.0"])
    ('layer1.0.conv1 + bn1 + relu', 'conv1 + bn1 + act.0')
    """
    scope = f"{layers[0].rpartition('.')[0]}."
    return " + ".join([layers[0], *(layer.removeprefix(scope) for layer in layers[1:])])
