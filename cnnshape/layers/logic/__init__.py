"""Questions and answers: comparisons, true and false joined, a choice by them, and the bits of whole numbers."""

from cnnshape.layers.base import Entry
from cnnshape.layers.logic.bits import Bitwise, BitwiseNot
from cnnshape.layers.logic.spec import Compare, IsInf, IsNaN, Logical, LogicalNot, Where

__all__ = ["ENTRIES", "Bitwise", "BitwiseNot", "Compare", "IsInf", "IsNaN", "Logical", "LogicalNot", "Where"]

ENTRIES = (
    Entry(Compare, "compare", kernel=".kernel:compare", foreign=".foreign:TABLE"),
    Entry(Where, "where", kernel=".kernel:where", foreign=".foreign:TABLE"),
    Entry(Logical, "logical", kernel=".kernel:logical", foreign=".foreign:TABLE"),
    Entry(LogicalNot, "logical_not", aliases=("not",), kernel=".kernel:logical_not", foreign=".foreign:TABLE"),
    Entry(IsNaN, "is_nan", kernel=".kernel:is_nan", foreign=".foreign:TABLE"),
    Entry(IsInf, "is_inf", kernel=".kernel:is_inf", foreign=".foreign:TABLE"),
    Entry(Bitwise, "bitwise", kernel=".kernel:bitwise", foreign=".foreign:TABLE"),
    Entry(BitwiseNot, "bitwise_not", aliases=("invert",), kernel=".kernel:bitwise_not", foreign=".foreign:TABLE"),
)

WRITTEN = ".foreign_out:TABLE"
READ_TORCH = ".foreign_torch:TABLE"
READ_KERAS = ".foreign_keras:TABLE"
SOURCE_TORCH = ".source_torch:TABLE"
