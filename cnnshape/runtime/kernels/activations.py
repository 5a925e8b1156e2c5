"""Activations in place, in the fewest and fastest calls.

NumPy's maximum of two arrays and its two-sided clip use the processor's vectors, its maximum with a number does not.
Its exp is several times faster than its expm1, log1p and tanh, so the curves are written with exp where that loses no
digits. An exp that overflows is meant to: run the calls under ``np.errstate(all="ignore")``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from math import inf, pi, sqrt
from typing import Any

import numpy as np

from cnnshape.layers.activation import (
    CELU,
    ELU,
    GELU,
    SELU,
    Abs,
    Clip,
    Exp,
    Hardsigmoid,
    Hardswish,
    Hardtanh,
    Identity,
    LeakyReLU,
    Mish,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Sqrt,
    Tanh,
)
from cnnshape.layers.activation.kernel import gelu
from cnnshape.layers.arrays import Array
from cnnshape.layers.base import Layer
from cnnshape.runtime.kernels.calls import Calls

__all__ = ["SCRATCH", "factor", "finish", "handles"]

SCRATCH = 2
"""How many elements of scratch `finish` asks for each element of the view."""

_clip: Any = getattr(getattr(getattr(np, "_core", None), "umath", None), "clip", np.clip)  # np.clip takes 5 us more


def handles(layer: Layer) -> bool:
    """Say whether `finish` knows the activation.

    Examples
    --------
    >>> from cnnshape.layers.activation import ReLU, Softmax
    >>> handles(ReLU()), handles(Softmax(dim=1))
    (True, False)
    """
    return type(layer) in _FINISH


def factor(layer: Layer) -> float:
    """Return what a layer before an activation best multiplies its weights with: `finish` then has less to do.

    Examples
    --------
    >>> from cnnshape.layers.activation import ReLU, SiLU
    >>> factor(ReLU()), factor(SiLU())
    (1, -1)
    """
    return _OF_SCALED[type(layer)][0](layer) if type(layer) in _OF_SCALED else 1


def finish(layer: Layer, view: Array, scratch: Array, *, scaled: bool = False) -> Calls:
    """Yield the calls that apply an activation to a view in place.

    Parameters
    ----------
    layer : an activation that `handles`
    view : float32 or float64, any strides; contiguous ones are fastest
    scratch : one axis of the view's type, at least `SCRATCH` times as many elements; its contents are lost
    scaled : whether the view holds its numbers times `factor`

    Examples
    --------
    >>> x = np.array([-2.0, 0.5])
    >>> for call in finish(ReLU(), x, np.empty(4)):
    ...     _ = call()
    >>> x
    array([0. , 0.5])
    """
    if view.flags.c_contiguous:
        view = view.reshape(-1)
    first, second = (scratch[i * view.size : (i + 1) * view.size].reshape(view.shape) for i in range(SCRATCH))
    if scaled and type(layer) in _OF_SCALED:
        return _OF_SCALED[type(layer)][1](layer, view, first)
    return _FINISH[type(layer)](layer, view, first, second)


@cache
def constant(value: float, dtype: np.dtype[Any]) -> Array:
    """Return a number as an array without axes, which NumPy's functions take faster than any other."""
    return np.array(value, dtype)


def zeros_like(view: Array) -> Array:
    """Return shared zeros of the shape and type of a view."""
    return _zeros(1 << max(view.size - 1, 0).bit_length(), view.dtype)[: view.size].reshape(view.shape)


@cache
def _zeros(size: int, dtype: np.dtype[Any]) -> Array:
    zeros = np.zeros(size, dtype)
    zeros.flags.writeable = False
    return zeros


def _identity(_layer: Identity, _x: Array, *_: Array) -> Calls:
    yield from ()


def _absolute(_layer: Abs, x: Array, *_: Array) -> Calls:
    yield partial(np.absolute, x, x)


def _exp(_layer: Exp, x: Array, *_: Array) -> Calls:
    yield partial(np.exp, x, x)


def _sqrt(_layer: Sqrt, x: Array, *_: Array) -> Calls:
    yield partial(np.sqrt, x, x)


def _tanh(_layer: Tanh, x: Array, *_: Array) -> Calls:
    yield partial(np.tanh, x, x)


def _relu(_layer: ReLU, x: Array, *_: Array) -> Calls:
    yield partial(np.maximum, x, zeros_like(x), out=x)


