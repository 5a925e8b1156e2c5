"""The value of an activation at one number, with its formula: what a student works out by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import erf, exp, expm1, log1p, sqrt, tanh

__all__ = ["CURVES", "NamedCurve"]


@dataclass(frozen=True, slots=True)
class NamedCurve:
    """An activation with the catalogue's default arguments.

    Parameters
    ----------
    formula : str, in x
    at : from x to the value

    Examples
    --------
    >>> CURVES["relu"].formula, CURVES["relu"].at(-3), CURVES["sigmoid"].at(0)
    ('max(0, x)', 0, 0.5)
    """

    formula: str
    at: Callable[[float], float]


def _sigmoid(x: float) -> float:
    if x >= 0:
        return 1 / (1 + exp(-x))
    power = exp(x)  # exp(-x) would overflow
    return power / (1 + power)


def _softplus(x: float) -> float:
    return x if x > 20 else log1p(exp(x))


def _elu(x: float) -> float:
    return x if x > 0 else expm1(x)


_SELU_SCALE, _SELU_ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
"""Klambauer et al.: Self-Normalizing Neural Networks, arXiv:1706.02515."""

CURVES: dict[str, NamedCurve] = {
    "relu": NamedCurve("max(0, x)", lambda x: max(0, x)),
    "sigmoid": NamedCurve("1/(1 + exp(-x))", _sigmoid),
    "tanh": NamedCurve("tanh(x)", tanh),
    "relu6": NamedCurve("min(max(0, x), 6)", lambda x: min(max(0, x), 6)),
    "leaky_relu": NamedCurve("x if x > 0 else 0.01*x", lambda x: x if x > 0 else 0.01 * x),
    "elu": NamedCurve("x if x > 0 else exp(x) - 1", _elu),
    "selu": NamedCurve(
        "1.0507*(x if x > 0 else 1.67326*(exp(x) - 1))",
        lambda x: _SELU_SCALE * (x if x > 0 else _SELU_ALPHA * expm1(x)),
    ),
    "gelu": NamedCurve("x*(1 + erf(x/sqrt(2)))/2", lambda x: x * (1 + erf(x / sqrt(2))) / 2),
    "silu": NamedCurve("x/(1 + exp(-x))", lambda x: x * _sigmoid(x)),
    "mish": NamedCurve("x*tanh(log(1 + exp(x)))", lambda x: x * tanh(_softplus(x))),
    "softplus": NamedCurve("log(1 + exp(x))", _softplus),
    "softsign": NamedCurve("x/(1 + |x|)", lambda x: x / (1 + abs(x))),
    "hardtanh": NamedCurve("min(max(-1, x), 1)", lambda x: min(max(-1, x), 1)),
    "hardsigmoid": NamedCurve("min(max(0, x/6 + 1/2), 1)", lambda x: min(max(0, x / 6 + 0.5), 1)),
    "hardswish": NamedCurve("x*min(max(0, x + 3), 6)/6", lambda x: x * min(max(0, x + 3), 6) / 6),
    "identity": NamedCurve("x", lambda x: x),
}
"""Name in the catalogue -> its formula and its value."""
