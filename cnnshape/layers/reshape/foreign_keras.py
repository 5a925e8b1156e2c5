"""Views, parts and copies of Keras: layers, and operations in a graph."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from cnnshape.layers.foreign import Made, Operator, Table, Use, keyed, reads, refuse
from cnnshape.layers.reshape.axes import Permute, Squeeze, Unsqueeze
from cnnshape.layers.reshape.copies import Cast, Expand, Tile
from cnnshape.layers.reshape.parts import Split
from cnnshape.layers.reshape.positions import Gather, Slice
from cnnshape.layers.reshape.spec import Flatten, Reshape

__all__ = ["TABLE"]


def _reshape(op: Operator) -> Made:
    wanted = op.attribute("target_shape")
    if any(type(size) is not int or size == 0 for size in wanted):
        refuse(f"the shape {wanted}")
    return Use(Reshape((op.shape()[0], *wanted)))


def _reshaped(op: Operator) -> Made:
    wanted = op.attribute("newshape")
    if not isinstance(wanted, tuple) or any(type(size) is not int or size == 0 for size in wanted):
        refuse(f"the shape {wanted}")
    before = op.shape()[0]
    # What is left to be found is the batch, where it stands first.
    keeps = wanted[:1] == (-1,) and not isinstance(before, int)
    if keeps and all(isinstance(size, int) for size in op.shape()[1:]):
        count = 1
        for size in op.shape()[1:]:
            count *= int(str(size))
        for size in wanted[1:]:
            count = count // size if count % size == 0 else 0
        return Use(Reshape((before * count, *wanted[1:]) if count else wanted))
    return Use(Reshape(wanted))


def _flatten(op: Operator) -> Made:
    if op.attribute("data_format") == "channels_first" and op.rank() > 2:
        return Use(Permute((0, *range(2, op.rank()), 1))).then(Flatten())
    return Use(Flatten())


def _repeat(op: Operator) -> Made:
    return Use(Unsqueeze((1,))).then(Expand((-1, op.attribute("n"), -1)))


def _joined(op: Operator) -> Made:
    batch, steps, *rest = op.shape()
    return Use(Reshape((batch * steps, *rest)))


def _split_steps(op: Operator) -> Made:
    return Use(Reshape((*op.shape(1)[:2], *op.shape()[1:])), (0,))


def _item(op: Operator) -> Made:
    """Read what stands between brackets behind a tensor."""
    key = op.attribute("call", {}).get("key")
    entries = list(key) if isinstance(key, (list, tuple)) else [key]
    dots = [i for i, each in enumerate(entries) if _kind(each) == "__ellipsis__"]
    named = sum(each is not None for each in entries) - len(dots)
    if len(dots) > 1 or named > op.rank():
        refuse("more entries between brackets than axes")
    if dots:
        whole = {"class_name": "__slice__", "config": {}}
        entries[dots[0] : dots[0] + 1] = [whole] * (op.rank() - named)
    made: int | Use = 0
    axis = 0
    for each in entries:
        if each is None:
            made = Use(Unsqueeze((axis,)), (made,))
            axis += 1
        elif type(each) is int:
            made = Use(Gather(each, dim=axis), (made,))
        elif _kind(each) == "__slice__":
            ends = each.get("config", {})
            start, stop, step = (ends.get(word) for word in ("start", "stop", "step"))
            if any(end is not None and type(end) is not int for end in (start, stop, step)):
                refuse("a position that is computed")
            if (start or 0, stop, step or 1) != (0, None, 1):
                made = Use(Slice(dim=axis, start=start, end=stop, step=step or 1), (made,))
            axis += 1
        else:
            refuse("a position that is computed")
    return made


def _kind(entry: Any) -> str:
    return str(entry.get("class_name")) if isinstance(entry, dict) else ""


def _split(op: Operator) -> Made:
    axis, given = op.axis(op.attribute("axis", 0)), op.attribute("indices_or_sections")
    size = op.shape()[axis]
    if isinstance(given, tuple):
        if not isinstance(size, int):
            refuse("parts of an axis of free size")
        ends = (0, *given, size)
        use = Use(Split(tuple(after - before for before, after in pairwise(ends)), dim=axis))
        return tuple(use.at(i) for i in range(len(given) + 1))
    if isinstance(size, int) and size % given:
        refuse(f"{given} equal parts of {size}")
    use = Use(Split((size // given,) * given, dim=axis))
    return tuple(use.at(i) for i in range(given)) if given > 1 else 0


def _axes(op: Operator) -> tuple[int, ...] | None:
    axis = op.attribute("axis")
    return axis if axis is None or isinstance(axis, tuple) else (axis,)


def _expanded(op: Operator) -> Made:
    axes = op.attribute("axis")
    return Use(Unsqueeze(axes if isinstance(axes, tuple) else (axes,)))


def _transposed(op: Operator) -> Made:
    return Use(Permute(op.attribute("axes") or tuple(reversed(range(op.rank())))))


def _flipped(op: Operator) -> Made:
    made: int | Use = 0
    for axis in _axes(op) or range(op.rank()):
        made = Use(Slice(dim=axis, step=-1), (made,))
    return made


def _cast(op: Operator) -> Made:
    dtype = op.attribute("dtype")
    dtype = dtype.get("config", {}).get("name") if isinstance(dtype, dict) else dtype
    return Use(Cast(dtype))


def _permuted(op: Operator) -> Made:
    return Use(Permute((0, *op.attribute("dims"))))


def _taken(op: Operator) -> Made:
    if len(op.inputs) < 2 or len(op.shape(1)) > 1:
        refuse("positions that are no number and no list of numbers")
    named = tuple(int(each) for each in op.numbers(1))
    made = Gather(named if op.shape(1) else named[0], dim=op.axis(op.attribute("axis", -1)))
    return Use(made, (0,))


TABLE: Table = keyed(
    "keras",
    {
        "Flatten": reads(Flatten, _flatten),
        "JoinedSteps": reads(Reshape, _joined),
        "Permute": reads(Permute, _permuted),
        "RepeatVector": reads(Expand, _repeat),
        "Reshape": reads(Reshape, _reshape),
        "SplitSteps": reads(Reshape, _split_steps),
        "ops.Cast": reads(Cast, _cast),
        "ops.ExpandDims": reads(Unsqueeze, _expanded),
        "ops.Flip": reads(Slice, _flipped),
        "ops.GetItem": reads(Slice, _item),
        "ops.Reshape": reads(Reshape, _reshaped),
        "ops.Split": reads(Split, _split),
        "ops.Squeeze": reads(Squeeze, lambda op: Use(Squeeze(_axes(op)))),
        "ops.Take": reads(Gather, _taken),
        "ops.Tile": reads(Tile, lambda op: Use(Tile(op.attribute("repeats")))),
        "ops.Transpose": reads(Permute, _transposed),
    },
)
"""JoinedSteps and SplitSteps stand around a layer that works on each position of a sequence by itself."""
