"""The sections of a design file: version, name, symbols, inputs, definitions, layers, outputs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple, NoReturn

from cnnshape.errors import FormulaError
from cnnshape.formats.design.entries import BESIDE, RESERVED, Body, Definition
from cnnshape.formats.design.entry_faults import class_of, refused, shown_pair
from cnnshape.formats.design.entry_reader import EntryReader
from cnnshape.formats.design.expand_faults import MOST_USES, too_many
from cnnshape.formats.design.input_reader import InputEntry, read_inputs
from cnnshape.formats.design.recursion import least_uses, refuse_recursion
from cnnshape.formats.design.tree import Fields, Items, Scalar, Tree, described, shown
from cnnshape.layers.io.unknown import UNTOLD
from cnnshape.symbolic import Dim, Size, parse, symbols, text
from cnnshape.symbolic.names import is_fresh, restored

__all__ = ["SECTIONS", "VERSION", "Design", "read_design"]

_MEANT: Mapping[str, tuple[str]] = {
    "output": ("outputs",),
    **dict.fromkeys(("batch", "input_shape", "shape", "input_size", "image"), ("input",)),
    **dict.fromkeys(("net", "network", "model", "backbone", "architecture", "sequential"), ("layers",)),
    **dict.fromkeys(("blocks", "definitions", "defs", "functions", "modules"), ("define",)),
    **dict.fromkeys(("title", "id"), ("name",)),
    **dict.fromkeys(("sizes", "variables", "constants", "args"), ("symbols",)),
    "version": ("cnnshape",),
}
"""What other words for a section mean."""

VERSION = 1
SECTIONS = ("cnnshape", "name", "symbols", "input", "inputs", "define", "layers", "outputs")


class Design(NamedTuple):
    """A design file, read and not yet expanded.

    Parameters
    ----------
    file : name of the file, for places
    name : the network's name, or None
    defaults : symbol -> its default
    symbols : every symbol that formulas may use
    inputs : in the file's order
    definitions : by name
    body : the layers
    outputs : name -> the scalar that names its tensor; a name of "" is the tensor's own
    tree : the whole, for places
    """

    file: str
    name: str | None
    defaults: Mapping[str, int]
    symbols: Mapping[str, Size]
    inputs: tuple[InputEntry, ...]
    definitions: Mapping[str, Definition]
    body: Body
    outputs: tuple[tuple[str, Scalar], ...]
    tree: Fields


def read_design(tree: Tree, file: str) -> Design:
    """Return what a tree says as a design.

    Raises
    ------
    DesignError
        CS110 to CS126, CS3xx, CS4xx: the file is no design, or an entry is malformed.
    """
    return _Reader(file).design(tree)


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file

    def refuse(self, tree: Tree, message: str, code: str = "CS110", **parts: Any) -> NoReturn:
        raise refused(self.file, tree, message, code, **parts)

    def design(self, tree: Tree) -> Design:
        if not isinstance(tree, Fields):
            fix = (
                f"input: [3, H, W]\nlayers: {shown(tree)}"
                if isinstance(tree, Items)
                else "input: [3, H, W]\nlayers: ..."
            )
            self.refuse(
                tree, f"the file holds {described(tree)}", rule="a design is a mapping: input, layers, ...", fix=fix
            )
        parts = {key.text: (key, value) for key, value in tree.rows}
        for key, _ in tree.rows:
            if key.text not in SECTIONS and key.text != "$schema":
                self.unknown(key)
        self.version(parts)
        if "layers" not in parts:
            self.refuse(tree, "the design has no layers", rule="a design has an input and layers", fix="layers: [relu]")
        name = self.word(parts["name"][1], "name") if "name" in parts else None
        defaults, declared = self.symbols(parts["symbols"][1]) if "symbols" in parts else ({}, {})
        inputs = read_inputs(tree, parts, self.file)
        for entry in inputs:
            for size_ in entry.layer.shape:
                declared.update((found, parse(found)) for found in symbols(size_) if found not in declared)
        declared.setdefault("N", parse("N"))  # the batch, which inputs leave out
        parameters = self.parameters(parts["define"][1]) if "define" in parts else {}
        reader = EntryReader(self.file, {word.text: found for word, found in parameters.items()})
        definitions = {}
        calls = {}
        for word, value in parts["define"][1].rows if "define" in parts else ():  # type: ignore[union-attr,misc]  # checked
            definitions[word.text] = reader.definition(word, value)
            calls[word.text], reader.calls = reader.calls, []
        order = refuse_recursion(calls, self.file)
        body = reader.body(parts["layers"][1], "the layers")
        uses: dict[str, int] = {}
        for called in order:
            uses[called] = least_uses(definitions[called].body.uses, uses)
        total = 0
        for use in body.uses:
            total += least_uses((use,), uses)
            if total > MOST_USES:
                raise too_many(self.file, use.tree if use.repeat is None else use.repeat)
        outputs = self.outputs(parts["outputs"][1]) if "outputs" in parts else (("", Scalar("last", "last", 1, 1)),)
        if not body.uses and not (inputs and "outputs" in parts):
            self.refuse(
                parts["layers"][1], "the list of layers is empty", rule="a design has layers", fix="layers: [relu]"
            )
        return Design(self.file, name, defaults, declared, inputs, definitions, body, outputs, tree)

    def unknown(self, key: Scalar) -> NoReturn:
        near = _MEANT.get(key.text.lower()) or get_close_matches(key.text, SECTIONS, 1, 0.7)
        fix = f"did you mean {near[0]}?" if near else f"leave {key.text} out"
        if not near and (key.text in BESIDE or class_of(key)):
            fix = f"put it into the list of layers: layers: [{{{key.text}: ...}}]"
        self.refuse(
            key,
            f"a design has no section {key.text!r}",
            code="CS112",
            got=key.text,
            rule=f"the sections are {', '.join(SECTIONS)}",
            fix=fix,
        )

    def version(self, parts: Mapping[str, tuple[Scalar, Tree]]) -> None:
        _, value = parts.get("cnnshape", (None, None))
        if value is None or (isinstance(value, Scalar) and value.value == VERSION and value.value is not True):
            return
        newer = isinstance(value, Scalar) and isinstance(value.value, int) and value.value > VERSION
        self.refuse(
            value,
            f"the version of the format is {shown(value)}",
            code="CS125",
            rule=f"this cnnshape reads version {VERSION}",
            fix="install a newer cnnshape: pip install -U cnnshape" if newer else f"cnnshape: {VERSION}",
        )

    def word(self, tree: Tree, what: str) -> str:
        if not isinstance(tree, Scalar) or tree.value is None or not tree.text.isprintable():
            self.refuse(tree, f"the {what} is {described(tree)}", rule=f"the {what} is a text", fix=f"{what}: Net")
        return tree.text

    def symbols(self, tree: Tree) -> tuple[dict[str, int], dict[str, Size]]:
        """Return the defaults, and every declared symbol."""
        if isinstance(tree, Scalar) and tree.value is None:
            return {}, {}
        if not isinstance(tree, Fields):
            rows = tree.rows if isinstance(tree, Items) else (tree,)
            names = ", ".join(f"{shown(row)}: " for row in rows)
            self.refuse(
                tree,
                f"the symbols are {described(tree)}",
                rule="symbols are a mapping from names to sizes; a name without a value stays free",
                fix=f"symbols: {{{names}}}",
            )
        defaults: dict[str, int] = {}
        declared: dict[str, Size] = {}
        for key, value in tree.rows:
            declared[key.text] = self.symbol(key)
            given = value.value if isinstance(value, Scalar) else value
            if given is None:
                continue
            if is_fresh(key.text):
                self.refuse(
                    value,
                    f"{key.text} has a default",
                    rule="a size with a # is one that only a run would tell",
                    fix=f"symbols: {{{key.text}: }}",
                )
            if isinstance(given, bool) or not isinstance(given, int) or given < 1:
                self.refuse(
                    value,
                    f"the default of {key.text} is {described(value)}",
                    rule="a default is a whole number of at least 1; a name without a value stays free",
                    fix=f"symbols: {{{key.text}: 224}}, or {{{key.text}: }}",
                )
            defaults[key.text] = given
        return defaults, declared

    def symbol(self, key: Scalar) -> Size:
        """Return the symbol of a name; one with a number behind a # is a size that only a run would tell."""
        if re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*#[1-9]\d{0,8}", key.text):
            return restored(key.text, UNTOLD)
        try:
            found = parse(key.text)
            if isinstance(found, Dim) and text(found) == key.text and symbols(found) == {key.text}:
                return found
        except FormulaError:
            pass
        return self.refuse(
            key,
            f"{key.text!r} cannot be a symbol",
            rule="a symbol is made of letters, digits and _, and is none of floor, ceil, min, max, and, or, in, any",
            fix="symbols: {H: 224}",
        )

    def parameters(self, tree: Tree) -> dict[Scalar, dict[str, Tree | None]]:
        """Return the arguments of every definition with their defaults."""
        if not isinstance(tree, Fields):
            self.refuse(
                tree,
                f"define is {described(tree)}",
                rule="define: holds lists of layers by name",
                fix=f"define: {{{', '.join(map(_argument, tree.rows))}}}"
                if isinstance(tree, Items) and all(isinstance(row, Fields) for row in tree.rows)
                else "define: {cb: {args: {out: }, layers: [...]}}",
            )
        return {word: self.parameters_of(word, value) for word, value in tree.rows}

    def parameters_of(self, word: Scalar, tree: Tree) -> dict[str, Tree | None]:
        cls = class_of(word)
        if cls or word.text in (*BESIDE, *RESERVED, "block"):
            self.refuse(
                word,
                f"{word.text!r} is {f'a name of the layer {cls.__name__}' if cls else 'a word of the format'}",
                code="CS115",
                rule="a definition has a name of its own",
                fix=f"my_{word.text}: ...",
            )
        if isinstance(tree, Items):
            return {}
        if not isinstance(tree, Fields):
            self.refuse(
                tree,
                f"the definition {word.text} is {described(tree)}",
                rule="a definition is a list of layers, or a mapping of args and layers",
                fix=f"{word.text}: [{shown(tree)}]",
            )
        keys = {key.text: value for key, value in tree.rows}
        stray = [(key, value) for key, value in tree.rows if key.text not in ("args", "layers")]
        if stray:
            self.refuse(
                stray[0][0],
                f"the definition {word.text} has no {stray[0][0].text!r}",
                code="CS112",
                rule="a definition has args and layers",
                fix=f"{word.text}: {{args: {{{', '.join(shown_pair(*row) for row in stray)}}}, layers: [...]}}",
            )
        if "layers" not in keys:
            self.refuse(
                tree,
                f"the definition {word.text} has no layers",
                code="CS112",
                rule="a definition has args and layers",
                fix=f"{word.text}: {{args: {{out: }}, layers: [...]}}",
            )
        args = keys.get("args")
        if args is None or (isinstance(args, Scalar) and args.value is None):
            return {}
        if not isinstance(args, Fields):
            rows = args.rows if isinstance(args, Items) else (args,)
            self.refuse(
                args,
                f"the args of {word.text} are {described(args)}",
                rule="args are a mapping from names to defaults; a name without a value must be given",
                fix=f"args: {{{', '.join(_argument(row) for row in rows)}}}",
            )
        for key, _ in args.rows:
            if not key.text.isidentifier() or key.text in RESERVED:
                self.refuse(key, f"an argument named {key.text!r}", code="CS115", rule="a name is a word", fix="out: ")
        return {k.text: None if isinstance(v, Scalar) and v.value is None else v for k, v in args.rows}

    def outputs(self, tree: Tree) -> tuple[tuple[str, Scalar], ...]:
        if isinstance(tree, Scalar) and tree.value is not None:
            return (("", tree),)
        rows: list[tuple[str, Tree]] = []
        if isinstance(tree, Items):
            rows = [("", row) for row in tree.rows]
        elif isinstance(tree, Fields):
            rows = [(key.text, row) for key, row in tree.rows]
        if not rows or any(not isinstance(row, Scalar) or row.value is None for _, row in rows):
            self.refuse(
                tree,
                f"the outputs are {described(tree) if not rows else shown(tree)}",
                rule="outputs are a list of tensors, or a mapping from names to tensors",
                fix="outputs: [last]",
            )
        return tuple((name, row) for name, row in rows if isinstance(row, Scalar))


def _argument(tree: Tree) -> str:
    """Return an argument of a definition as it is declared: ``w: ``, or ``k: 3`` of a list of pairs."""
    if isinstance(tree, Fields) and tree.rows:
        return ", ".join(shown_pair(*row) for row in tree.rows)
    name, _, default = shown(tree).partition("=")
    return f"{name.strip()}: {default.strip()}"
