"""Residual networks for video: R3D, MC3 and R(2+1)D."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal, get_args

from cnnshape import layers as L  # as users write it
from cnnshape.graph.build import Tensor
from cnnshape.graph.network import Network
from cnnshape.symbolic import Size
from cnnshape.zoo.arguments import one_of, ratio
from cnnshape.zoo.parts import Piece, Width, conv, named, network, part, scaled, seq, size

__all__ = ["video_resnet"]

Kind = Literal["3d", "mixed", "2+1"]
_PIXEL = (1, 1, 1)


def _conv(kind: Kind, middle: Size, out: Size, stride: int) -> Piece:
    """Return the 3x3x3 convolution of a unit, or what stands for it; `middle` is for "2+1"."""
    if kind == "3d":
        return conv(out, (3, 3, 3), (stride, stride, stride))
    if kind == "mixed":
        return conv(out, (1, 3, 3), (1, stride, stride))
    plane, time = conv(middle, (1, 3, 3), (1, stride, stride)), conv(out, (3, 1, 1), (stride, 1, 1))
    return seq(plane, L.BatchNorm(), L.ReLU(), time)


def _unit(kind: Kind, inp: Size, out: Size, stride: int) -> Piece:
    # As many as make a 1x3x3 and a 3x1x1 convolution as large as one of 3x3x3.
    middle = inp * out * 27 // (inp * 9 + 3 * out) if kind == "2+1" else 0
    main = named(
        conv1=seq(_conv(kind, middle, out, stride), L.BatchNorm(), L.ReLU()),
        conv2=seq(_conv(kind, middle, out, 1), L.BatchNorm()),
    )
    shortcut: Piece | None = None
    if stride > 1:
        strides = (1 if kind == "mixed" else stride, stride, stride)
        shortcut = seq(conv(out, _PIXEL, strides), L.BatchNorm())

    def apply(x: Tensor) -> Tensor:
        y = main(x)
        if shortcut is not None:
            x = part("downsample", shortcut, x)
        return part("relu", L.ReLU(), L.Add()([y, x]))

    return apply


def video_resnet(
    name: str,
    kinds: Sequence[Kind] | Kind,
    *,
    num_classes: Size | str = 400,
    in_channels: Size | str = 3,
    width_mult: Width = 1,
) -> Network:
    """Return a residual network of basic units for video under torchvision's names.

    Parameters
    ----------
    name : what the network is called
    kinds : convolutions of each stage: "3d", of 3x3x3; "mixed", of 1x3x3, which see no time; "2+1", one of 1x3x3 and
        one of 3x1x1; one for all four stages, or a list
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of all channels; a number, or, where no stage is "2+1", a formula such as "w"

    References
    ----------
    .. [1] Tran, Wang, Torresani, Ray, LeCun, Paluri: A Closer Look at Spatiotemporal Convolutions for Action
       Recognition, CVPR 2018, doi 10.1109/CVPR.2018.00675
    """
    stages = tuple(kinds) if isinstance(kinds, tuple | list) else (kinds,) * 4
    for kind in stages:
        one_of("kinds", kind, get_args(Kind))
    if factored := "2+1" in stages:
        width_mult = ratio("width_mult", width_mult)
    w = partial(scaled, width_mult=width_mult)
    if factored:
        stem = seq(
            conv(w(45), (1, 7, 7), (1, 2, 2)), L.BatchNorm(), L.ReLU(), conv(w(64), (3, 1, 1)), L.BatchNorm(), L.ReLU()
        )
    else:
        stem = seq(conv(w(64), (3, 7, 7), (1, 2, 2)), L.BatchNorm(), L.ReLU())
    rows: dict[str, Piece] = {"stem": stem}
    inp = out = w(64)
    for i, kind in enumerate(stages):
        out = w(64 << i)
        rows[f"layer{i + 1}"] = seq(_unit(kind, inp, out, 2 if i else 1), _unit(kind, out, out, 1))
        inp = out
    body = named(
        rows, avgpool=L.AdaptiveAvgPool(1), flatten=L.Flatten(), fc=L.Linear(size(num_classes), in_features=out)
    )
    return network(name, body, in_channels, T=16, H=112, W=112)
