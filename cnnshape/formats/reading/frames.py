"""Bodies of functions, branches and loops in the place of their operators: their names, and how many there may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import proxy

from cnnshape.formats.reading.faults import given_twice
from cnnshape.formats.reading.records import Body, Record, Reference
from cnnshape.layers.foreign import Known, refuse

if TYPE_CHECKING:
    from cnnshape.formats.reading.builder import Builder

__all__ = ["MOST_DEPTH", "MOST_RECORDS", "Closure", "Frame", "Frames", "captured", "has_body"]

MOST_RECORDS = 200_000
"""Operators that are put in for others in one model; more are no network that anybody draws."""
MOST_DEPTH = 100
"""Bodies in bodies."""


@dataclass(frozen=True, slots=True)
class Closure:
    """A body and what it sees around it."""

    body: Body
    around: Frame | None


@dataclass(frozen=True, slots=True)
class Frame:
    """One use of a body.

    Parameters
    ----------
    body : Body
    call : the record that it stands in for
    names : tensor in the body -> tensor in the model
    around : the frame that the body is written in; None: the model itself, or nothing for a function
    attributes : of the function that it is part of
    label : what tells it from other uses for the same record, such as the number of a round; or ""
    """

    body: Body
    call: Record
    names: Mapping[str, str]
    around: Frame | None
    attributes: Mapping[str, Any]
    label: str

    @property
    def path(self) -> str:
        return f"{self.call.path}/{self.label}" if self.label else self.call.path

    def actual(self, name: str) -> str:
        """Return the tensor in the model that a name in the body means; "" stays."""
        frame: Frame | None = self
        while frame is not None and name:
            if name in frame.names:
                return frame.names[name]
            if frame.body.closed:
                return f"{frame.path}/{name}"  # which nothing gives
            frame = frame.around
        return name

    def records(self) -> Iterator[Record]:
        """Yield the records with the names of the model."""
        alone = len(self.body.records) == 1
        for record in self.body.records:
            name, scope = self._place(record, alone)
            yield record._replace(
                path=f"{self.path}/{record.path}",
                inputs=tuple(map(self.actual, record.inputs)),
                outputs=tuple(map(self.actual, record.outputs)),
                attributes=self._resolved(record.attributes),
                name=name,
                scope=scope,
            )

    def outputs(self) -> list[str]:
        return [self.actual(name) for name in self.body.outputs]

    def _place(self, record: Record, alone: bool) -> tuple[str, str]:
        """Return the name of a record, and its block."""
        local, call = record.name or record.path, self.call.name or self.call.path
        if not self.body.closed and record.path.startswith("/"):
            return local, record.scope  # an exporter says where it stands in the model
        if alone and not self.label:
            return call, self.call.scope
        block = f"{call}.{self.label}" if self.label else call
        return f"{block}.{local}", f"{block}.{record.scope}" if record.scope else block

    def _resolved(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        found = {}
        for name, value in attributes.items():
            if isinstance(value, Reference):
                if value.name in self.attributes:  # else it is left out here, too
                    found[name] = self.attributes[value.name]
            else:
                found[name] = Closure(value, self) if isinstance(value, Body) else value
        return found


def has_body(record: Record) -> bool:
    """Say whether a record is a branch or a loop."""
    return any(isinstance(value, (Body, Closure)) for value in record.attributes.values())


def captured(walk: Builder, record: Record) -> list[str]:
    """Return the tensors around a branch or a loop that its bodies take, in the order of their names."""
    found: set[str] = set()
    for value in record.attributes.values():
        if isinstance(value, Body):
            found |= value.reads
        elif isinstance(value, Closure):
            found.update(map(value.around.actual, value.body.reads) if value.around else value.body.reads)
    there: list[Mapping[str, Any]] = [walk.known, walk.values, walk.model.inputs]
    return sorted(name for name in found if any(name in each for each in there))


class Frames:
    """What all uses of bodies in one model have in common."""

    def __init__(self, walk: Builder) -> None:
        # No circle: a walk holds all records, and is given back at once when it is over.
        self._walk, self._left = proxy(walk), MOST_RECORDS
        self._taken: set[str] = set()
        self.stored: dict[int, dict[str, str]] = {}
        self.calls: set[str] = set()

    def enter(self, closure: Closure, record: Record, given: Sequence[str], label: str = "") -> Frame:
        """Return a frame whose inputs are tensors of the model.

        Raises
        ------
        Unmapped
            More inputs than it takes; bodies in bodies without end.
        """
        body, around = closure.body, closure.around
        if len(given) > len(body.inputs):
            refuse(f"it is given {len(given)} inputs and takes {len(body.inputs)}")
        self.can_afford(max(len(body.records), 1))
        self._left -= max(len(body.records), 1)
        if self._walk.depth > MOST_DEPTH:
            refuse(f"bodies of operators stand in one another {MOST_DEPTH} deep")
        names = dict(zip(body.inputs, (*given, *("",) * len(body.inputs)), strict=False))
        attributes = around.attributes if around else {}
        if body.closed:
            attributes = {**body.attributes, **record.attributes}
        frame = Frame(body, record, names, around, attributes, label)
        for name, tensor in self._values(body, frame.path).items():
            names.setdefault(name, tensor)
        own = set(names)
        for each in body.records:
            for name in each.outputs:
                if name in own:
                    raise given_twice(name, f"{frame.path}/{each.path}")
                if name:
                    own.add(name)
                    names[name] = self.fresh(f"{frame.path}/{name}")
        self._walk.read.update(map(frame.actual, body.reads))
        return frame

    def can_afford(self, count: int) -> None:
        """Ask whether there is room for some more records.

        Raises
        ------
        Unmapped
            There is none.
        """
        if count > self._left:
            refuse(f"with its bodies put in, the model has more than {MOST_RECORDS} operators")

    def fresh(self, wished: str) -> str:
        """Return a name that no tensor has."""
        if not self._taken:
            model = self._walk.model
            self._taken = {*model.inputs, *model.values, *(name for each in model.records for name in each.outputs)}
        name, count = wished, 1
        while name in self._taken:
            count += 1
            name = f"{wished}_{count}"
        self._taken.add(name)
        return name

    def number(self, value: int | bool, wished: str) -> str:
        """Return a tensor that is one number."""
        import numpy as np

        name = self.fresh(wished)
        self._walk.values[name] = Known.of(np.array(value, np.bool_ if isinstance(value, bool) else np.int64))
        return name

    def _values(self, body: Body, path: str) -> dict[str, str]:
        """Return the names in the model of what a body holds: the same at each use."""
        if id(body) not in self.stored:
            names = {name: self.fresh(f"{path}/{name}") for name in body.values}
            self._walk.values.update((names[name], known) for name, known in body.values.items())
            self._walk.learned.update(names[name] for name in body.parameters)
            self.stored[id(body)] = names
        return self.stored[id(body)]
