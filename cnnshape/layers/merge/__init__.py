"""Several tensors become one: arithmetic element by element, concatenation, and the inner product of two maps."""

from cnnshape.layers.base import Entry
from cnnshape.layers.merge.concat import Concat
from cnnshape.layers.merge.dot import Dot
from cnnshape.layers.merge.spec import Add, Divide, Maximum, Mean, Minimum, Multiply, Subtract

__all__ = ["ENTRIES", "Add", "Concat", "Divide", "Dot", "Maximum", "Mean", "Minimum", "Multiply", "Subtract"]

ENTRIES = (
    Entry(Add, "add"),
    Entry(Subtract, "subtract", aliases=("sub",)),
    Entry(Multiply, "multiply", aliases=("mul",)),
    Entry(Divide, "divide", aliases=("div",)),
    Entry(Maximum, "maximum"),
    Entry(Minimum, "minimum"),
    Entry(Mean, "mean", aliases=("average",)),
    Entry(Concat, "concat", aliases=("concatenate", "cat")),
    Entry(Dot, "dot"),
)
