"""PyTorch's own answer for a network: every layer as a torch call on the meta device, no formula of ours.

A layer is mapped by its class name and its PyTorch-named fields. What has no single torch call (SAME padding, Keras's
layers) is spelled out from its published definition.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from cnnshape.graph.network import Network
from cnnshape.layers.base import Layer
from cnnshape.symbolic import Dim, evaluate
from tests.oracles import torch_arrange, torch_positions, torch_quantized, torch_regions, torch_space, torch_values
from tests.oracles.torch_calls import CALLS, Dead, Unfair, torch
from tests.oracles.torch_numbers import NUMBERS

__all__ = ["Answer", "answer", "values"]

TABLES = (
    torch_arrange,
    torch_positions,
    torch_regions,
    torch_quantized,
    torch_space,
    torch_values,
)  # each enters its rows into CALLS
OF_ONE_TYPE = (
    "DeformConv",
    "Einsum",
    "MatMul",
    "Bilinear",
    "GridSample",
    "MultiheadAttention",
    "ScaledDotProductAttention",
    "LinearAttention",
    "RotaryEmbedding",
    "ScatterElements",
    "ScatterND",
    "TensorScatter",
)
"""PyTorch multiplies and places tensors of one type only; which types meet is not compared."""
STATED = ("in_channels", "in_features", "in1_features", "in2_features", "num_features", "num_channels", "input_size")
"""What a layer could read off its input; None, where it does."""
REFUSED = (Dead, RuntimeError, ValueError, IndexError, AssertionError, TypeError)


@dataclass(frozen=True)
class Answer:
    """What PyTorch says of a network.

    Parameters
    ----------
    tensors : the shape and type of every tensor; one that PyTorch refuses, or that is empty, is absent
    unfair : names of tensors of which PyTorch says nothing
    parameters, buffers : elements of all modules, where every layer was made
    """

    tensors: Mapping[str, tuple[tuple[int, ...], str]]
    unfair: frozenset[str]
    parameters: int
    buffers: int


def answer(network: Network, sizes: Mapping[str, int]) -> Answer:
    """Run `network` on meta tensors."""
    tensors: dict[str, Any] = {}
    modules: dict[str, Any] = {}
    unfair: set[str] = set()
    trained = buffered = 0
    for node in network.nodes:
        if type(node.layer).__name__ == "Input":
            shape = [put(size, sizes) for size in node.layer.shape]  # type: ignore[attr-defined]  # an Input
            if min(shape, default=1) > 0:
                tensors[node.name] = torch.empty(shape, device="meta", dtype=getattr(torch, node.layer.dtype))  # type: ignore[attr-defined]
            continue
        if not unfair.isdisjoint(node.inputs):
            unfair |= {node.name, *(f"{node.name}.{port}" for port in range(99))}
            continue
        inputs = [tensors.get(name) for name in node.inputs]
        if any(x is None for x in inputs):
            continue
        try:
            modules[node.name], results = apply(node.layer, inputs, sizes, modules.get(node.weights_of))
        except Unfair:
            unfair |= {node.name, *(f"{node.name}.{port}" for port in range(99))}
            continue
        except REFUSED:
            continue
        if not node.weights_of:
            trained += sum(p.numel() for p in modules[node.name].parameters())
            buffered += sum(b.numel() for n, b in modules[node.name].named_buffers() if "num_batches" not in n)
        names = [node.name] if len(results) == 1 else [f"{node.name}.{port}" for port in range(len(results))]
        tensors.update(zip(names, results, strict=True))
    known = {name: (tuple(y.shape), str(y.dtype).removeprefix("torch.")) for name, y in tensors.items()}
    return Answer(known, frozenset(unfair), trained, buffered)


def apply(
    layer: Layer,
    inputs: Sequence[Any],
    sizes: Mapping[str, int],
    owner: Any,
    weights: Mapping[str, Any] | None = None,
) -> tuple[Any, tuple[Any, ...]]:
    """Return the torch module that a layer stands for (an empty one for a function) and what it gives.

    `owner` is the module whose weights it shares, or None; `weights` are put into the module, which is then run on
    numbers instead of the meta device.
    """
    name = type(layer).__name__
    arguments = {f.name: put(getattr(layer, f.name), sizes) for f in fields(layer)}  # type: ignore[arg-type]  # a dataclass
    check_rank(name, arguments, inputs)
    if any(arguments.get(stated) == 0 for stated in STATED):
        raise Dead
    floats = [x.dtype for x in inputs if x.is_floating_point()]
    if name in OF_ONE_TYPE:
        inputs = [x.to(floats[0]) if x.is_floating_point() else x for x in inputs]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torch.device("meta" if weights is None else "cpu"):
            calls = CALLS if weights is None else CALLS | NUMBERS
            module, call = calls[name](arguments, inputs)
        if owner is not None and any(True for _ in (*owner.parameters(), *owner.buffers())):
            module = owner
        module = module.to(next(iter(floats), torch.float32))
        module.eval()
        if weights:
            missing, unknown = module.load_state_dict(weights, strict=False)
            assert not unknown
            assert all("num_batches" in name for name in missing), missing
        given = call(module)
    results = tuple(given) if isinstance(given, (tuple, list)) else (given,)
    if any(y.numel() == 0 for y in results):
        raise Dead
    return module, results


def values(network: Network, inputs: Mapping[str, Any], weights: Mapping[str, Any]) -> dict[str, Any]:
    """Run `network`, whose sizes are numbers, on arrays; return every tensor that is made as an array."""
    tensors = {name: torch.from_numpy(x) for name, x in inputs.items()}
    modules: dict[str, Any] = {}
    with torch.no_grad():
        for i, node in enumerate(network.nodes):
            if node.name in tensors or i in network.held:
                continue
            prefix = f"{node.name}."
            own = {n.removeprefix(prefix): torch.from_numpy(w) for n, w in weights.items() if n.startswith(prefix)}
            given = [tensors[name] for name in node.inputs]
            modules[node.name], results = apply(node.layer, given, {}, modules.get(node.weights_of), own)
            names = [node.name] if len(results) == 1 else [f"{node.name}.{port}" for port in range(len(results))]
            tensors.update(zip(names, results, strict=True))
    return {name: tensor.detach().numpy() for name, tensor in tensors.items()}


def check_rank(name: str, arguments: dict[str, Any], inputs: Sequence[Any]) -> None:
    """Hold the number of space axes that a layer states against its input; Fold states that of its output."""
    if name == "Fold":
        return
    rank = arguments.pop("rank", None)
    found = inputs[0].dim() - 2 if inputs else None
    if rank not in (None, found) and not (name == "BatchNorm" and (rank, found) == (1, 0)):
        raise Dead


def put(value: Any, sizes: Mapping[str, int]) -> Any:
    if isinstance(value, Dim):
        return evaluate(value, sizes)
    return tuple(put(entry, sizes) for entry in value) if isinstance(value, tuple) else value
