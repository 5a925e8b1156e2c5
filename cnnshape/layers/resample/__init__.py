"""Resampling: maps of another size or read at other positions."""

from cnnshape.layers.base import Entry
from cnnshape.layers.resample.grid import GridSample
from cnnshape.layers.resample.resize import Resize
from cnnshape.layers.resample.spec import Upsample

__all__ = ["ENTRIES", "GridSample", "Resize", "Upsample"]

# Keras's UpSampling is no alias: its `size` is a factor.
ENTRIES = (
    Entry(
        Upsample,
        "upsample",
        aliases=("interpolate", "up_sampling"),
        kernel=".kernel:upsample",
        foreign=".foreign:TABLE",
    ),
    Entry(Resize, "resize", kernel=".kernel:resize", foreign=".foreign:TABLE"),
    Entry(GridSample, "grid_sample", kernel=".kernel:grid_sample", foreign=".foreign:TABLE"),
)

WRITTEN = ".foreign_out:TABLE"
READ_TORCH = ".foreign_torch:TABLE"
SOURCE_TORCH = ".source_torch:TABLE"
SOURCE_KERAS = ".source_keras:TABLE"
