"""Regions of a map, each brought to one size."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Windows, Work, layer, sizes
from cnnshape.layers.demands import equal_sizes, has_axes, whole_numbers
from cnnshape.layers.fields import Flag, Integer, Number, PerAxis, Word, one_of, per_axis
from cnnshape.symbolic import Size, product, text

__all__ = ["RoIAlign", "RoIPool"]

_RULE = "x (N, C, H, W), regions (K, 4) as x1, y1, x2, y2, the image of each (K,)"


@layer
class RoIAlign(Layer):
    """Regions of interest brought to one size: each bin is the mean of points in it, read by interpolation.

    Shape:      x (N, C, H, W), regions (K, 4), images (K,), integers -> y (K, C, P, Q), where (P, Q) is output_size
    Formulas:   parameters 0    MACs 0;  with s = sampling_ratio^2 points a bin (s = 1 where their number depends on the
                region, so at least): products K*C*P*Q*(4s + 1), additions K*C*P*Q*(4s - 1)

    Parameters
    ----------
    output_size : bins, one number or one for each axis
    spatial_scale : pixels of the map per unit of the regions, default 1.0
    sampling_ratio : points of a bin along each axis; default -1: as many as pixels, ceil(region/output_size)
    aligned : whether regions are moved by half a pixel, so that pixels are centered, default False
    mode : "avg", or "max" of the weighed pixels (ONNX)

    Raises
    ------
    ShapeError
        CS201 sizes that must agree differ, CS206 other axes, CS211 images that are not integers.

    Notes
    -----
    torchvision has the images as the first column of the regions. ONNX's coordinate_transformation_mode half_pixel is
    aligned. Which pixels an output reads depends on its region.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> K = dim("K")
    >>> x = Spec((dim("N"), 256, dim("H"), dim("W")))
    >>> print(*RoIAlign(7).outputs((x, Spec((K, 4)), Spec((K,), "int64")), Context()))
    (K, 256, 7, 7)

    References
    ----------
    [1] He et al.: Mask R-CNN, ICCV 2017, arXiv:1703.06870
    [2] https://onnx.ai/onnx/operators/onnx__RoiAlign.html
    """

    kind = Kind.POOL
    arity = (3, 3)

    output_size: PerAxis
    _: KW_ONLY
    spatial_scale: Number = 1.0
    sampling_ratio: Integer = -1
    aligned: Flag = False
    mode: Word = one_of("avg", "max")

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        x = inputs[0]
        count = _regions(inputs, ctx)
        return (Spec((count, x.shape[1], *per_axis(self.output_size, 2, "output_size")), x.dtype),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(everything=True, exact=False)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        many, points = product(outputs[0].shape), max(self.sampling_ratio, 1) ** 2
        if self.mode == "max":
            return Work.of(muls=4 * points * many, compares=(4 * points - 1) * many)
        return Work.of(muls=(4 * points + 1) * many, adds=(4 * points - 1) * many)

    def label(self) -> str:
        return f"RoIAlign {_bins(self.output_size)}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        regions, images = sizes("K", 4), Spec(sizes("K"), "int64")
        return (
            Example.of(cls(3, sampling_ratio=2), (2, 3, "H", "W"), regions, images),
            Example.of(cls((2, 5), spatial_scale=0.25, aligned=True), (2, 2, 9, "W"), regions, images),
            Example.of(cls(2, mode="max"), (2, "C", 8, 8), regions, images),
        )


@layer
class RoIPool(Layer):
    """Regions of interest brought to one size: each bin is the largest pixel in it.

    Shape:      x (N, C, H, W), regions (K, 4), images (K,), integers -> y (K, C, P, Q), where (P, Q) is output_size
    Formulas:   parameters 0    MACs 0;  comparisons K*C*H*W where each region is the whole map

    Parameters
    ----------
    output_size : bins, one number or one for each axis
    spatial_scale : pixels of the map per unit of the regions, default 1.0

    Raises
    ------
    ShapeError
        CS201 sizes that must agree differ, CS206 other axes, CS211 images that are not integers.

    Notes
    -----
    torchvision's RoIPool and ONNX's MaxRoiPool have the images as the first column of the regions. Corners are rounded
    to pixels; a bin that lies outside the map is 0.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> K = dim("K")
    >>> x = Spec((dim("N"), 512, dim("H"), dim("W")))
    >>> print(*RoIPool(7, spatial_scale=0.0625).outputs((x, Spec((K, 4)), Spec((K,), "int64")), Context()))
    (K, 512, 7, 7)

    References
    ----------
    [1] Girshick: Fast R-CNN, ICCV 2015, arXiv:1504.08083
    [2] https://onnx.ai/onnx/operators/onnx__MaxRoiPool.html
    """

    kind = Kind.POOL
    arity = (3, 3)

    output_size: PerAxis
    _: KW_ONLY
    spatial_scale: Number = 1.0

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        x = inputs[0]
        count = _regions(inputs, ctx)
        return (Spec((count, x.shape[1], *per_axis(self.output_size, 2, "output_size")), x.dtype),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(everything=True, exact=False)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        x, regions, _ = inputs
        return Work.of(compares=regions.shape[0] * product(x.shape[1:]))

    def label(self) -> str:
        return f"RoIPool {_bins(self.output_size)}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        regions, images = sizes("K", 4), Spec(sizes("K"), "int64")
        return (
            Example.of(cls(2), (2, 3, "H", "W"), regions, images),
            Example.of(cls((3, 2), spatial_scale=0.5), (2, "C", 9, 8), regions, images),
            Example.of(cls(1), (2, 2, "H", 7), regions, images),
        )


def _regions(inputs: tuple[Spec, ...], ctx: Context) -> Size:
    """Return how many regions there are."""
    x, regions, images = inputs
    has_axes(x, 4, "map", _RULE)
    has_axes(regions, 2, "list of regions", _RULE)
    has_axes(images, 1, "list of images", _RULE)
    whole_numbers(images, "images")
    equal_sizes(ctx, regions.shape[1], 4, "numbers of a region", _RULE)
    return equal_sizes(ctx, images.shape[0], regions.shape[0], "images and regions", _RULE)


def _bins(size: PerAxis) -> str:
    found: tuple[Size, ...] = size if isinstance(size, tuple) else (size, size)
    return "x".join(map(text, found))
