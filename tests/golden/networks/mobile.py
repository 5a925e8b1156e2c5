"""MobileNetV2 and V3, EfficientNet and its second version, MNASNet: torchvision's networks of inverted residuals."""

from math import ceil

from cnnshape import layers as L
from tests.golden.networks.parts import conv, divisible, named, network, part, seq, squeeze_excite


def unit(out, k=1, s=1, *, groups=1, activation=L.ReLU6, eps=1e-5):
    """Convolution, batch norm and activation; activation None: none."""
    return seq(conv(out, k, s, groups=groups), L.BatchNorm(eps=eps), *([] if activation is None else [activation()]))


def head(*layers):
    return {"avgpool": L.AdaptiveAvgPool(1), "flatten": L.Flatten(), "classifier": seq(*layers)}


# --- MobileNetV2 ----------------------------------------------------------------------------------------------------

V2 = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


def inverted_v2(inp, out, stride, expand):
    wide = inp * expand
    pieces = [] if expand == 1 else [unit(wide)]
    body = seq(*pieces, unit(wide, 3, stride, groups=wide), conv(out), L.BatchNorm())

    def apply(x):
        y = part("conv", body, x)
        return L.Add()([x, y]) if stride == 1 and inp == out else y

    return apply


def mobilenet_v2():
    features, inp = [unit(32, 3, 2)], 32
    for expand, out, count, stride in V2:
        for i in range(count):
            features.append(inverted_v2(inp, out, 1 if i else stride, expand))
            inp = out
    body = named(features=seq(*features, unit(1280)), **head(L.Dropout(0.2), L.Linear(1000)))
    return network("mobilenet_v2", body, H=224, W=224)


# --- MobileNetV3: kernel, expanded, out, squeeze, hardswish, stride -------------------------------------------------

SMALL = (
    (3, 16, 16, 1, 0, 2), (3, 72, 24, 0, 0, 2), (3, 88, 24, 0, 0, 1), (5, 96, 40, 1, 1, 2), (5, 240, 40, 1, 1, 1),
    (5, 240, 40, 1, 1, 1), (5, 120, 48, 1, 1, 1), (5, 144, 48, 1, 1, 1), (5, 288, 96, 1, 1, 2), (5, 576, 96, 1, 1, 1),
    (5, 576, 96, 1, 1, 1),
)  # fmt: skip
LARGE = (
    (3, 16, 16, 0, 0, 1), (3, 64, 24, 0, 0, 2), (3, 72, 24, 0, 0, 1), (5, 72, 40, 1, 0, 2), (5, 120, 40, 1, 0, 1),
    (5, 120, 40, 1, 0, 1), (3, 240, 80, 0, 1, 2), (3, 200, 80, 0, 1, 1), (3, 184, 80, 0, 1, 1), (3, 184, 80, 0, 1, 1),
    (3, 480, 112, 1, 1, 1), (3, 672, 112, 1, 1, 1), (5, 672, 160, 1, 1, 2), (5, 960, 160, 1, 1, 1),
    (5, 960, 160, 1, 1, 1),
)  # fmt: skip


