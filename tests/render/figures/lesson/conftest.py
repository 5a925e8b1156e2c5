"""Layers that the figures are drawn of, and what can be read off a scene."""

from dataclasses import dataclass

import pytest

from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.analysis.report import facts
from cnnshape.render.figures.lesson import figure
from cnnshape.render.figures.lesson.options import Options
from cnnshape.render.metrics import text_width
from cnnshape.render.scene import Label, leaves


def one_layer(layer, *shape):
    """Facts of a network of one layer, and its name."""
    x = Input("input", shape)
    network = Network("net", inputs=x, outputs=layer(x))
    return facts(network), network.nodes[-1].name


def drawn(name, layer, *shape, **options):
    """The figure of a layer by itself."""
    return figure(*one_layer(layer, *shape), name, Options(**options))


def texts(scene):
    return [mark.text for mark in leaves(scene.marks) if isinstance(mark, Label)]


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float
    text: str


def boxes(scene):
    """Where the labels are: the height of capitals above the line, a fifth of the size below."""
    found = []
    for mark in leaves(scene.marks):
        if not isinstance(mark, Label) or not mark.text:
            continue
        wide = text_width(mark.text, mark.size, mark.bold)
        left = mark.x - {"start": 0, "middle": wide / 2, "end": wide}[mark.anchor]
        found.append(Box(left, mark.y - 0.72 * mark.size, left + wide, mark.y + 0.2 * mark.size, mark.text))
    return found


SIX = ("window", "values", "connections", "shift", "receptive-field", "curve")

LAYERS = {
    "3x3": (L.Conv(1, kernel_size=3), 1, 5, 5),
    "padded": (L.Conv(8, kernel_size=3, padding=1), 3, 32, 32),
    "strided": (L.Conv(4, kernel_size=3, stride=2, padding=1), 3, 15, 16),
    "alexnet": (L.Conv(64, kernel_size=11, stride=4, padding=2), 3, 224, 224),
    "dilated": (L.Conv(1, kernel_size=3, dilation=2, padding=2), 1, 9, 9),
    "unequal": (L.Conv(2, kernel_size=(3, 5), stride=(2, 1), padding=((1, 0), (0, 2))), 2, 12, 10),
    "same": (L.Conv(2, kernel_size=4, stride=3, padding="same_lower"), 2, 10, 11),
    "skipping": (L.Conv(1, kernel_size=1, stride=3), 1, 8, 8),
    "grouped": (L.Conv(6, kernel_size=3, padding=1, groups=3), 6, 8, 8),
    "line": (L.Conv(2, kernel_size=5, stride=2, padding=2), 1, 20),
    "sound": (L.Conv(32, kernel_size=80, stride=16), 1, 8000),
    "volume": (L.Conv(4, kernel_size=(3, 5, 5), padding=(1, 2, 2), stride=(1, 2, 2)), "N", 3, 16, 20, 20),
    "transposed": (L.ConvTranspose(1, kernel_size=3, stride=2, padding=1, output_padding=1), 1, 4, 4),
    "up": (L.ConvTranspose(8, kernel_size=2, stride=2), 16, 28, 28),
    "gaps": (L.ConvTranspose(1, kernel_size=2, stride=3), 1, 4, 5),
    "pool": (L.MaxPool(2), 8, 10, 10),
    "ceil": (L.MaxPool(3, stride=2, padding=1, ceil_mode=True), 64, 112, 111),
    "mean": (L.AvgPool(3, stride=2, padding=1), 4, 9, 9),
    "bare mean": (L.AvgPool(3, stride=2, padding=1, count_include_pad=False), 4, 9, 9),
    "whole": (L.Conv(10, kernel_size=7), 512, 7, 7),
    "free": (L.Conv(10, kernel_size=7, stride=2), 3, "H", "W"),
    "relu": (L.ReLU(), 3, 8, 8),
    "sigmoid": (L.Sigmoid(), 3, 8, 8),
    "leaky": (L.LeakyReLU(0.2), 3, 8, 8),
}


@pytest.fixture
def small():
    """Three layers and two activations."""
    x = Input("image", (3, 32, 32))
    y = L.ReLU()(L.Conv(8, kernel_size=3, padding=1)(x))
    y = L.MaxPool(2)(y)
    y = L.Tanh()(L.Conv(16, kernel_size=5, stride=2)(y))
    return facts(Network("small", inputs=x, outputs=y))