def _relu6(_layer: ReLU6, x: Array, *_: Array) -> Calls:
    yield _between(x, 0, 6)


def _hardtanh(layer: Hardtanh, x: Array, *_: Array) -> Calls:
    yield _between(x, layer.min_val, layer.max_val)


def _limits(layer: Clip, x: Array, *_: Array) -> Calls:
    yield _between(x, -inf if layer.min is None else layer.min, inf if layer.max is None else layer.max)


def _hardsigmoid(layer: Hardsigmoid, x: Array, *_: Array) -> Calls:
    yield _times(x, layer.alpha)
    yield _plus(x, layer.beta)
    yield _between(x, 0, 1)


def _hardswish(_layer: Hardswish, x: Array, gate: Array, *_: Array) -> Calls:
    yield partial(np.add, x, constant(3, x.dtype), gate)
    yield _between(gate, 0, 6)
    yield partial(np.multiply, x, gate, x)
    yield _times(x, 1 / 6)


def _sigmoid(_layer: Sigmoid, x: Array, *_: Array) -> Calls:
    yield partial(np.negative, x, x)
    yield partial(np.exp, x, x)
    yield _plus(x, 1)
    yield partial(np.divide, constant(1, x.dtype), x, x)


def _silu(_layer: SiLU, x: Array, below: Array, *_: Array) -> Calls:
    yield partial(np.negative, x, below)
    yield partial(np.exp, below, below)
    yield _plus(below, 1)
    yield partial(np.divide, x, below, x)


def _hardsigmoid_of_scaled(layer: Hardsigmoid, x: Array, _: Array) -> Calls:
    yield _plus(x, layer.beta)
    yield _between(x, 0, 1)


def _hardswish_of_scaled(_layer: Hardswish, x: Array, gate: Array) -> Calls:
    """Yield z*min(max(z + 3/r, 0), r) for r = sqrt(6) and z = x/r."""
    yield partial(np.add, x, constant(3 / sqrt(6), x.dtype), gate)
    yield _between(gate, 0, sqrt(6))
    yield partial(np.multiply, x, gate, x)


def _sigmoid_of_negative(_layer: Sigmoid, x: Array, _: Array) -> Calls:
    yield partial(np.exp, x, x)
    yield _plus(x, 1)
    yield partial(np.divide, constant(1, x.dtype), x, x)


def _silu_of_negative(_layer: SiLU, x: Array, below: Array) -> Calls:
    yield partial(np.exp, x, below)
    yield partial(np.subtract, constant(-1, x.dtype), below, below)
    yield partial(np.divide, x, below, x)


def _mish(_layer: Mish, x: Array, above: Array, below: Array) -> Calls:
    """tanh(log(1 + e)) is e(e + 2)/(e(e + 2) + 2) for e = exp(x), and 1 in either precision from x = 20 on."""
    yield partial(_clip, x, constant(-inf, x.dtype), constant(20, x.dtype), above)
    yield partial(np.exp, above, above)
    yield partial(np.add, above, constant(2, x.dtype), below)
    yield partial(np.multiply, above, below, above)
    yield partial(np.add, above, constant(2, x.dtype), below)
    yield partial(np.divide, above, below, above)
    yield partial(np.multiply, x, above, x)


def _leaky_relu(layer: LeakyReLU, x: Array, below: Array, *_: Array) -> Calls:
    if layer.negative_slope == 0:  # 0*inf is no number
        yield partial(np.maximum, x, zeros_like(x), out=x)
        return
    yield partial(np.multiply, x, constant(layer.negative_slope, x.dtype), below)
    yield partial(np.maximum if layer.negative_slope <= 1 else np.minimum, x, below, out=x)


def _elu(layer: ELU, x: Array, below: Array, divisor: Array) -> Calls:
    return _exponential(x, below, divisor, layer.alpha, 1, 1)


def _celu(layer: CELU, x: Array, below: Array, divisor: Array) -> Calls:
    return _exponential(x, below, divisor, layer.alpha, layer.alpha, 1)


def _selu(_layer: SELU, x: Array, below: Array, divisor: Array) -> Calls:
    return _exponential(x, below, divisor, _ALPHA * _SCALE, 1, _SCALE)


