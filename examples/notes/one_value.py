"""One output of a convolution: g(sum of x*w over the window and the input channels, + b), b once for the whole filter.

The notes put the bias inside the sum over the window, so that it would count once for every pixel.
"""

from pathlib import Path

import numpy as np

import cnnshape as cs
from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.analysis.one_value import conv_value
from cnnshape.layers.base import Spec

HERE = Path(__file__).parent
IMAGE = np.loadtxt(HERE / "image.csv", delimiter=",")
CROSS = np.loadtxt(HERE / "cross.csv", delimiter=",")
BIAS = 0.5

# Two channels: the image, and its negative. One filter: the cross on the first channel, half of it on the second.
X = np.stack([IMAGE, 1 - IMAGE])
W = np.stack([CROSS, CROSS / 2])[None]


def value(at=(0, 0), bias=BIAS):
    """The output of the filter at a row and a column, with all that it is made of."""
    layer = L.Conv(1, kernel_size=3)
    return conv_value(layer, Spec((1, *X.shape)), lambda place: X[place], lambda place: W[place], (0, *at), bias)


def bias_in_the_sum(at=(0, 0)):
    """What the notes' formula gives: the bias once for every product."""
    return sum(term.product + BIAS for channel in value(at).channels for term in channel.terms)


def biases(filters):
    """How many biases a layer has."""
    x = Input("x", (2, 5, 5))
    with_bias, without = (
        cs.report(Network("one layer", inputs=x, outputs=L.Conv(filters, kernel_size=3, bias=bias)(x))).params
        for bias in (True, False)
    )
    return with_bias - without


STATEMENTS = {
    "sparsity": lambda: len(value().channels[0].terms),
    "bias": lambda: float(value().value),
}

if __name__ == "__main__":
    found = value()
    print("an output depends on", len(found.channels[0].terms), "numbers of each channel")
    for channel in found.channels:
        print(f"channel {channel.index}: sum of x*w =", channel.sum)
    print(f"value = {found.sum} + {BIAS} = {found.value}")
    print("with the bias inside the sum, as the notes print it:", bias_in_the_sum())
    print("biases of a layer with 8 filters, whatever the map's size:", biases(8))
