"""Windows at places that data says: regions of interest, convolutions with moved taps, grids of affine maps."""

from cnnshape.layers.base import Entry
from cnnshape.layers.region.affine import AffineGrid
from cnnshape.layers.region.deform import DeformConv
from cnnshape.layers.region.interest import RoIAlign, RoIPool

__all__ = ["ENTRIES", "AffineGrid", "DeformConv", "RoIAlign", "RoIPool"]

ENTRIES = (
    Entry(DeformConv, "deform_conv", kernel=".kernel:deform_conv", foreign=".foreign:TABLE"),
    Entry(RoIAlign, "roi_align", kernel=".kernel:roi_align", foreign=".foreign:TABLE"),
    Entry(RoIPool, "roi_pool", aliases=("max_roi_pool",), kernel=".kernel:roi_pool", foreign=".foreign:TABLE"),
    Entry(AffineGrid, "affine_grid", kernel=".kernel:affine_grid", foreign=".foreign:TABLE"),
)
