"""Layers that choose by position as PyTorch code."""

from __future__ import annotations

from cnnshape.layers.foreign_out import Case
from cnnshape.layers.index.gather import GatherElements
from cnnshape.layers.index.order import TopK
from cnnshape.layers.source import CoderTable, Opt, Piece, Slot, X, call

__all__ = ["TABLE"]


def _top(layer: TopK, case: Case) -> Piece:
    given = {
        "dim": Opt(layer.dim, -1),
        "largest": Opt(layer.largest, True),
        "sorted": Opt(layer.sorted, True),
    }
    return Piece(None, call("torch.topk", X, layer.k, **given))


TABLE: CoderTable = {
    GatherElements: lambda layer, case: Piece(None, call("torch.gather", X, layer.dim, Slot(1))),
    TopK: _top,
}
