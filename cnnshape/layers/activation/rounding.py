"""The next whole number, the sign, and the opposite."""

from __future__ import annotations

from cnnshape.errors import ShapeError
from cnnshape.layers.activation.curve import Curve, Pointwise
from cnnshape.layers.base import Context, Spec, Work, layer

__all__ = ["Ceil", "Floor", "Negative", "Round", "Sign"]

_STEPS = Curve(slope=(0.0, 0.0), saturates=(0.0, 0.0))


@layer
class Ceil(Pointwise):
    """The smallest whole number that is not below x.

    Shape:      x (*) -> y (*);  output (-inf, inf), flat everywhere, with a step at every whole number
    Formulas:   parameters 0    MACs 0    one operation for each element, counted as a comparison

    Examples
    --------
    >>> print(Ceil().curve.slope)
    (0.0, 0.0)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Ceil.html
    """

    cost = Work.of(compares=1)
    curve = _STEPS


@layer
class Floor(Pointwise):
    """The largest whole number that is not above x.

    Shape:      x (*) -> y (*);  output (-inf, inf), flat everywhere, with a step at every whole number
    Formulas:   parameters 0    MACs 0    one operation for each element, counted as a comparison

    Examples
    --------
    >>> print(Floor().curve.slope)
    (0.0, 0.0)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Floor.html
    """

    cost = Work.of(compares=1)
    curve = _STEPS


@layer
class Round(Pointwise):
    """The nearest whole number; of two that are as near, the even one.

    Shape:      x (*) -> y (*);  output (-inf, inf), flat everywhere, with a step in the middle of whole numbers
    Formulas:   parameters 0    MACs 0    one operation for each element, counted as a comparison

    Examples
    --------
    >>> print(Round().curve.slope)
    (0.0, 0.0)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.round.html
    [2] https://onnx.ai/onnx/operators/onnx__Round.html
    """

    cost = Work.of(compares=1)
    curve = _STEPS


@layer
class Sign(Pointwise):
    """1 above 0, -1 below, 0 at 0 and for NaN.

    Shape:      x (*) -> y (*);  output [-1, 1], flat everywhere
    Formulas:   parameters 0    MACs 0    two comparisons for each element

    Notes
    -----
    Of NaN PyTorch makes 0, NumPy and ONNX's reference make NaN; ONNX's text does not say.

    Examples
    --------
    >>> print(Sign().curve)
    [-1, 1]

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.sign.html
    [2] https://onnx.ai/onnx/operators/onnx__Sign.html
    """

    cost = Work.of(compares=2)
    curve = Curve(-1.0, 1.0, (True, True), slope=(0.0, 0.0), saturates=(0.0, 0.0))


@layer
class Negative(Pointwise):
    """y = -x.

    Shape:      x (*) -> y (*);  output (-inf, inf)
    Formulas:   parameters 0    MACs 0    one operation for each element, counted as an addition

    Raises
    ------
    ShapeError
        CS211, the input is of bools.

    Examples
    --------
    >>> print(Negative().curve, Negative().curve.slope)
    (-inf, inf) (-1.0, -1.0)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.neg.html
    [2] https://onnx.ai/onnx/operators/onnx__Neg.html
    """

    cost = Work.of(adds=1)
    curve = Curve(slope=(-1.0, -1.0))

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        if inputs[0].dtype == "bool":
            raise ShapeError(
                "Negative takes numbers, the input is of bools",
                code="CS211",
                got="bool",
                rule="only a number has a negative",
                fix="LogicalNot() turns true and false around",
            )
        return super().outputs(inputs, ctx)
