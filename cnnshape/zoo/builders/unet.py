"""U-Net: a way down, a way up, and what was seen on the way down beside it."""

from __future__ import annotations

from typing import Literal, get_args

from cnnshape import layers as L  # as users write it
from cnnshape.graph.build import Input, Tensor, block
from cnnshape.graph.network import Network
from cnnshape.symbolic import Size
from cnnshape.zoo.arguments import one_of, within
from cnnshape.zoo.parts import Piece, Width, conv, named, part, scaled, size

__all__ = ["unet"]

UNetPadding = Literal["same", "valid"]

_DEEPEST = 10


def unet(
    name: str,
    *,
    depth: int = 4,
    padding: UNetPadding = "same",
    norm: bool = True,
    num_classes: Size | str = 2,
    in_channels: Size | str = 3,
    width_mult: Width = 1,
) -> Network:
    """Return a U-Net of 3x3 convolutions, 2x2 pools and 2x2 transposed convolutions.

    Parameters
    ----------
    name : what the network is called
    depth : how often the map is halved, from 1 to 10
    padding : "same", 3x3 convolutions that keep the size, for H and W that 2^depth divides; "valid", as in the paper:
        no padding, and what comes from the way down is cropped to the map that it joins
    norm : True for batch norm behind each 3x3 convolution, which then has no bias; False for the bias alone
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of all channels; a number, or a formula such as "w"

    Notes
    -----
    The paper asks for tiles whose maps are even wherever they are pooled: H % 16 == 12 and W % 16 == 12 at depth 4. The
    output is then 184 smaller than the input. Unpadded the network takes other sizes too, from 188 on, and drops the
    last row and column of an odd map. Dropout, which the paper mentions, is left out.

    References
    ----------
    .. [1] Ronneberger, Fischer, Brox: U-Net: Convolutional Networks for Biomedical Image Segmentation, MICCAI 2015,
       doi 10.1007/978-3-319-24574-4_28
    """
    one_of("padding", padding, get_args(UNetPadding))
    one_of("norm", norm, (True, False))
    within("depth", depth, 1, _DEEPEST)
    usual = dict.fromkeys("HW", _usual(depth, padding))
    widths = [scaled(64 << level, width_mult) for level in range(depth + 1)]
    doubles = [_double(width, padding, norm) for width in widths]

    x = y = Input("input", ("N", in_channels, *usual))
    skips: list[Tensor] = []
    for level in range(depth):
        y = part(f"down{level + 1}", doubles[level], y)
        skips.append(y)
        y = part(f"pool{level + 1}", L.MaxPool(2), y)
    y = part("bottom", doubles[depth], y)
    for level in reversed(range(depth)):
        with block(f"up{level + 1}"):
            y = part("up", L.ConvTranspose(widths[level], kernel_size=2, stride=2), y)
            skip = skips[level] if padding == "same" else skips[level].apply(L.CenterCrop(), y, name="crop")
            y = skip.apply(L.Concat(), y, name="concat")
            y = _double(widths[level], padding, norm)(y)
    y = part("classes", conv(size(num_classes), bias=True), y)
    return Network(name, inputs=x, outputs=y, defaults=usual)


def _double(width: Size, padding: UNetPadding, norm: bool) -> Piece:
    """Return two convolutions with what stands behind each."""
    pieces: dict[str, Piece] = {}
    for i in (1, 2):
        pieces[f"conv{i}"] = conv(width, 3, p=1 if padding == "same" else 0, bias=not norm)
        if norm:
            pieces[f"bn{i}"] = L.BatchNorm()
        pieces[f"relu{i}"] = L.ReLU()
    return named(pieces)


def _usual(depth: int, padding: UNetPadding) -> int:
    """Return the paper's tile, 512 pixels or 572 with the border that unpadded convolutions take, for any depth."""
    if padding == "same":
        return max(512, 1 << depth)
    tile = 32
    for _ in range(depth):
        tile = 2 * tile + 4
    return tile
