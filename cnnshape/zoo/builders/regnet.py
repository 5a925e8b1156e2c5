"""RegNetX and RegNetY."""

from __future__ import annotations

from math import log

from cnnshape import layers as L  # as users write it
from cnnshape.graph.build import Tensor
from cnnshape.graph.network import Network
from cnnshape.symbolic import Size
from cnnshape.zoo.arguments import within
from cnnshape.zoo.parts import Piece, conv_norm, divisible, named, network, part, size, squeeze_excite

__all__ = ["regnet"]

_STEM = 32


def _stages(depth: int, first: int, slope: float, factor: float, group: int) -> list[tuple[int, int, int]]:
    """Return (channels, units, channels of a group) of the stages.

    The channels of unit i lie on the line `first + slope*i`. They are rounded to `first` times a power of `factor`,
    then to multiples of 8, last to multiples of a group.
    """
    powers = [round(log((first + slope * i) / first) / log(factor)) for i in range(depth)]
    units = [round(first * factor**power / 8) * 8 for power in powers]
    return [(divisible(width, each := min(group, width)), units.count(width), each) for width in dict.fromkeys(units)]


def _unit(inp: int, out: int, stride: int, group: int, squeeze: float) -> Piece:
    more: dict[str, Piece] = {"se": squeeze_excite(out, round(squeeze * inp))} if squeeze else {}
    main = named(
        {"a": conv_norm(out), "b": conv_norm(out, 3, stride, groups=out // group)},
        **more,
        c=conv_norm(out, activation=None),
    )
    beside = conv_norm(out, 1, stride, activation=None) if inp != out or stride != 1 else None

    def apply(x: Tensor) -> Tensor:
        shortcut = x if beside is None else part("proj", beside, x)
        return part("activation", L.ReLU(), L.Add()([shortcut, part("f", main, x)]))

    return apply


def regnet(
    name: str,
    depth: int,
    first_width: int,
    slope: float,
    factor: float,
    group_width: int,
    *,
    squeeze: float = 0,
    num_classes: Size | str = 1000,
    in_channels: Size | str = 3,
) -> Network:
    """Return a RegNet under torchvision's names.

    Parameters
    ----------
    name : what the network is called
    depth : units of all stages (the paper's d)
    first_width : channels of the first unit (w_0)
    slope : channels by which each unit would be wider than the one before (w_a)
    factor : of the channels of one stage to those of the one before (w_m)
    group_width : channels of each group of the 3x3 convolutions (g)
    squeeze : hidden channels of squeeze-and-excitation for each input channel of a unit; 0: RegNetX, which has none
    num_classes, in_channels : numbers, or formulas

    References
    ----------
    .. [1] Radosavovic, Kosaraju, Girshick, He, Dollar: Designing Network Design Spaces, CVPR 2020,
       doi 10.1109/CVPR42600.2020.01044
    """
    within("depth", depth, 1, 10_000)
    within("first_width", first_width, 8, 100_000)
    within("slope", slope, 0, 100_000, whole=False)
    within("factor", factor, 1.01, 100, whole=False)
    within("group_width", group_width, 1, 100_000)
    within("squeeze", squeeze, 0, 100, whole=False)
    blocks: dict[str, Piece] = {}
    inp = _STEM
    for i, (width, count, group) in enumerate(_stages(depth, first_width, slope, factor, group_width), 1):
        units = {
            f"block{i}-{j}": _unit(width if j else inp, width, 1 if j else 2, group, squeeze) for j in range(count)
        }
        blocks[f"block{i}"] = named(units)
        inp = width
    body = named(
        stem=conv_norm(_STEM, 3, 2), trunk_output=named(blocks), avgpool=L.AdaptiveAvgPool(1), flatten=L.Flatten(),
        fc=L.Linear(size(num_classes), in_features=inp),
    )  # fmt: skip
    return network(name, body, in_channels, H=224, W=224)
