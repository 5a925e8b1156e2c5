"""Convolutions in other systems."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.activation.units import SiLU
from cnnshape.layers.conv.depthwise import DepthwiseConv, SeparableConv
from cnnshape.layers.conv.given import ConvWithFilters
from cnnshape.layers.conv.spec import Conv
from cnnshape.layers.conv.transposed import ConvTranspose
from cnnshape.layers.conv.unfold import Fold
from cnnshape.layers.foreign import Kept, Made, Operator, Stored, Table, Use, keyed, reads, refuse
from cnnshape.layers.foreign_keras import FILTERS, has_bias, singles, spaces
from cnnshape.layers.foreign_keras import window as keras_window
from cnnshape.layers.foreign_onnx import pads, window
from cnnshape.layers.merge.concat import Concat
from cnnshape.layers.pad.spec import Pad
from cnnshape.layers.reshape.positions import Slice
from cnnshape.symbolic import Size

__all__ = ["TABLE"]


def _conv(op: Operator) -> Made:
    out, _, *kernel = op.shape(1)
    given = window(op, tuple(kernel))
    if not op.stored(1) or (op.has(2) and not op.stored(2)):
        given.pop("kernel_size")
        return Use(ConvWithFilters(**given, groups=op.attribute("group", 1)), (0, 1, 2) if op.has(2) else (0, 1))
    layer = Conv(out, **given, groups=op.attribute("group", 1), bias=op.has(2))
    return Use(layer, (0,), _weights(op))


def _conv_transpose(op: Operator) -> Made:
    _, part, *kernel = op.shape(1)
    groups = op.attribute("group", 1)
    given = window(op, tuple(kernel))
    added = op.attribute("output_padding")
    if (wanted := op.attribute("output_shape")) is not None:
        given["padding"], added = _for_shape(op, tuple(kernel), wanted[-len(kernel) :])
    layer = ConvTranspose(part * groups, **given, output_padding=added, groups=groups, bias=op.has(2))
    return Use(layer, (0,), _weights(op))


def _for_shape(
    op: Operator, kernel: tuple[Size, ...], wanted: tuple[int, ...]
) -> tuple[tuple[tuple[int, int], ...], tuple[int, ...]]:
    """Return the padding that leads to a stated output, and what must be added where none does."""
    rank = len(kernel)
    strides, dilations = op.attribute("strides", (1,) * rank), op.attribute("dilations", (1,) * rank)
    extra = op.attribute("output_padding", (0,) * rank)
    sides, added = [], []
    for size, k, s, d, more, out in zip(op.shape()[2:], kernel, strides, dilations, extra, wanted, strict=True):
        if not isinstance(size, int) or not isinstance(k, int):
            refuse("output_shape is stated for an input whose size is free")
        cut = s * (size - 1) + more + (k - 1) * d + 1 - out
        small = max(cut, 0) // 2
        rest = max(cut, 0) - small
        # The half that is larger stands at the end for SAME_UPPER alone.
        sides.append((small, rest) if op.attribute("auto_pad") == "SAME_UPPER" else (rest, small))
        added.append(more + max(-cut, 0))
    return tuple(sides), tuple(added)


def _weights(op: Operator) -> tuple[tuple[str, Stored], ...]:
    return (("weight", Stored(1)), *((("bias", Stored(2)),) if op.has(2) else ()))


def _causal(op: Operator) -> Made:
    """Read a depthwise convolution of what is there and what came before, and what the next step needs of both."""
    channels, _, length = op.shape(1)
    word = op.attribute("activation", "none")
    if word not in ("none", "silu", "swish") or not isinstance(length, int):
        refuse(f"the activation {word!r}, or a kernel whose size is free")
    before = length - 1
    x: int | Use = 0
    if before:
        x = Use(Concat(dim=2), (3, 0)) if op.has(3) else Use(Pad(((before, 0),), axes=(2,)))
    elif op.wants(1):
        refuse("a state without elements")
    made = Use(Conv(channels, kernel_size=length, groups=channels, bias=op.has(2)), (x,), _weights(op))
    kept = Use(Slice(dim=2, start=-before), (x,)) if before else None
    return (made if word == "none" else made.then(SiLU())), kept


def _col2im(op: Operator) -> Made:
    image, block = op.numbers(1), op.numbers(2)
    rank = len(block)
    layer = Fold(
        tuple(image),
        kernel_size=tuple(block),
        dilation=op.attribute("dilations", (1,) * rank),
        padding=pads(op, rank),
        stride=op.attribute("strides", (1,) * rank),
    )
    return Use(layer)


def _keras_conv(op: Operator) -> Made:
    layer = Conv(op.attribute("filters"), **keras_window(op), groups=op.attribute("groups", 1), bias=has_bias(op))
    return Use(layer, (0,), _keras_weights(op, FILTERS[op.rank() - 2]))


def _keras_depthwise(op: Operator) -> Made:
    layer = DepthwiseConv(**keras_window(op), depth_multiplier=op.attribute("depth_multiplier", 1), bias=has_bias(op))
    return Use(layer, (0,), _keras_weights(op, singles(op)))


def _keras_separable(op: Operator) -> Made:
    multiplier = op.attribute("depth_multiplier", 1)
    layer = SeparableConv(op.attribute("filters"), **keras_window(op), depth_multiplier=multiplier, bias=has_bias(op))
    weights = ("depthwise.weight", Kept("0", singles(op))), ("pointwise.weight", Kept("1", FILTERS[op.rank() - 2]))
    return Use(layer, (0,), (*weights, *((("pointwise.bias", Kept("2")),) if layer.bias else ())))


def _keras_transposed(op: Operator) -> Made:
    if op.attribute("groups", 1) != 1:
        refuse("groups")
    given = keras_window(op) | {"padding": op.attribute("padding", "valid")}
    added = op.attribute("output_padding")
    layer = ConvTranspose(op.attribute("filters"), **given, output_padding=added, bias=has_bias(op))
    return Use(layer, (0,), _keras_weights(op, FILTERS[op.rank() - 2]))


def _keras_weights(op: Operator, steps: tuple[tuple[Any, ...], ...]) -> tuple[tuple[str, Kept], ...]:
    return (("weight", Kept("0", steps)), *((("bias", Kept("1")),) if has_bias(op) else ()))


TABLE: Table = keyed(
    "onnx",
    {
        "Conv": reads(Conv, _conv),
        "ConvTranspose": reads(ConvTranspose, _conv_transpose),
        "Col2Im": reads(Fold, _col2im),
        "CausalConvWithState": reads(Conv, _causal),
    },
) | keyed(
    "keras",
    {
        **spaces("Conv", reads(Conv, _keras_conv)),
        **spaces("Conv", reads(ConvTranspose, _keras_transposed), "Transpose"),
        **spaces("DepthwiseConv", reads(DepthwiseConv, _keras_depthwise)),
        **spaces("SeparableConv", reads(SeparableConv, _keras_separable)),
    },
)
