"""Places for the boxes of an acyclic graph, and lines between them: layers, a straight spine, lanes beside it."""

from cnnshape.render.layout.layered import Order, layered, ordered
from cnnshape.render.layout.placed import Along, Gaps, Placed

__all__ = ["Along", "Gaps", "Order", "Placed", "layered", "ordered"]
