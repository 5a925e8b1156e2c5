"""ResNet, wide ResNet, ResNeXt and SE-ResNet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, get_args

from cnnshape import layers as L  # as users write it
from cnnshape.graph.build import Tensor
from cnnshape.graph.network import Network
from cnnshape.symbolic import Size
from cnnshape.zoo.parts import Piece, Width, conv, named, network, one_of, part, scaled, seq, size, squeeze_excite

__all__ = ["resnet"]

Variant = Literal["torchvision", "keras", "slim"]
Path = Callable[[Tensor], Tensor]


def resnet(
    name: str,
    depths: Sequence[int],
    *,
    basic: bool = False,
    groups: int = 1,
    group_width: int = 64,
    reduction: int = 0,
    num_classes: Size | str = 1000,
    in_channels: Size | str = 3,
    width_mult: Width = 1,
    variant: Variant = "torchvision",
) -> Network:
    """Return a residual network under torchvision's names.

    Parameters
    ----------
    name : what the network is called
    depths : units of each stage, such as (3, 4, 6, 3)
    basic : True for units of two 3x3 convolutions, as in ResNet-18 and 34; else 1x1, 3x3, 1x1
    groups, group_width : groups of the 3x3 convolution, and channels of each for every 64 of the stage
    reduction : by how much squeeze-and-excitation narrows its hidden layer; 0: there is none
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of all channels; a number, or a formula such as "w"
    variant : "torchvision", the stride on the 3x3 convolution of a stage's first unit ("v1.5"); "keras", as
        keras.applications has it: the stride on the first 1x1, as in the paper, biases in all convolutions; "slim", as
        TF-Slim's resnet_v1: the stride on the 3x3 of the last unit of the first three stages; ResNet-18 and 34 have
        the first alone

    References
    ----------
    .. [1] He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, CVPR 2016, doi 10.1109/CVPR.2016.90
    .. [2] Zagoruyko, Komodakis: Wide Residual Networks, BMVC 2016, doi 10.5244/C.30.87
    .. [3] Xie et al.: Aggregated Residual Transformations for Deep Neural Networks, CVPR 2017,
       doi 10.1109/CVPR.2017.634
    .. [4] Hu, Shen, Sun: Squeeze-and-Excitation Networks, CVPR 2018, doi 10.1109/CVPR.2018.00745
    """
    one_of("variant", variant, get_args(Variant)[: 1 if basic else None])
    stages: dict[str, Piece] = {}
    for i, count in enumerate(depths):
        planes = scaled(64 << i, width_mult)
        inner, out = planes * group_width // 64 * groups, planes * (1 if basic else 4)
        units: list[Piece] = []
        for j in range(count):
            halves = j == count - 1 and i < len(depths) - 1 if variant == "slim" else not j and i > 0
            stride = 2 if halves else 1
            main = _basic(out, stride) if basic else _bottleneck(inner, out, stride, groups, reduction, variant)
            projects = not j and (i > 0 or not basic)
            units.append(_unit(main, _shortcut(out, stride, projects, bias=variant == "keras"), basic))
        stages[f"layer{i + 1}"] = seq(*units)
    bias = variant == "keras"
    pool: dict[str, Piece] = {"maxpool": L.MaxPool(3, stride=2, padding=1)}
    if variant == "keras":
        pool = {"pad": L.Pad(1), "maxpool": L.MaxPool(3, stride=2)}
    elif variant == "slim":
        pool = {"maxpool": L.MaxPool(3, stride=2, padding="same_upper")}
    body = named(
        {"conv1": conv(scaled(64, width_mult), 7, 2, bias=bias), "bn1": L.BatchNorm(), "relu": L.ReLU(), **pool},
        **stages,
        avgpool=L.AdaptiveAvgPool(1), flatten=L.Flatten(), fc=L.Linear(size(num_classes), in_features=out),
    )  # fmt: skip
    return network(name, body, in_channels, H=224, W=224)


def _basic(out: Size, stride: int) -> Path:
    return named(conv1=conv(out, 3, stride), bn1=L.BatchNorm(), relu=L.ReLU(), conv2=conv(out, 3), bn2=L.BatchNorm())


def _bottleneck(width: Size, out: Size, stride: int, groups: int, reduction: int, variant: Variant) -> Path:
    bias = variant == "keras"
    outer, inner = (stride, 1) if variant == "keras" else (1, stride)
    squeeze = {"se": squeeze_excite(out, out // reduction)} if reduction else {}
    return named(
        {
            "conv1": conv(width, 1, outer, bias=bias), "bn1": L.BatchNorm(), "relu": L.ReLU(),
            "conv2": conv(width, 3, inner, groups=groups, bias=bias), "bn2": L.BatchNorm(), "relu_2": L.ReLU(),
            "conv3": conv(out, bias=bias), "bn3": L.BatchNorm(),
        },
        **squeeze,
    )  # fmt: skip


def _shortcut(out: Size, stride: int, projects: bool, *, bias: bool) -> Piece | None:
    """Return what stands beside the main path; None: nothing."""
    if projects:
        return seq(conv(out, 1, stride, bias=bias), L.BatchNorm())
    return L.MaxPool(1, stride=stride) if stride > 1 else None


def _unit(main: Path, shortcut: Piece | None, basic: bool) -> Path:
    def apply(x: Tensor) -> Tensor:
        y = main(x)
        if shortcut is not None:
            x = part("downsample", shortcut, x)
        return part("relu_2" if basic else "relu_3", L.ReLU(), L.Add()([y, x]))

    return apply
