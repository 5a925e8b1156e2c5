"""Activations of several elements at once: gates, the largest of a group, and the softmax of an axis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY

from cnnshape.errors import ShapeError
from cnnshape.layers.activation.curve import Activation, Curve
from cnnshape.layers.base import Context, Example, Spec, Windows, Work, axis_name, layer
from cnnshape.layers.demands import elements, normal_axis
from cnnshape.layers.fields import Count, Integer
from cnnshape.symbolic import Dim, Size, exact_div, floordiv, product, text

__all__ = ["GLU", "LogSoftmax", "Maxout", "Softmax"]


@layer
class GLU(Activation):
    """Gated linear unit: the first half of an axis times the sigmoid of the second half.

    Shape:      x (*A, 2*C, *B) -> y (*A, C, *B)
    Formulas:   parameters 0    MACs 0;  output all numbers

    Parameters
    ----------
    dim : the axis that is halved, default -1

    Raises
    ------
    ShapeError
        CS207 the input has no such axis, CS210 the axis has an odd size.

    Notes
    -----
    ONNX writes Split, Sigmoid and Mul; Keras's glu has axis -1.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(GLU(1).outputs((Spec((dim("N"), 64, dim("H"), dim("W"))),), Context())[0])
    (N, 32, H, W)

    References
    ----------
    [1] Dauphin, Fan, Auli, Grangier: Language Modeling with Gated Convolutional Networks, ICML 2017, arXiv:1612.08083
    """

    curve = Curve()

    dim: Integer = -1

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        axis = normal_axis(self.dim, len(x.shape))
        size = x.shape[axis]
        half = _part(
            ctx,
            size,
            2,
            lambda: ShapeError(
                f"GLU halves axis {axis_name(len(x.shape), axis)}, which has {text(size)} entries",
                code="CS210",
                got=size,
                needed=2,
                rule="the axis has an even size",
                fix=f"an even size, such as {text(size + 1)}, or another dim",
            ),
        )
        return (Spec((*x.shape[:axis], half, *x.shape[axis + 1 :]), x.dtype),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        axis = normal_axis(self.dim, len(inputs[0].shape))
        return Windows(whole=(axis,), exact=axis == 1)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        size = elements(outputs[0])
        return Work.of(muls=2 * size, adds=size, transcendental=size)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", "T", 8)),
            Example.of(cls(1), ("N", "2*C", "H", "W")),
            Example.of(cls(1), ("N", 6, "L")),
        )


@layer
class Maxout(Activation):
    """The largest of each group of neighbouring channels.

    Shape:      x (N, g*C, *) -> y (N, C, *);  C is num_units, output j is the largest of the inputs g*j .. g*j + g-1
    Formulas:   parameters 0    MACs 0;  output all numbers

    Parameters
    ----------
    num_units : channels that remain, divides the channels of the input, >= 1
    dim : the axis of the channels, default 1

    Raises
    ------
    ShapeError
        CS207 the input has no such axis, CS210 num_units does not divide the axis.

    Notes
    -----
    As TensorFlow Addons' Maxout(num_units, axis=-1). PyTorch, ONNX and Keras have none: there one reshapes and
    takes the largest.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(Maxout(32).outputs((Spec((dim("N"), 64, dim("H"), dim("W"))),), Context())[0])
    (N, 32, H, W)

    References
    ----------
    [1] Goodfellow et al.: Maxout Networks, ICML 2013, arXiv:1302.4389
    """

    curve = Curve(slope=(0.0, 1.0))

    num_units: Count
    _: KW_ONLY
    dim: Integer = 1

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        axis = normal_axis(self.dim, len(x.shape))
        _part(ctx, x.shape[axis], self.num_units, lambda: self._fault(x, axis))
        return (Spec((*x.shape[:axis], self.num_units, *x.shape[axis + 1 :]), x.dtype),)

    def _fault(self, x: Spec, axis: int) -> ShapeError:
        size, units = x.shape[axis], self.num_units
        near: Size = 1
        if isinstance(size, int) and isinstance(units, int):
            near = next(u for u in range(min(units, size), 0, -1) if size % u == 0)
        return ShapeError(
            f"num_units = {text(units)} does not divide axis {axis_name(len(x.shape), axis)}, "
            f"which has {text(size)} entries",
            code="CS210",
            field="num_units",
            got=size,
            needed=units,
            rule="num_units divides the channels",
            fix=f"num_units: {near}",
        )

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        axis = normal_axis(self.dim, len(inputs[0].shape))
        return Windows(whole=(axis,), exact=axis == 1)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of(compares=elements(inputs[0]) - elements(outputs[0]))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(2), ("N", 6, "H", "W")),
            Example.of(cls(4, dim=-1), ("N", "T", "4*C")),
            Example.of(cls(3), ("N", 3)),
        )


@layer
class Softmax(Activation):
    """Exponentials along an axis, divided by their sum.

    Shape:      x (*) -> y (*);  output (0, 1], 1 only where the axis has a single entry
    Formulas:   parameters 0    MACs 0;  a partial derivative is between -1/4 and 1/4

    Parameters
    ----------
    dim : the axis, default 1 (classes, channels); negative counted from the end

    Raises
    ------
    ShapeError
        CS207, the input has no such axis.

    Notes
    -----
    PyTorch wants dim written; left out, it warns and takes 1 for two and four axes, 0 for three. ONNX (from opset 13
    on) and Keras have -1. It saturates where one entry is far above the others, wherever they lie.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(Softmax().outputs((Spec((dim("N"), 10)),), Context())[0], Softmax().curve)
    (N, 10) (0, 1]

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Softmax.html
    """

    curve = Curve(0.0, 1.0, reached=(False, True), slope=(-0.25, 0.25))

    dim: Integer = 1

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        normal_axis(self.dim, len(inputs[0].shape))
        return inputs

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(whole=(normal_axis(self.dim, len(inputs[0].shape)),))

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        size, rows = elements(inputs[0]), _rows(inputs[0], self.dim)
        # the largest entry, its subtraction, the exponentials, their sum, the divisions
        return Work.of(muls=size, adds=2 * size - rows, compares=size - rows, transcendental=size)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", 10)),
            Example.of(cls(), ("N", "C", "H", "W")),
            Example.of(cls(-1), ("N", 2, "T", "T")),
        )


@layer
class LogSoftmax(Activation):
    """The logarithm of the softmax of an axis.

    Shape:      x (*) -> y (*);  output (-inf, 0], 0 only where the axis has a single entry
    Formulas:   parameters 0    MACs 0;  a partial derivative is between -1 and 1

    Parameters
    ----------
    dim : the axis, default 1 (classes, channels); negative counted from the end

    Raises
    ------
    ShapeError
        CS207, the input has no such axis.

    Notes
    -----
    The default axis differs as for Softmax.

    Examples
    --------
    >>> print(LogSoftmax().curve)
    (-inf, 0]

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__LogSoftmax.html
    """

    curve = Curve(high=0.0, reached=(False, True), slope=(-1.0, 1.0))

    dim: Integer = 1

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        normal_axis(self.dim, len(inputs[0].shape))
        return inputs

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(whole=(normal_axis(self.dim, len(inputs[0].shape)),))

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        size, rows = elements(inputs[0]), _rows(inputs[0], self.dim)
        # the largest entry, its subtraction, the exponentials, their sum and its logarithm, the subtraction of that
        return Work.of(adds=3 * size - rows, compares=size - rows, transcendental=size + rows)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", 10)),
            Example.of(cls(), ("N", "C", "H", "W")),
            Example.of(cls(-1), ("N", "T", 4)),
        )


def _rows(spec: Spec, dim: int) -> Size:
    """Return how many vectors lie along an axis."""
    axis = normal_axis(dim, len(spec.shape))
    return product(spec.shape[:axis] + spec.shape[axis + 1 :])


def _part(ctx: Context, size: Size, parts: Size, fault: Callable[[], ShapeError]) -> Size:
    """Return `size / parts`; demand that it is whole."""
    part = exact_div(size, parts)
    if part is not None:
        return part
    if isinstance(parts, Dim):
        raise fault()
    ctx.divides(parts, size, fault)
    return floordiv(size, parts)
