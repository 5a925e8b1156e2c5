"""Reductions in Keras."""

from __future__ import annotations

from cnnshape.layers.foreign import refuse
from cnnshape.layers.reduce.reduction import Reduction
from cnnshape.layers.reduce.spec import LogSumExp, ReduceMax, ReduceMean, ReduceMin, ReduceProd, ReduceSum
from cnnshape.layers.source_keras import KerasCase, Made, Placed, Way, WayTable, either, layer, op, turned_last, unless

__all__ = ["TABLE"]


def _reduced(operation: str, pool: str = "") -> Way:
    def write(given: Reduction, case: KerasCase) -> Made:
        rank = case.rank()
        axes = tuple(sorted(axis % rank for axis in given.reduced(rank)))
        if not axes:
            return layer("Identity")
        kept = [axis for axis in range(rank) if axis not in axes]
        order = case.order if given.keepdim else tuple(kept.index(axis) for axis in case.order if axis in kept)
        if pool and rank > 2 and axes == tuple(range(2, rank)) and case.order == turned_last(rank):
            made = layer(f"Global{pool}Pooling{rank - 2}D", keepdims=unless(given.keepdim, False))
            return Placed(made, order)
        if "float" not in case.dtype:
            refuse(f"numbers of type {case.dtype}")
        places = tuple(sorted(case.order.index(axis) for axis in axes))
        made = op(operation, axis=places[0] if len(places) == 1 else places, keepdims=unless(given.keepdim, False))
        return Placed(made, order)

    return either(write)


TABLE: WayTable = {
    ReduceMean: _reduced("mean", "Average"),
    ReduceMax: _reduced("max", "Max"),
    ReduceSum: _reduced("sum"),
    ReduceMin: _reduced("min"),
    ReduceProd: _reduced("prod"),
    LogSumExp: _reduced("logsumexp"),
}
