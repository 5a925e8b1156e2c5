"""The file of a PyTorch module: blocks as classes, from the innermost to the whole network."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cnnshape.formats.reading.records import Refusal
from cnnshape.formats.source.text import code
from cnnshape.formats.source.torch.blocks import Block, Unit, arranged, home
from cnnshape.formats.source.torch.classes import Body, Pattern, arguments, filled_in, pattern, skeleton
from cnnshape.formats.source.torch.forward import Step, filled, forward
from cnnshape.formats.source.torch.names import Names, camel, plain
from cnnshape.formats.source.torch.parts import (
    OFTEN,
    Reference,
    contained,
    definition,
    made_lines,
    placed,
    places_of,
    sequential,
)
from cnnshape.formats.source.torch.titles import docstring, title
from cnnshape.graph.propagate import Propagation
from cnnshape.layers.foreign import Unmapped
from cnnshape.layers.source import (
    ME,
    Arg,
    Attribute,
    Call,
    Name,
    Opt,
    Piece,
    Slot,
    call,
)
from cnnshape.symbolic import Dim, symbols
from cnnshape.symbolic.numpy_source import identifier

__all__ = ["File"]

_DEFINED = re.compile(r"^(?:class|def) (\w+)", re.MULTILINE)


class File:
    """The text of a file, made block by block.

    Attributes
    ----------
    refusals : layers that stand where they cannot be written
    """

    def __init__(self, found: Propagation, pieces: Mapping[int, Piece]) -> None:
        self.found, self.network, self.pieces = found, found.network, pieces
        self.blocks, self.aliases = arranged(found.network, pieces)
        self.refusals: list[Refusal] = []
        self.helpers = tuple(dict.fromkeys(text for piece in pieces.values() for text in piece.helpers))
        helped = [
            line.split("(")[0].split()[1]
            for text in self.helpers
            for line in text.splitlines()
            if line[:4] in ("def ", "clas")
        ]
        self.classes = Names(helped)
        self.parts: dict[str, set[str]] = {}
        self.made: dict[str, Any] = {}
        self.texts: list[str] = []
        self.attributes: dict[str, Names] = {}
        self.places: dict[str, str] = {}

    def text(self) -> str:
        """Return the whole file."""
        root = plain(camel(self.network.name), "Net")
        root = self.classes.give(root if root[:1].isupper() else camel(f"net_{root}"))
        heights: dict[int, list[Block]] = {}
        for path, block in self.blocks.items():
            if path not in self.aliases and not any(path.startswith(f"{outer}.") for outer in self.aliases):
                heights.setdefault(block.height, []).append(block)
        for height in sorted(heights):
            blocks = sorted(
                heights[height], key=lambda block: min(self._first(unit) for unit in block.units) if block.units else 0
            )
            self._level([block for block in blocks if block.path])
        self._root(self.blocks[""], root)
        return self._joined()

    def _first(self, unit: Unit) -> int:
        return unit.node if not unit.block else min(map(self._first, self.blocks[unit.block].units))

    def _level(self, blocks: Sequence[Block]) -> None:
        """Make the classes of blocks of one height."""
        groups: dict[Any, list[tuple[Block, Body, list[Any]]]] = {}
        for block in blocks:
            try:
                body = self._body(block)
            except Unmapped as why:
                self.refusals.append(Refusal(block.path, "block", str(why)))
                continue
            holes: list[Any] = []
            bones = tuple((name, skeleton(value, name, holes)) for name, value in body.entries)
            key = (body.sequence, bones, body.lines, body.given)
            groups.setdefault(repr(key), []).append((block, body, holes))
            self.made[block.path] = bones
        for members in groups.values():
            bones = self.made[members[0][0].path]
            first = members[0][1]
            if first.sequence and (len(members) < OFTEN or len(first.entries) < OFTEN):
                for block, body, _ in members:
                    self.made[block.path] = sequential(body.entries)
                continue
            found = pattern([holes for _, _, holes in members])
            name = self._title([block.path for block, _, _ in members], first)
            filling = iter(found.holes)
            entries = tuple((attribute, filled_in(value, filling)) for attribute, value in bones)
            self.texts.append(self._class(name, found, replace(first, entries=entries)))
            for (block, _, _), given in zip(members, found.given, strict=True):
                self.made[block.path] = Call(Name(name), arguments(found.parameters, given))

    def _title(self, paths: Sequence[str], body: Body) -> str:
        """Return the name of a class; one like another class says what it has beside it."""
        wished = title(paths, body)
        parts = {name for name, _ in body.entries}
        if wished in self.parts:
            more = sorted(parts - self.parts[wished])
            wished = f"{wished}With{camel(more[0])}" if len(more) == 1 else wished
        name = self.classes.give(wished) if wished not in self.classes.taken else self._numbered(wished)
        self.parts.setdefault(wished, parts)
        return name

    def _numbered(self, wished: str) -> str:
        letters = (f"{wished}{letter}" for letter in "BCDEFGHIJKLMNOPQRSTUVWXYZ")
        return self.classes.give(next((name for name in letters if name not in self.classes.taken), wished))

    def _root(self, block: Block, name: str) -> None:
        try:
            body = self._body(block)
        except Unmapped as why:
            self.refusals.append(Refusal(self.network.name, "network", str(why)))
            return
        self.texts.append(self._class(name, None, body))

    def _body(self, block: Block) -> Body:
        """Return what a block is made of."""
        names = Names()
        entries: list[tuple[tuple[str, ...], Any]] = []
        steps: list[Step] = []
        idle: set[str] = set()
        prefix = f"{block.path}." if block.path else ""
        tops: dict[str, str] = {}
        for unit in block.units:
            path = unit.block or self._path(unit.node)
            local = path.removeprefix(prefix)
            made = self._module(unit, self._inside_held(prefix))
            parts = tuple(local.split(".")) if made is not None else (local,)
            if made is not None:
                if not block.sequence:
                    top = tops.get(parts[0]) or tops.setdefault(parts[0], names.attribute(parts[0]))
                    parts = (top, *parts[1:])
                entries.append((parts, made))
            step = self._step(unit, parts, prefix, tops)
            if step is not None:
                steps.append(step)
            elif made is not None:
                idle.add(parts[0])
        if block.sequence:
            return Body(True, tuple((".".join(parts), made) for parts, made in entries), words=self._words(block))
        parts_of = contained(entries)
        given = self._given(block)
        shapes = {tensor: self.found.specs[tensor].shape for tensor in block.inputs}
        places = places_of(parts_of)
        steps = [placed(step, places) for step in steps]
        taken = frozenset({"self"})
        lines = forward(steps, block.inputs, given, block.outputs, shapes, taken)
        return Body(
            False, parts_of, tuple(lines), tuple(given), len(block.outputs), self._words(block), frozenset(idle)
        )

    def _words(self, block: Block) -> tuple[str, ...]:
        """Return what kinds of layers a block holds, in order, for its name."""
        kinds = []
        for unit in block.units:
            if unit.block:
                kinds.append("block")
            else:
                node = self.network.nodes[unit.node]
                kinds.append(type(node.layer).__name__)
                if type(node.layer).__name__ == "Conv":
                    kernel = node.layer.kernel_size  # type: ignore[attr-defined]  # a Conv
                    kinds[-1] = f"Conv{kernel}" if node.layer.groups == 1 else "Depthwise"  # type: ignore[attr-defined]  # as above
        return tuple(kinds)

    def _path(self, i: int) -> str:
        """Return where the module of a layer stands."""
        node = self.network.nodes[i]
        where = home(node, self.pieces[i].weighted)
        local = node.name.removeprefix(f"{where}.") if where else node.name
        if not self.pieces[i].weighted:
            local = local.replace(".", "_")
        return f"{where}.{local}" if where else local

    def _module(self, unit: Unit, inside_held: bool) -> Any:
        """Return what makes the module of a unit, or None if it has none of its own."""
        if unit.block:
            return None if unit.block in self.aliases else self.made[unit.block]
        node, piece = self.network.nodes[unit.node], self.pieces[unit.node]
        if piece.module is None or (node.weights_of and piece.weighted):
            return None
        if (
            piece.result is not None
            and not piece.weighted
            and not self._in_sequence(unit.node)
            and not _needs_me(piece)
        ):
            return None
        if unit.node in self.network.held and not (piece.weighted or inside_held):
            return None
        made = piece.module
        if piece.owned == "parameter":
            made = call("nn.Parameter", made, requires_grad=Opt(not node.frozen, True))
        if piece.owned == "buffer":
            made = call("self.register_buffer", node.name, made)
        if node.frozen and piece.weighted and not piece.owned:
            made = Call(Attribute(made, "requires_grad_"), (Arg(False),))
        return made

    def _in_sequence(self, i: int) -> bool:
        where = home(self.network.nodes[i], self.pieces[i].weighted)
        return where in self.blocks and self.blocks[where].sequence

    def _step(self, unit: Unit, parts: tuple[str, ...], prefix: str, tops: Mapping[str, str]) -> Step | None:
        """Return what a unit computes, None if nothing needs it."""
        if unit.block:
            block = self.blocks[unit.block]
            if all(i in self.network.held for i in self._nodes(unit.block)) and not self._inside_held(prefix):
                return None
            source = self.aliases.get(unit.block, unit.block)
            local = source.removeprefix(prefix).split(".")
            run = Call(Slot(-1), tuple(Arg(Slot(position)) for position in range(len(block.inputs))))
            me = (tops.get(local[0], local[0]), *local[1:])
            called = filled(run, lambda value: Reference(me) if value == ME else None)
            name = unit.block.removeprefix(prefix).replace(".", "_")
            return Step(name, called, tuple(block.inputs), tuple(block.outputs), True, block=True)
        node, piece = self.network.nodes[unit.node], self.pieces[unit.node]
        if unit.node in self.network.held and not self._inside_held(prefix):
            return None
        if node.weights_of and piece.weighted:
            local = self._path(self.network.index[node.weights_of]).removeprefix(prefix).split(".")
            parts = (tops.get(local[0], local[0]), *local[1:])
        me = Reference(parts)
        outputs = self.found.outputs[unit.node]
        assert outputs is not None  # there are no faults
        tensors = (node.name,) if len(outputs) == 1 else tuple(f"{node.name}.{port}" for port in range(len(outputs)))
        slots = tuple(Arg(Slot(position)) for position in range(len(node.inputs)))
        result: Any = Call(ME, slots) if piece.result is None else piece.result
        if piece.owned:
            result = ME
        result = filled(result, lambda value: me if value == ME else None)
        starts = piece.weighted and type(node.layer).__name__ not in _WRAPPING
        name = node.name.removeprefix(prefix).replace(".", "_")
        return Step(name, result, node.inputs, tensors, starts, piece.targets)

    def _inside_held(self, prefix: str) -> bool:
        path = prefix[:-1]
        return bool(path) and all(i in self.network.held for i in self._nodes(path))

    def _nodes(self, path: str) -> list[int]:
        found = []
        stack = [path]
        while stack:
            for unit in self.blocks[stack.pop()].units:
                if unit.block:
                    stack.append(unit.block)
                else:
                    found.append(unit.node)
        return found

    def _given(self, block: Block) -> list[str]:
        """Return what the tensors are called that a block takes."""
        if len(block.inputs) == 1:
            return ["x"]
        if block.path:
            return ["x", "skip"] if len(block.inputs) == 2 else [f"x{i}" for i in range(len(block.inputs))]
        names = Names()
        return [names.give(plain(name, "x")) for name in block.inputs]

    def _class(self, name: str, found: Pattern | None, body: Body) -> str:
        """Return the text of a class."""
        free, rows = self._arguments(found, body)
        words = [f"{n}: {kind}" + ("" if default is ... else f" = {code(default)}") for n, default, kind in rows]
        lines = [f"class {name}(nn.{'Sequential' if body.sequence else 'Module'}):"]
        if found is None:
            lines += [*docstring(self.found, tuple(free)), ""]
        if body.sequence or body.entries or words:
            lines += definition("__init__", ["self", *words], "None")
            lines += made_lines(body, found.locals if found else ())
        if not body.sequence:
            if body.entries or words:
                lines.append("")
            several = f"tuple[{', '.join(['Tensor'] * body.count)}]" if body.count != 1 else "Tensor"
            lines += definition("forward", ["self", *(f"{given}: Tensor" for given in body.given)], several)
            lines += body.lines
        return "\n".join(lines)

    def _arguments(self, found: Pattern | None, body: Body) -> tuple[dict[str, None], list[tuple[str, Any, str]]]:
        """Return the symbols that a whole network takes, and the arguments of a class: name, default, type."""
        free: dict[str, None] = {}
        if found is not None:
            return free, [(each.name, each.default, each.type) for each in found.parameters]
        for _, value in body.entries:
            _symbols(value, free)
        batch = self.network.batch
        if batch in free:
            why = f"the size {batch} is free, and weights follow it"
            self.refusals.append(Refusal(self.network.name, "network", why))
        rows = [(identifier(symbol), self.network.defaults.get(symbol, ...), "int") for symbol in free]
        return free, sorted(rows, key=lambda row: row[1] is not ...)

    def _joined(self) -> str:
        made = "\n\n\n".join(self.texts)
        named = [text.strip("\n") for text in self.helpers if f"{_DEFINED.findall(text)[0]}(" in made]
        body = "\n\n\n".join([*named, made])
        imports = []
        if "OrderedDict(" in body:
            imports.append("from collections import OrderedDict")
        if "Sequence[" in body:
            imports.append("from collections.abc import Sequence")
        if imports:
            imports.append("")
        if "torch." in body:
            imports.append("import torch")
        imports.append("from torch import Tensor, nn" if "Tensor" in body else "from torch import nn")
        if "F." in body:
            imports.append("from torch.nn import functional as F")
        first = docstring(self.found, None)
        return "\n".join([*first, "", *imports, "", "", body, ""])


_WRAPPING = ("BatchNorm", "LayerNorm", "GroupNorm", "InstanceNorm", "RMSNorm", "PReLU", "LayerScale", "GRN")
"""Layers with weights that stand around another one in a statement."""


def _needs_me(piece: Piece) -> bool:
    from cnnshape.formats.source.torch.blocks import _wraps

    return _wraps(piece)


def _symbols(value: Any, found: dict[str, None]) -> None:
    """Add the symbols of all sizes in an expression."""
    if isinstance(value, Dim):
        found.update(dict.fromkeys(symbols(value)))
    elif isinstance(value, tuple):
        for entry in value:
            _symbols(entry, found)
    else:
        for name in getattr(type(value), "__dataclass_fields__", ()):
            _symbols(getattr(value, name), found)
