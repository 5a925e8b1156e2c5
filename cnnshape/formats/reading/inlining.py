"""Functions, decided branches and loops of known length, as the operators that they come to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from cnnshape.errors import DesignError
from cnnshape.formats.reading.folding import elements
from cnnshape.formats.reading.frames import Closure
from cnnshape.formats.reading.records import Body, Record
from cnnshape.layers.foreign import refuse

if TYPE_CHECKING:
    from cnnshape.formats.reading.builder import Builder

__all__ = ["INLINED", "inlined"]


def inlined(walk: Builder, record: Record) -> Iterator[Record] | None:
    """Return the records that stand in for one, or None if it is an operator of its own.

    The walk takes each record before it asks for the next one: what a loop does next depends on what came out. At the
    end the outputs of the record are known to the walk.

    Raises
    ------
    Unmapped
        While they are taken: what cannot be put in, and why.
    """
    rule = _RULES.get(record.operator)
    if rule is not None and any(isinstance(value, (Body, Closure)) for value in record.attributes.values()):
        return rule(walk, record)
    body = walk.model.functions.get(record.operator)
    return _function(walk, record, body) if body is not None else None


def _function(walk: Builder, record: Record, body: Body) -> Iterator[Record]:
    if record.operator in walk.frames.calls:
        raise DesignError(
            f"the function {record.operator} calls itself",
            code="CS128",
            node=record.path,
            got=record.operator,
            rule="functions call one another without a circle",
        )
    walk.frames.calls.add(record.operator)
    try:
        if len(record.outputs) > len(body.outputs):
            refuse(f"it has {len(body.outputs)} outputs, {len(record.outputs)} are named")
        frame = walk.frames.enter(Closure(body, None), record, record.inputs)
        outputs = frame.outputs()[: len(record.outputs)]
        yield from _wanted(walk, frame.records(), outputs, record.outputs)
    finally:
        walk.frames.calls.discard(record.operator)


def _if(walk: Builder, record: Record) -> Iterator[Record]:
    chosen = _truth(walk, _input(record, 0))
    if chosen is None:
        refuse("its condition is not known before a run")
    closure = _body(record, "then_branch" if chosen else "else_branch")
    if len(closure.body.outputs) != len(record.outputs):
        refuse(f"a branch of it has {len(closure.body.outputs)} outputs, {len(record.outputs)} are named")
    frame = walk.frames.enter(closure, record, ())
    yield from _wanted(walk, frame.records(), frame.outputs(), record.outputs)


def _loop(walk: Builder, record: Record) -> Iterator[Record]:
    closure = _body(record, "body")
    most, asked = _count(walk, _input(record, 0)), _input(record, 1)
    carried = list(record.inputs[2:])
    collected = len(closure.body.outputs) - 1 - len(carried)
    if len(closure.body.inputs) != 2 + len(carried) or collected < 0:
        refuse(f"its body takes {len(closure.body.inputs)} inputs and gives {len(closure.body.outputs)} outputs")
    going = _truth(walk, asked) if asked else True
    if going is None:
        refuse("its condition is not known before a run")
    if not asked:
        if most is None:
            refuse("nothing ends it")
        walk.frames.can_afford(most * max(len(closure.body.records), 1))
    number = 0
    columns: list[list[str]] = [[] for _ in range(collected)]
    while going and (most is None or number < most):
        given = [walk.frames.number(n, f"{record.path}/{w}") for n, w in ((number, "round"), (True, "going"))]
        frame = walk.frames.enter(closure, record, [*given, *carried], str(number))
        outputs = frame.outputs()
        walk.read.update(outputs)
        yield from frame.records()
        carried = outputs[1 : 1 + len(carried)]
        for column, name in zip(columns, outputs[1 + len(carried) :], strict=True):
            column.append(name)
        number += 1
        if asked:
            going = _truth(walk, outputs[0])
            if going is None:
                refuse(f"whether it goes on is not known before a run, after {number} rounds")
    yield from _collected(walk, record, columns, len(carried), [0] * collected)
    for inner, outer in zip(carried, record.outputs, strict=False):
        walk.rename(inner, outer)


def _scan(walk: Builder, record: Record) -> Iterator[Record]:
    closure, count = _body(record, "body"), int(record.attributes.get("num_scan_inputs", 0))
    if record.version < _SCAN_WITHOUT_BATCH:
        refuse(f"operator set {record.version} has it with a batch, and from {_SCAN_WITHOUT_BATCH} on without")
    states = len(record.inputs) - count
    collected = len(closure.body.outputs) - states
    if count < 1 or states < 0 or collected < 0 or len(closure.body.inputs) != len(record.inputs):
        refuse(f"its body takes {len(closure.body.inputs)} inputs and gives {len(closure.body.outputs)} outputs")
    fed, carried = record.inputs[states:], list(record.inputs[:states])
    axes = _listed(record, "scan_input_axes", count)
    backward = _listed(record, "scan_input_directions", count)
    lengths = {walk.size(name, axis) for name, axis in zip(fed, axes, strict=True)}
    if len(lengths) != 1 or not isinstance(length := lengths.pop(), int):
        refuse("it goes along an axis of free size, or along several of different size")
    walk.frames.can_afford(length * (len(closure.body.records) + count))
    columns: list[list[str]] = [[] for _ in range(collected)]
    for number in range(length):
        given = []
        for name, axis, back in zip(fed, axes, backward, strict=True):
            place = walk.frames.number(length - 1 - number if back else number, f"{record.path}/place")
            given.append(walk.frames.fresh(f"{record.path}/element"))
            yield _made(record, "Gather", (name, place), given[-1], {"axis": axis})
        frame = walk.frames.enter(closure, record, [*carried, *given], str(number))
        walk.read.update(frame.outputs())
        yield from frame.records()
        carried = frame.outputs()[:states]
        for column, name in zip(columns, frame.outputs()[states:], strict=True):
            column.append(name)
    for column, back in zip(columns, _listed(record, "scan_output_directions", collected), strict=True):
        if back:
            column.reverse()
    yield from _collected(walk, record, columns, states, _listed(record, "scan_output_axes", collected))
    for inner, outer in zip(carried, record.outputs, strict=False):
        walk.rename(inner, outer)


_SCAN_WITHOUT_BATCH = 9


def _wanted(walk: Builder, records: Iterator[Record], inner: Sequence[str], outer: Sequence[str]) -> Iterator[Record]:
    """Yield the records of a body that is put in once, and give its outputs the names that they have outside."""
    pairs = [(here, there) for here, there in zip(inner, outer, strict=True) if there]
    walk.read.update(here for here, there in pairs if there in walk.read)
    yield from records
    for here, there in pairs:
        walk.rename(here, there)


def _collected(
    walk: Builder, record: Record, columns: Sequence[Sequence[str]], first: int, axes: Sequence[int]
) -> Iterator[Record]:
    """Yield what puts the outputs of all rounds side by side, along a new axis."""
    for column, axis, outer in zip(columns, axes, record.outputs[first:], strict=False):
        if outer not in walk.read:
            continue
        if not column:
            refuse("a loop without a round collects nothing")
        parts = [walk.frames.fresh(f"{record.path}/row") for _ in column]
        for name, part in zip(column, parts, strict=True):
            yield _made(record, "Unsqueeze", (name,), part, {"axes": (axis,)})
        whole = walk.frames.fresh(f"{record.path}/rows")
        yield _made(record, "Concat", tuple(parts), whole, {"axis": axis})
        walk.rename(whole, outer)


def _made(record: Record, operator: str, inputs: tuple[str, ...], output: str, given: Mapping[str, Any]) -> Record:
    path, name = f"{record.path}/{operator}", f"{record.name or record.path}.{operator}"
    return Record(record.system, operator, record.version, path, inputs, (output,), given, name, record.scope)


def _input(record: Record, position: int) -> str:
    return record.inputs[position] if position < len(record.inputs) else ""


def _body(record: Record, name: str) -> Closure:
    found = record.attributes.get(name)
    if isinstance(found, Body):
        return Closure(found, None)
    if not isinstance(found, Closure):
        refuse(f"its {name} is missing")
    return found


def _listed(record: Record, name: str, count: int) -> list[int]:
    found = record.attributes.get(name, (0,) * count)
    if len(found) != count:
        refuse(f"{name} has {len(found)} entries, {count} are needed")
    return [int(each) for each in found]


def _truth(walk: Builder, name: str) -> bool | None:
    found = _number(walk, name)
    return None if found is None else bool(found)


def _count(walk: Builder, name: str) -> int | None:
    """Return how many rounds a loop makes at most; None if it does not say."""
    if not name:
        return None
    found = _number(walk, name)
    if found is None:
        refuse("how often it runs is not known before a run")
    return int(found)


def _number(walk: Builder, name: str) -> float | None:
    """Return the one number of a tensor, if it follows from constants and sizes alone, or is fed as an argument."""
    known = walk.values.get(name) or walk.told.get(name)
    if known is None or known.free or name in walk.learned:
        return None
    found = elements(known)
    if found is None or len(found) != 1:
        refuse(f"one number is needed, {known.shape} is there")
    return float(found[0]) if isinstance(found[0], float) else int(found[0])


_Rule: TypeAlias = Callable[["Builder", Record], Iterator[Record]]
_RULES: Mapping[str, _Rule] = {"If": _if, "Loop": _loop, "Scan": _scan}
INLINED = tuple(_RULES)
"""Operators whose bodies are put in."""
