"""Published receptive fields: size, effective stride, effective padding.

Source: Araujo, Norris, Sim: Computing Receptive Fields of Convolutional Neural Networks, Distill 2019, doi
10.23915/distill.00021, with the table of its library (TF-Slim's networks). The numbers of torchvision's networks and of
the U-Nets were found by poisoning pixels. The networks are built from their windows alone: one channel everywhere.
"""

import pytest

from cnnshape.analysis.receptive_field import receptive_fields
from cnnshape.graph.build import Input, sequential
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import propagate
from cnnshape.layers.activation import Sigmoid
from cnnshape.layers.conv import Conv, ConvTranspose
from cnnshape.layers.merge import Add, Concat, Multiply
from cnnshape.layers.pool import AvgPool, GlobalAvgPool, MaxPool
from cnnshape.symbolic import evaluate

SAME, VALID = "same_upper", "valid"


def conv(k, s=1, padding=None):
    half = tuple(i // 2 for i in k) if isinstance(k, tuple) else k // 2
    return Conv(1, kernel_size=k, stride=s, padding=half if padding is None else padding)


def tf_pool(s=2, padding=VALID):
    """Slim's pools; one over SAME is seen as a convolution, which has the same window."""
    return MaxPool(3, stride=s) if padding == VALID else conv(3, s, SAME)


def branches(*rows, join=Concat):
    """The branches, each a layer or a list of them, brought together and to one channel."""
    paths = [sequential(*row) if isinstance(row, list) else row for row in rows]
    return lambda x: conv(1)(join()([path(x) for path in paths]))


def either(*layers):
    return branches(*layers)


def alexnet_v2():
    return [conv(11, 4, VALID), tf_pool(), conv(5), tf_pool(), conv(3), conv(3), conv(3), tf_pool()]


def vgg_16():
    return [layer for convs in (2, 2, 3, 3, 3) for layer in (*[conv(3)] * convs, MaxPool(2))]


def mobilenet_v1():
    strides = (2, 1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
    return [layer for s in strides for layer in (conv(3, s, SAME), conv(1))]


def resnet_v1(*units):
    """Slim's: the stride stands on the 3x3 of a block's last unit; strided convolutions pad one pixel on both sides."""
    layers = [conv(7, 2), tf_pool(2, SAME)]
    for block, count in enumerate(units):
        for unit in range(count):
            s = 2 if unit == count - 1 and block < 3 else 1
            layers.append(branches([conv(1), conv(3, s), conv(1)], conv(1, s), join=Add))
    return layers


def resnet_torchvision(*units):
    """The stride stands on the 3x3 of a stage's first unit (v1.5)."""
    layers = [conv(7, 2), MaxPool(3, stride=2, padding=1)]
    for stage, count in enumerate(units):
        for unit in range(count):
            s = 2 if stage and unit == 0 else 1
            layers.append(branches([conv(1), conv(3, s), conv(1)], conv(1, s), join=Add))
    return layers


def inception_a(five=True):
    return branches(
        conv(1), [conv(1), conv(5) if five else conv(3)], [conv(1), conv(3), conv(3)], [tf_pool(1, SAME), conv(1)]
    )


def inception_b():
    twice = [conv((7, 1)), conv((1, 7))]
    return branches(conv(1), [conv(1), *twice], [conv(1), *twice, *twice], [tf_pool(1, SAME), conv(1)])


def inception_c(*before):
    corners = either(conv((1, 3)), conv((3, 1)))
    return branches(conv(1), [conv(1), corners], [conv(1), *before, corners], [tf_pool(1, SAME), conv(1)])


def down(*more, padding=VALID):
    """A reduction: a pool beside 3x3 convolutions of stride 2, some with convolutions before."""
    return branches(tf_pool(2, padding), *([conv(1), *row, conv(3, 2, padding)] for row in more))


def inception_v2():
    def four():
        return inception_a(five=False)

    halved = down([], [conv(3)], padding=SAME)
    return [
        conv(7, 2, SAME), tf_pool(2, SAME), conv(1), conv(3), tf_pool(2, SAME), four(), four(),
        halved, four(), four(), four(), four(), halved, four(), four(),
    ]  # fmt: skip


def inception_v3():
    stem = [conv(3, 2, VALID), conv(3, 1, VALID), conv(3), tf_pool(), conv(1), conv(3, 1, VALID), tf_pool()]
    first, middle, last = [inception_a()] * 3, [inception_b()] * 4, [inception_c(conv(3))] * 2
    sevens = [conv((1, 7)), conv((7, 1))]
    return [*stem, *first, down([], [conv(3)]), *middle, down([], sevens), *last]


def inception_v4():
    sevens = [conv((1, 7)), conv((7, 1))]
    stem = [
        conv(3, 2, VALID), conv(3, 1, VALID), conv(3),
        either(tf_pool(), conv(3, 2, VALID)),
        branches([conv(1), conv(3, 1, VALID)], [conv(1), *sevens, conv(3, 1, VALID)]),
        either(conv(3, 2, VALID), tf_pool()),
    ]  # fmt: skip
    first, middle = [inception_a(five=False)] * 4, [inception_b()] * 7
    last = [inception_c(conv((3, 1)), conv((1, 3)))] * 3
    return [*stem, *first, down([], [conv(3)]), *middle, down([], sevens), *last]


def inception_resnet_v2():
    def unit(*paths):
        return branches(conv(1), sequential(*paths), join=Add)

    def residual(*rows):
        return lambda x: Add()([x, branches(conv(1), *([conv(1), *row] for row in rows))(x)])

    stem = [conv(3, 2, VALID), conv(3, 1, VALID), conv(3), tf_pool(), conv(1), conv(3, 1, VALID), tf_pool()]
    return [
        *stem, inception_a(), *[residual([conv(3)], [conv(3), conv(3)])] * 10,
        down([], [conv(3)]), *[residual([conv((1, 7)), conv((7, 1))])] * 20,
        down([], [], [conv(3)]), *[residual([conv((1, 3)), conv((3, 1))])] * 10,
    ]  # fmt: skip


def densenet(*units):
    layers = [conv(7, 2), MaxPool(3, stride=2, padding=1)]
    for block, count in enumerate(units):
        layers += [lambda x: Concat()([x, sequential(conv(1), conv(3))(x)])] * count
        if block < len(units) - 1:
            layers += [conv(1), AvgPool(2)]
    return layers


def efficientnet_b7():
    """Kernels, strides and repeats of B0 times the depth factor 3.1, rounded up; every block squeezes and excites."""

    def mbconv(k, s):
        def apply(x):
            y = sequential(conv(1), conv(k, s))(x)
            return conv(1)(Multiply()([y, sequential(GlobalAvgPool(), conv(1), Sigmoid())(y)]))

        return apply

    stages = ((3, 1, 4), (3, 2, 7), (5, 2, 7), (3, 2, 10), (5, 1, 10), (5, 2, 13), (3, 1, 4))
    blocks = [mbconv(k, s if i == 0 else 1) for k, s, repeats in stages for i in range(repeats)]
    return [conv(3, 2), *blocks, conv(1)]


def unet(depth):
    def build(x):
        skips = []
        for _ in range(depth):
            skips.append(sequential(conv(3), conv(3))(x))
            x = MaxPool(2)(skips[-1])
        x = sequential(conv(3), conv(3))(x)
        for skip in reversed(skips):
            up = ConvTranspose(1, kernel_size=2, stride=2)(x)
            x = sequential(conv(3), conv(3))(Concat()([skip, up]))
        return x

    return [build]


def field(layers):
    x = Input("image", (1, "H", "W"))
    network = Network("published", inputs=x, outputs=sequential(*layers)(x))
    walked = propagate(network)
    assert walked.faults == ()
    return receptive_fields(walked), next(iter(network.outputs.values()))


SLIM = [
    ("alexnet_v2", alexnet_v2(), 195, 32, 64),
    ("vgg_16", vgg_16(), 212, 32, 90),
    ("mobilenet_v1", mobilenet_v1(), 315, 32, 126),
    ("resnet_v1_50", resnet_v1(3, 4, 6, 3), 483, 32, 239),
    ("resnet_v1_101", resnet_v1(3, 4, 23, 3), 1027, 32, 511),
    ("resnet_v1_152", resnet_v1(3, 8, 36, 3), 1507, 32, 751),
    ("resnet_v1_200", resnet_v1(3, 24, 36, 3), 1763, 32, 879),
    ("inception_v2", inception_v2(), 699, 32, 318),
    ("inception_v3", inception_v3(), 1311, 32, 618),
    ("inception_v4", inception_v4(), 2071, 32, 998),
    ("inception_resnet_v2", inception_resnet_v2(), 3039, 32, 1482),
]
POISONED = [
    ("resnet50", resnet_torchvision(3, 4, 6, 3), 427, 32, "exact"),
    ("resnet152", resnet_torchvision(3, 8, 36, 3), 1451, 32, "exact"),
    ("densenet201", densenet(6, 12, 48, 32), 3863, 32, "exact"),
    ("efficientnet_b7", efficientnet_b7(), 3079, 32, "whole input"),
    ("unet 4", unet(4), 215, 1, "upper bound"),
    ("unet 5", unet(5), 439, 1, "upper bound"),
    ("unet 6", unet(6), 887, 1, "upper bound"),
]


@pytest.mark.parametrize(
    ("layers", "size", "stride", "padding"), [row[1:] for row in SLIM], ids=[row[0] for row in SLIM]
)
def test_the_table_of_slim_networks(layers, size, stride, padding):
    fields, tensor = field(layers)
    found = fields.of(tensor)
    assert (found.size, found.stride, found.status) == ((size, size), (stride, stride), "exact")
    # Padding SAME depends on the size: the table's is that of sizes which 32 divides.
    at = {"H": 224, "W": 320}
    assert [-evaluate(offset, at) for offset in found.offset] == [padding, padding]


@pytest.mark.parametrize(
    ("layers", "size", "stride", "status"), [row[1:] for row in POISONED], ids=[row[0] for row in POISONED]
)
def test_networks_whose_pixels_were_poisoned(layers, size, stride, status):
    fields, tensor = field(layers)
    found = fields.of(tensor)
    assert (found.size, found.stride, found.status) == ((size, size), (stride, stride), status)
    assert fields.misaligned == ()


def test_same_padding_offset_is_a_formula_of_the_size():
    fields, tensor = field(mobilenet_v1())
    offset = fields.of(tensor).offset[0]
    # Stride 2 pads (0, 1) where the map is even and (1, 1) where it is odd: at 1 pixel more all five maps are odd.
    assert -evaluate(offset, {"H": 225}) == 126 + 1 + 2 + 4 + 8 + 16
