"""What is wrong at given sizes: the layer's own words, when it fits, and the nearest sizes that do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from cnnshape.analysis.alike import told_once
from cnnshape.analysis.fitting.constraints import simplest
from cnnshape.analysis.fitting.rules import Rules
from cnnshape.errors import ArgumentError, FormulaError, ShapeError
from cnnshape.graph.propagate import Demand, Propagation, attach
from cnnshape.layers.base import Condition, Context, Spec
from cnnshape.layers.sized import put
from cnnshape.symbolic import Box, IntegerSet, bound, boxes, evaluate, solve, subs, symbols, text

__all__ = ["errors_at", "nearest_text", "own_text", "refused_at", "when_text"]

_NO_SETS: Mapping[str, IntegerSet] = MappingProxyType({})
_WORDS = {"H": ("height", "heights"), "W": ("width", "widths"), "L": ("length", "lengths")}


def errors_at(
    propagation: Propagation, rules: Rules, sets: Mapping[str, IntegerSet], sizes: Mapping[str, int]
) -> tuple[ShapeError | ArgumentError, ...]:
    """Return every fault at `sizes` that does not follow from another, in graph order.

    Parameters
    ----------
    propagation : Propagation, of the free network
    rules : its conditions
    sets : symbol -> the values that work
    sizes : symbol -> int; symbols without a size stay free

    Notes
    -----
    A violated condition behind another one is left out, as the walk over ints would. Faults at all sizes are listed.
    What several uses of one layer have in common is told once.
    """
    found: list[tuple[int, ShapeError | ArgumentError]] = list(propagation.faults)
    violated = _first_violated(propagation.demands, sizes)
    if violated:
        advice = nearest_text(rules, sizes)
        behind = _behind(propagation, violated)
        found += [
            (i, _error(propagation, demand, sets, sizes, advice, rules))
            for i, demand in violated.items()
            if i not in behind
        ]
    found.sort(key=lambda row: row[0])
    return told_once([error for _, error in found], propagation.network)


def _first_violated(demands: Sequence[Demand], sizes: Mapping[str, int]) -> dict[int, Demand]:
    """Return the first violated demand of each node."""
    found: dict[int, Demand] = {}
    for demand in demands:
        if demand.node not in found and _is_violated(demand.condition, sizes):
            found[demand.node] = demand
    return found


def _is_violated(condition: Condition, sizes: Mapping[str, int]) -> bool:
    if symbols(condition.expr) <= sizes.keys():
        return not condition.holds(evaluate(condition.expr, sizes))
    low, high = bound(subs(condition.expr, sizes))
    return (high is not None and high < 0) or (condition.op == "==" and low is not None and low > 0)


def refused_at(demands: Sequence[Demand], sizes: Mapping[str, int]) -> dict[int, Condition]:
    """Return what these sizes violate first of each node, also where its layer would take the numbers.

    A join of numbers would stretch a 1, and a size of 0 may mean another thing than a formula.
    """
    return {node: demand.condition for node, demand in _first_violated(demands, sizes).items()}


def _behind(propagation: Propagation, violated: Iterable[int]) -> set[int]:
    """Return the nodes that take, directly or not, what a violated node makes."""
    network = propagation.network
    bad, behind = set(violated), set[int]()
    for i in range(min(bad), len(network.nodes)):
        if any((source := network.producers[tensor]) in bad or source in behind for tensor in network.nodes[i].inputs):
            behind.add(i)
    return behind


def _error(
    propagation: Propagation,
    demand: Demand,
    sets: Mapping[str, IntegerSet],
    sizes: Mapping[str, int],
    advice: str,
    rules: Rules,
) -> ShapeError | ArgumentError:
    """Return the layer's error on the numbers, with what it means for the whole network."""
    given = propagation.inputs[demand.node]
    assert given is not None  # a node with demands was reached
    inputs = tuple(Spec(tuple(subs(size, sizes) for size in spec.shape), spec.dtype) for spec in given)
    condition = demand.condition
    try:
        put(propagation.network.nodes[demand.node].layer, sizes).outputs(inputs, Context())
        error: ShapeError | ArgumentError = _from_condition(condition, sizes)
    except (ShapeError, ArgumentError) as raised:
        error = raised
    error = attach(error, propagation.network, demand.node, inputs)
    order = [name for name in propagation.network.symbols if name in sizes]
    at = ", ".join(f"{name} = {sizes[name]}" for name in order)
    formulas = _formulas(condition, sizes)
    rule = [error.fault.rule, formulas if formulas != error.fault.message else "", when_text(condition, sets, rules)]
    fix = [advice, f"or {error.fault.fix}" if advice and error.fault.fix else error.fault.fix]
    return error.at(
        given="\n".join(filter(None, [error.fault.given, f"at {at}"])),
        rule="\n".join(filter(None, rule)),
        fix="\n".join(filter(None, fix)),
    )


