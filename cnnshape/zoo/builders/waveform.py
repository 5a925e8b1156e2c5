"""M3, M5, M11 and M18: plain convolutional networks on the samples of a sound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from cnnshape import layers as L  # as users write it
from cnnshape.graph.network import Network
from cnnshape.symbolic import Size
from cnnshape.zoo.arguments import counts, one_of, within
from cnnshape.zoo.parts import Piece, Width, named, network, scaled, size

__all__ = ["waveform"]

Variant = Literal["paper", "pytorch"]
_POOLS = 4


def waveform(
    name: str,
    widths: Sequence[int],
    depths: Sequence[int],
    *,
    stride: int = 4,
    num_classes: Size | str = 10,
    in_channels: Size | str = 1,
    width_mult: Width = 1,
    variant: Variant = "paper",
) -> Network:
    """Return a network on raw sound, a convolution of 80 samples and then convolutions of 3.

    Parameters
    ----------
    name : what the network is called
    widths : channels of each stage
    depths : convolutions of each stage, as many stages as widths; a pool of 4 ends each of the first four stages
    stride : samples from one window of 80 to the next
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of all channels; a number, or a formula such as "w"
    variant : "paper", convolutions and pools pad as SAME, four seconds at 8 kHz become 8000, 2000, 500, 125 and 32
        steps; "pytorch", as PyTorch's tutorial on speech commands: they pad nothing, one second at 8 kHz, logarithms of
        probabilities at the end

    References
    ----------
    .. [1] Dai, Dai, Qu, Li, Das: Very deep convolutional neural networks for raw waveforms, ICASSP 2017,
       doi 10.1109/ICASSP.2017.7952190, table 1
    .. [2] https://docs.pytorch.org/tutorials/intermediate/speech_command_classification_with_torchaudio_tutorial.html
    """
    one_of("variant", variant, get_args(Variant))
    within("stride", stride, 1, 1000)
    padding = "same_upper" if variant == "paper" else "valid"
    layers: dict[str, Piece] = {}
    number = 0
    channels = [scaled(each, width_mult) for each in counts("widths", widths, what="the channels of each stage")]
    for stage, (out, count) in enumerate(zip(channels, counts("depths", depths, len(channels)), strict=True), 1):
        for _ in range(count):
            number += 1
            kernel, step = (3, 1) if number > 1 else (80, stride)
            layers[f"conv{number}"] = L.Conv(out, kernel_size=kernel, stride=step, padding=padding)
            layers[f"bn{number}"] = L.BatchNorm()
            layers[f"relu{number}"] = L.ReLU()
        if stage <= _POOLS:
            layers[f"pool{stage}"] = L.MaxPool(4, padding=padding)
    head: dict[str, Piece] = {
        "avgpool": L.AdaptiveAvgPool(1), "flatten": L.Flatten(),
        "fc1": L.Linear(size(num_classes), in_features=channels[-1]),
    }  # fmt: skip
    if variant == "pytorch":
        head["log_softmax"] = L.LogSoftmax()
    return network(name, named({**layers, **head}), in_channels, L=32_000 if variant == "paper" else 8000)
