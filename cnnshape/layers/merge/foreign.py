"""Arithmetic and concatenation in other systems."""

from __future__ import annotations

from cnnshape.layers.activation.smooth import Sqrt
from cnnshape.layers.base import Layer
from cnnshape.layers.foreign import Fixed, Made, Operator, Row, Table, Use, attribute, keyed, reads
from cnnshape.layers.join import promoted
from cnnshape.layers.merge.concat import Concat
from cnnshape.layers.merge.powers import Pow, Remainder
from cnnshape.layers.merge.spec import Add, Divide, Maximum, Mean, Minimum, Multiply, Subtract
from cnnshape.layers.reshape.axes import Unsqueeze
from cnnshape.layers.reshape.copies import Cast

__all__ = ["TABLE", "second"]


def second(op: Operator) -> int | Use:
    """Return the second input of an arithmetic operator, its axes in their places.

    Until version 7 an attribute said which axis of the first input the second one begins at.
    """
    start, rank = op.attribute("axis"), op.rank(1)
    if op.version >= 7 or start is None:
        return 1
    behind = op.rank() - op.axis(start) - rank
    return Use(Unsqueeze(tuple(range(rank, rank + behind))), (1,)) if behind > 0 else 1


def _pair(layer: type[Layer]) -> Row:
    return reads(layer, lambda op: Use(layer(), (0, second(op))))


def _divide(op: Operator) -> Made:
    whole = "float" not in op.spec().dtype
    return Use(Divide(rounding_mode="trunc") if whole else Divide(), (0, second(op)))


def _remainder(op: Operator) -> Made:
    return Use(Remainder(rounding_mode="trunc" if op.attribute("fmod", 0) else "floor"), (0, 1))


def _reciprocal(op: Operator) -> Made:
    return Use(Divide(), (Fixed(1, op.spec().dtype), 0))


def _power(op: Operator) -> Made:
    exponents = op.values(1)
    if exponents is not None and len(exponents) == 1 and exponents[0] in _POWERS and op.rank(1) <= op.rank():
        times = _POWERS[exponents[0]]
        if times is None:
            return Use(Sqrt())
        return Use(Multiply(), (0,) * times) if times > 1 else 0
    made, dtype = Use(Pow(), (0, second(op))), op.spec().dtype
    return made if promoted([dtype, op.spec(1).dtype]) == dtype else made.then(Cast(dtype))


_POWERS = {1: 1, 2: 2, 3: 3, 0.5: None}
"""Exponent -> how often the base is a factor; None: the square root."""


TABLE: Table = keyed(
    "onnx",
    {
        "Add": _pair(Add),
        "Sum": reads(Add),
        "Sub": _pair(Subtract),
        "Mul": _pair(Multiply),
        "Div": reads(Divide, _divide),
        "Pow": reads(Pow, _power),
        "Mod": reads(Remainder, _remainder),
        "Reciprocal": reads(Divide, _reciprocal),
        "Max": reads(Maximum),
        "Min": reads(Minimum),
        "Mean": reads(Mean),
        "Concat": reads(Concat, dim=attribute("axis", 1)),
    },
)
