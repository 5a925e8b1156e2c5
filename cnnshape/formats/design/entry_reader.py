"""From a tree to entries: which word is the layer, what stands beside it, what belongs inside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, NoReturn

from cnnshape.errors import DesignError
from cnnshape.formats.design.entries import (
    BESIDE,
    RESERVED,
    Argument,
    Body,
    Call,
    Definition,
    LayerCall,
    Source,
    Use,
    WordCall,
)
from cnnshape.formats.design.entry_faults import (
    class_of,
    no_bare_form,
    not_a_list,
    positional,
    refused,
    shown_pair,
    takes_many,
    too_many_words,
    unknown_argument,
    unknown_layer,
    unknown_parameter,
)
from cnnshape.formats.design.spellings import field_names, is_keras, spelled
from cnnshape.formats.design.tree import Fields, Items, Scalar, Tree, described, shown
from cnnshape.layers import catalog
from cnnshape.layers.base import Entry as CatalogEntry
from cnnshape.layers.base import Layer

__all__ = ["EntryReader", "bare_field"]


_SINGLE = frozenset(("Count", "Natural", "Integer", "Number", "Flag", "Word"))
"""Kinds of arguments that are never a list."""


def bare_field(cls: type[Layer]) -> str | None:
    """Return the argument that one bare value stands for: the positional one, if it is all that the layer needs."""
    known = fields(cls)  # type: ignore[arg-type]  # a dataclass
    first = next((f.name for f in known if not f.kw_only), None)
    needed = [f.name for f in known if f.default is MISSING and f.default_factory is MISSING]
    return first if not set(needed) - {first} else None


class EntryReader:
    """Reads lists of layers.

    Parameters
    ----------
    file : its name, for places
    parameters : the arguments of every definition, by its name
    """

    def __init__(self, file: str, parameters: Mapping[str, Mapping[str, Tree | None]]) -> None:
        self.file = file
        self.parameters = parameters
        self.arguments: Mapping[str, Tree | None] = {}
        self.calls: list[tuple[str, Scalar]] = []

    def refuse(self, tree: Tree, message: str, code: str = "CS110", **parts: Any) -> NoReturn:
        raise refused(self.file, tree, message, code, **parts)

    def definition(self, word: Scalar, tree: Tree) -> Definition:
        """Read the layers of a definition; its arguments are in sight."""
        self.arguments = self.parameters[word.text]
        layers = tree if isinstance(tree, Items) else {k.text: v for k, v in tree.rows}["layers"]  # type: ignore[union-attr]  # checked with the arguments
        body = self.body(layers, f"the layers of {word.text}")
        definition = Definition(word.text, self.arguments, body, word)
        self.arguments = {}
        return definition

    def body(self, tree: Tree, what: str) -> Body:
        """Read a list of layers."""
        if not isinstance(tree, Items):
            raise not_a_list(self.file, tree, what, self.parameters)
        uses = tuple(self.use(row) for row in tree.rows)
        names = frozenset(use.name for use in uses if use.name).union(
            *(source.names for use in uses for source in use.inputs or () if isinstance(source, Body))
        )
        return Body(uses, names, tree)

    def use(self, tree: Tree) -> Use:
        """Read one entry."""
        if isinstance(tree, Items):
            if tree.rows and isinstance(tree.rows[0], Scalar) and class_of(tree.rows[0]):
                word, rest = tree.rows[0], tree._replace(rows=tree.rows[1:])
                plain = rest.rows and not any(isinstance(row, Scalar) and class_of(row) for row in rest.rows)
                if plain and (found := positional(self.file, word, rest)):
                    raise found
            self.refuse(
                tree,
                "a list where a layer is expected",
                rule="a list inside a join is a branch; a group of layers in a row is a block",
                fix=f"{{block: {shown(tree)}}}, or concat: [{shown(tree)}, ...]",
            )
        if isinstance(tree, Scalar):
            return Use(self.bare(tree), tree)
        beside: dict[str, Tree] = {key.text: value for key, value in tree.rows if key.text in BESIDE}
        others = [(key, value) for key, value in tree.rows if key.text not in BESIDE]
        share = self.word(beside.get("share"), "share", "the name of a layer or block")
        if len(others) > 1:
            raise too_many_words(self.file, tree.rows, self.parameters)
        if not others and share is None:
            self.refuse(
                tree,
                "this entry has no layer",
                rule="an entry is a layer, and what stands beside it",
                fix=f"{{{', '.join(shown_pair(key, value) for key, value in tree.rows)}, relu: }}"
                if beside
                else "- relu",
            )
        what, inputs = self.called(*others[0]) if others else (None, None)
        if isinstance(what, (Body, Call)) and share is not None:
            self.refuse(
                share,
                f"share stands beside {others[0][0].text}",
                code="CS121",
                rule="a shared block repeats the other block's layers; only a layer may state its own arguments",
                fix=f"{{share: {share.text}}}",
            )
        if what is None and "frozen" in beside:
            self.refuse(
                beside["frozen"],
                "frozen stands beside share",
                code="CS121",
                rule="shared weights are frozen where they are owned",
                fix=f"write frozen beside {share.text if share else ''}",
            )
        if "inputs" in beside:
            if inputs is not None:
                self.refuse(
                    beside["inputs"],
                    "the inputs are given twice: as a list after the layer, and as inputs:",
                    rule="inputs stand in one place",
                    fix="keep one of the two",
                )
            inputs = self.sources(beside["inputs"])
        return Use(
            what,
            tree,
            self.stated_name(beside.get("name")),
            inputs,
            beside.get("repeat"),
            beside.get("frozen"),
            share,
            None if "scope" not in beside else self.text(beside["scope"], "scope", "the dotted name of a block").text,
        )

    def text(self, tree: Tree, key: str, wanted: str) -> Scalar:
        if not isinstance(tree, Scalar) or tree.value is None:
            self.refuse(tree, f"{key} is {described(tree)}", rule=f"{key} is {wanted}", fix=f"{key}: a")
        return tree

    def word(self, tree: Tree | None, key: str, wanted: str) -> Scalar | None:
        return None if tree is None else self.text(tree, key, wanted)

    def stated_name(self, tree: Tree | None) -> str:
        if tree is None:
            return ""
        text = self.text(tree, "name", "a word").text
        if text in RESERVED:
            self.refuse(
                tree,
                f"the name {text!r} is reserved",
                code="CS115",
                rule=f"{', '.join(RESERVED)} mean places in the design",
                fix=f"name: {text}1",
            )
        if not text.strip() or not text.isprintable():
            what = "a name with a character that does not show" if text.strip() else "a blank name"
            self.refuse(tree, what, code="CS115", rule="a name is a word", fix="name: a")
        return text

    def bare(self, tree: Scalar) -> LayerCall | Call | WordCall:
        """Read an entry that is one word."""
        if not isinstance(tree.value, str):
            self.refuse(
                tree,
                f"{described(tree)} where a layer is expected",
                rule="an entry is a layer",
                fix="write - relu, or delete the entry",
            )
        if tree.text in self.arguments:
            return WordCall(tree)
        if tree.text in BESIDE or tree.text in RESERVED or tree.text == "block":
            self.refuse(tree, f"{tree.text!r} is no layer", code="CS111", rule="an entry is a layer", fix="- relu")
        what, _ = self.called(tree, Scalar(None, "", tree.line, tree.column))
        assert isinstance(what, (LayerCall, Call))
        return what

    def called(self, word: Scalar, value: Tree) -> tuple[LayerCall | Call | Body, tuple[Source, ...] | None]:
        """Read a layer, a definition or a block with what follows its colon."""
        if word.text == "block":
            return self.body(value, "the layers of a block"), None
        if word.text in self.parameters:
            self.calls.append((word.text, word))
            return Call(word.text, self.given(word, value), word), None
        entry, rank = self.found(word, value)
        if entry.name == "input":
            self.refuse(
                word, "an input among the layers", rule="inputs stand at the top", fix=f"inputs: {{a: {shown(value)}}}"
            )
        return self.layer(word, value, entry, rank)

    def found(self, word: Scalar, value: Tree) -> tuple[CatalogEntry, int | None]:
        """Return the layer that a word names, or raise the error that knows the definitions too."""
        try:
            return catalog.find(word.text)
        except DesignError as error:
            raise unknown_layer(self.file, error, word, value, self.parameters, self.arguments) from None

    def layer(
        self, word: Scalar, value: Tree, entry: CatalogEntry, rank: int | None
    ) -> tuple[LayerCall, tuple[Source, ...] | None]:
        cls = entry.layer
        keras = is_keras(cls, word.text, [])
        if isinstance(value, Scalar) and value.value is None:
            return LayerCall(entry, rank, (), keras, word), None
        if isinstance(value, Fields):
            return self.mapped(word, value, entry, rank), None
        bare = bare_field(cls)
        if isinstance(value, Items) and takes_many(cls) and not (bare and _all_numbers(value)):
            return LayerCall(entry, rank, (), keras, word), self.sources(value)
        if bare is None:
            raise no_bare_form(self.file, word, value, cls)
        if isinstance(value, Items) and field_names(cls)[bare].partition(" ")[0] in _SINGLE:
            raise positional(self.file, word, value) or no_bare_form(self.file, word, value, cls)
        return LayerCall(entry, rank, (Argument(bare, bare, value),), keras, word), None

    def mapped(self, word: Scalar, value: Fields, entry: CatalogEntry, rank: int | None) -> LayerCall:
        """Read a layer's mapping of arguments."""
        cls = entry.layer
        found: dict[str, Argument] = {}
        for key, tree in value.rows:
            field = spelled(cls, key.text, word.text)
            if field is None:
                raise unknown_argument(self.file, key, word, cls, tree, value.rows)
            if field in found:
                self.refuse(
                    key,
                    f"{field} is given twice: as {found[field].written} and as {key.text}",
                    code="CS108",
                    rule="an argument is given once",
                    fix="keep one of the two",
                )
            found[field] = Argument(field, key.text, tree)
        keras = is_keras(cls, word.text, [key.text for key, _ in value.rows])
        return LayerCall(entry, rank, tuple(found.values()), keras, word)

    def given(self, word: Scalar, value: Tree) -> Mapping[str, Tree]:
        """Read the arguments given to a definition: a mapping, or a bare value for the first."""
        known = self.parameters[word.text]
        if isinstance(value, Scalar) and value.value is None:
            return {}
        if isinstance(value, Fields):
            for key, _ in value.rows:
                if key.text not in known:
                    raise unknown_parameter(self.file, key, word, known)
            return {key.text: tree for key, tree in value.rows}
        if not known:
            raise unknown_parameter(self.file, value, word, known)
        return {next(iter(known)): value}

    def sources(self, tree: Tree) -> tuple[Source, ...]:
        """Read a list of inputs: names and branches."""
        if isinstance(tree, Scalar) and tree.value is not None:
            return (tree,)
        if not isinstance(tree, Items):
            self.refuse(
                tree,
                f"the inputs are {described(tree)}",
                rule="inputs are a list of names and branches; a branch is a list of layers",
                fix=f"[previous, [{shown(tree)}]]" if isinstance(tree, Fields) else "inputs: [previous]",
            )
        return tuple(self.source(row) for row in tree.rows)

    def source(self, tree: Tree) -> Source:
        if isinstance(tree, Items):
            return self.body(tree, "a branch")
        if isinstance(tree, Fields):
            self.refuse(
                tree,
                "a layer where an input is expected",
                rule="an input is a name, or a branch: a list of layers",
                fix=f"put it into a list: [{shown(tree)}]",
            )
        if tree.value is None:
            self.refuse(tree, "an empty input", rule="an input is a name, or a list of layers", fix="previous")
        return tree


def _all_numbers(tree: Items) -> bool:
    return all(isinstance(row, Scalar) and isinstance(row.value, (int, float)) for row in tree.rows)
