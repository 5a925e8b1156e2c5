"""Norms with one scale and one shift for each channel: over the batch, over groups of channels, over each map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY

from cnnshape.errors import ShapeError
from cnnshape.layers.base import (
    POINTWISE,
    Context,
    Example,
    Kind,
    Layer,
    Spec,
    Weight,
    Windows,
    Work,
    layer,
    shape_text,
)
from cnnshape.layers.demands import channels, elements, share, space_rank, stated
from cnnshape.layers.fields import Count, Flag, Integer, Number
from cnnshape.layers.norm.cost import affine_map, by_mean_and_variance
from cnnshape.symbolic import Size, bound, product, text

__all__ = ["BatchNorm", "GroupNorm", "InstanceNorm"]


def scale_and_shift(shape: tuple[Size, ...]) -> dict[str, Weight]:
    """Return the weights of an affine norm."""
    return {"weight": Weight(shape, init="constant", value=1.0), "bias": Weight(shape, init="constant")}


def running_statistics(size: Size) -> dict[str, Weight]:
    """Return the buffers that hold the statistics of training."""
    return {
        "running_mean": Weight((size,), trainable=False, init="constant"),
        "running_var": Weight((size,), trainable=False, init="constant", value=1.0),
    }


def _has_channels(layer: Layer, spec: Spec) -> None:
    if len(spec.shape) < 2:
        raise ShapeError(
            f"{type(layer).__name__} works on channels, the input {shape_text(spec.shape)} has none",
            code="CS206",
            got=len(spec.shape),
            needed=2,
            rule="shapes are (N, C, *space): batch, channels, then any space axes",
            fix="an input with channels: [C] or [C, H, W]",
        )


def _several(layer: Layer, ctx: Context, count: Size) -> None:
    """Demand that statistics are taken over at least 2 elements, as PyTorch does."""
    ctx.at_least(
        count,
        2,
        lambda: ShapeError(
            f"{type(layer).__name__} takes its statistics over {text(count)} element",
            code="CS203",
            got=count,
            needed=2,
            rule="mean and variance are taken over at least 2 elements; of a single one nothing is left",
            fix="a larger input, or one stride less before it",
        ),
    )


def _normalized(x: Spec, size: Size) -> tuple[Spec, ...]:
    return (x if size is x.shape[1] else Spec((x.shape[0], size, *x.shape[2:]), x.dtype),)


@layer
class BatchNorm(Layer):
    """Normalize each channel by its statistics over the batch; at inference by those of training.

    Shape:      x (N, C, *D) -> y (N, C, *D);  without space axes, or with 1, 2 or 3 of them
    Formulas:   parameters 2*C [affine]    buffers 2*C [track_running_stats]    MACs 0: one mul and one add an element

    Parameters
    ----------
    num_features : optional, the channels; held against the input
    eps : added to the variance, default 1e-5
    momentum : weight of the newest batch in the running statistics, default 0.1; null: a plain average
    affine : whether it has a learned scale and shift, default True
    track_running_stats : whether it keeps the statistics of training, default True; without them the statistics are
        those of the batch at hand, also at inference
    rank : optional, 1, 2 or 3; the number of space axes that the input must have; 1 allows none as well, as in PyTorch

    Raises
    ------
    ShapeError
        CS202 num_features differ, CS203 one element of a channel in the whole batch (without track_running_stats),
        CS206 the input has no channels or another number of space axes.

    Notes
    -----
    The running statistics are buffers: PyTorch does not count them, Keras counts them as non-trainable parameters.
    PyTorch's counter num_batches_tracked is left out. Keras has eps 1e-3, and its momentum 0.99 is the weight of the
    old value: 1 minus PyTorch's. ONNX's momentum is Keras's way round (0.9), its epsilon 1e-5.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> x = Spec((dim("N"), 64, dim("H"), dim("W")))
    >>> print(BatchNorm(64).outputs((x,), Context())[0], *BatchNorm(64).weights((x,)))
    (N, 64, H, W) weight bias running_mean running_var

    References
    ----------
    [1] Ioffe, Szegedy: Batch Normalization, ICML 2015, arXiv:1502.03167
    [2] https://onnx.ai/onnx/operators/onnx__BatchNormalization.html
    """

    kind = Kind.NORM
    pytorch = "BatchNorm2d(64, 1e-3) is BatchNorm(64, eps=1e-3)"

    num_features: Count | None = None
    _: KW_ONLY
    eps: Number = 1e-5
    momentum: Number | None = 0.1
    affine: Flag = True
    track_running_stats: Flag = True
    rank: Integer | None = None

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        if len(x.shape) != 2 or self.rank not in (None, 1):
            _has_channels(self, x)
            space_rank(self, x, self.rank)
        size = channels(ctx, self.num_features, x.shape[1], "num_features")
        if not self.track_running_stats:
            _several(self, ctx, x.shape[0] * product(x.shape[2:]))
        return _normalized(x, size)

    def weights(self, inputs: tuple[Spec, ...]) -> Mapping[str, Weight]:
        size = stated(self.num_features, inputs[0].shape[1])
        weights = scale_and_shift((size,)) if self.affine else {}
        return weights | running_statistics(size) if self.track_running_stats else weights

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        if self.track_running_stats:
            return POINTWISE
        return Windows(whole=(0, *range(2, len(inputs[0].shape))))

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        size = elements(inputs[0])
        if self.track_running_stats:
            return affine_map(size)
        return by_mean_and_variance(
            size, stated(self.num_features, inputs[0].shape[1]), scale=self.affine, shift=self.affine
        )

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(3, rank=2), ("N", 3, "H", "W")),
            Example.of(cls(affine=False, eps=1e-3), ("N", "C")),
            Example.of(cls(momentum=None), ("N", 2, "L")),
            Example.of(cls(track_running_stats=False), ("N", 2, "T", "H", "W")),
        )


@layer
class InstanceNorm(Layer):
    """Normalize every map of every image by its own mean and variance.

    Shape:      x (N, C, *D) -> y (N, C, *D);  1, 2 or 3 space axes
    Formulas:   parameters 2*C [affine]    buffers 2*C [track_running_stats]    MACs 0

    Parameters
    ----------
    num_features : optional, the channels; held against the input
    eps : added to the variance, default 1e-5
    momentum : weight of the newest batch in the running statistics, default 0.1
    affine : whether it has a learned scale and shift, default False
    track_running_stats : whether it keeps the statistics of training and uses them at inference, default False
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ShapeError
        CS202 num_features differ, CS203 maps of a single position (without track_running_stats), CS206 the input has
        no space axes or another number of them.

    Notes
    -----
    PyTorch checks num_features only with affine; here it is always checked. It refuses maps of a single position, whose
    normalized value is 0; ONNX and Keras let them pass. ONNX's operator has always a scale and a
    shift. Keras writes GroupNormalization(groups=-1).

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(InstanceNorm().outputs((Spec((dim("N"), 64, dim("H"), dim("W"))),), Context())[0])
    (N, 64, H, W)

    References
    ----------
    [1] Ulyanov, Vedaldi, Lempitsky: Instance Normalization, arXiv:1607.08022
    [2] https://onnx.ai/onnx/operators/onnx__InstanceNormalization.html
    """

    kind = Kind.NORM
    pytorch = "InstanceNorm2d(64, 1e-3) is InstanceNorm(64, eps=1e-3)"

    num_features: Count | None = None
    _: KW_ONLY
    eps: Number = 1e-5
    momentum: Number | None = 0.1
    affine: Flag = False
    track_running_stats: Flag = False
    rank: Integer | None = None

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        space_rank(self, x, self.rank)
        size = channels(ctx, self.num_features, x.shape[1], "num_features")
        if not self.track_running_stats:
            _several(self, ctx, product(x.shape[2:]))
        return _normalized(x, size)

    def weights(self, inputs: tuple[Spec, ...]) -> Mapping[str, Weight]:
        size = stated(self.num_features, inputs[0].shape[1])
        weights = scale_and_shift((size,)) if self.affine else {}
        return weights | running_statistics(size) if self.track_running_stats else weights

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return POINTWISE if self.track_running_stats else Windows(whole=tuple(range(2, len(inputs[0].shape))))

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        (x,) = inputs
        if self.track_running_stats:
            return affine_map(elements(x))
        maps = x.shape[0] * stated(self.num_features, x.shape[1])
        return by_mean_and_variance(elements(x), maps, scale=self.affine, shift=self.affine)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(3, affine=True, rank=2), ("N", 3, "H", "W")),
            Example.of(cls(eps=1e-3), ("N", "C", "L")),
            Example.of(cls(track_running_stats=True, momentum=0.2), ("N", 2, "T", "H", "W")),
        )


@layer
class GroupNorm(Layer):
    """Normalize each group of channels of every image by its mean and variance, over all positions.

    Shape:      x (N, C, *D) -> y (N, C, *D);  any number of space axes
    Formulas:   parameters 2*C [affine]    MACs 0

    Parameters
    ----------
    num_groups : number of groups, divides the channels, >= 1; 1 normalizes over all channels
    eps : added to the variance, default 1e-5
    affine : whether it has a learned scale and shift, default True
    num_channels : optional, held against the input

    Raises
    ------
    ShapeError
        CS202 num_channels differ, CS203 a group of one element in the whole batch, CS204 num_groups does not divide the
        channels, CS206 the input has no channels.

    Notes
    -----
    ONNX has scale and shift always (one each for a channel from opset 21 on, for a group before). Keras has eps 1e-3.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(GroupNorm(32).outputs((Spec((dim("N"), 256, dim("H"), dim("W"))),), Context())[0])
    (N, 256, H, W)

    References
    ----------
    [1] Wu, He: Group Normalization, ECCV 2018, arXiv:1803.08494
    [2] https://onnx.ai/onnx/operators/onnx__GroupNormalization.html
    """

    kind = Kind.NORM
    pytorch = "GroupNorm(32, 256) is GroupNorm(32, num_channels=256)"

    num_groups: Count
    _: KW_ONLY
    eps: Number = 1e-5
    affine: Flag = True
    num_channels: Count | None = None

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        _has_channels(self, x)
        size = channels(ctx, self.num_channels, x.shape[1], "num_channels")
        part = share(ctx, size, self.num_groups, "channels", "num_groups")
        if (bound(part)[0] or 0) < 2:
            _several(self, ctx, x.shape[0] * part * product(x.shape[2:]))
        return _normalized(x, size)

    def weights(self, inputs: tuple[Spec, ...]) -> Mapping[str, Weight]:
        return scale_and_shift((stated(self.num_channels, inputs[0].shape[1]),)) if self.affine else {}

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(whole=tuple(range(1, len(inputs[0].shape))))

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        (x,) = inputs
        groups = x.shape[0] * self.num_groups
        return by_mean_and_variance(elements(x), groups, scale=self.affine, shift=self.affine)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(2, num_channels=4), ("N", 4, "H", "W")),
            Example.of(cls(3, affine=False, eps=1e-3), ("N", "3*C", "L")),
            Example.of(cls(1), ("N", 2, "T", "H", "W")),
            Example.of(cls(2), ("N", 4)),
        )
