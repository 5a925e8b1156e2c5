"""Elements and slices put where indices point."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, Example, Spec, Windows, Work, axis_name, layer, shape_text, sizes
from cnnshape.layers.demands import equal_sizes, has_axes, normal_axis, same_rank, whole_numbers
from cnnshape.layers.fields import Integer, Word, one_of
from cnnshape.layers.index.rules import REDUCTIONS, Moving, depth, reduced, within
from cnnshape.symbolic import Size, text

__all__ = ["ScatterElements", "ScatterND", "TensorScatter"]


@layer
class ScatterElements(Moving):
    """A copy of the input in which each update stands where its index points along one axis (torch.scatter).

    Shape:      x (*S), indices (*I) with as many axes, none but the axis dim longer than x's, updates (*I) -> y (*S)
    Formulas:   y[i][indices[i][j][k]][k] = updates[i][j][k] for dim = 1    parameters 0    MACs 0;  with a reduction
                one addition, product or comparison for each update

    Parameters
    ----------
    dim : the axis that the indices count, default 1; negative values count from the end
    reduction : "none", an update replaces what is there (the last one, if several point to one place), or what is done
        with both: "add", "mul", "max", "min"

    Raises
    ------
    ShapeError
        CS201 updates and indices differ; CS207 no such axis; CS208 another number of axes; CS211 indices that are not
        integers; CS213 indices that are longer than the input on another axis, or an index outside the axis.

    Notes
    -----
    ONNX's ScatterElements, before Scatter (default axis 0); torch.scatter, scatter_add and scatter_reduce.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> T = dim("T")
    >>> x, indices, updates = Spec((1, 10, T)), Spec((1, 3, T), "int64"), Spec((1, 3, T))
    >>> print(*ScatterElements(dim=1).outputs((x, indices, updates), Context()))
    (1, 10, T)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.scatter.html
    [2] https://onnx.ai/onnx/operators/onnx__ScatterElements.html
    """

    arity = (3, 3)
    pytorch = "scatter(x, 1, indices, updates) is ScatterElements(dim=1)([x, indices, updates])"

    _: KW_ONLY
    dim: Integer = 1
    reduction: Word = one_of(*REDUCTIONS)

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        x, chosen, updates = inputs
        whole_numbers(chosen)
        dims = same_rank(inputs)
        axis = normal_axis(self.dim, dims)
        within(ctx, x, chosen, axis, "indices")
        for i, pair in enumerate(zip(updates.shape, chosen.shape, strict=True)):
            what = f"axis {axis_name(dims, i)} of updates and indices"
            equal_sizes(ctx, *pair, what, "there is one update for each index")
        return (x,)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(whole=(normal_axis(self.dim, len(inputs[0].shape)),), exact=False)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return reduced(self.reduction, inputs[2])

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        few, many = Spec(sizes("N", "K", "L"), "int64"), Spec(sizes("N", 3), "int32")
        return (
            Example.of(cls(), ("N", 4, "L"), few, ("N", "K", "L")),
            Example.of(cls(dim=-1, reduction="add"), ("N", 5), many, ("N", 3)),
            Example.of(cls(dim=1, reduction="mul"), ("N", 4, "L + 1"), few, ("N", "K", "L")),
            Example.of(cls(dim=1, reduction="max"), ("N", 4, "L"), few, ("N", "K", "L")),
        )


@layer
class ScatterND(Moving):
    """A copy of the input in which each update stands where a list of positions on the first axes points.

    Shape:      x (*P, *S), indices (*I, k), updates (*I, *S) -> y (*P, *S), where P are the first k axes
    Formulas:   y[indices[i]] = updates[i]    parameters 0    MACs 0;  with a reduction one addition, product or
                comparison for each element of the updates

    Parameters
    ----------
    reduction : "none", an update replaces what is there (the last one, if several point to one place), or what is done
        with both: "add", "mul", "max", "min"

    Raises
    ------
    ShapeError
        CS201 a size of the updates is another; CS206 the indices point into more axes than there are, into none, or
        into a number that is a formula, or the updates have another number of axes; CS211 indices that are not
        integers; CS213 an index outside its axis.

    Notes
    -----
    ONNX's ScatterND; in PyTorch x.index_put(indices.unbind(-1), updates).

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> x, indices, updates = Spec((8, 8, dim("C"))), Spec((5, 2), "int64"), Spec((5, dim("C")))
    >>> print(*ScatterND().outputs((x, indices, updates), Context()))
    (8, 8, C)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__ScatterND.html
    [2] https://docs.pytorch.org/docs/stable/generated/torch.Tensor.index_put_.html
    """

    arity = (3, 3)

    _: KW_ONLY
    reduction: Word = one_of(*REDUCTIONS)

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        x, chosen, updates = inputs
        whole_numbers(chosen)
        last = depth(chosen, len(x.shape), "the last axis of the indices counts axes of the input")
        wanted = (*chosen.shape[:-1], *x.shape[last:])
        rule = f"the updates are {shape_text(wanted)}: the indices without their last axis, then the rest of the input"
        has_axes(updates, len(wanted), "updates", rule)
        for axis, pair in enumerate(zip(updates.shape, wanted, strict=True)):
            equal_sizes(ctx, *pair, f"axis {axis} of the updates", rule)
        return (x,)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(everything=True, exact=False)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return reduced(self.reduction, inputs[2])

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), (4, 5, "C"), Spec(sizes("N", 2), "int64"), ("N", "C")),
            Example.of(cls(reduction="add"), (6, "C"), Spec(sizes("N", "K", 1), "int64"), ("N", "K", "C")),
            Example.of(cls(reduction="mul"), (3, 4), Spec(sizes("N", 2), "int32"), ("N",)),
            Example.of(cls(reduction="min"), (3, 4), Spec(sizes("N", 1), "int64"), ("N", 4)),
        )


@layer
class TensorScatter(Moving):
    """A cache in which an update is written along one axis, in each sample of the batch from its own position on.

    Shape:      cache (N, *A, d, *B), update (N, *A, k, *B), optional positions (N,) -> y (N, *A, d, *B);  k <= d
    Formulas:   y[n][positions[n] + i] = update[n][i]    parameters 0    MACs 0

    Parameters
    ----------
    dim : the axis that is written along, default -2; negative values count from the end; not the batch
    mode : "linear", or "circular", where a position beyond the end goes on at the beginning

    Raises
    ------
    ShapeError
        CS201 sizes that must agree differ; CS206 the positions are not one axis; CS207 no such axis, or the batch;
        CS208 another number of axes; CS211 positions that are not integers; CS213 the update is longer than the cache,
        or reaches beyond it.

    Notes
    -----
    ONNX's TensorScatter, for the keys and values of earlier steps of attention. Without positions all are 0.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> cache, update = Spec((dim("N"), 8, 512, 64)), Spec((dim("N"), 8, 1, 64))
    >>> print(*TensorScatter().outputs((cache, update, Spec((dim("N"),), "int64")), Context()))
    (N, 8, 512, 64)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__TensorScatter.html
    """

    arity = (2, 3)

    _: KW_ONLY
    dim: Integer = -2
    mode: Word = one_of("linear", "circular")

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        cache, update, *positions = inputs
        dims = same_rank(inputs[:2])
        axis = self.axis(dims)
        for i, (size, held) in enumerate(zip(update.shape, cache.shape, strict=True)):
            if i != axis:
                what = f"axis {axis_name(dims, i)} of update and cache"
                equal_sizes(ctx, size, held, what, "update and cache agree but on the axis dim")
        size, held = update.shape[axis], cache.shape[axis]
        ctx.at_least(held, size, lambda: _too_long(size, held))
        for spec in positions:
            whole_numbers(spec, "positions")
            rule = "there is one position for each sample of the batch"
            has_axes(spec, 1, "positions", rule)
            equal_sizes(ctx, spec.shape[0], cache.shape[0], "positions and batch", rule)
        return (cache,)

    def axis(self, dims: int) -> int:
        """Return the axis that is written along, counted from the start."""
        axis = normal_axis(self.dim, dims)
        if axis == 0:
            raise ShapeError(
                f"dim = {self.dim} is the batch of a cache with {dims} axes",
                code="CS207",
                field="dim",
                got=self.dim,
                rule="an update is written along another axis than the batch",
                fix="dim: 1" if dims > 1 else "",
            )
        return axis

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(whole=(self.axis(len(inputs[0].shape)),), exact=False)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        places = Spec(sizes("N"), "int64")
        return (
            Example.of(cls(), ("N", 2, "T + 1", 3), ("N", 2, "T", 3), places),
            Example.of(cls(dim=1, mode="circular"), ("N", "T", "C"), ("N", "T", "C"), places),
            Example.of(cls(dim=-1), ("N", "C", 7), ("N", "C", 4)),
        )


def _too_long(size: Size, held: Size) -> ShapeError:
    return ShapeError(
        f"the update has {text(size)} positions, the cache {text(held)}",
        code="CS213",
        got=size,
        needed=held,
        rule="an update is no longer than the cache",
        fix=f"an update of at most {text(held)} positions",
    )
