"""Activations made of straight pieces that end at 0 or go on: rectifiers and shrinkage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY
from math import inf

from cnnshape.errors import ShapeError
from cnnshape.layers.activation.curve import FLAT, Curve, Pointwise
from cnnshape.layers.arguments import refuse
from cnnshape.layers.base import Context, Example, Spec, Weight, Work, layer, shape_text
from cnnshape.layers.fields import Count, Number
from cnnshape.symbolic import text

__all__ = [
    "Abs",
    "Hardshrink",
    "Identity",
    "LeakyReLU",
    "PReLU",
    "ReLU",
    "ReLU6",
    "Softshrink",
]


@layer
class Identity(Pointwise):
    """y = x.

    Shape:      x (*) -> y (*)

    Notes
    -----
    Keras spells the activation "linear".

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(Identity().outputs((Spec((dim("N"), 64)),), Context())[0])
    (N, 64)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Identity.html
    """

    is_view = True
    cost = Work.of()
    curve = Curve(slope=(1.0, 1.0))


@layer
class Abs(Pointwise):
    """y = |x|.

    Shape:      x (*) -> y (*);  output [0, inf)

    Examples
    --------
    >>> print(Abs().curve)
    [0, inf)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Abs.html
    """

    cost = Work.of(compares=1)
    curve = Curve(0.0, reached=(True, False), slope=(-1.0, 1.0))


@layer
class ReLU(Pointwise):
    """y = max(x, 0).

    Shape:      x (*) -> y (*);  output [0, inf), flat below 0

    Examples
    --------
    >>> print(ReLU().curve, ReLU().curve.saturates)
    [0, inf) (0.0, None)

    References
    ----------
    [1] Nair, Hinton: Rectified Linear Units Improve Restricted Boltzmann Machines, ICML 2010
    [2] https://onnx.ai/onnx/operators/onnx__Relu.html
    """

    cost = Work.of(compares=1)
    curve = Curve(0.0, reached=(True, False), slope=(0.0, 1.0), saturates=(0.0, None))


@layer
class ReLU6(Pointwise):
    """y = min(max(x, 0), 6).

    Shape:      x (*) -> y (*);  output [0, 6], flat below 0 and above 6

    Notes
    -----
    ONNX writes Clip with 0 and 6.

    Examples
    --------
    >>> print(ReLU6().curve)
    [0, 6]

    References
    ----------
    [1] Howard et al.: MobileNets, arXiv:1704.04861
    """

    cost = Work.of(compares=2)
    curve = Curve(0.0, 6.0, reached=(True, True), slope=(0.0, 1.0), saturates=(0.0, 6.0))


@layer
class LeakyReLU(Pointwise):
    """y = x above 0, negative_slope*x below.

    Shape:      x (*) -> y (*);  output all numbers, [0, inf) if negative_slope <= 0

    Parameters
    ----------
    negative_slope : default 0.01, also in ONNX (alpha); Keras has 0.3

    Examples
    --------
    >>> print(LeakyReLU(0.2).curve, LeakyReLU(0.2).curve.slope)
    (-inf, inf) (0.2, 1.0)

    References
    ----------
    [1] Maas, Hannun, Ng: Rectifier Nonlinearities Improve Neural Network Acoustic Models, ICML 2013
    [2] https://onnx.ai/onnx/operators/onnx__LeakyRelu.html
    """

    cost = Work.of(muls=1, compares=1)
    cases = ({}, {"negative_slope": 0.2})

    negative_slope: Number = 0.01

    @property
    def curve(self) -> Curve:
        slope = self.negative_slope
        return Curve(
            -inf if slope > 0 else 0.0,
            reached=(slope <= 0, False),
            slope=(min(slope, 1.0), max(slope, 1.0)),
            saturates=(0.0 if abs(slope) < FLAT else None, None),
        )


@layer
class PReLU(Pointwise):
    """y = x above 0, a*x below, with a learned slope: one for all channels or one for each.

    Shape:      x (N, C, *) -> y (N, C, *);  output and slope depend on what is learned
    Formulas:   parameters num_parameters    MACs 0

    Parameters
    ----------
    num_parameters : 1 (default) or the number of channels
    init : slope before training, default 0.25

    Raises
    ------
    ShapeError
        CS202, num_parameters is neither 1 nor the number of channels.

    Notes
    -----
    Keras has a slope for every element (of shape C, H, W) unless shared_axes names the space axes, and starts at 0.
    ONNX broadcasts the slope.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> PReLU(64).weights((Spec((dim("N"), 64, dim("H"), dim("W"))),))["weight"].shape
    (64,)

    References
    ----------
    [1] He, Zhang, Ren, Sun: Delving Deep into Rectifiers, ICCV 2015, arXiv:1502.01852
    [2] https://onnx.ai/onnx/operators/onnx__PRelu.html
    """

    pytorch = "PReLU(64, 0.1) is PReLU(64, init=0.1)"
    cost = Work.of(muls=1, compares=1)
    curve = Curve()

    num_parameters: Count = 1
    _: KW_ONLY
    init: Number = 0.25

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        if self.num_parameters == 1:
            return inputs
        # as in PyTorch: an input of one axis has one channel
        size = x.shape[1] if len(x.shape) > 1 else 1
        ctx.equal(size, self.num_parameters, lambda: self._fault(x))
        return inputs

    def _fault(self, x: Spec) -> ShapeError:
        size = x.shape[1] if len(x.shape) > 1 else 1
        return ShapeError(
            f"num_parameters = {text(self.num_parameters)}, the input {shape_text(x.shape)} has {text(size)} channels",
            code="CS202",
            field="num_parameters",
            got=size,
            needed=self.num_parameters,
            rule="num_parameters is 1, or the number of channels",
            fix=f"num_parameters: {text(size)}, or leave num_parameters out: one slope for all channels",
        )

    def weights(self, inputs: tuple[Spec, ...]) -> Mapping[str, Weight]:
        return {"weight": Weight((self.num_parameters,), init="constant", value=self.init)}

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", "C", "H", "W")),
            Example.of(cls(3, init=0.1), ("N", 3, "L")),
            Example.of(cls(2), ("N", 2, "T", "H", "W")),
        )


@layer
class Softshrink(Pointwise):
    """y = x moved towards 0 by lambd, 0 between -lambd and lambd.

    Shape:      x (*) -> y (*);  output all numbers

    Parameters
    ----------
    lambd : default 0.5, at least 0

    Raises
    ------
    ArgumentError
        CS401, lambd is below 0.

    Notes
    -----
    ONNX's Shrink with lambd and an equal bias (its own defaults are 0.5 and 0).

    Examples
    --------
    >>> print(Softshrink().curve)
    (-inf, inf)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.Softshrink.html
    """

    cost = Work.of(adds=1, compares=2)
    curve = Curve(slope=(0.0, 1.0))
    cases = ({}, {"lambd": 0.2})

    lambd: Number = 0.5

    def validate(self) -> None:
        if not self.lambd >= 0:
            refuse(
                self, "lambd", "it is below 0", needed=">= 0", rule="lambd >= 0", fix="lambd: 0.5, or any number >= 0"
            )


@layer
class Hardshrink(Pointwise):
    """y = x, but 0 between -lambd and lambd.

    Shape:      x (*) -> y (*);  output all numbers

    Parameters
    ----------
    lambd : default 0.5

    Notes
    -----
    ONNX's Shrink with bias 0.

    Examples
    --------
    >>> print(Hardshrink().curve)
    (-inf, inf)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardshrink.html
    """

    cost = Work.of(compares=2)
    curve = Curve(slope=(0.0, 1.0))
    cases = ({}, {"lambd": 0.2})

    lambd: Number = 0.5
