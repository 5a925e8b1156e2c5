"""Several tensors become one: arithmetic element by element, concatenation, and the inner product of two maps."""

from cnnshape.layers.base import Entry
from cnnshape.layers.merge.concat import Concat
from cnnshape.layers.merge.dot import Dot
from cnnshape.layers.merge.powers import Pow, Remainder
from cnnshape.layers.merge.spec import Add, Divide, Maximum, Mean, Minimum, Multiply, Subtract

__all__ = [
    "ENTRIES",
    "Add",
    "Concat",
    "Divide",
    "Dot",
    "Maximum",
    "Mean",
    "Minimum",
    "Multiply",
    "Pow",
    "Remainder",
    "Subtract",
]

ENTRIES = (
    Entry(Add, "add", kernel=".kernel:add", foreign=".foreign:TABLE"),
    Entry(Subtract, "subtract", aliases=("sub",), kernel=".kernel:subtract", foreign=".foreign:TABLE"),
    Entry(Multiply, "multiply", aliases=("mul",), kernel=".kernel:multiply", foreign=".foreign:TABLE"),
    Entry(Divide, "divide", aliases=("div",), kernel=".kernel:divide", foreign=".foreign:TABLE"),
    Entry(Remainder, "remainder", aliases=("mod",), kernel=".kernel:remainder", foreign=".foreign:TABLE"),
    Entry(Pow, "pow", aliases=("power",), kernel=".kernel:power", foreign=".foreign:TABLE"),
    Entry(Maximum, "maximum", kernel=".kernel:maximum", foreign=".foreign:TABLE"),
    Entry(Minimum, "minimum", kernel=".kernel:minimum", foreign=".foreign:TABLE"),
    Entry(Mean, "mean", aliases=("average",), kernel=".kernel:mean", foreign=".foreign:TABLE"),
    Entry(Concat, "concat", aliases=("concatenate", "cat"), kernel=".kernel:concat", foreign=".foreign:TABLE"),
    Entry(Dot, "dot", kernel=".kernel:dot"),
)

WRITTEN = ".foreign_out:TABLE"
READ_TORCH = ".foreign_torch:TABLE"
READ_KERAS = ".foreign_keras:TABLE"
SOURCE_TORCH = ".source_torch:TABLE"
SOURCE_KERAS = ".source_keras:TABLE"