_ALPHA, _SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
"""The two constants of SELU (Klambauer et al. 2017, arXiv:1706.02515)."""


def _exponential(x: Array, below: Array, divisor: Array, height: float, length: float, slope: float) -> Calls:
    """Yield slope*x above 0 and height*(exp(x/length) - 1) below; exp(z) - 1 = 2t/(1 - t) for t = tanh(z/2)."""
    yield partial(_clip, x, constant(-inf, x.dtype), constant(0, x.dtype), below)
    yield _times(below, 0.5 / length)
    yield partial(np.tanh, below, below)
    yield partial(np.subtract, constant(1, x.dtype), below, divisor)
    yield partial(np.divide, below, divisor, below)
    yield _times(below, 2 * height)
    yield partial(np.maximum, x, zeros_like(x), out=x)
    if slope != 1:
        yield _times(x, slope)
    yield partial(np.add, x, below, x)


def _gelu(layer: GELU, x: Array, gate: Array, square: Array) -> Calls:
    """x*P is x/(1 + exp(-log(P/(1 - P)))), for P = (1 + tanh(z))/2 it is x/(1 + exp(-2z))."""
    if layer.approximate == "tanh":
        factor = 2 * sqrt(2 / pi)
        return _gated(x, gate, square, (factor, 0.044715 * factor))
    if x.dtype == np.float32:
        return _gated(x, gate, square, _NORMAL, _FARTHEST)
    return iter((partial(gelu, layer, (x,), {}, (x,)),))


def _gated(x: Array, gate: Array, square: Array, odd: Sequence[float], most: float = inf) -> Calls:
    """Yield x/(1 + exp(-x*(odd[0] + odd[1]*s + ...))) for s = x*x, or `most` if that is less."""
    yield partial(np.multiply, x, x, square)
    if most < inf:
        yield _between(square, 0, most)
    last, before, *others = odd[::-1]
    yield partial(np.multiply, square, constant(-last, x.dtype), gate)
    yield _plus(gate, -before)
    for coefficient in others:
        yield partial(np.multiply, gate, square, gate)
        yield _plus(gate, -coefficient)
    yield partial(np.multiply, gate, x, gate)
    yield partial(np.exp, gate, gate)
    yield _plus(gate, 1)
    yield partial(np.divide, x, gate, x)


_NORMAL = (1.59576843, 0.072668567, -6.62599678e-5, -1.10480323e-4, 7.93821975e-6, -2.66892871e-7, 3.61123399e-9)
_FARTHEST = 30.25
"""log(P/(1 - P))/x as a polynomial in x*x, for P the share of a normal distribution below x: the one that makes the
largest error of x*P for x*x up to 30.25 least, 7e-8, found by reweighted least squares; beyond, P is 0 or 1."""


def _between(x: Array, low: float, high: float) -> Callable[[], object]:
    return partial(_clip, x, constant(low, x.dtype), constant(high, x.dtype), x)


def _times(x: Array, factor: float) -> Callable[[], object]:
    return partial(np.multiply, x, constant(factor, x.dtype), x)


def _plus(x: Array, term: float) -> Callable[[], object]:
    return partial(np.add, x, constant(term, x.dtype), x)


_FINISH: Mapping[type[Layer], Callable[..., Calls]] = {
    Abs: _absolute,
    CELU: _celu,
    Clip: _limits,
    ELU: _elu,
    Exp: _exp,
    GELU: _gelu,
    Hardsigmoid: _hardsigmoid,
    Hardswish: _hardswish,
    Hardtanh: _hardtanh,
    Identity: _identity,
    LeakyReLU: _leaky_relu,
    Mish: _mish,
    ReLU: _relu,
    ReLU6: _relu6,
    SELU: _selu,
    SiLU: _silu,
    Sigmoid: _sigmoid,
    Sqrt: _sqrt,
    Tanh: _tanh,
}

_OF_SCALED: Mapping[type[Layer], tuple[Callable[[Any], float], Callable[..., Calls]]] = {
    Hardsigmoid: (lambda layer: float(layer.alpha), _hardsigmoid_of_scaled),
    Hardswish: (lambda _: 1 / sqrt(6), _hardswish_of_scaled),
    SiLU: (lambda _: -1, _silu_of_negative),
    Sigmoid: (lambda _: -1, _sigmoid_of_negative),
}
"""A factor, and the calls for numbers that have it."""
