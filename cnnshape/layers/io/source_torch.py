"""Tensors that no layer computes as PyTorch code."""

from __future__ import annotations

from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_out import Case
from cnnshape.layers.io.sources import Arange, Full, SizeTensor
from cnnshape.layers.io.spec import Constant, Output, Parameter
from cnnshape.layers.source import CoderTable, Listed, Name, Opt, Piece, X, call, known, method, real, size_of

__all__ = ["TABLE"]


def _dtype(word: str) -> Opt:
    if not word.isidentifier():
        refuse(f"PyTorch has no type {word}")
    return Opt(Name(f"torch.{word}"), Name("torch.float32"))


def _constant(layer: Constant, case: Case) -> Piece:
    return Piece(call("torch.zeros", *layer.shape, dtype=_dtype(layer.dtype)), weighted=True, owned="buffer")


def _parameter(layer: Parameter, case: Case) -> Piece:
    if layer.dtype != "float32":
        refuse(f"a learned tensor of {layer.dtype}")
    made = call("torch.zeros" if layer.init == "constant" else "torch.randn", *layer.shape)
    if layer.init == "constant" and layer.value:
        made = call("torch.full", tuple(layer.shape), real(layer.value))
    return Piece(made, weighted=True, owned="parameter")


def _full(layer: Full, case: Case) -> Piece:
    shape = tuple(size_of(case, size) for size in case.outputs[0].shape)
    return Piece(None, call("torch.full", shape, real(layer.value), dtype=_dtype(layer.dtype)))


def _arange(layer: Arange, case: Case) -> Piece:
    ends = [size_of(case, size) for size in (layer.start, layer.limit, layer.step)]
    return Piece(None, call("torch.arange", *ends, dtype=_dtype(layer.dtype)))


def _sizes(layer: SizeTensor, case: Case) -> Piece:
    made = call("torch.tensor", Listed(tuple(size_of(case, size) for size in layer.values)), dtype=_dtype(layer.dtype))
    return Piece(None, made if layer.shape is None else method(made, "reshape", known(layer.shape)))


TABLE: CoderTable = {
    Constant: _constant,
    Parameter: _parameter,
    Full: _full,
    Arange: _arange,
    SizeTensor: _sizes,
    Output: lambda layer, case: Piece(call("nn.Identity"), X),
}
