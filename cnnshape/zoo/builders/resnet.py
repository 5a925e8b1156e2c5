"""ResNet, wide ResNet, ResNeXt and SE-ResNet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, get_args

from cnnshape import layers as L  # as users write it
from cnnshape.errors import UsageError
from cnnshape.graph.build import Tensor
from cnnshape.graph.network import Network
from cnnshape.symbolic import Size
from cnnshape.zoo.arguments import counts, one_of, within
from cnnshape.zoo.parts import Piece, Width, conv, named, network, part, scaled, seq, size, squeeze_excite

__all__ = ["resnet", "resnet_features"]

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
    replace_stride_with_dilation: Sequence[bool] = (False, False, False),
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
    replace_stride_with_dilation : for each stage but the first, True to dilate by twice as much in place of the stride,
        so that the map keeps its size, as networks for segmentation have it; in units of 1x1, 3x3, 1x1
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
    depths = counts("depths", depths)
    features = resnet_features(
        depths,
        basic=basic,
        groups=groups,
        group_width=group_width,
        reduction=reduction,
        replace_stride_with_dilation=replace_stride_with_dilation,
        width_mult=width_mult,
        variant=variant,
    )
    channels = scaled(64 << len(depths) - 1, width_mult) * (1 if basic else 4)
    body = named(
        features,
        avgpool=L.AdaptiveAvgPool(1), flatten=L.Flatten(), fc=L.Linear(size(num_classes), in_features=channels),
    )  # fmt: skip
    return network(name, body, in_channels, H=224, W=224)


def resnet_features(
    depths: Sequence[int],
    *,
    basic: bool = False,
    groups: int = 1,
    group_width: int = 64,
    reduction: int = 0,
    replace_stride_with_dilation: Sequence[bool] = (),
    width_mult: Width = 1,
    variant: Variant = "torchvision",
) -> dict[str, Piece]:
    """Return a residual network without its classifier: name -> what stands there, the stem's layers and the stages."""
    one_of("basic", basic, (False, True))
    one_of("variant", variant, get_args(Variant)[: 1 if basic else None])
    _check_units(basic, groups=groups, group_width=group_width, reduction=reduction)
    depths = counts("depths", depths)
    stages: dict[str, Piece] = {}
    stretched = _dilates(replace_stride_with_dilation, depths, basic, variant)
    dilation = 1
    for i, (count, dilates) in enumerate(zip(depths, stretched, strict=True)):
        planes = scaled(64 << i, width_mult)
        inner, out = planes * group_width // 64 * groups, planes * (1 if basic else 4)
        units: list[Piece] = []
        first, dilation = dilation, dilation * (2 if dilates else 1)
        for j in range(count):
            halves = j == count - 1 and i < len(depths) - 1 if variant == "slim" else not j and i > 0
            stride = 2 if halves and not dilates else 1
            middle = dilation if j else first
            main = _basic(out, stride) if basic else _bottleneck(inner, out, stride, groups, middle, reduction, variant)
            projects = not j and (i > 0 or not basic)
            units.append(_unit(main, _shortcut(out, stride, projects, bias=variant == "keras"), basic))
        stages[f"layer{i + 1}"] = seq(*units)
    pool: dict[str, Piece] = {"maxpool": L.MaxPool(3, stride=2, padding=1)}
    if variant == "keras":
        pool = {"pad": L.Pad(1), "maxpool": L.MaxPool(3, stride=2)}
    elif variant == "slim":
        pool = {"maxpool": L.MaxPool(3, stride=2, padding="same_upper")}
    conv1 = conv(scaled(64, width_mult), 7, 2, bias=variant == "keras")
    return {"conv1": conv1, "bn1": L.BatchNorm(), "relu": L.ReLU(), **pool, **stages}


_USUAL = {"groups": 1, "group_width": 64, "reduction": 0}


def _check_units(basic: bool, **given: int) -> None:
    for argument, value in given.items():
        within(argument, value, min(1, _USUAL[argument]), 100_000)
        if basic and value != _USUAL[argument]:
            raise UsageError(
                f"{argument} = {value} does not fit units of two 3x3 convolutions",
                code="CS009",
                got=value,
                rule="groups, group_width and reduction are of units of 1x1, 3x3, 1x1",
                fix=f"{argument}={_USUAL[argument]}, or basic=False",
            )


def _dilates(given: Sequence[bool], depths: Sequence[int], basic: bool, variant: Variant) -> tuple[bool, ...]:
    """Return which stages dilate."""
    listed = isinstance(given, tuple | list)
    if listed and not any(given):
        return (False,) * len(depths)
    if not listed or basic or variant != "torchvision" or len(given) != len(depths) - 1:
        raise UsageError(
            f"replace_stride_with_dilation {given!r} does not fit this network",
            code="CS009",
            got=given,
            rule="it names the stages behind the first, True or False for each, of torchvision's networks of "
            "1x1, 3x3, 1x1 units",
            fix="leave it out"
            if basic or variant != "torchvision"
            else f"replace_stride_with_dilation={(False,) * (len(depths) - 2) + (True,)}",
        )
    return (False, *map(bool, given))


def _basic(out: Size, stride: int) -> Path:
    return named(conv1=conv(out, 3, stride), bn1=L.BatchNorm(), relu=L.ReLU(), conv2=conv(out, 3), bn2=L.BatchNorm())


def _bottleneck(
    width: Size, out: Size, stride: int, groups: int, dilation: int, reduction: int, variant: Variant
) -> Path:
    bias = variant == "keras"
    outer, inner = (stride, 1) if variant == "keras" else (1, stride)
    squeeze = {"se": squeeze_excite(out, out // reduction)} if reduction else {}
    return named(
        {
            "conv1": conv(width, 1, outer, bias=bias), "bn1": L.BatchNorm(), "relu": L.ReLU(),
            "conv2": conv(width, 3, inner, groups=groups, dilation=dilation, bias=bias), "bn2": L.BatchNorm(),
            "relu_2": L.ReLU(),
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
