"""ShuffleNetV2."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape import layers as L  # as users write it
from cnnshape.errors import UsageError
from cnnshape.graph.build import Tensor
from cnnshape.graph.network import Network
from cnnshape.symbolic import Size
from cnnshape.zoo.arguments import counts
from cnnshape.zoo.parts import Piece, conv, conv_norm, named, network, part, seq, size

__all__ = ["shufflenet_v2"]


def _narrow(half: int, stride: int) -> Piece:
    return seq(
        conv(half), L.BatchNorm(), L.ReLU(), conv(half, 3, stride, groups=half), L.BatchNorm(),
        conv(half), L.BatchNorm(), L.ReLU(),
    )  # fmt: skip


def _unit(out: int) -> Piece:
    """Return a unit that passes half of the channels on and works on the other half."""

    def apply(x: Tensor) -> Tensor:
        halves = x.apply(L.Chunk(2))
        joined: Tensor = L.Concat()([halves[0], part("branch2", _narrow(out // 2, 1), halves[1])])
        return joined.apply(L.ChannelShuffle(2))

    return apply


def _down(inp: int, out: int) -> Piece:
    """Return a unit that halves the map; both branches take all channels."""
    one = seq(conv(inp, 3, 2, groups=inp), L.BatchNorm(), conv(out // 2), L.BatchNorm(), L.ReLU())

    def apply(x: Tensor) -> Tensor:
        joined: Tensor = L.Concat()([part("branch1", one, x), part("branch2", _narrow(out // 2, 2), x)])
        return joined.apply(L.ChannelShuffle(2))

    return apply


def shufflenet_v2(
    name: str,
    widths: Sequence[int],
    *,
    depths: Sequence[int] = (4, 8, 4),
    num_classes: Size | str = 1000,
    in_channels: Size | str = 3,
) -> Network:
    """Return ShuffleNetV2 under torchvision's names.

    Parameters
    ----------
    name : what the network is called
    widths : channels of the first convolution, of the three stages (even), and of the last convolution
    depths : units of each of the three stages
    num_classes, in_channels : numbers, or formulas

    References
    ----------
    .. [1] Ma, Zhang, Zheng, Sun: ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design, ECCV 2018,
       doi 10.1007/978-3-030-01264-9_8
    """
    stem, *stages, last = counts(
        "widths", widths, 5, "the channels of the first convolution, three stages and the last one"
    )
    inputs = (stem, *stages)
    if any(width % 2 for width in stages):
        raise UsageError(
            f"widths = {widths} has a stage of an odd number of channels",
            code="CS009",
            got=widths,
            rule="a unit of ShuffleNetV2 works on half of the channels: each stage has an even number",
            fix=f"widths={(stem, *(width + width % 2 for width in stages), last)}",
        )
    rows = {
        f"stage{i + 2}": seq(_down(inputs[i], out), *(_unit(out) for _ in range(1, count)))
        for i, (out, count) in enumerate(zip(stages, counts("depths", depths, 3), strict=True))
    }
    body = named(
        {"conv1": conv_norm(stem, 3, 2), "maxpool": L.MaxPool(3, stride=2, padding=1)},
        **rows,
        conv5=conv_norm(last), mean=L.ReduceMean((2, 3)), fc=L.Linear(size(num_classes), in_features=last),
    )  # fmt: skip
    return network(name, body, in_channels, H=224, W=224)
