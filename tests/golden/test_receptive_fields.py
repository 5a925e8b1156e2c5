"""Published receptive fields: size, effective stride, effective padding.

Source: Araujo, Norris, Sim: Computing Receptive Fields of Convolutional Neural Networks, Distill 2019, doi
10.23915/distill.00021, with the table of its library (TF-Slim's networks). The numbers of torchvision's networks and of
the U-Nets were found by poisoning pixels. The field is that of the last feature map. Networks that the zoo does not
have are built from their windows alone: one channel everywhere.
"""

from functools import partial

import pytest

import cnnshape as cs
from cnnshape.analysis.receptive_field import receptive_fields
from cnnshape.graph.build import Input, sequential
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import propagate
from cnnshape.layers.conv import Conv
from cnnshape.layers.merge import Add, Concat
from cnnshape.layers.pool import MaxPool
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


def windows(layers):
    x = Input("image", (1, "H", "W"))
    return Network("published", inputs=x, outputs=sequential(*layers)(x))


def slim(name, **arguments):
    return partial(cs.zoo, name, variant="slim", **arguments)


LAST_UNIT = "layer4.2.relu_3"
SLIM = [
    ("alexnet_v2", slim("alexnet"), "features.12", 195, 32, 64),
    ("vgg_16", slim("vgg16"), "features.30", 212, 32, 90),
    ("mobilenet_v1", slim("mobilenet_v1"), "blocks.4.1.act2", 315, 32, 126),
    ("mobilenet_v1_075", slim("mobilenet_v1", width_mult=0.75), "blocks.4.1.act2", 315, 32, 126),
    ("resnet_v1_50", slim("resnet50"), LAST_UNIT, 483, 32, 239),
    ("resnet_v1_101", slim("resnet101"), LAST_UNIT, 1027, 32, 511),
    ("resnet_v1_152", slim("resnet152"), LAST_UNIT, 1507, 32, 751),
    ("resnet_v1_200", slim("resnet152", depths=(3, 24, 36, 3)), LAST_UNIT, 1763, 32, 879),
    ("inception_v2", partial(windows, inception_v2()), "", 699, 32, 318),
    ("inception_v3", slim("inception_v3"), "Mixed_7c.concat3", 1311, 32, 618),
    ("inception_v4", partial(windows, inception_v4()), "", 2071, 32, 998),
    ("inception_resnet_v2", partial(windows, inception_resnet_v2()), "", 3039, 32, 1482),
]
POISONED = [
    ("resnet50", {}, LAST_UNIT, 427, 32, "exact"),
    ("resnet152", {}, LAST_UNIT, 1451, 32, "exact"),
    ("densenet201", {}, "relu", 3863, 32, "exact"),
    ("efficientnet_b7", {}, "features.8.2", 3079, 32, "whole input"),
    ("unet", {"depth": 4}, "", 215, 1, "upper bound"),
    ("unet", {"depth": 5}, "", 439, 1, "upper bound"),
    ("unet", {"depth": 6}, "", 887, 1, "upper bound"),
]


def field(network, tensor):
    walked = propagate(network)
    assert walked.faults == ()
    return receptive_fields(walked), tensor or next(iter(network.outputs.values()))


@pytest.mark.parametrize(
    ("build", "tensor", "size", "stride", "padding"), [row[1:] for row in SLIM], ids=[row[0] for row in SLIM]
)
def test_the_table_of_slim_networks(build, tensor, size, stride, padding):
    fields, tensor = field(build(), tensor)
    found = fields.of(tensor)
    assert (found.size, found.stride, found.status) == ((size, size), (stride, stride), "exact")
    # Padding SAME depends on the size: the table's is that of sizes which 32 divides.
    at = {"H": 224, "W": 320}
    assert [-evaluate(offset, at) for offset in found.offset] == [padding, padding]


@pytest.mark.parametrize(("name", "arguments", "tensor", "size", "stride", "status"), POISONED)
def test_networks_whose_pixels_were_poisoned(name, arguments, tensor, size, stride, status):
    fields, tensor = field(cs.zoo(name, **arguments), tensor)
    found = fields.of(tensor)
    assert (found.size, found.stride, found.status) == ((size, size), (stride, stride), status)
    assert fields.misaligned == ()


def test_same_padding_offset_is_a_formula_of_the_size():
    fields, tensor = field(cs.zoo("mobilenet_v1", variant="slim"), "blocks.4.1.act2")
    offset = fields.of(tensor).offset[0]
    # Stride 2 pads (0, 1) where the map is even and (1, 1) where it is odd: at 1 pixel more all five maps are odd.
    assert -evaluate(offset, {"H": 225}) == 126 + 1 + 2 + 4 + 8 + 16
