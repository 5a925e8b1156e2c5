"""Definitions do not recurse and do not explode: the checks before anything is expanded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cnnshape.errors import DesignError
from cnnshape.formats.design.entries import Body, Call, Use
from cnnshape.formats.design.tree import Scalar

__all__ = ["least_uses", "refuse_recursion"]


def refuse_recursion(calls: Mapping[str, Sequence[tuple[str, Scalar]]], file: str) -> list[str]:
    """Return the definitions in an order in which each comes after those that it uses.

    Parameters
    ----------
    calls : definition -> the definitions that it uses, with the place of the use
    file : name of the file

    Raises
    ------
    DesignError
        CS119.
    """
    done: dict[str, None] = {}
    for start in calls:
        path: list[str] = []
        stack = [(start, 0)]
        while stack:
            name, at = stack.pop()
            if at == 0:
                path.append(name)
            if at == len(calls[name]) or name in done:
                done.setdefault(path.pop())
                continue
            stack.append((name, at + 1))
            used, word = calls[name][at]
            if used in path:
                raise _recursive([*path[path.index(used) :], used], word, file)
            if used not in done:
                stack.append((used, 0))
    return list(done)


def least_uses(entries: Iterable[Use], uses: Mapping[str, int]) -> int:
    """Return how many entries a list of layers writes out to at least; a repeat that is no number counts for none.

    Parameters
    ----------
    entries : the list
    uses : the same of each definition
    """
    total = 0
    for use in entries:
        one = 1 + sum(least_uses(source.uses, uses) for source in use.inputs or () if isinstance(source, Body))
        if isinstance(use.what, Body):
            one += least_uses(use.what.uses, uses)
        elif isinstance(use.what, Call):
            one += uses[use.what.name]
        times = use.repeat.value if isinstance(use.repeat, Scalar) else 1 if use.repeat is None else 0
        total += one * (times if isinstance(times, int) else 0)
    return total


def _recursive(names: list[str], word: Scalar, file: str) -> DesignError:
    return DesignError(
        f"{names[0]} uses itself" if len(names) == 2 else f"{names[0]} uses itself: {' -> '.join(names)}",
        code="CS119",
        place=f"{file}:{word.line}:{word.column}",
        rule="definitions do not recurse",
        fix="use repeat: beside an entry for layers that come again",
    )
