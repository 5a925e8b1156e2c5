"""The product of two tensors that are both computed."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.errors import ShapeError
from cnnshape.layers.base import WHOLE, Context, Example, Kind, Layer, Spec, Windows, Work, layer, shape_text
from cnnshape.layers.demands import elements
from cnnshape.layers.fields import Flag
from cnnshape.layers.linear.spec import some_axes
from cnnshape.layers.products import broadcast
from cnnshape.symbolic import Size, complexity, text

__all__ = ["MatMul"]

Matrix = tuple[tuple[Size, ...], Size, Size]
"""The batch axes, the rows and the columns of an operand."""


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

    def operands(self, inputs: tuple[Spec, ...]) -> tuple[Matrix, Matrix]:
        """Return both inputs as (batch axes, rows, columns)."""
        a, b = (spec.shape for spec in inputs)
        left = a if len(a) > 1 else (1, *a)
        right = b if len(b) > 1 else (*b, 1)
        return (
            _matrix(left, self.transpose_a and len(a) > 1),
            _matrix(right, self.transpose_b and len(b) > 1),
        )

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        for spec in inputs:
            some_axes(self, spec)
        (batch_a, n, k), (batch_b, inner, m) = self.operands(inputs)
        ctx.equal(k, inner, lambda: self._fault(inputs, k, inner))
        a, b = inputs
        matrix = ((n,) if len(a.shape) > 1 else ()) + ((m,) if len(b.shape) > 1 else ())
        return (Spec((*broadcast(ctx, batch_a, batch_b), *matrix), a.dtype),)

    def _fault(self, inputs: tuple[Spec, ...], k: Size, inner: Size) -> ShapeError:
        a, b = inputs
        fix = f"give both {text(k)}"
        if len(b.shape) > 1 and b.shape[-2 if self.transpose_b else -1] == k:
            fix = f"transpose_b: {str(not self.transpose_b).lower()}"
        elif len(a.shape) > 1 and a.shape[-1 if self.transpose_a else -2] == inner:
            fix = f"transpose_a: {str(not self.transpose_a).lower()}"
        return ShapeError(
            f"the rows of the first input have {text(k)} entries, the columns of the second {text(inner)}",
            code="CS201",
            got=inner,
            needed=k,
            given=f"inputs {shape_text(a.shape)} and {shape_text(b.shape)}",
            rule="(*, n, k) times (*, k, m): the inner sizes are equal",
            fix=fix,
        )

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        a, b = (len(spec.shape) for spec in inputs)
        return Windows(whole=(a - 2, a - 1), exact=False) if a == b > 1 else WHOLE

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        (_, _, k), (_, inner, _) = self.operands(inputs)
        return Work.of(elements(outputs[0]) * min(k, inner, key=complexity))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", 3, "T"), ("N", "T", 4)),
            Example.of(cls(transpose_b=True), ("N", 2, "T", 3), ("N", 2, "S", 3)),
            Example.of(cls(transpose_a=True), ("N", 1, 4, "T"), (3, 4, 2)),
            Example.of(cls(), ("N", "T", 5), (5,)),
        )


def _matrix(shape: tuple[Size, ...], transposed: bool) -> Matrix:
    *batch, rows, columns = shape
    return (tuple(batch), columns, rows) if transposed else (tuple(batch), rows, columns)
