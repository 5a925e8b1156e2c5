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
    Entry(ReduceMean, "reduce_mean", kernel=".kernel:reduce_mean"),
    Entry(ReduceSum, "reduce_sum", kernel=".kernel:reduce_sum"),
    Entry(ReduceMax, "reduce_max", aliases=("amax",), kernel=".kernel:reduce_max"),
    Entry(ReduceMin, "reduce_min", aliases=("amin",), kernel=".kernel:reduce_min"),
    Entry(ReduceProd, "reduce_prod", aliases=("prod",), kernel=".kernel:reduce_prod"),
    Entry(ReduceL1, "reduce_l1", kernel=".kernel:reduce_l1"),
    Entry(ReduceL2, "reduce_l2", kernel=".kernel:reduce_l2"),
    Entry(LogSumExp, "log_sum_exp", aliases=("reduce_log_sum_exp",), kernel=".kernel:log_sum_exp"),
    Entry(ArgMax, "arg_max", kernel=".kernel:arg_max"),
    Entry(ArgMin, "arg_min", kernel=".kernel:arg_min"),
)
