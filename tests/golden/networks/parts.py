"""What the builders share: torch's containers as functions of a tensor, under torch's names."""

from cnnshape import Input, Network, block
from cnnshape import layers as L
from cnnshape.layers.base import Layer


def part(name, piece, x):
    """Apply a layer under a name, or a function of a tensor inside a block of that name."""
    if isinstance(piece, Layer):
        return piece(x, name=name)
    with block(name):
        return piece(x)


def named(**pieces):
    """Apply the pieces in order, each under its name; a second use of torch's `relu` is called `relu_2`."""

    def apply(x):
        for name, piece in pieces.items():
            x = part(name, piece, x)
        return x

    return apply


def seq(*pieces, first=0):
    """Apply the pieces in order, numbered as in torch's Sequential."""
    return named(**{str(i): piece for i, piece in enumerate(pieces, first)})


def conv(out, k=1, s=1, p=None, *, groups=1, bias=False):
    """A convolution that keeps the size at stride 1, without bias."""
    half = tuple(i // 2 for i in k) if isinstance(k, tuple) else k // 2
    return L.Conv(out, kernel_size=k, stride=s, padding=half if p is None else p, groups=groups, bias=bias)


def divisible(width, by=8):
    """The nearest multiple of `by` that is no more than a tenth smaller (MobileNet's rounding)."""
    rounded = max(by, int(width + by / 2) // by * by)
    return rounded + by if rounded < 0.9 * width else rounded


def squeeze_excite(channels, inner, activation=L.ReLU, gate=L.Sigmoid):
    """torchvision's SqueezeExcitation."""
    factor = named(
        avgpool=L.AdaptiveAvgPool(1), fc1=conv(inner, bias=True), activation=activation(),
        fc2=conv(channels, bias=True), scale_activation=gate(),
    )  # fmt: skip
    return lambda x: L.Multiply()([factor(x), x])


def network(name, build, channels=3, **defaults):
    """A network of one image, whose space axes are symbols with these defaults."""
    x = Input("input", (channels, *defaults))
    return Network(name, inputs=x, outputs=build(x), defaults=defaults)
