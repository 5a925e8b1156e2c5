"""Layers that disturb training and let everything pass at inference."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.layers.arguments import refuse
from cnnshape.layers.base import POINTWISE, Context, Example, Kind, Layer, Spec, Windows, Work, layer
from cnnshape.layers.demands import space_rank
from cnnshape.layers.fields import Integer, Number, Word, one_of

__all__ = ["AlphaDropout", "DropPath", "Dropout"]


class _Noise(Layer):
    """A layer that is the identity at inference: a view, without work."""

    kind = Kind.REGULARIZE
    is_view = True

    p: Number

    def validate(self) -> None:
        if not 0 <= self.p <= 1:
            refuse(
                self,
                "p",
                "it is no probability",
                needed=(0, 1),
                rule="0 <= p <= 1",
                fix="p: a number from 0 to 1, e.g. 0.5",
            )

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        return inputs

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return POINTWISE

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of()


@layer
class Dropout(_Noise):
    """Zero elements, or whole channels, with probability p while training; the identity at inference.

    Shape:      x (*) -> y (*)
    Formulas:   parameters 0    MACs 0    activation bytes 0 (a view at inference)

    Parameters
    ----------
    p : probability of a zero, default 0.5
    rank : optional; without it each element is dropped by itself. With 1, 2 or 3 whole channels are dropped, as by
        PyTorch's Dropout1d, 2d, 3d, and the input has this number of space axes

    Raises
    ------
    ArgumentError
        CS401, p is not between 0 and 1.
    ShapeError
        CS206, the input has another number of space axes than rank.

    Notes
    -----
    Keras spells the argument `rate`, and the layer for channels SpatialDropout.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(Dropout(0.2).outputs((Spec((dim("N"), 64, dim("H"), dim("W"))),), Context())[0])
    (N, 64, H, W)

    References
    ----------
    [1] Srivastava et al.: Dropout, JMLR 15 (2014) 1929
    [2] https://onnx.ai/onnx/operators/onnx__Dropout.html
    """

    p: Number = 0.5
    _: KW_ONLY
    rank: Integer | None = None

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        if self.rank is not None:
            space_rank(self, inputs[0], self.rank)
        return inputs

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", "C")),
            Example.of(cls(0.2, rank=2), ("N", 3, "H", "W")),
            Example.of(cls(0.1, rank=1), ("N", 2, "L")),
            Example.of(cls(rank=3), ("N", 2, "T", "H", "W")),
        )


@layer
class AlphaDropout(_Noise):
    """Dropout for SELU networks: sets elements to SELU's lowest value, keeps mean and variance; identity at inference.

    Shape:      x (*) -> y (*)
    Formulas:   parameters 0    MACs 0    activation bytes 0 (a view at inference)

    Parameters
    ----------
    p : probability, default 0.5

    Raises
    ------
    ArgumentError
        CS401, p is not between 0 and 1.

    Notes
    -----
    ONNX has no such operator; at inference there is nothing to write.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(AlphaDropout().outputs((Spec((dim("N"), 64)),), Context())[0])
    (N, 64)

    References
    ----------
    [1] Klambauer et al.: Self-Normalizing Neural Networks, NeurIPS 2017, arXiv:1706.02515
    """

    p: Number = 0.5

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", "C")),
            Example.of(cls(0.1), ("N", 3, "H", "W")),
            Example.of(cls(0.2), ("N", "T", 4)),
        )


@layer
class DropPath(_Noise):
    """Drop the whole branch of a residual block, for each image by itself, while training; identity at inference.

    Shape:      x (*) -> y (*)
    Formulas:   parameters 0    MACs 0    activation bytes 0 (a view at inference)

    Parameters
    ----------
    p : probability that a branch is dropped, default 0
    mode : "row" (default; each image by itself) or "batch" (all images at once)

    Raises
    ------
    ArgumentError
        CS401, p is not between 0 and 1.

    Notes
    -----
    torchvision's StochasticDepth(p, mode); timm's DropPath(drop_prob) is mode "row".

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(DropPath(0.1).outputs((Spec((dim("N"), 64, dim("H"), dim("W"))),), Context())[0])
    (N, 64, H, W)

    References
    ----------
    [1] Huang et al.: Deep Networks with Stochastic Depth, ECCV 2016, arXiv:1603.09382
    """

    pytorch = 'StochasticDepth(0.1, "row") is DropPath(0.1, mode="row")'

    p: Number = 0.0
    _: KW_ONLY
    mode: Word = one_of("row", "batch")

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(0.1), ("N", 3, "H", "W")),
            Example.of(cls(0.2, mode="batch"), ("N", "T", "C")),
            Example.of(cls(), ("N", 2, "T", "H", "W")),
        )
