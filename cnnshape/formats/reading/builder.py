"""The walk over records of operators of another system, which makes the nodes of a Network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any, TypeVar

from cnnshape.errors import ArgumentError, ShapeError
from cnnshape.formats.reading.bounds import Bounds
from cnnshape.formats.reading.faults import given_twice, nothing_gives
from cnnshape.formats.reading.folding import DEQUANTIZING, dequantized, elements, folded
from cnnshape.formats.reading.formulas import Quotient
from cnnshape.formats.reading.frames import Frames
from cnnshape.formats.reading.inlining import inlined
from cnnshape.formats.reading.numbers import is_short, number_of, stored_as
from cnnshape.formats.reading.records import Body, ForeignModel, Known, Record, Refusal
from cnnshape.formats.reading.rows import read_row, spec_of, weights_of
from cnnshape.formats.reading.undetermined import Pins, Undetermined, grown, parts_of, undo, unread
from cnnshape.graph.network import Node
from cnnshape.graph.propagate import step
from cnnshape.layers import catalog
from cnnshape.layers.base import Condition, Layer, Spec, shape_text
from cnnshape.layers.foreign import Fixed, Kept, Operator, Stored, Unmapped, Use, Wrong
from cnnshape.layers.io import Constant, Input, Parameter, SizeTensor
from cnnshape.layers.merge import Divide
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
                inner = self._tried(around, before, partial(next, records, None))
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
        self._tried(record, grown(self), partial(self._record, record))

    def _tried(self, record: Record, before: tuple[int, ...], work: Callable[[], T]) -> T | None:
        """Return what some work for a record gives; None where the record cannot be read.

        What it made is undone then, and it becomes a node that nobody knows, or a refusal.
        """
        try:
            found = work()
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
            if self.undetermined is not None:
                self.undetermined.passed(record)
            return found
        self.demanded = []
        undo(self, before)
        if not unread(self, record, why, wrong):
            self._refuse(record, why)
        return None

    def tensor(self, name: str) -> tuple[str, Spec]:
        """Return what stands for a tensor in the network; a known one gets a node of its own."""
        if (found := self.known.get(name)) is not None:
            return found
        if name in self.model.inputs:
            spec = self.model.inputs[name]
            self._source(name, name, Input(spec.shape, dtype=spec.dtype))
        elif name in self.values:
            known, learned = self.values[name], name in self.learned
            node = self.name(name)
            if known.free:
                self.known[name] = self._sizes(node, known)
                return self.known[name]
            self._source(name, node, (Parameter if learned else Constant)(known.shape, dtype=known.dtype))
            self._hold(f"{node}.weight" if learned else node, known, known.load)
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

    def _refuse(self, record: Record, why: str) -> None:
        self.refusals.append(Refusal(record.path, record.operator, why))
        self.lost.update(record.outputs)

    def _source(self, foreign: str, node: str, layer: Layer) -> None:
        (spec,), _ = step(layer, ())
        self.nodes.append(Node(node, layer))
        self.known[foreign] = (node, spec)

    def name(self, wished: str, ports: int = 1) -> str:
        """Return a name that is not taken, nor are those of the outputs if there are several."""
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

    def _record(self, record: Record) -> None:
        row = catalog.foreign_of(record.system, record.operator)
        if row is None or record.refused:
            raise Unmapped(record.refused or "no layer stands for it")
        made = read_row(row, self._operator(record))
        uses = made if isinstance(made, tuple) else (made,)
        # A use that occurs twice, in two outputs or as two inputs, is one node.
        applied: dict[Use, tuple[str, tuple[Spec, ...]]] = {}
        for name, use in zip(record.outputs, uses, strict=False):
            if not name or use is None or not (name in self.read or len(uses) == 1):
                continue
            found = self._folded(record, use) or self._dequantized(record, use)
            if found is not None:
                self.values[name] = found
            else:
                self.known[name] = self._value(record, use, applied, last=True)
                if self.told and not self.told.keys().isdisjoint(record.inputs):
                    told = self._folded(record, use, told=True)
                    if told is not None and is_short(told):
                        self.told[name] = told
        absent = [name for name in record.outputs[len(uses) :] if name in self.read]
        if absent:
            raise Unmapped(f"its output {record.outputs.index(absent[0])}")

    def _operator(self, record: Record) -> Operator:
        values = self.values

        def numbers(position: int) -> tuple[Any, ...] | None:
            known = values.get(record.inputs[position]) or self.told.get(record.inputs[position])
            return None if known is None else elements(known)

        return Operator(
            record.operator,
            record.version,
            record.attributes,
            tuple(map(self._spec, record.inputs)),
            tuple([name in self.read for name in record.outputs]),
            numbers,
            lambda position: record.inputs[position] in values,
            lambda position: record.inputs[position] in self.learned,
        )

    def _folded(self, record: Record, what: int | Use | Fixed | Known, *, told: bool = False) -> Known | None:
        """Return what an entry of a row stands for, if it follows from numbers that are neither fed nor learned."""
        if isinstance(what, Known):
            return what
        if isinstance(what, Fixed):
            return number_of(what)
        if isinstance(what, int):
            name = record.inputs[what]
            if told and name in self.told:
                return self.told[name]
            return None if name in self.model.inputs or name in self.learned else self.values.get(name)
        if what.weights or not what.inputs:
            return None
        found = [self._folded(record, each, told=told) for each in what.inputs]
        inputs = [known for known in found if known is not None]
        free = any([known.free for known in inputs])
        if free and len(inputs) < len(found):
            found = [known or self._factor(record, each) for known, each in zip(found, what.inputs, strict=True)]
            inputs = [known for known in found if known is not None]
        if len(inputs) < len(found):
            return None
        made = folded(what.layer, inputs, self.bounds.ranges if free else {})
        return None if made is None else made[what.port or 0]

    def _factor(self, record: Record, what: int | Use | Fixed) -> Known | None:
        """Return a single number that sizes are computed with: it is stored as weights are, and is none."""
        if not isinstance(what, int) or record.inputs[what] not in self.learned:
            return None
        known = self.values[record.inputs[what]]
        return known if prod(known.shape) == 1 else None

    def _dequantized(self, record: Record, what: int | Use | Fixed | Known) -> Known | None:
        """Return a weight that is stored as small integers with a scale, if that is what an entry of a row stands for.

        What is computed from it is none: a sum in 32 bits is a tensor, though its filters are stored.
        """
        if isinstance(what, int):
            name = record.inputs[what]
            return None if name in self.model.inputs else self.values.get(name)
        if not isinstance(what, Use):
            return None
        if not isinstance(what.layer, DEQUANTIZING):
            return None
        inputs = [known for each in what.inputs if (known := self._dequantized(record, each)) is not None]
        return dequantized(what.layer, inputs) if len(inputs) == len(what.inputs) else None

    def _value(
        self, record: Record, what: int | Use | Fixed | Known, applied: dict[Use, Any], *, last: bool = False
    ) -> tuple[str, Spec]:
        """Return the tensor that an entry of a row stands for; layers are made on the way."""
        if isinstance(what, int):
            return self.tensor(record.inputs[what])
        if isinstance(what, (Fixed, Known)):
            return self._constant(
                f"{record.name or record.path}.number", number_of(what) if isinstance(what, Fixed) else what
            )
        port = what.port or 0
        key = what.at(None) if what.port is not None else what
        if (found := applied.get(key)) is None:
            inputs = [self._value(record, each, applied) for each in what.inputs]
            found = applied[key] = self._applied(record, what, inputs, "" if last else f"use {len(applied)}")
        node, specs = found
        return (node if len(specs) == 1 else f"{node}.{port}"), specs[port]

    def _constant(self, wished: str, known: Known) -> tuple[str, Spec]:
        name = self.name(wished)
        if known.free:
            return self._sizes(name, known)
        self.nodes.append(Node(name, Constant(known.shape, dtype=known.dtype)))
        self._hold(name, known, known.load)
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
        outputs, conditions = step(use.layer, specs)
        self.demanded += conditions
        if self.undetermined is not None and use.weights:
            self.undetermined.pins.demand(conditions)
        inner = f".{catalog.by_class()[type(use.layer)].name}" if record.holder and part else ""
        name = self.name((record.name or record.path) + inner, len(outputs))
        owner = self._weights(record, use, specs, name)
        if record.holder and use.layer.weights(specs):
            first = self.owners.setdefault((record.holder, part, use.layer), name)
            owner = first if first != name else ""
        tensors = tuple([tensor for tensor, _ in inputs])
        self.nodes.append(Node(name, use.layer, tensors, record.scope, weights_of=owner, frozen=record.frozen))
        return name, outputs

    def _weights(self, record: Record, use: Use, specs: tuple[Spec, ...], node: str) -> str:
        """Note where the weights of a new node come from; return the node that has the same ones already, or ""."""
        weights = tuple([(name, each) for name, each in use.weights if isinstance(each, Stored)])
        if not weights:
            self._kept(record, use, specs, node)
            return ""
        for _, stored in weights:
            if record.inputs[stored.position] not in self.values:
                raise Unmapped(f"input {stored.position}, a weight here, is computed")
        key = (use.layer, tuple([(name, record.inputs[s.position], s.steps) for name, s in weights]))
        owner = self.owners.setdefault(key, node)
        if owner != node:
            return owner
        wanted = weights_of(use.layer, specs)
        for name, stored in weights:
            shape = wanted[name].shape
            held = self.values[record.inputs[stored.position]].shape
            if shape != held and not stored.steps and self.undetermined is not None and len(shape) == len(held):
                for wanted_size, held_size in zip(shape, held, strict=True):
                    self.undetermined.pins.equal(wanted_size, held_size)
            if held != shape and not stored.steps and all(isinstance(size, int) for size in shape):
                raise Wrong(f"its {name} has the shape {shape_text(held)}, {shape_text(shape)} is needed")
            known = self.values[record.inputs[stored.position]]
            self._hold(f"{node}.{name}", known, stored_as(known, stored, shape))
        return ""

    def _kept(self, record: Record, use: Use, specs: tuple[Spec, ...], node: str) -> None:
        """Note where the weights of a new node come from, if they stand beside the layers."""
        wanted = weights_of(use.layer, specs) if use.weights else {}
        for name, kept in use.weights:
            if record.kept is not None and isinstance(kept, Kept):
                known = record.kept(kept.path)
                self._hold(f"{node}.{name}", known, stored_as(known, kept, wanted[name].shape))

    def _hold(self, name: str, known: Known, load: Callable[[], Array]) -> None:
        """Note where the numbers of a weight come from."""
        if known.there:
            self.weights[name] = load
        else:
            self.absent.append(name)


def _ports(name: str, ports: int) -> tuple[str, ...]:
    return tuple(f"{name}.{port}" for port in range(ports)) if ports > 1 else ()
