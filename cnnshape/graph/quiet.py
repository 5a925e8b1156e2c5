"""What an exporter adds and no picture needs: constants, biases and scales of their own, casts, padding by nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cnnshape.graph.network import Network
from cnnshape.graph.propagate import Propagation
from cnnshape.graph.rows import Row
from cnnshape.layers.activation import Erf
from cnnshape.layers.base import Kind
from cnnshape.layers.io import Input, Parameter
from cnnshape.layers.merge import Add, Concat, Divide, Multiply, Subtract

__all__ = ["fixed_nodes", "quieted"]

_AFFINE = (Add, Divide, Multiply, Subtract)
_SAME = frozenset({"Cast", "Identity", "Pad", "Slice"})
"""Layers that give what they take, if the shape stays."""


def quieted(found: Propagation, rows: Sequence[Row]) -> list[Row]:
    """Return the rows of layers with those that compute no map of their own in the row that they belong to.

    What holds constants or weights alone stands with its only reader, unless that joins it to a map; a sum or product
    of a map and such constants, a cast, and padding or slicing that changes nothing stand with what made the map; so do
    the layers that GELU is exported as.

    Parameters
    ----------
    found : Propagation
    rows : of single layers with their normalization and activation, in order

    Returns
    -------
    list of Row
        Their nodes, one row after the other, are still in topological order.
    """
    return _Quieting(found, rows).result()


def fixed_nodes(network: Network) -> frozenset[int]:
    """Return the nodes that no input of the network reaches."""
    found: set[int] = set()
    for i, node in enumerate(network.nodes):
        if not isinstance(node.layer, Input) and all(network.producers[tensor] in found for tensor in node.inputs):
            found.add(i)
    return frozenset(found)


class _Quieting:
    def __init__(self, found: Propagation, rows: Sequence[Row]) -> None:
        self.found, self.network, self.rows = found, found.network, rows
        self.owner = {i: r for r, row in enumerate(rows) for i in row.nodes}
        self.home = list(range(len(rows)))
        self.sources = [self._sources(row) for row in rows]
        self.readers: list[set[int]] = [set() for _ in rows]
        for r, sources in enumerate(self.sources):
            for source in sources:
                if source >= 0:
                    self.readers[source].add(r)
        for tensor in self.network.outputs.values():
            if (made := self.network.producers[tensor]) in self.owner:
                self.readers[self.owner[made]].add(-1)

    def result(self) -> list[Row]:
        constant = self._constants()
        for r in range(len(self.rows)):
            if r in constant or not self._is_open(r):
                continue
            source = self._only(r, constant)
            if source >= 0 and self._belongs(r, source, constant):
                self.home[r] = self._home(source)
        for r in range(len(self.rows)):
            self._join_gelu(r, constant)
        for r in range(len(self.rows) - 1, -1, -1):
            self._join_behind_input(r)
        for r, user in constant.items():
            self.home[r] = self._home(user)
        members: dict[int, list[int]] = {}
        for r, row in enumerate(self.rows):
            members.setdefault(self._home(r), []).extend(row.nodes)
        return [
            self.rows[r] if len(nodes) == len(self.rows[r].nodes) else Row(self.rows[r].name, tuple(sorted(nodes)))
            for r, nodes in sorted(members.items())
        ]

    def _sources(self, row: Row) -> tuple[int, ...]:
        """Return the rows that a row reads, -1 for an input or what is not shown."""
        made = [self.network.producers[tensor] for i in row.nodes for tensor in self.network.nodes[i].inputs]
        return tuple(dict.fromkeys(self.owner.get(i, -1) for i in made if i not in row.nodes))

    def _home(self, r: int) -> int:
        while self.home[r] != r:
            r = self.home[r]
        return r

    def _constants(self) -> dict[int, int]:
        """Return the rows without a map whose only use is in one row with a map, and that row."""
        fixed: set[int] = set()
        for r, (row, sources) in enumerate(zip(self.rows, self.sources, strict=True)):
            if fixed.issuperset(sources) and all(self.found.outputs[i] is not None for i in row.nodes):
                fixed.add(r)
        found: dict[int, int] = {}
        unused: list[int] = []
        for r in sorted(fixed, reverse=True):
            users = {found.get(reader, reader) for reader in self.readers[r] if reader not in unused}
            if not users:
                unused.append(r)
            elif len(users) == 1 and not users & {-1, *fixed} and not self._is_joined(r, *users):
                (found[r],) = users
        for r in reversed(unused):
            user = next((found[source] for source in self.sources[r] if source in found), -1)
            if user < 0:  # no output needs it, and nothing that one needs shares its tensors
                user = next((k for k in range(r + 1, len(self.rows)) if k not in fixed), -1)
            if user >= 0:
                found[r] = user
        return {r: user for r, user in found.items() if user not in fixed}

    def _is_joined(self, r: int, user: int) -> bool:
        """Tell whether a learned tensor is joined to a map, as the token of a class is."""
        joins = any(isinstance(self.network.nodes[i].layer, Concat) for i in self.rows[user].nodes)
        return joins and any(isinstance(self.network.nodes[i].layer, Parameter) for i in self.rows[r].nodes)

    def _is_open(self, r: int) -> bool:
        """Tell whether all of a row fits and is executed."""
        nodes = self.rows[r].nodes
        return all(self.found.outputs[i] is not None and i not in self.network.held for i in nodes)

    def _belongs(self, r: int, source: int, constant: Collection[int]) -> bool:
        """Tell whether a row that reads one map stands in the row that made it."""
        first = self.rows[r].nodes[0]
        layer = self.network.nodes[first].layer
        if len(self.rows[r].nodes) > 1 and self.network.nodes[self.rows[r].nodes[1]].layer.kind is not Kind.ACTIVATION:
            return False
        if type(layer).__name__ in _SAME:
            return self._keeps(r)
        taken = [each for each in self.sources[r] if each in constant]
        if not isinstance(layer, _AFFINE) or not taken or self.readers[source] != {r} or not self._is_open(source):
            return False
        if any(isinstance(self.network.nodes[i].layer, Erf) for i in (*self.rows[r].nodes, *self.rows[source].nodes)):
            return False
        own, other = self.network.nodes[first].scope, self.network.nodes[self.rows[source].nodes[-1]].scope
        return not own or own == other or other.startswith(f"{own}.")

    def _join_behind_input(self, r: int) -> None:
        """Put a cast of an input into the only row that reads it."""
        if self.home[r] != r or self.sources[r] != (-1,) or not self._keeps(r):
            return
        group = [k for k in range(r, len(self.rows)) if self._home(k) == r]
        users = {reader if reader < 0 else self._home(reader) for k in group for reader in self.readers[k]} - {r}
        if len(users) == 1 and -1 not in users:
            (self.home[r],) = users

    def _keeps(self, r: int) -> bool:
        """Tell whether the first layer of a row gives a map of the shape that it takes, and is named for that."""
        first = self.rows[r].nodes[0]
        inputs, outputs = self.found.inputs[first], self.found.outputs[first]
        same = inputs is not None and outputs is not None and inputs[0].shape == outputs[0].shape
        return same and type(self.network.nodes[first].layer).__name__ in _SAME

    def _only(self, r: int, constant: Collection[int]) -> int:
        """Return the only row with a map that a row reads, -1 if there is none."""
        data = [source for source in self.sources[r] if source not in constant]
        return data[0] if len(data) == 1 else -1

    def _join_gelu(self, r: int, constant: Collection[int]) -> None:
        """Put ``x * (1 + erf(x / sqrt(2))) / 2`` into the row of x."""
        if not any(isinstance(self.network.nodes[i].layer, Erf) for i in self.rows[r].nodes):
            return
        members, start = {r}, self._only(r, constant)
        if start >= 0 and isinstance(self.network.nodes[self.rows[r].nodes[0]].layer, Erf):
            members.add(start)
            start = self._only(start, constant)
        if start < 0:
            return
        end = r
        for _ in range(3):
            if len(self.readers[end]) != 1 or -1 in self.readers[end]:
                break
            (following,) = self.readers[end]
            others = {*self.sources[following]} - {*constant} - {*members, start}
            if others or not isinstance(self.network.nodes[self.rows[following].nodes[0]].layer, _AFFINE):
                break
            end = following
            members.add(end)
        closed = self.readers[start] <= members and self._is_open(start) and all(map(self._is_open, members))
        if closed and len(members) > 2:
            for member in members:
                self.home[member] = self._home(start)
