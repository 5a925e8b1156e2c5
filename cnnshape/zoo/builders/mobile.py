"""MobileNetV2, MobileNetV3 and MNASNet: inverted residuals whose widths are rounded to multiples of 8."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

from cnnshape import layers as L  # as users write it
from cnnshape.graph.build import Tensor
from cnnshape.graph.network import Network
from cnnshape.layers.base import Layer
from cnnshape.symbolic import Size
from cnnshape.zoo.arguments import counts, one_of, ratio
from cnnshape.zoo.parts import (
    Piece,
    conv,
    conv_norm,
    divisible,
    named,
    network,
    part,
    seq,
    size,
    squeeze_excite,
)

__all__ = ["mnasnet", "mobilenet_v2", "mobilenet_v3", "mobilenet_v3_features", "mobilenet_v3_taps", "pooled"]


def pooled(*classifier: Piece) -> dict[str, Piece]:
    """Return global average pooling and the layers behind it, under torchvision's names."""
    return {"avgpool": L.AdaptiveAvgPool(1), "flatten": L.Flatten(), "classifier": seq(*classifier)}


def _residual(name: str, main: Piece, adds: bool) -> Piece:
    """Return a main path under its name, added to its input if `adds`."""

    def apply(x: Tensor) -> Tensor:
        y = part(name, main, x)
        return L.Add()([x, y]) if adds else y

    return apply


# --- MobileNetV2: expansion, channels, units, stride ----------------------------------------------------------------

_V2 = ((1, 16, 1), (6, 24, 2), (6, 32, 2), (6, 64, 2), (6, 96, 1), (6, 160, 2), (6, 320, 1))


def _inverted_v2(inp: int, out: int, stride: int, expand: int) -> Piece:
    wide = inp * expand
    first = [] if expand == 1 else [conv_norm(wide, activation=L.ReLU6)]
    middle = conv_norm(wide, 3, stride, groups=wide, activation=L.ReLU6)
    return _residual("conv", seq(*first, middle, conv(out), L.BatchNorm()), stride == 1 and inp == out)


def mobilenet_v2(
    name: str,
    *,
    depths: Sequence[int] = (1, 2, 3, 4, 3, 3, 1),
    num_classes: Size | str = 1000,
    in_channels: Size | str = 3,
    width_mult: float = 1.0,
) -> Network:
    """Return MobileNetV2 under torchvision's names.

    Parameters
    ----------
    name : what the network is called
    depths : units of each of the seven stages
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of all channels, which are rounded to multiples of 8; the last 1280 never become fewer

    References
    ----------
    .. [1] Sandler, Howard, Zhu, Zhmoginov, Chen: MobileNetV2: Inverted Residuals and Linear Bottlenecks, CVPR 2018,
       doi 10.1109/CVPR.2018.00474
    """
    w = ratio("width_mult", width_mult)
    inp, last = divisible(32 * w), divisible(1280 * max(Fraction(1), w))
    features: list[Piece] = [conv_norm(inp, 3, 2, activation=L.ReLU6)]
    for (expand, channels, stride), count in zip(_V2, counts("depths", depths, len(_V2)), strict=True):
        out = divisible(channels * w)
        for i in range(count):
            features.append(_inverted_v2(inp, out, 1 if i else stride, expand))
            inp = out
    features.append(conv_norm(last, activation=L.ReLU6))
    head = pooled(L.Dropout(0.2), L.Linear(size(num_classes), in_features=last))
    return network(name, named(features=seq(*features), **head), in_channels, H=224, W=224)


# --- MobileNetV3 ----------------------------------------------------------------------------------------------------

V3 = Literal["small", "large"]


class _Row(NamedTuple):
    kernel: int
    wide: int
    out: int
    squeeze: bool
    hard: bool
    stride: int


def _rows(*rows: tuple[int, int, int, int, int, int]) -> tuple[_Row, ...]:
    return tuple(_Row(k, wide, out, bool(squeeze), bool(hard), s) for k, wide, out, squeeze, hard, s in rows)


_V3: dict[V3, tuple[_Row, ...]] = {
    "small": _rows(
        (3, 16, 16, 1, 0, 2), (3, 72, 24, 0, 0, 2), (3, 88, 24, 0, 0, 1), (5, 96, 40, 1, 1, 2), (5, 240, 40, 1, 1, 1),
        (5, 240, 40, 1, 1, 1), (5, 120, 48, 1, 1, 1), (5, 144, 48, 1, 1, 1), (5, 288, 96, 1, 1, 2),
        (5, 576, 96, 1, 1, 1), (5, 576, 96, 1, 1, 1),
    ),
    "large": _rows(
        (3, 16, 16, 0, 0, 1), (3, 64, 24, 0, 0, 2), (3, 72, 24, 0, 0, 1), (5, 72, 40, 1, 0, 2), (5, 120, 40, 1, 0, 1),
        (5, 120, 40, 1, 0, 1), (3, 240, 80, 0, 1, 2), (3, 200, 80, 0, 1, 1), (3, 184, 80, 0, 1, 1),
        (3, 184, 80, 0, 1, 1), (3, 480, 112, 1, 1, 1), (3, 672, 112, 1, 1, 1), (5, 672, 160, 1, 1, 2),
        (5, 960, 160, 1, 1, 1), (5, 960, 160, 1, 1, 1),
    ),
}  # fmt: skip
_LAST_STAGE = 3
"""Units of the stage that a segmentation network dilates."""


