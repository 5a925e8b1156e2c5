"""The other way round: which inputs give a wanted output, keep their size, or fit the weights of a trained network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from typing import TypeAlias

from cnnshape.analysis.fitting.validity import Validity, validity
from cnnshape.errors import ShapeError, UsageError
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import Demand, Propagation
from cnnshape.layers.base import Condition, shape_text
from cnnshape.symbolic import Assumption, Dim, Size, data_dependent, evaluate, text

__all__ = [
    "Wanted",
    "inputs_for_output",
    "inputs_of_equal_size",
    "inputs_when_trained",
    "of_equal_size",
    "of_output",
    "of_weights",
    "output_tensor",
    "with_wanted",
]

Wanted: TypeAlias = Iterator[tuple[int, Size, Size]]
"""Positions of nodes, each with a size there and what it should be."""


def inputs_for_output(
    propagation: Propagation, target: Sequence[int], output: str = "", assumptions: Sequence[Assumption] = ()
) -> Validity:
    """Return the inputs that fit and whose output has a wanted size.

    Parameters
    ----------
    propagation : Propagation, of the free network
    target : the sizes of the output's last axes, such as (7, 7)
    output : str, name of the output; default the first
    assumptions : what the symbols may be

    Raises
    ------
    UsageError
        CS001, no such output, or more sizes than it has axes beside the batch.

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> from cnnshape.graph.propagate import propagate
    >>> x = Input("image", (3, "H", "W"))
    >>> walked = propagate(Network("tiny", inputs=x, outputs=L.Conv(8, kernel_size=7, stride=32, padding=3)(x)))
    >>> inputs_for_output(walked, (7, 7)).sets["H"]
    H in 193..224
    """
    wanted = of_output(propagation, output_tensor(propagation, output), target)
    return with_wanted(propagation, wanted, assumptions)


def of_output(propagation: Propagation, tensor: str, target: Sequence[int]) -> Wanted:
    """Yield what it takes for the last axes of a tensor to have these sizes."""
    shape = propagation.specs[tensor].shape if tensor in propagation.specs else None
    if shape is None:
        return
    if not 1 <= len(target) < len(shape):
        what = "the output" if tensor in propagation.network.outputs.values() else repr(tensor)
        raise UsageError(
            f"{len(target)} size{'s' * (len(target) != 1)} for {what} {shape_text(shape)}",
            got=tuple(target),
            rule="one size for each of the last axes, the batch left out",
            fix=f"give {len(shape) - 2 or 1} of them: {'x'.join('7' for _ in shape[2:] or shape[1:])}",
        )
    node = propagation.network.producers[tensor]
    for size, value in zip(shape[-len(target) :], target, strict=True):
        yield node, size, value


def inputs_of_equal_size(
    propagation: Propagation, output: str = "", assumptions: Sequence[Assumption] = ()
) -> Validity:
    """Return the inputs that fit and whose output has the space axes of the first input.

    Parameters
    ----------
    propagation, output, assumptions : as in `inputs_for_output`

    Raises
    ------
    UsageError
        CS001, no such output, or input and output have different numbers of axes.
    """
    return with_wanted(propagation, of_equal_size(propagation, [output_tensor(propagation, output)]), assumptions)


def of_equal_size(propagation: Propagation, tensors: Iterable[str]) -> Wanted:
    """Yield what it takes for tensors to have the space axes of the first input."""
    network = propagation.network
    for tensor in tensors:
        if tensor not in propagation.specs:
            continue
        given, made = (propagation.specs[name].shape for name in (network.inputs[0].name, tensor))
        if len(given) != len(made):
            raise UsageError(
                f"the input {shape_text(given)} and the output {shape_text(made)} have different axes",
                rule="sizes are compared axis by axis",
                fix="ask a network whose output is a map",
            )
        for size, value in zip(made[2:], given[2:], strict=True):
            yield network.producers[tensor], size, value


def inputs_when_trained(
    propagation: Propagation, sizes: Mapping[str, int], assumptions: Sequence[Assumption] = ()
) -> Validity:
    """Return the inputs that fit a network whose weights were trained at the given sizes.

    Every weight keeps the shape that it has there: a linear layer that reads its input side from the map then takes
    only the maps with as many values.

    Parameters
    ----------
    propagation : Propagation, of the free network
    sizes : symbol -> int, what it was trained with
    assumptions : what the symbols may be

    Raises
    ------
    FormulaError
        CS305, the shape of a weight depends on a symbol without a size.

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> from cnnshape.graph.propagate import propagate
    >>> x = Input("image", (3, "H", "W"))
    >>> walked = propagate(Network("tiny", inputs=x, outputs=L.Linear(10)(L.Flatten()(L.MaxPool(8)(x)))))
    >>> inputs_when_trained(walked, {"H": 32, "W": 32}).sets
    mappingproxy({'H': H in 32..39, 'W': W in 32..39})
    """
    return with_wanted(propagation, of_weights(propagation, sizes), assumptions)


def of_weights(propagation: Propagation, sizes: Mapping[str, int]) -> Wanted:
    """Yield what it takes for every weight to keep the shape that it has at these sizes."""
    network = propagation.network
    for i, (node, inputs) in enumerate(zip(network.nodes, propagation.inputs, strict=True)):
        if inputs is None or propagation.outputs[i] is None or i in network.held:
            continue
        for weight in node.layer.weights(inputs).values():
            for size in weight.shape:
                if isinstance(size, Dim):
                    yield i, size, evaluate(size, sizes)


def with_wanted(
    propagation: Propagation, wanted: Iterable[tuple[int, Size, Size]], assumptions: Sequence[Assumption] = ()
) -> Validity:
    """Return the validity with more demands: at a node, a size that equals another."""
    demands: dict[Demand, None] = {}
    faults = list(propagation.faults)
    for node, size, value in wanted:
        difference = size - value
        if reasons := data_dependent(difference):
            raise UsageError(
                f"the size {text(size)} of {propagation.network.nodes[node].name!r} is not known before a run",
                got=size,
                rule=f"it depends on {' and '.join(sorted(set(filter(None, reasons.values())))) or 'data'}",
                fix="ask for that of a layer before it: --output LAYER=7x7",
            )
        unmet = partial(_unmet, propagation.network, node, size, value)
        if isinstance(difference, Dim):
            demands[Demand(node, Condition(difference, "==", size, value, unmet))] = None
        elif difference != 0:
            faults.append((node, unmet()))
    ordered = sorted([*propagation.demands, *demands], key=lambda demand: demand.node)
    return validity(replace(propagation, demands=tuple(ordered), faults=tuple(faults)), assumptions)


def _unmet(network: Network, node: int, size: Size, value: Size) -> ShapeError:
    name, place = network.nodes[node].name, network.nodes[node].place
    return ShapeError(
        f"the size is {text(size)}, {text(value)} is wanted",
        code="CS214",
        place=place,
        node=name,
        got=size,
        needed=value,
        rule="what is asked for is a size that the network makes",
        fix="" if isinstance(size, Dim) else f"ask for {text(size)}, or change {name}",
    )


def output_tensor(propagation: Propagation, name: str) -> str:
    """Return the tensor of an output, or any other tensor of that name; "" is the first output.

    Raises
    ------
    UsageError
        CS001, there is none.
    """
    network = propagation.network
    if not name:
        return next(iter(network.outputs.values()))
    if name in network.outputs:
        return network.outputs[name]
    if name in network.producers:
        return name
    near = get_close_matches(name, list(network.producers)[:10_000], 1)
    raise UsageError(
        f"there is no output {name!r}",
        got=name,
        rule="an output, or the layer that makes a map, is named as in the report",
        fix=f"did you mean {near[0]}?" if near else f"one of {', '.join(list(network.outputs)[:8])}",
    )
