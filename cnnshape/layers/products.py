"""What the layers that multiply tensors with each other share: the matrices, the batch axes of a product."""

from __future__ import annotations

from functools import partial

from cnnshape.errors import ShapeError
from cnnshape.layers.base import WHOLE, Context, Layer, Spec, Windows, shape_text
from cnnshape.layers.demands import some_axes
from cnnshape.symbolic import Size, complexity, product, text

__all__ = ["broadcast", "matrix_macs", "matrix_product", "matrix_window"]

Matrix = tuple[tuple[Size, ...], Size, Size]
"""The batch axes, the rows and the columns of an operand."""
Swapped = tuple[bool, bool]
"""Whether the last two axes of each operand are swapped first."""


def matrix_product(ctx: Context, layer: Layer, a: Spec, b: Spec, swapped: Swapped | None = None) -> tuple[Size, ...]:
    """Return the shape of a matrix product; an operand of one axis is a row (a) or a column (b), and its axis goes.

    Parameters
    ----------
    swapped : as the layer's flags `transpose_a` and `transpose_b` say; None, if it has no such flags

    Raises
    ------
    ShapeError
        CS201 the inner sizes differ, or batch axes neither agree nor are 1; CS206 an operand is a single number.
    """
    for spec in (a, b):
        some_axes(layer, spec)
    (batch_a, n, k), (batch_b, inner, m) = _operands(a, b, swapped)
    ctx.equal(k, inner, partial(_inner_fault, a, b, swapped, k, inner))
    matrix = ((n,) if len(a.shape) > 1 else ()) + ((m,) if len(b.shape) > 1 else ())
    return (*broadcast(ctx, batch_a, batch_b), *matrix)


def matrix_window(a: Spec, b: Spec) -> Windows:
    """Return what an entry of a matrix product reads of its operands."""
    dims = len(a.shape)
    return Windows(whole=(dims - 2, dims - 1), exact=False) if dims == len(b.shape) > 1 else WHOLE


def matrix_macs(a: Spec, b: Spec, made: tuple[Size, ...], swapped: Swapped | None = None) -> Size:
    """Return the MACs of a matrix product of the shape `made`."""
    (_, _, k), (_, inner, _) = _operands(a, b, swapped)
    return product(made) * min(k, inner, key=complexity)


def _operands(a: Spec, b: Spec, swapped: Swapped | None) -> tuple[Matrix, Matrix]:
    left, right = swapped or (False, False)
    return (
        _matrix(a.shape, left) if len(a.shape) > 1 else _matrix((1, *a.shape), False),
        _matrix(b.shape, right) if len(b.shape) > 1 else _matrix((*b.shape, 1), False),
    )


def _matrix(shape: tuple[Size, ...], swapped: bool) -> Matrix:
    *batch, rows, columns = shape
    return (tuple(batch), columns, rows) if swapped else (tuple(batch), rows, columns)


def _inner_fault(a: Spec, b: Spec, swapped: Swapped | None, k: Size, inner: Size) -> ShapeError:
    fix = f"give both {text(k)}"
    if swapped is not None:
        left, right = swapped
        if len(b.shape) > 1 and b.shape[-2 if right else -1] == k:
            fix = f"transpose_b: {str(not right).lower()}"
        elif len(a.shape) > 1 and a.shape[-1 if left else -2] == inner:
            fix = f"transpose_a: {str(not left).lower()}"
    return ShapeError(
        f"the rows of the first input have {text(k)} entries, the columns of the second {text(inner)}",
        code="CS201",
        got=inner,
        needed=k,
        given=f"inputs {shape_text(a.shape)} and {shape_text(b.shape)}",
        rule="(*, n, k) times (*, k, m): the inner sizes are equal",
        fix=fix,
    )


def broadcast(ctx: Context, left: tuple[Size, ...], right: tuple[Size, ...]) -> tuple[Size, ...]:
    """Return the batch axes of a product: aligned at the end, each pair equal or one of it the literal 1.

    Raises
    ------
    ShapeError
        CS201, if two sizes can never agree.
    """
    if left == right:
        return left
    dims = max(len(left), len(right))
    a = (1,) * (dims - len(left)) + left
    b = (1,) * (dims - len(right)) + right
    return tuple(_joined(ctx, axis, *pair) for axis, pair in enumerate(zip(a, b, strict=True)))


def _joined(ctx: Context, axis: int, left: Size, right: Size) -> Size:
    if left == 1:
        return right
    if right == 1:
        return left
    return ctx.equal(left, right, partial(_differ, axis, left, right))


def _differ(axis: int, left: Size, right: Size) -> ShapeError:
    return ShapeError(
        f"batch axis {axis}: the inputs have {text(left)} and {text(right)}",
        code="CS201",
        got=right,
        needed=left,
        rule="batch axes are equal, or one of them is 1",
        fix=f"give both {text(left)}, or one of them 1",
    )
