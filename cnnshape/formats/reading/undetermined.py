"""Operators that no layer stands for, as nodes of their own: what they give is what the file says, or unknown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cnnshape.errors import ArgumentError, FormulaError, ShapeError
from cnnshape.formats.reading.frames import captured, has_body
from cnnshape.formats.reading.records import Declared, ForeignModel, Record
from cnnshape.graph.network import Node
from cnnshape.graph.propagate import step
from cnnshape.layers import catalog
from cnnshape.layers.base import Condition, Spec
from cnnshape.layers.fields import DTYPES
from cnnshape.layers.io import Unknown
from cnnshape.layers.io.unknown import UNTOLD
from cnnshape.symbolic import Size, symbols
from cnnshape.symbolic.names import fresh, is_fresh
from cnnshape.symbolic.solve import solve

if TYPE_CHECKING:
    from cnnshape.formats.reading.builder import Builder

__all__ = ["Pins", "Undetermined", "grown", "parts_of", "undo", "unread"]

_LONGEST = 200
_LONGEST_STEM = 24
_MOST_AXES = 32
_NO_PART = re.compile(r"[^A-Za-z0-9]+")


class Pins:
    """Sizes that nobody states, and that only one number fits: weights that are stored take no other."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._told = 0

    def equal(self, left: Size, right: Size) -> None:
        """Note that two sizes are the same where a layer meets the weights that are stored for it."""
        self._solve(left - right)

    def demand(self, conditions: Iterable[Condition]) -> None:
        """Note what a layer asks for that has stored weights."""
        for condition in conditions:
            if condition.op == "==":
                self._solve(condition.expr)

    def _solve(self, difference: Size) -> None:
        names = symbols(difference)
        name = next(iter(names), "")
        if len(names) != 1 or not is_fresh(name) or name in self._known:
            return
        try:
            fitting = solve(difference, "==", name)
        except FormulaError:
            return
        least = fitting.minimum()
        if least is not None and least == fitting.maximum():
            self._known[name] = least

    def more(self) -> bool:
        """Say whether more is known than when this was asked before."""
        before, self._told = self._told, len(self._known)
        return self._told != before

    def size(self, stem: str) -> Size:
        """Return a new symbol, or the number that it must be."""
        made = fresh(stem, UNTOLD)
        (name,) = symbols(made)
        return self._known.get(name, made)


@dataclass(slots=True)
class Undetermined:
    """What is not known in a model that is being read.

    Parameters
    ----------
    model : ForeignModel
    pins : what only one number fits
    guessed : tensors whose number of axes, or that of a tensor before them, is taken from an input of an operator:
        what does not fit behind them follows from that
    """

    model: ForeignModel
    pins: Pins
    guessed: set[str] = field(default_factory=set)
    _named: dict[str, Size] = field(default_factory=dict)

    def layer(self, record: Record, name: str, specs: Sequence[Spec], why: str) -> Unknown:
        """Return the layer of a record.

        Parameters
        ----------
        record : Record
        name : of its node
        specs : of the tensors that it takes; the first one says the number of axes where the file does not
        why : why no layer stands for it, or ""
        """
        like = specs[0] if specs else Spec(())
        stem = _stem(name) or _stem(record.operator) or "size"
        shapes, dtypes = [], []
        for output in filter(None, record.outputs):
            declared = self.model.declared.get(output)
            if declared is None or len(declared.shape) > _MOST_AXES:
                self.guessed.add(output)
                declared = Declared((None,) * len(like.shape), declared.dtype if declared else "")
            shapes.append(tuple(self._size(size, stem) for size in declared.shape))
            dtypes.append(declared.dtype or (like.dtype if like.dtype in DTYPES else DTYPES[0]))
        one = dtypes[:1] if len(set(dtypes)) == 1 else dtypes
        return Unknown(
            record.operator, shapes=tuple(shapes), dtypes=tuple(one), why=why[:_LONGEST], weighted=record.weighted
        )

    def follows(self, record: Record) -> bool:
        """Say whether a record takes a tensor of which nobody knows the number of axes."""
        return not self.guessed.isdisjoint(record.inputs)

    def passed(self, record: Record) -> None:
        """Note that a record was read: what it gives is as much of a guess as what it takes."""
        if self.follows(record):
            self.guessed.update(record.outputs)

    def _size(self, declared: Size | str | None, stem: str) -> Size:
        if declared is None or (isinstance(declared, int) and declared < 1):
            return self.pins.size(stem)
        if not isinstance(declared, str):
            return declared
        if declared not in self._named:
            self._named[declared] = self.pins.size(_stem(declared) or stem)
        return self._named[declared]


def _stem(name: str) -> str:
    """Return the last part of a name as the beginning of a symbol's, or "" where nothing is left of it.

    Examples
    --------
    >>> _stem("/layer1/layer1.0/Warp_output_0"), _stem("3d pose"), _stem("//")
    ('Warp_output_0', 'd3d_pose', '')
    """
    last = next((part for part in reversed(re.split(r"[./]", name)) if _NO_PART.sub("", part)), "")
    plain = _NO_PART.sub("_", last).strip("_")[:_LONGEST_STEM].rstrip("_")
    return f"d{plain}" if plain[:1].isdigit() else plain


def grown(builder: Builder) -> tuple[int, ...]:
    """Return how far the parts of a builder have grown that a record adds to at their ends."""
    return tuple(map(len, builder.parts))


def parts_of(builder: Builder) -> tuple[list[Any] | dict[Any, Any], ...]:
    """Return the parts of a builder that a record adds to at their ends."""
    b = builder
    by_name = (b.known, b.values, b.told, b.weights, b.owners, b.holders, b.uncounted, b.same, b.frames.stored)
    return b.reserved, b.nodes, b.absent, *by_name


def undo(builder: Builder, before: tuple[int, ...]) -> None:
    """Forget what a record added that was not read to its end."""
    builder.names.difference_update(builder.reserved[before[0] :])
    for each, length in zip(builder.parts, before, strict=True):
        while len(each) > length:
            if isinstance(each, list):
                each.pop()
            else:
                each.popitem()


def unread(builder: Builder, record: Record, why: str, wrong: bool) -> bool:
    """Make the node of an operator of which nothing is known but what it takes and gives; say whether it is made.

    Parameters
    ----------
    builder : Builder
    record : the operator
    why : why it cannot be read
    wrong : whether it is in a form that it does not have: that is no layer, unless it follows from a guess
    """
    undetermined = builder.undetermined
    if undetermined is None or (wrong and not undetermined.follows(record)):
        return False
    row = catalog.foreign_of(record.system, record.operator)
    builder.unread |= row is not None
    if wrong:
        why = f"{why}, behind a tensor whose axes are unknown"
    given = []
    around = captured(builder, record)
    for name in (*around, *filter(None, record.inputs)):
        try:
            given.append(builder.tensor(name))
        except (ShapeError, ArgumentError):  # a tensor of nothing, or of texts
            continue
    made = [name for name in record.outputs if name]
    if not made:
        return True
    node = builder.name(record.name or record.path, len(made))
    specs = tuple(spec for _, spec in given)
    layer = undetermined.layer(record, node, specs, why if row is not None or has_body(record) else "")
    tensors = tuple(tensor for tensor, _ in given)
    builder.nodes.append(Node(node, layer, tensors, record.scope, frozen=record.frozen))
    outputs, _ = step(layer, specs)
    names = [node] if len(made) == 1 else [f"{node}.{port}" for port in range(len(made))]
    builder.known.update(zip(made, zip(names, outputs, strict=True), strict=True))
    return True
