"""Codes CS2xx: a layer that does not fit what comes in. The design was read; its report says so and is written."""

from __future__ import annotations

from cnnshape.codes.rule import Rule

__all__ = ["RULES"]

_MAP = "input: [3, 32, 32]\nlayers:\n"
_SOLVED = """from cnnshape import Input, Network, layers as L
from cnnshape.analysis.inverse.invert import inputs_for_output
from cnnshape.graph.propagate import propagate
net = Network("n", inputs=(x := Input("x", (3, "H", "W"))), outputs=L.GlobalAvgPool()(x))
for fault in inputs_for_output(propagate(net), ({size}, {size})).errors_at({{}}):
    raise fault
"""
_SHARED = """inputs: {{left: [3, 32, 32], right: [{channels}, 32, 32]}}
layers:
  - {{name: first, conv: {{out_channels: 8, kernel_size: 3}}, inputs: [left]}}
  - {{name: second, share: first, inputs: [right]}}
outputs: [first, second]
"""

_UP_AND_DOWN = """input: [3, H]
layers:
  - add: [[{{max_pool: 2}}, {{upsample: {{scale_factor: 2}}}}], input]
  - {{name: there, conv: {{out_channels: 3, kernel_size: {kernel}, stride: 2}}, inputs: [add1]}}
  - {{name: back, conv_transpose: {{out_channels: 3, kernel_size: {kernel}, stride: 2}}}}
  - add: [add1, back]
"""

