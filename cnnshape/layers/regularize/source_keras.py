"""Regularization in Keras."""

from __future__ import annotations

from cnnshape.layers.foreign import refuse
from cnnshape.layers.regularize.spec import AlphaDropout, Dropout, DropPath
from cnnshape.layers.source_keras import KerasCase, Made, WayTable, channels_last, either, layer

__all__ = ["TABLE"]


def _dropout(given: Dropout, case: KerasCase) -> Made:
    if given.rank is None:
        return layer("Dropout", bare={"rate": _rate(given.p)})
    return layer(f"SpatialDropout{case.rank() - 2}D", bare={"rate": _rate(given.p)})


def _path(given: DropPath, case: KerasCase) -> Made:
    first = 1 if given.mode == "batch" else None
    return layer("Dropout", bare={"rate": _rate(given.p)}, noise_shape=(first, *(1,) * (case.rank() - 1)))


def _rate(p: float) -> float:
    if p >= 1:
        refuse("a rate of 1")
    return float(p)


TABLE: WayTable = {
    Dropout: channels_last(_dropout),
    DropPath: either(_path),
    AlphaDropout: either(lambda given, _: layer("AlphaDropout", bare={"rate": _rate(given.p)})),
}
