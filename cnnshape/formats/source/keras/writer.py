"""A network -> source code of Keras 3, as one writes it by hand: a function that builds a functional model.

Channels stand behind space, as is Keras's default; a block that occurs several times is a function with arguments.
No text of a model becomes code: names are reduced to letters, digits and ``_ . -``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from keyword import iskeyword
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnshape.errors import DesignError
from cnnshape.formats.reading.records import Refusal
from cnnshape.formats.source.blocks import Function, factored
from cnnshape.formats.source.keras.helpers import HELPERS
from cnnshape.formats.source.keras.lines import lines_of
from cnnshape.formats.source.keras.sheet import Lines, weights_in
from cnnshape.formats.source.printer import Printer, quoted
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import Propagation, propagate
from cnnshape.layers.source_keras import REQUIRED
from cnnshape.symbolic import Dim, Size, symbols
from cnnshape.symbolic.numpy_source import identifier, numpy_source

if TYPE_CHECKING:
    from cnnshape.layers.arrays import Array

__all__ = ["function_name", "weights", "write"]

_NO_SIZES: Mapping[str, int] = MappingProxyType({})
_MOST_LINES = 20
_RESERVED = ("i", "keras", "layers", "ops", "name", *HELPERS)


def write(network: Network, sizes: Mapping[str, int] = _NO_SIZES) -> str:
    """Return the text of a module with a function that builds the network as a `keras.Model`.

    Parameters
    ----------
    network : Network
    sizes : symbol -> int; the others are arguments of the function, which may be None where no layer needs them

    Raises
    ------
    ShapeError, ArgumentError
        The first fault of the network, if it has any.
    DesignError
        CS130, layers that Keras does not have, all of them by name.

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> x = Input("image", (3, "H", "W"))
    >>> net = Network("tiny", inputs=x, outputs=L.Conv(8, kernel_size=3, padding=1, stride=2)(x))
    >>> print(write(net).partition("from keras import layers")[2].strip())
    def tiny(H: int | None = None, W: int | None = None) -> keras.Model:
        image = keras.Input((H, W, 3), name="image")
        x = layers.ZeroPadding2D(1, name="conv1_pad")(image)
        x = layers.Conv2D(8, 3, strides=2, name="conv1")(x)
        return keras.Model(image, x, name="tiny")
    """
    found, made = _made(network, sizes)
    return _Module(found, made).text()


def weights(
    network: Network, arrays: Mapping[str, Array], sizes: Mapping[str, int] = _NO_SIZES
) -> dict[str, list[Array]]:
    """Return weights by the names of the layers in the written model, each as `keras.Layer.set_weights` takes them.

    Parameters
    ----------
    network, sizes : as for `write`; the sizes must be known that weights of a layer behind a flattened map depend on
    arrays : name of each weight -> array, as `runtime.weights` makes them
    """
    _, made = _made(network, sizes)
    return weights_in(made, arrays)


def function_name(network: Network) -> str:
    """Return the name of the function that `write` makes.

    Examples
    --------
    >>> from cnnshape import zoo
    >>> function_name(zoo("lenet5"))
    'lenet5'
    """
    words = re.sub(r"[^0-9A-Za-z]+", "_", network.name).strip("_").lower()
    words = words if words[:1].isalpha() else f"network_{words}".strip("_")
    return f"{words}_" if iskeyword(words) or words in _RESERVED else words


def _made(network: Network, sizes: Mapping[str, int]) -> tuple[Propagation, Lines]:
    found = propagate(network, sizes)
    if found.faults:
        raise found.faults[0][1]
    made = lines_of(found)
    if made.refusals:
        raise _unwritten(found.network, made.refusals)
    return found, made


class _Module:
    """The text of a module."""

    def __init__(self, found: Propagation, made: Lines) -> None:
        self.found, self.made, self.network = found, made, found.network
        self.name = function_name(self.network)
        self.symbols = [name for name in self.network.symbols if name != self.network.batch]
        self.words = {name: identifier(name) for name in self.symbols}
        self.needed: set[str] = set()

    def text(self) -> str:
        outputs = [number for _, number in self.made.outputs]
        taken = (*_RESERVED, self.name, "x", *self.words.values())
        lines, functions = factored(self.made.lines, outputs, taken, -2)
        reserved = (*taken, *(each.name for each in functions))
        names = tuple(each for each in reserved if each != "x")
        bodies = [self._function(each, names) for each in functions]
        main = self._main(lines, outputs, names)
        used = {line.function for line in self.made.lines} & HELPERS.keys()
        helpers = [HELPERS[name].strip("\n").split("\n") for name in HELPERS if name in used]
        parts = ["\n".join(part) for part in (*helpers, *bodies, main)]
        head = f'"""The network {self.name} in Keras 3, channels last."""\n\nimport keras\n'
        imported = [word for word in ("layers", "ops") if any(re.search(rf"\b{word}\.", part) for part in parts)]
        return (
            "\n\n\n".join([head + (f"from keras import {', '.join(imported)}" if imported else ""), *parts]).replace(
                "keras\n\n\n\n", "keras\n\n\n"
            )
            + "\n"
        )

    def _formula(self, size: Dim) -> str:
        names = symbols(size)
        self.needed.update(names)
        return numpy_source(size, self.words).replace("np.maximum", "max").replace("np.minimum", "min")

    def _function(self, function: Function, names: Sequence[str]) -> list[str]:
        printer = Printer(names, self._formula, prefixed=True)
        single = len(function.inputs) == 1
        inputs = {number: "x" if single else f"x{k}" for k, number in enumerate(function.inputs, start=1)}
        if single and _read_later(function):
            inputs = {function.inputs[0]: "inputs"}
        printer.reserved.update(each.word for each in function.words)
        body, given = printer.body(function.lines, inputs, function.outputs)
        words = [
            each.word if each.default is REQUIRED else f"{each.word}={printer.value(each.default)}"
            for each in function.words
        ]
        apart = ["*"] if any("=" in word for word in words) else []
        head = ", ".join([*inputs.values(), *words, *apart, "name"])
        ending = f"{', '.join(given)} = "
        if body[-1].startswith(ending):
            body[-1] = f"return {body[-1].removeprefix(ending)}"
        else:
            body.append(f"return {', '.join(given)}")
        return [f"def {function.name}({head}):", *_indented(body)]

    def _main(self, lines: Sequence[Any], outputs: Sequence[int], names: Sequence[str]) -> list[str]:
        printer = Printer(names, self._formula, prefixed=False)
        statements: list[str] = []
        inputs: dict[int, str] = {}
        for name, number, node in self.made.inputs:
            word = re.sub(r"\W", "_", name).lower()
            word = f"{word}s" if word == "input" else word
            word = f"x_{word}" if not word.isidentifier() or iskeyword(word) else word
            while word in inputs.values() or word in printer.reserved or word == "x":
                word += "_"
            inputs[number] = word
            statements.append(f"{word} = keras.Input({self._shape(printer, node)}, name={quoted(name)})")
        body, given = printer.body(lines, inputs, outputs)
        taken = [*inputs.values()]
        takes = taken[0] if len(taken) == 1 else f"[{', '.join(taken)}]"
        gives = given[0] if len(given) == 1 else self._several(given)
        last = f"return keras.Model({takes}, {gives}, name={quoted(self.name)})"
        head = f"def {self.name}({', '.join(map(self._symbol, self.symbols))}) -> keras.Model:"
        if len(head) > 88:
            head = "\n".join(
                [f"def {self.name}(", *(f"    {self._symbol(name)}," for name in self.symbols), ") -> keras.Model:"]
            )
        return [head, *_indented([*statements, *body, last])]

    def _several(self, given: Sequence[str]) -> str:
        return (
            "{"
            + ", ".join(f"{quoted(name)}: {word}" for (name, _), word in zip(self.made.outputs, given, strict=True))
            + "}"
        )

    def _shape(self, printer: Printer, node: Any) -> str:
        spec = self.found.specs[node.name]
        order = self.made.orders[node.name]
        shape = [spec.shape[axis] for axis in order]
        plain = [
            self.words[str(size)] if str(size) in self.words and _is_symbol(size) else printer.value(size)
            for size in shape[1:]
        ]
        inner = f"({', '.join(plain)}{',' if len(plain) == 1 else ''})"
        if isinstance(shape[0], int):
            inner += f", batch_size={shape[0]}"
        return inner + (f", dtype={quoted(spec.dtype)}" if spec.dtype != "float32" else "")

    def _symbol(self, name: str) -> str:
        default = self.network.defaults.get(name)
        sort = "int" if name in self.needed else "int | None"
        if name in self.needed and default is None:
            return f"{self.words[name]}: int"
        return f"{self.words[name]}: {sort} = {default}"


def _is_symbol(size: Size) -> bool:
    return isinstance(size, Dim) and set(symbols(size)) == {str(size)}


def _read_later(function: Function) -> bool:
    """Say whether the input is read by more than the first line."""
    (tensor,) = function.inputs
    readers = [
        line
        for line in function.lines
        if tensor in line.inputs or any(tensor in each for each in line.inputs if isinstance(each, tuple))
    ]
    return len(readers) > 1 or readers[:1] != [function.lines[0]]


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for text in lines for line in text.split("\n")]


def _unwritten(network: Network, refusals: list[Refusal]) -> DesignError:
    lines = [f"{each.path}: {each.operator}: {each.why}" for each in refusals]
    many = f"{len(lines)} layers cannot" if len(lines) > 1 else "a layer cannot"
    more = [f"{len(lines) - _MOST_LINES} more"] if len(lines) > _MOST_LINES else []
    free = any(" is free, " in line for line in lines)
    return DesignError(
        f"{many} be written in Keras: {lines[0]}",
        code="CS130",
        place=network.name,
        given="\n".join([*lines[1:_MOST_LINES], *more]),
        rule="a network is written if Keras has each of its layers, or operations that give the same",
        fix=f"sizes={{{', '.join(f'{name!r}: ...' for name in network.symbols)}}}"
        if free
        else "write an ONNX model, or a design",
        got=tuple(refusals),
    )
