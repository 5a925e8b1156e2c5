"""Activations of Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnshape.layers.activation.clipped import Clip, Hardsigmoid, Hardswish, Threshold
from cnnshape.layers.activation.groups import GLU, LogSoftmax, Softmax
from cnnshape.layers.activation.rounding import Negative
from cnnshape.layers.activation.smooth import (
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
from cnnshape.layers.activation.units import CELU, ELU, GELU, SELU, Mish, SiLU
from cnnshape.layers.base import Layer
from cnnshape.layers.foreign import Fixed, Kept, Made, Operator, Table, Use, attribute, keyed, reads, refuse
from cnnshape.layers.merge.spec import Add, Multiply

__all__ = ["TABLE"]

_BY_WORD: dict[str, Callable[[Operator], Layer]] = {
    "linear": lambda _: Identity(),
    "relu6": lambda _: ReLU6(),
    "leaky_relu": lambda op: LeakyReLU(op.attribute("negative_slope", 0.2)),
    "elu": lambda op: ELU(alpha=op.attribute("alpha", 1.0)),
    "selu": lambda _: SELU(),
    "celu": lambda op: CELU(alpha=op.attribute("alpha", 1.0)),
    "gelu": lambda op: GELU(approximate="tanh" if op.attribute("approximate", False) else "none"),
    "sigmoid": lambda _: Sigmoid(),
    "tanh": lambda _: Tanh(),
    "softplus": lambda _: Softplus(),
    "softsign": lambda _: Softsign(),
    "silu": lambda _: SiLU(),
    "swish": lambda _: SiLU(),
    "mish": lambda _: Mish(),
    "exponential": lambda _: Exp(),
    "hard_silu": lambda _: Hardswish(),
    "hard_swish": lambda _: Hardswish(),
    "hard_sigmoid": lambda _: Hardsigmoid(),
    "hard_tanh": lambda _: Clip(min=-1, max=1),
    "hard_shrink": lambda op: Hardshrink(op.attribute("threshold", 0.5)),
    "soft_shrink": lambda op: Softshrink(op.attribute("threshold", 0.5)),
    "tanh_shrink": lambda _: Tanhshrink(),
    "log_sigmoid": lambda _: LogSigmoid(),
    "softmax": lambda op: Softmax(op.attribute("axis")),
    "log_softmax": lambda op: LogSoftmax(op.attribute("axis")),
    "glu": lambda op: GLU(op.attribute("axis")),
}
"""Keras 3's words; a hard sigmoid has the slope 1/6 there, 0.2 in older versions."""
_OPS = {
    "LeakyRelu": "leaky_relu",
    "Elu": "elu",
    "Celu": "celu",
    "Gelu": "gelu",
    "Softmax": "softmax",
    "HardShrink": "hard_shrink",
    "SoftShrink": "soft_shrink",
    "LogSoftmax": "log_softmax",
    "Glu": "glu",
    "Relu6": "relu6",
    "Selu": "selu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "Silu": "silu",
    "HardSilu": "hard_silu",
    "HardSigmoid": "hard_sigmoid",
    "HardTanh": "hard_tanh",
    "TanhShrink": "tanh_shrink",
    "LogSigmoid": "log_sigmoid",
    "Mish": "mish",
}
"""Operations of a graph that are activations."""
_RANDOM = tuple(
    f"Random{name}"
    for name in (
        *("Brightness", "ColorDegeneration", "ColorJitter", "Contrast", "Elastic", "Erasing", "Flip", "GaussianBlur"),
        *("Grayscale", "Hue", "Invert", "Perspective", "Posterization", "Rotation", "Saturation", "Sharpness"),
        *("Shear", "Translation", "Zoom"),
    )
)
"""What changes images only while a network is trained."""


def _activation(op: Operator) -> Made:
    word = op.attribute("activation")
    if word == "relu":
        return _relu(op)
    if not isinstance(word, str) or word not in _BY_WORD:
        refuse(f"the activation {word!r}")
    return Use(_BY_WORD[word](op))


def _named(word: str) -> Callable[[Operator], Made]:
    return lambda op: Use(_BY_WORD[word](op))


def _relu(op: Operator) -> Made:
    most, slope = op.attribute("max_value"), op.attribute("negative_slope", 0) or 0
    start = op.attribute("threshold", 0) or 0
    if start and not slope and most is None:
        return Use(Threshold(threshold=start, value=0))
    if start or (slope and most is not None):
        refuse(f"a threshold of {start}, or a slope of {slope} beside a greatest value")
    if slope:
        return Use(LeakyReLU(slope))
    if most is None:
        return Use(ReLU())
    return Use(ReLU6() if most == 6 else Clip(min=0, max=most))


def _prelu(op: Operator) -> Made:
    shared = op.attribute("shared_axes")
    if op.rank() > 2 and (not op.attribute("moved") or sorted(shared or ()) != list(range(1, op.rank() - 1))):
        refuse("slopes that differ between positions")
    return Use(PReLU(op.shape()[1]), (0,), (("weight", Kept("0", (("flatten",),))),))


def _softmax(op: Operator) -> Made:
    if isinstance(op.attribute("axis"), tuple):
        refuse("several axes")
    return Use(Softmax(op.attribute("axis")))


def _rescaling(op: Operator) -> Made:
    scale, offset = op.attribute("scale", 1.0), op.attribute("offset", 0.0)
    if isinstance(scale, tuple) or isinstance(offset, tuple):
        refuse("a scale for each channel")
    made = Use(Multiply(), (0, Fixed(scale, op.spec().dtype)))
    return Use(Add(), (made, Fixed(offset, op.spec().dtype))) if offset else made


def _slope(op: Operator) -> Any:
    return op.attribute("negative_slope", op.attribute("alpha", 0.3))


TABLE: Table = keyed(
    "keras",
    {
        "Activation": reads(ReLU, _activation),
        "ActivityRegularization": reads(Identity),
        "ELU": reads(ELU, alpha=attribute("alpha", 1.0)),
        "Identity": reads(Identity),
        "LeakyReLU": reads(LeakyReLU, negative_slope=_slope),
        "PReLU": reads(PReLU, _prelu),
        "ReLU": reads(ReLU, _relu),
        "ops.Relu": reads(ReLU),
        "ops.Absolute": reads(Abs),
        "ops.Clip": reads(Clip, min=attribute("x_min"), max=attribute("x_max")),
        "ops.Exp": reads(Exp),
        "ops.Log": reads(Log),
        "ops.Negative": reads(Negative),
        "ops.Sqrt": reads(Sqrt),
        "Rescaling": reads(Identity, _rescaling),
        "Softmax": reads(Softmax, _softmax),
        **{name: reads(Identity) for name in _RANDOM},
        **{f"ops.{name}": reads(ReLU, _named(word)) for name, word in _OPS.items()},
    },
)
