"""The conditions of a network, and the words that a violation of each is told in, as data for the live page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from cnnshape.analysis.fitting.refusal import when_text
from cnnshape.analysis.report import Facts
from cnnshape.graph.propagate import step
from cnnshape.layers.base import Condition
from cnnshape.render.html.program import Sizes
from cnnshape.render.html.sentences import formulas_in
from cnnshape.symbolic import Dim, text

__all__ = ["checks_and_faults"]

_STRETCHED = "one of them is 1"
"""What the rule of a layer says that stretches a 1: numbers that happen to be 1 are no fault of its own."""

Parts: TypeAlias = list[str | int]
"""A text, in which a reference stands for a number."""


def checks_and_faults(facts: Facts, sizes: Sizes) -> tuple[dict[str, list[Any]], list[dict[str, Any]]]:
    """Return a table of the conditions of all nodes, held ones too, and the faults that it names."""
    checks: dict[str, list[Any]] = {name: [] for name in ("node", "expr", "op", "left", "right", "fault")}
    words = _Words(facts, sizes)
    for node, condition in _conditions(facts):
        row = (
            node,
            sizes.of(condition.expr),
            condition.op,
            sizes.of(condition.left),
            sizes.of(condition.right),
            words.of(condition),
        )
        for column, value in zip(checks.values(), row, strict=True):
            column.append(value)
    return checks, words.faults


def _conditions(facts: Facts) -> Iterator[tuple[int, Condition]]:
    """Yield each condition with its node."""
    found = facts.propagation
    for demand in found.demands:
        yield demand.node, demand.condition
    for i in sorted(found.network.held):
        inputs = found.inputs[i]
        if inputs is not None and found.outputs[i] is not None:
            for condition in step(found.network.nodes[i].layer, inputs)[1]:
                yield i, condition


class _Words:
    """Faults as they are met, each once."""

    def __init__(self, facts: Facts, sizes: Sizes) -> None:
        self.facts = facts
        self.sizes = sizes
        self.faults: list[dict[str, Any]] = []
        self._symbols = frozenset(facts.network.symbols)
        self._known: dict[str, int] = {}
        self._when: dict[tuple[Dim, str, str], str] = {}

    def of(self, condition: Condition) -> int:
        """Return the position of the fault that a violated condition is."""
        fault = condition.fault().fault
        row = {
            "code": fault.code,
            "stretch": self._sides(condition) if _STRETCHED in fault.rule else [],
            "message": self._parts(fault.message),
            "rule": self._rule(condition, fault.code),
        }
        key = repr(row)
        if key not in self._known:
            self._known[key] = len(self.faults)
            self.faults.append(row)
        return self._known[key]

    def _sides(self, condition: Condition) -> Parts:
        """Return ``floor(H/4) is 1, 2*floor(H/8) is 2``."""
        out: Parts = []
        for side in (condition.left, condition.right):
            if isinstance(side, Dim):
                out += [f"{', ' if out else ''}{text(side)} is ", self.sizes.of(side)]
        return out

    def _parts(self, sentence: str) -> Parts:
        """Return a text with a reference in the place of each formula."""
        parts = formulas_in(sentence, self._symbols)
        return [part if isinstance(part, str) else self.sizes.of(part) for part in parts]

    def _rule(self, condition: Condition, code: str) -> str:
        key = (condition.expr, condition.op, code)
        if key not in self._when:
            fits = self.facts.validity
            self._when[key] = when_text(condition, fits.sets, fits.rules)
        return self._when[key]
