"""C3D."""

from __future__ import annotations

from cnnshape import layers as L  # as users write it
from cnnshape.graph.network import Network
from cnnshape.symbolic import Size
from cnnshape.zoo.parts import Piece, Width, conv, named, network, scaled, size

__all__ = ["c3d"]

_CONVOLUTIONS = {"1": 64, "2": 128, "3a": 256, "3b": 256, "4a": 512, "4b": 512, "5a": 512, "5b": 512}


def c3d(
    name: str,
    *,
    num_classes: Size | str = 487,
    in_channels: Size | str = 3,
    width_mult: Width = 1,
) -> Network:
    """Return C3D under the paper's names: 3x3x3 convolutions of sixteen frames, and three linear layers.

    The last pool pads one pixel around height and width, as the authors' weights need it: 8192 features reach fc6.

    Parameters
    ----------
    name : what the network is called
    num_classes, in_channels : numbers, or formulas; the 487 classes are those of Sports-1M
    width_mult : factor of all widths but that of the output; a number, or a formula such as "w"

    References
    ----------
    .. [1] Tran, Bourdev, Fergus, Torresani, Paluri: Learning Spatiotemporal Features with 3D Convolutional Networks,
       ICCV 2015, doi 10.1109/ICCV.2015.510
    """
    layers: dict[str, Piece] = {}
    for stage, channels in _CONVOLUTIONS.items():
        layers[f"conv{stage}"] = conv(scaled(channels, width_mult), (3, 3, 3), bias=True)
        layers[f"relu{stage}"] = L.ReLU()
        if not stage.endswith("a"):
            layers[f"pool{stage[0]}"] = _pool(int(stage[0]))
    hidden = scaled(4096, width_mult)
    body = named(
        layers,
        flatten=L.Flatten(),
        fc6=L.Linear(hidden, in_features=16 * scaled(512, width_mult)), relu6=L.ReLU(), dropout6=L.Dropout(),
        fc7=L.Linear(hidden, in_features=hidden), relu7=L.ReLU(), dropout7=L.Dropout(),
        fc8=L.Linear(size(num_classes), in_features=hidden),
    )  # fmt: skip
    return network(name, body, in_channels, T=16, H=112, W=112)


def _pool(stage: int) -> L.MaxPool:
    return L.MaxPool((1 if stage == 1 else 2, 2, 2), padding=(0, 1, 1) if stage == 5 else 0)
