"""The graph figure: a box for each layer or block, in layers, with what leads where."""

from cnnshape.render.figures.graph.figure import graph

__all__ = ["graph"]
