"""Tensors that PyTorch makes of sizes."""

from __future__ import annotations

from cnnshape.layers.base import Layer
from cnnshape.layers.foreign import Made, Row, Use
from cnnshape.layers.foreign_torch import Called, calls, table
from cnnshape.layers.io.sources import Arange, Full

__all__ = ["TABLE"]


def _full(value: float) -> Row:
    return calls("*shape dtype='float32'", lambda c: _made(Full(c.shape, value=value, dtype=c.dtype)), Full)


def _like(value: float) -> Row:
    def read(c: Called) -> Made:
        dtype = c.dtype or c.op.spec(c.at).dtype
        return _made(Full(c.op.shape(c.at), value=value, dtype=dtype))

    return calls("x dtype=None", read, Full)


def _made(layer: Layer) -> Made:
    return Use(layer, ())


def _arange(c: Called) -> Made:
    start, limit, step = (0, c.start, 1) if c.end is None else (c.start, c.end, c.step)
    return _made(Arange(limit, start=start, step=step, dtype=c.dtype or "int64"))


TABLE = table(
    {
        "zeros": _full(0.0),
        "ones": _full(1.0),
        "zeros_like": _like(0.0),
        "ones_like": _like(1.0),
        "full": calls(
            "shape value dtype='float32'", lambda c: _made(Full(c.shape, value=c.value, dtype=c.dtype)), Full
        ),
        "arange": calls("start end=None step=1 dtype=None", _arange, Arange),
    },
)
