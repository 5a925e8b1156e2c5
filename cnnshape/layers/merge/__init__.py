"""Several tensors become one: arithmetic element by element, concatenation, and the inner product of two maps."""

from cnnshape.layers.base import Entry
from cnnshape.layers.merge.concat import Concat
from cnnshape.layers.merge.dot import Dot
from cnnshape.layers.merge.spec import Add, Divide, Maximum, Mean, Minimum, Multiply, Subtract

__all__ = ["ENTRIES", "Add", "Concat", "Divide", "Dot", "Maximum", "Mean", "Minimum", "Multiply", "Subtract"]

ENTRIES = (
    Entry(Add, "add", kernel=".kernel:add"),
    Entry(Subtract, "subtract", aliases=("sub",), kernel=".kernel:subtract"),
    Entry(Multiply, "multiply", aliases=("mul",), kernel=".kernel:multiply"),
    Entry(Divide, "divide", aliases=("div",), kernel=".kernel:divide"),
    Entry(Maximum, "maximum", kernel=".kernel:maximum"),
    Entry(Minimum, "minimum", kernel=".kernel:minimum"),
    Entry(Mean, "mean", aliases=("average",), kernel=".kernel:mean"),
    Entry(Concat, "concat", aliases=("concatenate", "cat"), kernel=".kernel:concat"),
    Entry(Dot, "dot", kernel=".kernel:dot"),
)
