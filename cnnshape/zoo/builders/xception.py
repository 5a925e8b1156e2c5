"""Xception."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape import layers as L  # as users write it
from cnnshape.graph.build import Tensor
from cnnshape.graph.network import Network
from cnnshape.symbolic import Size
from cnnshape.zoo.parts import Piece, Width, conv, named, network, scaled, size

__all__ = ["xception"]

_ENTRY = (128, 256, 728)
_MIDDLE = 8


def xception(
    name: str,
    *,
    num_classes: Size | str = 1000,
    in_channels: Size | str = 3,
    width_mult: Width = 1,
) -> Network:
    """Return Xception as keras.applications has it, under its names.

    The first two convolutions pad nothing; all others, and the pools, pad as SAME: by one pixel behind an even map, by
    one on both sides of an odd one where the stride is 2.

    Parameters
    ----------
    name : what the network is called
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of all channels; a number, or a formula such as "w"

    References
    ----------
    .. [1] Chollet: Xception: Deep Learning with Depthwise Separable Convolutions, CVPR 2017, doi 10.1109/CVPR.2017.195
    """
    first, second, exit_1, exit_2, *entry = (scaled(each, width_mult) for each in (32, 64, 1536, 2048, *_ENTRY))
    middle, last = entry[-1], scaled(1024, width_mult)

    def body(x: Tensor) -> Tensor:
        x = _conv("block1_conv1", conv(first, 3, 2, 0))(x)
        x = _conv("block1_conv2", conv(second, 3, 1, 0))(x)
        for i, channels in enumerate(entry, 2):
            x = _halved(f"block{i}", (channels, channels), starts_with_relu=i > 2)(x)
        for i in range(5, 5 + _MIDDLE):
            main = named({k: v for j in (1, 2, 3) for k, v in _relu_then_conv(f"block{i}", j, middle).items()})
            x = L.Add()([main(x), x], name=f"block{i}_add")
        x = _halved("block13", (middle, last), starts_with_relu=True)(x)
        x = _conv("block14_sepconv1", _separable(exit_1))(x)
        x = _conv("block14_sepconv2", _separable(exit_2))(x)
        return named(
            avg_pool=L.GlobalAvgPool(keepdim=False), predictions=L.Linear(size(num_classes), in_features=exit_2)
        )(x)

    return network(name, body, in_channels, H=299, W=299)


def _separable(channels: Size) -> L.SeparableConv:
    return L.SeparableConv(channels, kernel_size=3, padding="same_upper", bias=False)


def _conv(name: str, layer: Piece) -> Piece:
    """Return a convolution with its norm and activation behind it."""
    return named({name: layer, f"{name}_bn": L.BatchNorm(), f"{name}_act": L.ReLU()})


def _relu_then_conv(block: str, number: int, channels: Size, *, relu: bool = True) -> dict[str, Piece]:
    name = f"{block}_sepconv{number}"
    first: dict[str, Piece] = {f"{name}_act": L.ReLU()} if relu else {}
    return {**first, name: _separable(channels), f"{name}_bn": L.BatchNorm()}


def _halved(block: str, widths: Sequence[Size], *, starts_with_relu: bool) -> Piece:
    """Return two convolutions and a pool beside a 1x1 convolution of stride 2."""
    main: dict[str, Piece] = {}
    for j, channels in enumerate(widths, 1):
        main |= _relu_then_conv(block, j, channels, relu=starts_with_relu or j > 1)
    main[f"{block}_pool"] = L.MaxPool(3, stride=2, padding="same_upper")
    side = named({f"{block}_residual": conv(widths[-1], 1, 2), f"{block}_residual_bn": L.BatchNorm()})
    return lambda x: L.Add()([named(main)(x), side(x)], name=f"{block}_add")
