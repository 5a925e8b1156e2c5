"""What is said of a model that is not read."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.errors import CnnshapeError, DesignError
from cnnshape.formats.reading.records import ForeignModel, Refusal

__all__ = ["given_twice", "nothing_gives", "unmapped"]

_MOST_LINES = 20


def unmapped(model: ForeignModel, refusals: Sequence[Refusal]) -> DesignError:
    """Return the error for operators that no layer stands for."""
    lines = [f"{each.path}: {each.operator}: {each.why}" for each in refusals]
    many = f"{len(lines)} operators have" if len(lines) > 1 else "an operator has"
    more = [f"{len(lines) - _MOST_LINES} more"] if len(lines) > _MOST_LINES else []
    return DesignError(
        f"{many} no layer here: {lines[0]}",
        code="CS127",
        place=model.name,
        given="\n".join([*lines[1:_MOST_LINES], *more]),
        rule="a model is read if every operator is a layer, or several, in the form that it has there",
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
