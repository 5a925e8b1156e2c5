"""The product of two tensors that are both computed."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Windows, Work, layer
from cnnshape.layers.fields import Flag
from cnnshape.layers.products import matrix_macs, matrix_product, matrix_window

__all__ = ["MatMul"]


@layer
class MatMul(Layer):
    """Matrix product of two inputs; the axes before the last two are a batch and are broadcast.

    Shape:      a (*A, n, k), b (*B, k, m) -> y (*AB, n, m);  an input of one axis is a row (a) or a column (b), and its
                axis is absent from y
    Formulas:   parameters 0    MACs prod(*AB)*n*k*m

    Parameters
    ----------
    transpose_a, transpose_b : whether the last two axes of the input are swapped first, default False

    Raises
    ------
    ShapeError
        CS201 the inner sizes differ, or batch axes neither agree nor are 1; CS206 an input is a single number.

    Notes
    -----
    As numpy.matmul, torch.matmul and ONNX's MatMul, which have no flags; the flags are those of tf.linalg.matmul, and
    stand for the transpose of the keys in attention.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> q = k = Spec((dim("N"), 8, dim("T"), 64))
    >>> print(MatMul(transpose_b=True).outputs((q, k), Context())[0])
    (N, 8, T, T)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__MatMul.html
    [2] https://www.tensorflow.org/api_docs/python/tf/linalg/matmul
    """

    kind = Kind.LINEAR
    arity = (2, 2)

    _: KW_ONLY
    transpose_a: Flag = False
    transpose_b: Flag = False

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        a, b = inputs
        return (Spec(matrix_product(ctx, self, a, b, (self.transpose_a, self.transpose_b)), a.dtype),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return matrix_window(*inputs)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        a, b = inputs
        return Work.of(matrix_macs(a, b, outputs[0].shape, (self.transpose_a, self.transpose_b)))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", 3, "T"), ("N", "T", 4)),
            Example.of(cls(transpose_b=True), ("N", 2, "T", 3), ("N", 2, "S", 3)),
            Example.of(cls(transpose_a=True), ("N", 1, 4, "T"), (3, 4, 2)),
            Example.of(cls(), ("N", "T", 5), (5,)),
        )
