"""Measures the backends in this process, whose number of threads was settled before NumPy was loaded.

``python -m benchmarks.backend_process REQUEST`` reads the request as JSON and prints one JSON record a line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import product
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.frameworks import FRAMEWORKS, reference
from benchmarks.interleaved import in_turns, ratio, timer
from benchmarks.subjects import Subject, subject

PAUSE = 0.02
"""s; with several threads only: those of PyTorch and ONNX Runtime go on asking for work for a while after a run."""

PEERS = ("torch", "onnxruntime")
RATIOS = (*product(("cnnshape", "strict"), PEERS), PEERS)


@dataclass(frozen=True)
class Request:
    networks: tuple[str, ...]
    batches: tuple[int, ...]
    threads: int
    frameworks: tuple[str, ...]
    slow: tuple[str, ...]
    """Networks that ONNX's reference evaluator runs too."""
    seconds: float


@dataclass(frozen=True)
class Record:
    """What was measured of one network at one batch."""

    network: str
    batch: int
    threads: int
    macs: int
    rounds: int
    peak: float
    """Products of matrices, floating-point operations per second."""
    least: Mapping[str, float] = field(default_factory=dict)
    """Framework -> s, of the fastest run."""
    middle: Mapping[str, float] = field(default_factory=dict)
    """Framework -> s, the median."""
    ratios: Mapping[str, float] = field(default_factory=dict)
    """'one/other' -> the median over the rounds."""
    errors: Mapping[str, float] = field(default_factory=dict)
    """Framework -> largest difference from the same in float64, relative to the largest output."""
    preparing: Mapping[str, float] = field(default_factory=dict)
    """Framework -> s, once."""


def measured(which: Subject, request: Request) -> Record:
    """Make every framework ready, compare what they give, then time them in turns."""
    made, preparing = {}, {}
    for name in request.frameworks:
        start = perf_counter()
        made[name] = FRAMEWORKS[name](which, request.threads)
        preparing[name] = perf_counter() - start
    batch, slow = which.sizes["N"], {}
    if which.name in request.slow and batch == request.threads == 1:
        slow = {"cnnshape": made["cnnshape"], "reference": reference(which, 1)}
    errors = compared({**made, **slow}, which)
    way: Any = {"pause": PAUSE if request.threads > 1 else 0.0, "timer": timer(request.threads)}
    peak = matrix_products(**way)
    times = in_turns(called(made, which), seconds=request.seconds, **way)
    ratios = {f"{own}/{peer}": ratio(times, own, peer) for own, peer in RATIOS if own in times and peer in times}
    if slow:
        turns = in_turns(called(slow, which), seconds=0, least=1, warm=False, **way)
        ratios["cnnshape/reference"] = ratio(turns, "cnnshape", "reference")
        times["reference"] = turns["reference"]
    return Record(
        which.name,
        batch,
        request.threads,
        which.macs,
        len(times[request.frameworks[0]]),
        max(peak, matrix_products(**way)),
        {name: min(taken) for name, taken in times.items()},
        {name: median(taken) for name, taken in times.items()},
        ratios,
        errors,
        preparing,
    )


def called(made: Mapping[str, Any], which: Subject) -> dict[str, Any]:
    return {name: lambda run=run: run(which.inputs) for name, run in made.items()}


def compared(made: Mapping[str, Any], which: Subject) -> dict[str, float]:
    """Return how far the outputs of each are from those that PyTorch computes in float64.

    Raises
    ------
    ValueError
        Outputs that do not agree.
    """
    from benchmarks.eager import Eager

    double = Eager(which.fixed, {name: weight.astype(np.float64) for name, weight in which.weights.items()})
    exact = double.run({name: x.astype(np.float64) for name, x in which.inputs.items()})
    errors = {}
    for name, run in made.items():
        found = list(run(which.inputs).values())
        pairs = list(zip(found, exact.values(), strict=True))
        errors[name] = max(float(np.abs(y - right).max() / np.abs(right).max()) for y, right in pairs)
        if not errors[name] < 1e-3:  # a nan is no agreement
            raise ValueError(f"{which.name}: the outputs of {name} are off by {errors[name]:.1e} of the largest")
    return errors


def matrix_products(*, sizes: tuple[int, ...] = (384, 768, 1152), seconds: float = 0.1, **way: Any) -> float:
    """Return the most operations per second that `numpy.matmul` reaches here, with the threads that it has."""
    best = 0.0
    for size in sizes:
        a, b = (np.random.default_rng(i).standard_normal((size, size), np.float32) for i in range(2))
        out = np.empty_like(a)
        (taken,) = in_turns({"": lambda a=a, b=b, out=out: np.matmul(a, b, out=out)}, seconds=seconds, **way).values()
        best = max(best, 2 * size**3 / min(taken))
    return best


def main(text: str) -> None:
    request = Request(**{name: tuple(v) if isinstance(v, list) else v for name, v in json.loads(text).items()})
    for name in request.networks:
        for batch in request.batches:
            print(json.dumps(asdict(measured(subject(name, batch), request))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
