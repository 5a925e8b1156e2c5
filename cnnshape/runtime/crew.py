"""Threads that work on the parts of one operation, and how many of them the matrix products may have."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from queue import SimpleQueue
from threading import Thread
from typing import Any

import numpy as np

from cnnshape.runtime.kernels.calls import Call

__all__ = ["Crew", "blas_threads", "cores", "default_threads", "single_products"]

_Task = tuple[Call, ...] | None


class Crew:
    """So many threads that run lists of calls side by side; the one that asks is among them.

    Parameters
    ----------
    threads : at least 1
    """

    def __init__(self, threads: int) -> None:
        self._tasks: list[SimpleQueue[_Task]] = [SimpleQueue() for _ in range(threads - 1)]
        self._done: SimpleQueue[BaseException | None] = SimpleQueue()
        for tasks in self._tasks:
            Thread(target=_work, args=(tasks, self._done), daemon=True).start()
        weakref.finalize(self, _dismiss, self._tasks)

    def run(self, parts: Sequence[tuple[Call, ...]]) -> None:
        """Run lists of calls, no more than there are threads, and return when all are done."""
        others = parts[1:]
        for tasks, part in zip(self._tasks, others, strict=False):
            tasks.put(part)
        try:
            for call in parts[0]:
                call()
        finally:
            faults = [self._done.get() for _ in others]
        for fault in faults:
            if fault is not None:
                raise fault


def _work(tasks: SimpleQueue[_Task], done: SimpleQueue[BaseException | None]) -> None:
    with np.errstate(all="ignore"):
        while (calls := tasks.get()) is not None:
            try:
                for call in calls:
                    call()
            except BaseException as fault:  # noqa: BLE001  # handed to the thread that asked
                done.put(fault)
            else:
                done.put(None)


def _dismiss(queues: Sequence[SimpleQueue[_Task]]) -> None:
    for tasks in queues:
        tasks.put(None)


def blas_threads() -> int:
    """Return how many threads NumPy's matrix products have, 1 if that is not known."""
    return max((pool["num_threads"] for pool in _controller().info() if pool["user_api"] == "blas"), default=1)


def cores() -> int:
    """Return how many threads may run side by side: the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def default_threads() -> int:
    """Return how many threads work on a layer if nobody says: as many as NumPy's matrix products have."""
    return max(1, min(blas_threads(), cores()))


@contextmanager
def single_products() -> Iterator[None]:
    """Leave each matrix product to the thread that asks for it."""
    if blas_threads() == 1:
        yield
        return
    with _controller().limit(limits=1, user_api="blas"):
        yield


@cache
def _controller() -> Any:
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

    return ThreadpoolController()
