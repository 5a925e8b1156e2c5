"""Names of layers and blocks from what exporters leave in an ONNX graph."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Container, Sequence
from functools import lru_cache
from typing import Protocol

__all__ = ["Traces", "named"]

_OUTPUT = re.compile(r"_output_\d+$")
_HELPERS = frozenset({"Constant", "Identity", "Shape", "Cast", "Gather", "Unsqueeze", "Slice", "Concat", "Reshape"})
"""Operators that exporters write beside the one that a module is."""
_WEIGHT = re.compile(r"(.+)\.(weight|bias|running_mean|running_var|gamma|beta|in_proj_weight)")


class Traces(Protocol):
    """What is left of a node's place in the code that it was exported from."""

    @property
    def kind(self) -> str:
        """Its operator."""

    @property
    def path(self) -> str:
        """Its name, or that of its first output."""

    @property
    def inputs(self) -> Sequence[str]:
        """Names of the tensors that it takes."""

    @property
    def scopes(self) -> str:
        """Modules around it as a list in the metadata of newer exporters, or ""."""


def named(nodes: Sequence[Traces], stored: Container[str]) -> list[tuple[str, str]]:
    """Return for each node its name, and the dotted name of the block that it stands in.

    Parameters
    ----------
    nodes : what is left of each
    stored : names of the tensors that are initializers

    A module that is one operator gives it its name, as PyTorch's state dict has it; an operator beside others in a
    module is named after the module and itself.

    Examples
    --------
    >>> from types import SimpleNamespace as Node
    >>> conv = Node(kind="Conv", path="/layer1/layer1.0/conv1/Conv_output_0", scopes="", inputs=())
    >>> add = Node(kind="Add", path="/layer1/layer1.0/Add_output_0", scopes="", inputs=())
    >>> named([conv, add], stored=())
    [('layer1.0.conv1', 'layer1.0'), ('layer1.0.Add', 'layer1.0')]
    """
    modules = [_module(node, stored) for node in nodes]
    inside = Counter([m for m, node in zip(modules, nodes, strict=True) if m and node.kind not in _HELPERS])
    parents = {prefix for module in inside for prefix in _prefixes(module)}
    out = []
    between = _between(modules)
    for node, module, near in zip(nodes, modules, between, strict=True):
        if module is None:
            out.append((_local(node, near), near))
        elif module and inside[module] == 1 and node.kind not in _HELPERS and module not in parents:
            out.append((module, module.rpartition(".")[0]))
        else:
            out.append((_local(node, module), module))
    return out


def _local(node: Traces, module: str) -> str:
    """Return the name of an operator in a module."""
    last = node.path.rpartition("/")[2]
    if "_output_" in last:
        last = _OUTPUT.sub("", last)
    last = last.removeprefix("node_")
    if not module or (last.startswith(module) and last[len(module) :].startswith(".")):
        return last
    return f"{module}.{last}"


def _module(node: Traces, stored: Container[str]) -> str | None:
    """Return the dotted name of the module that a node belongs to, "" for the network itself; None if nothing says."""
    if node.scopes:
        return _of_metadata(node.scopes)
    if node.path.startswith("/"):
        return _of_path(node.path.rpartition("/")[0])
    for name in node.inputs:
        if name in stored and (found := _WEIGHT.fullmatch(name)):
            return found[1]
    return None


@lru_cache(4096)
def _of_path(path: str) -> str:
    """Return ``layer1.0.conv1`` for ``/layer1/layer1.0/conv1``: a module in a list repeats the name of the list."""
    whole: list[str] = []
    for part in path.split("/")[1:]:
        names = part.split(".")
        repeated = next((n for n in range(len(names) - 1, 0, -1) if whole[-n:] == names[:n]), 0)
        whole += names[repeated:]
    return ".".join(whole)


def _of_metadata(scopes: str) -> str | None:
    try:
        found = ast.literal_eval(scopes[:10_000])
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    names = [name for name in found if isinstance(name, str)] if isinstance(found, list) else []
    return names[-2] if len(names) > 1 else ""


def _between(modules: Sequence[str | None]) -> list[str]:
    """Return for each node what the modules before and after it have in common."""
    if None not in modules:
        return [""] * len(modules)  # each says itself where it is
    after: list[str] = []
    near = ""
    for module in reversed(modules):
        near = near if module is None else module
        after.append(near)
    out, before = [], ""
    for module, follows in zip(modules, reversed(after), strict=True):
        if module is not None:
            before = module
            out.append("")
            continue
        shared = [a for a, b in zip(_prefixes(f"{before}."), _prefixes(f"{follows}."), strict=False) if a == b]
        out.append((shared[-1] if shared else "") if before != follows else before.rpartition(".")[0])
    return out


@lru_cache(4096)
def _prefixes(module: str) -> tuple[str, ...]:
    parts = module.split(".")
    return tuple(".".join(parts[:count]) for count in range(1, len(parts)))
