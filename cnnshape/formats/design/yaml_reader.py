"""YAML 1.2 to a tree with places. ruamel.yaml splits the text; what a scalar means is decided here.

Nothing is built but lists, mappings and scalars: tags are refused, aliases are counted, nesting is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NoReturn

from cnnshape.errors import ReadError
from cnnshape.formats.design.tree import DEEPEST, Fields, Items, Scalar, Tree, plain_value, whole_characters
from cnnshape.formats.design.yaml_faults import eaten, unclosed, yaml_fault

__all__ = ["read_yaml"]

_MOST_COPIES = 100_000
_LONG_TAG = re.compile(r"![^\s,\[\]{}]{500}")  # the scanner's time grows with the square of a tag's length


def read_yaml(text: str, name: str) -> Tree | None:
    """Return the one document in `text`, or None if it holds none.

    Parameters
    ----------
    text : str
    name : str, what places start with

    Raises
    ------
    ReadError
        CS106 for what is no YAML or is no part of a design (tags, several documents, merge keys), CS107 for a formula
        that YAML takes apart, CS108 for a key given twice, CS109 for nesting or aliases beyond the limits.
    """
    reader = _Reader(text, name)
    return reader.document()


class _Open:
    """A list or mapping whose end is still to come."""

    __slots__ = ("anchor", "column", "copies", "flow", "height", "is_list", "key", "keys", "line", "rows")

    def __init__(self, event: Any, is_list: bool) -> None:
        self.is_list = is_list
        self.flow: bool = bool(event.flow_style)
        self.anchor: str | None = event.anchor
        self.line: int = event.start_mark.line + 1
        self.column: int = event.start_mark.column + 1
        self.rows: list[Any] = []
        self.key: Scalar | None = None
        self.keys: dict[str, Scalar] = {}
        self.copies = 1
        self.height = 1

    def closed(self) -> Items | Fields:
        kind = Items if self.is_list else Fields
        return kind(tuple(self.rows), self.line, self.column)


class _Reader:
    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        self.open: list[_Open] = []
        self.anchors: dict[str, tuple[Tree, int, int]] = {}
        self.copied = 0
        self.root: Tree | None = None

    def refuse(self, line: int, column: int, message: str, **parts: Any) -> NoReturn:
        parts.setdefault("code", "CS106")
        raise ReadError(message, place=f"{self.name}:{line}:{column}", **parts)

    def events(self) -> Iterator[Any]:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError

        if found := _LONG_TAG.search(self.text):
            line = self.text.count("\n", 0, found.start()) + 1
            self.refuse(line, 1, "a tag of more than 500 characters", rule="a design has no tags")
        try:
            yield from YAML(typ="safe", pure=True).parse(self.text)
        except YAMLError as error:
            raise yaml_fault(error, self.text, self.name) from None
        except ValueError:  # a %YAML line with a number of thousands of digits
            self.refuse(1, 1, "the first lines are no YAML", rule="a design is YAML 1.2", fix="leave the % lines out")

    def document(self) -> Tree | None:
        documents = 0
        for event in self.events():
            kind = type(event).__name__
            if kind == "ScalarEvent":
                self.scalar(event)
            elif kind in ("MappingStartEvent", "SequenceStartEvent"):
                self.start(event, kind == "SequenceStartEvent")
            elif kind in ("MappingEndEvent", "SequenceEndEvent"):
                ended = self.open.pop()
                self.add(ended.closed(), ended.anchor, ended.copies, ended.height, event)
            elif kind == "AliasEvent":
                self.alias(event)
            elif kind == "DocumentStartEvent":
                documents += 1
                if documents > 1:
                    mark = event.start_mark
                    self.refuse(
                        mark.line + 1,
                        mark.column + 1,
                        "a second document starts here",
                        rule="a file holds one design",
                        fix="take the `---` out, or put the second design into a file of its own",
                    )
        return self.root

    def start(self, event: Any, is_list: bool) -> None:
        if event.tag is not None:
            self.tagged(event)
        if len(self.open) >= DEEPEST:
            self.too_deep(event)
        self.open.append(_Open(event, is_list))

    def too_deep(self, event: Any) -> NoReturn:
        self.refuse(
            event.start_mark.line + 1,
            event.start_mark.column + 1,
            f"lists and mappings nest more than {DEEPEST} deep",
            code="CS109",
            needed=DEEPEST,
            rule=f"a file nests at most {DEEPEST} levels",
            fix="name the inner parts under `define:`",
        )

    def tagged(self, event: Any) -> NoReturn:
        tag = re.split(r"[\s,\]}]", self.text[event.start_mark.index :][:60], maxsplit=1)[0]
        self.refuse(
            event.start_mark.line + 1,
            event.start_mark.column + 1,
            f"a tag: {tag}",
            rule="a design has no tags: nothing in it makes objects",
            fix="leave the tag out, or quote the text if the ! belongs to it",
        )

    def scalar(self, event: Any) -> None:
        text: str = event.value
        start = event.start_mark
        line, column = start.line + 1, start.column + 1
        if event.tag is not None:
            self.tagged(event)
        quoted = event.style is not None
        if not quoted:
            within = self.open[-1] if self.open else None
            if "(" in text and within is not None and within.flow and text.count("(") > text.count(")"):
                raise eaten(self.text, start.index, f"{self.name}:{line}:{column}")
            if event.end_mark.line > start.line and text:
                flow = (within.line, within.column) if within is not None and within.flow else None
                raise unclosed(self.text, start.index, text, self.name, event.end_mark.line + 1, flow)
            if not text and within is not None and within.key is not None:
                line, column = within.key.line, within.key.column
        value = text if quoted else plain_value(text)
        if not text.isascii():
            value = text = whole_characters(text, f"{self.name}:{line}:{column}")
        self.add(Scalar(value, text, line, column, quoted), event.anchor, 1, 0, event)

    def alias(self, event: Any) -> None:
        name: str = event.anchor
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if name not in self.anchors:
            inside = any(opened.anchor == name for opened in self.open)
            self.refuse(
                line,
                column,
                f"the alias *{name} stands inside what it names" if inside else f"*{name}: nothing is named &{name}",
                rule="a * in front makes a YAML alias, of something that an & has named before",
                fix="use `define:` and `repeat:`" if inside else f"write {name}, without the *",
            )
        tree, copies, height = self.anchors[name]
        self.copied += copies
        if self.copied > _MOST_COPIES:
            self.refuse(
                line,
                column,
                f"aliases stand for more than {_MOST_COPIES} values",
                code="CS109",
                needed=_MOST_COPIES,
                rule=f"aliases copy at most {_MOST_COPIES} values",
                fix="use `define:` and `repeat:`",
            )
        if len(self.open) + height > DEEPEST:
            self.too_deep(event)
        self.add(tree, None, copies, height, event)

    def add(self, tree: Tree, anchor: str | None, copies: int, height: int, event: Any) -> None:
        """Put a finished piece where it belongs."""
        if anchor is not None:
            self.anchors[anchor] = (tree, copies, height)
        if not self.open:
            self.root = tree
            return
        within = self.open[-1]
        within.copies += copies
        if height >= within.height:
            within.height = height + 1
        if within.is_list:
            within.rows.append(tree)
        elif within.key is None:
            within.key = self.key(tree, within, event)
        else:
            within.rows.append((within.key, tree))
            within.key = None

    def key(self, tree: Tree, within: _Open, event: Any) -> Scalar:
        if not isinstance(tree, Scalar):
            self.refuse(
                tree.line,
                tree.column,
                "a list or mapping as a key",
                rule="a key is a word",
                fix="write a word before the colon",
            )
        if tree.text == "<<" and not tree.quoted:
            self.refuse(
                tree.line,
                tree.column,
                "`<<` merges mappings in YAML 1.1",
                rule="a design is YAML 1.2, which has no merge key",
                fix="write those keys here, or use `define:` with `args:`",
            )
        first = within.keys.setdefault(tree.text, tree)
        if first is not tree:
            around = self.open[-2].key if len(self.open) > 1 else None
            if around is not None and around.text == "layers":
                self.refuse(
                    tree.line,
                    tree.column,
                    f"the layers are a mapping, which holds {tree.text!r} once",
                    code="CS108",
                    got=tree.text,
                    rule="layers are a list: one entry a line, each with a dash",
                    fix=f"put a dash before each layer: - {tree.text}: ...",
                )
            self.refuse(
                tree.line,
                tree.column,
                f"the key {tree.text!r} is given twice",
                code="CS108",
                got=tree.text,
                rule=f"a key stands once in a mapping; the first is in line {first.line}, column {first.column}",
                fix="keep one of the two",
            )
        return tree
