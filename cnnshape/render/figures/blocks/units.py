"""Cells joined to units: a residual or multi-branch block is one, and a depthwise convolution with its pointwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cnnshape.layers.io import Input
from cnnshape.render.figures.blocks.cells import Cells, Edge, ancestors, dominators
from cnnshape.render.palette import Role

__all__ = ["Unit", "Units", "units_of"]

_LONGEST_BLOCK = 8
_MOST_IN_BLOCK = 40
_MOST_IN_SCOPE = 4
_PRECEDENCE: tuple[Role, ...] = ("depthwise", "conv", "linear", "other", "pool", "up_conv")


@dataclass(frozen=True, slots=True)
class Unit:
    """What is one block, or one slice of it.

    Parameters
    ----------
    nodes : positions in `network.nodes`
    cells : those of them that do the work
    shown : the node whose output is the size of the block
    role : what chooses its color
    name : its scope if it is a block, else the name of its layer
    block : True if it holds several layers with sizes of their own
    residual : True if what enters it is added to what it computes
    """

    nodes: tuple[int, ...]
    cells: tuple[int, ...]
    shown: int
    role: Role
    name: str
    block: bool
    residual: bool


@dataclass(frozen=True, slots=True)
class Units:
    """The units of a network in topological order, and what leads from one to another, by position.

    Parameters
    ----------
    units : in topological order
    steps : the way of the data
    skips : shortcuts over several units, added or joined at their end
    copies : shortcuts around a lower resolution
    """

    units: tuple[Unit, ...]
    steps: tuple[Edge, ...]
    skips: tuple[Edge, ...]
    copies: tuple[Edge, ...]


def units_of(cells: Cells, faults: frozenset[int] = frozenset()) -> Units:
    """Return what is drawn of a network, before equal neighbors become slices of one block.

    Parameters
    ----------
    cells : of the network
    faults : nodes that do not fit, which are never a part of another unit
    """
    return _Joining(cells, faults).result()


class _Joining:
    """Joins cells; `group` leads from a cell to the last cell of its unit."""

    def __init__(self, cells: Cells, faults: frozenset[int]) -> None:
        self.cells = cells
        self.broken = {cell for cell, members in cells.members.items() if not faults.isdisjoint(members)}
        self.before = {cell: list(sources) for cell, sources in cells.before.items()}
        self.group = {cell: cell for cell in cells.before}
        self.blocks: set[int] = set()
        self.residual: set[int] = set()
        self.skips: list[Edge] = []
        self.targets = {target for _, target in cells.copies}
        self.sources = {source for source, _ in cells.copies}
        self._join_branches()
        self._join_separable()
        self._join_scopes()
        self._join_pairs()

    def result(self) -> Units:
        """Return the units, numbered."""
        found: dict[int, list[int]] = {}
        for cell in self.cells.before:
            found.setdefault(self._last(cell), []).append(cell)
        order = sorted(found, key=self._turn)
        number = {last: i for i, last in enumerate(order)}
        units = tuple(self._unit(last, found[last]) for last in order)

        def numbered(edges: Sequence[Edge]) -> tuple[Edge, ...]:
            pairs = ((number[self._last(a)], number[self._last(b)]) for a, b in edges)
            return tuple(sorted({(a, b) for a, b in pairs if a != b}))

        steps = [(source, cell) for cell, sources in self.before.items() for source in sources]
        return Units(units, numbered(steps), numbered(self.skips), numbered(self.cells.copies))

    def _turn(self, last: int) -> float:
        """Return when a unit's turn is: in the order of the network, an input right before the first that takes it."""
        after = self.cells.after[last]
        if after and isinstance(self.cells.found.network.nodes[last].layer, Input):
            return min(self._last(user) for user in after) - 0.5
        return last

    def _last(self, cell: int) -> int:
        while self.group[cell] != cell:
            self.group[cell] = cell = self.group[self.group[cell]]
        return cell

    def _join(self, cells: Sequence[int], last: int) -> None:
        for cell in cells:
            self.group[self._last(cell)] = last

    def _join_branches(self) -> None:
        """Make one unit of everything between a branching and its join, from the inside out."""
        above = dominators(self.before)
        for cell, sources in self.cells.before.items():
            start = above[cell]
            if len(sources) < 2 or start < 0 or cell in self.targets:
                continue
            inside = ancestors(self.before, sources, start)
            if inside is None or not self._is_closed(inside, cell):
                continue
            length = self._length(inside)
            if length <= _LONGEST_BLOCK or (start not in sources and length <= _MOST_IN_BLOCK):
                self._join(sorted(inside), cell)
                self.blocks.add(cell)
                if self.cells.roles[cell] == "add":
                    self.residual.add(cell)
            elif start in sources:
                self.before[cell] = [source for source in sources if source != start]
                self.skips.append((start, cell))

    def _is_closed(self, inside: set[int], join: int) -> bool:
        """Tell whether nothing leaves the cells but through the join."""
        if join in self.broken:
            return False
        touched = self.targets | self.sources | self.cells.ends | self.broken
        return not any(
            cell in touched or any(user not in inside and user != join for user in self.cells.after[cell])
            for cell in inside
        )

    def _length(self, inside: set[int]) -> int:
        """Return how many units follow one another inside."""
        longest: dict[int, int] = {}
        for cell in sorted(inside):
            own = self._last(cell)
            longest[cell] = max(
                (longest[s] + (self._last(s) != own) for s in self.before[cell] if s in longest), default=1
            )
        return max(longest.values(), default=0)

    def _join_separable(self) -> None:
        for cell in self.cells.before:
            after = self.cells.after[cell]
            if self.cells.roles[cell] != "depthwise" or len(after) != 1 or self.group[cell] != cell:
                continue
            (user,) = after
            touched = cell in self.sources or cell in self.cells.ends or cell in self.targets
            touched = touched or not self.broken.isdisjoint((cell, user))
            if touched or self.before[user] != [cell] or self._last(user) != user or user in self.blocks:
                continue
            if self.cells.roles[user] == "conv" and self._is_pointwise(user):
                self._join([cell], user)

    def _is_pointwise(self, cell: int) -> bool:
        kernel = getattr(self.cells.found.network.nodes[cell].layer, "kernel_size", None)
        return kernel is not None and {*(kernel if isinstance(kernel, tuple) else (kernel,))} == {1}

    def _join_scopes(self) -> None:
        """Make one unit of the few layers of a scope that widen, filter and narrow, as its residual siblings are."""
        nodes = self.cells.found.network.nodes
        scopes: dict[str, list[int]] = {}
        for cell in self.cells.before:
            scope = nodes[cell].scope
            while scope:
                scopes.setdefault(scope, []).append(cell)
                scope = scope.rpartition(".")[0]
        parents = {nodes[block].scope.rpartition(".")[0] for block in self.blocks}
        done: set[int] = set()
        for scope in sorted(scopes, key=lambda each: (each.count("."), scopes[each][0])):
            inside = scopes[scope]
            if done.isdisjoint(inside) and self._is_block(inside, scope.rpartition(".")[0] in parents - {""}):
                done.update(inside)
                last = self._last(inside[-1])
                self._join(inside, last)
                self.blocks.add(last)

    def _join_pairs(self) -> None:
        """Make one unit of the unlike residual blocks of a scope, such as attention and the layers behind it."""
        nodes = self.cells.found.network.nodes
        scopes: dict[str, list[int]] = {}
        for block in sorted(self.blocks):
            if self._last(block) == block:
                scopes.setdefault(nodes[block].scope, []).append(block)
        for scope, inside in scopes.items():
            roles = {self._role(block, self._members(block)) for block in inside}
            others = [cell for cell in self._below(scope) if self._last(cell) not in inside]
            whole = not others and self.broken.isdisjoint(self._below(scope))
            if scope and 1 < len(inside) <= _MOST_IN_SCOPE and len(roles) > 1 and whole:
                self._join(inside[:-1], inside[-1])

    def _members(self, last: int) -> list[int]:
        return [cell for cell in self.cells.before if self._last(cell) == last]

    def _below(self, scope: str) -> list[int]:
        nodes = self.cells.found.network.nodes
        return [cell for cell in self.cells.before if f"{nodes[cell].scope}.".startswith(f"{scope}.")]

    def _is_block(self, inside: Sequence[int], beside_blocks: bool) -> bool:
        cells = self.cells
        ends = list(dict.fromkeys(map(self._last, inside)))
        layers = {cells.roles[cell] for cell in ends if cell not in self.blocks}
        gates = {cells.roles[cell] for cell in ends if cell in self.blocks}
        if not 2 <= len(ends) <= _MOST_IN_SCOPE or not layers <= {"conv", "depthwise"} or gates & {"add", "concat"}:
            return False
        if not beside_blocks and not any(cells.roles[cell] == "depthwise" for cell in inside):
            return False
        if len({cells.shape(cell) for cell in ends}) < 2 or len({cells.area(cell) for cell in ends}) > 2:
            return False
        return self._is_closed({*inside} - {ends[-1]}, ends[-1]) and not self.targets.intersection(inside)

    def _unit(self, last: int, inside: Sequence[int]) -> Unit:
        cells, network = self.cells, self.cells.found.network
        nodes = tuple(sorted(i for cell in inside for i in cells.members[cell]))
        is_block = last in self.blocks
        name = _common([network.nodes[cell].scope for cell in inside]) if is_block else ""
        role, shown = self._role(last, inside), name or network.nodes[last].name
        return Unit(nodes, tuple(inside), last, role, shown, is_block, last in self.residual)

    def _role(self, last: int, inside: Sequence[int]) -> Role:
        roles = {self.cells.roles[cell] for cell in inside}
        if len(inside) == 1 or isinstance(self.cells.found.network.nodes[last].layer, Input):
            return self.cells.roles[last]
        entered = [s for cell in inside for s in self.before[cell] if s not in inside]
        if "up_conv" in roles and entered and self.cells.area(last) > self.cells.area(entered[0]):
            return "up_conv"
        return next((role for role in _PRECEDENCE if role in roles), self.cells.roles[last])


def _common(scopes: Sequence[str]) -> str:
    """Return the innermost scope that holds all."""
    parts = list(_shared([scope.split(".") for scope in set(scopes)]))
    return ".".join(parts)


def _shared(words: Sequence[Sequence[str]]) -> Iterator[str]:
    for row in zip(*words, strict=False):
        if len(set(row)) > 1:
            return
        yield row[0]
