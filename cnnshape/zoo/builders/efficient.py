"""EfficientNet and EfficientNetV2."""

from __future__ import annotations

from math import ceil
from typing import Literal, NamedTuple

from cnnshape import layers as L  # as users write it
from cnnshape.graph.build import Tensor
from cnnshape.graph.network import Network
from cnnshape.symbolic import Size
from cnnshape.zoo.arguments import one_of, ratio, within
from cnnshape.zoo.builders.mobile import pooled
from cnnshape.zoo.parts import (
    Piece,
    conv_norm,
    divisible,
    named,
    network,
    part,
    seq,
    size,
    squeeze_excite,
)

__all__ = ["efficientnet"]

Layout = Literal["b0", "v2_s", "v2_m", "v2_l"]


class _Row(NamedTuple):
    fused: bool
    expand: int
    kernel: int
    stride: int
    inp: int
    out: int
    units: int


def _rows(*rows: tuple[int, int, int, int, int, int, int]) -> tuple[_Row, ...]:
    return tuple(_Row(bool(fused), *rest) for fused, *rest in rows)


_LAYOUTS: dict[Layout, tuple[_Row, ...]] = {
    "b0": _rows(
        (0, 1, 3, 1, 32, 16, 1), (0, 6, 3, 2, 16, 24, 2), (0, 6, 5, 2, 24, 40, 2), (0, 6, 3, 2, 40, 80, 3),
        (0, 6, 5, 1, 80, 112, 3), (0, 6, 5, 2, 112, 192, 4), (0, 6, 3, 1, 192, 320, 1),
    ),
    "v2_s": _rows(
        (1, 1, 3, 1, 24, 24, 2), (1, 4, 3, 2, 24, 48, 4), (1, 4, 3, 2, 48, 64, 4), (0, 4, 3, 2, 64, 128, 6),
        (0, 6, 3, 1, 128, 160, 9), (0, 6, 3, 2, 160, 256, 15),
    ),
    "v2_m": _rows(
        (1, 1, 3, 1, 24, 24, 3), (1, 4, 3, 2, 24, 48, 5), (1, 4, 3, 2, 48, 80, 5), (0, 4, 3, 2, 80, 160, 7),
        (0, 6, 3, 1, 160, 176, 14), (0, 6, 3, 2, 176, 304, 18), (0, 6, 3, 1, 304, 512, 5),
    ),
    "v2_l": _rows(
        (1, 1, 3, 1, 32, 32, 4), (1, 4, 3, 2, 32, 64, 7), (1, 4, 3, 2, 64, 96, 7), (0, 4, 3, 2, 96, 192, 10),
        (0, 6, 3, 1, 192, 224, 19), (0, 6, 3, 2, 224, 384, 25), (0, 6, 3, 1, 384, 640, 7),
    ),
}  # fmt: skip


def _mb_conv(row: _Row, inp: int, out: int, stride: int, eps: float) -> Piece:
    def unit(channels: int, k: int = 1, s: int = 1, groups: int = 1) -> Piece:
        return conv_norm(channels, k, s, groups=groups, activation=L.SiLU, eps=eps)

    wide = divisible(inp * row.expand)
    project = conv_norm(out, activation=None, eps=eps)
    if not row.fused:
        pieces = [] if wide == inp else [unit(wide)]
        squeeze = squeeze_excite(wide, max(1, inp // 4), L.SiLU)
        pieces += [unit(wide, row.kernel, stride, groups=wide), squeeze, project]
    elif wide == inp:
        pieces = [unit(out, row.kernel, stride)]
    else:
        pieces = [unit(wide, row.kernel, stride), project]

    def apply(x: Tensor) -> Tensor:
        y = part("block", seq(*pieces), x)
        if stride == 1 and inp == out:
            y = L.Add()([part("stochastic_depth", L.DropPath(0.2), y), x])
        return y

    return apply


def efficientnet(
    name: str,
    layout: Layout = "b0",
    *,
    num_classes: Size | str = 1000,
    in_channels: Size | str = 3,
    width_mult: float = 1.0,
    depth_mult: float = 1.0,
    image_size: int = 224,
) -> Network:
    """Return an EfficientNet under torchvision's names.

    Parameters
    ----------
    name : what the network is called
    layout : "b0" for the first version, of which B1 to B7 are multiples; "v2_s", "v2_m" or "v2_l"
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of all channels, which are rounded to multiples of 8
    depth_mult : factor of the units of each stage, which are rounded up
    image_size : default of H and W, pixels

    References
    ----------
    .. [1] Tan, Le: EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, ICML 2019,
       arXiv 1905.11946
    .. [2] Tan, Le: EfficientNetV2: Smaller Models and Faster Training, ICML 2021, arXiv 2104.00298
    """
    one_of("layout", layout, tuple(_LAYOUTS))
    within("image_size", image_size, 1, 100_000)
    w, d = ratio("width_mult", width_mult), ratio("depth_mult", depth_mult, 100)
    rows = _LAYOUTS[layout]
    eps = 1e-5 if layout == "b0" else 1e-3
    features: list[Piece] = [conv_norm(divisible(rows[0].inp * w), 3, 2, activation=L.SiLU, eps=eps)]
    out = 0
    for row in rows:
        inp, out = divisible(row.inp * w), divisible(row.out * w)
        later = range(1, ceil(row.units * d))
        units = [_mb_conv(row, inp, out, row.stride, eps), *(_mb_conv(row, out, out, 1, eps) for _ in later)]
        features.append(seq(*units))
    last = 4 * out if layout == "b0" else divisible(1280 * w)
    features.append(conv_norm(last, activation=L.SiLU, eps=eps))
    head = pooled(L.Dropout(0.2), L.Linear(size(num_classes), in_features=last))
    return network(name, named(features=seq(*features), **head), in_channels, H=image_size, W=image_size)
