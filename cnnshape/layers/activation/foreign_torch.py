"""Activations of PyTorch."""

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
from cnnshape.layers.activation.trigonometry import Cos, Sin
from cnnshape.layers.activation.units import CELU, ELU, GELU, SELU, Mish, SiLU
from cnnshape.layers.base import Layer
from cnnshape.layers.foreign import Fixed, Made, Row, Stored, Use, refuse
from cnnshape.layers.foreign_torch import Called, calls, modules, position, same, table
from cnnshape.layers.merge.spec import Divide
from cnnshape.symbolic import product

__all__ = ["TABLE"]

_PLAIN: dict[str, tuple[str, type[Layer]]] = {
    "ReLU": ("relu", ReLU),
    "ReLU6": ("relu6", ReLU6),
    "SELU": ("selu", SELU),
    "SiLU": ("silu", SiLU),
    "Mish": ("mish", Mish),
    "Sigmoid": ("sigmoid", Sigmoid),
    "Tanh": ("tanh", Tanh),
    "Softsign": ("softsign", Softsign),
    "Hardsigmoid": ("hardsigmoid", Hardsigmoid),
    "Hardswish": ("hardswish", Hardswish),
    "LogSigmoid": ("logsigmoid", LogSigmoid),
    "Tanhshrink": ("tanhshrink", Tanhshrink),
}
_NUMBERS: dict[str, type[Layer]] = {
    "exp": Exp,
    "log": Log,
    "sqrt": Sqrt,
    "abs": Abs,
    "erf": Erf,
    "sin": Sin,
    "cos": Cos,
    "ceil": Ceil,
    "floor": Floor,
    "round": Round,
    "sign": Sign,
    "neg": Negative,
}
_GIVEN: dict[str, tuple[Row, Row]] = {
    "LeakyReLU leaky_relu": same("x negative_slope=0.01 inplace=False", lambda m: LeakyReLU(m.negative_slope)),
    "ELU elu": same("x alpha=1.0 inplace=False", lambda m: ELU(m.alpha)),
    "CELU celu": same("x alpha=1.0 inplace=False", lambda m: CELU(m.alpha)),
    "GELU gelu": same("x approximate='none'", lambda m: GELU(approximate=m.approximate)),
    "Softplus softplus": same("x beta=1.0 threshold=20.0", lambda m: Softplus(m.beta, threshold=m.threshold)),
    "Hardtanh hardtanh": same(
        "x min_val=-1.0 max_val=1.0 inplace=False", lambda m: Hardtanh(min_val=m.min_val, max_val=m.max_val)
    ),
    "Softshrink softshrink": same("x lambd=0.5", lambda m: Softshrink(m.lambd)),
    "Hardshrink hardshrink": same("x lambd=0.5", lambda m: Hardshrink(m.lambd)),
    "Threshold threshold": same("x threshold value inplace=False", lambda m: Threshold(m.threshold, value=m.value)),
    "GLU glu": same("x dim=-1", lambda m: GLU(m.dim)),
}


def _of(layer: type[Layer]) -> Callable[[Any], Layer]:
    return lambda _: layer()


def _pair(names: str, rows: tuple[Row, Row]) -> dict[str, Row]:
    return dict(zip(names.split(), rows, strict=True))


def _softmax(kind: type[Softmax | LogSoftmax]) -> tuple[Row, Row]:
    def make(source: Any) -> Layer:
        if source.dim is None:
            refuse("no dim: PyTorch guesses one")
        if not isinstance(source, Called):
            return kind(source.dim)
        if source.dtype not in (None, source.op.spec(source.at).dtype):
            refuse(f"dtype {source.dtype}")
        return kind(source.dim)

    return same("x dim=None dtype=None", make)


def _clamp(c: Called) -> Layer | Made:
    low, high = c.min, c.max
    if not all(value is None or isinstance(value, (int, float)) for value in (low, high)):
        refuse("bounds that are tensors")
    return Clip(min=low, max=high)


def _prelu(c: Called) -> Made:
    at = position(c.weight)
    return Use(PReLU(product(c.op.shape(at))), (c.at,), (("weight", Stored(at)),))


def _rsqrt(c: Called) -> Made:
    return Use(Divide(), (Fixed(1, c.op.spec(c.at).dtype), Use(Sqrt(), (c.at,))))


_CLAMP = calls("x min=None max=None", _clamp, Clip)
_PASS = calls("x *rest", lambda c: c.at, Identity)

TABLE = table(
    {name: modules(_of(layer), layer) for name, (_, layer) in _PLAIN.items()},
    {name: calls("x inplace=False", _of(layer), layer) for name, layer in (*_PLAIN.values(), *_NUMBERS.items())},
    *(_pair(names, rows) for names, rows in _GIVEN.items()),
    _pair("Softmax softmax", _softmax(Softmax)),
    _pair("LogSoftmax log_softmax", _softmax(LogSoftmax)),
    {
        "Softmax2d": modules(lambda _: Softmax(1), Softmax),
        "PReLU": modules(lambda m: PReLU(m.num_parameters), PReLU),
        "prelu": calls("x weight", _prelu, PReLU),
        "clamp": _CLAMP,
        "clip": _CLAMP,
        "rsqrt": calls("x", _rsqrt, Divide),
        "Identity": modules(lambda _: Identity(), Identity),
        "contiguous": _PASS,
        "clone": _PASS,
        "detach": _PASS,
    },
)
