"""What weight sharing and sparse connections save: a layer beside a fully connected one between the same tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from cnnshape.analysis.counts import Counts
from cnnshape.analysis.quantity import one_image
from cnnshape.layers.base import Kind, Layer, Spec, Windows
from cnnshape.symbolic import Size, ceildiv, exact_div, product, subs

__all__ = ["Sharing", "sharing"]

_KINDS = frozenset({Kind.CONV, Kind.LINEAR, Kind.POOL})


@dataclass(frozen=True, slots=True)
class Sharing:
    """How sparse a layer is, and how often it uses each weight, for one image.

    Parameters
    ----------
    layer : str
    inputs, outputs : elements of the tensor that it takes and of the one that it gives
    connections : inputs that one output depends on, where its window does not reach over the border
    params : trainable weights, biases included
    dense_params : those of a fully connected layer from all inputs to all outputs, with a bias if the layer has one
    uses : positions at which each weight is used; None for a layer without weights, or if they differ in it
    """

    layer: str
    inputs: Size
    outputs: Size
    connections: Size
    params: Size
    dense_params: Size
    uses: Size | None

    @property
    def saved(self) -> Fraction | None:
        """How many times fewer parameters it has than the fully connected layer; None while a size is free."""
        return _quotient(self.dense_params, self.params)

    @property
    def density(self) -> Fraction | None:
        """The share of the inputs that one output depends on; None while a size is free."""
        return _quotient(self.connections, self.inputs)

    def at(self, sizes: Mapping[str, int] = MappingProxyType({}), /, **more: int) -> Sharing:
        """Return the same with numbers for some symbols."""
        given = {**sizes, **more}
        formulas = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "layer"}
        put: dict[str, Any] = {n: size if size is None else subs(size, given) for n, size in formulas.items()}
        return replace(self, **put)


def _quotient(above: Size, below: Size) -> Fraction | None:
    return Fraction(above, below) if isinstance(above, int) and isinstance(below, int) and below else None


def sharing(counts: Counts) -> tuple[Sharing, ...]:
    """Return the figures of every convolution, linear layer and pool whose window is known.

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> from cnnshape.analysis.counts import counts
    >>> from cnnshape.graph.propagate import propagate
    >>> x = Input("image", (1, "H", "W"))
    >>> net = Network("edges", inputs=x, outputs=L.Conv(1, kernel_size=3, padding=1)(x))
    >>> (conv,) = sharing(counts(propagate(net)))
    >>> conv.connections, conv.params, conv.uses
    (9, 10, H*W)
    >>> conv.at(H=28, W=28).dense_params, float(conv.at(H=28, W=28).saved)
    (615440, 61544.0)
    """
    found = counts.found
    batch = found.network.batch
    rows = []
    for i, (node, row) in enumerate(zip(found.network.nodes, counts.rows, strict=True)):
        inputs, outputs = found.inputs[i], found.outputs[i]
        if row is None or not inputs or not outputs or len(inputs) > 1 or i in found.network.held:
            continue
        if node.layer.kind not in _KINDS:
            continue
        windows = node.layer.window(inputs)
        if not windows.known:
            continue
        weights = node.layer.weights(inputs)
        taken, given = (one_image(product(specs[0].shape), batch) for specs in (inputs, outputs))
        applied = [product(weight.shape) for name, weight in weights.items() if name != "bias"]
        rows.append(
            Sharing(
                node.name,
                taken,
                given,
                one_image(_connections(node.layer, inputs[0], windows), batch),
                row.params,
                taken * given + (given if "bias" in weights else 0),
                exact_div(one_image(row.work.macs, batch), applied[0]) if len(applied) == 1 else None,
            )
        )
    return tuple(rows)


def _connections(layer: Layer, x: Spec, windows: Windows) -> Size:
    """Return the number of inputs in the window of one output."""
    if windows.everything:
        return product(x.shape[1:])
    counted: list[Size] = []
    for axis in windows.whole:
        part = exact_div(x.shape[axis], getattr(layer, "groups", 1)) if layer.kind is Kind.CONV and axis == 1 else None
        counted.append(x.shape[axis] if part is None else part)
    for axis, window in windows.axes.items():
        source = axis if windows.source is None else windows.source[axis]
        if source is None or source in windows.whole:
            continue
        upward = window.mode == "transposed"
        counted.append(ceildiv(window.kernel, window.stride) if upward else window.kernel)
    return product(counted)
