"""Arguments that several of Keras's layers have, as they are called here."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.fields import per_axis
from cnnshape.layers.foreign import Kept, Operator, Row, wrong

__all__ = ["FILTERS", "has_bias", "margins", "numbered", "pool_window", "singles", "spaces", "window"]

FILTERS = {rank: (("permute", (rank + 1, rank, *range(rank))),) for rank in (1, 2, 3)}
"""Filters stand last in Keras, first here, by the number of axes of space."""

_PADDING = {"valid": 0, "same": "same_upper"}


def spaces(name: str, row: Row, end: str = "") -> dict[str, Row]:
    """Return a row for one, two and three axes of space.

    Examples
    --------
    >>> sorted(spaces("Conv", Row(object, len), "Transpose"))  # type: ignore[arg-type]
    ['Conv1DTranspose', 'Conv2DTranspose', 'Conv3DTranspose']
    """
    return {f"{name}{rank}D{end}": row for rank in (1, 2, 3)}


def has_bias(op: Operator) -> bool:
    """Say whether a layer adds a bias."""
    return bool(op.attribute("use_bias", True))


def numbered(*names: str) -> tuple[tuple[str, Kept], ...]:
    """Return weights that stand as they are here; Keras numbers those of a layer.

    Examples
    --------
    >>> numbered("weight", "bias")
    (('weight', Kept(path='0', steps=())), ('bias', Kept(path='1', steps=())))
    """
    return tuple((name, Kept(str(number))) for number, name in enumerate(names))


def singles(op: Operator, channels: int | str = -1) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """Return what turns kernels that slide over one channel each into filters here."""
    rank = op.rank() - 2
    kernel = per_axis(op.attribute("kernel_size"), rank, "kernel_size")
    return ("permute", (rank, rank + 1, *range(rank))), ("reshape", (channels, 1, *kernel))


def window(op: Operator) -> dict[str, Any]:
    """Return the window of a convolution."""
    kernel, dilation = op.attribute("kernel_size"), op.attribute("dilation_rate", 1)
    if op.attribute("padding") == "causal":
        (size,) = kernel if isinstance(kernel, tuple) else (kernel,)
        (step,) = dilation if isinstance(dilation, tuple) else (dilation,)
        padding: Any = ((step * (size - 1), 0),)
    else:
        padding = _padding(op)
    return {"kernel_size": kernel, "stride": op.attribute("strides", 1), "padding": padding, "dilation": dilation}


def pool_window(op: Operator) -> dict[str, Any]:
    """Return the window of a pool."""
    kernel = op.attribute("pool_size", 2)
    return {"kernel_size": kernel, "stride": op.attribute("strides") or kernel, "padding": _padding(op)}


def _padding(op: Operator) -> Any:
    word = op.attribute("padding", "valid")
    if word not in _PADDING:
        wrong(f"padding {word!r}")
    return _PADDING[word]


def margins(op: Operator, name: str) -> tuple[tuple[int, int], ...]:
    """Return what is added or cut at both ends of each axis of space."""
    given, rank = op.attribute(name), op.rank() - 2
    sides = (given,) * rank if isinstance(given, int) else given
    if rank == 1 and len(sides) == 2 and all(isinstance(each, int) for each in sides):
        sides = (sides,)
    if len(sides) != rank:
        wrong(f"{name} has {len(sides)} entries for {rank} axes")
    return tuple((each, each) if isinstance(each, int) else (each[0], each[1]) for each in sides)
