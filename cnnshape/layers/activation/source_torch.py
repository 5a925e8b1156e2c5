"""Activations as PyTorch code."""

from __future__ import annotations

from typing import Any

import cnnshape.layers.activation as A
from cnnshape.layers.base import Layer
from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_out import Case
from cnnshape.layers.source import Coder, CoderTable, Infix, Opt, Piece, X, call, method, real

__all__ = ["TABLE"]


def _both(function: str, module: str, **defaults: Any) -> Coder:
    """Return the coder of a layer that PyTorch has as a function and as a module, with the same arguments."""

    def code(layer: Any, case: Case) -> Piece:
        if "float" not in case.dtype and module not in ("ReLU", "Sigmoid", "Tanh"):
            refuse(f"PyTorch's takes no {case.dtype}")
        given = {name: Opt(_number(getattr(layer, name)), default) for name, default in defaults.items()}
        return Piece(call(f"nn.{module}", **given), call(function, X, **given))

    return code


def _number(value: Any) -> Any:
    return value if isinstance(value, (str, bool, tuple)) or value is None else real(value)


def _alone(function: str) -> Coder:
    """Return the coder of a layer that is one function without arguments."""
    return lambda layer, case: Piece(None, call(function, X))


def _prelu(layer: A.PReLU, case: Case) -> Piece:
    made = call("nn.PReLU", num_parameters=Opt(layer.num_parameters, 1), init=Opt(real(layer.init), 0.25))
    return Piece(made, None, weighted=True)


def _along(function: str, module: str) -> Coder:
    def code(layer: Any, case: Case) -> Piece:
        return Piece(call(f"nn.{module}", dim=layer.dim), call(function, X, dim=layer.dim))

    return code


def _threshold(layer: A.Threshold, case: Case) -> Piece:
    given = (real(layer.threshold), real(layer.value))
    return Piece(call("nn.Threshold", *given), call("F.threshold", X, *given))


def _clip(layer: A.Clip, case: Case) -> Piece:
    sides = {"min": layer.min, "max": layer.max}
    given = {name: real(value) for name, value in sides.items() if value is not None}
    return Piece(None, method(X, "clamp", **given) if given else X)


def _hardsigmoid(layer: A.Hardsigmoid, case: Case) -> Piece:
    if "float" not in case.dtype:
        refuse(f"PyTorch's takes no {case.dtype}")
    if abs(float(layer.alpha) - 1 / 6) < 1e-12 and float(layer.beta) == 0.5:
        return Piece(call("nn.Hardsigmoid"), call("F.hardsigmoid", X))
    line = Infix(" + ", (Infix(" * ", (real(layer.alpha), X)), real(layer.beta)))
    return Piece(None, call("torch.clamp", line, 0, 1))


def _maxout(layer: A.Maxout, case: Case) -> Piece:
    units = method(X, "unflatten", layer.dim, (layer.num_units, -1))
    return Piece(None, method(units, "amax", layer.dim + (layer.dim >= 0)))


def _glu(layer: A.GLU, case: Case) -> Piece:
    given = Opt(layer.dim, -1)
    return Piece(call("nn.GLU", dim=given), call("F.glu", X, dim=given))


def _hardmax(layer: A.Hardmax, case: Case) -> Piece:
    refuse("PyTorch has no such function")


_ALONE: dict[type[Layer], str] = {
    A.Exp: "torch.exp",
    A.Log: "torch.log",
    A.Sqrt: "torch.sqrt",
    A.Abs: "torch.abs",
    A.Erf: "torch.erf",
    A.Acos: "torch.acos",
    A.Acosh: "torch.acosh",
    A.Asin: "torch.asin",
    A.Asinh: "torch.asinh",
    A.Atan: "torch.atan",
    A.Atanh: "torch.atanh",
    A.Cos: "torch.cos",
    A.Cosh: "torch.cosh",
    A.Sin: "torch.sin",
    A.Sinh: "torch.sinh",
    A.Tan: "torch.tan",
    A.Ceil: "torch.ceil",
    A.Floor: "torch.floor",
    A.Round: "torch.round",
    A.Sign: "torch.sign",
    A.Negative: "torch.neg",
}

TABLE: CoderTable = {
    **{layer: _alone(name) for layer, name in _ALONE.items()},
    A.Sigmoid: _both("torch.sigmoid", "Sigmoid"),
    A.Tanh: _both("torch.tanh", "Tanh"),
    A.ReLU: _both("F.relu", "ReLU"),
    A.ReLU6: _both("F.relu6", "ReLU6"),
    A.LeakyReLU: _both("F.leaky_relu", "LeakyReLU", negative_slope=0.01),
    A.PReLU: _prelu,
    A.ELU: _both("F.elu", "ELU", alpha=1.0),
    A.SELU: _both("F.selu", "SELU"),
    A.CELU: _both("F.celu", "CELU", alpha=1.0),
    A.GELU: _both("F.gelu", "GELU", approximate="none"),
    A.SiLU: _both("F.silu", "SiLU"),
    A.Mish: _both("F.mish", "Mish"),
    A.Softplus: _both("F.softplus", "Softplus", beta=1.0, threshold=20.0),
    A.Softsign: _both("F.softsign", "Softsign"),
    A.Hardsigmoid: _hardsigmoid,
    A.Hardswish: _both("F.hardswish", "Hardswish"),
    A.Hardtanh: _both("F.hardtanh", "Hardtanh", min_val=-1.0, max_val=1.0),
    A.LogSigmoid: _both("F.logsigmoid", "LogSigmoid"),
    A.Softshrink: _both("F.softshrink", "Softshrink", lambd=0.5),
    A.Hardshrink: _both("F.hardshrink", "Hardshrink", lambd=0.5),
    A.Tanhshrink: _both("F.tanhshrink", "Tanhshrink"),
    A.Threshold: _threshold,
    A.Clip: _clip,
    A.GLU: _glu,
    A.Maxout: _maxout,
    A.Softmax: _along("F.softmax", "Softmax"),
    A.LogSoftmax: _along("F.log_softmax", "LogSoftmax"),
    A.Hardmax: _hardmax,
    A.Identity: lambda layer, case: Piece(call("nn.Identity"), X),
}
