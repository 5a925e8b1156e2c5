"""Activations in Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnshape.layers.activation.clipped import Clip, Hardsigmoid, Hardswish, Hardtanh, Threshold
from cnnshape.layers.activation.groups import GLU, LogSoftmax, Softmax
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
from cnnshape.layers.foreign_out import ints
from cnnshape.layers.source_keras import Kept, KerasCase, Made, Way, WayTable, channels_last, either, layer, op, unless

__all__ = ["TABLE"]


def _named(word: str) -> Way:
    return either(lambda _, __: layer("Activation", bare={"activation": word}))


def _operation(name: str) -> Way:
    return either(lambda _, __: op(name))


def _prelu(given: PReLU, case: KerasCase) -> Made:
    (slopes,) = ints((given.num_parameters,))
    rank = case.rank()
    if rank == 2 and slopes == 1 != case.shape()[1]:
        refuse("Keras's PReLU has a slope for each entry of a vector")
    shared = tuple(range(1, rank - (slopes > 1)))
    behind = (1,) * (rank - 2)
    return layer(
        "PReLU",
        shared_axes=unless(shared or None, None),
        weights=(Kept(("weight",), lambda array: array.reshape(*behind, -1)),),
    )


def _gelu(given: GELU, _: KerasCase) -> Made:
    if given.approximate == "none":
        return layer("Activation", bare={"activation": "gelu"})
    return op("gelu", approximate=True)


def _softplus(given: Softplus, _: KerasCase) -> Made:
    if given.beta == 1:
        return layer("Activation", bare={"activation": "softplus"})
    return op("divide", op("softplus", op("multiply", 0, x2=float(given.beta))), x2=float(given.beta))


def _hard_sigmoid(given: Hardsigmoid, _: KerasCase) -> Made:
    if abs(given.alpha - 1 / 6) < 1e-7 and given.beta == 0.5:
        return layer("Activation", bare={"activation": "hard_sigmoid"})
    scaled = op("add", op("multiply", 0, x2=float(given.alpha)), x2=float(given.beta))
    return op("clip", scaled, x_min=0.0, x_max=1.0)


def _clip(given: Clip | Hardtanh, _: KerasCase) -> Made:
    low, high = (given.min, given.max) if isinstance(given, Clip) else (given.min_val, given.max_val)
    if low is None and high is None:
        return layer("Identity")
    if low is None:
        return op("minimum", 0, x2=high)
    return op("maximum", 0, x2=low) if high is None else op("clip", 0, x_min=low, x_max=high)


def _softmax(given: Softmax, case: KerasCase) -> Made:
    return layer("Softmax", axis=unless(case.at(given.dim), -1))


def _log_softmax(given: LogSoftmax, case: KerasCase) -> Made:
    axis = case.at(given.dim)
    return layer("Activation", bare={"activation": "log_softmax"}) if axis == -1 else op("log_softmax", axis=axis)


def _elu(name: str) -> Callable[[Any, KerasCase], Made]:
    def write(given: Any, _: KerasCase) -> Made:
        if given.alpha == 1:
            return layer("Activation", bare={"activation": name})
        return layer("ELU", alpha=given.alpha) if name == "elu" else op(name, alpha=given.alpha)

    return write


TABLE: WayTable = {
    Identity: either(lambda _, __: layer("Identity")),
    ReLU: either(lambda _, __: layer("ReLU")),
    ReLU6: either(lambda _, __: layer("ReLU", max_value=6.0)),
    LeakyReLU: either(lambda given, _: layer("LeakyReLU", negative_slope=unless(given.negative_slope, 0.3))),
    PReLU: channels_last(_prelu),
    ELU: either(_elu("elu")),
    CELU: either(_elu("celu")),
    SELU: _named("selu"),
    GELU: either(_gelu),
    SiLU: _named("silu"),
    Mish: _named("mish"),
    Sigmoid: _named("sigmoid"),
    Tanh: _named("tanh"),
    Softsign: _named("softsign"),
    Softplus: either(_softplus),
    LogSigmoid: _named("log_sigmoid"),
    Hardsigmoid: either(_hard_sigmoid),
    Hardswish: _named("hard_silu"),
    Hardtanh: either(_clip),
    Clip: either(_clip),
    Softmax: either(_softmax),
    LogSoftmax: either(_log_softmax),
    GLU: either(lambda given, case: op("glu", axis=case.at(given.dim))),
    Softshrink: either(lambda given, _: op("soft_shrink", threshold=given.lambd)),
    Hardshrink: either(lambda given, _: op("hard_shrink", threshold=given.lambd)),
    Tanhshrink: _operation("tanh_shrink"),
    Threshold: either(lambda given, _: op("threshold", threshold=given.threshold, default_value=given.value)),
    Abs: _operation("abs"),
    Exp: _operation("exp"),
    Log: _operation("log"),
    Sqrt: _operation("sqrt"),
    Erf: _operation("erf"),
    Ceil: _operation("ceil"),
    Floor: _operation("floor"),
    Negative: _operation("negative"),
    Round: _operation("round"),
    Sign: _operation("sign"),
    Sin: _operation("sin"),
    Cos: _operation("cos"),
    Tan: _operation("tan"),
    Asin: _operation("arcsin"),
    Acos: _operation("arccos"),
    Atan: _operation("arctan"),
    Sinh: _operation("sinh"),
    Cosh: _operation("cosh"),
    Asinh: _operation("arcsinh"),
    Acosh: _operation("arccosh"),
    Atanh: _operation("arctanh"),
}
