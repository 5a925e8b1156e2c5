"""The architecture figure: a row of stages, and a frame for each type of block, as papers draw networks."""

from cnnshape.render.figures.architecture.figure import architecture

__all__ = ["architecture"]
