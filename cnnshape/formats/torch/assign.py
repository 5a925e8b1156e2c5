"""`x[...] = y` in the code of a PyTorch module: a part of a tensor is written over, which becomes a join of parts."""

from __future__ import annotations

from typing import Any

from cnnshape.formats.torch.sizes import Length, Undecided

__all__ = ["assigned"]


def assigned(recorder: Any, x: Any, index: Any, value: Any) -> Any:
    """Return the tensor with a part written over.

    Raises
    ------
    Undecided
        The part is not one of numbers, slices without steps, and masks.
    """
    entries = index if isinstance(index, tuple) else (index,)
    if len(entries) == 1 and getattr(entries[0], "dtype", None) is not None and str(entries[0].dtype) == "torch.bool":
        return recorder.call("where", (entries[0], value, x), {})
    if any(type(each) not in (int, slice, Length, type(Ellipsis)) for each in entries):
        raise Undecided("a part of a tensor is written over that is not made of numbers and slices")
    if Ellipsis in entries:
        at = entries.index(Ellipsis)
        entries = (*entries[:at], *(slice(None),) * (x.ndim - len(entries) + 1), *entries[at + 1 :])
    numbered = [axis for axis, entry in enumerate(entries) if not isinstance(entry, slice)]
    return _filled(recorder, x, entries, 0, value, numbered)


def _filled(recorder: Any, x: Any, entries: tuple[Any, ...], axis: int, value: Any, numbered: list[int]) -> Any:
    while axis < len(entries) and entries[axis] == slice(None):
        axis += 1
    if axis >= len(entries):
        return _spread(recorder, x, value, numbered)
    size, entry = x.shape[axis], entries[axis]
    if isinstance(entry, slice) and entry.step not in (None, 1):
        raise Undecided("a part of a tensor with steps is written over")
    start, stop = (entry.start, entry.stop) if isinstance(entry, slice) else (entry, entry + 1)
    start = 0 if start is None else start + size if start < 0 else start
    stop = size if stop is None or (stop == 0 and not isinstance(entry, slice)) else stop + size if stop < 0 else stop
    if isinstance(size, int) and isinstance(stop, int):
        stop = min(stop, size)

    def part(first: Any, last: Any) -> Any:
        return recorder.call("getitem", (x, (*(slice(None),) * axis, slice(first, last))), {})

    parts = [] if start == 0 else [part(0, start)]
    parts.append(_filled(recorder, part(start, stop), entries, axis + 1, value, numbered))
    if not _same(stop, size):
        parts.append(part(stop, None))
    return parts[0] if len(parts) == 1 else recorder.call("cat", (tuple(parts),), {"dim": axis})


def _same(stop: Any, size: Any) -> bool:
    try:
        return bool(stop == size)
    except Undecided:
        return False


def _spread(recorder: Any, x: Any, value: Any, numbered: list[int]) -> Any:
    """Return what is written, in the shape of the part; axes that a number took away stand again."""
    if isinstance(value, (int, float)):
        return recorder.call("full", (x.shape, value), {"dtype": x.dtype})
    shape = tuple(size for axis, size in enumerate(x.shape) if axis not in numbered)
    found = recorder.traced(recorder.name_of(value))
    if tuple(found.shape) != shape:
        found = recorder.call("expand", (found, shape), {})
    for axis in numbered:
        found = recorder.call("unsqueeze", (found, axis), {})
    return found