def _inverted_v3(inp: int, wide: int, out: int, row: _Row, dilation: int) -> Piece:
    def unit(channels: int, *args: int, groups: int = 1, dilation: int = 1) -> Piece:
        activation: Callable[[], Layer] = L.Hardswish if row.hard else L.ReLU
        return conv_norm(channels, *args, groups=groups, dilation=dilation, activation=activation, eps=1e-3)

    stride = 1 if dilation > 1 else row.stride
    pieces = [] if wide == inp else [unit(wide)]
    pieces.append(unit(wide, row.kernel, stride, groups=wide, dilation=dilation))
    if row.squeeze:
        pieces.append(squeeze_excite(wide, divisible(wide // 4), gate=L.Hardsigmoid))
    pieces.append(conv_norm(out, activation=None, eps=1e-3))
    return _residual("block", seq(*pieces), row.stride == 1 and inp == out)


def mobilenet_v3_features(layout: V3, *, dilated: bool = False, width_mult: float = 1.0) -> tuple[Piece, ...]:
    """Return MobileNetV3 without its classifier; piece i is torchvision's ``features.i``.

    Parameters
    ----------
    layout : "small" or "large"
    dilated : True for a last stage with dilation 2 in place of its stride, as segmentation networks have it
    width_mult : factor of all channels, which are rounded to multiples of 8
    """
    w, rows = ratio("width_mult", width_mult), _V3[layout]
    inp = divisible(16 * w)
    features: list[Piece] = [conv_norm(inp, 3, 2, activation=L.Hardswish, eps=1e-3)]
    for i, row in enumerate(rows):
        dilation = 2 if dilated and i >= len(rows) - _LAST_STAGE else 1
        wide, out = divisible(row.wide * w), divisible(row.out * w)
        features.append(_inverted_v3(inp, wide, out, row, dilation))
        inp = out
    return (*features, conv_norm(6 * inp, activation=L.Hardswish, eps=1e-3))


def mobilenet_v3_taps(layout: V3) -> tuple[int, ...]:
    """Return which features other networks take: the first, those that halve the map, the last.

    Examples
    --------
    >>> mobilenet_v3_taps("large")
    (0, 2, 4, 7, 13, 16)
    """
    rows = _V3[layout]
    return (0, *(i for i, row in enumerate(rows, 1) if row.stride > 1), len(rows) + 1)


def mobilenet_v3(
    name: str,
    layout: V3,
    *,
    num_classes: Size | str = 1000,
    in_channels: Size | str = 3,
    width_mult: float = 1.0,
) -> Network:
    """Return MobileNetV3 under torchvision's names.

    Parameters
    ----------
    name : what the network is called
    layout : "small" or "large"
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of all channels, which are rounded to multiples of 8, as in torchvision the last ones too

    References
    ----------
    .. [1] Howard et al.: Searching for MobileNetV3, ICCV 2019, doi 10.1109/ICCV.2019.00140
    """
    one_of("layout", layout, tuple(_V3))
    w = ratio("width_mult", width_mult)
    inp = 6 * divisible(_V3[layout][-1].out * w)
    last = divisible((1024 if layout == "small" else 1280) * w)
    head = pooled(
        L.Linear(last, in_features=inp), L.Hardswish(), L.Dropout(0.2), L.Linear(size(num_classes), in_features=last)
    )
    features = mobilenet_v3_features(layout, width_mult=width_mult)
    return network(name, named(features=seq(*features), **head), in_channels, H=224, W=224)


# --- MNASNet: kernel, stride, expansion, channels -------------------------------------------------------------------

_MNAS = ((3, 2, 3, 24), (5, 2, 3, 40), (5, 2, 6, 80), (3, 1, 6, 96), (5, 2, 6, 192), (3, 1, 6, 320))


def _mnas_unit(inp: int, out: int, k: int, stride: int, expand: int) -> Piece:
    wide = inp * expand
    main = seq(
        conv(wide), L.BatchNorm(), L.ReLU(), conv(wide, k, stride, groups=wide), L.BatchNorm(), L.ReLU(),
        conv(out), L.BatchNorm(),
    )  # fmt: skip
    return _residual("layers", main, stride == 1 and inp == out)


def mnasnet(
    name: str,
    *,
    depths: Sequence[int] = (3, 3, 3, 2, 4, 1),
    num_classes: Size | str = 1000,
    in_channels: Size | str = 3,
    width_mult: float = 1.0,
) -> Network:
    """Return MNASNet (the paper's MnasNet-B1) under torchvision's names.

    Parameters
    ----------
    name : what the network is called
    depths : units of each of the six stages
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of all channels but the last 1280, which are rounded to multiples of 8

    References
    ----------
    .. [1] Tan et al.: MnasNet: Platform-Aware Neural Architecture Search for Mobile, CVPR 2019,
       doi 10.1109/CVPR.2019.00293
    """
    w = ratio("width_mult", width_mult)
    stem, inp = divisible(32 * w), divisible(16 * w)
    layers: list[Piece] = [
        conv(stem, 3, 2), L.BatchNorm(), L.ReLU(), conv(stem, 3, groups=stem), L.BatchNorm(), L.ReLU(),
        conv(inp), L.BatchNorm(),
    ]  # fmt: skip
    for (k, stride, expand, channels), count in zip(_MNAS, counts("depths", depths, len(_MNAS)), strict=True):
        out = divisible(channels * w)
        layers.append(seq(*(_mnas_unit(out if i else inp, out, k, 1 if i else stride, expand) for i in range(count))))
        inp = out
    layers += [conv(1280), L.BatchNorm(), L.ReLU()]
    classifier = seq(L.Dropout(0.2), L.Linear(size(num_classes), in_features=1280))
    body = named(layers=seq(*layers), mean=L.ReduceMean((2, 3)), classifier=classifier)
    return network(name, body, in_channels, H=224, W=224)
