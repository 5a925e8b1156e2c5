"""Activations as operators of other systems."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.activation.clipped import Clip, Hardsigmoid, Hardswish, Hardtanh, Threshold
from cnnshape.layers.activation.groups import GLU, LogSoftmax, Maxout, Softmax
from cnnshape.layers.activation.hardmax import Hardmax
from cnnshape.layers.activation.rounding import Ceil, Floor, Negative, Round, Sign
from cnnshape.layers.activation.smooth import (
    Erf,
    Exp,
    Log,
    LogSigmoid,
    Sigmoid,
    Softplus,
    Softsign,
    Sqrt,
    Tanh,
    Tanhshrink,
)
from cnnshape.layers.activation.spec import Abs, Hardshrink, Identity, LeakyReLU, PReLU, ReLU, ReLU6, Softshrink
from cnnshape.layers.activation.trigonometry import Acos, Acosh, Asin, Asinh, Atan, Atanh, Cos, Cosh, Sin, Sinh, Tan
from cnnshape.layers.activation.units import CELU, ELU, GELU, SELU, Mish, SiLU
from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_out import (
    Case,
    Owned,
    WriterTable,
    Written,
    ints,
    numbers,
    op,
    owned,
    reshaped,
    simply,
    written,
)
from cnnshape.symbolic import exact_div

__all__ = ["TABLE"]


def _between(case: Case, low: float | None, high: float | None) -> Written:
    return op("Clip", 0, None if low is None else case.number(low), None if high is None else case.number(high))


def _prelu(layer: PReLU, case: Case) -> Written:
    (slopes,) = ints((layer.num_parameters,))
    # The slopes lie along the channels, the axis after the batch.
    behind = (1,) * max(case.rank() - 2, 0) if slopes > 1 else ()
    return op("PRelu", 0, Owned(("weight",), (), (slopes, *behind)) if behind else owned("weight"))


def _softplus(layer: Softplus, case: Case) -> Written:
    if layer.beta == 1:
        return op("Softplus", 0)
    beta = case.number(layer.beta)
    return op("Div", op("Mul", 0, beta).then("Softplus"), beta)


def _threshold(layer: Threshold, case: Case) -> Written:
    return op("Where", op("Greater", 0, case.number(layer.threshold)), 0, case.number(layer.value))


def _glu(layer: GLU, case: Case) -> Written:
    halves = op("Split", 0, outputs=2, axis=case.axis(layer.dim), num_outputs=2)
    return op("Mul", halves[0], op("Sigmoid", halves[1]))


def _maxout(layer: Maxout, case: Case) -> Written:
    axis, shape, (units,) = case.axis(layer.dim), case.shape(), ints((layer.num_units,))
    apart = (*shape[:axis], units, exact_div(shape[axis], units) or refuse("groups of free size"), *shape[axis + 1 :])
    return reshaped(case, 0, shape, apart).then("ReduceMax", numbers((axis + 1,)), keepdims=0)


def _softmax(operator: str) -> Any:
    return lambda layer, case: op(operator, 0, axis=case.axis(layer.dim))


TABLE: WriterTable = written(
    "onnx",
    {
        Identity: simply("Identity"),
        Abs: simply("Abs"),
        Exp: simply("Exp"),
        Log: simply("Log"),
        Sqrt: simply("Sqrt"),
        Sin: simply("Sin"),
        Cos: simply("Cos"),
        Tan: simply("Tan"),
        Asin: simply("Asin"),
        Acos: simply("Acos"),
        Atan: simply("Atan"),
        Sinh: simply("Sinh"),
        Cosh: simply("Cosh"),
        Asinh: simply("Asinh"),
        Acosh: simply("Acosh"),
        Atanh: simply("Atanh"),
        Ceil: simply("Ceil"),
        Floor: simply("Floor"),
        Negative: simply("Neg"),
        Round: simply("Round"),
        Sign: simply("Sign"),
        Erf: simply("Erf"),
        Sigmoid: simply("Sigmoid"),
        Tanh: simply("Tanh"),
        ReLU: simply("Relu"),
        ReLU6: lambda _, case: _between(case, 0, 6),
        LeakyReLU: simply("LeakyRelu", alpha=lambda layer: layer.negative_slope),
        PReLU: _prelu,
        ELU: simply("Elu", alpha=lambda layer: layer.alpha),
        CELU: simply("Celu", alpha=lambda layer: layer.alpha),
        SELU: simply("Selu"),
        GELU: simply("Gelu", approximate=lambda layer: layer.approximate),
        SiLU: lambda _, __: op("Mul", 0, op("Sigmoid", 0)),
        Mish: simply("Mish"),
        Softplus: _softplus,
        Softsign: simply("Softsign"),
        LogSigmoid: lambda _, __: op("Neg", op("Neg", 0).then("Softplus")),
        Tanhshrink: lambda _, __: op("Sub", 0, op("Tanh", 0)),
        Hardsigmoid: simply("HardSigmoid", alpha=lambda layer: layer.alpha, beta=lambda layer: layer.beta),
        Hardswish: simply("HardSwish"),
        Hardtanh: lambda layer, case: _between(case, layer.min_val, layer.max_val),
        Hardshrink: simply("Shrink", bias=0.0, lambd=lambda layer: layer.lambd),
        Softshrink: simply("Shrink", bias=lambda layer: layer.lambd, lambd=lambda layer: layer.lambd),
        Threshold: _threshold,
        Clip: lambda layer, case: _between(case, layer.min, layer.max),
        GLU: _glu,
        Maxout: _maxout,
        Softmax: _softmax("Softmax"),
        LogSoftmax: _softmax("LogSoftmax"),
        Hardmax: _softmax("Hardmax"),
    },
)
