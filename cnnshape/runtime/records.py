"""The plain data that a run leaves: what tables, JSON and tests read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["ArrayFacts", "ClassFacts", "Profile", "ProfileRow", "RunFacts"]


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
    """How long a layer takes.

    Parameters
    ----------
    layer : str, its name
    op : str, its class
    shape : ints, of its first output
    seconds : median of the runs
    macs : multiply-adds of the whole batch
    """

    layer: str
    op: str
    shape: tuple[int, ...]
    seconds: float
    macs: int

    @property
    def gflops(self) -> float:
        """Operations a second in units of 10^9, two for each multiply-add."""
        return 2 * self.macs / self.seconds / 1e9 if self.seconds else 0.0


@dataclass(frozen=True, slots=True)
class Profile:
    """How long each layer takes, in the order they run.

    Parameters
    ----------
    rows : ProfileRow for every layer that computes
    runs : how many runs the medians are of
    """

    rows: tuple[ProfileRow, ...]
    runs: int

    @property
    def total(self) -> ProfileRow:
        """All layers together."""
        seconds, macs = sum(row.seconds for row in self.rows), sum(row.macs for row in self.rows)
        return ProfileRow("", "", (), seconds, macs)


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
    arena_bytes, weight_bytes : memory of tensors between layers, and of weights
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
    spoiled: str = ""
    profile: Profile | None = None
    classes: tuple[ClassFacts, ...] = ()
    softmax: bool = False
    notes: tuple[str, ...] = ()
