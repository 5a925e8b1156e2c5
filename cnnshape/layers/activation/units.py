"""Smooth relatives of the rectifier: exponential, Gaussian and sigmoid linear units.

GELU, SiLU and Mish have no closed form for their lowest point and steepest slopes. The numbers are the roots of the
first and second derivative; a test finds them again by sampling.
"""

from __future__ import annotations

from math import log

from cnnshape.layers.activation.curve import FLAT, Curve, Pointwise, above_zero, times
from cnnshape.layers.base import Spec, Work, layer
from cnnshape.layers.demands import elements
from cnnshape.layers.fields import Number, Word, one_of

__all__ = ["CELU", "ELU", "GELU", "SELU", "Mish", "SiLU"]

# Klambauer et al., appendix: the fixed point of mean 0 and variance 1
_SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_SCALE = 1.0507009873554804934193349852946


@layer
class ELU(Pointwise):
    """y = x above 0, alpha*(exp(x) - 1) below.

    Shape:      x (*) -> y (*);  output (-alpha, inf), flat below log(0.01/alpha)

    Parameters
    ----------
    alpha : default 1

    Examples
    --------
    >>> print(ELU().curve)
    (-1, inf)

    References
    ----------
    [1] Clevert, Unterthiner, Hochreiter: ELUs, ICLR 2016, arXiv:1511.07289
    [2] https://onnx.ai/onnx/operators/onnx__Elu.html
    """

    cost = Work.of(muls=1, adds=1, compares=1, transcendental=1)
    cases = ({}, {"alpha": 0.5})

    alpha: Number = 1.0

    @property
    def curve(self) -> Curve:
        alpha = self.alpha
        return Curve(
            min(-alpha, 0.0),
            reached=(alpha <= 0, False),
            slope=(min(alpha, 0.0), max(alpha, 1.0)),
            saturates=(min(log(FLAT / abs(alpha)), 0.0) if alpha else 0.0, None),
        )


@layer
class SELU(Pointwise):
    """y = scale*ELU(x) with alpha = 1.6733 and scale = 1.0507, which keep mean 0 and variance 1.

    Shape:      x (*) -> y (*);  output (-1.7581, inf), flat below -5.17

    Examples
    --------
    >>> print(SELU().curve)
    (-1.7581, inf)

    References
    ----------
    [1] Klambauer et al.: Self-Normalizing Neural Networks, NeurIPS 2017, arXiv:1706.02515
    [2] https://onnx.ai/onnx/operators/onnx__Selu.html
    """

    cost = Work.of(muls=2, adds=1, compares=1, transcendental=1)
    curve = Curve(
        -_SELU_ALPHA * _SELU_SCALE,
        slope=(0.0, _SELU_ALPHA * _SELU_SCALE),
        saturates=(log(FLAT / (_SELU_ALPHA * _SELU_SCALE)), None),
    )


@layer
class CELU(Pointwise):
    """y = x above 0, alpha*(exp(x/alpha) - 1) below: smooth for every alpha.

    Shape:      x (*) -> y (*);  output (-alpha, inf), flat below -4.61*alpha

    Parameters
    ----------
    alpha : default 1, above 0

    Raises
    ------
    ArgumentError
        CS401, alpha is not above 0.

    Examples
    --------
    >>> print(CELU(2).curve)
    (-2, inf)

    References
    ----------
    [1] Barron: Continuously Differentiable Exponential Linear Units, arXiv:1704.07483
    [2] https://onnx.ai/onnx/operators/onnx__Celu.html
    """

    cost = Work.of(muls=2, adds=1, compares=1, transcendental=1)
    cases = ({}, {"alpha": 0.5})

    alpha: Number = 1.0

    def validate(self) -> None:
        above_zero(self, "alpha", "the curve is alpha*(exp(x/alpha) - 1) below 0")

    @property
    def curve(self) -> Curve:
        return Curve(-self.alpha, slope=(0.0, 1.0), saturates=(self.alpha * log(FLAT), None))


@layer
class GELU(Pointwise):
    """y = x*(1 + erf(x/sqrt(2)))/2, or its approximation by tanh.

    Shape:      x (*) -> y (*);  output [-0.17, inf), flat below -3.07

    Parameters
    ----------
    approximate : "none" (default) or "tanh": y = x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x^3)))/2

    Notes
    -----
    ONNX has the same two words, Keras a flag. The two forms differ by less than 0.0005 everywhere.

    Examples
    --------
    >>> print(GELU().curve, GELU(approximate="tanh").curve)
    [-0.169971, inf) [-0.170041, inf)

    References
    ----------
    [1] Hendrycks, Gimpel: Gaussian Error Linear Units, arXiv:1606.08415
    [2] https://onnx.ai/onnx/operators/onnx__Gelu.html
    """

    cases = ({}, {"approximate": "tanh"})

    approximate: Word = one_of("none", "tanh")

    @property
    def curve(self) -> Curve:
        return _TANH_GELU if self.approximate == "tanh" else _GELU

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        muls, adds = (6, 2) if self.approximate == "tanh" else (3, 1)
        return times(Work.of(muls=muls, adds=adds, transcendental=1), elements(inputs[0]))


_GELU = Curve(
    -0.16997120747990366,
    reached=(True, False),
    slope=(-0.12890414518515479, 1.1289041451851548),
    saturates=(-3.0674272039089002, None),
)
_TANH_GELU = Curve(
    -0.17004075057125405,
    reached=(True, False),
    slope=(-0.12899306865877177, 1.1289930686587718),
    saturates=(-3.0528549951444569, None),
)


@layer
class SiLU(Pointwise):
    """y = x/(1 + exp(-x)), also called swish.

    Shape:      x (*) -> y (*);  output [-0.278, inf), flat below -6.26

    Examples
    --------
    >>> print(SiLU().curve)
    [-0.278465, inf)

    References
    ----------
    [1] Ramachandran, Zoph, Le: Searching for Activation Functions, arXiv:1710.05941
    [2] https://docs.pytorch.org/docs/stable/generated/torch.nn.SiLU.html
    """

    cost = Work.of(muls=2, adds=1, transcendental=1)
    curve = Curve(
        -0.2784645427610738,
        reached=(True, False),
        slope=(-0.099839320128866917, 1.0998393201288669),
        saturates=(-6.2613888488199657, None),
    )


@layer
class Mish(Pointwise):
    """y = x*tanh(log(1 + exp(x))).

    Shape:      x (*) -> y (*);  output [-0.309, inf), flat below -6.26

    Examples
    --------
    >>> print(Mish().curve)
    [-0.308843, inf)

    References
    ----------
    [1] Misra: Mish, BMVC 2020, arXiv:1908.08681
    [2] https://onnx.ai/onnx/operators/onnx__Mish.html
    """

    cost = Work.of(muls=1, adds=1, transcendental=3)
    curve = Curve(
        -0.30884341301725041,
        reached=(True, False),
        slope=(-0.11252612238946256, 1.0884981612517279),
        saturates=(-6.2639687856992613, None),
    )
