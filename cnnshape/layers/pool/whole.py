"""Pools over all of space: one value for a channel's map."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Windows, Work, layer
from cnnshape.layers.demands import space_rank
from cnnshape.layers.fields import Flag, Integer, Number
from cnnshape.layers.pool.norms import check_norm, norm_work
from cnnshape.symbolic import product

__all__ = ["GlobalAvgPool", "GlobalLPPool", "GlobalMaxPool"]


def _reduced(layer: Layer, x: Spec, keepdim: bool, stated: int | None) -> Spec:
    rank = space_rank(layer, x, stated)
    return Spec((*x.shape[:2], *((1,) * rank if keepdim else ())), x.dtype)


def _space_window(x: Spec, keepdim: bool) -> Windows:
    return Windows(whole=tuple(range(2, len(x.shape))), source=None if keepdim else (0, 1))


@layer
class GlobalAvgPool(Layer):
    """The mean over all space axes, of which there are 1, 2 or 3.

    Shape:      x (N, C, *D) -> y (N, C, 1...), or (N, C) without keepdim
    Formulas:   parameters 0    MACs 0    additions N*C*(prod(D) - 1)    divisions N*C

    Parameters
    ----------
    keepdim : whether the space axes stay, with size 1, default True
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ShapeError
        CS206, the input has another number of space axes.

    Notes
    -----
    ONNX's operator keeps the axes; Keras's GlobalAveragePooling drops them unless keepdims=True; PyTorch writes
    AdaptiveAvgPool(1), and flattens.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> x = Spec((dim("N"), 512, dim("H"), dim("W")))
    >>> print(GlobalAvgPool().outputs((x,), Context())[0], GlobalAvgPool(keepdim=False).outputs((x,), Context())[0])
    (N, 512, 1, 1) (N, 512)

    References
    ----------
    [1] Lin, Chen, Yan: Network In Network, arXiv:1312.4400
    [2] https://onnx.ai/onnx/operators/onnx__GlobalAveragePool.html
    """

    kind = Kind.POOL

    _: KW_ONLY
    keepdim: Flag = True
    rank: Integer | None = None

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        return (_reduced(self, inputs[0], self.keepdim, self.rank),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return _space_window(inputs[0], self.keepdim)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        size = product(outputs[0].shape)
        return Work.of(muls=size, adds=product(inputs[0].shape) - size)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", 3, "H", "W")),
            Example.of(cls(keepdim=False, rank=2), ("N", 3, "H", "W")),
            Example.of(cls(keepdim=False), ("N", 2, "L")),
            Example.of(cls(), ("N", "C", "T", "H", "W")),
        )


@layer
class GlobalMaxPool(Layer):
    """The largest value over all space axes, of which there are 1, 2 or 3.

    Shape:      x (N, C, *D) -> y (N, C, 1...), or (N, C) without keepdim
    Formulas:   parameters 0    MACs 0    comparisons N*C*(prod(D) - 1)

    Parameters
    ----------
    keepdim : whether the space axes stay, with size 1, default True
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ShapeError
        CS206, the input has another number of space axes.

    Notes
    -----
    ONNX's operator keeps the axes; Keras's GlobalMaxPooling drops them unless keepdims=True.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(GlobalMaxPool().outputs((Spec((dim("N"), 512, dim("L"))),), Context())[0])
    (N, 512, 1)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__GlobalMaxPool.html
    """

    kind = Kind.POOL

    _: KW_ONLY
    keepdim: Flag = True
    rank: Integer | None = None

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        return (_reduced(self, inputs[0], self.keepdim, self.rank),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return _space_window(inputs[0], self.keepdim)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of(compares=product(inputs[0].shape) - product(outputs[0].shape))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", 3, "H", "W")),
            Example.of(cls(keepdim=False, rank=2), ("N", 3, "H", "W")),
            Example.of(cls(), ("N", 2, "L")),
            Example.of(cls(keepdim=False), ("N", "C", "T", "H", "W")),
        )


@layer
class GlobalLPPool(Layer):
    """The p-norm over all space axes, (sum |x|^p)^(1/p), of which there are 1, 2 or 3.

    Shape:      x (N, C, *D) -> y (N, C, 1...), or (N, C) without keepdim
    Formulas:   parameters 0    MACs 0    additions N*C*(prod(D) - 1);  powers and roots as for LPPool

    Parameters
    ----------
    norm_type : p, default 2; above 0 and finite
    keepdim : whether the space axes stay, with size 1, default True
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ArgumentError
        CS401, a norm_type that is not above 0 and finite.
    ShapeError
        CS206, the input has another number of space axes.

    Notes
    -----
    ONNX's operator, with a whole p; PyTorch and Keras have no such layer.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(GlobalLPPool(norm_type=3).outputs((Spec((dim("N"), 512, dim("H"), 7)),), Context())[0])
    (N, 512, 1, 1)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__GlobalLpPool.html
    """

    kind = Kind.POOL

    _: KW_ONLY
    norm_type: Number = 2
    keepdim: Flag = True
    rank: Integer | None = None

    def validate(self) -> None:
        check_norm(self)

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        return (_reduced(self, inputs[0], self.keepdim, self.rank),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return _space_window(inputs[0], self.keepdim)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return norm_work(self.norm_type, product(inputs[0].shape[2:]), product(outputs[0].shape))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", 3, "H", "W")),
            Example.of(cls(norm_type=1, keepdim=False, rank=1), ("N", 2, "L")),
            Example.of(cls(norm_type=3), ("N", "C", "T", "H", "W")),
        )
