"""A network as a design file that loads to an equal network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from cnnshape.formats.design.block_writer import Block, common, is_outside, nests, with_repeat
from cnnshape.formats.design.emit import json_text, yaml_text
from cnnshape.formats.design.entries import RESERVED
from cnnshape.formats.design.entry_faults import takes_many
from cnnshape.formats.design.layer_data import layer_data, symbols_in, value_data
from cnnshape.graph.network import Network, Node
from cnnshape.layers import catalog
from cnnshape.layers.io import Input
from cnnshape.symbolic import Size, dim, symbols

__all__ = ["design_data", "dump_design"]


def dump_design(network: Network, form: Literal["yaml", "json"] = "yaml") -> str:
    """Return the text of a design file that `load_design` reads as an equal network.

    Nodes, names, blocks, layers, inputs, shared and frozen weights, outputs and defaults are kept; inputs come first.

    Examples
    --------
    >>> from cnnshape.formats.design_file import load_design
    >>> print(dump_design(load_design('''
    ... name: Tiny
    ... input: [3, H, W]
    ... layers: [{conv2d: {filters: 8, kernel_size: 3, padding: same}}, relu, {linear: 10}]
    ... ''')))
    cnnshape: 1
    name: Tiny
    input: [3, H, W]
    layers:
      - conv2d: {out_channels: 8, kernel_size: 3, padding: same_upper}
      - relu
      - linear: 10
    <BLANKLINE>
    """
    data = design_data(network)
    return yaml_text(data) if form == "yaml" else json_text(data)


def design_data(network: Network) -> dict[str, Any]:
    """Return the design of a network as plain data, as a design file holds it."""
    inputs = network.inputs
    layers = [node for node in network.nodes if not isinstance(node.layer, Input)]
    data: dict[str, Any] = {"cnnshape": 1, "name": network.name}
    if declared := _symbols(network, inputs, layers):
        data["symbols"] = declared
    if len(inputs) == 1 and inputs[0].name == "input" and isinstance(shape := _input(inputs[0]), list):
        data["input"] = shape
    else:
        data["inputs"] = {node.name: _input(node) for node in inputs}
    writer = _Writer(network, inputs, nested=nests(inputs, layers))
    data["layers"] = writer.body(layers)
    outputs = {name: writer.reference(tensor) for name, tensor in network.outputs.items()}
    if any(name != tensor for name, tensor in network.outputs.items()):
        data["outputs"] = outputs
    elif list(network.outputs) != [writer.previous] or not layers:
        data["outputs"] = list(outputs.values())
    return data


def _symbols(network: Network, inputs: Sequence[Node], layers: Iterable[Node]) -> dict[str, int | None]:
    """Return the symbols to declare: those with defaults, and those that only layers use."""
    free = {"N"}.union(*(symbols(size) for node in inputs for size in node.declared))
    found: dict[str, int | None] = dict(network.defaults)
    for layer in {id(node.layer): node.layer for node in layers}.values():
        found.update((name, None) for name in symbols_in(layer) if name not in found and name not in free)
    return found


def _input(node: Node) -> Any:
    layer = node.layer
    assert isinstance(layer, Input)
    shape: tuple[Size, ...] = layer.shape
    # A reader refuses an N that is not the batch.
    batch = bool(shape) and shape[0] == dim("N") and not any("N" in symbols(size) for size in shape[1:])
    # Four sizes alone would be noted as 3-D data.
    whole = not batch or len(shape) == 5
    written = value_data(shape if whole else shape[1:])
    options: dict[str, Any] = {}
    if layer.dtype != "float32":
        options["dtype"] = layer.dtype
    if not batch:
        options["batch"] = False
    if node.scope:
        options["scope"] = node.scope
    return {"shape": written, **options} if options else written


class _Writer:
    """Writes layers in order, and knows what names a reader sees at each place."""

    def __init__(self, network: Network, inputs: Sequence[Node], nested: bool) -> None:
        self.network, self.nested = network, nested
        self.known = {node.name: node.name for node in inputs}
        self.previous = inputs[0].name if len(inputs) == 1 else ""
        self.open = [Block("", "", self.previous)]
        self.rows: dict[str, list[tuple[str, tuple[str, ...]]]] = {}

    def body(self, layers: Sequence[Node]) -> list[Any]:
        for node in layers:
            if self.nested:
                self.move_to(node.scope.split(".") if node.scope else [], node.inputs)
            self.open[-1].add(self.entry(node))
            self.known[node.name] = node.name
            self.previous = node.name
        self.move_to([])
        return self.open[0].data()

    def move_to(self, path: Sequence[str], inputs: Sequence[str] = ()) -> None:
        """Close and open blocks until those of `path` are open; `inputs` are those of the first layer inside."""
        same = common([block.name for block in self.open[1:]], path)
        while len(self.open) - 1 > same:
            block = self.open.pop()
            self.known[block.prefix[:-1]] = self.previous
            self.open[-1].add(self.closed(block))
            self.open[-1].rows.append(("", "", ()))
        for name in path[same:]:
            block = Block(name, f"{self.open[-1].prefix}{name}.", self.previous)
            if len(inputs) == 1 and inputs[0] != self.previous:
                block.takes = self.reference(inputs[0])
                block.start = self.previous = inputs[0]
            self.open.append(block)

    def entry(self, node: Node) -> Any:
        """Return the entry of a node."""
        owner = self.network[node.weights_of] if node.weights_of else None
        shared = (
            owner is not None and owner.name in self.known and owner.layer == node.layer and owner.frozen == node.frozen
        )
        kind, value = layer_data(node.layer)
        entry: dict[str, Any] = {}
        self.state_name(node, entry)
        inputs = [] if self.is_default(node) else [self.reference(tensor) for tensor in node.inputs]
        if owner is not None:
            entry["share"] = self.path(owner.name)
        if not shared:
            many = takes_many(type(node.layer))
            entry[kind] = inputs if inputs and many and value is None else value
            inputs = [] if inputs and many and value is None else inputs
            if node.frozen:
                entry["frozen"] = True
        if inputs or (not node.inputs and not self.is_default(node)):
            entry["inputs"] = inputs
        block = self.open[-1]
        taken = tuple(block.canonical(tensor) for tensor in node.inputs)
        plain = owner is not None and shared and "scope" not in entry
        block.rows.append((node.name.removeprefix(block.prefix), owner.name if owner and plain else "", taken))
        return kind if entry == {kind: None} else entry

    def state_name(self, node: Node, entry: dict[str, Any]) -> None:
        """Write the name and the scope, unless a reader would give them."""
        block = self.open[-1]
        local = node.name.removeprefix(block.prefix)
        kind = catalog.by_class()[type(node.layer)].name
        scope = block.prefix[:-1]
        if local == f"{kind}{block.counts[kind] + 1}":
            block.counts[kind] += 1
        else:
            plain = local not in RESERVED and not local.startswith(".")
            entry["name"] = local if plain else f".{node.name}"
            scope = node.name.rpartition(".")[0]
        if node.scope != scope:
            entry["scope"] = node.scope

    def is_default(self, node: Node) -> bool:
        if node.layer.arity[1] == 0:
            return not node.inputs
        return node.inputs == (self.previous,)

    def reference(self, tensor: str) -> str:
        """Return the shortest text that a reader at this place takes for `tensor`."""
        if self.open[-1].start == tensor and tensor and (len(self.open) > 1 or tensor == "input"):
            return "input"
        return self.path(tensor, tensor)

    def path(self, name: str, tensor: str = "") -> str:
        """Return the shortest text from here that means `name`, or another name of `tensor`; else the whole name."""
        for block in reversed(self.open):
            text = name.removeprefix(block.prefix)
            if name.startswith(block.prefix) and text and text not in RESERVED and not text.startswith("."):
                found = self.found(text)
                if found == name or (tensor and found and self.known.get(found, found) == tensor):
                    return text
        return f".{name}"

    def found(self, text: str) -> str | None:
        """Return the whole name that a reader takes a text for."""
        for block in reversed(self.open):
            name = block.prefix + text
            if name in self.known:
                return name
            owner, _, port = name.rpartition(".")
            if port.isdigit() and self.known.get(owner) == owner:
                return name
        return None

    def closed(self, block: Block) -> dict[str, Any]:
        """Return a finished block; one whose layers all share those of another shares the block.

        Not where they take tensors from outside: a name may mean another one when the block is read again.
        """
        path = block.prefix[:-1]
        self.rows[path] = [(local, inputs) for local, _, inputs in block.rows]
        beside: dict[str, Any] = {"name": block.name}
        if block.takes:
            beside["inputs"] = [block.takes]
        owners = {owner.rpartition(".")[0] for _, owner, _ in block.rows}
        owner = owners.pop() if len(owners) == 1 else ""
        alike = owner and self.rows.get(owner) == self.rows[path]
        closed = not any(map(is_outside, (tensor for _, _, taken in block.rows for tensor in taken)))
        if alike and closed and all(name == f"{owner}.{local}" for local, name, _ in block.rows):
            return {**beside, "share": self.path(owner)}
        return with_repeat(beside, block.data())
