"""SegNet: VGG-16's convolutions, and the same backwards, with maxima put back where they were."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape import layers as L  # as users write it
from cnnshape.graph.build import Input, Tensor
from cnnshape.graph.network import Network
from cnnshape.symbolic import Size
from cnnshape.zoo.arguments import counts
from cnnshape.zoo.parts import Width, conv, part, scaled, size

__all__ = ["segnet"]

_WIDTHS = (64, 128, 256, 512, 512)


def segnet(
    name: str,
    *,
    depths: Sequence[int] = (2, 2, 3, 3, 3),
    num_classes: Size | str = 11,
    in_channels: Size | str = 3,
    width_mult: Width = 1,
) -> Network:
    """Return SegNet under the names of its Caffe model, ``conv5_3_D`` for the decoder's opposite of ``conv5_3``.

    Parameters
    ----------
    name : what the network is called
    depths : 3x3 convolutions of each of the five stages, on the way down and on the way up
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of all channels; a number, or a formula such as "w"

    Notes
    -----
    Pools round up, as Caffe's do, and the decoder returns to the size that the map had before the pool: 45 rows become
    23, and 45 again. The network takes any size.

    References
    ----------
    .. [1] Badrinarayanan, Kendall, Cipolla: SegNet: A Deep Convolutional Encoder-Decoder Architecture for Image
       Segmentation, IEEE TPAMI 39(12), 2017, doi 10.1109/TPAMI.2016.2644615
    """
    units = counts("depths", depths, len(_WIDTHS))
    widths = [scaled(width, width_mult) for width in _WIDTHS]
    usual = {"H": 360, "W": 480}
    x = y = Input("input", ("N", in_channels, *usual))
    pools: list[tuple[Tensor, Tensor]] = []
    for i, (width, count) in enumerate(zip(widths, units, strict=True), 1):
        for j in range(1, count + 1):
            y = _unit(f"{i}_{j}", width, y)
        pooled = part(f"pool{i}", L.MaxPool(2, ceil_mode=True, return_indices=True), y)
        pools.append((pooled[1], y))
        y = pooled[0]
    for i in range(len(units), 0, -1):
        y = y.apply(L.MaxUnpool(2), *pools[i - 1], name=f"upsample{i}")
        for j in range(units[i - 1], 0, -1):
            if i == j == 1:
                y = part("conv1_1_D", conv(size(num_classes), 3, bias=True), y)
            else:
                y = _unit(f"{i}_{j}", widths[i - 1 if j > 1 else i - 2], y, "_D")
    return Network(name, inputs=x, outputs=y, defaults=usual)


def _unit(place: str, width: Size, x: Tensor, side: str = "") -> Tensor:
    y = part(f"conv{place}{side}", conv(width, 3, bias=True), x)
    y = part(f"conv{place}{side}_bn", L.BatchNorm(), y)
    return part(f"relu{place}{side}", L.ReLU(), y)
