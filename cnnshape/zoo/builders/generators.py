"""DCGAN: a picture made of numbers."""

from __future__ import annotations

from cnnshape import layers as L  # as users write it
from cnnshape.graph.network import Network
from cnnshape.symbolic import Size
from cnnshape.zoo.arguments import channels
from cnnshape.zoo.parts import Piece, Width, named, network, scaled, seq

__all__ = ["dcgan"]


def dcgan(
    name: str,
    *,
    out_channels: Size | str = 3,
    in_channels: Size | str = 100,
    width_mult: Width = 1,
) -> Network:
    """Return the generator of PyTorch's DCGAN, which makes a picture of 64x64 of a vector of 1x1.

    Parameters
    ----------
    name : what the network is called
    out_channels : channels of the picture; a number, or a formula
    in_channels : numbers that a picture is made of; a number, or a formula
    width_mult : factor of all channels between them; a number, or a formula such as "w"

    Notes
    -----
    The paper's first layer has 1024 channels, PyTorch's 512; ``width_mult=2`` has the paper's widths.

    References
    ----------
    .. [1] Radford, Metz, Chintala: Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
       Networks, ICLR 2016, arXiv 1511.06434
    .. [2] https://docs.pytorch.org/tutorials/beginner/dcgan_faces_tutorial.html
    """
    rows: list[Piece] = []
    for i, width in enumerate((512, 256, 128, 64)):
        rows += [_doubled(scaled(width, width_mult), first=i == 0), L.BatchNorm(), L.ReLU()]
    rows += [_doubled(channels("out_channels", out_channels)), L.Tanh()]
    return network(name, named(main=seq(*rows)), in_channels, H=1, W=1)


def _doubled(width: Size, *, first: bool = False) -> L.ConvTranspose:
    """Return what doubles the map; the first makes 4x4 of one position."""
    stride, padding = (1, 0) if first else (2, 1)
    return L.ConvTranspose(width, kernel_size=4, stride=stride, padding=padding, bias=False)
