"""Dropout in PyTorch."""

from __future__ import annotations

from cnnshape.layers.foreign_torch import calls, modules, table
from cnnshape.layers.regularize.spec import AlphaDropout, Dropout

__all__ = ["TABLE"]

_MODULES = ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d")
_ALPHA = ("AlphaDropout", "FeatureAlphaDropout")
_FUNCTIONS = ("dropout", "dropout1d", "dropout2d", "dropout3d")

TABLE = table(
    {name: modules(lambda m: Dropout(m.p), Dropout) for name in _MODULES},
    {name: modules(lambda m: AlphaDropout(m.p), AlphaDropout) for name in _ALPHA},
    {name: calls("x p=0.5 training=True inplace=False", lambda c: Dropout(c.p), Dropout) for name in _FUNCTIONS},
)
