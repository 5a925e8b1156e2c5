"""Axes summed up to one number: means, sums, extremes, norms, and where the extremes are."""

from cnnshape.layers.base import Entry
from cnnshape.layers.reduce.extremes import ArgMax, ArgMin
from cnnshape.layers.reduce.running import CumProd, CumSum
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
    "CumProd",
    "CumSum",
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
    Entry(ReduceMean, "reduce_mean", kernel=".kernel:reduce_mean", foreign=".foreign:TABLE"),
    Entry(ReduceSum, "reduce_sum", kernel=".kernel:reduce_sum", foreign=".foreign:TABLE"),
    Entry(ReduceMax, "reduce_max", aliases=("amax",), kernel=".kernel:reduce_max", foreign=".foreign:TABLE"),
    Entry(ReduceMin, "reduce_min", aliases=("amin",), kernel=".kernel:reduce_min", foreign=".foreign:TABLE"),
    Entry(ReduceProd, "reduce_prod", aliases=("prod",), kernel=".kernel:reduce_prod", foreign=".foreign:TABLE"),
    Entry(ReduceL1, "reduce_l1", kernel=".kernel:reduce_l1", foreign=".foreign:TABLE"),
    Entry(ReduceL2, "reduce_l2", kernel=".kernel:reduce_l2", foreign=".foreign:TABLE"),
    Entry(
        LogSumExp,
        "log_sum_exp",
        aliases=("reduce_log_sum_exp",),
        kernel=".kernel:log_sum_exp",
        foreign=".foreign:TABLE",
    ),
    Entry(ArgMax, "arg_max", kernel=".kernel:arg_max", foreign=".foreign:TABLE"),
    Entry(ArgMin, "arg_min", kernel=".kernel:arg_min", foreign=".foreign:TABLE"),
    Entry(CumSum, "cum_sum", kernel=".kernel:cum_sum", foreign=".foreign:TABLE"),
    Entry(CumProd, "cum_prod", kernel=".kernel:cum_prod", foreign=".foreign:TABLE"),
)

WRITTEN = ".foreign_out:TABLE"
READ_TORCH = ".foreign_torch:TABLE"
READ_KERAS = ".foreign_keras:TABLE"
SOURCE_TORCH = ".source_torch:TABLE"
SOURCE_KERAS = ".source_keras:TABLE"
