"""The same network on the same numbers here, in ONNX Runtime and in PyTorch; `compared` says where they differ."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cnnshape.errors import DesignError, ShapeError
from cnnshape.graph.network import Network, Node
from cnnshape.graph.propagate import propagate
from cnnshape.layers.base import Layer
from cnnshape.layers.io import Input
from cnnshape.runtime.execute import execute
from cnnshape.runtime.plan import Plan, plan
from tests.conformance.differential_scope import reason
from tests.oracles.onnx_runtime import answer, checked
from tests.oracles.torch_calls import Dead, Unfair
from tests.oracles.torch_numbers import EXACT
from tests.oracles.torch_reference import values
from tests.random_networks.numbers import fed, weighed
from tests.random_networks.settings import Setting

__all__ = ["WAYS", "Numbers", "Run", "alone", "compared"]

Numbers = dict[str, Any]
Run = Callable[[Network, Mapping[str, Any], Mapping[str, Any], str], Numbers]
"""``run(network, inputs, weights, dtype)`` returns the outputs by name."""


def _way(**options: Any) -> Run:
    def run(network: Network, inputs: Mapping[str, Any], weights: Mapping[str, Any], dtype: str) -> Numbers:
        return execute(plan(network, {}, dtype, **options), inputs, weights)

    return run


WAYS: dict[str, Run] = {"plain": _way(fused=False), "fused": _way(fused=True)}
"""Every way that the backend runs a network."""

MOST = {"float16": 4e-3, "float32": 1e-4, "float64": 1e-10}
"""Error that is allowed, relative to the largest output; where single precision is compared, half is too."""


def alone(setting: Setting) -> Network:
    """Return the network of one layer, each of its inputs fed."""
    inputs = [Node(f"x{i}", Input(spec.shape, dtype=spec.dtype)) for i, spec in enumerate(setting.inputs)]
    node = Node("layer", setting.layer, tuple(each.name for each in inputs))
    ports = len(propagate(Network.of_nodes("alone", [*inputs, node], {})).outputs[-1] or ())
    tensors = ["layer"] if ports == 1 else [f"layer.{port}" for port in range(ports)]
    return Network.of_nodes("alone", [*inputs, node], {tensor: tensor for tensor in tensors})


def compared(network: Network, run: Run, seed: int, layer: Layer | None = None) -> tuple[set[str], list[str]]:
    """Return the systems that a network was compared with, and what differed.

    Parameters
    ----------
    network : with numbers for all sizes
    run : how it is run here
    seed : of inputs and weights
    layer : the only one, if there is one: its inputs get numbers that it takes
    """
    ready = plan(network, {}, "float32", fused=False)
    inputs, weights = fed(ready, seed, layer), weighed(ready, seed)
    wide = {name: _widened(x) for name, x in inputs.items()}, {name: _widened(w) for name, w in weights.items()}
    done: set[str] = set()
    faults: list[str] = []
    try:
        ours = run(network, inputs, weights, "float32")
    except ShapeError as error:
        if error.fault.code != "CS213":  # a position that there is not, which is seen in the numbers alone
            raise
        return done, faults
    if layer is None and not _finite(ready, inputs, weights):
        return done, faults
    theirs = _onnx(network, inputs, weights)
    exact = _torch(ready, *wide) if _has_calls(network) else None
    if theirs is not None:
        done.add("onnxruntime")
        faults += [f"onnxruntime: {fault}" for fault in _differing(ours, theirs, MOST["float32"], exact)]
    if exact is not None:
        done.add("torch")
        ours = run(network, *wide, "float64")
        faults += [f"torch: {fault}" for fault in _differing(ours, exact, MOST["float64"], None)]
    return done, faults


def _finite(ready: Plan, inputs: Numbers, weights: Numbers) -> bool:
    """Say whether a network stays among the numbers: what a layer makes of no number is nobody's rule."""
    whole = True

    def look(_: str, made: Mapping[str, Any]) -> None:
        nonlocal whole
        whole &= all(np.isfinite(y).all() for y in made.values() if y.dtype.kind == "f")

    execute(ready, inputs, weights, look)
    return whole


def _widened(x: Any) -> Any:
    return x.astype(np.float64) if x.dtype == np.float32 else x


def _onnx(network: Network, inputs: Numbers, weights: Numbers) -> Numbers | None:
    """Return ONNX Runtime's outputs, or None where ONNX or its runtime has no such thing."""
    try:
        return answer(checked(network, weights), inputs)
    except DesignError as refused:
        if refused.fault.code != "CS130":
            raise
        return None
    except Exception as fault:
        if not reason(str(fault)):
            raise
        return None


def _has_calls(network: Network) -> bool:
    return all(type(node.layer).__name__ in EXACT for node in network.nodes)


def _torch(ready: Plan, inputs: Numbers, weights: Numbers) -> Numbers | None:
    """Return PyTorch's outputs, or None where it has no such thing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            constants = {name: weights[name] for name in ready.constants}
            made = values(ready.network, {**inputs, **constants}, weights)
    except (Unfair, Dead):
        return None
    except (RuntimeError, NotImplementedError, TypeError, ValueError) as fault:
        if not reason(str(fault)):
            raise
        return None
    outputs = ready.network.outputs.items()
    # Roots, powers and the like of whole numbers are real numbers there, and stay whole here.
    alike = {
        name: tensor for name, tensor in outputs if made[tensor].dtype.kind == np.dtype(ready.places[tensor].dtype).kind
    }
    return {name: made[tensor] for name, tensor in alike.items()} or None


def _differing(ours: Numbers, theirs: Numbers, most: float, exact: Numbers | None) -> list[str]:
    return [
        f"{name}: {fault}"
        for name, y in ours.items()
        if name in theirs and (fault := _fault(y, theirs[name], most, None if exact is None else exact.get(name)))
    ]


def _fault(y: Any, theirs: Any, most: float, exact: Any) -> str:
    """Return how two arrays differ, or ""."""
    if y.shape != theirs.shape:
        return f"shape {y.shape}, not {theirs.shape}"
    error, most = _error(y, theirs), max(most, MOST.get(str(theirs.dtype), 0))
    if error <= most:
        return ""
    # Where single precision loses digits, what counts is not to lose more than they do.
    if exact is not None and _error(y, exact) <= 4 * _error(theirs, exact):
        return ""
    return f"an error of {error:.2g}"


def _error(y: Any, theirs: Any) -> float:
    """Return the largest difference by the largest number; infinite where one is no number and the other is."""
    a, b = np.asarray(y, np.float64).reshape(-1), np.asarray(theirs, np.float64).reshape(-1)
    known = np.isfinite(a) & np.isfinite(b)
    if not np.array_equal(a[~known], b[~known], equal_nan=True):
        return np.inf
    if not known.any():
        return 0.0
    return float(np.abs(a[known] - b[known]).max() / max(np.abs(b[known]).max(), 1e-30))
