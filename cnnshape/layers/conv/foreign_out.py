"""Convolutions as operators of other systems."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

from cnnshape.layers.conv.depthwise import DepthwiseConv, SeparableConv
from cnnshape.layers.conv.given import ConvWithFilters
from cnnshape.layers.conv.spec import Conv
from cnnshape.layers.conv.transposed import ConvTranspose
from cnnshape.layers.conv.unfold import Fold, Unfold
from cnnshape.layers.foreign_onnx import pads_out, window_out
from cnnshape.layers.foreign_out import (
    Case,
    Numbers,
    Owned,
    Source,
    WriterTable,
    Written,
    ints,
    numbers,
    op,
    owned,
    written,
)
from cnnshape.symbolic import Window, padding_of

__all__ = ["TABLE"]

_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def _bias(layer: Conv | ConvTranspose | DepthwiseConv) -> tuple[Source, ...]:
    return (owned("bias"),) if layer.bias else ()


def _conv(layer: Conv, case: Case) -> Written:
    windows = layer.windows(case.rank() - 2)
    (groups,) = ints((layer.groups,))
    x: Source = 0
    given = _bare(windows) if layer.padding_mode in _MODES else window_out(case, windows)
    if layer.padding_mode in _MODES:
        sides = [padding_of(size, w) for size, w in zip(case.shape()[2:], windows, strict=True)]
        x = op("Pad", 0, pads_out(((0, 0), (0, 0), *sides)), mode=_MODES[layer.padding_mode])
    return op("Conv", x, owned("weight"), *_bias(layer), **given, group=groups)


def _with_filters(layer: ConvWithFilters, case: Case) -> Written:
    (groups,) = ints((layer.groups,))
    given = window_out(case, layer.conv(case.inputs).windows(case.rank() - 2))
    return op("Conv", *range(len(case.inputs)), **given, group=groups)


def _bare(windows: Sequence[Window]) -> dict[str, Any]:
    """Return the attributes of windows without padding."""
    return {
        "kernel_shape": ints(w.kernel for w in windows),
        "strides": tuple(w.stride for w in windows),
        "dilations": ints(w.dilation for w in windows),
    }


def _depthwise(layer: DepthwiseConv, case: Case) -> Written:
    given = window_out(case, layer.windows(case.rank() - 2))
    return op("Conv", 0, owned("weight"), *_bias(layer), **given, group=case.size(1))


def _separable(layer: SeparableConv, case: Case) -> Written:
    given = window_out(case, layer.windows(case.rank() - 2))
    each = op("Conv", 0, owned("depthwise.weight"), **given, group=case.size(1))
    return each.then("Conv", owned("pointwise.weight"), *((owned("pointwise.bias"),) if layer.bias else ()))


def _transposed(layer: ConvTranspose, case: Case) -> Written:
    windows = layer.windows(case.rank() - 2)
    (groups,) = ints((layer.groups,))
    given: dict[str, Any] = {**_bare(windows), "group": groups}
    after, added = ints(w.after for w in windows), ints(w.output_padding for w in windows)
    # What is added at the end is first what was cut off there.
    again = [min(cut, more) for cut, more in zip(after, added, strict=True)]
    after = tuple(cut - back for cut, back in zip(after, again, strict=True))
    added = tuple(more - back for more, back in zip(added, again, strict=True))
    given["pads"] = (*ints(w.before for w in windows), *after)
    if all(more < w.stride for more, w in zip(added, windows, strict=True)):
        extra: dict[str, Any] = {"output_padding": added} if any(added) else {}
        return op("ConvTranspose", 0, owned("weight"), *_bias(layer), **given, **extra)
    # More than ONNX Runtime allows: zeros, to which the bias is added as everywhere.
    made = op("ConvTranspose", 0, owned("weight"), **given)
    made = made.then("Pad", pads_out(((0, 0), (0, 0), *((0, more) for more in added))))
    if not layer.bias:
        return made
    (channels,) = ints((layer.out_channels,))
    return made.then("Add", Owned(("bias",), (), (channels, *(1,) * len(windows))))


def _unfold(layer: Unfold, case: Case) -> Written:
    windows, channels = layer.windows(case.rank() - 2), case.size(1)
    kernel = ints(w.kernel for w in windows)
    # A convolution whose filters each take one pixel of the window.
    taps = prod(kernel)
    filters = [float(out == tap) for out, tap in product(range(taps), repeat=2)]
    weight = Numbers(tuple(filters * channels), (channels * taps, 1, *kernel), "float32")
    columns = op("Conv", 0, weight, **window_out(case, windows), group=channels)
    return columns.then("Reshape", numbers((0, 0, -1)))


def _fold(layer: Fold, case: Case) -> Written:
    space = ints(case.outputs[0].shape[2:])
    windows = layer.windows(len(space))
    given = _bare(windows)
    kernel = numbers(given.pop("kernel_shape"))
    sides = [padding_of(size, w) for size, w in zip(space, windows, strict=True)]
    pads = (*ints(before for before, _ in sides), *ints(after for _, after in sides))
    return op("Col2Im", 0, numbers(space), kernel, **given, pads=pads)


TABLE: WriterTable = written(
    "onnx",
    {
        Conv: _conv,
        ConvWithFilters: _with_filters,
        DepthwiseConv: _depthwise,
        SeparableConv: _separable,
        ConvTranspose: _transposed,
        Unfold: _unfold,
        Fold: _fold,
    },
)
