"""Channels and space exchange positions in blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY
from functools import partial

from cnnshape.errors import ShapeError
from cnnshape.layers.arguments import refuse
from cnnshape.layers.base import Context, Example, Spec, Windows, axis_name, layer
from cnnshape.layers.demands import share, space_rank
from cnnshape.layers.fields import Count, Integer, Word, one_of
from cnnshape.layers.reshape.rearrange import Rearrangement
from cnnshape.symbolic import Size, Window, exact_div, floordiv, text

__all__ = ["ChannelShuffle", "DepthToSpace", "PixelShuffle", "PixelUnshuffle", "SpaceToDepth"]


class _Block(Rearrangement):
    """Each position becomes a block of `block x block` positions with fewer channels, or the reverse."""

    rank: Integer | None

    def validate(self) -> None:
        if self._block() < 1:
            name = next(iter(self.__dataclass_fields__))  # type: ignore[attr-defined]  # the final class is a dataclass
            refuse(self, name, "a block has at least one pixel", rule=f"{name} >= 1", fix=f"{name}: 2")

    def _block(self) -> int:
        raise NotImplementedError  # the name of the argument differs

    def _to_space(self, x: Spec, ctx: Context) -> tuple[Spec, ...]:
        rank, block = space_rank(self, x, self.rank), self._block()
        channels = _whole(ctx, x.shape[1], block**rank, partial(_uneven, x, 1, block**rank, f"{block}^{rank}"))
        return (Spec((x.shape[0], channels, *(size * block for size in x.shape[2:])), x.dtype),)

    def _to_depth(self, x: Spec, ctx: Context) -> tuple[Spec, ...]:
        rank, block = space_rank(self, x, self.rank), self._block()
        space = [
            _whole(ctx, size, block, partial(_uneven, x, axis, block, str(block)))
            for axis, size in enumerate(x.shape[2:], start=2)
        ]
        return (Spec((x.shape[0], x.shape[1] * block**rank, *space), x.dtype),)

    def _spread(self, x: Spec) -> Windows:
        return self._windows(x, Window(self._block(), self._block(), mode="transposed"))

    def _gathered(self, x: Spec) -> Windows:
        return self._windows(x, Window(self._block(), self._block()))

    def _windows(self, x: Spec, window: Window) -> Windows:
        space = range(2, len(x.shape))
        return Windows(dict.fromkeys(space, window), source=(0, None, *space))


def _whole(ctx: Context, size: Size, divisor: int, fault: Callable[[], ShapeError]) -> Size:
    ctx.divides(divisor, size, fault)
    whole = exact_div(size, divisor)
    return floordiv(size, divisor) if whole is None else whole


def _uneven(x: Spec, axis: int, divisor: int, written: str) -> ShapeError:
    name, size = axis_name(len(x.shape), axis), x.shape[axis]
    near = ""
    if isinstance(size, int):
        below, above = size // divisor * divisor, -(-size // divisor) * divisor
        near = " or ".join(str(n) for n in (below, above) if n)
        near = f"{'channels' if axis == 1 else f'size of axis {name}'}: {near}"
    return ShapeError(
        f"axis {name}: {text(size)} is not divisible by {divisor}",
        code="CS210",
        got=size,
        needed=divisor,
        rule=f"{name} % {written} == 0",
        fix=near,
    )


@layer
class PixelShuffle(_Block):
    """Channels become space: blocks of r pixels a side from r^rank channels (sub-pixel up-sampling).

    Shape:      x (N, C*r^rank, *D) -> y (N, C, *(r*D))
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    upscale_factor : r, pixels a side, >= 1
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ArgumentError
        CS401, a factor below 1.
    ShapeError
        CS206, the input has another number of space axes; CS210 r^rank does not divide the channels.

    Notes
    -----
    PyTorch knows two space axes. ONNX: DepthToSpace with mode CRD.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(*PixelShuffle(3).outputs((Spec((1, 27, dim("H"), dim("W"))),), Context()))
    (1, 3, 3*H, 3*W)

    References
    ----------
    [1] Shi et al.: Real-time single image and video super-resolution using an efficient sub-pixel convolutional neural
        network, doi 10.1109/CVPR.2016.207
    [2] https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelShuffle.html
    """

    upscale_factor: Integer
    _: KW_ONLY
    rank: Integer | None = None

    def _block(self) -> int:
        return self.upscale_factor

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        return self._to_space(inputs[0], ctx)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return self._spread(inputs[0])

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(2), ("N", 12, "H", "W")),
            Example.of(cls(3), ("N", "3*C", "L")),
            Example.of(cls(2, rank=3), ("N", "C", "T", "H", "W")),
            Example.of(cls(1), ("N", "C", "H", "W")),
        )


@layer
class PixelUnshuffle(_Block):
    """Space becomes channels: each block of r pixels a side goes into r^rank channels, the reverse of PixelShuffle.

    Shape:      x (N, C, *(r*D)) -> y (N, C*r^rank, *D)
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    downscale_factor : r, pixels a side, >= 1
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ArgumentError
        CS401, a factor below 1.
    ShapeError
        CS206, the input has another number of space axes; CS210 r does not divide a space axis.

    Notes
    -----
    PyTorch knows two space axes.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> ctx = Context()
    >>> print(*PixelUnshuffle(2).outputs((Spec((1, 3, dim("H"), 64)),), ctx), *ctx.conditions)
    (1, 12, floor(H/2), 32) H % 2 == 0

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelUnshuffle.html
    """

    downscale_factor: Integer
    _: KW_ONLY
    rank: Integer | None = None

    def _block(self) -> int:
        return self.downscale_factor

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        return self._to_depth(inputs[0], ctx)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return self._gathered(inputs[0])

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(2), ("N", 3, "H", "W")),
            Example.of(cls(3), ("N", "C", "3*L")),
            Example.of(cls(2, rank=3), ("N", 1, "T", 4, "2*W")),
        )


@layer
class DepthToSpace(_Block):
    """Channels become space in blocks, in ONNX's words; sizes as PixelShuffle.

    Shape:      x (N, C*b^rank, *D) -> y (N, C, *(b*D))
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    block_size : b, pixels a side, >= 1 (ONNX's blocksize)
    mode : which channel goes where: "DCR" (ONNX's default and TensorFlow's), depth last among a block's channels, or
        "CRD", PyTorch's PixelShuffle
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ArgumentError
        CS401, a block below 1, or an unknown mode.
    ShapeError
        CS206, the input has another number of space axes; CS210 b^rank does not divide the channels.

    Notes
    -----
    ONNX and TensorFlow know two space axes.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(*DepthToSpace(2).outputs((Spec((1, 8, 3, dim("W"))),), Context()))
    (1, 2, 6, 2*W)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__DepthToSpace.html
    """

    block_size: Integer
    _: KW_ONLY
    mode: Word = one_of("DCR", "CRD")
    rank: Integer | None = None

    def _block(self) -> int:
        return self.block_size

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        return self._to_space(inputs[0], ctx)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return self._spread(inputs[0])

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(2), ("N", 8, "H", "W")),
            Example.of(cls(3, mode="CRD"), ("N", "C", "H", 5)),
            Example.of(cls(2, rank=1), ("N", 6, "L")),
            Example.of(cls(2), ("N", 8, "T", "H", "W")),
        )


@layer
class SpaceToDepth(_Block):
    """Space becomes channels in blocks, in ONNX's words; sizes as PixelUnshuffle.

    Shape:      x (N, C, *(b*D)) -> y (N, C*b^rank, *D)
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    block_size : b, pixels a side, >= 1 (ONNX's blocksize)
    mode : which channel goes where: "DCR" (ONNX and TensorFlow), or "CRD", PyTorch's PixelUnshuffle
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ArgumentError
        CS401, a block below 1, or an unknown mode.
    ShapeError
        CS206, the input has another number of space axes; CS210 b does not divide a space axis.

    Notes
    -----
    ONNX's operator has no mode: it is DCR, and knows two space axes.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> print(*SpaceToDepth(2).outputs((Spec((1, 2, 6, 8)),), Context()))
    (1, 8, 3, 4)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__SpaceToDepth.html
    """

    block_size: Integer
    _: KW_ONLY
    mode: Word = one_of("DCR", "CRD")
    rank: Integer | None = None

    def _block(self) -> int:
        return self.block_size

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        return self._to_depth(inputs[0], ctx)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return self._gathered(inputs[0])

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(2), ("N", 2, "H", "W")),
            Example.of(cls(4, mode="CRD"), ("N", "C", "4*H", 8)),
            Example.of(cls(3, rank=1), ("N", 2, "L")),
            Example.of(cls(2), ("N", 1, "T", "H", "W")),
        )


@layer
class ChannelShuffle(Rearrangement):
    """Channels change places so that the next grouped convolution sees every group.

    Shape:      x (N, C, *D) -> y (N, C, *D);  channel i goes to (i % (C/groups))*groups + i // (C/groups)
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    groups : divides the channels, >= 1

    Raises
    ------
    ShapeError
        CS204, groups does not divide the channels; CS206 the input has no space axes.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(*ChannelShuffle(3).outputs((Spec((1, 240, dim("H"), 28)),), Context()))
    (1, 240, H, 28)

    References
    ----------
    [1] Zhang et al.: ShuffleNet: an extremely efficient convolutional neural network for mobile devices,
        doi 10.1109/CVPR.2018.00716
    [2] https://docs.pytorch.org/docs/stable/generated/torch.nn.ChannelShuffle.html
    """

    groups: Count

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        space_rank(self, inputs[0])
        share(ctx, inputs[0].shape[1], self.groups, "channels")
        return inputs

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(source=(0, None, *range(2, len(inputs[0].shape))))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(2), ("N", 8, "H", "W")),
            Example.of(cls(3), ("N", "C", "L")),
            Example.of(cls(4), ("N", "4*C", "T", "H", "W")),
        )
