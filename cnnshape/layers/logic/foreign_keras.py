"""Comparisons and choices in graphs of Keras."""

from __future__ import annotations

from cnnshape.layers.foreign import Table, keyed, reads
from cnnshape.layers.logic.spec import Compare, Logical, LogicalNot, Where

__all__ = ["TABLE"]

_RELATIONS = {
    "Greater": "greater",
    "GreaterEqual": "greater_equal",
    "Less": "less",
    "LessEqual": "less_equal",
    "Equal": "equal",
    "NotEqual": "not_equal",
}

TABLE: Table = keyed(
    "keras",
    {
        **{f"ops.{name}": reads(Compare, relation=word) for name, word in _RELATIONS.items()},
        "ops.LogicalAnd": reads(Logical, operation="and"),
        "ops.LogicalOr": reads(Logical, operation="or"),
        "ops.LogicalNot": reads(LogicalNot),
        "ops.Where": reads(Where),
    },
)
