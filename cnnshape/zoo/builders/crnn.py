"""The convolutional recurrent network that reads a line of text."""

from __future__ import annotations

from cnnshape import layers as L  # as users write it
from cnnshape.graph.network import Network
from cnnshape.symbolic import Size
from cnnshape.zoo.parts import Piece, Width, named, network, scaled, seq, size

__all__ = ["crnn"]

_CONVOLUTIONS = ((64, 3, False), (128, 3, False), (256, 3, True), (256, 3, False), (512, 3, True), (512, 3, False))
"""Channels, kernel size, and whether a norm follows."""


def crnn(
    name: str,
    *,
    num_classes: Size | str = 37,
    in_channels: Size | str = 1,
    width_mult: Width = 1,
) -> Network:
    """Return CRNN: convolutions that leave one row, and two bidirectional LSTM layers along it.

    As the PyTorch port of the authors' code has it; the output is (steps, N, classes), a step for about four columns of
    pixels. The two lower pools halve the height and keep the width.

    Parameters
    ----------
    name : what the network is called
    num_classes : letters, digits and the blank, a number or a formula
    in_channels : 1 for shades of gray, a number or a formula
    width_mult : factor of all widths but that of the output; a number, or a formula such as "w"

    References
    ----------
    .. [1] Shi, Bai, Yao: An End-to-End Trainable Neural Network for Image-Based Sequence Recognition and Its
       Application to Scene Text Recognition, IEEE TPAMI 39 (2017), doi 10.1109/TPAMI.2016.2646371
    .. [2] https://github.com/meijieru/crnn.pytorch
    """
    pools = {
        0: L.MaxPool(2), 1: L.MaxPool(2),
        3: L.MaxPool(2, stride=(2, 1), padding=(0, 1)), 5: L.MaxPool(2, stride=(2, 1), padding=(0, 1)),
    }  # fmt: skip
    layers: dict[str, Piece] = {}
    for i, (channels, kernel, norm) in enumerate((*_CONVOLUTIONS, (512, 2, True))):
        layers[f"conv{i}"] = L.Conv(scaled(channels, width_mult), kernel_size=kernel, padding=1 if kernel == 3 else 0)
        if norm:
            layers[f"batchnorm{i}"] = L.BatchNorm()
        layers[f"relu{i}"] = L.ReLU()
        if i in pools:
            layers[f"pooling{sorted(pools).index(i)}"] = pools[i]
    hidden = scaled(256, width_mult)
    body = named(
        cnn=named(layers), squeeze=L.Squeeze(2), permute=L.Permute((2, 0, 1)),
        rnn=seq(_recurrent(hidden, hidden), _recurrent(hidden, size(num_classes))),
    )  # fmt: skip
    return network(name, body, in_channels, H=32, W=100)


def _recurrent(hidden: Size, out: Size) -> Piece:
    return named(rnn=L.LSTM(hidden, bidirectional=True), embedding=L.Linear(out, in_features=2 * hidden))
