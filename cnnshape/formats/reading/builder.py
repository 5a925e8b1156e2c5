"""The walk over records of operators of another system, which makes the nodes of a Network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from cnnshape.errors import ArgumentError, ShapeError
from cnnshape.formats.reading.bounds import Bounds
from cnnshape.formats.reading.faults import given_twice, nothing_gives
from cnnshape.formats.reading.folding import elements
from cnnshape.formats.reading.formulas import Quotient
from cnnshape.formats.reading.frames import Frames
from cnnshape.formats.reading.inlining import inlined
from cnnshape.formats.reading.known import known_as, told_as
from cnnshape.formats.reading.numbers import is_short, number_of
from cnnshape.formats.reading.records import Body, ForeignModel, Known, Record, Refusal
from cnnshape.formats.reading.rows import read_row, spec_of
from cnnshape.formats.reading.undetermined import Pins, Undetermined, grown, parts_of, undo, unread
from cnnshape.formats.reading.weights import applied, count_once, hold, owner_of
from cnnshape.graph.network import Node
from cnnshape.graph.propagate import step
from cnnshape.layers import catalog
from cnnshape.layers.activation.spec import Identity
from cnnshape.layers.base import Condition, Layer, Spec
from cnnshape.layers.foreign import Fixed, Made, Unmapped, Use, Wrong
from cnnshape.layers.io import Constant, Input, Parameter, SizeTensor
from cnnshape.layers.merge import Divide
from cnnshape.layers.reshape import Reshape
from cnnshape.symbolic import Size

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

__all__ = ["Builder"]

T = TypeVar("T")


class Builder:
    """The walk over the records: what is known of every tensor so far, and the nodes that were made.

    `values` are the tensors whose numbers are known; `known` those that are in the network. A tensor may be both.
    `told` are short lists that follow from what is fed: the network computes them, and they may be arguments as well.
    With `pins`, what no layer stands for becomes a node of its own; without, it is a refusal as what is wrong is.
    """

    def __init__(self, model: ForeignModel, bounds: Bounds, pins: Pins | None = None) -> None:
        self.model, self.bounds = model, bounds
        self.undetermined = None if pins is None else Undetermined(model, pins)
        self.unread = False  # whether a known operator became a node that nobody knows
        self.known: dict[str, tuple[str, Spec]] = {}
        self.values: dict[str, Known] = dict(model.values)
        self.told = {name: model.values[name] for name in model.inputs if is_short(model.values.get(name))}
        self.nodes: list[Node] = []
        self.weights: dict[str, Callable[[], Array]] = {}
        self.absent: list[str] = []
        self.refusals: list[Refusal] = []
        self.lost: set[str] = set()
        self.names: set[str] = set(model.inputs)
        self.reserved: list[str] = []
        self.demanded: list[Condition] = []
        self._uses: dict[str, int] = {}
        self.owners: dict[Any, str] = {}
        self.holders: dict[Any, str] = {}  # a stored tensor, and what is done to it -> the first weight that it is
        self.uncounted: dict[str, None] = {}
        self.spent: set[str] = set()  # nodes that weights were made of
        self.seen = 0  # nodes that were looked through for them
        self.same: dict[str, str] = {}  # another name of a weight -> the first one
        self.learned = set(model.parameters)
        self.read = {name for record in model.records for name in record.inputs} | set(model.outputs)
        for record in model.records:
            for value in record.attributes.values():
                if isinstance(value, Body):
                    self.read |= value.reads
        self.frames = Frames(self)
        self.parts = parts_of(self)
        self._open: list[tuple[Record, Iterator[Record], tuple[int, ...]]] = []

    def run(self) -> None:
        for name in self.model.inputs:
            if name not in self.values:
                self.tensor(name)
        given = {*self.model.inputs, *self.model.values}
        for record in self.model.records:
            self._take(record, given)
            while self._open:
                around, records, before = self._open[-1]
                inner = self._tried(around, before, next, records, None)
                if inner is None:
                    self._open.pop()
                else:
                    self._take(inner, given)

    @property
    def depth(self) -> int:
        """How many bodies the record at hand stands in."""
        return len(self._open)

    def _take(self, record: Record, given: set[str]) -> None:
        """Make what a record stands for, or go on with those that stand in for it."""
        for name in record.outputs:
            if name and name in given:
                raise given_twice(name, record.path)
            given.add(name)
        if not self.lost.isdisjoint(record.inputs) and record.operator not in self.model.functions:
            # Its fault follows from another.
            self.lost.update(record.outputs)
            return
        inner = inlined(self, record)
        if inner is not None:
            self._open.append((record, inner, grown(self)))
            return
        self._tried(record, grown(self), self._record, record)

    def _tried(self, record: Record, before: tuple[int, ...], work: Callable[..., T], *given: Any) -> T | None:
        """Return what some work for a record gives; None where the record cannot be read.

        What it made is undone then, and it becomes a node that nobody knows, or a refusal.
        """
        try:
            found = work(*given)
        except Unmapped as reason:
            why, wrong = str(reason), isinstance(reason, Wrong)
        except (ShapeError, ArgumentError) as fault:
            why, wrong = fault.fault.message, True
        except (TypeError, ValueError, LookupError, ArithmeticError):
            # A broken file may hold anything; the tables expect what the specification says.
            why, wrong = "an attribute or an input of a form that the operator does not have", True
        else:
            if self.demanded:
                self.bounds.demand(self.demanded)
                self.demanded = []
            if self.undetermined is not None and self.undetermined.guessed:
                self.undetermined.passed(record)
            return found
        self.demanded = []
        undo(self, before)
        if not unread(self, record, why, wrong):
            self._refuse(record, why, wrong)
        return None

    def tensor(self, name: str) -> tuple[str, Spec]:
        """Return what stands for a tensor in the network; a known one gets a node of its own."""
        if (found := self.known.get(name)) is not None:
            return found
        if name in self.same:
            self.known[name] = self.tensor(self.same[name])
        elif name in self.model.inputs:
            spec = self.model.inputs[name]
            self._source(name, name, Input(spec.shape, dtype=spec.dtype))
        elif name in self.values:
            known, learned = self.values[name], name in self.learned
            node = self.name(name)
            if known.free:
                self.known[name] = self._sizes(node, known)
                return self.known[name]
            self._source(name, node, (Parameter if learned else Constant)(known.shape, dtype=known.dtype))
            hold(self, f"{node}.weight" if learned else node, known, known.load)
            if learned:
                count_once(self, f"{node}.weight", name)
        else:
            raise nothing_gives(name, "inputs")
        return self.known[name]

    def rename(self, inner: str, outer: str) -> None:
        """Let a tensor bear another name as well, outside of the body that gives it."""
        if inner in self.lost:
            self.lost.add(outer)
            return
        if inner in self.model.inputs or inner in self.known:
            self.known[outer] = self.tensor(inner)
        elif inner not in self.values:
            raise nothing_gives(inner, "outputs")
        if inner in self.values and inner not in self.model.inputs:
            self.values[outer] = self.values[inner]
        if inner in self.learned:
            self.learned.add(outer)
        if inner in self.told:
            self.told[outer] = self.told[inner]

    def size(self, name: str, axis: int) -> Size:
        """Return one size of a tensor."""
        spec = self._spec(name)
        assert spec is not None
        return spec.shape[axis]

    def _refuse(self, record: Record, why: str, wrong: bool) -> None:
        self.refusals.append(Refusal(record.path, record.operator, why, wrong))
        self.lost.update(record.outputs)

    def _source(self, foreign: str, node: str, layer: Layer) -> None:
        (spec,), _ = step(layer, ())
        self.nodes.append(Node(node, layer))
        self.known[foreign] = (node, spec)

    def name(self, wished: str, ports: int = 1) -> str:
        """Return a name that is not taken, nor are those of the outputs if there are several."""
        if ports == 1 and wished not in self.names:
            self.names.add(wished)
            self.reserved.append(wished)
            return wished
        name, count = wished, self._uses.get(wished, 1)
        while not self.names.isdisjoint(taken := (name, *_ports(name, ports))):
            count += 1
            name = f"{wished}_{count}"
        self._uses[wished] = count
        self.names.update(taken)
        self.reserved += taken
        return name

    def _spec(self, name: str) -> Spec | None:
        if not name:
            return None
        if (made := self.known.get(name)) is not None:
            return made[1]
        if name in self.model.inputs:
            return self.model.inputs[name]
        if (known := self.values.get(name)) is None:
            raise nothing_gives(name, "inputs")
        return spec_of(known.shape, known.dtype)

    def read_as(self, record: Record) -> Made:
        """Return what an operator stands for.

        Raises
        ------
        Unmapped
            No layer.
        """
        row = catalog.foreign_of(record.system, record.operator)
        if row is None or record.refused:
            raise Unmapped(record.refused or "no layer stands for it")
        wanted = tuple([name in self.read for name in record.outputs])
        return read_row(row, record, tuple(map(self._spec, record.inputs)), wanted, _Asks(self, record.inputs))

    def _record(self, record: Record) -> None:
        made = self.read_as(record)
        if isinstance(made, Use) and len(record.outputs) == 1:
            self._give(record, record.outputs[0], made, {})
            return
        uses = made if isinstance(made, tuple) else (made,)
        # A use that occurs twice, in two outputs or as two inputs, is one node.
        made_of: dict[Use, tuple[str, tuple[Spec, ...]]] = {}
        for name, use in zip(record.outputs, uses, strict=False):
            if use is not None and (name in self.read or len(uses) == 1):
                self._give(record, name, use, made_of)
        absent = [name for name in record.outputs[len(uses) :] if name in self.read]
        if absent:
            raise Unmapped(f"its output {record.outputs.index(absent[0])}")

    def _give(self, record: Record, name: str, use: int | Use | Known, made_of: dict[Use, Any]) -> None:
        """Note what an output of a record is."""
        if not name:
            return
        if isinstance(use, Use) and isinstance(use.layer, Identity) and record.inputs[0] in self.learned:
            self._alias(record.inputs[0], name)
            return
        found = known_as(self, record, use)
        if found is not None:
            self.values[name] = found
            return
        self.known[name] = self._value(record, use, made_of, last=True)
        if self.told and not self.told.keys().isdisjoint(record.inputs):
            told = told_as(self, record, use)
            if told is not None and is_short(told):
                self.told[name] = told

    def _alias(self, inner: str, outer: str) -> None:
        """Let a weight bear another name as well: exporters store equal weights once."""
        self.values[outer] = self.values[inner]
        self.same[outer] = self.same.get(inner, inner)
        self.learned.add(outer)

    def _value(
        self, record: Record, what: int | Use | Fixed | Known, made_of: dict[Use, Any], *, last: bool = False
    ) -> tuple[str, Spec]:
        """Return the tensor that an entry of a row stands for; layers are made on the way."""
        if isinstance(what, int):
            return self.tensor(record.inputs[what])
        if isinstance(what, (Fixed, Known)):
            return self._constant(
                f"{record.name or record.path}.number", number_of(what) if isinstance(what, Fixed) else what
            )
        key = what.at(None) if what.port is not None else what
        if (found := made_of.get(key)) is None:
            inputs, known = [], self.known
            for each in what.inputs:
                there = known.get(record.inputs[each]) if isinstance(each, int) else None
                inputs.append(there or self._value(record, each, made_of))
            found = made_of[key] = self._applied(record, what, inputs, "" if last else f"use {len(made_of)}")
        node, specs = found
        if len(specs) == 1:
            return node, specs[0]
        port = what.port or 0
        return f"{node}.{port}", specs[port]

    def _constant(self, wished: str, known: Known) -> tuple[str, Spec]:
        name = self.name(wished)
        if known.free:
            return self._sizes(name, known)
        self.nodes.append(Node(name, Constant(known.shape, dtype=known.dtype)))
        hold(self, name, known, known.load)
        return name, Spec(known.shape, known.dtype)

    def _sizes(self, name: str, known: Known) -> tuple[str, Spec]:
        """Return the tensor of numbers that are formulas of the sizes, or quotients of two."""
        values, shape = known.load().reshape(-1).tolist(), None if len(known.shape) == 1 else known.shape
        over = [value.denominator if isinstance(value, Quotient) else 1 for value in values]
        sizes = tuple(value.numerator if isinstance(value, Quotient) else value for value in values)
        whole = all(each == 1 for each in over)
        first = name if whole else self.name(f"{name}.numerator")
        self.nodes.append(Node(first, SizeTensor(sizes, shape=shape, dtype=known.dtype)))
        if not whole:
            second = self.name(f"{name}.denominator")
            self.nodes.append(Node(second, SizeTensor(tuple(over), shape=shape, dtype=known.dtype)))
            self.nodes.append(Node(name, Divide(), (first, second)))
        return name, Spec(known.shape, known.dtype)

    def _applied(
        self, record: Record, use: Use, inputs: Sequence[tuple[str, Spec]], part: str
    ) -> tuple[str, tuple[Spec, ...]]:
        specs = tuple([spec for _, spec in inputs])
        try:
            made = applied(use, specs)
        except ShapeError as fault:
            layer = use.layer
            rest = self.bounds.rest(layer, specs[0]) if fault.code == "CS210" and isinstance(layer, Reshape) else None
            if rest is None:
                raise
            use = replace(use, layer=rest)
            made = applied(use, specs)
        if made.conditions:
            self.demanded += made.conditions
            if self.undetermined is not None and use.weights:
                self.undetermined.pins.demand(made.conditions)
        inner = f".{catalog.by_class()[type(use.layer)].name}" if record.holder and part else ""
        name = self.name((record.name or record.path) + inner, len(made.outputs))
        owner = owner_of(self, record, use, made, name)
        if record.holder and made.wanted:
            first = self.owners.setdefault((record.holder, part, use.layer), name)
            owner = first if first != name else ""
        tensors = tuple([tensor for tensor, _ in inputs])
        self.nodes.append(Node(name, use.layer, tensors, record.scope, owner, record.frozen))
        return name, made.outputs


class _Asks:
    """What a row may ask of the tensors that a record takes."""

    __slots__ = ("_names", "_walk")

    def __init__(self, walk: Builder, names: tuple[str, ...]) -> None:
        self._walk, self._names = walk, names

    def values(self, position: int) -> tuple[Any, ...] | None:
        name = self._names[position]
        known = self._walk.values.get(name) or self._walk.told.get(name)
        return None if known is None else elements(known)

    def stored(self, position: int) -> bool:
        return self._names[position] in self._walk.values

    def learned(self, position: int) -> bool:
        return self._names[position] in self._walk.learned


def _ports(name: str, ports: int) -> tuple[str, ...]:
    return tuple(f"{name}.{port}" for port in range(ports)) if ports > 1 else ()
