"""Comparisons and choices of PyTorch."""

from __future__ import annotations

from cnnshape.layers.foreign import Made, Use
from cnnshape.layers.foreign_torch import Called, calls, elementwise, position, table, tensor
from cnnshape.layers.logic.spec import Compare, Logical, LogicalNot, Where

__all__ = ["TABLE"]

_RELATIONS = {
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "eq": "equal",
    "ne": "not_equal",
}
_OPERATIONS = {"logical_and": "and", "logical_or": "or", "logical_xor": "xor"}


def _masked_fill(c: Called) -> Made:
    dtype = c.op.spec(c.at).dtype
    return Use(Where(), (position(c.mask), tensor(c.op, c.value, dtype), c.at))


def _where(c: Called) -> Made:
    dtypes = [c.op.spec(each.position).dtype for each in (c.x, c.other) if hasattr(each, "position")]
    dtype = dtypes[0] if dtypes else "float32"
    return Use(Where(), (position(c.condition), tensor(c.op, c.x, dtype), tensor(c.op, c.other, dtype)))


TABLE = table(
    {name: elementwise(Compare(relation)) for name, relation in _RELATIONS.items()},
    {name: elementwise(Logical(operation)) for name, operation in _OPERATIONS.items()},
    {
        "logical_not": calls("x", lambda _: LogicalNot(), LogicalNot),
        "invert": calls("x", lambda _: LogicalNot(), LogicalNot),
        "masked_fill": calls("x mask value", _masked_fill, Where),
        "where": calls("condition x other", _where, Where),
    },
)
