"""One walk through a network: the shape of every tensor, what they ask of the symbols, and every fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from cnnshape.errors import ArgumentError, ShapeError
from cnnshape.graph.collector import collector_paused
from cnnshape.graph.network import Network
from cnnshape.graph.shared import demand_same_weights
from cnnshape.layers.base import Condition, Context, Layer, Spec, axis_name
from cnnshape.layers.io import Input
from cnnshape.layers.sized import demand_sizes, put, symbols_of
from cnnshape.symbolic import Size, text
from cnnshape.symbolic.evaluation import fits_digits, term_count

__all__ = ["Demand", "Propagation", "attach", "propagate", "step"]


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
    network : Network; where sizes were put into arguments of layers, with those layers
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
_MOST_TERMS = 2000


def propagate(
    network: Network,
    sizes: Mapping[str, Size] = MappingProxyType({}),
    refused: Mapping[int, Condition] = MappingProxyType({}),
) -> Propagation:
    """Walk `network` once, in topological order, with the symbols that its inputs declare.

    Parameters
    ----------
    network : Network
    sizes : symbol -> int or formula, put in at the inputs and in the arguments of layers
    refused : node -> what these sizes violate of it, for layers that would take the numbers: as such a 1 is stretched

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
        return _walk(network, sizes, refused)


def _walk(network: Network, sizes: Mapping[str, Size], refused: Mapping[int, Condition]) -> Propagation:
    specs: dict[str, Spec] = {}
    all_inputs: list[tuple[Spec, ...] | None] = []
    all_outputs: list[tuple[Spec, ...] | None] = []
    demands: list[Demand] = []
    faults: list[tuple[int, ShapeError | ArgumentError]] = []
    numbered: dict[int, Layer] = {}
    known, held, steps = specs.get, network.held, _STEPS
    for i, node in enumerate(network.nodes):
        layer = node.layer
        inputs = tuple(map(known, node.inputs))
        if None in inputs:
            missing = _wrong_port(network, node.inputs, specs, all_outputs)
            if missing is not None and i not in held:
                faults.append((i, missing.at(place=node.place, node=node.name, layer=type(layer).__name__)))
            all_inputs.append(None)
            all_outputs.append(None)
            continue
        try:
            if sizes:
                numbered[i] = layer = put(layer, sizes)
            outputs, conditions = steps.get((layer, inputs)) or step(layer, inputs)  # type: ignore[arg-type]  # no None is left in inputs
            _accept(i, refused)
            if node.weights_of:
                conditions += _shared(network, i, numbered, all_inputs, all_outputs, inputs)  # type: ignore[arg-type]  # as above
        except (ShapeError, ArgumentError) as error:
            if i not in held:
                faults.append((i, attach(error, network, i, inputs)))  # type: ignore[arg-type]  # as above
            all_inputs.append(inputs)  # type: ignore[arg-type]  # as above
            all_outputs.append(None)
            continue
        if conditions and i not in held:
            demands.extend(Demand(i, condition) for condition in conditions)
        all_inputs.append(inputs)  # type: ignore[arg-type]  # as above
        all_outputs.append(outputs)
        if len(outputs) == 1:
            specs[node.name] = outputs[0]
        else:
            specs.update((f"{node.name}.{port}", spec) for port, spec in enumerate(outputs))
    for tensor in network.outputs.values():
        missing = _wrong_port(network, (tensor,), specs, all_outputs, "outputs")
        if missing is not None:
            made = network.producers[tensor]
            node = network.nodes[made]
            faults.append((made, missing.at(place=node.place, layer=type(node.layer).__name__)))
    return Propagation(
        _with_layers(network, numbered),
        MappingProxyType(specs),
        tuple(all_inputs),
        tuple(all_outputs),
        tuple(demands),
        tuple(faults),
    )


def _accept(i: int, refused: Mapping[int, Condition]) -> None:
    if i in refused:
        raise refused[i].fault()


