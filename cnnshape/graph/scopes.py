"""Which blocks of a network are shown as one, and which are opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush

from cnnshape.graph.network import Network
from cnnshape.graph.propagate import Propagation
from cnnshape.graph.rows import Row

__all__ = ["by_scope"]

_WRAPS = 0.5
"""A scope with more than this share of all nodes wraps the network if its maps have many sizes: it is opened."""
_WRAPS_ALL = 0.85
"""A scope with more than this share wraps it whatever its maps are."""
_SIZES_OF_A_STAGE = 2


def by_scope(found: Propagation, rows: Sequence[Row], within: str, deep: bool) -> list[Row]:
    """Return the rows with neighbors of one block as one.

    Parameters
    ----------
    found : Propagation
    rows : one for each layer, in order
    within : the block whose inside is shown, "" for the whole network
    deep : True to open blocks that are made of blocks
    """
    nodes = found.network.nodes
    tree = _Tree(found, rows, within, deep)
    groups: list[tuple[str, list[Row]]] = []
    for row in rows:
        block = tree.block_of(nodes[row.nodes[0]].scope)
        if groups and block and groups[-1][0] == block:
            groups[-1][1].append(row)
        else:
            groups.append((block, [row]))
    return [_joined(block, members) for block, members in _gathered(found.network, groups)]


def _gathered(network: Network, groups: list[tuple[str, list[Row]]]) -> list[tuple[str, list[Row]]]:
    """Return the groups with those of one block together, if some topological order of all has them so."""
    named = [block for block, _ in groups if block]
    if len(named) == len(set(named)):
        return groups
    units: dict[tuple[str, int], list[Row]] = {}
    for number, (block, members) in enumerate(groups):
        units.setdefault((block, 0 if block else number), []).extend(members)
    owner = {i: unit for unit, rows in enumerate(units.values()) for row in rows for i in row.nodes}
    before: list[set[int]] = [set() for _ in units]
    for i, unit in owner.items():
        before[unit] |= {owner.get(network.producers[tensor], unit) for tensor in network.nodes[i].inputs} - {unit}
    after: list[list[int]] = [[] for _ in units]
    for unit, sources in enumerate(before):
        for source in sources:
            after[source].append(unit)
    left = [len(sources) for sources in before]
    ready = [unit for unit, count in enumerate(left) if not count]
    order: list[int] = []
    while ready:
        order.append(heappop(ready))
        for unit in after[order[-1]]:
            left[unit] -= 1
            if not left[unit]:
                heappush(ready, unit)
    listed = [(block, rows) for (block, _), rows in units.items()]
    return [listed[unit] for unit in order] if len(order) == len(listed) else groups


def _joined(block: str, rows: Sequence[Row]) -> Row:
    if not block:
        return rows[0]
    return Row(block, tuple(i for row in rows for i in row.nodes), 1, block, len(rows) > 1)


class _Tree:
    """The scopes of some rows, and which of them are opened."""

    def __init__(self, found: Propagation, rows: Sequence[Row], within: str, deep: bool) -> None:
        self.children: dict[str, set[str]] = {}
        self.rows: dict[str, int] = {}
        self.nodes: dict[str, int] = {}
        self.direct: set[str] = set()
        self.maps: dict[str, set[object]] = {}
        self.within = within
        for row in rows:
            scope = found.network.nodes[row.nodes[0]].scope
            self.direct.add(scope)
            outputs = found.outputs[row.nodes[-1]]
            space = outputs[0].shape[2:] if outputs else ()
            for inner in self._around(scope):
                self.rows[inner] = self.rows.get(inner, 0) + 1
                self.nodes[inner] = self.nodes.get(inner, 0) + len(row.nodes)
                if space:
                    self.maps.setdefault(inner, set()).add(space)
                outer = inner.rpartition(".")[0]
                self.children.setdefault(outer, set()).add(inner)
        self.all = sum(len(row.nodes) for row in rows)
        self.deep = deep
        self._closed: dict[str, str] = {}

    def block_of(self, scope: str) -> str:
        """Return the outermost block around a scope that is not opened, "" if all are."""
        found = self._closed.get(scope)
        if found is None:
            around = [*self._around(scope)][::-1]
            found = next((outer for outer in around if not self._opened(outer)), "")
            self._closed[scope] = found
        return found

    def _around(self, scope: str) -> Iterator[str]:
        """Yield a scope and those around it, as far as they are parts of what is shown."""
        while scope and scope != self.within:
            yield scope
            scope = scope.rpartition(".")[0]

    def _opened(self, scope: str) -> bool:
        while scope not in self.direct and len(self.children.get(scope, ())) == 1:
            (scope,) = self.children[scope]
        share = self.nodes[scope] / self.all
        if share > _WRAPS_ALL or (share > _WRAPS and len(self.maps.get(scope, ())) > _SIZES_OF_A_STAGE):
            return True
        return self.deep and scope not in self.direct and self._of_blocks(scope)

    def _of_blocks(self, scope: str) -> bool:
        """Say whether at least half of the parts are blocks of several layers."""
        parts = self.children.get(scope, ())
        return bool(parts) and 2 * sum(self.rows[part] > 1 for part in parts) >= len(parts)
