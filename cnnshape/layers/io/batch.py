"""The batch of an input: sizes are written without it, and `N` in front means it."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.errors import ArgumentError
from cnnshape.layers.base import shape_text
from cnnshape.symbolic import Dim, Size, dim, subs, symbols, text

__all__ = ["volume_note", "with_batch"]

_OTHERS = ("H", "W", "T", "L", "S", "M")


def with_batch(shape: Sequence[Size]) -> tuple[Size, ...]:
    """Return the shape with the batch in front, where it is missing.

    Raises
    ------
    ArgumentError
        CS401, N stands elsewhere: counts are for one image, N = 1, so that a size N would be taken for 1.

    Examples
    --------
    >>> with_batch((3, dim("H"), dim("W")))
    (N, 3, H, W)
    """
    batch = dim("N")
    sizes = tuple(shape[1:]) if shape and shape[0] == batch else tuple(shape)
    used = {name for size in sizes for name in symbols(size)}
    if "N" in used:
        other = dim(next((name for name in _OTHERS if name not in used), "size"))
        written = ", ".join(text(subs(size, {"N": other})) for size in sizes)
        raise ArgumentError(
            f"Input: shape = {shape_text(tuple(shape))}: N is the batch, not another size",
            code="CS401",
            field="shape",
            got=tuple(shape),
            rule="N counts the images of a batch and stands in front, or is left out",
            fix=f"another symbol: [{written}]",
        )
    return (batch, *sizes)


def volume_note(shape: Sequence[Size]) -> str:
    """Return the note on sizes that many write who mean something else, or "": a batch as a number, channels last.

    Examples
    --------
    >>> volume_note((1, 3, 224, 224))
    'read as 3-D data (1 channel, 3x224x224); write [3, 224, 224] if 1 is the batch'
    >>> volume_note((224, 224, 3))
    'read as 224 channels of maps 224x3; write [3, 224, 224] if 3 is the number of channels'
    """
    sizes_only = tuple(shape[1:] if shape and shape[0] == dim("N") else shape)
    if len(sizes_only) == 3 and _channels_last(*sizes_only):
        height, width, channels = (text(size) for size in sizes_only)
        return (
            f"read as {height} channels of maps {width}x{channels}; "
            f"write [{channels}, {height}, {width}] if {channels} is the number of channels"
        )
    if len(shape) != 4 or shape[0] == dim("N"):
        return ""
    first, *space = (text(size) for size in shape)
    plural = "channel" if first == "1" else "channels"
    sizes, image = "x".join(space), ", ".join(space)
    return f"read as 3-D data ({first} {plural}, {sizes}); write [{image}] if {first} is the batch"


def _channels_last(first: Size, second: Size, last: Size) -> bool:
    """Tell whether three sizes look like a square image, or one with free sides, before its channels."""
    square = first == second or (isinstance(first, Dim) and isinstance(second, Dim))
    return square and last in (1, 3, 4) and first not in (1, 3, 4)
