"""The names of what is built by calling layers: asked for, else kind and count in the block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cnnshape.layers import catalog

if TYPE_CHECKING:
    from cnnshape.graph.build import Call, Tensor

__all__ = ["Scope", "calls_of", "names_of", "scopes_of", "tensor_name"]

Scope = tuple[tuple[str, int], ...]
"""Blocks from the outside in, each with a number: 0, or one of its own for each use of a network as a layer."""


def calls_of(tensors: Sequence[Tensor]) -> list[Call]:
    """Return every call that the tensors need, in the order they were made."""
    found: set[Call] = set()
    stack = [tensor.call for tensor in tensors]
    while stack:
        call = stack.pop()
        if call not in found:
            found.add(call)
            stack.extend(tensor.call for tensor in call.inputs)
    return sorted(found, key=lambda call: call.when)


def scopes_of(calls: Sequence[Call]) -> dict[Scope, str]:
    """Return the dotted name of every scope; a second use of a network gets a number."""
    names: dict[Scope, str] = {(): ""}
    uses: Counter[tuple[str, str]] = Counter()
    for call in calls:
        for depth in range(1, len(call.scope) + 1):
            path = call.scope[:depth]
            if path not in names:
                outer, name = names[path[:-1]], path[-1][0]
                uses[outer, name] += 1
                numbered = name if uses[outer, name] == 1 else f"{name}_{uses[outer, name]}"
                names[path] = f"{outer}.{numbered}" if outer else numbered
    return names


def names_of(calls: Sequence[Call], scopes: Mapping[Scope, str], given: Mapping[Call, str]) -> dict[Call, str]:
    """Give every call a unique name: the one asked for, else its kind and count in its scope."""
    asked: Counter[str] = Counter()
    counts: Counter[tuple[str, str]] = Counter()
    taken = {f"{scopes[call.scope]}.{call.name}".lstrip(".") for call in calls if call.name}
    names: dict[Call, str] = {}
    for call in calls:
        prefix = scopes[call.scope]
        dot = "." if prefix else ""
        if call in given:
            name = given[call]
        elif call.name:
            name = f"{prefix}{dot}{call.name}"
            asked[name] += 1
            if asked[name] > 1:
                name = f"{name}_{asked[name]}"
        else:
            kind = catalog.by_class()[type(call.layer)].name
            while True:
                counts[prefix, kind] += 1
                name = f"{prefix}{dot}{kind}{counts[prefix, kind]}"
                if name not in taken:
                    break
        names[call] = name
    return names


def tensor_name(tensor: Tensor, names: Mapping[Call, str]) -> str:
    """Return ``conv1``, or ``split1.0`` for a part of what a layer gives."""
    name = names[tensor.call]
    return name if tensor.port is None else f"{name}.{tensor.port}"
