"""What an algorithm is asked to do: a layer at known sizes with what is folded into it, and how it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Literal, TypeAlias

from cnnshape.layers.activation import ReLU, ReLU6
from cnnshape.layers.arrays import Array, Arrays
from cnnshape.layers.base import Layer
from cnnshape.layers.merge import Add
from cnnshape.layers.norm import BatchNorm
from cnnshape.runtime.kernels.calls import Calls, Tail

__all__ = ["Algorithm", "Job", "Options", "Shape", "Share", "Splits", "as_map", "last"]

Shape: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Options:
    """What a plan is made for.

    Parameters
    ----------
    strict : no Winograd convolution, whose rounding errors are up to ten times as large; means in double precision
    tiled : matrix products in small tiles, where the machine is faster with them
    threads : how many parts an operation is split into at most
    """

    strict: bool = False
    tiled: bool = False
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Job:
    """A layer at known sizes, with what runs together with it.

    Parameters
    ----------
    layer : Layer, the one that the step is named after
    norm : the batch normalization that is folded into its weights
    after : layers that finish the output in place: activations, and additions, each of which takes one more input
    inputs : shapes of what is read, batch first: the layer's own inputs, or those of what runs before it, the map first
    out : shape of the output
    dtype : "float32" or "float64"
    before : layers that the first input goes through on its way; an average pool among them may follow the layer in the
        network, if the two can change places
    """

    layer: Layer
    norm: BatchNorm | None
    after: tuple[Layer, ...]
    inputs: tuple[Shape, ...]
    out: Shape
    dtype: str
    before: tuple[Layer, ...] = ()
    line: bool = False
    """Whether the layer has one space axis: its maps (N, C, L) are taken as (N, C, 1, L)."""


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """What one thread computes, and where: all arrays have their channels last.

    Parameters
    ----------
    inputs, out : arrays, of the images that it computes
    packed : the weights, as the algorithm keeps them
    rows : of the output
    workspace : one axis, of the type of the output; its contents are lost
    tail : what finishes a part of the output, or None
    """

    inputs: Arrays
    out: Array
    packed: Mapping[str, Array]
    rows: slice
    workspace: Array
    tail: Tail | None

    @property
    def place(self) -> tuple[slice, ...]:
        """Return the index of its rows in its output."""
        n, _, q, k = self.out.shape
        return slice(0, n), self.rows, slice(0, q), slice(0, k)


_PASS, _CURVE = 2e-10, 1.6e-9
"""About how many seconds an element takes in one pass over a map, and in a curve with an exponential function."""
Splits: TypeAlias = Literal["rows", "channels", "nothing"]


class Algorithm:
    """A way to compute some layers."""

    name: str
    finishes: bool = True
    """Whether a tail may run on parts of the output."""
    rate: float = 2.5e-11
    """About how many seconds one multiplication with a weight takes."""
    adds_bias: bool = False
    """Whether it adds the bias among its weights itself."""

    scales: bool = False
    """Whether it multiplies its weights with the `activations.factor` of the first of the layers after it."""

    def takes(self, job: Job) -> bool:
        """Say whether it can do what the input goes through before the layer."""
        return not job.before

    def fits(self, job: Job, options: Options) -> bool:
        """Say whether the job can be done, and is done well, in this way."""
        raise NotImplementedError

    def splits(self, job: Job) -> Splits:
        """Return what threads may compute apart: rows or whole images, channels of the output, or nothing."""
        return "rows"

    def narrowed(self, packed: Mapping[str, Array], channels: slice) -> Mapping[str, Array]:
        """Return the weights of some channels of the output."""
        return packed

    def grain(self, job: Job) -> int:
        """Return the number of rows that belong together."""
        return 1

    def packed(self, job: Job, options: Options) -> Mapping[str, Shape]:
        """Return the shapes that the weights are kept in."""
        return {}

    def pack(self, job: Job, options: Options, weights: Mapping[str, Array]) -> Mapping[str, Array]:
        """Return the weights as `calls` takes them.

        Parameters
        ----------
        job, options : as of `packed`
        weights : those of the layer; after ``norm.`` those of its normalization, after ``before.`` of that before it
        """
        return {}

    def workspace(self, job: Job, options: Options) -> int:
        """Return how many elements `calls` needs beside its arrays, whichever rows it is asked for."""
        return 0

    def seconds(self, job: Job) -> float:
        """Return about how long it takes on one thread."""
        moved = sum(map(prod, job.inputs)) + prod(job.out)
        finishing = sum(_PASS if isinstance(layer, (Add, ReLU, ReLU6)) else _CURVE for layer in job.after)
        return self.rate * self.macs(job) + _PASS * moved + finishing * prod(job.out)

    def macs(self, job: Job) -> int:
        """Return how many multiplications with a weight it does."""
        return 0

    def calls(self, job: Job, options: Options, share: Share) -> Calls:
        """Yield the calls that compute the rows of a share."""
        raise NotImplementedError


def as_map(shape: Shape) -> Shape:
    """Return a shape (N, C, L) as (N, C, 1, L), any other as it is."""
    return (*shape[:2], 1, shape[2]) if len(shape) == 3 else shape


def last(shape: Shape) -> Shape:
    """Return a shape with its channels last, four axes in any case.

    (N, C, H, W) becomes (N, H, W, C), (*S, C) becomes (1, 1, prod(S), C).

    Examples
    --------
    >>> last((2, 3, 8, 9)), last((5, 7, 10))
    ((2, 8, 9, 3), (1, 1, 35, 10))
    """
    if len(shape) == 4:
        n, c, h, w = shape
        return (n, h, w, c)
    return (1, 1, prod(shape[:-1]), shape[-1])
