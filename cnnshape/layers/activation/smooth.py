"""Smooth activations that squash or continue: sigmoids and the like, and the elementary functions."""

from __future__ import annotations

from dataclasses import KW_ONLY
from math import inf, log, pi, sqrt

from cnnshape.layers.activation.curve import FLAT, Curve, Pointwise, above_zero
from cnnshape.layers.base import Work, layer
from cnnshape.layers.fields import Number

__all__ = ["Erf", "Exp", "Log", "LogSigmoid", "Sigmoid", "Softplus", "Softsign", "Sqrt", "Tanh", "Tanhshrink"]

# sigmoid'(x) = s(1 - s) = FLAT, tanh'(x) = 1 - t^2 = FLAT and sigmoid(x) = FLAT, solved for x > 0
_SIGMOID_FLAT = log((1 + sqrt(1 - 4 * FLAT)) / (1 - sqrt(1 - 4 * FLAT)))
_TANH_FLAT = log((1 + sqrt(1 - FLAT)) / (1 - sqrt(1 - FLAT))) / 2
_LOGIT = log((1 - FLAT) / FLAT)
# erf'(x) = 2/sqrt(pi)*exp(-x^2) = FLAT, solved for x > 0
_ERF_FLAT = sqrt(log(2 / sqrt(pi) / FLAT))


@layer
class Sigmoid(Pointwise):
    """y = 1/(1 + exp(-x)).

    Shape:      x (*) -> y (*);  output (0, 1), flat beyond 4.58 on both sides

    Examples
    --------
    >>> print(Sigmoid().curve, Sigmoid().curve.slope)
    (0, 1) (0.0, 0.25)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Sigmoid.html
    """

    cost = Work.of(muls=1, adds=1, transcendental=1)
    curve = Curve(0.0, 1.0, slope=(0.0, 0.25), saturates=(-_SIGMOID_FLAT, _SIGMOID_FLAT))


@layer
class Tanh(Pointwise):
    """y = tanh(x).

    Shape:      x (*) -> y (*);  output (-1, 1), flat beyond 2.99 on both sides

    Examples
    --------
    >>> print(Tanh().curve, Tanh().curve.slope)
    (-1, 1) (0.0, 1.0)

    References
    ----------
    [1] LeCun, Bottou, Orr, Müller: Efficient BackProp, 1998
    [2] https://onnx.ai/onnx/operators/onnx__Tanh.html
    """

    cost = Work.of(transcendental=1)
    curve = Curve(-1.0, 1.0, slope=(0.0, 1.0), saturates=(-_TANH_FLAT, _TANH_FLAT))


@layer
class LogSigmoid(Pointwise):
    """y = -log(1 + exp(-x)).

    Shape:      x (*) -> y (*);  output (-inf, 0), flat above 4.60

    Examples
    --------
    >>> print(LogSigmoid().curve)
    (-inf, 0)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.LogSigmoid.html
    """

    cost = Work.of(adds=1, transcendental=2)
    curve = Curve(high=0.0, slope=(0.0, 1.0), saturates=(None, _LOGIT))


@layer
class Softplus(Pointwise):
    """y = log(1 + exp(beta*x))/beta, and y = x where beta*x is above threshold.

    Shape:      x (*) -> y (*);  output (0, inf), flat below -4.60/beta

    Parameters
    ----------
    beta : default 1, above 0
    threshold : default 20

    Raises
    ------
    ArgumentError
        CS401, beta is not above 0.

    Notes
    -----
    ONNX and Keras have neither argument; beyond the default threshold the two branches differ by less than 3e-9.

    Examples
    --------
    >>> print(Softplus().curve)
    (0, inf)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Softplus.html
    """

    pytorch = "Softplus(2, 20) is Softplus(2, threshold=20)"
    cost = Work.of(muls=2, adds=1, compares=1, transcendental=2)
    cases = ({}, {"beta": 2.0, "threshold": 10.0})

    beta: Number = 1.0
    _: KW_ONLY
    threshold: Number = 20.0

    def validate(self) -> None:
        above_zero(self, "beta", "the curve is log(1 + exp(beta*x))/beta")

    @property
    def curve(self) -> Curve:
        line = self.threshold / self.beta
        return Curve(min(0.0, line), slope=(0.0, 1.0), saturates=(min(-_LOGIT / self.beta, line), None))


@layer
class Softsign(Pointwise):
    """y = x/(1 + |x|).

    Shape:      x (*) -> y (*);  output (-1, 1), flat beyond 9 on both sides

    Examples
    --------
    >>> print(Softsign().curve)
    (-1, 1)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Softsign.html
    """

    cost = Work.of(muls=1, adds=1, compares=1)
    curve = Curve(-1.0, 1.0, slope=(0.0, 1.0), saturates=(1 - FLAT**-0.5, FLAT**-0.5 - 1))


@layer
class Tanhshrink(Pointwise):
    """y = x - tanh(x).

    Shape:      x (*) -> y (*);  output all numbers

    Examples
    --------
    >>> print(Tanhshrink().curve, Tanhshrink().curve.slope)
    (-inf, inf) (0.0, 1.0)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.Tanhshrink.html
    """

    cost = Work.of(adds=1, transcendental=1)
    curve = Curve(slope=(0.0, 1.0))


@layer
class Exp(Pointwise):
    """y = exp(x).

    Shape:      x (*) -> y (*);  output (0, inf), flat below -4.61

    Examples
    --------
    >>> print(Exp().curve)
    (0, inf)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Exp.html
    """

    cost = Work.of(transcendental=1)
    curve = Curve(0.0, slope=(0.0, inf), saturates=(log(FLAT), None))


@layer
class Log(Pointwise):
    """y = log(x), the natural logarithm.

    Shape:      x (*) of numbers above 0 -> y (*);  output all numbers, flat above 100

    Examples
    --------
    >>> print(Log().curve, Log().curve.domain)
    (-inf, inf) (0.0, inf)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Log.html
    """

    cost = Work.of(transcendental=1)
    curve = Curve(slope=(0.0, inf), saturates=(None, 1 / FLAT), domain=(0.0, inf))


@layer
class Sqrt(Pointwise):
    """y = sqrt(x).

    Shape:      x (*) of numbers from 0 on -> y (*);  output [0, inf), flat above 2500

    Examples
    --------
    >>> print(Sqrt().curve, Sqrt().curve.domain)
    [0, inf) (0.0, inf)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Sqrt.html
    """

    cost = Work.of(transcendental=1)
    curve = Curve(
        0.0, reached=(True, False), slope=(0.0, inf), saturates=(None, 1 / (2 * FLAT) ** 2), domain=(0.0, inf)
    )


@layer
class Erf(Pointwise):
    """y = erf(x), the error function.

    Shape:      x (*) -> y (*);  output (-1, 1), flat beyond 2.17 on both sides

    Examples
    --------
    >>> print(Erf().curve)
    (-1, 1)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Erf.html
    """

    cost = Work.of(transcendental=1)
    curve = Curve(-1.0, 1.0, slope=(0.0, 2 / sqrt(pi)), saturates=(-_ERF_FLAT, _ERF_FLAT))
