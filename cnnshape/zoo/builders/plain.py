"""AlexNet, VGG and SqueezeNet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from cnnshape import layers as L  # as users write it
from cnnshape.graph.build import Tensor
from cnnshape.graph.network import Network
from cnnshape.symbolic import Size
from cnnshape.zoo.arguments import counts, one_of
from cnnshape.zoo.parts import Piece, Width, conv, named, network, scaled, seq, size

__all__ = ["alexnet", "squeezenet", "vgg"]

Variant = Literal["torchvision", "slim"]


def alexnet(
    name: str,
    *,
    num_classes: Size | str = 1000,
    in_channels: Size | str = 3,
    width_mult: Width = 1,
    variant: Variant = "torchvision",
) -> Network:
    """Return AlexNet, of one column of filters, under torchvision's names.

    Parameters
    ----------
    name : what the network is called
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of all channels; a number, or a formula such as "w"
    variant : "torchvision"; "slim", TF-Slim's alexnet_v2: the first convolution pads nothing, the fourth has 384
        filters, and the last map must be 5x5. TF-Slim writes the linear layers as convolutions over that whole map,
        with the same parameters

    References
    ----------
    .. [1] Krizhevsky: One weird trick for parallelizing convolutional neural networks, 2014, arXiv 1404.5997
    .. [2] Krizhevsky, Sutskever, Hinton: ImageNet Classification with Deep Convolutional Neural Networks, NIPS 2012
    """
    one_of("variant", variant, get_args(Variant))
    slim = variant == "slim"

    def wide(channels: int, k: int, s: int = 1, p: int = 1) -> tuple[Piece, Piece]:
        return conv(scaled(channels, width_mult), k, s, p, bias=True), L.ReLU()

    features = seq(
        *wide(64, 11, 4, 0 if slim else 2), L.MaxPool(3, stride=2), *wide(192, 5, p=2), L.MaxPool(3, stride=2),
        *wide(384, 3), *wide(384 if slim else 256, 3), *wide(256, 3), L.MaxPool(3, stride=2),
    )  # fmt: skip
    flat, hidden = (25 if slim else 36) * scaled(256, width_mult), scaled(4096, width_mult)
    head = seq(
        L.Dropout(), L.Linear(hidden, in_features=flat), L.ReLU(), L.Dropout(), L.Linear(hidden, in_features=hidden),
        L.ReLU(), L.Linear(size(num_classes), in_features=hidden),
    )  # fmt: skip
    pool: dict[str, Piece] = {} if slim else {"avgpool": L.AdaptiveAvgPool(6)}
    body = named({"features": features, **pool, "flatten": L.Flatten(), "classifier": head})
    return network(name, body, in_channels, H=224, W=224)


def vgg(
    name: str,
    depths: Sequence[int],
    *,
    norm: bool = False,
    num_classes: Size | str = 1000,
    in_channels: Size | str = 3,
    width_mult: Width = 1,
    variant: Variant = "torchvision",
) -> Network:
    """Return a VGG network under torchvision's names.

    Parameters
    ----------
    name : what the network is called
    depths : convolutions of each of the five stages, such as (2, 2, 3, 3, 3)
    norm : True for batch norm behind each convolution
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of all channels; a number, or a formula such as "w"
    variant : "torchvision"; "slim", as TF-Slim, without batch norm: the last map is not resized, it must be 7x7.
        TF-Slim writes the linear layers as convolutions over that whole map, with the same parameters

    References
    ----------
    .. [1] Simonyan, Zisserman: Very Deep Convolutional Networks for Large-Scale Image Recognition, ICLR 2015,
       arXiv 1409.1556
    """
    one_of("norm", norm, (False, True))
    one_of("variant", variant, get_args(Variant)[: 1 if norm else None])
    features: list[Piece] = []
    widths = [scaled(channels, width_mult) for channels in (64, 128, 256, 512, 512)]
    for width, count in zip(widths, counts("depths", depths, len(widths)), strict=True):
        for _ in range(count):
            features += [conv(width, 3, bias=True), *([L.BatchNorm()] if norm else []), L.ReLU()]
        features.append(L.MaxPool(2))
    hidden = scaled(4096, width_mult)
    head = seq(
        L.Linear(hidden, in_features=49 * widths[-1]), L.ReLU(), L.Dropout(),
        L.Linear(hidden, in_features=hidden), L.ReLU(), L.Dropout(), L.Linear(size(num_classes), in_features=hidden),
    )  # fmt: skip
    pool: dict[str, Piece] = {} if variant == "slim" else {"avgpool": L.AdaptiveAvgPool(7)}
    body = named({"features": seq(*features), **pool, "flatten": L.Flatten(), "classifier": head})
    return network(name, body, in_channels, H=224, W=224)


_FIRES = ((16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256))
"""Channels of the squeezing convolution, and of each of the two expanding ones."""


def _fire(inner: Size, out: Size) -> Piece:
    def apply(x: Tensor) -> Tensor:
        x = named(squeeze=conv(inner, bias=True), squeeze_activation=L.ReLU())(x)
        one = named(expand1x1=conv(out, bias=True), expand1x1_activation=L.ReLU())(x)
        three = named(expand3x3=conv(out, 3, bias=True), expand3x3_activation=L.ReLU())(x)
        joined: Tensor = L.Concat()([one, three])
        return joined

    return apply


def squeezenet(
    name: str,
    *,
    version: Literal["1.0", "1.1"] = "1.0",
    num_classes: Size | str = 1000,
    in_channels: Size | str = 3,
    width_mult: Width = 1,
) -> Network:
    """Return SqueezeNet under torchvision's names.

    Parameters
    ----------
    name : what the network is called
    version : "1.0", as in the paper; "1.1", its authors' later one, a smaller first kernel and earlier pooling
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of all channels; a number, or a formula such as "w"

    References
    ----------
    .. [1] Iandola et al.: SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and < 0.5MB model size, 2016,
       arXiv 1602.07360
    """
    one_of("version", version, ("1.0", "1.1"))
    first = version == "1.0"
    stem = conv(scaled(96 if first else 64, width_mult), 7 if first else 3, 2, 0, bias=True)
    pools = (3, 7) if first else (2, 4)

    def pool() -> Piece:
        return L.MaxPool(3, stride=2, ceil_mode=True)

    features: list[Piece] = [stem, L.ReLU(), pool()]
    for i, (inner, out) in enumerate(_FIRES):
        features += [pool()] if i in pools else []
        features.append(_fire(scaled(inner, width_mult), scaled(out, width_mult)))
    classifier = seq(L.Dropout(), conv(size(num_classes), bias=True), L.ReLU(), L.AdaptiveAvgPool(1))

    body = named(features=seq(*features), classifier=classifier, flatten=L.Flatten())
    return network(name, body, in_channels, H=224, W=224)
