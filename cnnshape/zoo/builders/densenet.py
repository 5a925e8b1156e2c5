"""DenseNet."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape import layers as L  # as users write it
from cnnshape.graph.network import Network
from cnnshape.symbolic import Size
from cnnshape.zoo.arguments import channels, counts
from cnnshape.zoo.parts import Piece, Width, conv, named, network, scaled, size

__all__ = ["densenet"]


def _dense_layer(growth: Size) -> Piece:
    main = {
        "norm1": L.BatchNorm(), "relu1": L.ReLU(), "conv1": conv(4 * growth),
        "norm2": L.BatchNorm(), "relu2": L.ReLU(), "conv2": conv(growth, 3),
    }  # fmt: skip
    return lambda x: L.Concat()([x, named(main)(x)])


def densenet(
    name: str,
    depths: Sequence[int],
    *,
    growth: Size | str = 32,
    stem: Size | str = 64,
    num_classes: Size | str = 1000,
    in_channels: Size | str = 3,
    width_mult: Width = 1,
) -> Network:
    """Return a densely connected network (DenseNet-BC) under torchvision's names.

    Parameters
    ----------
    name : what the network is called
    depths : layers of each dense block, such as (6, 12, 24, 16); between two blocks channels and map are halved
    growth : channels that each layer adds, a number or a formula
    stem : channels of the first convolution, a number or a formula
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of `growth` and `stem`; a number, or a formula such as "w"

    References
    ----------
    .. [1] Huang, Liu, van der Maaten, Weinberger: Densely Connected Convolutional Networks, CVPR 2017,
       doi 10.1109/CVPR.2017.243
    """
    units = counts("depths", depths)
    each, first = scaled(channels("growth", growth), width_mult), scaled(channels("stem", stem), width_mult)
    rows: dict[str, Piece] = {
        "conv0": conv(first, 7, 2), "norm0": L.BatchNorm(), "relu0": L.ReLU(),
        "pool0": L.MaxPool(3, stride=2, padding=1),
    }  # fmt: skip
    wide = first
    for i, count in enumerate(units, 1):
        rows[f"denseblock{i}"] = named({f"denselayer{j}": _dense_layer(each) for j in range(1, count + 1)})
        wide += count * each
        if i < len(units):
            wide //= 2
            rows[f"transition{i}"] = named(
                norm=L.BatchNorm(), relu=L.ReLU(), conv=conv(wide), pool=L.AvgPool(2)
            )  # fmt: skip
    rows["norm5"] = L.BatchNorm()
    body = named(
        features=named(rows), relu=L.ReLU(), pool=L.AdaptiveAvgPool(1), flatten=L.Flatten(),
        classifier=L.Linear(size(num_classes), in_features=wide),
    )  # fmt: skip
    return network(name, body, in_channels, H=224, W=224)
