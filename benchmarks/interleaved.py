"""Two things measured in turns: what slows the machine down slows both, and their ratio stays."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

ROOT = Path(__file__).parent.parent


PROCESSOR_TIME = {"timer": process_time}
"""For what runs within one process on one thread: other programs on the machine do not count."""


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
