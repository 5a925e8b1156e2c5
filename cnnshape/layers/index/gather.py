"""Elements and slices taken from where indices point."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.layers.base import Context, Example, Spec, Windows, layer, sizes
from cnnshape.layers.demands import equal_sizes, normal_axis, same_rank, whole_numbers
from cnnshape.layers.fields import Integer
from cnnshape.layers.index.rules import Moving, anywhere, depth, within

__all__ = ["GatherElements", "GatherND"]


@layer
class GatherElements(Moving):
    """For each entry of the indices the element of the input at that position along one axis (torch.gather).

    Shape:      x (*A, d, *B), indices (*I) with as many axes, none but the axis dim longer than x's -> y (*I)
    Formulas:   y[i][j][k] = x[i][indices[i][j][k]][k] for dim = 1    parameters 0    MACs 0

    Parameters
    ----------
    dim : the axis that the indices count, default 1; negative values count from the end

    Raises
    ------
    ShapeError
        CS207, no such axis; CS208 another number of axes; CS211 indices that are not integers; CS213 indices that are
        longer than the input on another axis, or an index outside the axis.

    Notes
    -----
    ONNX's GatherElements (default axis 0), torch.gather, NumPy's take_along_axis. Whole slices along an axis are taken
    by Gather. Negative indices count from the end, as in ONNX; PyTorch refuses them.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> N, T = dim("N"), dim("T")
    >>> print(*GatherElements(dim=1).outputs((Spec((N, 10, T)), Spec((N, 3, T), "int64")), Context()))
    (N, 3, T)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.gather.html
    [2] https://onnx.ai/onnx/operators/onnx__GatherElements.html
    """

    arity = (2, 2)
    pytorch = "gather(x, 1, indices) is GatherElements(dim=1)([x, indices])"

    _: KW_ONLY
    dim: Integer = 1

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        x, chosen = inputs
        whole_numbers(chosen)
        axis = normal_axis(self.dim, same_rank(inputs))
        within(ctx, x, chosen, axis, "indices")
        return (Spec(chosen.shape, x.dtype),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        x, chosen = inputs
        return anywhere(x, chosen, normal_axis(self.dim, len(x.shape)))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", 4, "L"), Spec(sizes("N", "K", "L"), "int64")),
            Example.of(cls(dim=-1), ("N", "C", 6), Spec(sizes("N", "C", 2), "int64")),
            Example.of(cls(dim=0), (8, "C", 3), Spec(sizes("N", "C", 2), "int32")),
        )


@layer
class GatherND(Moving):
    """For each entry of the indices, a list of positions on the first axes, the part of the input that it points to.

    Shape:      x (*B, *P, *S), indices (*B, *I, k) -> y (*B, *I, *S);  B are batch_dims axes, P k axes
    Formulas:   y[b][i] = x[b][indices[b][i]]    parameters 0    MACs 0

    Parameters
    ----------
    batch_dims : leading axes that both inputs have in common, default 0

    Raises
    ------
    ShapeError
        CS201 the common axes differ, CS206 the indices point into more axes than there are, into none, or into a number
        that is a formula; CS211 indices that are not integers; CS213 an index outside its axis.

    Notes
    -----
    ONNX's and TensorFlow's GatherND; in PyTorch x[indices.unbind(-1)]. Negative indices count from the end.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> x, indices = Spec((dim("N"), 28, 28, 3)), Spec((dim("K"), 2), "int64")
    >>> print(*GatherND().outputs((x, indices), Context()))
    (K, 28, 3)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__GatherND.html
    [2] https://www.tensorflow.org/api_docs/python/tf/gather_nd
    """

    arity = (2, 2)

    _: KW_ONLY
    batch_dims: Integer = 0

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        x, chosen = inputs
        whole_numbers(chosen)
        batch = self.common_axes(len(x.shape), len(chosen.shape))
        rule = "the last axis of the indices counts axes of the input, behind batch_dims"
        last = depth(chosen, len(x.shape) - batch, rule)
        same = "the first batch_dims axes are equal"
        common = tuple(
            equal_sizes(ctx, chosen.shape[axis], x.shape[axis], f"axis {axis} of indices and input", same)
            for axis in range(batch)
        )
        return (Spec((*common, *chosen.shape[batch:-1], *x.shape[batch + last :]), x.dtype),)

    def common_axes(self, dims: int, chosen: int) -> int:
        """Return how many axes both inputs have in common, from their numbers of axes."""
        return normal_axis(self.batch_dims, min(dims, chosen), "batch_dims") if self.batch_dims else 0

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(everything=True, exact=False)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), (4, 5, "C"), Spec(sizes("N", 2), "int64")),
            Example.of(cls(batch_dims=1), ("N", 6, "C"), Spec(sizes("N", "K", 1), "int64")),
            Example.of(cls(batch_dims=1), ("N", 3, 4, 2), Spec(sizes("N", 3), "int32")),
        )
