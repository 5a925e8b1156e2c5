"""Regularization: noise while training, the identity at inference."""

from cnnshape.layers.base import Entry
from cnnshape.layers.regularize.spec import AlphaDropout, Dropout, DropPath

__all__ = ["ENTRIES", "AlphaDropout", "DropPath", "Dropout"]

ENTRIES = (
    Entry(Dropout, "dropout", aliases=("spatial_dropout",), kernel=".kernel:identity", foreign=".foreign:TABLE"),
    Entry(AlphaDropout, "alpha_dropout", kernel=".kernel:identity"),
    Entry(DropPath, "drop_path", aliases=("stochastic_depth",), kernel=".kernel:identity"),
)

WRITTEN = ".foreign_out:TABLE"
READ_TORCH = ".foreign_torch:TABLE"
SOURCE_TORCH = ".source_torch:TABLE"
SOURCE_KERAS = ".source_keras:TABLE"
