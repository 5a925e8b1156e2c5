"""Windows at places that data says, in other systems."""

from __future__ import annotations

from cnnshape.layers.foreign import Made, Operator, Stored, Table, Use, keyed, reads, refuse
from cnnshape.layers.foreign_onnx import window
from cnnshape.layers.region.affine import AffineGrid
from cnnshape.layers.region.deform import DeformConv
from cnnshape.layers.region.interest import RoIAlign, RoIPool
from cnnshape.layers.reshape.copies import Cast
from cnnshape.layers.reshape.positions import Gather, Slice

__all__ = ["TABLE"]


def _deform_conv(op: Operator) -> Made:
    out, _, *kernel = op.shape(1)
    layer = DeformConv(
        out,
        **window(op, tuple(kernel)),
        groups=op.attribute("group", 1),
        offset_groups=op.attribute("offset_group", 1),
        bias=op.has(3),
    )
    stored = (("weight", Stored(1)), *((("bias", Stored(3)),) if op.has(3) else ()))
    return Use(layer, (0, 2, 4) if op.has(4) else (0, 2), stored)


def _roi_align(op: Operator) -> Made:
    word = op.attribute("coordinate_transformation_mode", "half_pixel" if op.version >= 16 else "output_half_pixel")
    if word not in ("half_pixel", "output_half_pixel"):
        refuse(f"coordinates {word!r}")
    layer = RoIAlign(
        (op.attribute("output_height", 1), op.attribute("output_width", 1)),
        spatial_scale=op.attribute("spatial_scale", 1.0),
        sampling_ratio=op.attribute("sampling_ratio", 0) or -1,
        aligned=word == "half_pixel",
        mode=op.attribute("mode", "avg"),
    )
    return Use(layer, (0, 1, 2))


def _roi_pool(op: Operator) -> Made:
    layer = RoIPool(op.attribute("pooled_shape"), spatial_scale=op.attribute("spatial_scale", 1.0))
    images = Use(Gather(0, dim=1), (1,)).then(Cast("int64"))
    return Use(layer, (0, Use(Slice(dim=1, start=1), (1,)), images))


def _affine_grid(op: Operator) -> Made:
    return Use(AffineGrid(op.numbers(1)[2:], align_corners=bool(op.attribute("align_corners", 0))))


TABLE: Table = keyed(
    "onnx",
    {
        "DeformConv": reads(DeformConv, _deform_conv),
        "RoiAlign": reads(RoIAlign, _roi_align),
        "MaxRoiPool": reads(RoIPool, _roi_pool),
        "AffineGrid": reads(AffineGrid, _affine_grid),
    },
)
