"""Design files: YAML 1.2 or JSON to a network, and back."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Literal

from cnnshape.errors import ReadError
from cnnshape.formats.design.expand import expand
from cnnshape.formats.design.sections import read_design
from cnnshape.formats.design.text import LARGEST, decoded, empty, read_text
from cnnshape.formats.design.tree import Tree
from cnnshape.graph.collector import collector_paused
from cnnshape.graph.network import Network

__all__ = ["design_schema", "dump_design", "load_design"]

_LONG = 100_000
"""Characters from which on pausing the collector pays."""


def load_design(source: str | Path | bytes, name: str | None = None) -> Network:
    """Return the network of a design file.

    Parameters
    ----------
    source : a path, or the text of a design: text that has more than one line, or starts with ``{``
    name : what places in errors start with; default the path, or ``<text>``

    Returns
    -------
    Network
        A design that is well-formed but whose shapes do not fit loads; `propagate` finds its faults.

    Raises
    ------
    ReadError
        CS101 to CS109, if the file can't be read or is no YAML or JSON.
    DesignError
        CS110 to CS126, CS3xx, CS4xx, if it is malformed; the place is ``file:line:column``.

    Examples
    --------
    >>> net = load_design('''
    ... input: [3, H, W]
    ... layers:
    ...   - conv: {out_channels: 8, kernel_size: 3}
    ...   - relu
    ... ''')
    >>> [node.name for node in net.nodes]
    ['input', 'conv1', 'relu1']
    """
    if isinstance(source, bytes):
        file, text = name or "<text>", decoded(source, name or "<text>")
    elif isinstance(source, str) and ("\n" in source or source.lstrip().startswith("{")):
        file, text = name or "<text>", _checked(source, name or "<text>")
    else:
        file = name or str(source)
        text = read_text(Path(source), file)
    with collector_paused() if len(text) > _LONG else nullcontext():
        design = read_design(_tree(text, file, Path(file).suffix), file)
        expansion = expand(design)
    given = "" if file.startswith("<") else Path(file).stem
    return Network.of_nodes(
        (given or "design") if design.name is None else design.name,
        expansion.nodes,
        expansion.outputs,
        defaults=design.defaults,
        source=file,
        notes=[entry.note for entry in design.inputs if entry.note],
    )


def dump_design(network: Network, form: Literal["yaml", "json"] = "yaml") -> str:
    """Return the text of a design file that loads to an equal network; see `design.writer`."""
    from cnnshape.formats.design import writer

    return writer.dump_design(network, form)


def design_schema() -> dict[str, Any]:
    """Return the JSON Schema of design files; see `design.schema`."""
    from cnnshape.formats.design import schema

    return schema.design_schema()


def _checked(text: str, file: str) -> str:
    if len(text) > LARGEST:
        raise ReadError(f"the text is longer than {LARGEST // 10**6} MB", code="CS105", place=file, needed=LARGEST)
    if not text.strip():
        raise empty(file)
    return text.removeprefix("\ufeff")


def _tree(text: str, file: str, suffix: str) -> Tree:
    if suffix.lower() == ".json" or (text.lstrip()[:1] == "{" and _is_json(text)):
        from cnnshape.formats.design.json_reader import read_json as read
    else:
        from cnnshape.formats.design.yaml_reader import read_yaml as read
    tree = read(text, file)
    if tree is None:
        raise empty(file, "the file holds only comments")
    return tree


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
