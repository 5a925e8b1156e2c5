"""A small residual network built in Python, and what is known about it.

K. He, X. Zhang, S. Ren, J. Sun: Deep residual learning for image recognition, https://arxiv.org/abs/1512.03385,
section 4.2: for CIFAR-10, 6n + 2 weighted layers in three stages of 16, 32 and 64 channels; here n = 3, so ResNet-20.
Where a stage changes the shape, the shortcut is a 1x1 convolution (the paper's option B).
"""

import cnnshape as cs
from cnnshape import Input, Network, Tensor, block, repeat, sequential
from cnnshape import layers as L


def normalized(out_channels: int, kernel_size: int = 3, stride: int = 1):
    """A convolution that keeps the size, or halves it, and its normalization."""
    return sequential(
        L.Conv(out_channels, kernel_size=kernel_size, stride=stride, padding=kernel_size // 2, bias=False),
        L.BatchNorm(),
    )


def residual(out_channels: int, stride: int = 1, *, project: bool = False):
    """Two convolutions, added to their input or to its projection."""

    def apply(x: Tensor) -> Tensor:
        y = sequential(normalized(out_channels, stride=stride), L.ReLU(), normalized(out_channels))(x)
        shortcut = normalized(out_channels, kernel_size=1, stride=stride)(x) if project else x
        return L.ReLU()(L.Add()(y, shortcut))

    return apply


def resnet20(classes: int = 10) -> Network:
    """The network, for images of any size."""
    image = Input("image", (3, "H", "W"))
    with block("stem"):
        x = sequential(normalized(16), L.ReLU())(image)
    for stage, width in enumerate((16, 32, 64), start=1):
        with block(f"stage{stage}"):
            first = stage > 1
            x = repeat(3, lambda i, w=width, f=first: residual(w, 2 if f and i == 0 else 1, project=f and i == 0))(x)
    x = L.GlobalAvgPool()(x)
    return Network("ResNet-20", inputs=image, outputs=L.Linear(classes)(L.Flatten()(x)))


if __name__ == "__main__":
    report = cs.report(resnet20())
    print(report.at(H=32, W=32).to(width=100, detail="block"))
    print("multiply-adds  ", report.macs)
    print("last map       ", report.tensors["stage3.2.relu2"])
    print("it sees        ", report.layer("stage3.2.relu2").receptive_field.size)
