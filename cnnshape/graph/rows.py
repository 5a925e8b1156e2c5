"""What a table or a picture shows as one: some nodes of a network under a name."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

__all__ = ["Row", "block_name", "range_name", "told_apart"]

_LAST = "\U0010ffff"
_NUMBERED = re.compile(r"(.*?)(\d+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Row:
    """Some nodes shown as one.

    Parameters
    ----------
    name : str
    nodes : positions in `network.nodes`, in order, of all repeats
    times : int, how many equal neighbors are folded into it
    scope : str, the block that it stands for, the first of several; "" if it is none that the network names
    block : bool, True if it stands for several layers; False for one layer with what is folded into it
    """

    name: str
    nodes: tuple[int, ...]
    times: int = 1
    scope: str = ""
    block: bool = False


def told_apart(rows: Sequence[Row], scopes: Sequence[str], names: Sequence[str]) -> tuple[Row, ...]:
    """Return the rows, those of one name with names of their own: their innermost scope, or else their first layer.

    Parameters
    ----------
    rows : Row
    scopes, names : of all nodes

    Examples
    --------
    >>> rows = [Row("down", (0, 1)), Row("add", (2,)), Row("down", (3,))]
    >>> [row.name for row in told_apart(rows, ["down.0", "down.0", "", "down.1"], ["a", "b", "add", "c"])]
    ['down.0', 'add', 'down.1']
    """
    counts = Counter(row.name for row in rows)
    taken = {name for name, count in counts.items() if count == 1}
    out = []
    for row in rows:
        name = row.name
        if counts[name] > 1:
            shared = _shared([scopes[i] for i in row.nodes])
            first = names[row.nodes[0]]
            tried = [
                shared if shared.startswith(name) else "",
                first,
                *(f"{name} #{n}" for n in range(1, len(rows) + 1)),
            ]
            name = next(each for each in tried if each and each not in taken)
            taken.add(name)
            row = replace(row, name=name)
        out.append(row)
    return tuple(out)


def _shared(scopes: Sequence[str]) -> str:
    """Return the innermost scope that holds all."""
    split = [scope.split(".") for scope in scopes]
    parts = [column[0] for column in takewhile(lambda each: len({*each}) == 1, zip(*split, strict=False))]
    return ".".join(parts)


def range_name(names: Sequence[str], last: str) -> str:
    """Return ``layer3.1-5`` for numbered neighbors, else ``first..last``.

    Parameters
    ----------
    names : of the rows
    last : name of the last node in the last row; a row bears the name of a layer, and numbers may count all nodes

    Examples
    --------
    >>> range_name(["layer3.1", "layer3.2"], "layer3.2.relu"), range_name(["features.17", "features.20"], "features.22")
    ('layer3.1-2', 'features.17-22')
    """
    if len(names) == 1:
        return names[0]
    found = [match for name in names if (match := _NUMBERED.fullmatch(name))]
    if len(found) == len(names) and len({match[1] for match in found}) == 1:
        numbers = [int(match[2]) for match in found]
        if all(b == a + 1 for a, b in pairwise(numbers)):
            return f"{names[0]}-{numbers[-1]}"
        end = _NUMBERED.fullmatch(last)
        if end is not None and end[1] == found[0][1] and int(end[2]) > numbers[0]:
            return f"{names[0]}-{end[2]}"
    outer = names[0].rpartition(".")[0]
    return f"{names[0]}..{names[-1].removeprefix(f'{outer}.') if outer else names[-1]}"


def block_name(names: Sequence[str], ordered: Sequence[str]) -> str:
    """Return what the names of neighbors have in common and no other has, or else their range.

    Parameters
    ----------
    names : of the neighbors
    ordered : all names, theirs among them, sorted

    Examples
    --------
    >>> names = ["block5_conv1", "block5_conv2", "block5_add"]
    >>> block_name(names, sorted([*names, "block6_add"])), block_name(["conv1", "relu1"], ["conv1", "relu1"])
    ('block5', 'conv1..relu1')
    """
    low, high = min(names), max(names)
    same = next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), len(low))
    found = re.match(r".*[^._\-/](?=[._\-/])", low[:same], re.DOTALL)
    if found is not None:
        common = low[: found.end() + 1]
        if bisect_left(ordered, common + _LAST) - bisect_left(ordered, common) == len(names):
            return found[0]
    return range_name(names, names[-1])
