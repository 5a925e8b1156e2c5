"""What stops a design from being written out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnshape.errors import DesignError
from cnnshape.formats.design.entries import Call, Definition, Use
from cnnshape.formats.design.entry_faults import refused
from cnnshape.formats.design.tree import Scalar, Tree, shown
from cnnshape.formats.design.values import Word

__all__ = [
    "MOST_LAYERS",
    "MOST_USES",
    "missing_argument",
    "name_twice",
    "no_default",
    "no_layer",
    "no_tensor",
    "repeated_twice",
    "said",
    "several_inputs",
    "too_deep",
    "too_many",
    "which_input",
]


def said(value: Any) -> str:
    """Return the value of an argument in a message."""
    return repr(value.text) if isinstance(value, Word) else "a list" if isinstance(value, tuple) else str(value)


def too_deep(file: str, tree: Tree, most: int) -> DesignError:
    """Return the error for blocks and branches inside one another beyond the limit."""
    return refused(
        file,
        tree,
        f"blocks and branches nest more than {most} deep",
        "CS109",
        needed=most,
        rule=f"blocks and branches nest at most {most} levels",
        fix="put layers that follow one another into one list",
    )


MOST_LAYERS = 200_000
MOST_USES = 500_000
"""Entries that are written out, layers or not: a repeated block may be empty."""


def too_many(file: str, tree: Tree) -> DesignError:
    """Return the error for a design that is too large when it is written out."""
    return refused(
        file,
        tree,
        f"the design has more than {MOST_LAYERS} layers",
        "CS120",
        needed=MOST_LAYERS,
        rule=f"a design has at most {MOST_LAYERS} layers after its repeats, empty blocks among them",
        fix="repeat less",
    )


def name_twice(file: str, use: Use, name: str, earlier: str) -> DesignError:
    """Return the error for a name that is taken."""
    first = f"; the first is at {earlier}" if earlier else ""
    return refused(
        file,
        use.tree,
        f"the name {name!r} is used twice",
        "CS115",
        got=name,
        rule=f"a name is unique in its scope{first}",
        fix=f"name: {use.name}2",
    )


def repeated_twice(file: str, use: Use) -> DesignError:
    """Return the error for a repeat of what is repeated already."""
    assert use.share is not None
    return refused(
        file,
        use.tree,
        f"{use.share.text} is repeated already",
        "CS121",
        rule="a share of a repeated block repeats as often",
        fix=f"{{share: {use.share.text}}}",
    )


def no_layer(file: str, word: Scalar, value: Any) -> DesignError:
    """Return the error for an argument that stands where a layer is expected and is none."""
    return refused(
        file,
        word,
        f"{word.text} is {said(value)}, no layer",
        "CS111",
        rule="an argument that stands for a layer is given the layer's name",
        fix=f"{word.text}: relu",
    )


def no_tensor(file: str, word: Scalar, value: Any) -> DesignError:
    """Return the error for an argument that stands where a tensor is expected and is none."""
    return refused(
        file,
        word,
        f"{word.text} is {said(value)}, no tensor",
        "CS116",
        rule="an input is the name of a layer, or an argument that was given one",
        fix=f"give {word.text} the name of a layer",
    )


def several_inputs(file: str, use: Use) -> DesignError:
    """Return the error for a block that is given several tensors."""
    return refused(
        file,
        use.tree,
        f"the block is given {len(use.inputs or ())} inputs",
        "CS205",
        rule="a block takes one input; it sees the other tensors by name, or as arguments",
        fix="inputs: [a], and an argument for the other: args: {skip: }",
    )


def no_default(file: str, tree: Tree, name: str, inputs: Sequence[str]) -> DesignError:
    """Return the error for a first layer that could start from several inputs, or from none."""
    listed = ", ".join(inputs)
    return refused(
        file,
        tree,
        f"{name} does not say what it takes",
        "CS116",
        rule=f"the network has several inputs: {listed}" if inputs else "the network has no input",
        fix=f"inputs: [{inputs[0]}] beside the layer" if inputs else "inputs: {a: [3, H, W]} at the top",
    )


def which_input(file: str, word: Scalar, inputs: Sequence[str]) -> DesignError:
    """Return the error for `input` in a network with several, or none."""
    return refused(
        file,
        word,
        "'input' does not say which input",
        "CS116",
        rule=f"the network has several inputs: {', '.join(inputs)}" if inputs else "the network has no input",
        fix=f"write {' or '.join(inputs)}" if inputs else "inputs: {a: [3, H, W]} at the top",
    )


def missing_argument(file: str, call: Call, name: str, definition: Definition) -> DesignError:
    """Return the error for a definition that is used without an argument that it needs."""
    given = "".join(f"{key}: {shown(tree, 20)}, " for key, tree in call.arguments.items())
    return refused(
        file,
        call.word,
        f"{call.name} needs {name}",
        "CS123",
        field=name,
        rule=f"{call.name} (line {definition.word.line}) has no default for {name}",
        fix=f"{call.name}: {{{given}{name}: ...}}",
    )
