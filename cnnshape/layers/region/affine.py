"""Grids of positions that an affine map gives, for GridSample."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Windows, Work, layer
from cnnshape.layers.demands import equal_sizes, has_axes
from cnnshape.layers.fields import Flag, PerAxis, per_axis
from cnnshape.symbolic import dim, product

__all__ = ["AffineGrid"]

_RULE = "maps (N, r, r + 1) of r = 2 or 3 coordinates: a matrix and what is added, and r sizes"


@layer
class AffineGrid(Layer):
    """The positions that an affine map of the space reads, one for each pixel of the output.

    Shape:      maps (N, r, r + 1), r = 2 or 3 -> y (N, *size, r)
    Formulas:   y = A p + b for the position p of each pixel in -1..1, where the map is A beside b
                parameters 0    MACs 0;  products N*prod(size)*r^2, additions as many

    Parameters
    ----------
    size : pixels of the output, one number or one for each space axis
    align_corners : whether -1 and 1 are the centers of the corner pixels, not the edges of the map, default False

    Raises
    ------
    ArgumentError
        CS402 another number of sizes than r.
    ShapeError
        CS201 the last axis is not r + 1, CS206 other axes than (N, r, r + 1) with r 2 or 3.

    Notes
    -----
    torch.nn.functional.affine_grid(theta, (N, C, H, W)) is size=(H, W). The last space axis comes first in a position,
    as in GridSample.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(*AffineGrid((28, 28)).outputs((Spec((dim("N"), 2, 3)),), Context()))
    (N, 28, 28, 2)

    References
    ----------
    [1] Jaderberg et al.: Spatial Transformer Networks, arXiv:1506.02025
    [2] https://onnx.ai/onnx/operators/onnx__AffineGrid.html
    """

    kind = Kind.RESAMPLE
    pytorch = "affine_grid(theta, (1, 3, 8, 9)) is AffineGrid((8, 9))(theta)"

    size: PerAxis
    _: KW_ONLY
    align_corners: Flag = False

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (maps,) = inputs
        has_axes(maps, 3, "map", _RULE)
        size = self._sizes(maps)
        equal_sizes(ctx, maps.shape[1], len(size), "rows of the map", _RULE)
        equal_sizes(ctx, maps.shape[2], len(size) + 1, "columns of the map", _RULE)
        return (Spec((maps.shape[0], *size, len(size)), maps.dtype),)

    def _sizes(self, maps: Spec) -> tuple[int, ...]:
        if isinstance(self.size, tuple) and len(self.size) in (2, 3):
            return self.size  # type: ignore[return-value]  # sizes, which may be formulas
        rank = maps.shape[1]
        return per_axis(self.size, rank if rank in (2, 3) else 2, "size")  # type: ignore[arg-type]  # a number

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(everything=True, exact=False)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        (y,) = outputs
        many = product(y.shape) * (len(y.shape) - 2)
        return Work.of(muls=many, adds=many)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls((4, 5)), ("N", 2, 3)),
            Example.of(cls((dim("H"), dim("W")), align_corners=True), ("N", 2, 3)),
            Example.of(cls(3), ("N", 3, 4)),
        )
