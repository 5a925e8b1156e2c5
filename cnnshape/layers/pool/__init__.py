"""Pools: one value for a window, a bin or a whole map, learned nothing."""

from cnnshape.layers.base import Entry
from cnnshape.layers.pool.adaptive import AdaptiveAvgPool, AdaptiveMaxPool
from cnnshape.layers.pool.spec import AvgPool, LPPool, MaxPool, MinPool
from cnnshape.layers.pool.unpool import MaxUnpool
from cnnshape.layers.pool.whole import GlobalAvgPool, GlobalLPPool, GlobalMaxPool

__all__ = [
    "ENTRIES",
    "AdaptiveAvgPool",
    "AdaptiveMaxPool",
    "AvgPool",
    "GlobalAvgPool",
    "GlobalLPPool",
    "GlobalMaxPool",
    "LPPool",
    "MaxPool",
    "MaxUnpool",
    "MinPool",
]

# Keras's GlobalAveragePooling and GlobalMaxPooling are no aliases: they drop the axes that ours keep.
ENTRIES = (
    Entry(MaxPool, "max_pool", aliases=("max_pooling",), kernel=".kernel:max_pool", foreign=".foreign:TABLE"),
    Entry(MinPool, "min_pool", aliases=("min_pooling",), kernel=".kernel:min_pool"),
    Entry(
        AvgPool,
        "avg_pool",
        aliases=("average_pool", "average_pooling", "avg_pooling"),
        kernel=".kernel:avg_pool",
        foreign=".foreign:TABLE",
    ),
    Entry(LPPool, "lp_pool", kernel=".kernel:lp_pool", foreign=".foreign:TABLE"),
    Entry(
        AdaptiveAvgPool,
        "adaptive_avg_pool",
        aliases=("adaptive_average_pool", "adaptive_average_pooling"),
        kernel=".kernel:adaptive_avg_pool",
    ),
    Entry(AdaptiveMaxPool, "adaptive_max_pool", aliases=("adaptive_max_pooling",), kernel=".kernel:adaptive_max_pool"),
    Entry(
        GlobalAvgPool,
        "global_avg_pool",
        aliases=("global_average_pool", "global_average_pooling"),
        kernel=".kernel:global_avg_pool",
        foreign=".foreign:TABLE",
    ),
    Entry(
        GlobalMaxPool,
        "global_max_pool",
        aliases=("global_max_pooling",),
        kernel=".kernel:global_max_pool",
        foreign=".foreign:TABLE",
    ),
    Entry(GlobalLPPool, "global_lp_pool", kernel=".kernel:global_lp_pool", foreign=".foreign:TABLE"),
    Entry(MaxUnpool, "max_unpool", kernel=".kernel:max_unpool", foreign=".foreign:TABLE"),
)

WRITTEN = ".foreign_out:TABLE"
READ_TORCH = ".foreign_torch:TABLE"
SOURCE_TORCH = ".source_torch:TABLE"
SOURCE_KERAS = ".source_keras:TABLE"
