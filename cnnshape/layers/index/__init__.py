"""Elements chosen and placed by position: where indices point, by rank, by length."""

from cnnshape.layers.base import Entry
from cnnshape.layers.index.gather import GatherElements, GatherND
from cnnshape.layers.index.one_hot import OneHot
from cnnshape.layers.index.order import ReverseSequence, TopK
from cnnshape.layers.index.scatter import ScatterElements, ScatterND, TensorScatter

__all__ = [
    "ENTRIES",
    "GatherElements",
    "GatherND",
    "OneHot",
    "ReverseSequence",
    "ScatterElements",
    "ScatterND",
    "TensorScatter",
    "TopK",
]

_FOREIGN = ".foreign:TABLE"

ENTRIES = (
    Entry(
        GatherElements,
        "gather_elements",
        aliases=("take_along_axis", "take_along_dim"),
        kernel=".kernel:gather_elements",
        foreign=_FOREIGN,
    ),
    Entry(GatherND, "gather_nd", kernel=".kernel:gather_nd", foreign=_FOREIGN),
    Entry(
        ScatterElements, "scatter_elements", aliases=("scatter",), kernel=".kernel:scatter_elements", foreign=_FOREIGN
    ),
    Entry(ScatterND, "scatter_nd", kernel=".kernel:scatter_nd", foreign=_FOREIGN),
    Entry(TensorScatter, "tensor_scatter", kernel=".kernel:tensor_scatter", foreign=_FOREIGN),
    Entry(TopK, "top_k", kernel=".kernel:top_k", foreign=_FOREIGN),
    Entry(OneHot, "one_hot", kernel=".kernel:one_hot", foreign=_FOREIGN),
    Entry(ReverseSequence, "reverse_sequence", kernel=".kernel:reverse_sequence", foreign=_FOREIGN),
)

WRITTEN = ".foreign_out:TABLE"
READ_TORCH = ".foreign_torch:TABLE"
SOURCE_TORCH = ".source_torch:TABLE"
