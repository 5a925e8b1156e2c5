"""Published networks and small ones of all sorts, as the totals that other tools measured on them need them."""

from typing import Any

import cnnshape.layers as L
from cnnshape import Input, Network, block, sequential


def resnet50(bias: bool = False) -> Network:
    """torchvision 0.28's resnet50: stride on the 3x3 convolutions; Keras gives its convolutions a bias."""

    def conv(out: int, k: int, s: int = 1) -> Any:
        return sequential(L.Conv(out, kernel_size=k, stride=s, padding=k // 2, bias=bias), L.BatchNorm())

    def bottleneck(x: Any, w: int, s: int, down: bool) -> Any:
        y = sequential(conv(w, 1), L.ReLU(), conv(w, 3, s), L.ReLU(), conv(4 * w, 1))(x)
        return L.ReLU()(L.Add()(y, conv(4 * w, 1, s)(x) if down else x))

    x = Input("image", (3, "H", "W"))
    y = sequential(conv(64, 7, 2), L.ReLU(), L.MaxPool(3, stride=2, padding=1))(x)
    for stage, (w, n) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3)), start=1):
        for i in range(n):
            with block(f"layer{stage}.{i}"):
                y = bottleneck(y, w, 2 if stage > 1 and i == 0 else 1, i == 0)
    y = sequential(L.AdaptiveAvgPool(1), L.Flatten(), L.Linear(1000))(y)
    return Network("resnet50", inputs=x, outputs=y, defaults={"H": 224, "W": 224})


def mobilenet_v2() -> Network:
    """torchvision 0.28's mobilenet_v2, its mean pooling as a module."""

    def conv(out: int, k: int = 1, s: int = 1, groups: int = 1, act: bool = True) -> Any:
        parts = [L.Conv(out, kernel_size=k, stride=s, padding=k // 2, groups=groups, bias=False), L.BatchNorm()]
        return sequential(*parts, *([L.ReLU6()] if act else []))

    x = Input("image", (3, "H", "W"))
    y, c = conv(32, 3, 2)(x), 32
    for t, o, n, s in (
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ):
        for i in range(n):
            stride, wide = s if i == 0 else 1, c * t
            z = y if t == 1 else conv(wide)(y)
            z = sequential(conv(wide, 3, stride, wide), conv(o, act=False))(z)
            y, c = (L.Add()(y, z) if stride == 1 and c == o else z), o
    y = sequential(conv(1280), L.AdaptiveAvgPool(1), L.Flatten(), L.Dropout(0.2), L.Linear(1000))(y)
    return Network("mobilenet_v2", inputs=x, outputs=y)


def unet() -> Network:
    """Two levels down and up, with transposed convolutions, one of them in two groups."""

    def pair(c: int) -> Any:
        first, second = (L.Conv(c, kernel_size=3, padding=1) for _ in range(2))
        return sequential(first, L.ReLU(), second, L.ReLU())

    x = Input("image", (3, "H", "W"))
    a = pair(16)(x)
    b = pair(32)(L.MaxPool(2)(a))
    y = pair(64)(L.MaxPool(2)(b))
    y = pair(32)(L.Concat()(L.ConvTranspose(32, kernel_size=2, stride=2)(y), b))
    y = L.ConvTranspose(16, kernel_size=4, stride=2, padding=1, groups=2, bias=False)(y)
    y = L.Conv(2, kernel_size=1)(pair(16)(L.Concat()(y, a)))
    return Network("unet", inputs=x, outputs=y)


def recurrent() -> Network:
    """A 1-D convolution, a bidirectional LSTM of two layers, a linear head at every step."""
    x = Input("signal", (8, "L"))
    y = sequential(L.Conv(16, kernel_size=3, padding=1), L.LeakyReLU(0.1), L.Permute((0, 2, 1)))(x)
    y = L.Linear(10)(L.LSTM(32, num_layers=2, bidirectional=True, batch_first=True)(y))
    return Network("recurrent", inputs=x, outputs=y)


def attention() -> Network:
    """A pre-norm transformer block of width 64."""
    x = Input("tokens", ("T", 64))
    y = L.MultiheadAttention(num_heads=4, batch_first=True)(L.LayerNorm(64)(x))
    x1 = L.Add()(x, y)
    y = sequential(L.LayerNorm(64), L.Linear(256), L.GELU(), L.Linear(64))(x1)
    return Network("attention", inputs=x, outputs=L.Add()(x1, y))


def lenet() -> Network:
    """LeNet-5 with the classic head of 400-120-84-10."""
    x = Input("image", (1, "H", "W"))
    y = sequential(
        L.Conv(6, kernel_size=5),
        L.Tanh(),
        L.AvgPool(2),
        L.Conv(16, kernel_size=5),
        L.Tanh(),
        L.AvgPool(2),
        L.Flatten(),
        L.Linear(120, in_features=400),
        L.Linear(84),
        L.Linear(10),
    )(x)
    return Network("lenet", inputs=x, outputs=y, defaults={"H": 32, "W": 32})
