"""How tensors that meet in a layer agree on sizes and on an element type."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial, reduce

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, Spec, axis_name
from cnnshape.symbolic import Dim, Size, bound, text

__all__ = ["agree", "broadcast", "promoted"]

_RULE = "sizes that are joined are equal, or one of them is 1"


def broadcast(ctx: Context, inputs: Sequence[Spec]) -> tuple[Size, ...]:
    """Return the shape of an element-wise result: last axes aligned, a size that is the int 1 stretched.

    A formula is never stretched, even where it happens to be 1: that two formulas are equal becomes a condition.

    Raises
    ------
    ShapeError
        CS201, if two sizes can never be joined.
    """
    first = inputs[0].shape
    if all(spec.shape == first for spec in inputs):
        return first
    dims = max(len(spec.shape) for spec in inputs)
    joined: list[Size] = []
    for axis in range(dims):
        meeting = []
        for number, spec in enumerate(inputs, start=1):
            own = axis - dims + len(spec.shape)
            if own >= 0 and spec.shape[own] != 1:
                meeting.append((number, spec.shape[own]))
        joined.append(agree(ctx, meeting, axis_name(dims, axis), _RULE) if meeting else 1)
    return tuple(joined)


def agree(ctx: Context, meeting: Sequence[tuple[int, Size]], axis: str, rule: str) -> Size:
    """Demand that the sizes of one axis, each with the number of its input, are equal; return the simplest.

    Raises
    ------
    ShapeError
        CS201, if two of them can never be equal.
    """
    held, size = meeting[0]
    for number, other in meeting[1:]:
        simpler = ctx.equal(size, other, partial(_differ, (held, size), (number, other), axis, rule))
        if simpler is not size:
            held, size = number, simpler
    return size


def _differ(one: tuple[int, Size], two: tuple[int, Size], axis: str, rule: str) -> ShapeError:
    (first, a), (second, b) = one, two
    return ShapeError(
        f"axis {axis}: input {first} has {text(a)}, input {second} has {text(b)}",
        code="CS201",
        got=(a, b),
        rule=rule,
        fix=_repair(one, two, axis),
    )


def _repair(one: tuple[int, Size], two: tuple[int, Size], axis: str) -> str:
    (first, a), (second, b) = one, two
    if axis == "N":
        return "feed both inputs with batches of one size"
    if axis == "C":
        return f"a conv with kernel_size 1 and out_channels {text(a)} on input {second}, or {text(b)} on input {first}"
    difference = a - b
    most = bound(difference)[1] if isinstance(difference, Dim) else difference
    if most is not None and most < 0:
        (first, a), (second, b) = two, one
    return f"crop input {first} to {text(b)} along {axis}, or pad input {second} to {text(a)}"


def promoted(dtypes: Sequence[str]) -> str:
    """Return the element type that holds what several hold, as PyTorch's `promote_types`.

    Floating beats integer beats bool; of two of a sort the wider; float16 with bfloat16 is float32, and signed with
    unsigned is a signed type that holds both (at most int64).
    """
    first = dtypes[0]
    return first if all(dtype == first for dtype in dtypes) else reduce(_wider, dtypes)


def _wider(one: str, two: str) -> str:
    (sort, bits, signed), (other, more, other_signed) = _sort(one), _sort(two)
    if sort != other:
        return one if sort > other else two
    if signed == other_signed:
        return "float32" if bits == more and one != two else one if bits >= more else two
    needed = max(bits if signed else 2 * bits, more if other_signed else 2 * more)
    return f"int{min(needed, 64)}"


def _sort(dtype: str) -> tuple[int, int, bool]:
    """Return the rank of its sort, its width in bits and whether it has a sign."""
    word = dtype.rstrip("0123456789")
    rank, signed = _SORTS[word]
    return rank, int(dtype[len(word) :] or 1), signed


_SORTS = {"bool": (0, False), "uint": (1, False), "int": (1, True), "float": (2, True), "bfloat": (2, True)}
