"""How the work of a step is divided among threads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cnnshape.runtime.algorithms.job import Algorithm, Job, last

__all__ = ["Cut", "cuts", "saved", "worth_sharing"]

_LEAST = 1e-4
"""Seconds of work that are worth a second thread."""
_MEETING, _CALL = 8e-5, 4e-6
"""Seconds that it takes to begin and to end together, and that a call waits for others: one at a time runs Python."""
_HELD_UP, _WORTH = 0.15, 0.28
"""What waiting threads add to the work of the one that goes on alone, and what must be saved of a whole run: on a
processor that does other things as well, less is no gain."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A part of an output (N, P, Q, K): some images, rows and channels of it."""

    images: slice
    rows: slice
    channels: slice


def cuts(algorithm: Algorithm, job: Job, threads: int) -> list[Cut]:
    """Return the parts that threads compute side by side.

    Parameters
    ----------
    algorithm, job : what is computed
    threads : how many parts at most; one if there is little to do
    """
    n, p, _, k = last(job.out)
    all_ = slice(0, n), slice(0, p), slice(0, k)
    if threads == 1 or algorithm.seconds(job) < _LEAST or algorithm.splits(job) == "nothing":
        return [Cut(*all_)]
    if algorithm.splits(job) == "channels":
        return [Cut(all_[0], all_[1], part) for part in _even(k, threads, 32)]
    if n >= threads:
        return [Cut(part, *all_[1:]) for part in _even(n, threads, 1)]
    return [Cut(all_[0], part, all_[2]) for part in _even(p, threads, algorithm.grain(job))]


def saved(algorithm: Algorithm, job: Job, calls: Sequence[int]) -> float:
    """Return how many seconds threads that make so many calls each save together; 0 for one alone."""
    if len(calls) == 1:
        return 0.0
    return algorithm.seconds(job) * (1 - 1 / len(calls)) - _MEETING - _CALL * max(calls)


def worth_sharing(work: Iterable[tuple[Algorithm, Job, Sequence[int]]]) -> bool:
    """Say whether a run is faster if some of its operations are shared.

    Parameters
    ----------
    work : how each operation is computed, and how many calls each of its threads makes
    """
    gain = whole = 0.0
    for algorithm, job, calls in work:
        seconds = algorithm.seconds(job)
        whole += seconds
        gain += saved(algorithm, job, calls) if len(calls) > 1 else -_HELD_UP * seconds
    return gain > _WORTH * whole


def _even(count: int, parts: int, grain: int) -> Iterator[slice]:
    """Yield slices of about one length, whole multiples of `grain` but the last."""
    blocks = -(-count // grain)
    ends = [min(round(blocks * i / parts) * grain, count) for i in range(parts + 1)]
    return (slice(a, b) for a, b in pairwise(ends) if b > a)
