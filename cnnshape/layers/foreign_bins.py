"""What several families write of bins that share the space of a map as evenly as may be."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.foreign_out import Case, Emit, Numbers, Source, Written, ints, op

__all__ = ["bin_edges", "bin_means", "even_bins"]


def bin_means(case: Case) -> Written:
    """Return the means of bins that share the space of the input as evenly as may be."""
    after = case.outputs[0].shape[2:]
    if all(size == 1 for size in after):
        return op("GlobalAveragePool", 0)
    before, bins = ints(case.shape()[2:]), ints(after)
    if (even := even_bins(before, bins)) is not None:
        return op("AveragePool", 0, **even)
    made: Source = 0
    for axis, (size, count) in enumerate(zip(before, bins, strict=True), start=2):
        if size != count:
            made = _mixed(case, made, axis, _shares(size, count))
    assert isinstance(made, Emit)  # an axis whose size is no multiple differs
    return made


def even_bins(before: tuple[int, ...], bins: tuple[int, ...]) -> dict[str, Any] | None:
    """Return the windows that bins are, if all of an axis have the same size."""
    if any(size % count for size, count in zip(before, bins, strict=True)):
        return None
    kernel = tuple(size // count for size, count in zip(before, bins, strict=True))
    return {"kernel_shape": kernel, "strides": kernel}


def bin_edges(size: int, count: int) -> list[tuple[int, int]]:
    """Return where the bins of an axis begin and end."""
    return [(i * size // count, -(-(i + 1) * size // count)) for i in range(count)]


def _shares(size: int, count: int) -> Numbers:
    """Return the matrix that has the mean of each bin of an axis."""
    edges = bin_edges(size, count)
    values = tuple(1 / (end - start) if start <= at < end else 0.0 for at in range(size) for start, end in edges)
    return Numbers(values, (size, count), "float32")


def _mixed(case: Case, made: Source, axis: int, matrix: Numbers) -> Emit:
    """Return sums along an axis, weighed by the columns of a matrix."""
    rank = case.rank()
    if axis == rank - 1:
        return op("MatMul", made, matrix)
    order = (*(each for each in range(rank) if each != axis), axis)
    back = tuple(order.index(each) for each in range(rank))
    return op("Transpose", made, perm=order).then("MatMul", matrix).then("Transpose", perm=back)
