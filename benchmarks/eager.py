"""A network as PyTorch computes it eagerly: one call for each layer, prepared once, with nothing merged.

What PyTorch's own modules do is done here: NCHW, activations and sums in place where nobody needs the old values, a
tensor freed after its last use. What a module spends on looking up its parameters and hooks is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from time import perf_counter
from typing import Any

import torch
from torch.nn import functional as F

from cnnshape import layers as L
from cnnshape.graph.network import Network, Node

IN_PLACE = {L.ReLU: F.relu, L.ReLU6: F.relu6, L.SiLU: F.silu}
NOTHING = (L.Dropout, L.DropPath, L.Identity)
"""What gives its input back, once a network is trained."""


@dataclass(frozen=True)
class Call:
    """One layer: what computes it, from which tensor on, and the tensors that nobody needs afterwards."""

    node: Node
    first: int
    run: Callable[[], None]
    dead: tuple[int, ...]


class Eager:
    """A network, its sizes numbers, made ready.

    Parameters
    ----------
    network : Network, with numbers for all sizes and two space axes
    weights : name, as in PyTorch's state dict -> array; their memory is shared
    """

    def __init__(self, network: Network, weights: Mapping[str, Any]) -> None:
        self.held: list[Any] = []
        self.weights = {name: torch.from_numpy(weight) for name, weight in weights.items()}
        self.inputs: dict[str, int] = {}
        self.calls: list[Call] = []
        at: dict[str, int] = {}
        owner: dict[str, str] = {}
        for node in network.nodes:
            given = [at[name] for name in node.inputs]
            if isinstance(node.layer, (*NOTHING, L.Output)):
                at[node.name] = given[0]
            else:
                at[node.name] = len(self.held)
                self.held.append(None)
            shares = isinstance(node.layer, (*NOTHING, L.Output, L.Flatten))
            owner[node.name] = owner[node.inputs[0]] if shares else node.name
        last = {owner[name]: i for i, node in enumerate(network.nodes) for name in node.inputs}
        last |= {owner[name]: len(network.nodes) for name in network.outputs.values()}
        freed: dict[int, list[int]] = {}
        for name, register in at.items():
            freed.setdefault(last.get(owner[name], -1), []).append(register)
        for i, node in enumerate(network.nodes):
            if isinstance(node.layer, L.Input):
                self.inputs[node.name] = at[node.name]
            elif not isinstance(node.layer, (*NOTHING, L.Output)):
                free = [at[x] for x in node.inputs if last[owner[x]] == i and owner[x] not in self.inputs]
                run = self._call(node, [at[name] for name in node.inputs], at[node.name], free)
                self.calls.append(Call(node, at[node.inputs[0]], run, tuple(dict.fromkeys(freed.get(i, ())))))
        self.outputs = {name: at[tensor] for name, tensor in network.outputs.items()}

    def run(self, inputs: Mapping[str, Any], look: Callable[[Node, Any], None] | None = None) -> dict[str, Any]:
        """Return the outputs for arrays: name -> array; `look` is shown each layer and its first input before."""
        held = self.held
        for name, register in self.inputs.items():
            held[register] = torch.from_numpy(inputs[name])
        with torch.inference_mode():
            for call in self.calls:
                if look is not None:
                    look(call.node, held[call.first])
                call.run()
                for register in call.dead:
                    held[register] = None
        found = {name: held[register].numpy() for name, register in self.outputs.items()}
        held[:] = [None] * len(held)
        return found

    def seconds(self, inputs: Mapping[str, Any], timer: Callable[[], float] = perf_counter) -> dict[str, float]:
        """Return how long each layer takes in one run: node -> s."""
        starts: list[float] = []
        self.run(inputs, lambda *_: starts.append(timer()))
        starts.append(timer())
        times = (after - before for before, after in pairwise(starts))
        return {call.node.name: taken for call, taken in zip(self.calls, times, strict=True)}

    def _call(self, node: Node, given: list[int], out: int, free: list[int]) -> Callable[[], None]:
        """Return what computes a layer from the registers `given` to the register `out`; `free`: not needed again."""
        held, layer, first = self.held, node.layer, given[0]
        if type(layer) in IN_PLACE:
            function, in_place = IN_PLACE[type(layer)], first in free

            def activate() -> None:
                held[out] = function(held[first], inplace=in_place)

            return activate
        if isinstance(layer, (L.Add, L.Multiply)):
            return self._joined(layer, given, out, free)
        if isinstance(layer, L.Concat):
            dim = layer.dim

            def join() -> None:
                held[out] = torch.cat([held[register] for register in given], dim)

            return join
        function, arguments = self._function(node)

        def compute() -> None:
            held[out] = function(held[first], *arguments)

        return compute

    def _joined(self, layer: Any, given: list[int], out: int, free: list[int]) -> Callable[[], None]:
        held, (first, second) = self.held, given
        if isinstance(layer, L.Multiply):  # a map and one factor for each channel, in torchvision not in place

            def scale() -> None:
                held[out] = held[first] * held[second]

            return scale
        if first not in free and second in free:
            first, second = second, first
        if first not in free:

            def add() -> None:
                held[out] = held[first] + held[second]

            return add

        def add_to() -> None:
            held[out] = held[first].add_(held[second])

        return add_to

    def _function(self, node: Node) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Return the function of a layer with one input, and its further arguments."""
        layer: Any = node.layer
        prefix = node.weights_of or node.name
        weight, bias = (self.weights.get(f"{prefix}.{name}") for name in ("weight", "bias"))
        match layer:
            case L.Conv(padding_mode="zeros"):
                padding = both_sides(layer.padding)
                return torch.conv2d, (weight, bias, layer.stride, padding, layer.dilation, layer.groups)
            case L.ConvTranspose():
                padding, more = both_sides(layer.padding), layer.output_padding or 0
                return torch.conv_transpose2d, (weight, bias, layer.stride, padding, more, layer.groups, layer.dilation)
            case L.BatchNorm():
                mean, variance = (self.weights[f"{prefix}.running_{name}"] for name in ("mean", "var"))
                return torch.batch_norm, (weight, bias, mean, variance, False, layer.momentum, layer.eps, False)
            case L.MaxPool(dialect="torch", return_indices=False):
                window = (layer.kernel_size, layer.stride or layer.kernel_size, both_sides(layer.padding))
                return torch.max_pool2d, (*window, layer.dilation, layer.ceil_mode)
            case L.AvgPool(dialect="torch", dilation=1):
                window = (layer.kernel_size, layer.stride or layer.kernel_size, both_sides(layer.padding))
                return F.avg_pool2d, (*window, layer.ceil_mode, layer.count_include_pad, layer.divisor_override)
            case L.AdaptiveAvgPool():
                return F.adaptive_avg_pool2d, (layer.output_size,)
            case L.Linear():
                return F.linear, (weight, bias)
            case L.Flatten():
                return torch.flatten, (layer.start_dim, layer.end_dim)
            case L.Sigmoid():
                return torch.sigmoid, ()
        raise NotImplementedError(f"{node.name}: {layer} is in none of the networks that are compared")


def both_sides(padding: Any) -> Any:
    """Return padding that is the same before and after, as PyTorch's functions take it: a number, or one per axis."""
    if isinstance(padding, tuple) and any(isinstance(side, tuple) for side in padding):
        if any(isinstance(side, tuple) and side[0] != side[1] for side in padding):
            raise NotImplementedError(f"padding {padding} is in none of the networks that are compared")
        return tuple(side[0] if isinstance(side, tuple) else side for side in padding)
    if isinstance(padding, str):
        raise NotImplementedError(f"padding {padding!r} is in none of the networks that are compared")
    return padding
