"""One walk through a network: the shape of every tensor, what they ask of the symbols, and every fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cnnshape.errors import ArgumentError, ShapeError
from cnnshape.graph.collector import collector_paused
from cnnshape.graph.network import Network
from cnnshape.layers.base import Condition, Context, Layer, Spec, axis_name
from cnnshape.layers.io import Input
from cnnshape.symbolic import Size, subs, text

__all__ = ["Demand", "Propagation", "attach", "propagate"]


@dataclass(frozen=True, slots=True)
class Demand:
    """A condition with the node that makes it (its position in `network.nodes`)."""

    node: int
    condition: Condition


@dataclass(frozen=True, slots=True)
class Propagation:
    """What one walk found.

    Parameters
    ----------
    network : Network
    specs : tensor name -> Spec; a tensor behind a fault is absent
    inputs, outputs : for each node its specs, None behind a fault
    demands : conditions on free symbols, in graph order
    faults : errors that follow from no other, in graph order, with the node that each belongs to
    """

    network: Network
    specs: Mapping[str, Spec]
    inputs: tuple[tuple[Spec, ...] | None, ...]
    outputs: tuple[tuple[Spec, ...] | None, ...]
    demands: tuple[Demand, ...]
    faults: tuple[tuple[int, ShapeError | ArgumentError], ...]


Step = tuple[tuple[Spec, ...], tuple[Condition, ...]]
_STEPS: dict[tuple[Layer, tuple[Spec, ...]], Step] = {}
_MOST_STEPS = 1 << 17


def propagate(network: Network, sizes: Mapping[str, Size] = MappingProxyType({})) -> Propagation:
    """Walk `network` once, in topological order, with the symbols that its inputs declare.

    Parameters
    ----------
    network : Network
    sizes : symbol -> int or formula, put in at the inputs

    Returns
    -------
    Propagation
        A fault does not stop the walk: what does not depend on the faulty node is still checked. A held node makes
        neither conditions nor faults.

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> x = Input("image", (3, "H", "W"))
    >>> found = propagate(Network("tiny", inputs=x, outputs=L.Conv(8, kernel_size=3, stride=2)(x)))
    >>> print(found.specs["conv1"], [str(d.condition) for d in found.demands])
    (N, 8, ceil(H/2) - 1, ceil(W/2) - 1) ['ceil(H/2) - 1 >= 1', 'ceil(W/2) - 1 >= 1']
    """
    with collector_paused():
        return _walk(network, sizes)


def _walk(network: Network, sizes: Mapping[str, Size]) -> Propagation:
    specs: dict[str, Spec] = {}
    all_inputs: list[tuple[Spec, ...] | None] = []
    all_outputs: list[tuple[Spec, ...] | None] = []
    demands: list[Demand] = []
    faults: list[tuple[int, ShapeError | ArgumentError]] = []
    known, held, steps = specs.get, network.held, _STEPS
    for i, node in enumerate(network.nodes):
        layer = node.layer
        if sizes and isinstance(layer, Input):
            layer = Input(tuple(subs(size, sizes) for size in layer.shape), dtype=layer.dtype)
        inputs = tuple(map(known, node.inputs))
        if None in inputs:
            missing = _wrong_port(network, node.inputs, specs, all_outputs)
            if missing is not None and i not in held:
                faults.append((i, missing.at(place=node.place, node=node.name, layer=type(layer).__name__)))
            all_inputs.append(None)
            all_outputs.append(None)
            continue
        key = (layer, inputs)
        step = steps.get(key)  # type: ignore[arg-type]  # no None is left in inputs
        if step is None:
            try:
                step = _step(layer, inputs)  # type: ignore[arg-type]  # no None is left in inputs
            except (ShapeError, ArgumentError) as error:
                if i not in held:
                    faults.append((i, attach(error, network, i, inputs)))  # type: ignore[arg-type]  # as above
                all_inputs.append(inputs)  # type: ignore[arg-type]  # as above
                all_outputs.append(None)
                continue
        outputs, conditions = step
        if conditions and i not in held:
            demands.extend(Demand(i, condition) for condition in conditions)
        all_inputs.append(inputs)  # type: ignore[arg-type]  # as above
        all_outputs.append(outputs)
        if len(outputs) == 1:
            specs[node.name] = outputs[0]
        else:
            specs.update((f"{node.name}.{port}", spec) for port, spec in enumerate(outputs))
    for tensor in network.outputs.values():
        missing = _wrong_port(network, (tensor,), specs, all_outputs)
        if missing is not None:
            faults.append((network.producers[tensor], missing))
    return Propagation(
        network, MappingProxyType(specs), tuple(all_inputs), tuple(all_outputs), tuple(demands), tuple(faults)
    )


def _step(layer: Layer, inputs: tuple[Spec, ...]) -> Step:
    fewest, most = layer.arity
    if len(inputs) < fewest or (most is not None and len(inputs) > most):
        takes = f"{fewest}" if fewest == most else f"at least {fewest}" if most is None else f"{fewest} to {most}"
        raise ShapeError(
            f"takes {takes} inputs, is given {len(inputs)}",
            code="CS205",
            got=len(inputs),
            needed=layer.arity,
            rule=f"{type(layer).__name__} takes {takes} inputs",
            fix="inputs: [a, b]" if fewest > 1 else "give it one input",
        )
    ctx = Context()
    step = (layer.outputs(inputs, ctx), tuple(ctx.conditions))
    if len(_STEPS) >= _MOST_STEPS:
        _STEPS.clear()
    _STEPS[layer, inputs] = step
    return step


def attach(
    error: ShapeError | ArgumentError, network: Network, i: int, inputs: tuple[Spec, ...]
) -> ShapeError | ArgumentError:
    """Return a layer's error with the node, its place and its inputs filled in."""
    node = network.nodes[i]
    return error.at(
        place=node.place,
        node=node.name,
        layer=f"{type(node.layer).__name__}, node {i + 1} of {len(network.nodes)}",
        given=_given(inputs, error.fault.given),
    )


def _given(inputs: tuple[Spec, ...], details: str) -> str:
    parts = [f"input {' and '.join(str(spec) for spec in inputs)}"] if inputs else []
    if details:
        parts.append(details)
    if inputs:
        shape = inputs[0].shape
        letters = ((axis_name(len(shape), axis), size) for axis, size in enumerate(shape))
        bound = ", ".join(f"{letter}={text(size)}" for letter, size in letters if letter.isalpha())
        if bound:
            parts.append(f"known: {bound}")
    return "   ".join(parts)


def _wrong_port(
    network: Network, tensors: tuple[str, ...], specs: Mapping[str, Spec], outputs: list[tuple[Spec, ...] | None]
) -> ShapeError | None:
    """Return the error for a name that is no output of a node that is itself in order."""
    for tensor in tensors:
        produced = outputs[network.producers[tensor]]
        if tensor in specs or produced is None:
            continue
        owner = network.nodes[network.producers[tensor]].name
        names = [owner] if len(produced) == 1 else [f"{owner}.{port}" for port in range(len(produced))]
        return ShapeError(
            f"there is no tensor {tensor!r}: {owner} has {len(produced)} output{'s' * (len(produced) != 1)}",
            code="CS116",
            node=owner,
            rule="a layer with several outputs names them name.0, name.1, ...",
            fix=f"inputs: [{', '.join(names[:4])}]" if len(names) == 1 else f"one of {', '.join(names[:8])}",
        )
    return None
