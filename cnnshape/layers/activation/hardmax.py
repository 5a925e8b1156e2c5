"""The largest entry alone."""

from __future__ import annotations

from cnnshape.layers.activation.curve import Activation, Curve
from cnnshape.layers.base import Context, Example, Spec, Windows, Work, layer
from cnnshape.layers.demands import elements, normal_axis
from cnnshape.layers.fields import Integer

__all__ = ["Hardmax"]


@layer
class Hardmax(Activation):
    """1 at the largest entry along an axis, the first of equal ones, and 0 elsewhere.

    Shape:      x (*) -> y (*);  output [0, 1], flat everywhere
    Formulas:   parameters 0    MACs 0    comparisons prod(*)*(d - 1)/d, d the size of the axis

    Parameters
    ----------
    dim : the axis, default 1 (classes, channels); negative counted from the end

    Raises
    ------
    ShapeError
        CS207, the input has no such axis.

    Notes
    -----
    ONNX's default axis is -1. PyTorch writes it as `one_hot(argmax(x, dim))`.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> print(Hardmax().outputs((Spec((1, 10)),), Context())[0], Hardmax().curve)
    (1, 10) [0, 1]

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Hardmax.html
    """

    curve = Curve(0.0, 1.0, (True, True), slope=(0.0, 0.0), saturates=(0.0, 0.0))

    dim: Integer = 1

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        normal_axis(self.dim, len(inputs[0].shape))
        return inputs

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(whole=(normal_axis(self.dim, len(inputs[0].shape)),), exact=False)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        (x,) = inputs
        axis = normal_axis(self.dim, len(x.shape))
        rows = elements(Spec((*x.shape[:axis], *x.shape[axis + 1 :])))
        return Work.of(compares=elements(x) - rows)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", 10)),
            Example.of(cls(), ("N", "C", "H", "W")),
            Example.of(cls(-1), ("N", 2, "T")),
        )
