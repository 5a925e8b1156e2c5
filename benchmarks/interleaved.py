"""Things measured in turns: what slows the machine down slows all, and their ratios stay."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter, process_time, sleep
from typing import Any

ROOT = Path(__file__).parent.parent


PROCESSOR_TIME = {"timer": process_time}
"""For what runs within one process on one thread: other programs on the machine do not count."""


def timer(threads: int) -> Callable[[], float]:
    """Return what tells the time of work in so many threads: the clock, of one thread that of its processor."""
    return process_time if threads == 1 else perf_counter


def beside(
    benchmark: Any,
    subject: Callable[[], Any],
    peer: Callable[[], Any],
    *,
    rounds: int,
    timer: Callable[[], float] = perf_counter,
) -> None:
    """Measure `subject`, each time after `peer`; note the median of the ratios, subject to peer.

    `timer` is that of the mark `benchmark`.
    """
    times: list[float] = []

    def setup() -> None:
        start = timer()
        peer()
        times.append(timer() - start)

    benchmark.pedantic(subject, setup=setup, rounds=rounds, warmup_rounds=1)
    if benchmark.stats:  # none under --benchmark-disable
        own = benchmark.stats.stats.data
        ratios = [mine / theirs for mine, theirs in zip(own, times[-len(own) :], strict=True)]
        benchmark.extra_info["peer, median in s"] = round(median(times), 6)
        benchmark.extra_info["ratio to the peer"] = round(median(ratios), 4)


def process(arguments: Sequence[str]) -> Callable[[], None]:
    """Return what runs this Python with `arguments` in the root of the repository."""

    def run() -> None:
        subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    return run


def in_turns(
    runs: Mapping[str, Callable[[], Any]],
    *,
    seconds: float,
    least: int = 5,
    most: int = 100,
    pause: float = 0.0,
    warm: bool = True,
    timer: Callable[[], float] = perf_counter,
) -> dict[str, list[float]]:
    """Return the times of each: A B C A B C ..., so that the times of a round belong together.

    Parameters
    ----------
    runs : name -> what is timed
    seconds : what all rounds may take, unless there are fewer than `least` then
    pause : s between two runs, for threads of the last one that wait for work by asking for it all the time
    warm : run each once before
    timer : what tells the time, s
    """
    times: dict[str, list[float]] = {name: [] for name in runs}
    for run in runs.values() if warm else ():
        run()
    gc.collect()
    gc.disable()
    try:
        begun = perf_counter()
        for done in range(most):
            if done >= least and perf_counter() - begun > seconds:
                break
            for name, run in runs.items():
                sleep(pause)
                start = timer()
                run()
                times[name].append(timer() - start)
    finally:
        gc.enable()
    return times


def ratio(times: Mapping[str, Sequence[float]], subject: str, peer: str) -> float:
    """Return the median of the ratios of each round, subject to peer."""
    return median(mine / theirs for mine, theirs in zip(times[subject], times[peer], strict=True))
