"""Weights whose number follows the size of the input: once trained, such a network takes one size only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields

from cnnshape.errors import FormulaError
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import Propagation
from cnnshape.layers.base import Layer, Spec
from cnnshape.symbolic import Dim, boxes, solve, subs, symbols, text

__all__ = ["follow_notes"]

_READ_FROM_INPUT = (
    "in_features",
    "in_channels",
    "num_features",
    "num_channels",
    "normalized_shape",
    "input_size",
    "embed_dim",
)
"""Arguments that a layer reads from its input where they are not given."""


def follow_notes(found: Propagation, sizes: Mapping[str, int]) -> tuple[str, ...]:
    """Return a line for each layer that has more weights on a larger input.

    A design that leaves `in_features` out fits every size, but its trained weights fit the one that it was built for.

    Parameters
    ----------
    found : Propagation, of the free network
    sizes : symbol -> int, what the network is built for; without them the line names the formula

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> from cnnshape.graph.propagate import propagate
    >>> x = Input("image", (1, "H", "W"))
    >>> y = L.Linear(10)(L.Flatten()(L.AvgPool(2)(x)))
    >>> print(*follow_notes(propagate(Network("tiny", inputs=x, outputs=y)), {"H": 28, "W": 28}))
    linear1.in_features = 196 follows the input; a trained network accepts H in {28, 29}, W in {28, 29} \
(write in_features: 196 to check it)
    """
    free = _space_symbols(found.network)
    notes = []
    for node, inputs, outputs in zip(found.network.nodes, found.inputs, found.outputs, strict=True):
        if not inputs or outputs is None or node.weights_of or not free:
            continue
        size = next(_following(node.layer, inputs, free), None)
        if size is not None:
            notes.append(_note(node.name, _argument(node.layer), size, sizes))
    return tuple(notes)


def _space_symbols(network: Network) -> frozenset[str]:
    """Return the symbols of the inputs' space axes; the batch and the channels belong to the design."""
    shapes = [node.declared for node in network.inputs]
    found = frozenset[str]().union(*(symbols(size) for shape in shapes for size in shape[2:]))
    return found - frozenset[str]().union(*(symbols(size) for shape in shapes for size in shape[:2]))


def _following(layer: Layer, inputs: tuple[Spec, ...], free: frozenset[str]) -> Iterator[Dim]:
    if all(free.isdisjoint(symbols(size)) for spec in inputs for size in spec.shape):
        return
    for weight in layer.weights(inputs).values():
        for size in weight.shape:
            if isinstance(size, Dim) and not free.isdisjoint(symbols(size)):
                yield size


def _argument(layer: Layer) -> str:
    names = {f.name for f in fields(layer) if getattr(layer, f.name) is None}  # type: ignore[arg-type]  # a dataclass
    return next((name for name in _READ_FROM_INPUT if name in names), "weight")


def _note(name: str, argument: str, size: Dim, sizes: Mapping[str, int]) -> str:
    value = subs(size, sizes)
    if isinstance(value, Dim):
        return f"{name}.{argument} = {text(value)} follows the input; a trained network accepts one value of it only"
    accepts = _accepted(size, value, sizes)
    check = f"write {argument}: {value} to check it" if argument != "weight" else f"{text(size)} == {value}"
    return f"{name}.{argument} = {value} follows the input; a trained network accepts {accepts} ({check})"


def _accepted(size: Dim, value: int, sizes: Mapping[str, int]) -> str:
    names = sorted(symbols(size))
    condition = size - value
    try:
        if len(names) == 1:
            return str(solve(condition, "==", names[0]))
        found = boxes(condition, names)
    except FormulaError:
        found = None
    here = next((box for box in found or () if sizes in box), None)
    return here.text() if here else f"only {text(size)} == {value}"
