"""What blocks are called: the scope that they are, the names of their layers, or what they do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from cnnshape.graph.propagate import Propagation
from cnnshape.render.figures.blocks.units import Unit
from cnnshape.render.palette import Role

__all__ = ["Names"]

_WORDS: dict[Role, str] = {"conv": "conv", "depthwise": "dw conv", "up_conv": "up-conv", "linear": "fc"}
_NUMBER = re.compile(r"[\d._]*")
_MINOR: frozenset[Role] = frozenset({"pool", "concat", "add"})
_MOST_OF = 0.7
"""A scope with more than this share of the network is left out of names."""


class Names:
    """Names of units.

    Parameters
    ----------
    units : of the network
    found : its walk at sizes that fit
    """

    def __init__(self, units: Sequence[Unit], found: Propagation) -> None:
        self._found = found
        self._main: dict[str, set[int]] = {}
        self._all: dict[str, set[int]] = {}
        nodes = found.network.nodes
        self._scopes = {i: nodes[i].scope for unit in units for i in unit.cells}
        for unit in units:
            for i in unit.cells:
                scope = nodes[i].scope
                while scope:
                    self._all.setdefault(scope, set()).add(i)
                    if unit.role not in _MINOR:
                        self._main.setdefault(scope, set()).add(i)
                    scope = scope.rpartition(".")[0]
        for scope, inside in self._main.items():
            raised = {i for unit in units if unit.role == "up_conv" for i in unit.cells if i in inside}
            if raised != inside:
                self._main[scope] = inside - raised
        self._count = len(self._scopes)

    def is_grown(self, a: Unit, b: Unit) -> bool:
        """Tell whether two blocks stand in one scope that is a part of the network, as those of a dense block do."""
        scope = a.name.rpartition(".")[0]
        same = a.block and b.block and scope == b.name.rpartition(".")[0]
        return same and bool(scope) and 2 * len(self._all.get(scope, self._scopes)) < self._count

    def of(self, units: Sequence[Unit], times: int = 0) -> str:
        """Return the name of a block that is made of units, or of so many blocks of several units each."""
        if len(units) == 1:
            return self._single(units[0])
        scope = self._short(self._scope_of(units))
        if scope and times:
            return f"{scope} ×{times}" if times > 1 else scope
        if scope and (units[0].block or not _NUMBER.fullmatch(scope.rpartition(".")[2])):
            return f"{scope} ×{len(units)}" if units[0].block else scope
        work = [unit for unit in units if unit.role not in _MINOR] or units
        words = [self._single(unit) for unit in ([unit for unit in units if unit.block] or work)]
        if len(set(words)) == 1:
            return f"{words[0]} ×{len(units)}" if len(units) > 1 and not units[0].block else words[0]
        return _range(words[0], words[-1])

    def _single(self, unit: Unit) -> str:
        if unit.role in ("concat", "add", "io"):
            return self._found.network.nodes[unit.shown].name.rpartition(".")[2]
        name = self._short(self._scope_of([unit]) if unit.role not in _MINOR else "") or self._short(unit.name)
        tail = name.rpartition(".")[2]
        if unit.block and self._is_wrapper(unit.name):
            nodes = self._found.network.nodes
            work = [i for i in unit.cells if getattr(nodes[i].layer, "kernel_size", None)] or unit.cells
            return _range(*(nodes[i].name.rpartition(".")[2] for i in (work[0], work[-1])))
        if unit.block:
            return name
        if not _NUMBER.fullmatch(tail):
            return tail
        return " ".join(filter(None, (_WORDS.get(unit.role, unit.role), self._kernel(unit))))

    def _kernel(self, unit: Unit) -> str:
        """Return the window of a convolution, ``3×3``."""
        inputs = self._found.inputs[unit.cells[0]]
        kernel = getattr(self._found.network.nodes[unit.cells[0]].layer, "kernel_size", None)
        if kernel is None or not inputs or unit.role in _MINOR:
            return ""
        sizes = kernel if isinstance(kernel, tuple) else (kernel,) * (len(inputs[0].shape) - 2)
        return "×".join(str(size) for size in sizes)

    def _short(self, name: str) -> str:
        """Return a name without the scopes that hold most of the network."""
        parts = name.split(".")
        while len(parts) > 1 and not parts[1].isdigit() and self._is_wrapper(parts[0]):
            parts = parts[1:]
        return ".".join(parts)

    def _is_wrapper(self, scope: str) -> bool:
        return len(self._all.get(scope, ())) > _MOST_OF * self._count

    def _scope_of(self, units: Sequence[Unit]) -> str:
        """Return the outermost scope whose work these units do, "" if there is none."""
        cells = {i for unit in units for i in unit.cells}
        parts = _shared([self._scopes[unit.shown].split(".") for unit in units])
        for depth in range(1, len(parts) + 1):
            scope = ".".join(parts[:depth])
            if scope and self._main.get(scope, set()) <= cells and scope in self._main:
                return scope
        return ""


def _range(first: str, last: str) -> str:
    """Return ``inception4b–e`` for the first and the last of several names.

    Examples
    --------
    >>> _range("inception4b", "inception4e"), _range("conv1_1", "conv1_2"), _range("features.8", "features.10")
    ('inception4b–e', 'conv1_1–2', 'features.8–10')
    """
    shared = "".join(_shared([first, last]))
    if any(name[len(shared) :][:1].isdigit() for name in (first, last)):
        shared = re.sub(r"\d+$", "", shared)
    rest = last[len(shared) :]
    if not rest:
        return last
    return f"{first}–{rest}" if shared and len(rest) <= 3 else f"{first} – {last}"


def _shared(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return what all rows begin with."""
    alike = takewhile(lambda column: len(set(column)) == 1, zip(*rows, strict=False))
    return [column[0] for column in alike]
