"""Norms: what keeps the size of activations in bounds."""

from cnnshape.layers.base import Entry
from cnnshape.layers.norm.response import GRN, L2Norm, LocalResponseNorm
from cnnshape.layers.norm.spec import BatchNorm, GroupNorm, InstanceNorm
from cnnshape.layers.norm.trailing import LayerNorm, RMSNorm

__all__ = [
    "ENTRIES",
    "GRN",
    "BatchNorm",
    "GroupNorm",
    "InstanceNorm",
    "L2Norm",
    "LayerNorm",
    "LocalResponseNorm",
    "RMSNorm",
]

ENTRIES = (
    Entry(
        BatchNorm,
        "batch_norm",
        aliases=("batch_normalization", "sync_batch_norm", "bn"),
        kernel=".kernel:batch_norm",
        foreign=".foreign:TABLE",
    ),
    Entry(
        LayerNorm, "layer_norm", aliases=("layer_normalization",), kernel=".kernel:layer_norm", foreign=".foreign:TABLE"
    ),
    Entry(
        GroupNorm, "group_norm", aliases=("group_normalization",), kernel=".kernel:group_norm", foreign=".foreign:TABLE"
    ),
    Entry(
        InstanceNorm,
        "instance_norm",
        aliases=("instance_normalization",),
        kernel=".kernel:instance_norm",
        foreign=".foreign:TABLE",
    ),
    Entry(RMSNorm, "rms_norm", aliases=("rms_normalization",), kernel=".kernel:rms_norm", foreign=".foreign:TABLE"),
    Entry(
        LocalResponseNorm,
        "local_response_norm",
        aliases=("local_response_normalization", "lrn"),
        kernel=".kernel:local_response_norm",
        foreign=".foreign:TABLE",
    ),
    Entry(
        L2Norm,
        "l2_norm",
        aliases=("normalize", "l2_normalize", "unit_normalization"),
        kernel=".kernel:l2_norm",
        foreign=".foreign:TABLE",
    ),
    Entry(GRN, "grn", aliases=("global_response_norm", "global_response_normalization"), kernel=".kernel:grn"),
)

WRITTEN = ".foreign_out:TABLE"
READ_TORCH = ".foreign_torch:TABLE"
READ_KERAS = ".foreign_keras:TABLE"
SOURCE_TORCH = ".source_torch:TABLE"
SOURCE_KERAS = ".source_keras:TABLE"
