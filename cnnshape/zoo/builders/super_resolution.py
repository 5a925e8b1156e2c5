"""SRCNN and ESPCN: pictures enlarged by a few convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from cnnshape import layers as L  # as users write it
from cnnshape.graph.network import Network
from cnnshape.symbolic import Size
from cnnshape.zoo.arguments import counts, one_of, within
from cnnshape.zoo.parts import Width, conv, named, network, scaled, size

__all__ = ["espcn", "srcnn"]

SRPadding = Literal["valid", "same"]


def srcnn(
    name: str,
    *,
    kernel_sizes: Sequence[int] = (9, 1, 5),
    padding: SRPadding = "valid",
    in_channels: Size | str = 1,
    width_mult: Width = 1,
) -> Network:
    """Return SRCNN, which sharpens a picture that was enlarged before.

    Parameters
    ----------
    name : what the network is called
    kernel_sizes : pixels of the three kernels: (9, 1, 5), or the paper's larger (9, 3, 5) and (9, 5, 5)
    padding : "valid", none, as the paper trains it; "same", maps that keep their size, for odd kernels
    in_channels : channels of the picture, and of the one that comes out: 1, the brightness; a number, or a formula
    width_mult : factor of the 64 and 32 channels; a number, or a formula such as "w"

    References
    ----------
    .. [1] Dong, Loy, He, Tang: Image Super-Resolution Using Deep Convolutional Networks, IEEE TPAMI 38(2), 2016,
       doi 10.1109/TPAMI.2015.2439281
    """
    one_of("padding", padding, get_args(SRPadding))
    f1, f2, f3 = counts("kernel_sizes", kernel_sizes, 3, "the side of each kernel")
    body = named(
        conv1=_conv(scaled(64, width_mult), f1, padding), relu1=L.ReLU(),
        conv2=_conv(scaled(32, width_mult), f2, padding), relu2=L.ReLU(),
        conv3=_conv(size(in_channels), f3, padding),
    )  # fmt: skip
    return network(name, body, in_channels, H=33, W=33)


def _conv(width: Size, kernel: int, padding: SRPadding) -> L.Conv:
    return L.Conv(width, kernel_size=kernel, padding=padding)


def espcn(
    name: str,
    *,
    upscale_factor: int = 3,
    in_channels: Size | str = 1,
    width_mult: Width = 1,
) -> Network:
    """Return ESPCN, which enlarges a picture in its last layer.

    Parameters
    ----------
    name : what the network is called
    upscale_factor : by how much the picture is enlarged, from 1 to 64
    in_channels : channels of the picture, and of the one that comes out: 1, the brightness; a number, or a formula
    width_mult : factor of the 64 and 32 channels; a number, or a formula such as "w"

    References
    ----------
    .. [1] Shi et al.: Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional
       Neural Network, CVPR 2016, doi 10.1109/CVPR.2016.207
    """
    within("upscale_factor", upscale_factor, 1, 64)
    body = named(
        conv1=conv(scaled(64, width_mult), 5, bias=True), tanh1=L.Tanh(),
        conv2=conv(scaled(32, width_mult), 3, bias=True), tanh2=L.Tanh(),
        conv3=conv(size(in_channels) * upscale_factor**2, 3, bias=True), pixel_shuffle=L.PixelShuffle(upscale_factor),
    )  # fmt: skip
    return network(name, body, in_channels, H=17, W=17)
