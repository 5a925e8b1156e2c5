"""YOLOv3-tiny: boxes on two grids."""

from __future__ import annotations

from cnnshape import layers as L  # as users write it
from cnnshape.graph.build import Input, Tensor
from cnnshape.graph.network import Network
from cnnshape.symbolic import Size
from cnnshape.zoo.arguments import within
from cnnshape.zoo.parts import Width, conv, named, part, scaled, size

__all__ = ["yolov3_tiny"]


def yolov3_tiny(
    name: str,
    *,
    num_anchors: int = 3,
    num_classes: Size | str = 80,
    in_channels: Size | str = 3,
    width_mult: Width = 1,
) -> Network:
    """Return YOLOv3-tiny; its layers have the numbers that Darknet prints.

    Parameters
    ----------
    name : what the network is called
    num_anchors : boxes at each position of a grid, each with 4 coordinates, a confidence and its classes
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of all channels but those of the grids; a number, or a formula such as "w"

    Notes
    -----
    Darknet pads a pool at the end, so that the map has ceil(size/stride) positions: the pool of stride 1 keeps its
    size. The grids are ceil(H/32) and ceil(H/16), which fit together where 32 divides H, and where half of 32 and more
    is left over.

    References
    ----------
    .. [1] Redmon, Farhadi: YOLOv3: An Incremental Improvement, 2018, arXiv 1804.02767
    .. [2] https://github.com/pjreddie/darknet/blob/master/cfg/yolov3-tiny.cfg
    """
    within("num_anchors", num_anchors, 1, 1000)
    boxes = num_anchors * (size(num_classes) + 5)
    usual = {"H": 416, "W": 416}

    def unit(number: int, width: int, k: int, x: Tensor) -> Tensor:
        pieces = named(conv=conv(scaled(width, width_mult), k), bn=L.BatchNorm(), leaky=L.LeakyReLU(0.1))
        return part(f"conv{number}", pieces, x)

    x = y = Input("input", ("N", in_channels, *usual))
    for i in range(5):
        fine = unit(2 * i, 16 << i, 3, y)
        y = _pool(2 * i + 1, 2, fine)
    y = unit(12, 1024, 3, _pool(11, 1, unit(10, 512, 3, y)))
    narrow = unit(13, 256, 1, y)
    coarse_boxes = part("conv15", conv(boxes, bias=True), unit(14, 512, 3, narrow))
    wide = part("upsample19", L.Upsample(scale_factor=2), unit(18, 128, 1, narrow))
    joined = wide.apply(L.Concat(), fine, name="route20")
    fine_boxes = part("conv22", conv(boxes, bias=True), unit(21, 256, 3, joined))
    return Network(name, inputs=x, outputs={"coarse": coarse_boxes, "fine": fine_boxes}, defaults=usual)


def _pool(number: int, stride: int, x: Tensor) -> Tensor:
    return part(f"pool{number}", L.MaxPool(2, stride=stride, padding="same_upper"), x)
