"""torchvision's networks for segmentation: FCN, DeepLabV3 and Lite R-ASPP, which see with a classifier's features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from cnnshape import layers as L  # as users write it
from cnnshape.graph.build import Input, Tensor, block
from cnnshape.graph.network import Network
from cnnshape.symbolic import Size
from cnnshape.zoo.arguments import channels, counts, one_of, ratio
from cnnshape.zoo.builders.mobile import mobilenet_v3_features, mobilenet_v3_taps
from cnnshape.zoo.builders.resnet import resnet_features
from cnnshape.zoo.parts import Piece, Width, conv, conv_norm, divisible, part, scaled, seq, size

__all__ = ["deeplabv3", "deeplabv3_mobilenet", "fcn", "lraspp"]

_DILATED = (False, True, True)
_MOBILE: Literal["large"] = "large"
_LOW = 40
"""Channels of its map that is an eighth of the picture."""


def fcn(
    name: str,
    depths: Sequence[int],
    *,
    aux: bool = True,
    num_classes: Size | str = 21,
    in_channels: Size | str = 3,
    width_mult: Width = 1,
) -> Network:
    """Return a fully convolutional network on a residual network whose last two stages are dilated.

    Parameters
    ----------
    name : what the network is called
    depths : units of each stage of the residual network, such as (3, 4, 6, 3)
    aux : whether the third stage has a head of its own, whose map is a second output
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of all channels; a number, or a formula such as "w"

    References
    ----------
    .. [1] Long, Shelhamer, Darrell: Fully Convolutional Networks for Semantic Segmentation, CVPR 2015,
       doi 10.1109/CVPR.2015.7298965
    """
    classifier = _head(scaled(2048, width_mult), num_classes)
    return _on_resnet(name, depths, classifier, aux, num_classes, in_channels, width_mult)


def deeplabv3(
    name: str,
    depths: Sequence[int],
    *,
    rates: Sequence[int] = (12, 24, 36),
    aux: bool = True,
    num_classes: Size | str = 21,
    in_channels: Size | str = 3,
    width_mult: Width = 1,
) -> Network:
    """Return DeepLabV3 on a residual network whose last two stages are dilated.

    Parameters
    ----------
    name : what the network is called
    depths : units of each stage of the residual network, such as (3, 4, 6, 3)
    rates : dilations of the parallel 3x3 convolutions
    aux : whether the third stage has a head of its own, whose map is a second output
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of all channels; a number, or a formula such as "w"

    References
    ----------
    .. [1] Chen, Papandreou, Schroff, Adam: Rethinking Atrous Convolution for Semantic Image Segmentation, 2017,
       arXiv 1706.05587
    """
    classifier = _pyramid(scaled(256, width_mult), rates, num_classes)
    return _on_resnet(name, depths, classifier, aux, num_classes, in_channels, width_mult)


def deeplabv3_mobilenet(
    name: str,
    *,
    rates: Sequence[int] = (12, 24, 36),
    aux: bool = True,
    num_classes: Size | str = 21,
    in_channels: Size | str = 3,
    width_mult: float = 1.0,
) -> Network:
    """Return DeepLabV3 on the large MobileNetV3, whose last stage is dilated.

    Parameters
    ----------
    name : what the network is called
    rates : dilations of the parallel 3x3 convolutions
    aux : whether the map that is an eighth of the picture has a head of its own, a second output
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of the channels of MobileNetV3, which are rounded to multiples of 8

    References
    ----------
    .. [1] Chen, Papandreou, Schroff, Adam: Rethinking Atrous Convolution for Semantic Image Segmentation, 2017,
       arXiv 1706.05587
    .. [2] Howard et al.: Searching for MobileNetV3, ICCV 2019, doi 10.1109/ICCV.2019.00140
    """
    one_of("aux", aux, (True, False))
    low, _ = _mobile_taps()
    heads: dict[str, tuple[str, Piece]] = {"out": ("", _pyramid(256, rates, num_classes))}
    if aux:
        heads["aux"] = (low, _head(divisible(_LOW * ratio("width_mult", width_mult)), num_classes))
    return _segmentation(name, _mobile(width_mult), heads, in_channels)


def lraspp(
    name: str,
    *,
    inter_channels: Size | str = 128,
    num_classes: Size | str = 21,
    in_channels: Size | str = 3,
    width_mult: float = 1.0,
) -> Network:
    """Return Lite R-ASPP on the large MobileNetV3, whose last stage is dilated.

    Parameters
    ----------
    name : what the network is called
    inter_channels : channels of the head; a number, or a formula
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of the channels of MobileNetV3, which are rounded to multiples of 8

    References
    ----------
    .. [1] Howard et al.: Searching for MobileNetV3, ICCV 2019, section 6.4, doi 10.1109/ICCV.2019.00140
    """
    x, classes, inner = _picture(in_channels), size(num_classes), channels("inter_channels", inter_channels)
    given = _features(_mobile(width_mult), x)
    low, high = (given[tap] for tap in _mobile_taps())
    with block("classifier"):
        cbr = part("cbr", conv_norm(inner), high)
        factor = part("scale", seq(L.AdaptiveAvgPool(1), conv(inner), L.Sigmoid()), high)
        wide = L.Multiply()([cbr, factor]).apply(L.Upsample(mode="bilinear"), low, name="resize")
        maps = [part("low_classifier", conv(classes, bias=True), low)]
        maps.append(part("high_classifier", conv(classes, bias=True), wide))
        y = L.Add()(maps)
    return Network(name, inputs=x, outputs={"out": _resized(y, x, "resize")}, defaults=_USUAL)


# --- what they share --------------------------------------------------------------------------------------------------

_USUAL = {"H": 520, "W": 520}
"""The size to which torchvision's own measurements resize."""


