"""Plain data of a design as YAML or JSON text: one line for each layer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from cnnshape.formats.design.tree import plain_value

__all__ = ["json_text", "yaml_text"]

_PLAIN = re.compile(r"\.?[A-Za-z0-9_](?:[A-Za-z0-9_./%*+()^ -]*[A-Za-z0-9_.)%*+-])?")


def yaml_text(data: Mapping[str, Any]) -> str:
    """Return a design as YAML 1.2."""
    lines = []
    for key, value in data.items():
        if key == "layers":
            lines.append("layers:" if value else "layers: []")
            lines.extend(_entries(value, 1))
        else:
            lines.append(f"{key}: {_flow(value)}")
    return "\n".join([*lines, ""])


def _entries(entries: list[Any], level: int) -> Iterator[str]:
    dash = f"{'  ' * level}- "
    for entry in entries:
        if isinstance(entry, dict) and "block" in entry:
            for i, (key, value) in enumerate(entry.items()):
                start = dash if i == 0 else "  " * (level + 1)
                if key == "block":
                    yield f"{start}block:" if value else f"{start}block: []"
                    yield from _entries(value, level + 2)
                else:
                    yield f"{start}{key}: {_flow(value)}"
        elif isinstance(entry, dict) and len(entry) == 1:
            ((key, value),) = entry.items()
            yield f"{dash}{_scalar(key)}: {_flow(value)}".rstrip()
        else:
            yield dash + _flow(entry)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_scalar(k)}: {_flow(v) if v is not None else str()}' for k, v in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(_flow(entry) for entry in value)}]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not isfinite(value):
        return ".nan" if value != value else ".inf" if value > 0 else "-.inf"  # only nan differs from itself
    if not isinstance(value, str):
        return repr(value)
    if _PLAIN.fullmatch(value) and plain_value(value) is value and value.count("(") == value.count(")"):
        return value
    return json.dumps(value, ensure_ascii=not value.isprintable())


def json_text(data: Mapping[str, Any]) -> str:
    """Return a design as JSON, one line for each layer."""
    rows = []
    for key, value in data.items():
        text = _json_entries(value, 1) if key == "layers" else _json(value)
        rows.append(f"  {json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(rows) + "\n}\n"


def _json_entries(entries: list[Any], level: int) -> str:
    if not entries:
        return "[]"
    indent = "  " * (level + 1)
    rows = []
    for entry in entries:
        if isinstance(entry, dict) and "block" in entry:
            beside = "".join(f"{json.dumps(k)}: {_json(v)}, " for k, v in entry.items() if k != "block")
            rows.append(f'{{{beside}"block": {_json_entries(entry["block"], level + 1)}}}')
        else:
            rows.append(_json(entry))
    body = ",\n".join(indent + row for row in rows)
    return f"[\n{body}\n{'  ' * level}]"


def _json(value: Any) -> str:
    return json.dumps(_finite(value), ensure_ascii=False, allow_nan=False)


def _finite(value: Any) -> Any:
    """Return data without infinities, which JSON does not have: they are words there."""
    if isinstance(value, float) and not isfinite(value):
        return _scalar(value)
    if isinstance(value, Mapping):
        return {key: _finite(entry) for key, entry in value.items()}
    return [_finite(entry) for entry in value] if isinstance(value, list) else value
