"""How tensors that meet in a layer agree on sizes and on an element type."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial, reduce

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, Spec, axis_name
from cnnshape.layers.repair import Met, repair
from cnnshape.symbolic import Size, text

__all__ = ["Met", "agree", "broadcast", "promoted"]

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
        name = axis_name(dims, axis)
        meeting = []
        for number, spec in enumerate(inputs, start=1):
            own = axis - dims + len(spec.shape)
            if own >= 0 and spec.shape[own] != 1:
                meeting.append(Met(number, name, spec.shape[own], spec.shape))
        joined.append(agree(ctx, meeting, _RULE) if meeting else 1)
    return tuple(joined)


def agree(ctx: Context, meeting: Sequence[Met], rule: str) -> Size:
    """Demand that sizes are equal; return the simplest.

    Raises
    ------
    ShapeError
        CS201, if two of them can never be equal.
    """
    held = meeting[0]
    for other in meeting[1:]:
        simpler = ctx.equal(held.size, other.size, partial(_differ, held, other, rule))
        if simpler is not held.size:
            held = other
    return held.size


def _differ(a: Met, b: Met, rule: str) -> ShapeError:
    if a.axis == b.axis:
        fault = f"axis {a.axis}: input {a.number} has {text(a.size)}, input {b.number} has {text(b.size)}"
    else:
        fault = (
            f"input {a.number} has {text(a.size)} along axis {a.axis}, "
            f"input {b.number} has {text(b.size)} along axis {b.axis}"
        )
    return ShapeError(fault, code="CS201", got=(a.size, b.size), rule=rule, fix=repair(a, b))


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
