"""The temporal convolutional network: dilated convolutions that see no future."""

from __future__ import annotations

from cnnshape import layers as L  # as users write it
from cnnshape.graph.build import Tensor
from cnnshape.graph.network import Network
from cnnshape.layers.base import Layer
from cnnshape.symbolic import Size
from cnnshape.zoo.arguments import within
from cnnshape.zoo.parts import Piece, Width, named, network, part, scaled, seq, size

__all__ = ["tcn"]


def tcn(
    name: str,
    *,
    depth: int = 8,
    kernel_size: int = 7,
    num_classes: Size | str = 10,
    in_channels: Size | str = 1,
    width_mult: Width = 1,
) -> Network:
    """Return a temporal convolutional network that classifies a series by its last step.

    Block i of `depth` has two convolutions of dilation 2**i, which pad (kernel_size - 1)*2**i steps in front and none
    behind, beside the identity. A step sees itself and the 2*(kernel_size - 1)*(2**depth - 1) steps before it. The
    defaults are the paper's for the 784 pixels of an MNIST digit, one after the other.

    The paper trains the weights as a length and a direction (weight normalization), with one number more for each
    output channel of the two convolutions; here they are counted as they are executed, without it. Its code pads both
    sides and cuts the end off.

    Parameters
    ----------
    name : what the network is called
    depth : residual blocks, from 1 to 24
    kernel_size : steps that a convolution sees
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of the 25 channels of every block; a number, or a formula such as "w"

    Raises
    ------
    UsageError
        CS009, `depth` or `kernel_size` is out of range.

    References
    ----------
    .. [1] Bai, Kolter, Koltun: An Empirical Evaluation of Generic Convolutional and Recurrent Networks for Sequence
       Modeling, arXiv 1803.01271
    """
    within("depth", depth, 1, 24)
    within("kernel_size", kernel_size, 2, 1000)
    out = scaled(25, width_mult)
    blocks = [_block(out, kernel_size, 1 << i, projects=i == 0) for i in range(depth)]
    body = named(
        tcn=named(network=seq(*blocks)), last=L.Slice(dim=2, start=-1), squeeze=L.Squeeze(2),
        linear=L.Linear(size(num_classes), in_features=out), log_softmax=L.LogSoftmax(),
    )  # fmt: skip
    return network(name, body, in_channels, L=784)


def _block(out: Size, kernel_size: int, dilation: int, *, projects: bool) -> Piece:
    def causal() -> Layer:
        past = (kernel_size - 1) * dilation
        return L.Conv(out, kernel_size=kernel_size, dilation=dilation, padding=((past, 0),), rank=1)

    main = named(
        conv1=causal(), relu1=L.ReLU(), dropout1=L.Dropout(0.2), conv2=causal(), relu2=L.ReLU(), dropout2=L.Dropout(0.2)
    )

    def apply(x: Tensor) -> Tensor:
        y = main(x)
        if projects:
            x = part("downsample", L.Conv(out, kernel_size=1), x)
        return part("relu", L.ReLU(), L.Add()([y, x]))

    return apply
