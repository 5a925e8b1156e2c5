"""Sums and products of all positions so far."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Windows, Work, layer
from cnnshape.layers.demands import elements, normal_axis
from cnnshape.layers.fields import Flag, Integer
from cnnshape.symbolic import Size

__all__ = ["CumProd", "CumSum", "Running"]


class Running(Layer):
    """A layer that puts in each position what the positions before it, and its own, come to."""

    kind = Kind.REDUCE

    dim: Integer
    exclusive: Flag
    reverse: Flag

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        normal_axis(self.dim, len(x.shape))
        return (x if "float" in x.dtype else Spec(x.shape, "int64"),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(whole=(normal_axis(self.dim, len(inputs[0].shape)),), exact=False)

    def steps(self, x: Spec) -> Size:
        """Return how many operations there are: one fewer than positions, for each row."""
        axis = normal_axis(self.dim, len(x.shape))
        return elements(x) - elements(Spec((*x.shape[:axis], *x.shape[axis + 1 :])))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(dim=-1), ("N", 4, "L")),
            Example.of(cls(dim=1, exclusive=True), ("N", "C", "H", "W")),
            Example.of(cls(dim=0, reverse=True), ("T",)),
        )


@layer
class CumSum(Running):
    """The sum of all positions up to each, along an axis.

    Shape:      x (*S) -> y (*S)
    Formulas:   parameters 0    MACs 0    additions X - X/d, X elements, d the size of the axis

    Parameters
    ----------
    dim : the axis; negative values count from the end
    exclusive : leave out the position itself, so that the first is 0, default False
    reverse : from the last position to the first, default False

    Raises
    ------
    ShapeError
        CS207, no such axis.

    Notes
    -----
    Integers and bools are summed as int64, as `torch.cumsum`; ONNX keeps the type. Only ONNX has the two flags.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> print(*CumSum(1).outputs((Spec((1, 8, 4)),), Context()))
    (1, 8, 4)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.cumsum.html
    [2] https://onnx.ai/onnx/operators/onnx__CumSum.html
    """

    dim: Integer
    _: KW_ONLY
    exclusive: Flag = False
    reverse: Flag = False

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of(adds=self.steps(inputs[0]))


@layer
class CumProd(Running):
    """The product of all positions up to each, along an axis.

    Shape:      x (*S) -> y (*S)
    Formulas:   parameters 0    MACs 0    multiplications X - X/d, X elements, d the size of the axis

    Parameters
    ----------
    dim : the axis; negative values count from the end
    exclusive : leave out the position itself, so that the first is 1, default False
    reverse : from the last position to the first, default False

    Raises
    ------
    ShapeError
        CS207, no such axis.

    Notes
    -----
    Integers and bools are multiplied as int64, as `torch.cumprod`; ONNX keeps the type. Only ONNX has the two flags.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> print(*CumProd(1).outputs((Spec((1, 8, 4)),), Context()))
    (1, 8, 4)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.cumprod.html
    [2] https://onnx.ai/onnx/operators/onnx__CumProd.html
    """

    dim: Integer
    _: KW_ONLY
    exclusive: Flag = False
    reverse: Flag = False

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of(muls=self.steps(inputs[0]))
