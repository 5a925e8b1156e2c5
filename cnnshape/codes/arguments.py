"""Codes CS4xx: an argument of a layer that no input could make right, or a call that is refused."""

from __future__ import annotations

from cnnshape.codes.rule import Rule

__all__ = ["RULES"]

_INPUT = "input: [3, H, W]\nlayers:\n"
_LAYERS = "from cnnshape import layers as L\n"

RULES = {
    "CS401": Rule(
        "a value that the argument cannot have",
        "A stride of 0, a padding that is no word of the list, padding: same with a stride above 1 in PyTorch's sense.",
        "No input could make it right, so it is refused before any size is known.",
        _INPUT + "  - conv: {out_channels: 8, kernel_size: 3, stride: 0}\n",
        _INPUT + "  - conv: {out_channels: 8, kernel_size: 3, stride: 1}\n",
    ),
    "CS402": Rule(
        "values for another number of axes",
        "A kernel, stride or padding lists more or fewer values than the input has space axes.",
        "There is one value for each axis, or one for all of them.",
        _INPUT + "  - conv: {out_channels: 8, kernel_size: [3, 3, 3]}\n",
        _INPUT + "  - conv: {out_channels: 8, kernel_size: [3, 3]}\n",
    ),
    "CS403": Rule(
        "a second positional argument",
        "A layer is called with several arguments without names.",
        "PyTorch starts with in_channels, which is read from the input here: Conv2d(3, 64, 7) would be taken for 3 "
        "filters. One argument has no name, the output side; the rest are named.",
        _LAYERS + "L.Conv(3, 64, 7)",
        _LAYERS + "L.Conv(64, kernel_size=7)",
    ),
    "CS404": Rule(
        "an unknown argument",
        "A layer is called with an argument that it does not have.",
        "Arguments have PyTorch's names; Keras's are understood in design files.",
        _LAYERS + "L.Conv(64, kernel_size=7, strides=2)",
        _LAYERS + "L.Conv(64, kernel_size=7, stride=2)",
    ),
    "CS405": Rule(
        "a missing argument",
        "A layer is made without an argument that has no default.",
        "There is no kernel size that everybody would expect.",
        _LAYERS + "L.Conv(64)",
        _LAYERS + "L.Conv(64, kernel_size=3)",
    ),
    "CS406": Rule(
        "a call on what is no tensor",
        "A layer is called on something that does not start from Input(...), or an output with several parts is taken "
        "apart without its numbers.",
        "A layer here holds no weights and takes no arrays; it takes its place in a graph.",
        _LAYERS + "L.ReLU()([1.0, -2.0])",
        "from cnnshape import Input\n" + _LAYERS + 'L.ReLU()(Input("x", (3, "H", "W")))',
    ),
}
