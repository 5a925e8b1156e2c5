"""Two things measured in turns: what slows the machine down slows both, and their ratio stays."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

ROOT = Path(__file__).parent.parent


def beside(benchmark: Any, subject: Callable[[], Any], peer: Callable[[], Any], *, rounds: int) -> None:
    """Measure `subject`, each time after `peer`; note the median of the ratios, subject to peer."""
    times: list[float] = []

    def setup() -> None:
        start = perf_counter()
        peer()
        times.append(perf_counter() - start)

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
