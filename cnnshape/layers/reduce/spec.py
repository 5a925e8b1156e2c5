"""Axes summed up by arithmetic.

In the formulas X is the number of input elements, Y the number of output elements.
"""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.layers.base import Spec, Work, layer
from cnnshape.layers.demands import elements
from cnnshape.layers.fields import Axes, Flag
from cnnshape.layers.reduce.reduction import Reduction

__all__ = ["LogSumExp", "ReduceL1", "ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum"]


@layer
class ReduceMean(Reduction):
    """The mean over axes.

    Shape:      x (*S) -> y (*S without the axes), or with 1 in their places if keepdim
    Formulas:   parameters 0    MACs 0    additions X - Y, divisions Y, counted as multiplications

    Parameters
    ----------
    dim : the axis or axes, default None: all; negative values count from the end
    keepdim : keep the axes with size 1, default False (ONNX keeps them by default)

    Raises
    ------
    ShapeError
        CS207, no such axis, or one is named twice.

    Notes
    -----
    The mean of integers is an integer, cut toward 0 (ONNX); PyTorch takes the mean of floating-point numbers only.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> x = Spec((dim("N"), 2048, dim("H"), dim("W")))
    >>> print(*ReduceMean((2, 3)).outputs((x,), Context()), *ReduceMean(-1, keepdim=True).outputs((x,), Context()))
    (N, 2048) (N, 2048, H, 1)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.mean.html
    [2] https://onnx.ai/onnx/operators/onnx__ReduceMean.html
    """

    pytorch = "mean(x, 1, True) is ReduceMean(1, keepdim=True)(x)"

    dim: Axes | None = None
    _: KW_ONLY
    keepdim: Flag = False

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        size = elements(outputs[0])
        return Work.of(adds=elements(inputs[0]) - size, muls=size)


@layer
class ReduceSum(Reduction):
    """The sum over axes.

    Shape:      x (*S) -> y (*S without the axes), or with 1 in their places if keepdim
    Formulas:   parameters 0    MACs 0    additions X - Y

    Parameters
    ----------
    dim : the axis or axes, default None: all; negative values count from the end
    keepdim : keep the axes with size 1, default False (ONNX keeps them by default)

    Raises
    ------
    ShapeError
        CS207, no such axis, or one is named twice.

    Notes
    -----
    Integers and bools are summed as int64, as in PyTorch; ONNX keeps the type.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> print(*ReduceSum(1).outputs((Spec((1, 3, 8)),), Context()))
    (1, 8)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.sum.html
    [2] https://onnx.ai/onnx/operators/onnx__ReduceSum.html
    """

    pytorch = "sum(x, 1, True) is ReduceSum(1, keepdim=True)(x)"

    dim: Axes | None = None
    _: KW_ONLY
    keepdim: Flag = False

    def result(self, dtype: str) -> str:
        return dtype if "float" in dtype else "int64"

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of(adds=elements(inputs[0]) - elements(outputs[0]))


@layer
class ReduceMax(Reduction):
    """The largest value over axes.

    Shape:      x (*S) -> y (*S without the axes), or with 1 in their places if keepdim
    Formulas:   parameters 0    MACs 0    comparisons X - Y

    Parameters
    ----------
    dim : the axis or axes, default None: all; negative values count from the end
    keepdim : keep the axes with size 1, default False (ONNX keeps them by default)

    Raises
    ------
    ShapeError
        CS207, no such axis, or one is named twice.

    Notes
    -----
    The values only, as PyTorch's `amax`; its `max(dim=...)` also gives the positions, here ArgMax.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> print(*ReduceMax(1).outputs((Spec((1, 3, 8)),), Context()))
    (1, 8)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.amax.html
    [2] https://onnx.ai/onnx/operators/onnx__ReduceMax.html
    """

    dim: Axes | None = None
    _: KW_ONLY
    keepdim: Flag = False

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of(compares=elements(inputs[0]) - elements(outputs[0]))


@layer
class ReduceMin(Reduction):
    """The smallest value over axes.

    Shape:      x (*S) -> y (*S without the axes), or with 1 in their places if keepdim
    Formulas:   parameters 0    MACs 0    comparisons X - Y

    Parameters
    ----------
    dim : the axis or axes, default None: all; negative values count from the end
    keepdim : keep the axes with size 1, default False (ONNX keeps them by default)

    Raises
    ------
    ShapeError
        CS207, no such axis, or one is named twice.

    Notes
    -----
    The values only, as PyTorch's `amin`; its `min(dim=...)` also gives the positions, here ArgMin.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> print(*ReduceMin(1).outputs((Spec((1, 3, 8)),), Context()))
    (1, 8)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.amin.html
    [2] https://onnx.ai/onnx/operators/onnx__ReduceMin.html
    """

    dim: Axes | None = None
    _: KW_ONLY
    keepdim: Flag = False

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of(compares=elements(inputs[0]) - elements(outputs[0]))


