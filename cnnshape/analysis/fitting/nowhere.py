"""Why no size fits: conditions that exclude one another, sizes below 1, and sizes outside of what is assumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cnnshape.analysis.fitting.assumed import Assumed
from cnnshape.analysis.fitting.blame import Reason, reason
from cnnshape.analysis.fitting.refusal import nearest_text, own_text
from cnnshape.analysis.fitting.rules import Rules
from cnnshape.errors import ShapeError
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import Demand, Propagation, attach
from cnnshape.layers.sized import symbols_of
from cnnshape.symbolic import IntegerSet
from cnnshape.symbolic.evaluation import LARGEST

__all__ = ["demands_of", "errors_of_nothing", "errors_out_of_range", "errors_outside"]


def errors_out_of_range(network: Network, rules: Rules, sizes: Mapping[str, int]) -> tuple[ShapeError, ...]:
    """Return an error for every number that is no size, at the input that has it; sizes behind it mean nothing."""
    return tuple(
        _at_input(
            network,
            name,
            ShapeError(
                f"{name} = {size}: a size is at least 1" if size < 1 else f"{name} has more than 100 digits",
                code="CS203",
                got=size,
                needed=1,
                rule="a size is a whole number of at least 1, with at most 100 digits",
                fix=(nearest_text(rules, sizes) if size < 1 else "") or f"{name} = 1",
            ),
        )
        for name, size in sizes.items()
        if not 1 <= size <= LARGEST
    )


def errors_outside(network: Network, taken: Assumed, sizes: Mapping[str, int]) -> tuple[ShapeError, ...]:
    """Return an error for every assumption that these sizes break."""
    return tuple(
        _at_input(
            network,
            min(names),
            ShapeError(
                f"{', '.join(f'{name} = {sizes[name]}' for name in sorted(names))} is not what is assumed",
                code="CS216",
                rule=f"assumed: {text}",
                fix="sizes that are assumed, or another assumption",
            ),
        )
        for text, names in taken.broken(sizes)
    )


def _at_input(network: Network, name: str, error: ShapeError) -> ShapeError:
    """Return the error at the first node that has the symbol."""
    node = next((node for node in network.nodes if name in symbols_of(node.layer)), network.nodes[0])
    return error.at(place=node.place, node=node.name, layer=type(node.layer).__name__)


def errors_of_nothing(
    propagation: Propagation,
    sets: Mapping[str, IntegerSet],
    because: Mapping[str, Sequence[Reason]],
    taken: Assumed,
) -> tuple[ShapeError, ...]:
    """Return an error for the symbols that no value is left of, at the last of the layers that take them away."""
    together: dict[tuple[Reason, ...], list[str]] = {}
    for name, members in sets.items():
        if members.is_empty:
            together.setdefault(tuple(because[name]), []).append(name)
    return tuple(_nothing(propagation, names, reasons, taken) for reasons, names in together.items())


def _nothing(propagation: Propagation, names: Sequence[str], reasons: Sequence[Reason], taken: Assumed) -> ShapeError:
    demands = list(demands_of(propagation, reasons))
    wishes = [f"{asked.text}: {own_text(demand.condition)}" for asked, demand in demands]
    wishes += (assumed := [f"assumed: {text}" for text, used in taken.texts if not used.isdisjoint(names)])
    fix = [*(["another assumption"] if assumed else []), demands[-1][1].condition.fault().fault.fix]
    error = ShapeError(
        f"no {names[0]} works" if len(names) == 1 else f"no {' and '.join(names)} work",
        code="CS216",
        rule="\n".join(["the conditions of all layers hold together for some sizes", *wishes]),
        fix="\nor ".join(filter(None, fix)),
    )
    node = demands[-1][1].node
    inputs = propagation.inputs[node]
    assert inputs is not None  # a node with demands was reached
    return attach(error, propagation.network, node, inputs)  # type: ignore[return-value]  # a ShapeError stays one


def demands_of(propagation: Propagation, reasons: Sequence[Reason]) -> Iterator[tuple[Reason, Demand]]:
    """Yield the layers that restrict the symbols, each with the demand that does."""
    for asked in reasons:
        own = [demand for demand in propagation.demands if demand.node == asked.node]
        found = [demand for demand in own if reason(propagation.network, demand) == asked]
        yield asked, (found or own)[0]
