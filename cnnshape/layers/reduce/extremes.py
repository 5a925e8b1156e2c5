"""Where along an axis the extreme stands."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.layers.base import Example, Spec, Work, layer
from cnnshape.layers.demands import elements
from cnnshape.layers.fields import Flag, Integer
from cnnshape.layers.reduce.reduction import Reduction

__all__ = ["ArgMax", "ArgMin"]


class _Position(Reduction):
    """The position of an extreme, an integer."""

    def result(self, dtype: str) -> str:
        return "int64"

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of(compares=elements(inputs[0]) - elements(outputs[0]))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(1), ("N", 21, "H", "W")),
            Example.of(cls(-1, keepdim=True), ("N", "T", "C")),
            Example.of(cls(), ("N", 10)),
        )


@layer
class ArgMax(_Position):
    """The position of the largest value along an axis.

    Shape:      x (*S) -> y (*S without the axis), or with 1 in its place if keepdim
    Formulas:   parameters 0    MACs 0    comparisons X - Y (elements in less elements out)

    Parameters
    ----------
    dim : the axis, default None: the position in the flat tensor; negative values count from the end
    keepdim : keep the axis with size 1, default False

    Raises
    ------
    ShapeError
        CS207, no such axis.

    Notes
    -----
    ONNX's default axis is 0, and it keeps the axis by default.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> ArgMax(1).outputs((Spec((1, 21, 64, 64)),), Context())
    (Spec(shape=(1, 64, 64), dtype='int64'),)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.argmax.html
    [2] https://onnx.ai/onnx/operators/onnx__ArgMax.html
    """

    pytorch = "argmax(x, 1, True) is ArgMax(1, keepdim=True)(x)"

    dim: Integer | None = None
    _: KW_ONLY
    keepdim: Flag = False


@layer
class ArgMin(_Position):
    """The position of the smallest value along an axis.

    Shape:      x (*S) -> y (*S without the axis), or with 1 in its place if keepdim
    Formulas:   parameters 0    MACs 0    comparisons X - Y (elements in less elements out)

    Parameters
    ----------
    dim : the axis, default None: the position in the flat tensor; negative values count from the end
    keepdim : keep the axis with size 1, default False

    Raises
    ------
    ShapeError
        CS207, no such axis.

    Notes
    -----
    ONNX's default axis is 0, and it keeps the axis by default.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> ArgMin(-1, keepdim=True).outputs((Spec((1, 8)),), Context())
    (Spec(shape=(1, 1), dtype='int64'),)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.argmin.html
    [2] https://onnx.ai/onnx/operators/onnx__ArgMin.html
    """

    pytorch = "argmin(x, 1, True) is ArgMin(1, keepdim=True)(x)"

    dim: Integer | None = None
    _: KW_ONLY
    keepdim: Flag = False
