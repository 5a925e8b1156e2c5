"""Threads that work on the parts of one operation, and how many of them the matrix products may have."""

from __future__ import annotations

import os
import time
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


class _Seat:
    """What a thread is told, and what it answers."""

    def __init__(self) -> None:
        self.gate: SimpleQueue[bool] = SimpleQueue()
        self.awake = False
        self.calls: tuple[Call, ...] | None = None
        self.done = True
        self.fault: BaseException | None = None


class Crew:
    """So many threads that run lists of calls side by side; the one that asks is among them.

    Parameters
    ----------
    threads : at least 1
    """

    def __init__(self, threads: int) -> None:
        self._seats = [_Seat() for _ in range(threads - 1)]
        for seat in self._seats:
            Thread(target=_work, args=(seat,), daemon=True).start()
        weakref.finalize(self, _dismiss, self._seats)

    @contextmanager
    def awake(self) -> Iterator[None]:
        """Keep the threads from falling asleep: waking one takes longer than many a layer."""
        for seat in self._seats:
            seat.awake = True
            seat.gate.put(True)
        try:
            yield
        finally:
            for seat in self._seats:
                seat.awake = False

    def run(self, parts: Sequence[tuple[Call, ...]]) -> None:
        """Run lists of calls, no more than there are threads, and return when all are done; only while `awake`."""
        busy = self._seats[: len(parts) - 1]
        for seat, part in zip(busy, parts[1:], strict=True):
            seat.done = False
            seat.calls = part
        try:
            for call in parts[0]:
                call()
        finally:
            for seat in busy:
                while not seat.done:
                    _yield()
        for seat in busy:
            if seat.fault is not None:
                fault, seat.fault = seat.fault, None
                raise fault


def _work(seat: _Seat) -> None:
    with np.errstate(all="ignore"):
        while seat.gate.get():
            while seat.awake:
                if seat.calls is None:
                    _yield()
                    continue
                calls, seat.calls = seat.calls, None
                try:
                    for call in calls:
                        call()
                except BaseException as fault:  # noqa: BLE001  # handed to the thread that asked
                    seat.fault = fault
                seat.done = True


def _dismiss(seats: Sequence[_Seat]) -> None:
    for seat in seats:
        seat.gate.put(False)


def _give_way() -> None:
    time.sleep(0)


_yield = getattr(os, "sched_yield", _give_way)  # not everywhere


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
