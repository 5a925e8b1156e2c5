"""Blocks of a design that is being written: which names they give, and what comes again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from cnnshape.formats.design.entries import RESERVED
from cnnshape.graph.network import Node

__all__ = ["Block", "common", "is_outside", "nests", "with_repeat"]

_DEEPEST_BLOCKS = 30
_WORTH_A_REPEAT = 3
_OUTSIDE = "outside "


def nests(inputs: Sequence[Node], layers: Sequence[Node]) -> bool:
    """Say whether names and scopes are those of blocks inside one another, each in one piece."""
    scopes = {"", *(node.scope for node in layers)}
    paths = {".".join(parts[: i + 1]) for scope in scopes if (parts := scope.split(".")) for i in range(len(parts))}
    if any(node.name in paths for node in (*inputs, *layers)):
        return False
    if any(path.count(".") >= _DEEPEST_BLOCKS or not _are_names(path.split(".")) for path in paths if path):
        return False
    open_path: list[str] = []
    closed: set[str] = set()
    for node in layers:
        prefix = f"{node.scope}." if node.scope else ""
        local = node.name.removeprefix(prefix)
        if not node.name.startswith(prefix) or "." in local or not local or local in RESERVED:
            return False
        path = node.scope.split(".") if node.scope else []
        same = common(open_path, path)
        closed.update(".".join(open_path[: i + 1]) for i in range(same, len(open_path)))
        if any(".".join(path[: i + 1]) in closed for i in range(same, len(path))):
            return False
        open_path = path
    return True


def _are_names(parts: Sequence[str]) -> bool:
    return all(part and part not in RESERVED for part in parts)


def common(a: Sequence[str], b: Sequence[str]) -> int:
    """Return how many entries two paths share from the start."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def is_outside(canonical: str) -> bool:
    """Say whether a tensor, as `Block.canonical` has it, is neither of the block nor its input."""
    return canonical.startswith(_OUTSIDE)


class Block:
    """A block that is being written.

    Parameters
    ----------
    name, prefix : its own name, and what the names in it start with
    start : the tensor that `input` means in it

    Attributes
    ----------
    takes : the text of its input, "" for the default
    rows : for each layer its name in the block, the whole name of the one whose entry it shares, and its inputs
    """

    def __init__(self, name: str, prefix: str, start: str) -> None:
        self.name, self.prefix, self.start = name, prefix, start
        self.takes = ""
        self.rows: list[tuple[str, str, tuple[str, ...]]] = []
        self.entries: list[Any] = []
        self.counts: Counter[str] = Counter()

    def canonical(self, tensor: str) -> str:
        """Return a tensor as it is in every copy of the block: one inside by its place there."""
        if tensor == self.start:
            return "input"
        inside = tensor.startswith(self.prefix)
        return f".{tensor.removeprefix(self.prefix)}" if inside else f"{_OUTSIDE}{tensor}"

    def add(self, entry: Any) -> None:
        """Add an entry, or count it on where it is the one before again."""
        last = self.entries[-1] if self.entries else None
        plain = {k: v for k, v in last.items() if k != "repeat"} if isinstance(last, dict) else {last: None}
        again = entry if isinstance(entry, dict) else {entry: None}
        if last is None or plain != again or "name" in again or "block" in again:
            self.entries.append(entry)
            return
        times = (last.get("repeat", 1) if isinstance(last, dict) else 1) + 1
        self.entries[-1] = {**again, "repeat": times}

    def data(self) -> list[Any]:
        """Return the entries, those that come only twice written out."""
        rows: list[Any] = []
        for entry in self.entries:
            times = entry.get("repeat", 1) if isinstance(entry, dict) and "block" not in entry else 1
            if 1 < times < _WORTH_A_REPEAT:
                single = {k: v for k, v in entry.items() if k != "repeat"}
                name, value = next(iter(single.items()))
                rows.extend([name if len(single) == 1 and value is None else single] * times)
            else:
                rows.append(entry)
        return rows


def with_repeat(beside: dict[str, Any], rows: list[Any]) -> dict[str, Any]:
    """Return a block's entry; equal blocks that are named 0, 1, 2, ... are one with a repeat.

    Not where the block states its inputs: every copy of a repeat would take them.
    """
    bodies: list[Any] = [row.get("block") if isinstance(row, Mapping) else None for row in rows]
    numbered = all(isinstance(row, Mapping) and list(row) == ["name", "block"] for row in rows)
    counted = numbered and [row["name"] for row in rows] == [str(i) for i in range(len(rows))]
    if counted and "inputs" not in beside and all(body == bodies[0] for body in bodies):
        return {**beside, "repeat": len(rows), "block": bodies[0]}
    return {**beside, "block": rows}
