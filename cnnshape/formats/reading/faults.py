"""What is said of a model that is not read."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.errors import CnnshapeError, DesignError, ReadError
from cnnshape.formats.reading.records import ForeignModel, Refusal

__all__ = ["given_twice", "nothing_gives", "unmapped", "unreadable"]

_MOST_LINES = 20


def unmapped(model: ForeignModel, refusals: Sequence[Refusal]) -> DesignError:
    """Return the error for operators that no layer stands for, or that are in a form that they do not have."""
    lines = [f"{each.path}: {each.operator}: {each.why}" for each in refusals]
    more = [f"{len(lines) - _MOST_LINES} more"] if len(lines) > _MOST_LINES else []
    several = len(lines) > 1
    words = f"{len(lines)} operators have no layer here" if several else "an operator has no layer here"
    rule, fix = "a model is read if every operator is a layer, or several, in the form that it has there", ""
    if all(each.wrong for each in refusals):
        words = f"{len(lines)} operators do not fit" if several else "an operator does not fit"
        rule = "the inputs, weights and attributes of an operator are as its specification says"
        fix = "correct what makes the model, or export it at sizes that are numbers"
    return DesignError(
        f"{words}: {lines[0]}",
        code="CS127",
        place=model.name,
        given="\n".join([*lines[1:_MOST_LINES], *more]),
        rule=rule,
        fix=fix,
        got=tuple(refusals),
    )


def given_twice(name: str, path: str) -> DesignError:
    """Return the error for a tensor that two operators give."""
    return DesignError(
        f"the tensor {name!r} is given twice",
        code="CS128",
        node=path,
        got=name,
        rule="a tensor is an input, a constant, or the output of one operator",
    )


def nothing_gives(name: str, where: str) -> CnnshapeError:
    """Return the error for a tensor that is read and never made."""
    return DesignError(
        f"nothing gives the tensor {name!r}",
        code="CS128",
        field=where,
        got=name,
        rule="a tensor is an input, a constant, or the output of an operator that stands before its use",
    )


def unreadable(path: str, fault: OSError) -> ReadError:
    """Return the error for a file that may not be read."""
    return ReadError(
        "is a directory" if isinstance(fault, IsADirectoryError) else fault.strerror or str(fault),
        code="CS101",
        place=path,
        rule="a model is a file that may be read",
        fix="name a file in it" if isinstance(fault, IsADirectoryError) else "check the path and its permissions",
    )