@layer
class ReduceProd(Reduction):
    """The product over axes.

    Shape:      x (*S) -> y (*S without the axes), or with 1 in their places if keepdim
    Formulas:   parameters 0    MACs 0    multiplications X - Y

    Parameters
    ----------
    dim : the axis or axes, default None: all; negative values count from the end
    keepdim : keep the axes with size 1, default False (ONNX keeps them by default)

    Raises
    ------
    ShapeError
        CS207, no such axis, or one is named twice.

    Notes
    -----
    PyTorch's `prod` takes one axis. Integers and bools are multiplied as int64, as in PyTorch; ONNX keeps the type.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> print(*ReduceProd((0, 2)).outputs((Spec((1, 3, 8)),), Context()))
    (3,)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.prod.html
    [2] https://onnx.ai/onnx/operators/onnx__ReduceProd.html
    """

    dim: Axes | None = None
    _: KW_ONLY
    keepdim: Flag = False

    def result(self, dtype: str) -> str:
        return dtype if "float" in dtype else "int64"

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of(muls=elements(inputs[0]) - elements(outputs[0]))


@layer
class ReduceL1(Reduction):
    """The sum of absolute values over axes.

    Shape:      x (*S) -> y (*S without the axes), or with 1 in their places if keepdim
    Formulas:   parameters 0    MACs 0    comparisons X (the signs), additions X - Y

    Parameters
    ----------
    dim : the axis or axes, default None: all; negative values count from the end
    keepdim : keep the axes with size 1, default False (ONNX keeps them by default)

    Raises
    ------
    ShapeError
        CS207, no such axis, or one is named twice.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> print(*ReduceL1(1).outputs((Spec((1, 3, 8)),), Context()))
    (1, 8)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__ReduceL1.html
    [2] https://docs.pytorch.org/docs/stable/generated/torch.linalg.vector_norm.html
    """

    dim: Axes | None = None
    _: KW_ONLY
    keepdim: Flag = False

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        size = elements(inputs[0])
        return Work.of(compares=size, adds=size - elements(outputs[0]))


@layer
class ReduceL2(Reduction):
    """The Euclidean length over axes: the root of the sum of squares.

    Shape:      x (*S) -> y (*S without the axes), or with 1 in their places if keepdim
    Formulas:   parameters 0    MACs 0    multiplications X, additions X - Y, roots Y

    Parameters
    ----------
    dim : the axis or axes, default None: all; negative values count from the end
    keepdim : keep the axes with size 1, default False (ONNX keeps them by default)

    Raises
    ------
    ShapeError
        CS207, no such axis, or one is named twice.

    Notes
    -----
    The length of integers is an integer, cut toward 0 (ONNX).

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> print(*ReduceL2(1).outputs((Spec((1, 3, 8)),), Context()))
    (1, 8)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__ReduceL2.html
    [2] https://docs.pytorch.org/docs/stable/generated/torch.linalg.vector_norm.html
    """

    dim: Axes | None = None
    _: KW_ONLY
    keepdim: Flag = False

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        size, results = elements(inputs[0]), elements(outputs[0])
        return Work.of(muls=size, adds=size - results, transcendental=results)


@layer
class LogSumExp(Reduction):
    """The logarithm of the sum of exponentials over axes, the largest value taken out first so that none overflows.

    Shape:      x (*S) -> y (*S without the axes), or with 1 in their places if keepdim
    Formulas:   parameters 0    MACs 0    comparisons X - Y, additions 2*X, exponentials X, logarithms Y

    Parameters
    ----------
    dim : the axis or axes, default None: all; negative values count from the end
    keepdim : keep the axes with size 1, default False (ONNX keeps them by default)

    Raises
    ------
    ShapeError
        CS207, no such axis, or one is named twice.

    Notes
    -----
    The additions: X subtract the largest value, X - Y sum up, Y add it again. Of integers the result is an integer,
    cut toward 0 (ONNX; PyTorch's is float32).

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> print(*LogSumExp(1).outputs((Spec((1, 3, 8)),), Context()))
    (1, 8)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.logsumexp.html
    [2] https://onnx.ai/onnx/operators/onnx__ReduceLogSumExp.html
    """

    pytorch = "logsumexp(x, 1, True) is LogSumExp(1, keepdim=True)(x)"

    dim: Axes | None = None
    _: KW_ONLY
    keepdim: Flag = False

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        size, results = elements(inputs[0]), elements(outputs[0])
        return Work.of(compares=size - results, adds=2 * size, transcendental=size + results)
