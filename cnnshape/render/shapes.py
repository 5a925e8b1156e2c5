"""Shapes and receptive fields as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cnnshape.symbolic import Size, dim

if TYPE_CHECKING:
    from cnnshape.analysis.report import FieldFacts, TensorFacts

__all__ = ["axes_title", "field_text", "shape_text"]

_LETTER_OR_NUMBER = re.compile(r"[A-Z]|\d+")
_SPACE = {1: "L", 2: "HxW", 3: "DxHxW"}


def shape_text(shape: Sequence[Size], batch: str, write: Callable[[Size], str] = str) -> str:
    """Return ``64x112x112``, or ``64 x h2 x w2`` where a size is a formula; a free batch is left out.

    Examples
    --------
    >>> N, H = dim("N"), dim("H")
    >>> shape_text((N, 64, 112, 112), "N"), shape_text((N, 64, H, H - 4), "N"), shape_text((8, 10), "N")
    ('64x112x112', '64 x H x (H-4)', '8x10')
    """
    if batch and len(shape) > 1 and shape[0] == dim(batch):
        shape = shape[1:]
    sizes = [write(size) for size in shape]
    if all(_LETTER_OR_NUMBER.fullmatch(word) for word in sizes):
        return "x".join(sizes) or "1"
    if len(sizes) == 1:
        return sizes[0]
    return " x ".join(f"({word.replace(' ', '')})" if " " in word else word for word in sizes)


def axes_title(inputs: Sequence[TensorFacts], batch: str, *, last: bool = False) -> str:
    """Return what the axes of the maps are called: ``CxHxW``; "" where the inputs are no maps of one rank.

    `last` says that the channels stand behind the axes of space.
    """
    shapes = {len(tensor.shape) for tensor in inputs}
    if len(shapes) != 1:
        return ""
    space = _SPACE.get(shapes.pop() - 2)
    if space is None:
        return ""
    free = bool(inputs) and bool(batch) and inputs[0].shape[0] == dim(batch)
    one = f"{space}xC" if last else f"Cx{space}"
    return one if free else f"Nx{one}"


def field_text(field: FieldFacts | None) -> str:
    """Return the size of a receptive field: ``35``, ``7x1``, ``<=22``, ``all``, or ``?`` where nothing is known."""
    if field is not None and field.status == "whole input":
        return "all"
    if field is None or field.status == "unknown" or None in field.size:
        return "?" if field is not None and field.status == "unknown" else ""
    sizes = [str(size) for size in field.size]
    shown = sizes[0] if len(set(sizes)) == 1 else "x".join(sizes)
    return f"<={shown}" if field.status == "upper bound" else shown
