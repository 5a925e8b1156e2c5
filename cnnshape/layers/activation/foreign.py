"""Activations in other systems."""

from __future__ import annotations

from cnnshape.layers.activation.clipped import Clip, Hardsigmoid, Hardswish, Threshold
from cnnshape.layers.activation.groups import LogSoftmax, Softmax
from cnnshape.layers.activation.hardmax import Hardmax
from cnnshape.layers.activation.rounding import Ceil, Floor, Negative, Round, Sign
from cnnshape.layers.activation.smooth import Erf, Exp, Log, Sigmoid, Softplus, Softsign, Sqrt, Tanh
from cnnshape.layers.activation.spec import Abs, Hardshrink, Identity, LeakyReLU, PReLU, ReLU, Softshrink
from cnnshape.layers.activation.trigonometry import Acos, Acosh, Asin, Asinh, Atan, Atanh, Cos, Cosh, Sin, Sinh, Tan
from cnnshape.layers.activation.units import CELU, ELU, GELU, SELU, Mish, SiLU
from cnnshape.layers.foreign import Fixed, Made, Operator, Stored, Table, Use, attribute, keyed, reads, refuse
from cnnshape.layers.merge.spec import Add, Multiply
from cnnshape.layers.reshape.spec import Flatten, Unflatten
from cnnshape.symbolic import product

__all__ = ["TABLE"]


def _clip(op: Operator) -> Made:
    low, high = op.single("min", 1), op.single("max", 2)
    if low is None and high is None:
        return 0
    if low is not None and high is not None and low > high:  # then everything is the upper bound
        return Use(Clip(min=low)).then(Clip(max=high))
    return Use(Clip(min=low, max=high))


def _prelu(op: Operator) -> Made:
    rank, slope = op.rank(), op.shape(1)
    aligned = (1,) * (rank - len(slope)) + slope
    one = all(size == 1 for size in slope)
    by_channel = rank > 1 and all(size == 1 for axis, size in enumerate(aligned) if axis != 1)
    by_channel |= op.version < 7 and len(slope) == 1  # not aligned with the last axis yet
    if op.stored(1) and (one or by_channel):
        return Use(PReLU(product(slope)), (0,), (("weight", Stored(1, (("flatten",),))),))
    # Slopes of another shape: positive and negative part apart.
    return Use(Add(), (Use(ReLU()), Use(Multiply(), (Use(Clip(max=0)), 1))))


def _selu(op: Operator) -> Made:
    alpha, gamma = op.attribute("alpha", _ALPHA), op.attribute("gamma", _GAMMA)
    if abs(alpha - _ALPHA) < 1e-6 and abs(gamma - _GAMMA) < 1e-6:
        return Use(SELU())
    return Use(Multiply(), (Use(ELU(alpha)), Fixed(gamma, op.spec().dtype)))


_ALPHA, _GAMMA = 1.6732632423543772, 1.0507009873554805


def _swish(op: Operator) -> Made:
    alpha = op.attribute("alpha", 1.0)
    if alpha == 1:
        return Use(SiLU())
    inner = Use(Multiply(), (0, Fixed(alpha, op.spec().dtype)))
    return Use(Multiply(), (0, inner.then(Sigmoid())))


def _swiglu(op: Operator) -> Made:
    gate = _swish(op)
    return Use(Multiply(), (gate, 1)) if isinstance(gate, Use) else gate


def _shrink(op: Operator) -> Made:
    bias, lambd = op.attribute("bias", 0.0), op.attribute("lambd", 0.5)
    if bias not in (0, lambd):
        refuse(f"a bias of {bias} beside lambd = {lambd}")
    return Use(Hardshrink(lambd) if bias == 0 else Softshrink(lambd))


def _softmax(layer: type[Hardmax | LogSoftmax | Softmax], op: Operator) -> Made:
    axis = op.axis(op.attribute("axis", -1 if op.version >= 13 else 1))
    if op.version >= 13 or axis == op.rank() - 1:
        return Use(layer(axis))
    # Until version 13 all axes from this one on were one.
    flat = Use(Flatten(start_dim=axis)).then(layer(axis))
    return flat.then(Unflatten(op.shape()[axis:], dim=axis))


TABLE: Table = keyed(
    "onnx",
    {
        "Identity": reads(Identity),
        "Abs": reads(Abs),
        "Exp": reads(Exp),
        "Log": reads(Log),
        "Sqrt": reads(Sqrt),
        "Sin": reads(Sin),
        "Cos": reads(Cos),
        "Tan": reads(Tan),
        "Asin": reads(Asin),
        "Acos": reads(Acos),
        "Atan": reads(Atan),
        "Sinh": reads(Sinh),
        "Cosh": reads(Cosh),
        "Asinh": reads(Asinh),
        "Acosh": reads(Acosh),
        "Atanh": reads(Atanh),
        "Ceil": reads(Ceil),
        "Floor": reads(Floor),
        "Neg": reads(Negative),
        "Round": reads(Round),
        "Sign": reads(Sign),
        "Erf": reads(Erf),
        "Sigmoid": reads(Sigmoid),
        "Tanh": reads(Tanh),
        "Relu": reads(ReLU),
        "LeakyRelu": reads(LeakyReLU, negative_slope=attribute("alpha", 0.01)),
        "PRelu": reads(PReLU, _prelu),
        "Elu": reads(ELU, alpha=attribute("alpha", 1.0)),
        "Celu": reads(CELU, alpha=attribute("alpha", 1.0)),
        "Selu": reads(SELU, _selu),
        "Gelu": reads(GELU, approximate=attribute("approximate", "none")),
        "Swish": reads(SiLU, _swish),
        "SwiGLU": reads(SiLU, _swiglu),
        "Mish": reads(Mish),
        "Softplus": reads(Softplus),
        "Softsign": reads(Softsign),
        "HardSigmoid": reads(Hardsigmoid, alpha=attribute("alpha", 0.2), beta=attribute("beta", 0.5)),
        "HardSwish": reads(Hardswish),
        "ThresholdedRelu": reads(Threshold, threshold=attribute("alpha", 1.0), value=0),
        "Shrink": reads(Hardshrink, _shrink),
        "Clip": reads(Clip, _clip),
        "Softmax": reads(Softmax, lambda op: _softmax(Softmax, op)),
        "Hardmax": reads(Hardmax, lambda op: _softmax(Hardmax, op)),
        "LogSoftmax": reads(LogSoftmax, lambda op: _softmax(LogSoftmax, op)),
    },
)