def _shared(
    network: Network,
    i: int,
    numbered: Mapping[int, Layer],
    all_inputs: Sequence[tuple[Spec, ...] | None],
    all_outputs: Sequence[tuple[Spec, ...] | None],
    inputs: tuple[Spec, ...],
) -> tuple[Condition, ...]:
    """Return what node `i` demands of its inputs to fit the weights of the node that owns them.

    An owner that comes later, or that does not fit its own input, demands nothing.
    """
    owner = network.index[network.nodes[i].weights_of]
    if owner >= i or all_outputs[owner] is None:
        return ()
    theirs = all_inputs[owner]
    assert theirs is not None  # it has outputs
    first, second = (numbered.get(k, network.nodes[k].layer) for k in (owner, i))
    if theirs == inputs and first == second:
        return ()
    ctx = Context()
    demand_same_weights(ctx, network.nodes[owner].name, first.weights(theirs), second.weights(inputs))
    return tuple(ctx.conditions)


def _with_layers(network: Network, numbered: Mapping[int, Layer]) -> Network:
    """Return the network with other layers at some places; its inputs stay as they are declared."""
    changed = {i: layer for i, layer in numbered.items() if layer is not network.nodes[i].layer}
    if all(isinstance(layer, Input) for layer in changed.values()):
        return network
    nodes = [
        replace(node, layer=changed[i]) if i in changed and not isinstance(node.layer, Input) else node
        for i, node in enumerate(network.nodes)
    ]
    return Network.of_nodes(
        network.name, nodes, network.outputs, defaults=network.defaults, source=network.source, notes=network.notes
    )


def step(layer: Layer, inputs: tuple[Spec, ...]) -> Step:
    """Return the outputs of a layer on its inputs, and what they demand of the symbols (remembered).

    Raises
    ------
    ShapeError, ArgumentError
        The layer does not fit.
    """
    found = _STEPS.get((layer, inputs))
    if found is not None:
        return found
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
    if symbols_of(layer):
        demand_sizes(layer, ctx)
    outputs = layer.outputs(inputs, ctx)
    _refuse_unwieldy(outputs)
    made = (outputs, tuple(ctx.conditions))
    if len(_STEPS) >= _MOST_STEPS:
        _STEPS.clear()
    _STEPS[layer, inputs] = made
    return made


def _refuse_unwieldy(outputs: tuple[Spec, ...]) -> None:
    """Refuse tensors whose sizes explode: every layer behind them would cost more than the one before."""
    for spec in outputs:
        terms = 1
        for axis, size in enumerate(spec.shape):
            terms *= term_count(size)
            if not fits_digits(size):
                raise _unwieldy(f"axis {axis_name(len(spec.shape), axis)}: the size has more than 100 digits")
        if terms > _MOST_TERMS:
            raise _unwieldy(f"the number of elements is a formula of {terms} terms")


def _unwieldy(message: str) -> ShapeError:
    return ShapeError(
        message,
        code="CS217",
        rule=f"a size has at most 100 digits, the number of elements at most {_MOST_TERMS} terms",
        fix="fewer layers that multiply sizes",
    )


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
    network: Network,
    tensors: tuple[str, ...],
    specs: Mapping[str, Spec],
    outputs: list[tuple[Spec, ...] | None],
    section: str = "inputs",
) -> ShapeError | None:
    """Return the error for a name that is no output of a node that is itself in order."""
    for tensor in tensors:
        produced = outputs[network.producers[tensor]]
        if tensor in specs or produced is None:
            continue
        owner = network.nodes[network.producers[tensor]].name
        names = [owner] if len(produced) == 1 else [f"{owner}.{port}" for port in range(len(produced))]
        listed = ", ".join(names[:8])
        return ShapeError(
            f"there is no tensor {tensor!r}: {owner} has {len(produced)} output{'s' * (len(produced) != 1)}",
            code="CS116",
            node=owner,
            rule="a layer with several outputs names them name.0, name.1, ...",
            fix=f"one of {listed}" if len(names) > 1 and section == "inputs" else f"{section}: [{listed}]",
        )
    return None
