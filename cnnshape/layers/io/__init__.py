"""Where tensors enter a network and leave it, and tensors that no layer computes."""

from cnnshape.layers.base import Entry
from cnnshape.layers.io.sources import Arange, Full, SizeTensor
from cnnshape.layers.io.spec import Constant, Input, Output, Parameter
from cnnshape.layers.io.unknown import Unknown

__all__ = ["ENTRIES", "Arange", "Constant", "Full", "Input", "Output", "Parameter", "SizeTensor", "Unknown"]

ENTRIES = (
    Entry(Input, "input", aliases=("input_layer", "placeholder")),
    Entry(Constant, "constant", foreign=".foreign:TABLE"),
    Entry(Parameter, "parameter", kernel=".kernel:parameter"),
    Entry(Full, "full", kernel=".kernel:full"),
    Entry(Arange, "arange", kernel=".kernel:arange"),
    Entry(SizeTensor, "size_tensor", kernel=".kernel:size_tensor"),
    Entry(Output, "output", kernel=".kernel:output"),
    Entry(Unknown, "unknown", aliases=("opaque", "custom_op")),
)

WRITTEN = ".foreign_out:TABLE"
READ_TORCH = ".foreign_torch:TABLE"
SOURCE_TORCH = ".source_torch:TABLE"
