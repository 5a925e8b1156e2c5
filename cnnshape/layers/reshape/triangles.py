"""Triangles of matrices: what lies on one side of a diagonal, zeros on the other."""

from __future__ import annotations

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, Example, Spec, Windows, layer, shape_text
from cnnshape.layers.fields import Integer
from cnnshape.layers.reshape.rearrange import Rearrangement

__all__ = ["Tril", "Triu"]


class _Triangle(Rearrangement):
    """One side of a diagonal of the last two axes."""

    diagonal: Integer

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        if len(x.shape) < 2:
            raise ShapeError(
                f"{type(self).__name__} needs two axes, the input {shape_text(x.shape)} has {len(x.shape)}",
                code="CS206",
                got=len(x.shape),
                needed=2,
                rule="the last two axes are rows and columns",
                fix="an input with two axes or more",
            )
        return inputs

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(exact=False)  # half of the positions see nothing

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("T", "T")),
            Example.of(cls(1), ("N", 8, "T", "L")),
            Example.of(cls(-1), ("N", 3, "L")),
        )


@layer
class Tril(_Triangle):
    """The lower triangle of the last two axes: 0 where column - row > diagonal.

    Shape:      x (*, R, C) -> y (*, R, C)
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    diagonal : which diagonal is the last that is kept, default 0: the main one; above it where positive

    Raises
    ------
    ShapeError
        CS206, the input has fewer than two axes.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> print(*Tril().outputs((Spec((1, 8, 4, 4)),), Context()))
    (1, 8, 4, 4)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.tril.html
    [2] https://onnx.ai/onnx/operators/onnx__Trilu.html
    """

    diagonal: Integer = 0


@layer
class Triu(_Triangle):
    """The upper triangle of the last two axes: 0 where column - row < diagonal.

    Shape:      x (*, R, C) -> y (*, R, C)
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    diagonal : which diagonal is the first that is kept, default 0: the main one; above it where positive

    Raises
    ------
    ShapeError
        CS206, the input has fewer than two axes.

    Notes
    -----
    A causal mask is `Triu(1)` of ones.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> print(*Triu(1).outputs((Spec((4, 4), "bool"),), Context()))
    (4, 4)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.triu.html
    [2] https://onnx.ai/onnx/operators/onnx__Trilu.html
    """

    diagonal: Integer = 0
