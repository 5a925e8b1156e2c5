"""Norms over the last axes, whose weights have one entry for each normalized element."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY
from functools import partial

from cnnshape.errors import ShapeError
from cnnshape.layers.base import (
    Context,
    Example,
    Kind,
    Layer,
    Spec,
    Weight,
    Windows,
    Work,
    axis_name,
    layer,
    shape_text,
)
from cnnshape.layers.demands import elements
from cnnshape.layers.fields import Flag, Number, Sizes
from cnnshape.layers.norm.cost import by_mean_and_variance, by_mean_square
from cnnshape.symbolic import Size, product, text

__all__ = ["LayerNorm", "RMSNorm"]


class _TrailingNorm(Layer):
    """A norm over the last axes of its input."""

    kind = Kind.NORM

    normalized_shape: Sizes | None

    def _given(self) -> tuple[Size, ...]:
        given = self.normalized_shape
        if given is None:
            return ()
        return given if isinstance(given, tuple) else (given,)

    def _over(self, x: Spec) -> tuple[Size, ...]:
        return self._given() or x.shape[-1:]

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        given = self._given()
        first = len(x.shape) - max(len(given), 1)
        if first < 0:
            raise ShapeError(
                f"{type(self).__name__} normalizes the last {max(len(given), 1)} axes, "
                f"the input {shape_text(x.shape)} has {len(x.shape)}",
                code="CS206",
                got=len(x.shape),
                needed=max(len(given), 1),
                rule="normalized_shape has at most as many entries as the input has axes",
                fix="leave normalized_shape out: it is then the last axis" if x.shape else "an input with axes: [C]",
            )
        after = [
            ctx.equal(size, want, partial(self._fault, x)) for size, want in zip(x.shape[first:], given, strict=False)
        ]
        return (Spec((*x.shape[:first], *after), x.dtype) if after else x,)

    def _fault(self, x: Spec) -> ShapeError:
        given = self._given()
        has, dims = x.shape[-len(given) :], len(x.shape)
        fix = f"normalized_shape: [{', '.join(text(size) for size in has)}]"
        if len(given) == 1:
            fix += ", or leave normalized_shape out: it is read from the input"
            moved = next((axis for axis in range(1, dims - 1) if x.shape[axis] == given[0]), None)
            if moved is not None:
                fix += f"\nor permute axis {axis_name(dims, moved)}, which has {text(given[0])}, to the end"
        return ShapeError(
            f"normalized_shape = {shape_text(given)}, the input {shape_text(x.shape)} ends in {shape_text(has)}",
            code="CS202",
            field="normalized_shape",
            got=has,
            needed=given,
            rule="normalized_shape equals the sizes of the last axes of the input",
            fix=fix,
        )

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        dims = len(inputs[0].shape)
        return Windows(whole=tuple(range(dims - len(self._over(inputs[0])), dims)))


@layer
class LayerNorm(_TrailingNorm):
    """Normalize over the last axes, by their mean and variance.

    Shape:      x (*A, *S) -> y (*A, *S);  S is normalized_shape
    Formulas:   parameters 2*prod(S) [elementwise_affine, half without bias]    MACs 0

    Parameters
    ----------
    normalized_shape : optional, the sizes of the last axes, which are normalized; held against the input; default: the
        last axis alone
    eps : added to the variance, default 1e-5
    elementwise_affine : whether it has a learned scale (and shift), default True
    bias : whether there is a shift beside the scale, default True

    Raises
    ------
    ArgumentError
        CS401, normalized_shape is empty or has a size below 1.
    ShapeError
        CS202 the last axes have other sizes, CS206 the input has fewer axes.

    Notes
    -----
    The channels of a feature map stand on axis 1: permute them to the end first, as ConvNeXt does. Keras has eps 1e-3;
    ONNX states the first normalized axis instead of the shape.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> x = Spec((dim("N"), dim("T"), 768))
    >>> print(LayerNorm(768).outputs((x,), Context())[0], LayerNorm(768).weights((x,))["weight"].shape)
    (N, T, 768) (768,)

    References
    ----------
    [1] Ba, Kiros, Hinton: Layer Normalization, arXiv:1607.06450
    [2] https://onnx.ai/onnx/operators/onnx__LayerNormalization.html
    """

    pytorch = "LayerNorm(768, 1e-6) is LayerNorm(768, eps=1e-6)"

    normalized_shape: Sizes | None = None
    _: KW_ONLY
    eps: Number = 1e-5
    elementwise_affine: Flag = True
    bias: Flag = True

    def weights(self, inputs: tuple[Spec, ...]) -> Mapping[str, Weight]:
        if not self.elementwise_affine:
            return {}
        over = self._over(inputs[0])
        weights = {"weight": Weight(over, init="constant", value=1.0)}
        if self.bias:
            weights["bias"] = Weight(over, init="constant")
        return weights

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        (x,) = inputs
        groups = product(x.shape[: len(x.shape) - len(self._over(x))])
        scale = self.elementwise_affine
        return by_mean_and_variance(elements(x), groups, scale=scale, shift=scale and self.bias)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(4), ("N", "T", 4)),
            Example.of(cls((3, 2), bias=False), ("N", "H", 3, 2)),
            Example.of(cls(elementwise_affine=False, eps=1e-6), ("N", 2, "H", "W")),
        )


@layer
class RMSNorm(_TrailingNorm):
    """Divide by the root of the mean square over the last axes.

    Shape:      x (*A, *S) -> y (*A, *S);  S is normalized_shape
    Formulas:   parameters prod(S) [elementwise_affine]    MACs 0

    Parameters
    ----------
    normalized_shape : optional, the sizes of the last axes, which are normalized; held against the input; default: the
        last axis alone
    eps : added to the mean square; default null, the spacing of float32 at 1 (1.19e-7), of float64 if the input has it
    elementwise_affine : whether it has a learned scale, default True

    Raises
    ------
    ArgumentError
        CS401, normalized_shape is empty or has a size below 1.
    ShapeError
        CS202 the last axes have other sizes, CS206 the input has fewer axes.

    Notes
    -----
    ONNX has epsilon 1e-5, Keras 1e-6.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(RMSNorm().outputs((Spec((dim("N"), dim("T"), 768)),), Context())[0])
    (N, T, 768)

    References
    ----------
    [1] Zhang, Sennrich: Root Mean Square Layer Normalization, NeurIPS 2019, arXiv:1910.07467
    [2] https://onnx.ai/onnx/operators/onnx__RMSNormalization.html
    """

    pytorch = "RMSNorm(768, 1e-6) is RMSNorm(768, eps=1e-6)"

    normalized_shape: Sizes | None = None
    _: KW_ONLY
    eps: Number | None = None
    elementwise_affine: Flag = True

    def weights(self, inputs: tuple[Spec, ...]) -> Mapping[str, Weight]:
        if not self.elementwise_affine:
            return {}
        return {"weight": Weight(self._over(inputs[0]), init="constant", value=1.0)}

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        (x,) = inputs
        groups = product(x.shape[: len(x.shape) - len(self._over(x))])
        return by_mean_square(elements(x), groups, scale=self.elementwise_affine)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(4), ("N", "T", 4)),
            Example.of(cls((3, 2), eps=1e-6), ("N", "H", 3, 2)),
            Example.of(cls(elementwise_affine=False), ("N", 2, "H", "W")),
        )