def _from_condition(condition: Condition, sizes: Mapping[str, int]) -> ShapeError:
    """Return the words where the layer takes the numbers: a join would stretch a 1 among them."""
    fault = condition.fault()
    if fault.code != "CS201":
        return fault
    return ShapeError(
        _formulas(condition, sizes),
        code=fault.code,
        got=subs(condition.left, sizes),
        needed=subs(condition.right, sizes),
        rule=f"{condition}: a formula that happens to be 1 is not stretched",
    )


def _formulas(condition: Condition, sizes: Mapping[str, int]) -> str:
    """Return ``floor(H/4) is 125, 2*floor(H/8) is 124``."""
    sides = [size for size in (condition.left, condition.right) if not isinstance(size, int)]
    return ", ".join(f"{text(size)} is {text(subs(size, sizes))}" for size in sides)


def when_text(condition: Condition, sets: Mapping[str, IntegerSet], rules: Rules) -> str:
    """Return when this layer fits, and when the network does: the first region and how many others there are."""
    names = symbols(condition.expr)
    what = "these two agree" if condition.code == "CS201" else "this fits"
    own = own_text(condition, rules.exact)
    whole = ", ".join(str(each) for name, each in sets.items() if name in names)
    if any(each.is_empty for each in sets.values()):
        return f"{what} only when {own};  for the whole network {whole or 'no size works'}"
    if rules.regions and not names.isdisjoint(rules.regions[0].sets):
        whole = _first_of(whole, [region.boxes for region in rules.regions])
    same = len(rules.regions) == len(_own_boxes(condition, rules.exact) or ()) and names == rules.regions[0].sets.keys()
    if same:  # the one condition on these symbols, its boxes in the order of the network
        return f"{what} only when {whole}"
    if not whole or whole == own:
        return f"{what} only when {own}"
    return f"{what} only when {own};  the whole network needs {whole}"


def own_text(condition: Condition, known: Mapping[str, IntegerSet] = _NO_SETS) -> str:
    """Return what a condition asks by itself, solved where it can be: ``H % 8 in {0..3}``.

    Of several boxes only those are told that meet `known`: where the map before is there at all.
    """
    expr = simplest(condition.expr)
    names = sorted(symbols(expr))
    try:
        if len(names) == 1:
            return str(solve(expr, condition.op, names[0]))
    except FormulaError:
        return str(condition)
    met = _own_boxes(condition, known)
    if met is None:
        return str(condition)
    return _first_of(str(met[0]), [(box,) for box in met]) if met else "no size works"


def _own_boxes(condition: Condition, known: Mapping[str, IntegerSet]) -> list[Box] | None:
    expr = simplest(condition.expr)
    names = sorted(symbols(expr))
    try:
        found = boxes(expr, names) if len(names) > 1 and condition.op == "==" else None
    except FormulaError:
        found = None
    if found is None:
        return None
    return [box for box in found if all(each & known.get(each.symbol, each) for each in box.sets)] or found


def _first_of(first: str, choices: Sequence[Sequence[Box]]) -> str:
    """Return the words for the first of several choices, and how many others there are."""
    rest = choices[1:]
    if not rest:
        return first
    thin = all(not {1, -1}.isdisjoint(box.factors) for boxes in rest for box in boxes)
    return f"{first} or {len(rest)} {'thin' if thin else 'other'} shape{'s' * (len(rest) != 1)}"


def nearest_text(rules: Rules, sizes: Mapping[str, int]) -> str:
    """Return ``nearest valid heights: 496 and 512``."""
    near = rules.nearest(sizes)
    changes = [{name: size for name, size in change.items() if size != sizes[name]} for change in near]
    if not changes or not all(changes):
        return ""
    if any(len(change) > 1 for change in changes):
        joined = " or ".join(", ".join(f"{name} = {size}" for name, size in change.items()) for change in changes)
        return f"nearest valid sizes: {joined}"
    values: dict[str, list[int]] = {}
    for change in changes:
        for name, size in change.items():
            values.setdefault(name, []).append(size)
    return "; or ".join(f"nearest valid {_named(name, row)}" for name, row in values.items())


def _named(name: str, values: Sequence[int]) -> str:
    one, many = _WORDS.get(name, (name, name))
    return f"{one if len(values) == 1 else many}: {' and '.join(map(str, values))}"
