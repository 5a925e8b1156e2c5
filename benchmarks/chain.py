"""A chain of layers in a process of its own: how long each step takes, and the most memory the process held.

``python -m benchmarks.chain 100000`` prints both as JSON.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from time import perf_counter

from benchmarks.memory import most_memory
from cnnshape import Input, Network, report
from cnnshape import layers as L


def chain(length: int) -> tuple[Network, int]:
    """Return convolutions, normalizations and activations in turns, nine pools among the first 3000, and the weights.

    The same layer occurs many times, as in real networks, but each has its own weights.
    """
    x = image = Input("image", (3, "H", "W"))
    channels, weights = 3, 0
    for i in range(length):
        if i % 300 == 299 and i < 2700:
            x = L.MaxPool(2)(x)
        elif i % 3 == 0:
            wide = 8 + i % 5 * 8
            x = L.Conv(wide, kernel_size=3, padding=1)(x)
            weights += 9 * channels * wide + wide
            channels = wide
        elif i % 3 == 1:
            x = L.BatchNorm()(x)
            weights += 2 * channels
        else:
            x = L.ReLU()(x)
    return Network(f"chain of {length}", inputs=image, outputs=x), weights


def main(length: int) -> None:
    times = [perf_counter()]
    network, weights = chain(length)
    times.append(perf_counter())
    found = report(network)
    outputs = found.outputs
    times.append(perf_counter())
    params, macs = found.params, found.macs
    times.append(perf_counter())
    assert len(outputs) == 1
    assert params == weights
    assert not isinstance(macs, int), "a formula in H and W"
    build, walk, count = (round(after - before, 3) for before, after in pairwise(times))
    print(
        json.dumps(
            {"layers": length, "build_s": build, "walk_s": walk, "count_s": count, "most_MiB": most_memory() >> 20}
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
