"""ZFNet."""

from __future__ import annotations

from cnnshape import layers as L  # as users write it
from cnnshape.graph.network import Network
from cnnshape.symbolic import Size
from cnnshape.zoo.parts import Width, conv, named, network, scaled, size

__all__ = ["zfnet"]


def zfnet(
    name: str,
    *,
    num_classes: Size | str = 1000,
    in_channels: Size | str = 3,
    width_mult: Width = 1,
) -> Network:
    """Return ZFNet under the paper's names.

    The paper prints the sizes of the maps for 224x224 pixels, and no paddings: 110, 55, 26, 13, 13, 13, 13, 6. Here the
    first convolution pads one pixel and the pools round up.

    Parameters
    ----------
    name : what the network is called
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of all widths but that of the output; a number, or a formula such as "w"

    References
    ----------
    .. [1] Zeiler, Fergus: Visualizing and Understanding Convolutional Networks, ECCV 2014, figure 3,
       doi 10.1007/978-3-319-10590-1_53
    """
    first, second, third, fourth, fifth, hidden = (
        scaled(channels, width_mult) for channels in (96, 256, 384, 384, 256, 4096)
    )
    body = named(
        conv1=conv(first, 7, 2, 1, bias=True), relu1=L.ReLU(), pool1=_pool(), norm1=L.LocalResponseNorm(5, k=2.0),
        conv2=conv(second, 5, 2, 0, bias=True), relu2=L.ReLU(), pool2=_pool(), norm2=L.LocalResponseNorm(5, k=2.0),
        conv3=conv(third, 3, bias=True), relu3=L.ReLU(),
        conv4=conv(fourth, 3, bias=True), relu4=L.ReLU(),
        conv5=conv(fifth, 3, bias=True), relu5=L.ReLU(), pool5=_pool(), flatten=L.Flatten(),
        fc6=L.Linear(hidden, in_features=36 * fifth), relu6=L.ReLU(), dropout6=L.Dropout(),
        fc7=L.Linear(hidden, in_features=hidden), relu7=L.ReLU(), dropout7=L.Dropout(),
        fc8=L.Linear(size(num_classes), in_features=hidden),
    )  # fmt: skip
    return network(name, body, in_channels, H=224, W=224)


def _pool() -> L.MaxPool:
    return L.MaxPool(3, stride=2, ceil_mode=True)
