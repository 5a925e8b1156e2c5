"""Codes CS11x and CS12x: a design, or a graph built in Python, that is malformed."""

from __future__ import annotations

from cnnshape.codes.rule import Rule

__all__ = ["RULES"]

_INPUT = "input: [3, H, W]\nlayers:\n"
_CONV = "  - conv: {out_channels: 8, kernel_size: 3}\n"

RULES = {
    "CS110": Rule(
        "a piece of another sort than expected",
        "A list stands where a mapping is expected, a word where a list is, and the like.",
        "The message says what stands there and what belongs there.",
        "input: [3, H, W]\nlayers: relu\n",
        "input: [3, H, W]\nlayers: [relu]\n",
    ),
    "CS111": Rule(
        "an unknown layer",
        "The word names no layer of the catalogue and no definition of the file.",
        "Layers have PyTorch's names without the rank: conv, max_pool, batch_norm. Keras's names are understood too.",
        _INPUT + "  - relou\n",
        _INPUT + "  - relu\n",
    ),
    "CS112": Rule(
        "an unknown key",
        "A key that no part of a design has at this place.",
        "A misspelled key that is ignored would give another network than the one that was written.",
        _INPUT + "  - {nam: first, relu: }\n",
        _INPUT + "  - {name: first, relu: }\n",
    ),
    "CS113": Rule(
        "an argument beside its layer",
        "An argument of a layer stands on the level of its name; there only name, inputs, repeat, share and frozen do.",
        "Arguments stand inside the layer, so that it is clear which layer they belong to.",
        _INPUT + "  - {conv: {out_channels: 8}, kernel_size: 3}\n",
        _INPUT + _CONV,
    ),
    "CS114": Rule(
        "two layers in one entry",
        "One entry of the list names two layers.",
        "Each entry is one layer; the order of a mapping's keys should not decide which comes first.",
        _INPUT + "  - {batch_norm: , relu: }\n",
        _INPUT + "  - batch_norm\n  - relu\n",
    ),
    "CS115": Rule(
        "a name used twice, or reserved",
        "Two layers of one block have the same name, or the name is one that means a place: input, previous, last.",
        "A name has to lead to one tensor.",
        _INPUT + "  - {name: a, relu: }\n  - {name: a, relu: }\n",
        _INPUT + "  - {name: a, relu: }\n  - {name: b, relu: }\n",
    ),
    "CS116": Rule(
        "an unknown tensor",
        "An input names a layer that does not exist, that stands further down, or an output that the layer lacks.",
        "A layer takes what was made before it.",
        _INPUT + "  - {name: a, relu: }\n  - add: [a, b]\n",
        _INPUT + "  - {name: a, relu: }\n  - add: [a, input]\n",
    ),
    "CS117": Rule(
        "an output that does not come from the inputs",
        "Built in Python: the outputs depend on an Input that is not among the inputs of the Network.",
        "The network could not be fed.",
        "from cnnshape import Input, Network, layers as L\n"
        'x, y = Input("x", (3, "H", "W")), Input("y", (3, "H", "W"))\n'
        'Network("n", inputs=x, outputs=L.Add()(x, y))',
        "from cnnshape import Input, Network, layers as L\n"
        'x, y = Input("x", (3, "H", "W")), Input("y", (3, "H", "W"))\n'
        'Network("n", inputs=[x, y], outputs=L.Add()(x, y))',
    ),
    "CS118": Rule(
        "a cycle",
        "Layers take each other's outputs, so that none can be computed first.",
        "A feed-forward network has an order. A loop over time is one recurrent layer.",
        "from cnnshape import Network, layers as L\n"
        "from cnnshape.graph.network import Node\n"
        'nodes = [Node("a", L.ReLU(), ("b",)), Node("b", L.ReLU(), ("a",))]\n'
        'Network.of_nodes("n", nodes, {"b": "b"})',
    ),
    "CS119": Rule(
        "definitions that use each other",
        "A definition uses itself, directly or through others.",
        "Written out, the network would never end.",
        "define:\n  a: [relu, b]\n  b: [relu, a]\n" + _INPUT + "  - a\n",
        "define:\n  a: [relu, b]\n  b: [relu]\n" + _INPUT + "  - a\n",
    ),
    "CS120": Rule(
        "too many layers",
        "Written out, with its repeats, the design has more than 200 000 layers.",
        "A short file of repeats inside repeats could otherwise fill the memory.",
        "define:\n  a: [{relu: , repeat: 1000}]\n" + _INPUT + "  - {a: , repeat: 1000}\n",
        "define:\n  a: [{relu: , repeat: 10}]\n" + _INPUT + "  - {a: , repeat: 10}\n",
    ),
    "CS121": Rule(
        "weights that cannot be shared",
        "share names no layer or block that stands above, or states again what the owner of the weights decides.",
        "The same weights have one owner, which comes first.",
        _INPUT + "  - {name: a, conv: {out_channels: 3, kernel_size: 3}}\n  - {name: b, share: c}\n",
        _INPUT + "  - {name: a, conv: {out_channels: 3, kernel_size: 3}}\n  - {name: b, share: a}\n",
    ),
    "CS122": Rule(
        "no shape of an input",
        "The shape of an input is no list of sizes: whole numbers of at least 1, symbols or formulas.",
        "Everything else follows from the shape of the input. It is written without the batch.",
        "input: 3x224x224\nlayers: [relu]\n",
        "input: [3, 224, 224]\nlayers: [relu]\n",
    ),
    "CS123": Rule(
        "arguments that do not suit a definition",
        "A definition is given an argument that it does not have, or lacks one that it needs; or a value that is of "
        "no use where the argument stands.",
        "An argument that is ignored, or guessed, would give another network.",
        "define:\n  cb: {args: {out: }, layers: [{conv: {out_channels: out, kernel_size: 3}}]}\n" + _INPUT + "  - cb\n",
        "define:\n  cb: {args: {out: }, layers: [{conv: {out_channels: out, kernel_size: 3}}]}\n"
        + _INPUT
        + "  - cb: {out: 8}\n",
    ),
    "CS125": Rule(
        "another version of the format",
        "The number after cnnshape: is not one that this version reads.",
        "A file for a later version may mean something else by the same words.",
        "cnnshape: 2\n" + _INPUT + _CONV,
        "cnnshape: 1\n" + _INPUT + _CONV,
    ),
    "CS126": Rule(
        "no number of repeats",
        "What follows repeat, or a default size, is no whole number that can be used there.",
        "How often a layer stands in the network has to be known when the file is read.",
        _INPUT + "  - {relu: , repeat: H}\n",
        _INPUT + "  - {relu: , repeat: 3}\n",
    ),
}
