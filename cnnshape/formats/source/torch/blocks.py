"""Which blocks of a network become modules: what each takes and gives, and in which order its parts run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from cnnshape.formats.source.torch.names import plain
from cnnshape.graph.network import Network, Node
from cnnshape.layers.io import Input
from cnnshape.layers.source import Piece

__all__ = ["Block", "Unit", "arranged", "home"]

_MANY = 4
"""As many blocks one after the other are a sequence, whatever they are called."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of a block: a layer or a block.

    Parameters
    ----------
    node : position of the layer, -1 for a block
    block : path of the block, "" for a layer
    """

    node: int
    block: str = ""


@dataclass(slots=True)
class Block:
    """A block that is a module.

    Parameters
    ----------
    path : its dotted name, "" for the whole network
    units : its parts in the order in which they run
    inputs, outputs : tensors that it takes from outside and that are wanted there
    sequence : whether each part takes what the one before gives, and all are modules
    height : 0 for one without blocks, else one more than the highest of them
    """

    path: str
    units: list[Unit] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    sequence: bool = False
    height: int = 0


def home(node: Node, weighted: bool) -> str:
    """Return the block whose module holds a layer: by its name if it has weights, which the name is that of."""
    if weighted or node.name.startswith(f"{node.scope}."):
        return node.name.rpartition(".")[0]
    return node.scope


def arranged(network: Network, pieces: Mapping[int, Piece]) -> tuple[dict[str, Block], dict[str, str]]:
    """Return the blocks by path, and those that run the module of another one: path -> path."""
    tree = _Tree(network, pieces)
    while True:
        blocks = tree.blocks()
        gone = {path for pair in tree.aliases.items() for path in pair if path not in blocks}
        broken = {path for path, owner in tree.aliases.items() if path in gone or owner in gone}
        if not broken:
            return blocks, tree.aliases
        for path in broken:
            tree.dissolve_alias(path)


class _Tree:
    def __init__(self, network: Network, pieces: Mapping[int, Piece]) -> None:
        self.network, self.pieces = network, pieces
        self.nodes = [i for i, node in enumerate(network.nodes) if not isinstance(node.layer, Input)]
        self.homes = {i: home(network.nodes[i], pieces[i].weighted) for i in self.nodes}
        self.within: dict[str, list[int]] = {"": []}
        self.children: dict[str, list[str]] = {"": []}
        for i in self.nodes:
            path = self.homes[i]
            for outer in _around(path):
                if outer not in self.within:
                    self.within[outer] = []
                    self.children[outer] = []
                    self.children[outer.rpartition(".")[0]].append(outer) if outer else None
                self.within[outer].append(i)
        self.dissolved: set[str] = set()
        for path in list(self.within):  # a layer has the name of the block
            if path and path in network.index:
                self.dissolved.add(path)
        self.users: dict[str, list[int]] = {}
        for i in self.nodes:
            for tensor in network.nodes[i].inputs:
                self.users.setdefault(tensor, []).append(i)
        self.tensors: dict[int, list[str]] = {}
        for tensor, source in network.producers.items():
            self.tensors.setdefault(source, []).append(tensor)
        self.shared = {i for i in self.nodes if network.nodes[i].weights_of and pieces[i].weighted}
        self.shared |= {network.index[network.nodes[i].weights_of] for i in self.shared}
        self.aliases = self._aliases()
        self._open_between()

    def _aliases(self) -> dict[str, str]:
        """Return the blocks all of whose weights are those of another block that computes the same."""
        found: dict[str, str] = {}
        for path in sorted((p for p in self.within if p), key=lambda p: p.count(".")):
            if any(path.startswith(f"{outer}.") for outer in found):
                continue
            owner = self._owner(path)
            if owner and self._alike(path, owner):
                found[path] = owner
        return found

    def _owner(self, path: str) -> str:
        owners = set()
        for i in self.within[path]:
            node = self.network.nodes[i]
            if not self.pieces[i].weighted:
                continue
            local = node.name[len(path) :]
            if not node.weights_of.endswith(local):
                return ""
            owners.add(node.weights_of[: -len(local)])
        return owners.pop() if len(owners) == 1 else ""

    def _alike(self, path: str, owner: str) -> bool:
        if owner not in self.within or len(self.within[owner]) != len(self.within[path]) or owner == path:
            return False
        return self._rows(path) == self._rows(owner)

    def _rows(self, path: str) -> list[object]:
        inside = {i: number for number, i in enumerate(self.within[path])}
        outside: dict[str, int] = {}
        rows: list[object] = []
        for i in self.within[path]:
            node = self.network.nodes[i]
            taken = []
            for tensor in node.inputs:
                source = inside.get(self.network.producers[tensor])
                port = tensor[len(self.network.nodes[self.network.producers[tensor]].name) :]
                taken.append((source, port) if source is not None else outside.setdefault(tensor, len(outside)))
            rows.append((node.name[len(path) :], self.pieces[i], node.layer, tuple(taken)))
        return rows

    def dissolve_alias(self, path: str) -> None:
        """Open a block that runs the module of another one, and that one: its layers share one by one."""
        owner = self.aliases.pop(path)
        for outer in (path, owner):
            self.dissolved |= {inner for inner in self.within if inner == outer or inner.startswith(f"{outer}.")}
        self._open_between()

    def _open_between(self) -> None:
        """Open the blocks that stand between users of the same weights: one place must see all."""
        pairs = [(path, owner) for path, owner in self.aliases.items()]
        inside = tuple(f"{path}." for path in self.aliases)
        for i in self.shared:
            node = self.network.nodes[i]
            if node.weights_of and not node.name.startswith(inside):
                pairs.append((node.name, node.weights_of))
        for user, owner in pairs:
            mine, theirs = user.split(".")[:-1], owner.split(".")[:-1]
            same = 0
            while same < min(len(mine), len(theirs)) and mine[same] == theirs[same]:
                same += 1
            for parts in (mine, theirs):
                self.dissolved |= {".".join(parts[:end]) for end in range(same + 1, len(parts) + 1)}

    def blocks(self) -> dict[str, Block]:
        """Return the blocks that are left, inner ones first."""
        found: dict[str, Block] = {}
        units: dict[str, list[Unit]] = {}
        for path in sorted(self.within, key=lambda p: -p.count(".") - bool(p)):
            units[path] = self._units(path, units)
            if path in self.dissolved:
                continue
            block = Block(path, units[path])
            self._ends(block)
            block.sequence = self._is_sequence(block)
            if path and not block.sequence and not self._has_names(block):
                self.dissolved.add(path)
                continue
            inner = [found[unit.block].height for unit in block.units if unit.block]
            block.height = 1 + max(inner) if inner else 0
            found[path] = block
        return found

    def _units(self, path: str, done: Mapping[str, list[Unit]]) -> list[Unit]:
        """Return the parts of a block in order; blocks that a circle leads through are opened."""
        while True:
            parts: list[Unit] = [Unit(i) for i in self.within[path] if self.homes[i] == path]
            for child in self.children[path]:
                parts.extend(done[child] if child in self.dissolved else [Unit(-1, child)])
            order, circle = self._ordered(path, parts)
            opened = {unit.block for unit in circle if unit.block}
            if not opened:
                return order
            self.dissolved |= opened

    def members(self, unit: Unit) -> list[int]:
        return self.within[unit.block] if unit.block else [unit.node]

    def _ordered(self, path: str, parts: Iterable[Unit]) -> tuple[list[Unit], set[Unit]]:
        """Return the parts in an order of the graph that keeps that of the layers, and those on circles."""
        owner = {i: unit for unit in parts for i in self.members(unit)}
        before: dict[Unit, set[Unit]] = {unit: set() for unit in parts}
        after: dict[Unit, set[Unit]] = {unit: set() for unit in parts}
        for i, unit in owner.items():
            for tensor in self.network.nodes[i].inputs:
                source = owner.get(self.network.producers[tensor], unit)
                if source is not unit:
                    before[unit].add(source)
                    after[source].add(unit)
        first = {unit: min(self.members(unit)) for unit in before}
        left = {unit: len(sources) for unit, sources in before.items()}
        ready = [(first[unit], unit.block, unit) for unit, count in left.items() if not count]
        heapify(ready)
        order: list[Unit] = []
        while ready:
            unit = heappop(ready)[2]
            order.append(unit)
            for user in after[unit]:
                left[user] -= 1
                if not left[user]:
                    heappush(ready, (first[user], user.block, user))
        stuck = set(before) - set(order)
        while True:  # what only hangs on a circle is on none
            loose = {unit for unit in stuck if not after[unit] & stuck or not before[unit] & stuck}
            if not loose:
                return order, stuck
            stuck -= loose

    def _tops(self, part: set[int]) -> set[str]:
        """Return the tensors of some layers that are wanted outside."""
        made = {t for i in part for t in self.tensors.get(i, ())}
        outputs = set(self.network.outputs.values())
        return {t for t in made if t in outputs or any(user not in part for user in self.users.get(t, ()))}

    def _ends(self, block: Block) -> None:
        network, part = self.network, set(self.within[block.path])
        if not block.path:
            block.inputs = [node.name for node in network.inputs]
            block.outputs = list(network.outputs.values())
            return
        ordered = [i for unit in block.units for i in self.members(unit)]
        taken = (t for i in ordered for t in network.nodes[i].inputs if network.producers[t] not in part)
        block.inputs = list(dict.fromkeys(taken))
        given = list(self._tops(part))
        if not given:
            given = [network.nodes[i].name for i in ordered if not self._is_used(i)]
        place = {i: number for number, i in enumerate(ordered)}
        block.outputs = sorted(given, key=lambda t: (place[network.producers.get(t, network.index.get(t, -1))], t))

    def _is_used(self, i: int) -> bool:
        name = self.network.nodes[i].name
        return any(self.network.producers.get(tensor) == i for tensor in (name, *(f"{name}.{p}" for p in range(9))))

    def _has_names(self, block: Block) -> bool:
        """Say whether every module has a name that an attribute can have."""
        prefix = f"{block.path}." if block.path else ""
        for unit in block.units:
            if unit.block:
                name = unit.block.removeprefix(prefix)
            elif self.pieces[unit.node].weighted:
                name = self.network.nodes[unit.node].name.removeprefix(prefix)
            else:
                continue
            if plain(name.split(".")[0]) != name.split(".")[0]:
                return False
        return True

    def _is_sequence(self, block: Block) -> bool:
        prefix = f"{block.path}." if block.path else ""
        if len(block.inputs) != 1 or len(block.outputs) != 1 or len(block.units) < 2:
            return False
        names = []
        inside = set(self.within[block.path])
        wanted = set(self.network.outputs.values())
        tensor = block.inputs[0]
        for unit in block.units:
            if unit.block:
                part = set(self.within[unit.block])
                if unit.block in self.aliases or unit.block in self.aliases.values():
                    return False
                names.append(unit.block.removeprefix(prefix))
                takes = {t for i in part for t in self.network.nodes[i].inputs if self.network.producers[t] not in part}
                tops = {
                    t
                    for t in self.users
                    if self.network.producers[t] in part and any(u not in part for u in self.users[t])
                }
                tops |= {t for t in self.network.outputs.values() if self.network.producers[t] in part}
                if takes != {tensor} or len(tops) != 1:
                    return False
                tensor = next(iter(tops))
            else:
                node, piece = self.network.nodes[unit.node], self.pieces[unit.node]
                alone = piece.module is not None and not piece.owned and (piece.result is None or not piece.weighted)
                if unit.node in self.shared or not alone or node.inputs != (tensor,) or unit.node in self.network.held:
                    return False
                if piece.result is not None and piece.module is not None and _wraps(piece):
                    return False
                names.append(node.name.removeprefix(prefix))
                tensor = node.name
            leaves = tensor in wanted or any(user not in inside for user in self.users.get(tensor, ()))
            if leaves and unit is not block.units[-1]:
                return False
        if any("." in name for name in names) or tensor != block.outputs[0]:
            return False
        blocks = all(unit.block for unit in block.units) and len(names) >= _MANY
        return blocks or any(plain(name) != name for name in names)


def _wraps(piece: Piece) -> bool:
    """Say whether a module is called with more than the input."""
    from cnnshape.layers.source import ME, Slot

    def holds(value: object) -> bool:
        if isinstance(value, Slot):
            return value == ME
        if isinstance(value, tuple):
            return any(map(holds, value))
        return any(holds(getattr(value, name)) for name in getattr(type(value), "__dataclass_fields__", ()))

    return holds(piece.result)


def _around(path: str) -> list[str]:
    """Return a path and those around it, the outermost first."""
    parts = path.split(".") if path else []
    return ["", *(".".join(parts[: end + 1]) for end in range(len(parts)))]
