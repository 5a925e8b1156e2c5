"""Arithmetic and concatenation of Keras: layers, and operations in a graph."""

from __future__ import annotations

from cnnshape.layers.foreign import Made, Operator, Table, Use, attribute, keyed, reads
from cnnshape.layers.merge.concat import Concat
from cnnshape.layers.merge.dot import Dot
from cnnshape.layers.merge.powers import Pow
from cnnshape.layers.merge.spec import Add, Divide, Maximum, Mean, Minimum, Multiply, Subtract
from cnnshape.layers.reshape.axes import Unsqueeze

__all__ = ["TABLE"]

_BOTH = {
    "Add": reads(Add),
    "Subtract": reads(Subtract),
    "Multiply": reads(Multiply),
    "Maximum": reads(Maximum),
    "Minimum": reads(Minimum),
    "Concatenate": reads(Concat, dim=attribute("axis", -1)),
}
"""What is a layer, and an operation of the same name, too."""


def _stacked(op: Operator) -> Made:
    axis = op.attribute("axis", 0)
    if axis < 0:
        axis += op.rank() + 1
    return Use(Concat(dim=axis), tuple(Use(Unsqueeze((axis,)), (i,)) for i in range(len(op.inputs))))


def _dot(op: Operator) -> Made:
    return Use(Dot(op.attribute("axes"), normalize=bool(op.attribute("normalize"))), (0, 1))


TABLE: Table = keyed(
    "keras",
    {
        **_BOTH,
        **{f"ops.{name}": row for name, row in _BOTH.items()},
        "Average": reads(Mean),
        "Dot": reads(Dot, _dot),
        "ops.Divide": reads(Divide),
        "ops.TrueDivide": reads(Divide),
        "ops.Power": reads(Pow),
        "ops.Square": reads(Multiply, lambda _: Use(Multiply(), (0, 0))),
        "ops.Stack": reads(Concat, _stacked),
    },
)
