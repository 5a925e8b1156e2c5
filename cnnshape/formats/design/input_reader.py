"""The inputs of a design: shapes without the batch, and how they were understood."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple, NoReturn

from cnnshape.errors import ArgumentError
from cnnshape.formats.design.entry_faults import refused
from cnnshape.formats.design.tree import Fields, Items, Scalar, Tree, described, shown
from cnnshape.formats.design.values import as_design_error, size
from cnnshape.layers.io import Input
from cnnshape.layers.io.batch import volume_note, with_batch
from cnnshape.symbolic import Size

__all__ = ["InputEntry", "read_inputs"]

_KEYS = ("shape", "dtype", "batch", "scope")

_UNKNOWN = ("?", "None", "none")
"""What other programs print for a size that is free; taken for a symbol, all of them would be the same size."""


class InputEntry(NamedTuple):
    """An input of the network.

    Parameters
    ----------
    name, layer, scope : as in its node
    place : where it stands
    note : how its shape was read, if that can be mistaken
    """

    name: str
    layer: Input
    scope: str
    place: str
    note: str


def read_inputs(tree: Tree, parts: Mapping[str, tuple[Scalar, Tree]], file: str) -> tuple[InputEntry, ...]:
    """Return the inputs from the sections `input` or `inputs`.

    Raises
    ------
    DesignError
        CS110 no input, or both; CS115 a name that is none; CS122 a shape that is none; CS3xx a formula; CS401 a dtype.
    """
    return _Reader(file).inputs(tree, parts)


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file

    def refuse(self, tree: Tree, message: str, code: str = "CS110", **parts: Any) -> NoReturn:
        raise refused(self.file, tree, message, code, **parts)

    def inputs(self, tree: Tree, parts: Mapping[str, tuple[Scalar, Tree]]) -> tuple[InputEntry, ...]:
        if "input" in parts and "inputs" in parts:
            self.refuse(
                max(parts["input"][0], parts["inputs"][0], key=lambda key: (key.line, key.column)),
                "both input and inputs",
                rule="input: holds one shape, inputs: several by name",
                fix="inputs: {a: [3, H, W], b: [3, H, W]}",
            )
        if "input" in parts:
            key, value = parts["input"]
            if isinstance(value, Fields) and not any(row.text in _KEYS for row, _ in value.rows):
                self.refuse(
                    value,
                    "input is a mapping",
                    rule="input: holds one shape, inputs: several by name",
                    fix=f"inputs: {shown(value)}",
                )
            return (self.input("input", key, value),)
        if "inputs" not in parts:
            self.refuse(
                tree,
                "the design has no input",
                rule="a design says the shape of its input, without the batch",
                fix="input: [3, H, W]",
            )
        _, value = parts["inputs"]
        if not isinstance(value, Fields):
            self.refuse(
                value,
                f"inputs is {described(value)}",
                rule="inputs: holds shapes by name, input: one shape",
                fix=f"input: {shown(value)}",
            )
        return tuple(self.input(self.name(row), row, shape) for row, shape in value.rows)

    def name(self, key: Scalar) -> str:
        if key.text in ("previous", "last"):
            rule = "input, previous and last mean places in the design"
            self.refuse(
                key, f"the name {key.text!r} is reserved", "CS115", rule=rule, fix=f"inputs: {{{key.text}1: ...}}"
            )
        if not key.text.strip() or not key.text.isprintable():
            what = "a name with a character that does not show" if key.text.strip() else "a blank name"
            self.refuse(key, what, "CS115", rule="a name is a word", fix="inputs: {a: ...}")
        return key.text

    def input(self, name: str, key: Scalar, tree: Tree) -> InputEntry:
        """Read one input: a shape, or a mapping of shape and dtype."""
        given = self.given(name, tree) if isinstance(tree, Fields) else {"shape": tree}
        shape = self.shape(given["shape"], name)
        whole = "batch" in given and not self.flag(given["batch"])
        note = "" if whole else volume_note(shape)
        if note and name != "input":
            note = f"{name}: {note}"
        options = {"dtype": self.text(given["dtype"], "dtype")} if "dtype" in given else {}
        try:
            layer = Input(shape if whole else with_batch(shape), **options)
        except ArgumentError as error:
            where = given.get(error.fault.field, tree)
            raise as_design_error(error, f"{self.file}:{where.line}:{where.column}", node=name) from None
        scope = self.text(given["scope"], "scope") if "scope" in given else ""
        return InputEntry(name, layer, scope, f"{self.file}:{key.line}:{key.column}", note)

    def given(self, name: str, tree: Fields) -> dict[str, Tree]:
        for row, _ in tree.rows:
            if row.text not in _KEYS:
                near = get_close_matches(row.text, _KEYS, 1)
                self.refuse(
                    row,
                    f"the input {name} has no {row.text!r}",
                    "CS112",
                    rule="an input has a shape and a dtype",
                    fix=f"did you mean {near[0]}?" if near else f"{name}: {{shape: [T], dtype: int64}}",
                )
        given = {row.text: value for row, value in tree.rows}
        if "shape" not in given:
            self.refuse(tree, f"the input {name} has no shape", rule="an input has a shape", fix="shape: [3, H, W]")
        return given

    def flag(self, tree: Tree) -> bool:
        if not isinstance(tree, Scalar) or not isinstance(tree.value, bool):
            self.refuse(
                tree,
                f"batch is {described(tree)}",
                rule="batch: false says that the shape is whole: no batch is put in front",
                fix="batch: false",
            )
        return tree.value

    def text(self, tree: Tree, what: str) -> str:
        if not isinstance(tree, Scalar) or tree.value is None:
            self.refuse(tree, f"{what} is {described(tree)}", rule=f"{what} is a word", fix="dtype: float32")
        return tree.text

    def shape(self, tree: Tree, name: str) -> tuple[Size, ...]:
        if isinstance(tree, Items):
            return tuple(self.size(row, name) for row in tree.rows)
        sizes = "3, H, W"
        if isinstance(tree, Scalar) and len(found := re.findall(r"\w+", tree.text.replace("x", " "))) > 1:
            sizes = ", ".join(found)
        return self.refuse(
            tree,
            f"the shape of {name} is {described(tree)}",
            "CS122",
            rule="a shape is a list of sizes without the batch, channels first",
            fix=f"{name}: [{sizes}]",
        )

    def size(self, tree: Tree, name: str) -> Size:
        if isinstance(tree, Scalar) and re.fullmatch(r"\w+( +\w+)+", tree.text):
            self.refuse(
                tree,
                f"sizes of {name} without commas: {tree.text}",
                "CS122",
                rule="entries in brackets are separated by commas",
                fix=", ".join(tree.text.split()),
            )
        if isinstance(tree, Scalar) and isinstance(tree.value, str) and tree.text not in _UNKNOWN:
            return size(tree, None, self.file, f"the shape of {name}")
        value = tree.value if isinstance(tree, Scalar) else None
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            self.refuse(
                tree,
                f"a size of {name} is {described(tree)}",
                "CS122",
                rule="a size is a whole number of at least 1, a symbol, or a formula",
                fix="write a symbol such as H where the size is free",
            )
        return value
