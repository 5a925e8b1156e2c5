"""Where tensors enter a network and leave it, and tensors that no layer computes."""

from cnnshape.layers.base import Entry
from cnnshape.layers.io.spec import Constant, Input, Output, Parameter

__all__ = ["ENTRIES", "Constant", "Input", "Output", "Parameter"]

ENTRIES = (
    Entry(Input, "input", aliases=("input_layer", "placeholder")),
    Entry(Constant, "constant", foreign=".foreign:TABLE"),
    Entry(Parameter, "parameter", kernel=".kernel:parameter"),
    Entry(Output, "output", kernel=".kernel:output"),
)

WRITTEN = ".foreign_out:TABLE"
