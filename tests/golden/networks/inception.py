"""GoogLeNet and Inception-v3 of torchvision."""

from cnnshape import Input, Network
from cnnshape import layers as L
from tests.golden.networks.parts import conv, named, part, seq


def basic(out, k=1, s=1, p=0):
    return named(conv=conv(out, k, s, p), bn=L.BatchNorm(eps=0.001), relu=L.ReLU())


def at(name, *pieces):
    """A branch under its name; one of several pieces has them as `name_1`, `name_2`, ..."""
    if len(pieces) == 1:
        return lambda x: part(name, pieces[0], x)
    return named(**{f"{name}_{i}": piece for i, piece in enumerate(pieces, 1)})


def branches(*paths):
    return lambda x: L.Concat()([path(x) for path in paths])


# --- GoogLeNet: its 5x5 is a 3x3, as torchvision has it -------------------------------------------------------------


def inception(one, *rest):
    three, out3, five, out5, pool = rest
    return branches(
        at("branch1", basic(one)),
        at("branch2", seq(basic(three), basic(out3, 3, 1, 1))),
        at("branch3", seq(basic(five), basic(out5, 3, 1, 1))),
        at("branch4", seq(L.MaxPool(3, stride=1, padding=1, ceil_mode=True), basic(pool))),
    )


MODULES = {
    "inception3a": (64, 96, 128, 16, 32, 32), "inception3b": (128, 128, 192, 32, 96, 64), "maxpool3": 3,
    "inception4a": (192, 96, 208, 16, 48, 64), "inception4b": (160, 112, 224, 24, 64, 64),
    "inception4c": (128, 128, 256, 24, 64, 64), "inception4d": (112, 144, 288, 32, 64, 64),
    "inception4e": (256, 160, 320, 32, 128, 128), "maxpool4": 2,
    "inception5a": (256, 160, 320, 32, 128, 128), "inception5b": (384, 192, 384, 48, 128, 128),
}  # fmt: skip


def googlenet(aux=False):
    def pool(k):
        return L.MaxPool(k, stride=2, ceil_mode=True)

    start = Input("input", (3, "H", "W"))
    x = named(conv1=basic(64, 7, 2, 3), maxpool1=pool(3), conv2=basic(64), conv3=basic(192, 3, 1, 1), maxpool2=pool(3))(
        start
    )
    held = []
    for name, row in MODULES.items():
        if aux and name in ("inception4b", "inception4e"):
            head = named(
                pool=L.AdaptiveAvgPool(4), conv=basic(128), flatten=L.Flatten(), fc1=L.Linear(1024), relu=L.ReLU(),
                dropout=L.Dropout(0.7), fc2=L.Linear(1000),
            )  # fmt: skip
            held.append(part(f"aux{len(held) + 1}", head, x))
        x = part(name, pool(row) if isinstance(row, int) else inception(*row), x)
    y = named(avgpool=L.AdaptiveAvgPool(1), flatten=L.Flatten(), dropout=L.Dropout(0.2), fc=L.Linear(1000))(x)
    return Network("googlenet", inputs=start, outputs=y, held=held, defaults={"H": 224, "W": 224})


# --- Inception-v3 ---------------------------------------------------------------------------------------------------


RIGHT, DOWN = {"k": (1, 7), "p": (0, 3)}, {"k": (7, 1), "p": (3, 0)}


def pooled(out):
    return lambda x: part("branch_pool", basic(out), L.AvgPool(3, stride=1, padding=1)(x))


def mixed_5(pool):
    return branches(
        at("branch1x1", basic(64)),
        at("branch5x5", basic(48), basic(64, 5, 1, 2)),
        at("branch3x3dbl", basic(64), basic(96, 3, 1, 1), basic(96, 3, 1, 1)),
        pooled(pool),
    )


def mixed_6(c):
    return branches(
        at("branch1x1", basic(192)),
        at("branch7x7", basic(c), basic(c, **RIGHT), basic(192, **DOWN)),
        at("branch7x7dbl", basic(c), basic(c, **DOWN), basic(c, **RIGHT), basic(c, **DOWN), basic(192, **RIGHT)),
        pooled(192),
    )


def mixed_7():
    def corners(name):
        return branches(at(f"{name}a", basic(384, (1, 3), 1, (0, 1))), at(f"{name}b", basic(384, (3, 1), 1, (1, 0))))

    def three(x):
        return corners("branch3x3_2")(part("branch3x3_1", basic(384), x))

    def double(x):
        return corners("branch3x3dbl_3")(at("branch3x3dbl", basic(448), basic(384, 3, 1, 1))(x))

    return branches(at("branch1x1", basic(320)), three, double, pooled(192))


def reduced(*paths):
    return branches(*paths, L.MaxPool(3, stride=2))


def inception_v3():
    start = Input("input", (3, "H", "W"))
    x = named(
        Conv2d_1a_3x3=basic(32, 3, 2), Conv2d_2a_3x3=basic(32, 3), Conv2d_2b_3x3=basic(64, 3, 1, 1),
        maxpool1=L.MaxPool(3, stride=2), Conv2d_3b_1x1=basic(80), Conv2d_4a_3x3=basic(192, 3),
        maxpool2=L.MaxPool(3, stride=2), Mixed_5b=mixed_5(32), Mixed_5c=mixed_5(64), Mixed_5d=mixed_5(64),
        Mixed_6a=reduced(
            at("branch3x3", basic(384, 3, 2)),
            at("branch3x3dbl", basic(64), basic(96, 3, 1, 1), basic(96, 3, 2)),
        ),
        Mixed_6b=mixed_6(128), Mixed_6c=mixed_6(160), Mixed_6d=mixed_6(160), Mixed_6e=mixed_6(192),
    )(start)  # fmt: skip
    aux = named(
        pool=L.AvgPool(5, stride=3), conv0=basic(128), conv1=basic(768, 5), avgpool=L.AdaptiveAvgPool(1),
        flatten=L.Flatten(), fc=L.Linear(1000),
    )  # fmt: skip
    held = part("AuxLogits", aux, x)
    y = named(
        Mixed_7a=reduced(
            at("branch3x3", basic(192), basic(320, 3, 2)),
            at("branch7x7x3", basic(192), basic(192, **RIGHT), basic(192, **DOWN), basic(192, 3, 2)),
        ),
        Mixed_7b=mixed_7(), Mixed_7c=mixed_7(),
        avgpool=L.AdaptiveAvgPool(1), dropout=L.Dropout(), flatten=L.Flatten(), fc=L.Linear(1000),
    )(x)  # fmt: skip
    return Network("inception_v3", inputs=start, outputs=y, held=held, defaults={"H": 299, "W": 299})
