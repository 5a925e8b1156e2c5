"""Sines and hyperbolic sines, their kin and their inverses; angles in radians."""

from __future__ import annotations

from math import inf, pi, sqrt

from cnnshape.layers.activation.curve import FLAT, Curve, Pointwise
from cnnshape.layers.base import Work, layer

__all__ = ["Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Cos", "Cosh", "Sin", "Sinh", "Tan"]

# 1/(1 + x^2) = FLAT, 1/sqrt(x^2 + 1) = FLAT and 1/sqrt(x^2 - 1) = FLAT, solved for x > 0
_ATAN_FLAT = sqrt(1 / FLAT - 1)
_ASINH_FLAT = sqrt(1 / FLAT**2 - 1)
_ACOSH_FLAT = sqrt(1 / FLAT**2 + 1)


class _Transcendental(Pointwise):
    """One function of one number."""

    cost = Work.of(transcendental=1)


@layer
class Sin(_Transcendental):
    """y = sin(x).

    Shape:      x (*) -> y (*);  output [-1, 1]

    Notes
    -----
    The activation of networks for images as functions of a place (SIREN).

    Examples
    --------
    >>> print(Sin().curve, Sin().curve.slope)
    [-1, 1] (-1.0, 1.0)

    References
    ----------
    [1] Sitzmann et al.: Implicit Neural Representations with Periodic Activation Functions, NeurIPS 2020,
        arXiv:2006.09661
    [2] https://onnx.ai/onnx/operators/onnx__Sin.html
    """

    curve = Curve(-1.0, 1.0, (True, True), slope=(-1.0, 1.0))


@layer
class Cos(_Transcendental):
    """y = cos(x).

    Shape:      x (*) -> y (*);  output [-1, 1]

    Examples
    --------
    >>> print(Cos().curve)
    [-1, 1]

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Cos.html
    """

    curve = Curve(-1.0, 1.0, (True, True), slope=(-1.0, 1.0))


@layer
class Tan(_Transcendental):
    """y = tan(x), which has a pole at every odd multiple of pi/2.

    Shape:      x (*) -> y (*);  output (-inf, inf)

    Examples
    --------
    >>> print(Tan().curve, Tan().curve.slope)
    (-inf, inf) (1.0, inf)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Tan.html
    """

    curve = Curve(slope=(1.0, inf))


@layer
class Asin(_Transcendental):
    """y = arcsin(x), for x from -1 to 1.

    Shape:      x (*) -> y (*);  output [-pi/2, pi/2]

    Examples
    --------
    >>> print(Asin().curve, Asin().curve.domain)
    [-1.5708, 1.5708] (-1.0, 1.0)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Asin.html
    """

    curve = Curve(-pi / 2, pi / 2, (True, True), slope=(1.0, inf), domain=(-1.0, 1.0))


@layer
class Acos(_Transcendental):
    """y = arccos(x), for x from -1 to 1.

    Shape:      x (*) -> y (*);  output [0, pi]

    Examples
    --------
    >>> print(Acos().curve, Acos().curve.domain)
    [0, 3.14159] (-1.0, 1.0)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Acos.html
    """

    curve = Curve(0.0, pi, (True, True), slope=(-inf, -1.0), domain=(-1.0, 1.0))


@layer
class Atan(_Transcendental):
    """y = arctan(x).

    Shape:      x (*) -> y (*);  output (-pi/2, pi/2), flat beyond 9.95 on both sides

    Examples
    --------
    >>> print(Atan().curve)
    (-1.5708, 1.5708)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Atan.html
    """

    curve = Curve(-pi / 2, pi / 2, slope=(0.0, 1.0), saturates=(-_ATAN_FLAT, _ATAN_FLAT))


@layer
class Sinh(_Transcendental):
    """y = (exp(x) - exp(-x))/2.

    Shape:      x (*) -> y (*);  output (-inf, inf)

    Examples
    --------
    >>> print(Sinh().curve)
    (-inf, inf)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Sinh.html
    """

    curve = Curve(slope=(1.0, inf))


@layer
class Cosh(_Transcendental):
    """y = (exp(x) + exp(-x))/2.

    Shape:      x (*) -> y (*);  output [1, inf)

    Examples
    --------
    >>> print(Cosh().curve)
    [1, inf)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Cosh.html
    """

    curve = Curve(1.0, reached=(True, False))


@layer
class Asinh(_Transcendental):
    """y = log(x + sqrt(x^2 + 1)).

    Shape:      x (*) -> y (*);  output (-inf, inf), flat beyond 99.99 on both sides

    Examples
    --------
    >>> print(Asinh().curve, Asinh().curve.slope)
    (-inf, inf) (0.0, 1.0)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Asinh.html
    """

    curve = Curve(slope=(0.0, 1.0), saturates=(-_ASINH_FLAT, _ASINH_FLAT))


@layer
class Acosh(_Transcendental):
    """y = log(x + sqrt(x^2 - 1)), for x from 1 on.

    Shape:      x (*) -> y (*);  output [0, inf), flat above 100.005

    Examples
    --------
    >>> print(Acosh().curve, Acosh().curve.domain)
    [0, inf) (1.0, inf)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Acosh.html
    """

    curve = Curve(0.0, reached=(True, False), slope=(0.0, inf), saturates=(None, _ACOSH_FLAT), domain=(1.0, inf))


@layer
class Atanh(_Transcendental):
    """y = log((1 + x)/(1 - x))/2, for x between -1 and 1.

    Shape:      x (*) -> y (*);  output (-inf, inf)

    Examples
    --------
    >>> print(Atanh().curve, Atanh().curve.domain)
    (-inf, inf) (-1.0, 1.0)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Atanh.html
    """

    curve = Curve(slope=(1.0, inf), domain=(-1.0, 1.0))
