"""Whole numbers as vectors with one entry that is on."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.layers.base import Context, Example, Spec, Windows, layer, sizes
from cnnshape.layers.demands import normal_axis, whole_numbers
from cnnshape.layers.fields import DTYPES, Count, Integer, Number, Word, one_of
from cnnshape.layers.index.rules import Moving
from cnnshape.symbolic import dim

__all__ = ["OneHot"]


@layer
class OneHot(Moving):
    """Each whole number as a vector that is on at this position and off at the others.

    Shape:      x (*A, *B), integers -> y (*A, num_classes, *B), the new axis at dim
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    num_classes : the length of the vectors, at least 1
    dim : where the new axis stands in the output, default -1; negative values count from the end
    off_value, on_value : what the vectors hold, default 0 and 1
    dtype : element type of the output, default "int64"

    Raises
    ------
    ShapeError
        CS207, no such axis; CS211 the input does not hold integers.

    Notes
    -----
    torch.nn.functional.one_hot has the new axis last. A negative number counts from the end; one outside of both gives
    a vector that is off everywhere (ONNX; PyTorch refuses it). In ONNX the number of classes and the two values are
    inputs.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(*OneHot(1000).outputs((Spec((dim("N"),), "int64"),), Context()))
    (N, 1000)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.one_hot.html
    [2] https://onnx.ai/onnx/operators/onnx__OneHot.html
    """

    pytorch = "one_hot(x, 10) is OneHot(10)(x)"

    num_classes: Count
    _: KW_ONLY
    dim: Integer = -1
    off_value: Number = 0
    on_value: Number = 1
    dtype: Word = one_of(*DTYPES, default="int64")

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        whole_numbers(x, "classes")
        axis = normal_axis(self.dim, len(x.shape) + 1)
        return (Spec((*x.shape[:axis], self.num_classes, *x.shape[axis:]), self.dtype),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        dims = len(inputs[0].shape)
        axis = normal_axis(self.dim, dims + 1)
        return Windows(source=(*range(axis), None, *range(axis, dims)))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(10), Spec(sizes("N"), "int64")),
            Example.of(cls(dim("K"), dim=1, dtype="float32"), Spec(sizes("N", "H", "W"), "int64")),
            Example.of(cls(3, dim=0, off_value=-1, on_value=2), Spec(sizes("N", "T"), "int32")),
        )
