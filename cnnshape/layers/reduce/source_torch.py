"""Reductions as PyTorch code."""

from __future__ import annotations

from typing import Any

import cnnshape.layers.reduce as R
from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_out import Case
from cnnshape.layers.source import Coder, CoderTable, Opt, Piece, X, call, method

__all__ = ["TABLE"]


def _axes(layer: Any, case: Case) -> Any:
    return tuple(range(case.rank())) if layer.dim is None else layer.dim


def _method(name: str) -> Coder:
    def code(layer: Any, case: Case) -> Piece:
        if layer.dim == ():
            return Piece(None, X)
        return Piece(None, method(X, name, _axes(layer, case), keepdim=Opt(layer.keepdim, False)))

    return code


def _product(layer: R.ReduceProd, case: Case) -> Piece:
    axes = _axes(layer, case)
    if isinstance(axes, tuple) and len(axes) != 1:
        refuse("PyTorch multiplies along one axis at a time")
    axis = axes[0] if isinstance(axes, tuple) else axes
    return Piece(None, method(X, "prod", axis, keepdim=Opt(layer.keepdim, False)))


def _norm(order: int) -> Coder:
    def code(layer: Any, case: Case) -> Piece:
        if "float" not in case.dtype or layer.dim == ():
            refuse("PyTorch's norms are those of numbers with a point, along some axis")
        given = {"ord": Opt(order, 2), "dim": _axes(layer, case), "keepdim": Opt(layer.keepdim, False)}
        return Piece(None, call("torch.linalg.vector_norm", X, **given))

    return code


def _position(name: str) -> Coder:
    def code(layer: Any, case: Case) -> Piece:
        return Piece(None, method(X, name, dim=Opt(layer.dim, None), keepdim=Opt(layer.keepdim, False)))

    return code


def _running(name: str) -> Coder:
    def code(layer: Any, case: Case) -> Piece:
        if layer.exclusive or layer.reverse:
            refuse("PyTorch's runs forward, and includes each element")
        return Piece(None, method(X, name, layer.dim))

    return code


TABLE: CoderTable = {
    R.ReduceMean: _method("mean"),
    R.ReduceSum: _method("sum"),
    R.ReduceMax: _method("amax"),
    R.ReduceMin: _method("amin"),
    R.ReduceProd: _product,
    R.ReduceL1: _norm(1),
    R.ReduceL2: _norm(2),
    R.LogSumExp: _method("logsumexp"),
    R.ArgMax: _position("argmax"),
    R.ArgMin: _position("argmin"),
    R.CumSum: _running("cumsum"),
    R.CumProd: _running("cumprod"),
}
