"""MobileNet, the first version."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Literal, get_args

from cnnshape import layers as L  # as users write it
from cnnshape.graph.network import Network
from cnnshape.symbolic import Size
from cnnshape.zoo.arguments import counts, one_of, ratio
from cnnshape.zoo.parts import Piece, conv, divisible, named, network, seq, size

__all__ = ["mobilenet_v1"]

Variant = Literal["timm", "keras", "slim"]

_STAGES = ((64, 1), (128, 2), (256, 2), (512, 2), (1024, 2))
"""Channels, and the stride of the first unit."""


def mobilenet_v1(
    name: str,
    *,
    depths: Sequence[int] = (1, 2, 2, 6, 2),
    num_classes: Size | str = 1000,
    in_channels: Size | str = 3,
    width_mult: float = 1.0,
    variant: Variant = "timm",
) -> Network:
    """Return MobileNet under timm's names: a 3x3 convolution of each channel, then a 1x1 convolution of all, repeated.

    Parameters
    ----------
    name : what the network is called
    depths : units of each of the five stages
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of all channels, a number; the products are rounded to multiples of 8 (timm), or down (Keras;
        TF-Slim, to no fewer than 8)
    variant : how strides of 2 pad, which the paper does not say. "timm", one pixel on both sides; "keras", as
        keras.applications: one pixel behind the map, in the first convolution SAME; "slim", as TF-Slim's mobilenet_v1:
        SAME everywhere. Keras and TF-Slim write the last layer as a 1x1 convolution, with the same parameters

    References
    ----------
    .. [1] Howard et al.: MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications,
       arXiv 1704.04861
    """
    one_of("variant", variant, get_args(Variant))
    factor = ratio("width_mult", width_mult)
    out = _width(32, factor, variant)
    stem = conv(out, 3, 2, 1 if variant == "timm" else "same_upper")
    stages = []
    for (channels, stride), count in zip(_STAGES, counts("depths", depths, len(_STAGES)), strict=True):
        units = []
        for i in range(count):
            units.append(_unit(out, _width(channels, factor, variant), 1 if i else stride, variant))
            out = _width(channels, factor, variant)
        stages.append(seq(*units))
    body = named(
        conv_stem=stem, bn1=L.BatchNorm(), act1=L.ReLU6(), blocks=seq(*stages),
        global_pool=named(pool=L.AdaptiveAvgPool(1), flatten=L.Flatten()),
        classifier=L.Linear(size(num_classes), in_features=out),
    )  # fmt: skip
    return network(name, body, in_channels, H=224, W=224)


def _width(channels: int, factor: Fraction, variant: Variant) -> int:
    if variant == "timm":
        return divisible(channels * factor)
    return max(int(channels * factor), 8 if variant == "slim" else 1)


def _unit(inp: int, out: int, stride: int, variant: Variant) -> Piece:
    padding: Any = "same_upper" if variant == "slim" else 1
    pad: dict[str, Piece] = {}
    if variant == "keras" and stride == 2:
        pad, padding = {"pad": L.Pad(((0, 1), (0, 1)))}, 0
    return named(
        pad,
        conv_dw=conv(inp, 3, stride, padding, groups=inp), bn1=L.BatchNorm(), act1=L.ReLU6(),
        conv_pw=conv(out), bn2=L.BatchNorm(), act2=L.ReLU6(),
    )  # fmt: skip
