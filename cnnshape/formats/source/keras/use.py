"""One layer of a network: its calls become lines of Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnshape.formats.source.blocks import Line
from cnnshape.formats.source.keras.sheet import Held, Lines
from cnnshape.formats.source.printer import written_name
from cnnshape.graph.network import Node
from cnnshape.layers.foreign import refuse
from cnnshape.layers.linear.spec import Linear
from cnnshape.layers.source_keras import Argument, Call, Item, Kept, Source
from cnnshape.symbolic import Dim, symbols

if TYPE_CHECKING:
    from cnnshape.layers.arrays import Array

__all__ = ["Use", "names_in"]


def names_in(value: Any) -> frozenset[str]:
    """Return the symbols in an argument."""
    if isinstance(value, (tuple, list)):
        return frozenset(name for each in value for name in names_in(each))
    return frozenset(symbols(value)) if isinstance(value, Dim) else frozenset()


class Use:
    """One layer: its calls become lines."""

    def __init__(self, sheet: Lines, node: Node, numbers: list[int], shared: bool) -> None:
        self.sheet, self.node, self.numbers, self.shared = sheet, node, numbers, shared
        self.flat: tuple[int, ...] | None = None
        self.made: dict[int, tuple[Call, tuple[int, ...]]] = {}
        self.scope = sheet.scope(node)

    def add(self, outputs: tuple[Source, ...]) -> list[int]:
        return [self._source(each) for each in outputs]

    def _source(self, what: Source) -> int:
        if isinstance(what, int):
            return self.numbers[what]
        call, port = (what.of, what.number) if isinstance(what, Item) else (what, 0)
        if id(call) not in self.made:
            self.made[id(call)] = call, self._line(call)
        return self.made[id(call)][1][port]

    def _line(self, call: Call) -> tuple[int, ...]:
        inputs = tuple(self._source(each) for each in call.inputs)
        targets = tuple(self.sheet.number() for _ in range(call.outputs))
        style = _style(call.function)
        node, name = self.node, ""
        arguments = call.arguments
        if any(self.sheet.batch in names_in(each.value) for each in arguments):
            refuse("a number that depends on how many images there are, which a model of Keras is not told")
        shared = bool(call.weights) and self.shared
        if node.frozen and call.weights:
            arguments = (*arguments, Argument("trainable", False))
        if style in ("layer", "helper") and not (shared and node.weights_of):
            name = self.sheet.name(f"{node.name}.{call.suffix}" if call.suffix else node.name)
        if call.weights and not (shared and node.weights_of):
            self.sheet.held.append(Held(written_name(name), node.name, self._turned(call.weights)))
        given = (inputs,) if call.together else inputs
        if not shared:
            self.sheet.lines.append(Line(call.function, targets, given, arguments, name, self.scope, style))
            return targets
        self._share(call, arguments, name, given, targets)
        return targets

    def _share(self, call: Call, arguments: Any, name: str, given: Any, targets: tuple[int, ...]) -> None:
        """Make a layer once, and call it at each of its uses."""
        owner = self.node.weights_of or self.node.name
        key = (
            owner,
            repr((call.function, [(each.word, each.value) for each in arguments if each.word != "trainable"])),
        )
        if not self.node.weights_of:
            self.sheet.objects[key] = made = self.sheet.number()
            line = Line(call.function, (made,), (), arguments, name, self.scope, "object")
            self.sheet.lines.append(line)
        elif key not in self.sheet.objects:
            refuse(f"the weights of {owner} in a layer of other arguments")
        self.sheet.lines.append(Line("", targets, (self.sheet.objects[key], *given), (), "", self.scope, "object"))

    def _turned(self, weights: tuple[Kept, ...]) -> tuple[Kept, ...]:
        """Return the weights of a linear layer for a vector that was flattened with the channels last."""
        flat = self.flat
        if not flat or not isinstance(self.node.layer, Linear):
            return weights
        first, *others = weights

        def turned(array: Array) -> Array:
            parted = array.reshape(len(array), *flat)
            return first.turn(parted.transpose(0, *range(2, parted.ndim), 1).reshape(len(array), -1))

        return (Kept(first.names, turned), *others)


def _style(function: str) -> str:
    if function.startswith("["):
        return "index"
    if function.startswith("ops."):
        return "op"
    return "layer" if function.startswith("layers.") or function[:1].isupper() else "helper"