def inverted_v3(inp, k, wide, out, squeeze, hard, stride):
    activation = L.Hardswish if hard else L.ReLU
    pieces = [] if wide == inp else [unit(wide, activation=activation)]
    pieces.append(unit(wide, k, stride, groups=wide, activation=activation))
    if squeeze:
        pieces.append(squeeze_excite(wide, divisible(wide // 4), gate=L.Hardsigmoid))
    body = seq(*pieces, unit(out, activation=None))

    def apply(x):
        y = part("block", body, x)
        return L.Add()([x, y]) if stride == 1 and inp == out else y

    return apply


def mobilenet_v3(size):
    rows, last = (SMALL, 1024) if size == "small" else (LARGE, 1280)
    features, inp = [unit(16, 3, 2, activation=L.Hardswish)], 16
    for row in rows:
        features.append(inverted_v3(inp, *row))
        inp = row[2]
    features.append(unit(6 * inp, activation=L.Hardswish))
    body = named(features=seq(*features), **head(L.Linear(last), L.Hardswish(), L.Dropout(0.2), L.Linear(1000)))
    return network(f"mobilenet_v3_{size}", body, H=224, W=224)


# --- EfficientNet: fused, expansion, kernel, stride, in, out, count -------------------------------------------------

B0 = (
    (0, 1, 3, 1, 32, 16, 1), (0, 6, 3, 2, 16, 24, 2), (0, 6, 5, 2, 24, 40, 2), (0, 6, 3, 2, 40, 80, 3),
    (0, 6, 5, 1, 80, 112, 3), (0, 6, 5, 2, 112, 192, 4), (0, 6, 3, 1, 192, 320, 1),
)  # fmt: skip
V2_S = (
    (1, 1, 3, 1, 24, 24, 2), (1, 4, 3, 2, 24, 48, 4), (1, 4, 3, 2, 48, 64, 4), (0, 4, 3, 2, 64, 128, 6),
    (0, 6, 3, 1, 128, 160, 9), (0, 6, 3, 2, 160, 256, 15),
)  # fmt: skip
V2_M = (
    (1, 1, 3, 1, 24, 24, 3), (1, 4, 3, 2, 24, 48, 5), (1, 4, 3, 2, 48, 80, 5), (0, 4, 3, 2, 80, 160, 7),
    (0, 6, 3, 1, 160, 176, 14), (0, 6, 3, 2, 176, 304, 18), (0, 6, 3, 1, 304, 512, 5),
)  # fmt: skip
V2_L = (
    (1, 1, 3, 1, 32, 32, 4), (1, 4, 3, 2, 32, 64, 7), (1, 4, 3, 2, 64, 96, 7), (0, 4, 3, 2, 96, 192, 10),
    (0, 6, 3, 1, 192, 224, 19), (0, 6, 3, 2, 224, 384, 25), (0, 6, 3, 1, 384, 640, 7),
)  # fmt: skip


def mb_conv(fused, expand, k, stride, inp, out):
    wide = divisible(inp * expand)
    silu = {"activation": L.SiLU}
    if fused:
        pieces = [unit(wide, k, stride, **silu), unit(out, activation=None)]
        pieces = [unit(out, k, stride, **silu)] if wide == inp else pieces
    else:
        pieces = [] if wide == inp else [unit(wide, **silu)]
        squeeze = squeeze_excite(wide, max(1, inp // 4), L.SiLU)
        pieces += [unit(wide, k, stride, groups=wide, **silu), squeeze, unit(out, activation=None)]

    def apply(x):
        y = part("block", seq(*pieces), x)
        if stride == 1 and inp == out:
            y = L.Add()([L.DropPath(0.2)(y, name="stochastic_depth"), x])
        return y

    return apply


def efficientnet(name, rows=B0, width=1.0, depth=1.0, size=224, last=None):
    stem = divisible(rows[0][4] * width)
    features = [unit(stem, 3, 2, activation=L.SiLU)]
    for fused, expand, k, stride, inp, out, count in rows:
        inp, out = divisible(inp * width), divisible(out * width)
        features.append(
            seq(
                *(
                    mb_conv(fused, expand, k, 1 if i else stride, out if i else inp, out)
                    for i in range(ceil(count * depth))
                )
            )
        )
    features.append(unit(last or 4 * out, activation=L.SiLU))
    body = named(features=seq(*features), **head(L.Dropout(0.2), L.Linear(1000)))
    return network(name, body, H=size, W=size)


# --- MNASNet: kernel, stride, expansion, out, count -----------------------------------------------------------------

MNAS = ((3, 2, 3, 24, 3), (5, 2, 3, 40, 3), (5, 2, 6, 80, 3), (3, 1, 6, 96, 2), (5, 2, 6, 192, 4), (3, 1, 6, 320, 1))


def mnas_unit(inp, out, k, stride, expand):
    wide = inp * expand
    body = seq(
        conv(wide), L.BatchNorm(), L.ReLU(), conv(wide, k, stride, groups=wide), L.BatchNorm(), L.ReLU(),
        conv(out), L.BatchNorm(),
    )  # fmt: skip

    def apply(x):
        y = part("layers", body, x)
        return L.Add()([y, x]) if stride == 1 and inp == out else y

    return apply


def mnasnet(alpha):
    stem, inp = divisible(32 * alpha), divisible(16 * alpha)
    layers = [
        conv(stem, 3, 2), L.BatchNorm(), L.ReLU(), conv(stem, 3, groups=stem), L.BatchNorm(), L.ReLU(),
        conv(inp), L.BatchNorm(),
    ]  # fmt: skip
    for k, stride, expand, out, count in MNAS:
        out = divisible(out * alpha)
        layers.append(seq(*(mnas_unit(out if i else inp, out, k, 1 if i else stride, expand) for i in range(count))))
        inp = out
    layers += [conv(1280), L.BatchNorm(), L.ReLU()]
    body = named(layers=seq(*layers), mean=L.ReduceMean((2, 3)), classifier=seq(L.Dropout(0.2), L.Linear(1000)))
    return network(f"mnasnet{alpha}".replace(".", "_"), body, H=224, W=224)
