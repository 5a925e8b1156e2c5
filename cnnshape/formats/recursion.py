"""Definitions do not recurse: the check, before anything is expanded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cnnshape.errors import DesignError
from cnnshape.formats.tree import Scalar

__all__ = ["refuse_recursion"]


def refuse_recursion(calls: Mapping[str, Sequence[tuple[str, Scalar]]], file: str) -> None:
    """Raise the error for a definition that uses itself, through others or not.

    Parameters
    ----------
    calls : definition -> the definitions that it uses, with the place of the use
    file : name of the file

    Raises
    ------
    DesignError
        CS119.
    """
    done: set[str] = set()
    for start in calls:
        path: list[str] = []
        stack = [(start, 0)]
        while stack:
            name, at = stack.pop()
            if at == 0:
                path.append(name)
            if at == len(calls[name]) or name in done:
                done.add(path.pop())
                continue
            stack.append((name, at + 1))
            used, word = calls[name][at]
            if used in path:
                raise _recursive([*path[path.index(used) :], used], word, file)
            if used not in done:
                stack.append((used, 0))


def _recursive(names: list[str], word: Scalar, file: str) -> DesignError:
    return DesignError(
        f"{names[0]} uses itself" if len(names) == 2 else f"{names[0]} uses itself: {' -> '.join(names)}",
        code="CS119",
        place=f"{file}:{word.line}:{word.column}",
        rule="definitions do not recurse",
        fix="use repeat: beside an entry for layers that come again",
    )
