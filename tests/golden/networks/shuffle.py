"""ShuffleNetV2 and RegNet of torchvision."""

from math import log

from cnnshape import layers as L
from tests.golden.networks.parts import conv, divisible, named, network, part, seq, squeeze_excite


def narrow(half, s):
    return seq(
        conv(half), L.BatchNorm(), L.ReLU(), conv(half, 3, s, groups=half), L.BatchNorm(),
        conv(half), L.BatchNorm(), L.ReLU(),
    )  # fmt: skip


def shuffle_unit(out):
    """Half of the channels pass, half are worked on."""

    def apply(x):
        halves = L.Chunk(2)(x)
        return L.ChannelShuffle(2)(L.Concat()([halves[0], part("branch2", narrow(out // 2, 1), halves[1])]))

    return apply


def shuffle_down(inp, out):
    def apply(x):
        one = seq(conv(inp, 3, 2, groups=inp), L.BatchNorm(), conv(out // 2), L.BatchNorm(), L.ReLU())
        return L.ChannelShuffle(2)(L.Concat()([part("branch1", one, x), part("branch2", narrow(out // 2, 2), x)]))

    return apply


def shufflenet_v2(name, widths):
    stem, *stages, last = widths
    inputs = (stem, *stages)
    rows = {
        f"stage{i + 2}": seq(shuffle_down(inputs[i], out), *(shuffle_unit(out) for _ in range(count - 1)))
        for i, (out, count) in enumerate(zip(stages, (4, 8, 4), strict=True))
    }
    body = named(
        conv1=seq(conv(stem, 3, 2), L.BatchNorm(), L.ReLU()), maxpool=L.MaxPool(3, stride=2, padding=1), **rows,
        conv5=seq(conv(last), L.BatchNorm(), L.ReLU()), mean=L.ReduceMean((2, 3)), fc=L.Linear(1000),
    )  # fmt: skip
    return network(name, body, H=224, W=224)


# --- RegNet: widths from a line, quantized to powers of a factor (Radosavovic et al. 2020) --------------------------


def widths_of(depth, first, slope, factor, group):
    """[(width, blocks, group width)] of the stages."""
    powers = [round(log((first + slope * i) / first) / log(factor)) for i in range(depth)]
    blocks = [round(first * factor**power / 8) * 8 for power in powers]
    stages = []
    for width in dict.fromkeys(blocks):
        each = min(group, width)
        stages.append((divisible(width, each), blocks.count(width), each))
    return stages


def regnet_unit(inp, out, stride, group, ratio):
    def apply(x):
        y = x
        if inp != out or stride != 1:
            x = part("proj", seq(conv(out, 1, stride), L.BatchNorm()), x)
        squeeze = {"se": squeeze_excite(out, round(ratio * inp))} if ratio else {}
        body = named(
            a=seq(conv(out), L.BatchNorm(), L.ReLU()),
            b=seq(conv(out, 3, stride, groups=out // group), L.BatchNorm(), L.ReLU()),
            **squeeze,
            c=seq(conv(out), L.BatchNorm()),
        )
        return L.ReLU()(L.Add()([x, part("f", body, y)]), name="activation")

    return apply


def regnet(name, depth, first, slope, factor, group, ratio=None):
    inp, stages = 32, {}
    for i, (width, count, each) in enumerate(widths_of(depth, first, slope, factor, group), 1):
        rows = {
            f"block{i}-{j}": regnet_unit(width if j else inp, width, 1 if j else 2, each, ratio) for j in range(count)
        }
        stages[f"block{i}"] = named(**rows)
        inp = width
    body = named(
        stem=seq(conv(32, 3, 2), L.BatchNorm(), L.ReLU()), trunk_output=named(**stages),
        avgpool=L.AdaptiveAvgPool(1), flatten=L.Flatten(), fc=L.Linear(1000),
    )  # fmt: skip
    return network(name, body, H=224, W=224)