RULES = {
    "CS201": Rule(
        "sizes that must be equal differ",
        "A join, or another layer with several inputs, gets maps of different sizes.",
        "Sizes join if they are equal, or if one is the number 1. In U-shaped networks the usual cause is an input "
        "that is not a multiple of the total stride: pooling rounds down, and doubling does not bring the pixel back. "
        "cnnshape solve says which sizes fit; upsample with two inputs, inputs: [up, skip], makes every size fit.",
        _MAP
        + "  - {name: a, conv: {out_channels: 8, kernel_size: 3}}\n"
        + "  - {name: b, conv: {out_channels: 8, kernel_size: 3, padding: 1}, inputs: [input]}\n"
        + "  - add: [a, b]\n",
        _MAP
        + "  - {name: a, conv: {out_channels: 8, kernel_size: 3, padding: 1}}\n"
        + "  - {name: b, conv: {out_channels: 8, kernel_size: 3, padding: 1}, inputs: [input]}\n"
        + "  - add: [a, b]\n",
    ),
    "CS202": Rule(
        "channels or features differ",
        "in_channels, in_features, num_features or the like is given, and the input has another number.",
        "The weights would not fit. Leave the argument out and it is read from the input.",
        _MAP + "  - conv: {in_channels: 1, out_channels: 8, kernel_size: 3}\n",
        _MAP + "  - conv: {in_channels: 3, out_channels: 8, kernel_size: 3}\n",
    ),
    "CS203": Rule(
        "nothing is left of the map",
        "The window is larger than the padded map, or a size comes out below 1.",
        "There is no position at which the kernel fits. Earlier strides have made the map too small, or the input is.",
        "input: [3, 5, 5]\nlayers:\n  - conv: {out_channels: 8, kernel_size: 7}\n",
        "input: [3, 5, 5]\nlayers:\n  - conv: {out_channels: 8, kernel_size: 7, padding: 1}\n",
    ),
    "CS204": Rule(
        "groups that do not divide",
        "The number of groups, or of heads, does not divide the number of channels.",
        "Every group has the same number of channels.",
        _MAP + "  - conv: {out_channels: 8, kernel_size: 3, groups: 2}\n",
        _MAP + "  - conv: {out_channels: 9, kernel_size: 3, groups: 3}\n",
    ),
    "CS205": Rule(
        "another number of inputs",
        "A layer, a block or a network is given more or fewer tensors than it takes.",
        "A join takes several, most layers one.",
        _MAP + "  - {name: a, relu: }\n  - {relu: , inputs: [a, input]}\n",
        _MAP + "  - {name: a, relu: }\n  - {relu: , inputs: [a]}\n",
    ),
    "CS206": Rule(
        "another number of axes",
        "A layer for maps gets something without space axes, or the rank that is stated is not that of the input.",
        "conv2d wants channels, height and width. [1, 3, 224, 224] is a volume: the batch is not written.",
        "input: [3, L]\nlayers:\n  - conv2d: {out_channels: 8, kernel_size: 3}\n",
        "input: [3, L]\nlayers:\n  - conv1d: {out_channels: 8, kernel_size: 3}\n",
    ),
    "CS207": Rule(
        "no such axis",
        "An argument names an axis that the input does not have.",
        "Axes are counted from 0, the batch, or from -1, the last.",
        _MAP + "  - softmax: {dim: 4}\n",
        _MAP + "  - softmax: {dim: 1}\n",
    ),
    "CS208": Rule(
        "inputs with different numbers of axes",
        "A join gets a map and a vector, or the like.",
        "Axes are compared one by one, so there must be equally many.",
        _MAP + "  - {name: a, flatten: }\n  - concat: [a, input]\n",
        _MAP + "  - {name: a, flatten: }\n  - concat: [a, a]\n",
    ),
    "CS209": Rule(
        "another number of elements",
        "A reshape to a shape that does not hold as many elements as come in.",
        "Reshaping moves no element away and makes none.",
        _MAP + "  - reshape: {shape: [3, 1000]}\n",
        _MAP + "  - reshape: {shape: [3, 1024]}\n",
    ),
    "CS210": Rule(
        "a size that must be divided evenly",
        "A size is to be cut into equal parts and does not divide.",
        "What is left over would have no place.",
        _MAP + "  - pixel_shuffle: 2\n",
        _MAP + "  - pixel_unshuffle: 2\n  - pixel_shuffle: 2\n",
    ),
    "CS211": Rule(
        "another type of element",
        "A layer that takes positions, numbers of tokens, bits or quantized numbers gets floating-point values, or one "
        "that chooses gets no true and false.",
        "Only integers can be looked up, and have bits; only true and false choose.",
        "inputs: {tokens: [T]}\nlayers:\n  - embedding: {num_embeddings: 100, embedding_dim: 8}\n",
        "inputs: {tokens: {shape: [T], dtype: int64}}\nlayers:\n"
        "  - embedding: {num_embeddings: 100, embedding_dim: 8}\n",
    ),
    "CS212": Rule(
        "too much padding",
        "Padding beyond what the layer allows: more than half the kernel in PyTorch's pooling, as much as the map "
        "where it is reflected.",
        "A window could lie in the padding altogether, or there is not enough map to fill the padding with.",
        _MAP + "  - max_pool: {kernel_size: 3, padding: 2}\n",
        _MAP + "  - max_pool: {kernel_size: 3, padding: 1}\n",
    ),
    "CS213": Rule(
        "a position outside the axis",
        "An index or a slice lies where the axis has no elements.",
        "Frameworks differ in what they do then: they stop, or return nothing.",
        _MAP + "  - slice: {dim: 1, start: 3, end: 5}\n",
        _MAP + "  - slice: {dim: 1, start: 1, end: 3}\n",
    ),
    "CS214": Rule(
        "an output size that the network never makes",
        "A size of an output is asked for, and the network makes another one whatever its input is.",
        "The channels of a layer, or a global pooling, do not depend on the size of the input.",
        _SOLVED.format(size=3),
        _SOLVED.format(size=1),
    ),
    "CS215": Rule(
        "an input that shared weights do not fit",
        "A layer has the weights of another, and its input asks for weights of another shape.",
        "The kernel of a convolution over 3 channels cannot be moved over 1.",
        _SHARED.format(channels=1),
        _SHARED.format(channels=3),
    ),
    "CS216": Rule(
        "no size that fits",
        "The conditions of the layers, each of which some sizes fulfill, leave no size together; or a size is not what "
        "is assumed.",
        "One layer takes even sizes only, another one odd sizes only.",
        _UP_AND_DOWN.format(kernel=3),
        _UP_AND_DOWN.format(kernel=4),
    ),
    "CS217": Rule(
        "a size beyond all use",
        "A size has more than 100 digits, or the number of elements is a formula of more than 2000 terms.",
        "Layers that multiply sizes follow one another so often that no machine could hold the tensor.",
        _MAP + "  - {upsample: {scale_factor: 2}, repeat: 400}\n",
        _MAP + "  - {upsample: {scale_factor: 2}, repeat: 4}\n",
    ),
}
