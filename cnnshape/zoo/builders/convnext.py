"""ConvNeXt."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape import layers as L  # as users write it
from cnnshape.graph.build import Tensor
from cnnshape.graph.network import Network
from cnnshape.symbolic import Size
from cnnshape.zoo.arguments import channels, counts
from cnnshape.zoo.parts import Piece, Width, conv, named, network, part, scaled, seq, size

__all__ = ["convnext"]

_LAST, _FIRST = (0, 2, 3, 1), (0, 3, 1, 2)
"""Channels moved behind the space axes, and back."""


def _norm(name: str, x: Tensor) -> Tensor:
    """Torchvision's LayerNorm2d: over the channels of each position."""
    y = x.apply(L.Permute(_LAST)).apply(L.LayerNorm(eps=1e-6))
    return y.apply(L.Permute(_FIRST), name=name)


def _unit(width: Size) -> Piece:
    main = seq(
        conv(width, 7, groups=width, bias=True), L.Permute(_LAST), L.LayerNorm(eps=1e-6),
        L.Linear(4 * width, in_features=width), L.GELU(), L.Linear(width, in_features=4 * width), L.Permute(_FIRST),
    )  # fmt: skip

    def apply(x: Tensor) -> Tensor:
        y = part("layer_scale", L.LayerScale(init_values=1e-6), part("block", main, x))
        added: Tensor = L.Add()([part("stochastic_depth", L.DropPath(0.1), y), x])
        return added

    return apply


def convnext(
    name: str,
    depths: Sequence[int],
    *,
    width: Size | str = 96,
    num_classes: Size | str = 1000,
    in_channels: Size | str = 3,
    width_mult: Width = 1,
) -> Network:
    """Return ConvNeXt under torchvision's names.

    Parameters
    ----------
    name : what the network is called
    depths : units of each stage, such as (3, 3, 9, 3); each stage has twice the channels of the one before
    width : channels of the first stage, a number or a formula
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of all channels; a number, or a formula such as "w"

    References
    ----------
    .. [1] Liu, Mao, Wu, Feichtenhofer, Darrell, Xie: A ConvNet for the 2020s, CVPR 2022,
       doi 10.1109/CVPR52688.2022.01167
    """
    units, first = counts("depths", depths), scaled(channels("width", width), width_mult)

    def stem(x: Tensor) -> Tensor:
        return _norm("1", x.apply(conv(first, 4, 4, 0, bias=True), name="0"))

    def down(out: Size) -> Piece:
        return lambda x: _norm("0", x).apply(conv(out, 2, 2, 0, bias=True), name="1")

    features: list[Piece] = []
    last = first
    for i, count in enumerate(units):
        last = first * 2**i
        features += [down(last) if i else stem, seq(*(_unit(last) for _ in range(count)))]
    logits = L.Linear(size(num_classes), in_features=last)

    def classifier(x: Tensor) -> Tensor:
        return seq(L.Flatten(), logits, first=1)(_norm("0", x))

    body = named(features=seq(*features), avgpool=L.AdaptiveAvgPool(1), classifier=classifier)
    return network(name, body, in_channels, H=224, W=224)
