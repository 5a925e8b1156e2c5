"""GridSample: a map read at positions that a second input holds."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Windows, Work, layer, shape_text
from cnnshape.layers.demands import same_rank
from cnnshape.layers.fields import Flag, Integer, Word, one_of
from cnnshape.symbolic import Size, product, text

__all__ = ["GridSample"]

_TAPS = {"bilinear": 2, "nearest": 1, "bicubic": 4}


@layer
class GridSample(Layer):
    """The values of a map at the positions of a grid, by interpolation.

    Shape:      x (N, C, *D), grid (N, *G, r) -> y (N, C, *G), where r = 2 or 3 is the number of space axes
    Formulas:   parameters 0    MACs 0;  with t = 1, 2, 4 taps per axis (nearest, bilinear, bicubic), P = N*prod(G):
                products P*r + C*P*t^r, additions P*r + C*P*(t^r - 1);  nearest: only those of P*r

    Parameters
    ----------
    mode : "bilinear" (over 3 space axes trilinear), "nearest" or "bicubic" (2 space axes)
    padding_mode : what lies outside the map: "zeros", "border" or "reflection"
    align_corners : whether -1 and 1 are the centers of the corner pixels, not the edges of the map, default False
    rank : optional, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ShapeError
        CS201 the inputs differ in batch, or the grid's last axis is not the number of space axes, CS206 the input has
        another number of space axes, CS208 the inputs have different numbers of axes.

    Notes
    -----
    The grid holds (x, y) or (x, y, z) in -1..1, the last space axis first. Which pixels an output reads depends on the
    grid: it may be any of them. Counted are one product and one addition a coordinate to turn it into pixels.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> N, H, W = dim("N"), dim("H"), dim("W")
    >>> print(GridSample().outputs((Spec((N, 3, H, W)), Spec((N, 28, 28, 2))), Context())[0])
    (N, 3, 28, 28)

    References
    ----------
    [1] Jaderberg et al.: Spatial Transformer Networks, arXiv:1506.02025
    [2] https://onnx.ai/onnx/operators/onnx__GridSample.html
    """

    kind = Kind.RESAMPLE
    arity = (2, 2)

    _: KW_ONLY
    mode: Word = one_of("bilinear", "nearest", "bicubic")
    padding_mode: Word = one_of("zeros", "border", "reflection")
    align_corners: Flag = False
    rank: Integer | None = None

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        x, grid = inputs
        rank = same_rank(inputs) - 2
        allowed = (2,) if self.mode == "bicubic" else (2, 3)
        if rank not in allowed or self.rank not in (None, rank):
            raise _rank_fault(self, x, rank, allowed if self.rank is None else (self.rank,))
        n = ctx.equal(x.shape[0], grid.shape[0], lambda: _batch_fault(x, grid))
        ctx.equal(grid.shape[-1], rank, lambda: _grid_fault(grid.shape[-1], rank))
        return (Spec((n, x.shape[1], *grid.shape[1:-1]), x.dtype),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(everything=True, exact=False)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        (_, grid), (y,) = inputs, outputs
        coordinates, size = product(grid.shape), product(y.shape)
        taps = _TAPS[self.mode] ** (len(y.shape) - 2)
        weighed = (0, 0) if taps == 1 else (taps * size, (taps - 1) * size)
        return Work.of(muls=coordinates + weighed[0], adds=coordinates + weighed[1])

    def label(self) -> str:
        return f"GridSample {self.mode}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", 3, "H", "W"), ("N", 4, 5, 2)),
            Example.of(cls(mode="nearest", padding_mode="border", rank=2), ("N", 3, 8, 8), ("N", "H", "W", 2)),
            Example.of(cls(mode="bicubic", padding_mode="reflection"), ("N", 1, "H", "W"), ("N", "H", "W", 2)),
            Example.of(cls(align_corners=True), ("N", 2, "T", "H", "W"), ("N", 2, 3, 4, 3)),
        )


def _rank_fault(layer: GridSample, x: Spec, rank: int, allowed: tuple[int, ...]) -> ShapeError:
    wanted = " or ".join(str(r) for r in allowed)
    return ShapeError(
        f"GridSample ({layer.mode}) needs {wanted} space axes after batch and channels, "
        f"the input {shape_text(x.shape)} has {max(rank, 0)} of them",
        code="CS206",
        got=rank,
        needed=allowed,
        rule="2 or 3 space axes; bicubic 2",
        fix=f"an input with {wanted} space axes",
    )


def _batch_fault(x: Spec, grid: Spec) -> ShapeError:
    return ShapeError(
        f"axis N: the map has {text(x.shape[0])}, the grid {text(grid.shape[0])}",
        code="CS201",
        got=grid.shape[0],
        needed=x.shape[0],
        rule="one grid for each image",
        fix=f"a grid of shape ({text(x.shape[0])}, ...)",
    )


def _grid_fault(last: Size, rank: int) -> ShapeError:
    return ShapeError(
        f"the last axis of the grid has {text(last)}, the map has {rank} space axes",
        code="CS201",
        got=last,
        needed=rank,
        rule="the grid holds one coordinate for each space axis",
        fix=f"a grid whose last axis has {rank}",
    )
