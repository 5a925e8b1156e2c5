"""LeNet-5."""

from __future__ import annotations

from cnnshape import layers as L  # as users write it
from cnnshape.graph.network import Network
from cnnshape.symbolic import Size
from cnnshape.zoo.parts import Width, named, network, scaled, size

__all__ = ["lenet5"]


def lenet5(
    name: str,
    *,
    num_classes: Size | str = 10,
    in_channels: Size | str = 1,
    width_mult: Width = 1,
) -> Network:
    """Return LeNet-5 under the paper's names, as it is usually built today.

    The layer c3 sees all six maps (the paper's sees three to six each), the subsampling has no weights, and the output
    is a linear layer in place of the paper's fixed radial basis functions: 61 706 parameters, where the paper has
    60 000.

    Parameters
    ----------
    name : what the network is called
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of all widths but that of the output; a number, or a formula such as "w"

    References
    ----------
    .. [1] LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition, Proceedings of the
       IEEE 86 (1998), doi 10.1109/5.726791
    """
    c1, c3, c5, f6 = (scaled(channels, width_mult) for channels in (6, 16, 120, 84))
    body = named(
        c1=L.Conv(c1, kernel_size=5), tanh1=L.Tanh(), s2=L.AvgPool(2),
        c3=L.Conv(c3, kernel_size=5), tanh3=L.Tanh(), s4=L.AvgPool(2), flatten=L.Flatten(),
        c5=L.Linear(c5, in_features=25 * c3), tanh5=L.Tanh(),
        f6=L.Linear(f6, in_features=c5), tanh6=L.Tanh(),
        output=L.Linear(size(num_classes), in_features=f6),
    )  # fmt: skip
    return network(name, body, in_channels, H=32, W=32)
