"""Where the time goes: each step of cnnshape beside the layers of PyTorch that it stands for.

``python -m benchmarks.layer_times NETWORK BATCH THREADS SECONDS [strict]`` prints one JSON record.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter, sleep
from typing import Any

from benchmarks.backend_process import PAUSE, matrix_products
from benchmarks.eager import Eager
from benchmarks.frameworks import steps
from benchmarks.interleaved import timer
from benchmarks.subjects import Subject, subject
from cnnshape import layers as L
from cnnshape.analysis.counts import counts
from cnnshape.graph.propagate import propagate
from cnnshape.layers.base import Kind


def kinds(which: Subject) -> dict[str, str]:
    """Return what sort of work each layer is: node -> words."""
    found = propagate(which.network, which.sizes)
    nodes = zip(found.network.nodes, found.inputs, strict=True)
    return {node.name: kind(node.layer, specs[0].shape[1] if specs else 0) for node, specs in nodes}


def kind(layer: Any, channels: int) -> str:
    if isinstance(layer, L.Conv):
        if layer.groups == channels > 1:
            return "depthwise"
        size = layer.kernel_size if isinstance(layer.kernel_size, tuple) else (layer.kernel_size,) * 2
        window = "x".join(map(str, size))
        return f"{window}{'' if layer.stride in (1, (1, 1)) or window == '1x1' else ' strided'}"
    words = {L.BatchNorm: "batch norm", L.Linear: "linear", L.ConvTranspose: "transposed", L.Concat: "concat"}
    words |= {L.Add: "add", L.Multiply: "multiply"}
    general = {Kind.ACTIVATION: "activation", Kind.POOL: "pool"}
    return words.get(type(layer)) or general.get(layer.kind, "rest")


def measured(which: Subject, threads: int, seconds: float, *, strict: bool = False) -> dict[str, Any]:
    """Return a record: every step, with the medians of its time and of that of its layers in PyTorch, in s."""
    import torch

    torch.set_num_threads(threads)
    clock = timer(threads)
    made, run = steps(which, threads, clock, strict=strict)
    theirs = Eager(which.fixed, which.weights)
    own, peer = turns(run, lambda: theirs.seconds(which.inputs, clock), seconds, PAUSE if threads > 1 else 0.0)
    words, macs = kinds(which), counts(propagate(which.network, which.sizes)).macs.per_layer()
    rows: list[dict[str, Any]] = [
        {
            "step": step.node,
            "nodes": list(step.nodes),
            "kind": words[next((node for node in step.nodes if macs.get(node)), step.node)],
            "way": "plain" if step.algorithm is None else step.kernel,
            "macs": sum(int(macs.get(node) or 0) for node in step.nodes),
            "own": own[step.node],
            "torch": sum(peer.get(node, 0.0) for node in step.nodes),
        }
        for step in made
    ]
    seen = {node for step in made for node in step.nodes}
    left = [node for node in peer if node not in seen]
    if left:
        taken = sum(peer[node] for node in left)
        rows.append(
            {
                "step": "layers without a step",
                "nodes": left,
                "kind": "rest",
                "way": "",
                "macs": 0,
                "own": 0.0,
                "torch": taken,
            }
        )
    by_kind: dict[str, float] = {}
    for node, taken in peer.items():
        by_kind[words[node]] = by_kind.get(words[node], 0.0) + taken
    return {
        "network": which.name,
        "batch": which.sizes["N"],
        "threads": threads,
        "peak": matrix_products(timer=clock),
        "steps": rows,
        "torch": by_kind,
    }


def turns(
    own: Callable[[], Mapping[str, float]], peer: Callable[[], Mapping[str, float]], seconds: float, pause: float
) -> list[dict[str, float]]:
    """Return the medians of what both say of their parts, run in turns."""
    seen: list[list[Mapping[str, float]]] = [[], []]
    own(), peer()
    begun = perf_counter()
    while len(seen[0]) < 5 or perf_counter() - begun < seconds:
        for run, taken in zip((own, peer), seen, strict=True):
            sleep(pause)
            taken.append(run())
    return [{name: median(run[name] for run in runs) for name in runs[0]} for runs in seen]


if __name__ == "__main__":
    network, batch, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    print(json.dumps(measured(subject(network, batch), count, float(sys.argv[4]), strict="strict" in sys.argv[5:])))
