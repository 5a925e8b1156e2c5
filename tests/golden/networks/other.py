"""DCGAN's generator."""

from cnnshape import layers as L
from cnnshape.zoo.parts import named, network, seq


def dcgan():
    """The generator of PyTorch's DCGAN tutorial: 100 numbers to a picture of 64x64 (Radford et al. 2016)."""
    rows = []
    for width, s, p in ((512, 1, 0), (256, 2, 1), (128, 2, 1), (64, 2, 1)):
        rows += [L.ConvTranspose(width, kernel_size=4, stride=s, padding=p, bias=False), L.BatchNorm(), L.ReLU()]
    rows += [L.ConvTranspose(3, kernel_size=4, stride=2, padding=1, bias=False), L.Tanh()]
    return network("dcgan", named(main=seq(*rows)), 100, H=1, W=1)
