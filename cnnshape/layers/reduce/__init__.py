"""Axes summed up to one number: means, sums, extremes, norms, and where the extremes are."""

from cnnshape.layers.base import Entry
from cnnshape.layers.reduce.extremes import ArgMax, ArgMin
from cnnshape.layers.reduce.spec import (
    LogSumExp,
    ReduceL1,
    ReduceL2,
    ReduceMax,
    ReduceMean,
    ReduceMin,
    ReduceProd,
    ReduceSum,
)

__all__ = [
    "ENTRIES",
    "ArgMax",
    "ArgMin",
    "LogSumExp",
    "ReduceL1",
    "ReduceL2",
    "ReduceMax",
    "ReduceMean",
    "ReduceMin",
    "ReduceProd",
    "ReduceSum",
]

ENTRIES = (
    Entry(ReduceMean, "reduce_mean"),
    Entry(ReduceSum, "reduce_sum"),
    Entry(ReduceMax, "reduce_max", aliases=("amax",)),
    Entry(ReduceMin, "reduce_min", aliases=("amin",)),
    Entry(ReduceProd, "reduce_prod", aliases=("prod",)),
    Entry(ReduceL1, "reduce_l1"),
    Entry(ReduceL2, "reduce_l2"),
    Entry(LogSumExp, "log_sum_exp", aliases=("reduce_log_sum_exp",)),
    Entry(ArgMax, "arg_max"),
    Entry(ArgMin, "arg_min"),
)
