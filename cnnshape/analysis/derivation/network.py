"""How the size of the output of a network, or of a block, comes about: layer by layer along each axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cnnshape.analysis.derivation.data import Cells, Step, Table, Topic, times
from cnnshape.analysis.derivation.path import Hop, path
from cnnshape.analysis.derivation.steps import steps
from cnnshape.analysis.report import Facts, LayerFacts
from cnnshape.layers.base import Spec, axis_name, shape_text
from cnnshape.symbolic import Dim, Size, Window, dim, output_size, product, symbols, text

__all__ = ["Group", "size_topics"]

_MOST_ROWS = 60
_LONGEST_NEST = 160
_LONGEST_SHAPE = 60


@dataclass(frozen=True)
class Group:
    """Some layers of a network: those of a block, or all.

    Parameters
    ----------
    facts : Facts, at the sizes that are asked for
    name : str, the block; "" for the whole network
    """

    facts: Facts
    name: str = ""

    def has(self, node: int) -> bool:
        """Tell whether a node belongs to it."""
        scope = self.facts.network.nodes[node].scope
        return not self.name or scope == self.name or scope.startswith(f"{self.name}.")

    @property
    def layers(self) -> list[LayerFacts]:
        index = self.facts.network.index
        return [layer for layer in self.facts.layers if self.has(index[layer.name])]

    @property
    def output(self) -> str:
        """The tensor that leaves it, "" where none is known: the first output of the network, the last of a block."""
        specs = self.facts.propagation.specs
        if not self.name:
            return next((tensor for tensor in self.facts.network.outputs.values() if tensor in specs), "")
        known = [tensor.name for layer in self.layers if layer.executed for tensor in layer.outputs]
        return known[-1] if known else ""


def size_topics(group: Group) -> Iterator[Topic]:
    """Yield how the size of the output comes about along each axis of the input; axes that do it alike share one."""
    free = group.facts.free or group.facts
    tensor = group.output
    if not tensor:
        yield Topic("size", "shape of the output", None, steps=(Step("", (), _not_known(group.facts)),))
        return
    found = free.propagation
    made = group.facts.propagation.specs[tensor]
    done: dict[tuple[object, ...], list[tuple[str, Topic, str]]] = {}
    ends: tuple[Step, ...] = ()
    for column, (source, axis) in enumerate(free.fields.axes):
        if tensor not in free.fields.sights or free.fields.sights[tensor][column] is None:
            continue
        hops = path(found, free.fields, tensor, column)
        shape = found.specs[source].shape
        name = axis_name(len(shape), axis)
        rows = list(_rows(group, hops))
        ends = tuple(_rest(group, hops)) or ends
        if len(rows) < 2:  # nothing changes
            continue
        topic = _axis_topic(rows, shape[axis])
        several = len(free.network.inputs) > 1
        same = tuple((r.name, r.rule, _alike(r.free, shape[axis]), _alike(r.size, shape[axis])) for r in rows)
        key = (same, source if several else "")
        done.setdefault(key, []).append((name, topic, f" of {source}" if several else ""))
    result = shape_text(made.shape)
    for named in done.values():
        first = named[0][1]
        names = ", ".join(name for name, _, _ in named) + named[0][2]
        lines = first.steps
        for name, other, _ in named[1:]:
            if isinstance(other.result, Dim):
                lines = (*lines, Step(name, (other.result,), "in the same way"))
        yield Topic("size", f"size along {names}", first.result, first.rules, first.letters, first.table, lines)
    yield Topic("size", "shape of the output", result, steps=ends or (Step(tensor, (), result),))


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    rule: str
    inner: str
    free: Size
    size: Size


def _rows(group: Group, hops: Sequence[Hop]) -> Iterator[_Row]:
    """Yield the sizes that the axis has on its way: at first, and after each layer that changes it."""
    here = group.facts.propagation
    shown = [hop for hop in hops if group.has(hop.node)]
    if not shown or shown[0].size_before is None:
        return
    at = shown[0].before.at
    assert at is not None
    tensor = _source(group, shown[0])
    before = shown[0].size_before
    yield _Row("input" if shown[0] is hops[0] else "enters", "", "", before, _size(here.specs.get(tensor), at, before))
    for hop in shown:
        now = hop.size_after
        if now is None:
            return
        if now != hop.size_before or (hop.window is not None and hop.window.stride != 1):
            assert hop.after.at is not None
            rule, inner = _rule(hop, hop.window, now)
            yield _Row(hop.name, rule, inner, now, _size(here.specs.get(hop.name), hop.after.at, now))
        if hop.after.reduced:
            return


def _source(group: Group, hop: Hop) -> str:
    found = (group.facts.free or group.facts).propagation
    inputs = found.network.nodes[hop.node].inputs
    specs = found.inputs[hop.node] or ()
    return next(name for name, spec in zip(inputs, specs, strict=True) if spec is hop.given or spec == hop.given)


def _size(spec: Spec | None, at: int, free: Size) -> Size:
    return spec.shape[at] if spec is not None else free


def _rule(hop: Hop, window: Window | None, now: Size) -> tuple[str, str]:
    """Return how the size follows from the one before, called d: with numbers put in, and as short as it gets."""
    before = hop.size_before
    if window is not None and before is not None and output_size(before, window) == now:
        d = dim("d")
        return steps(d, window).filled[-1].rpartition(" = ")[0], text(output_size(d, window))
    if hop.branches > 1:  # of the inputs' sizes, which are equal, the shorter formula is kept
        return "d", text(now)
    return text(now), text(now)


def _alike(size: Size, start: Size) -> str:
    """Return a formula of one symbol with a letter that is the same for all axes."""
    from cnnshape.symbolic import subs

    names = symbols(start)
    return text(subs(size, {name: dim("x") for name in names})) if len(names) == 1 else text(size)


def _axis_topic(rows: Sequence[_Row], start: Size) -> Topic:
    formula = any(isinstance(row.free, Dim) for row in rows)
    numbers = any(row.size != row.free for row in rows) or not formula
    titles = ["layer", "rule, numbers put in"]
    if formula:
        titles.append(f"of {text(start)}")
    if numbers:
        titles.append("size")
    cells = []
    for row in rows if len(rows) <= _MOST_ROWS else [*rows[: _MOST_ROWS // 2], *rows[-_MOST_ROWS // 2 :]]:
        cell = [row.name, row.rule]
        cell += [text(row.free)] if formula else []
        cell += [text(row.size)] if numbers else []
        cells.append(tuple(cell))
    kinds: tuple[Cells, ...] = ("name", "formula", "formula", "formula")
    table = Table(tuple(titles), kinds[: len(titles)], tuple(cells))
    last = rows[-1]
    collapsed = rows if isinstance(last.free, Dim) else rows[:-1]
    nest = _nest(collapsed)
    lines = [Step("all in one", (nest, collapsed[-1].free))] if nest else []
    return Topic("size", "", last.size, letters=(("d", "the size before the layer"),), table=table, steps=tuple(lines))


def _nest(rows: Sequence[_Row]) -> str:
    """Return the rules put into one another; "" where that is too long, or the formula is no shorter."""
    if not isinstance(rows[0].free, Dim) or not isinstance(rows[-1].free, Dim) or len(rows) < 3:  # one rule is no nest
        return ""
    nest = text(rows[0].free)
    for row in rows[1:]:
        if "d" not in row.inner.replace("mod", ""):
            return ""
        nest = _put(row.inner, nest)
        if len(nest) > _LONGEST_NEST:
            return ""
    return nest


def _put(rule: str, inner: str) -> str:
    import re

    if rule == "d":
        return inner
    bare = re.fullmatch(r"(ceil|floor)\(.*\)|\w+", inner) is not None
    in_sum = re.search(r"[*/]d|d[*/]|- d", rule) is not None
    return re.sub(r"\bd\b", lambda _: inner if bare or not in_sum else f"({inner})", rule)


def _rest(group: Group, hops: Sequence[Hop]) -> Iterator[Step]:
    """Yield the shapes behind the place where the axis is not to be seen any more."""
    here = group.facts.propagation
    ended = next((k for k, hop in enumerate(hops) if hop.size_after is None or hop.after.reduced), None)
    if ended is None:
        return
    last: tuple[Size, ...] = ()
    for hop in hops[max(ended, 0) :]:
        spec = here.specs.get(hop.name)
        if spec is None or not group.has(hop.node) or spec.shape == last:
            continue
        last = spec.shape
        before = here.inputs[hop.node]
        chain = _merge(before[0].shape, last) if before and len(before) == 1 else ()
        written = shape_text(last)
        if len(written) > _LONGEST_SHAPE and chain:
            yield Step(hop.name, chain[:1], "values each")
        else:
            yield Step(hop.name, chain, written)


def _merge(before: tuple[Size, ...], after: tuple[Size, ...]) -> tuple[Size | str, ...]:
    if len(after) >= len(before) or len(after) != 2 or product(before[1:]) != after[1]:  # batch and features
        return ()
    return times(*before[1:]), after[1]


def _not_known(facts: Facts) -> str:
    return f"it is not known: {facts.errors[0].layer} does not fit" if facts.errors else "nothing leaves it"
