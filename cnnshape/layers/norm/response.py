"""Norms by the strength of a response: over neighbouring channels, over one axis, over whole maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Weight, Windows, Work, layer, shape_text
from cnnshape.layers.demands import channels, elements, normal_axis
from cnnshape.layers.fields import Count, Integer, Number
from cnnshape.symbolic import Size, Window, floordiv, product

__all__ = ["GRN", "L2Norm", "LocalResponseNorm"]


@layer
class LocalResponseNorm(Layer):
    """Divide by a power of the mean square of the neighbouring channels: y = x/(k + alpha*mean(x^2))^beta.

    Shape:      x (N, C, *D) -> y (N, C, *D);  at least one space axis
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    size : number of channels that count, the middle one included, >= 1; channels outside count as 0
    alpha, beta, k : defaults 1e-4, 0.75, 1

    Raises
    ------
    ShapeError
        CS206, the input has no space axis.

    Notes
    -----
    An even size has its odd neighbour before the channel in PyTorch, after it in ONNX. PyTorch and ONNX divide alpha by
    size; TensorFlow and the AlexNet paper do not, and TensorFlow counts depth_radius to each side.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(LocalResponseNorm(5).outputs((Spec((dim("N"), 96, dim("H"), dim("W"))),), Context())[0])
    (N, 96, H, W)

    References
    ----------
    [1] Krizhevsky, Sutskever, Hinton: ImageNet Classification with Deep Convolutional Neural Networks, NeurIPS 2012
    [2] https://onnx.ai/onnx/operators/onnx__LRN.html
    """

    kind = Kind.NORM
    pytorch = "LocalResponseNorm(5, 1e-4) is LocalResponseNorm(5, alpha=1e-4)"

    size: Count
    _: KW_ONLY
    alpha: Number = 1e-4
    beta: Number = 0.75
    k: Number = 1.0

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        _has_space(self, inputs[0])
        return inputs

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows({1: Window(self.size, 1, floordiv(self.size, 2), floordiv(self.size - 1, 2))})

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        size = elements(inputs[0])
        # square, alpha/size and the division; the sum over the window (padding counted) and k; the power
        return Work.of(muls=3 * size, adds=size * self.size, transcendental=size)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(5, alpha=2e-4, k=2.0), ("N", 8, "H", "W")),
            Example.of(cls(2, beta=0.5), ("N", "C", "L")),
            Example.of(cls(3), ("N", 4, "T", "H", "W")),
        )


@layer
class L2Norm(Layer):
    """Divide by the Euclidean length along one axis: y = x/max(|x|, eps).

    Shape:      x (*S) -> y (*S)
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    dim : the axis, default 1 (channels); negative counted from the end
    eps : least length, default 1e-12

    Raises
    ------
    ShapeError
        CS207, the input has no such axis.

    Notes
    -----
    torch.nn.functional.normalize. ONNX's LpNormalization (p = 2) and Keras's UnitNormalization have axis -1. SSD's
    layer of this name has a learned scale for each channel: follow it with LayerScale(init_values=20).

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(L2Norm().outputs((Spec((dim("N"), 128)),), Context())[0])
    (N, 128)

    References
    ----------
    [1] Liu, Rabinovich, Berg: ParseNet, arXiv:1506.04579
    [2] https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.normalize.html
    """

    kind = Kind.NORM

    _: KW_ONLY
    dim: Integer = 1
    eps: Number = 1e-12

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        normal_axis(self.dim, len(inputs[0].shape))
        return inputs

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(whole=(normal_axis(self.dim, len(inputs[0].shape)),))

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        shape = inputs[0].shape
        axis = normal_axis(self.dim, len(shape))
        size, vectors = product(shape), product(shape[:axis] + shape[axis + 1 :])
        # squares and divisions; the sum; the comparison with eps; the root
        return Work.of(muls=2 * size, adds=size - vectors, compares=vectors, transcendental=vectors)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", 8)),
            Example.of(cls(eps=1e-6), ("N", "C", "H", "W")),
            Example.of(cls(dim=-1), ("N", "T", 4)),
        )


@layer
class GRN(Layer):
    """Global response normalization of ConvNeXt V2: channels compete by the length of their maps.

    Shape:      x (N, C, *D) -> y (N, C, *D);  at least one space axis
    Formulas:   g = |x| over space, y = gamma*x*g/(mean of g over channels + eps) + beta + x    parameters 2*C    MACs 0

    Parameters
    ----------
    dim : the axis of the channels, default 1; -1 for (N, *D, C), as in the original code
    eps : added to the mean length, default 1e-6
    num_features : optional, the channels; held against the input

    Raises
    ------
    ShapeError
        CS202 num_features differ, CS206 the input has no space axis, CS207 the input has no such axis.

    Notes
    -----
    No framework has it as a layer. The original code keeps gamma and beta as (1, 1, 1, C); here they are (C,).

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> x = Spec((dim("N"), dim("H"), dim("W"), 384))
    >>> print(GRN(dim=-1).outputs((x,), Context())[0], GRN(dim=-1).weights((x,))["gamma"].shape)
    (N, H, W, 384) (384,)

    References
    ----------
    [1] Woo et al.: ConvNeXt V2, CVPR 2023, arXiv:2301.00808, algorithm 1
    """

    kind = Kind.NORM

    _: KW_ONLY
    dim: Integer = 1
    eps: Number = 1e-6
    num_features: Count | None = None

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        _has_space(self, x)
        axis = normal_axis(self.dim, len(x.shape))
        size = channels(ctx, self.num_features, x.shape[axis], "num_features")
        return (Spec((*x.shape[:axis], size, *x.shape[axis + 1 :]), x.dtype),)

    def _channels(self, x: Spec) -> Size:
        return x.shape[self.dim] if self.num_features is None else self.num_features

    def weights(self, inputs: tuple[Spec, ...]) -> Mapping[str, Weight]:
        size = self._channels(inputs[0])
        return {"gamma": Weight((size,), init="constant"), "beta": Weight((size,), init="constant")}

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(whole=tuple(range(1, len(inputs[0].shape))))

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        (x,) = inputs
        size, images = elements(x), x.shape[0]
        maps = images * self._channels(x)
        # squares, x*n, gamma; a quotient a map; a mean an image. The two sums with eps take as many additions as there
        # are elements; beta and x as many again, each.
        return Work.of(muls=3 * size + maps + images, adds=3 * size, transcendental=maps)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(num_features=4), ("N", 4, "H", "W")),
            Example.of(cls(dim=-1, eps=1e-5), ("N", "H", "W", "C")),
            Example.of(cls(), ("N", 2, "L")),
        )


def _has_space(layer: Layer, spec: Spec) -> None:
    if len(spec.shape) < 3:
        raise ShapeError(
            f"{type(layer).__name__} needs space axes after batch and channels, "
            f"the input {shape_text(spec.shape)} has none",
            code="CS206",
            got=len(spec.shape),
            needed=3,
            rule="shapes are (N, C, *space)",
            fix="an input with space axes, such as [C, H, W]",
        )
