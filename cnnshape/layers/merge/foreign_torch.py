"""Sums, products and joins of PyTorch."""

from __future__ import annotations

from cnnshape.layers.base import Layer
from cnnshape.layers.foreign import Made, Row, Use, refuse
from cnnshape.layers.foreign_torch import Called, calls, elementwise, position, table, tensor
from cnnshape.layers.merge.concat import Concat
from cnnshape.layers.merge.powers import Pow, Remainder
from cnnshape.layers.merge.spec import Add, Divide, Maximum, Minimum, Multiply, Subtract
from cnnshape.layers.reshape.axes import Unsqueeze

__all__ = ["TABLE"]


def _scaled(layer: Layer) -> Row:
    def read(c: Called) -> Made:
        first, second = tensor(c.op, c.x), tensor(c.op, c.other)
        if c.alpha != 1:
            second = tensor(c.op, c.other)
            return Use(layer, (first, Use(Multiply(), (second, tensor(c.op, c.alpha)))))
        return Use(layer, (first, second))

    return calls("x other alpha=1", read, type(layer))


def _turned(layer: Layer) -> Row:
    return calls("x other", lambda c: Use(layer, (tensor(c.op, c.other), tensor(c.op, c.x))), type(layer))


def _divide(c: Called) -> Made:
    layer = Divide(rounding_mode=c.rounding_mode or "none")
    return Use(layer, (tensor(c.op, c.x), tensor(c.op, c.other)))


def _pow(c: Called) -> Layer | Made:
    if isinstance(c.exponent, (int, float)):
        return Pow(c.exponent)
    return Use(Pow(), (tensor(c.op, c.x), tensor(c.op, c.exponent)))


def _cat(c: Called) -> Made:
    inputs = tuple(position(each) for each in c.xs)
    return inputs[0] if len(inputs) == 1 else Use(Concat(dim=c.dim), inputs)


def _stack(c: Called) -> Made:
    axis = c.dim % (c.op.rank(position(c.xs[0])) + 1)
    parts = tuple(Use(Unsqueeze(axis), (position(each),)) for each in c.xs)
    if not parts:
        refuse("nothing to stack")
    return parts[0] if len(parts) == 1 else Use(Concat(dim=axis), parts)


def _addcmul(layer: Layer) -> Row:
    def read(c: Called) -> Made:
        part = Use(layer, (position(c.tensor1), position(c.tensor2)))
        if c.value != 1:
            part = Use(Multiply(), (part, tensor(c.op, c.value)))
        return Use(Add(), (c.at, part))

    return calls("x tensor1 tensor2 value=1", read, type(layer))


def _lerp(c: Called) -> Made:
    apart = Use(Subtract(), (position(c.end), c.at))
    return Use(Add(), (c.at, Use(Multiply(), (apart, tensor(c.op, c.weight)))))


_DIVIDE = calls("x other rounding_mode=None", _divide, Divide)
_CAT = calls("xs dim=0", _cat, Concat)
_POW = calls("x exponent", _pow, Pow)

TABLE = table(
    {
        "add": _scaled(Add()),
        "radd": _turned(Add()),
        "sub": _scaled(Subtract()),
        "rsub": _turned(Subtract()),
        "mul": elementwise(Multiply()),
        "rmul": _turned(Multiply()),
        "multiply": elementwise(Multiply()),
        "div": _DIVIDE,
        "divide": _DIVIDE,
        "true_divide": _DIVIDE,
        "truediv": _DIVIDE,
        "rtruediv": _turned(Divide()),
        "floordiv": elementwise(Divide(rounding_mode="floor")),
        "floor_divide": elementwise(Divide(rounding_mode="floor")),
        "remainder": elementwise(Remainder()),
        "mod": elementwise(Remainder()),
        "pow": _POW,
        "square": calls("x", lambda _: Pow(2), Pow),
        "maximum": elementwise(Maximum()),
        "minimum": elementwise(Minimum()),
        "addcmul": _addcmul(Multiply()),
        "addcdiv": _addcmul(Divide()),
        "lerp": calls("x end weight", _lerp, Add),
        "cat": _CAT,
        "concat": _CAT,
        "concatenate": _CAT,
        "stack": calls("xs dim=0", _stack, Concat),
    },
)
