"""Positions in PyTorch."""

from __future__ import annotations

from cnnshape.layers.foreign import Use
from cnnshape.layers.foreign_torch import calls, position, table
from cnnshape.layers.index.gather import GatherElements
from cnnshape.layers.index.one_hot import OneHot
from cnnshape.layers.index.order import TopK

__all__ = ["TABLE"]


TABLE = table(
    {
        "topk": calls(
            "x k dim=-1 largest=True sorted=True",
            lambda c: (
                (use := Use(TopK(c.k, dim=c.dim, largest=c.largest, sorted=c.sorted), (c.at,))).at(0),
                use.at(1),
            ),
            TopK,
        ),
        "gather": calls("x dim index", lambda c: Use(GatherElements(dim=c.dim), (c.at, position(c.index)))),
        "one_hot": calls("x num_classes", lambda c: OneHot(c.num_classes), OneHot),
    },
)
