"""PyTorch code that was written for a network: what it makes, run on numbers."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from cnnshape.formats.source.torch.writer import write
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import propagate
from cnnshape.layers.io import Parameter
from tests.oracles.torch_calls import torch

__all__ = ["answer", "answered", "loaded", "made", "wanted"]


def made(network: Network, **arguments: int) -> Any:
    """Return the module that the code of a network makes."""
    text = write(network)
    space: dict[str, Any] = {"__name__": "written"}
    exec(compile(text, "written.py", "exec", dont_inherit=True), space)
    classes = [each for each in space.values() if isinstance(each, type) and each.__module__ == "written"]
    return classes[-1](**arguments).eval()


def wanted(network: Network, *, held: bool = True) -> dict[str, tuple[Any, ...]]:
    """Return the shapes of all weights by the names that PyTorch has: a learned tensor has no second name there."""
    found = propagate(network)
    shapes: dict[str, tuple[Any, ...]] = {}
    for i, node in enumerate(found.network.nodes):
        specs = found.inputs[i]
        if node.weights_of or specs is None or (not held and i in found.network.held):
            continue
        for name, weight in node.layer.weights(specs).items():
            shapes[node.name if isinstance(node.layer, Parameter) else f"{node.name}.{name}"] = weight.shape
    return shapes


def loaded(network: Network, weights: Mapping[str, Any], **arguments: int) -> Any:
    """Return the module with weights; every one must find its place, by its name."""
    module = made(network, **arguments)
    learned = {f"{node.name}.weight": node.name for node in network.nodes if isinstance(node.layer, Parameter)}
    states = {learned.get(name, name): torch.from_numpy(values) for name, values in weights.items()}
    missing, unknown = module.load_state_dict(states, strict=False)
    held = set(wanted(network)) - set(wanted(network, held=False))
    assert not unknown, unknown
    assert not [name for name in missing if "num_batches" not in name and name not in held], missing
    return module.to(next((x.dtype for x in states.values() if x.is_floating_point()), torch.float32))


def answer(network: Network, inputs: Mapping[str, Any], weights: Mapping[str, Any], **arguments: int) -> dict[str, Any]:
    """Return the outputs of the code by name."""
    return answered(loaded(network, weights, **arguments), network, inputs)


def answered(module: Any, network: Network, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the outputs of a module that was made for a network by name."""
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        given = module(*(torch.from_numpy(inputs[node.name]) for node in network.inputs))
    results = given if isinstance(given, tuple) else (given,)
    return {name: y.numpy() for name, y in zip(network.outputs, results, strict=True)}
