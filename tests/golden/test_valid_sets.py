"""Valid sets of known designs, as sets and word for word.

The texts are what running the published designs in PyTorch over ranges of sizes gave (720 runs). Here each is built
from its layers alone, with few channels where their number does not matter.
"""

import pytest

from cnnshape.analysis.fitting.validity import validity
from cnnshape.graph.build import Input, sequential
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import propagate
from cnnshape.layers.conv import Conv, ConvTranspose
from cnnshape.layers.linear import Linear
from cnnshape.layers.merge import Add, Concat, Multiply
from cnnshape.layers.pad import CenterCrop
from cnnshape.layers.pool import AdaptiveAvgPool, AvgPool, GlobalAvgPool, MaxPool
from cnnshape.layers.reshape import Flatten
from cnnshape.symbolic import IntegerSet


def conv(k=3, s=1, p=None, channels=4):
    return Conv(channels, kernel_size=k, stride=s, padding=k // 2 if p is None else p)


def resnet50(x):
    x = MaxPool(3, stride=2, padding=1)(conv(7, 2)(x))
    for stage, units in enumerate((3, 4, 6, 3)):
        for unit in range(units):
            s = 2 if stage and not unit else 1
            short = conv(1, s)(x) if not unit else x
            x = Add()([sequential(conv(1), conv(3, s), conv(1))(x), short])
    return Flatten()(GlobalAvgPool()(x))


def densenet121(x):
    x = MaxPool(3, stride=2, padding=1)(conv(7, 2)(x))
    for block, units in enumerate((6, 12, 24, 16)):
        for _ in range(units):
            x = Concat()([x, sequential(conv(1), conv(3))(x)])
        if block < 3:
            x = AvgPool(2)(conv(1)(x))
    return GlobalAvgPool()(x)


def alexnet_features(padding):
    return sequential(
        conv(11, 4, padding), MaxPool(3, stride=2), conv(5), MaxPool(3, stride=2),
        conv(3), conv(3), conv(3, channels=256), MaxPool(3, stride=2),
    )  # fmt: skip


def vgg16(x):
    for convs in (2, 2, 3, 3, 3):
        x = sequential(*(conv() for _ in range(convs)), MaxPool(2))(x)
    return Linear(10)(Flatten()(AdaptiveAvgPool(7)(x)))


def squeezenet11(x):
    def fire(x):
        x = conv(1)(x)
        return Concat()([conv(1)(x), conv(3)(x)])

    def pool():
        return MaxPool(3, stride=2, ceil_mode=True)

    x = sequential(conv(3, 2, 0), pool(), fire, fire, pool(), fire, fire, pool(), fire, fire, fire, fire, conv(1))(x)
    return AdaptiveAvgPool(1)(x)


def unet(depth):
    """3x3 convolutions that keep the size, 2x2 pools, 2x2 up-convolutions, skips concatenated."""

    def two(x):
        return sequential(conv(), conv())(x)

    def build(x):
        skips = []
        for _ in range(depth):
            skips.append(two(x))
            x = MaxPool(2)(skips[-1])
        x = two(x)
        for skip in reversed(skips):
            x = two(Concat()([skip, ConvTranspose(4, kernel_size=2, stride=2)(x)]))
        return x

    return build


def mobilenet_v2(x):
    x = conv(3, 2)(x)
    for repeats, stride in ((1, 1), (2, 2), (3, 2), (4, 2), (3, 1), (3, 2), (1, 1)):
        for i in range(repeats):
            s = 1 if i else stride
            y = sequential(conv(1), Conv(4, kernel_size=3, stride=s, padding=1, groups=4), conv(1))(x)
            x = Add()([x, y]) if i else y
    return GlobalAvgPool()(x)


def efficientnet_b0(x):
    def gated(x):  # squeeze and excitation: a vector times the map
        return Multiply()([x, sequential(GlobalAvgPool(), conv(1), conv(1))(x)])

    x = conv(3, 2)(x)
    for k, repeats, stride in ((3, 1, 1), (3, 2, 2), (5, 2, 2), (3, 3, 2), (5, 3, 1), (5, 4, 2), (3, 1, 1)):
        for i in range(repeats):
            y = sequential(conv(1), Conv(4, kernel_size=k, stride=1 if i else stride, padding=k // 2, groups=4))(x)
            y = conv(1)(gated(y))
            x = Add()([x, y]) if i else y
    return GlobalAvgPool()(conv(1)(x))


def googlenet(x):
    """torchvision: pools in ceil mode; a branch of each module pools with stride 1."""

    def pool(k=3):
        return MaxPool(k, stride=2, ceil_mode=True)

    def module(x):
        pooled = MaxPool(3, stride=1, padding=1, ceil_mode=True)
        return Concat()([conv(1)(x), conv(3)(conv(1)(x)), conv(3)(conv(1)(x)), conv(1)(pooled(x))])

    x = sequential(conv(7, 2), pool(), conv(1), conv(3), pool(), module, module, pool())(x)
    for _ in range(5):
        x = module(x)
    x = sequential(pool(2), module, module)(x)
    return GlobalAvgPool()(x)


def inception_v3(x):
    def wide(k):
        return sequential(conv(1), Conv(4, kernel_size=(1, k), padding=(0, k // 2)),
                          Conv(4, kernel_size=(k, 1), padding=(k // 2, 0)))  # fmt: skip

    def pooled():
        return sequential(AvgPool(3, stride=1, padding=1), conv(1))

    def modules(count, k):
        def build(x):
            for _ in range(count):
                x = Concat()([conv(1)(x), wide(k)(x), conv(3)(conv(1)(x)), pooled()(x)])
            return x

        return build

    def halved(x):
        return Concat()([conv(3, 2, 0)(x), conv(3, 2, 0)(conv(3)(conv(1)(x))), MaxPool(3, stride=2)(x)])

    stem = (conv(3, 2, 0), conv(3, 1, 0), conv(3), MaxPool(3, stride=2), conv(1), conv(3, 1, 0), MaxPool(3, stride=2))
    x = sequential(*stem, modules(3, 5), halved, modules(4, 7), halved, modules(2, 3))(x)
    return GlobalAvgPool()(x)


def stride3_skips(x):
    up = ConvTranspose(4, kernel_size=3, stride=3)
    a = conv()(x)
    b = MaxPool(3)(a)
    c = MaxPool(3)(b)
    return Add()([a, ConvTranspose(4, kernel_size=3, stride=3)(Add()([b, up(c)]))])


DESIGNS = [
    ("resnet50", "every stage halves upwards, the head is global", resnet50, "any H"),
    ("mobilenet_v2", "as ResNet", mobilenet_v2, "any H"),
    ("efficientnet_b0", "as ResNet; the gates are vectors", efficientnet_b0, "any H"),
    ("googlenet", "ceil mode, and padded convolutions", googlenet, "H >= 15"),
    ("inception_v3", "a stem without padding", inception_v3, "H >= 75"),
    ("densenet121", "three 2x2 pools need two pixels each", densenet121, "H >= 29"),
    ("alexnet", "torchvision, adaptive pooling before the head",
     sequential(alexnet_features(2), AdaptiveAvgPool(6), Flatten(), Linear(10, in_features=9216)), "H >= 63"),
    ("vgg16", "five halvings downwards", vgg16, "H >= 32"),
    ("squeezenet11", "ceil mode", squeezenet11, "H >= 17"),
    ("unet 4", "four levels", unet(4), "H % 16 == 0"),
    ("unet 5", "five levels", unet(5), "H % 32 == 0"),
    ("unet 6", "six levels", unet(6), "H % 64 == 0"),
    ("stride 3", "two levels of three", stride3_skips, "H % 9 == 0"),
    ("ceil and floor", "a padded and an unpadded halving",
     lambda x: Add()([MaxPool(2, ceil_mode=True)(x), MaxPool(2)(x)]), "H % 2 == 0"),
    ("k3 and k4", "k3 s2 p1 rounds up, k4 s2 p1 down",
     lambda x: Add()([conv(3, 2, 1)(x), conv(4, 2, 1)(x)]), "H % 2 == 0"),
    ("two k3s2 and k7s4", "7 = 3 + 2*(3 - 1), so they agree for all sizes",
     lambda x: Add()([sequential(conv(3, 2, 1), conv(3, 2, 1))(x), conv(7, 4, 3)(x)]), "any H"),
]  # fmt: skip


def network(build, channels=3, space=("H", "W")):
    x = Input("image", (channels, *space))
    return Network("design", inputs=x, outputs=build(x))


def found(build, **options):
    return validity(propagate(network(build, **options)))


@pytest.mark.parametrize(("build", "text"), [row[2:] for row in DESIGNS], ids=[row[0] for row in DESIGNS])
def test_a_known_design_takes_the_known_sizes(build, text):
    fits = found(build)
    if text == "any H":
        assert dict(fits.sets) == {}
    else:
        assert {name: str(each) for name, each in fits.sets.items()} == {"H": text, "W": text.replace("H", "W")}
    assert fits.relations == ()


@pytest.mark.parametrize(("padding", "text"), [(2, "H in 223..254"), (0, "H in 227..258")])
def test_alexnet_without_adaptive_pooling_explains_224_against_227(padding, text):
    head = sequential(alexnet_features(padding), Flatten(), Linear(4096, in_features=9216))
    fits = found(head)
    assert str(fits.sets["H"]) == text
    assert str(fits.sets["W"]) == text.replace("H", "W")
    assert [reason.layer for reason in fits.because["H"]] == ["linear1"]
    (relation,) = fits.relations
    assert relation.text.startswith(f"(6x6) {text}, ")
    assert fits.check({"H": 224, "W": 224}) is (padding == 2)
    # A square image only: one symbol for both axes is a quadratic, solved exactly.
    assert str(found(head, space=("H", "H")).sets["H"]) == text
    assert found(head, space=("H", "H")).relations == ()


def test_vgg16_before_adaptive_pooling_accepts_its_own_size_and_thin_ones():
    features = [
        layer for convs in (2, 2, 3, 3, 3) for layer in (*(conv(channels=512) for _ in range(convs)), MaxPool(2))
    ]
    fits = found(sequential(*features, Flatten(), Linear(10, in_features=25088)))
    assert str(fits.sets["H"]) == "H in 224..255"
    assert fits.relations[0].text == "(7x7) H in 224..255, W in 224..255, and 2 thin shapes"
    assert [fits.check({"H": h, "W": w}) for h, w in ((224, 255), (32, 49 * 32), (49 * 32, 63), (64, 224))] == [
        True, True, True, False,
    ]  # fmt: skip


def test_lenet_with_its_classic_head():
    build = sequential(
        conv(5, 1, 0, 6), AvgPool(2), conv(5, 1, 0, 16), AvgPool(2), Flatten(), Linear(120, in_features=400)
    )
    fits = found(build, channels=1)
    assert {name: str(each) for name, each in fits.sets.items()} == {"H": "H in 32..35", "W": "W in 32..35"}
    assert fits.sets["H"] == IntegerSet.interval(32, 35)
    assert fits.relations[0].text == "(5x5) H in 32..35, W in 32..35, and 2 thin shapes"


def test_resnets_last_map_before_a_fixed_head():
    # 512*ceil(H/32)*ceil(W/32) == 25088 = 512*49.
    fits = found(sequential(*(conv(3, 2, channels=512) for _ in range(5)), Flatten(), Linear(10, in_features=25088)))
    (relation,) = fits.relations
    assert relation.text == "(7x7) H in 193..224, W in 193..224, and 2 thin shapes"
    assert [(box.factors, str(box)) for box in relation.boxes] == [
        ((7, 7), "H in 193..224, W in 193..224"),
        ((1, 49), "H <= 32, W in 1537..1568"),
        ((49, 1), "H in 1537..1568, W <= 32"),
    ]


def original_unet(even):
    """Convolutions without padding, as Ronneberger et al. 2015; a skip is cropped to the map that it joins."""

    def two(x):
        return sequential(conv(3, 1, 0), conv(3, 1, 0))(x)

    def build(x):
        skips = []
        for _ in range(4):
            skips.append(two(x))
            x = MaxPool(2)(skips[-1])
            if even:  # a map of even size is what two windows of two cover without a rest
                x = Add()([x, MaxPool(2, ceil_mode=True)(skips[-1])])
        x = two(x)
        for skip in reversed(skips):
            x = ConvTranspose(4, kernel_size=2, stride=2)(x)
            x = two(Concat()([CenterCrop()([skip, x]), x]))
        return x

    return build


def test_the_original_unet_with_crops():
    fits = found(original_unet(even=False))
    assert str(fits.sets["H"]) == "H >= 188"


def test_the_original_unet_if_every_pooling_sees_an_even_map():
    net = network(original_unet(even=True))
    walked = propagate(net)
    fits = validity(walked)
    assert str(fits.sets["H"]) == "H >= 188 and H % 16 == 12"
    assert 572 in fits.sets["H"]
    out = walked.specs[next(iter(net.outputs.values()))].shape[2]
    assert str(fits.shortened(out)) == "H - 184"  # 572 -> 388 in the paper