def _picture(in_channels: Size | str) -> Tensor:
    return Input("input", ("N", in_channels, *_USUAL))


def _features(backbone: Mapping[str, Piece], x: Tensor) -> dict[str, Tensor]:
    """Return what each piece of the backbone gives."""
    given: dict[str, Tensor] = {}
    with block("backbone"):
        for name, piece in backbone.items():
            given[name] = x = part(name, piece, x)
    return given


def _resized(y: Tensor, x: Tensor, name: str) -> Tensor:
    """Return a map as large as the picture."""
    return y.apply(L.Upsample(mode="bilinear"), x, name=name)


def _segmentation(
    name: str, backbone: Mapping[str, Piece], heads: Mapping[str, tuple[str, Piece]], in_channels: Size | str
) -> Network:
    """Return a network of heads, output -> (the piece of the backbone that it sees, "" for the last; itself)."""
    x = _picture(in_channels)
    given = _features(backbone, x)
    outputs = {}
    for output, (tap, head) in heads.items():
        prefix = "" if output == "out" else f"{output}_"
        y = part(f"{prefix}classifier", head, given[tap or next(reversed(given))])
        outputs[output] = _resized(y, x, f"{prefix}resize")
    return Network(name, inputs=x, outputs=outputs, defaults=_USUAL)


def _on_resnet(
    name: str,
    depths: Sequence[int],
    classifier: Piece,
    aux: bool,
    num_classes: Size | str,
    in_channels: Size | str,
    width_mult: Width,
) -> Network:
    one_of("aux", aux, (True, False))
    backbone = resnet_features(depths, replace_stride_with_dilation=_DILATED, width_mult=width_mult)
    heads = {"out": ("", classifier)}
    if aux:
        heads["aux"] = ("layer3", _head(scaled(1024, width_mult), num_classes))
    return _segmentation(name, backbone, heads, in_channels)


def _mobile(width_mult: float) -> dict[str, Piece]:
    return {
        str(i): piece for i, piece in enumerate(mobilenet_v3_features(_MOBILE, dilated=True, width_mult=width_mult))
    }


def _mobile_taps() -> tuple[str, str]:
    """Return the pieces whose maps are an eighth of the picture and the last."""
    taps = mobilenet_v3_taps(_MOBILE)
    return str(taps[-4]), str(taps[-1])


def _head(wide: Size, num_classes: Size | str) -> Piece:
    """Return torchvision's FCNHead behind a map of `wide` channels."""
    return seq(
        conv(wide // 4, 3), L.BatchNorm(), L.ReLU(), L.Dropout(0.1), conv(size(num_classes), bias=True)
    )  # fmt: skip


def _pyramid(width: Size, rates: Sequence[int], num_classes: Size | str) -> Piece:
    """Return torchvision's DeepLabHead: parallel dilated convolutions and the mean of the map, joined."""

    def pooling(x: Tensor) -> Tensor:
        y = seq(L.AdaptiveAvgPool(1), conv(width), L.BatchNorm(), L.ReLU())(x)
        return y.apply(L.Upsample(mode="bilinear"), x, name="resize")

    dilations = counts("rates", rates, what="the dilation of each 3x3 convolution")
    branches: list[Piece] = [conv_norm(width), *(conv_norm(width, 3, dilation=rate) for rate in dilations), pooling]

    def aspp(x: Tensor) -> Tensor:
        with block("convs"):
            maps = [part(str(i), branch, x) for i, branch in enumerate(branches)]
        y = L.Concat()(maps)
        return part("project", seq(conv(width), L.BatchNorm(), L.ReLU(), L.Dropout(0.5)), y)

    return seq(aspp, conv(width, 3), L.BatchNorm(), L.ReLU(), conv(size(num_classes), bias=True))
