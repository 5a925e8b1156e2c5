"""Activations that are cut off at fixed values."""

from __future__ import annotations

from dataclasses import KW_ONLY
from math import inf

from cnnshape.layers.activation.curve import Curve, Pointwise, above_zero, times
from cnnshape.layers.arguments import refuse
from cnnshape.layers.base import Spec, Work, layer
from cnnshape.layers.demands import elements
from cnnshape.layers.fields import Number

__all__ = [
    "Clip",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "Threshold",
]


@layer
class Hardtanh(Pointwise):
    """y = x between min_val and max_val, cut off at both.

    Shape:      x (*) -> y (*);  output [min_val, max_val], flat outside

    Parameters
    ----------
    min_val, max_val : defaults -1 and 1; min_val < max_val

    Raises
    ------
    ArgumentError
        CS401, max_val is not above min_val.

    Examples
    --------
    >>> print(Hardtanh().curve)
    [-1, 1]

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardtanh.html
    """

    pytorch = "Hardtanh(-1, 1) is Hardtanh(min_val=-1, max_val=1)"
    cost = Work.of(compares=2)
    cases = ({}, {"min_val": -2.0, "max_val": 0.5})

    _: KW_ONLY
    min_val: Number = -1.0
    max_val: Number = 1.0

    def validate(self) -> None:
        if not self.min_val < self.max_val:
            refuse(
                self,
                "max_val",
                f"it is not above min_val = {self.min_val!r}",
                rule="min_val < max_val",
                fix="exchange min_val and max_val, or use clip, which may hold a single value",
            )

    @property
    def curve(self) -> Curve:
        low, high = self.min_val, self.max_val
        return Curve(low, high, (True, True), slope=(0.0, 1.0), saturates=(low, high))


@layer
class Clip(Pointwise):
    """y = min(max(x, min), max); either bound may be absent.

    Shape:      x (*) -> y (*);  output [min, max], flat outside

    Parameters
    ----------
    min, max : optional bounds, min <= max

    Raises
    ------
    ArgumentError
        CS401, max is below min.

    Notes
    -----
    ONNX's Clip and torch.clamp; where min is above max they return max everywhere, here that is refused.

    Examples
    --------
    >>> print(Clip(min=0).curve)
    [0, inf)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Clip.html
    """

    cases = ({"min": 0.0, "max": 6.0}, {"min": -1.0}, {"max": 2.0}, {})

    _: KW_ONLY
    min: Number | None = None
    max: Number | None = None

    def validate(self) -> None:
        if self.min is not None and self.max is not None and not self.min <= self.max:
            refuse(self, "max", f"it is below min = {self.min!r}", rule="min <= max", fix="exchange min and max")

    @property
    def curve(self) -> Curve:
        low, high = self.min, self.max
        return Curve(
            -inf if low is None else low,
            inf if high is None else high,
            (low is not None, high is not None),
            slope=(1.0 if low is None and high is None else 0.0, 0.0 if low is not None and low == high else 1.0),
            saturates=(low, high),
        )

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return times(Work.of(compares=(self.min is not None) + (self.max is not None)), elements(inputs[0]))


@layer
class Hardsigmoid(Pointwise):
    """y = alpha*x + beta, cut off at 0 and 1.

    Shape:      x (*) -> y (*);  output [0, 1], flat outside -beta/alpha .. (1 - beta)/alpha

    Parameters
    ----------
    alpha : slope, default 1/6 as in PyTorch and Keras 3; ONNX and Keras 2 have 0.2
    beta : value at 0, default 0.5

    Raises
    ------
    ArgumentError
        CS401, alpha is not above 0.

    Examples
    --------
    >>> [round(x, 9) for x in Hardsigmoid().curve.saturates]
    [-3.0, 3.0]

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardsigmoid.html
    [2] https://onnx.ai/onnx/operators/onnx__HardSigmoid.html
    """

    cost = Work.of(muls=1, adds=1, compares=2)
    cases = ({}, {"alpha": 0.2, "beta": 0.4})

    _: KW_ONLY
    alpha: Number = 1 / 6
    beta: Number = 0.5

    def validate(self) -> None:
        above_zero(self, "alpha", "the line alpha*x + beta rises from 0 to 1")

    @property
    def curve(self) -> Curve:
        ends = -self.beta / self.alpha, (1 - self.beta) / self.alpha
        return Curve(0.0, 1.0, (True, True), slope=(0.0, self.alpha), saturates=ends)


@layer
class Hardswish(Pointwise):
    """y = x*min(max(x + 3, 0), 6)/6.

    Shape:      x (*) -> y (*);  output [-0.375, inf), flat below -3

    Notes
    -----
    The same in PyTorch, ONNX and Keras (hard_silu).

    Examples
    --------
    >>> print(Hardswish().curve, Hardswish().curve.slope)
    [-0.375, inf) (-0.5, 1.5)

    References
    ----------
    [1] Howard et al.: Searching for MobileNetV3, ICCV 2019, arXiv:1905.02244
    [2] https://onnx.ai/onnx/operators/onnx__HardSwish.html
    """

    cost = Work.of(muls=2, adds=1, compares=2)
    curve = Curve(-0.375, reached=(True, False), slope=(-0.5, 1.5), saturates=(-3.0, None))


@layer
class Threshold(Pointwise):
    """y = x above threshold, else value.

    Shape:      x (*) -> y (*);  output from min(threshold, value), flat below threshold

    Parameters
    ----------
    threshold, value : numbers

    Notes
    -----
    ONNX's ThresholdedRelu(alpha) is Threshold(alpha, value=0).

    Examples
    --------
    >>> print(Threshold(0.1, value=20).curve, Threshold(0.1, value=0).curve)
    (0.1, inf) [0, inf)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.Threshold.html
    """

    pytorch = "Threshold(0.1, 20) is Threshold(0.1, value=20)"
    cost = Work.of(compares=1)
    cases = ({"threshold": 0.1, "value": 20.0}, {"threshold": 1.0, "value": 0.0})

    threshold: Number
    _: KW_ONLY
    value: Number

    @property
    def curve(self) -> Curve:
        low = min(self.threshold, self.value)
        return Curve(low, reached=(low == self.value, False), slope=(0.0, 1.0), saturates=(self.threshold, None))
