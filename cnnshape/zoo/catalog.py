"""Every network of the zoo, and how one is found by its name."""

from __future__ import annotations

import ast
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from cnnshape.errors import UsageError
from cnnshape.zoo.entry import ZooEntry
from cnnshape.zoo.tables import classification, maps, sequences

__all__ = ["NETWORKS", "entry", "meant", "parse_call"]

NETWORKS = MappingProxyType({each.name: each for each in (*classification.ENTRIES, *maps.ENTRIES, *sequences.ENTRIES)})
"""Name -> network, in the order of the tables."""

_LONGEST = 500
_SHORTEST, _SHOWN = 3, 3


def entry(name: str) -> ZooEntry:
    """Return a network of the zoo.

    Raises
    ------
    UsageError
        CS009, there is none of this name.
    """
    if name not in NETWORKS:
        raise UsageError(
            f"the zoo has no network {name!r}",
            code="CS009",
            got=name,
            rule="the zoo's networks have torchvision's names",
            fix=meant(name) or "list them with: cnnshape zoo",
        )
    return NETWORKS[name]


def meant(name: str, what: str = "") -> str:
    """Return the question which network another spelling or the name of a family means, or "".

    Examples
    --------
    >>> meant("Res-Net50"), meant("lenet"), meant("nothing")
    ('did you mean resnet50?', 'did you mean lenet5?', '')
    >>> print(meant("mobilenet"))
    one of mobilenet_v1, mobilenet_v2, mobilenet_v3_small, ... (cnnshape zoo "mobilenet*")
    """
    family = [each for each in NETWORKS if each.startswith(name.lower())] if len(name) >= _SHORTEST else []
    if len(family) > 1 and _plain(name) not in map(_plain, family):
        return f'one of {", ".join(family[:_SHOWN])}{", ..." * (len(family) > _SHOWN)} (cnnshape zoo "{name.lower()}*")'
    near = nearest(name) or next(iter(family), "")
    return f"did you mean {what}{near}?" if near else ""


def nearest(name: str) -> str:
    """Return the network that a name with another spelling means, or ""."""
    plain = {_plain(each): each for each in NETWORKS}
    return plain.get(_plain(name)) or next(iter(get_close_matches(name.lower(), NETWORKS, 1, 0.75)), "")


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def parse_call(text: str) -> tuple[str, dict[str, Any]]:
    """Split ``resnet50(num_classes=10)`` into the name and its arguments, which are literals; no code runs.

    Raises
    ------
    UsageError
        CS009, what stands in the brackets is not ``name=literal, ...``.

    Examples
    --------
    >>> parse_call("resnet50(num_classes=10, variant='slim')")
    ('resnet50', {'num_classes': 10, 'variant': 'slim'})
    """
    name, bracket, rest = text.partition("(")
    if not bracket:
        return name, {}
    try:
        if len(text) > _LONGEST:
            raise ValueError
        call = ast.parse(f"f({rest}", mode="eval").body
        if not isinstance(call, ast.Call) or call.args or not isinstance(call.func, ast.Name) or call.func.id != "f":
            raise ValueError
        return name, {str(word.arg): ast.literal_eval(word.value) for word in call.keywords if word.arg or _refuse()}
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise UsageError(
            f"{text[:_LONGEST]} is no call of a builder",
            code="CS009",
            got=text[:_LONGEST],
            rule="arguments are written name=value, a value is a number, a text in quotes, True, False or a tuple",
            fix=_example(name),
        ) from None


def _example(name: str) -> str:
    """Return a call of the network, or of the one that is meant, that works."""
    meant = NETWORKS.get(name) or NETWORKS.get(nearest(name)) or NETWORKS["resnet50"]
    return f'"{meant.name}({"num_classes=10" if "num_classes" in meant.options else "in_channels=1"})"'


def _refuse() -> bool:
    raise ValueError
