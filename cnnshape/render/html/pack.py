"""Columns of a page made short: texts that repeat, or begin as the one before does, are written once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["column", "packed"]

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_TEXTS = {"nodes": ("name", "op", "kind", "label", "block", "place"), "tensors": ("name", "dtype")}


def packed(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a page with its texts in short columns; the script unpacks them before anything else."""
    out = {**data}
    for table, texts in _TEXTS.items():
        out[table] = {**data[table], **{name: column(data[table][name]) for name in texts}}
    owners = [data["nodes"]["name"][i] for i in data["tensors"]["node"]]
    names = [0 if name == owner else name for name, owner in zip(data["tensors"]["name"], owners, strict=True)]
    out["tensors"]["name"] = names if any(names) else 0
    out["formulas"] = column(data["formulas"])
    return out


def column(texts: Sequence[str]) -> Any:
    """Return texts as a list, as ``{"t": [text], "i": [position]}`` or as ``{"p": [text]}``, whichever is shortest.

    In the last, the first letter of each tells how many letters it has in common with the one before.

    Examples
    --------
    >>> column(["layer1.conv1", "layer1.conv2", "layer1.relu1"])
    {'p': ['0layer1.conv1', 'b2', '7relu1']}
    >>> column(["MaxPool", "convolution"] * 2)
    {'t': ['MaxPool', 'convolution'], 'i': [0, 1, 0, 1]}
    """
    place = {text: i for i, text in enumerate(dict.fromkeys(texts))}
    ways: tuple[Any, ...] = (
        list(texts),
        {"t": [*place], "i": [place[text] for text in texts]},
        {"p": [_after(before, text) for before, text in zip(["", *texts], texts, strict=False)]},
    )
    return min(ways, key=lambda way: len(json.dumps(way, ensure_ascii=False, separators=(",", ":")).encode()))


def _after(before: str, text: str) -> str:
    same, most = 0, min(len(before), len(text), len(_DIGITS) - 1)
    while same < most and before[same] == text[same] and text[same].isascii():  # JavaScript counts others otherwise
        same += 1
    return _DIGITS[same] + text[same:]
