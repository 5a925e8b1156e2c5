"""Convolutions in Keras."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from cnnshape.layers.conv.depthwise import DepthwiseConv, SeparableConv
from cnnshape.layers.conv.spec import Conv
from cnnshape.layers.conv.transposed import ConvTranspose
from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_out import ints
from cnnshape.layers.source_keras import (
    Call,
    Kept,
    KerasCase,
    Made,
    WayTable,
    channels_last,
    kept,
    layer,
    one,
    op,
    unless,
)
from cnnshape.layers.source_sides import cropped, padded
from cnnshape.symbolic import Window

__all__ = ["TABLE"]

_Source: TypeAlias = "int | Call"


def _moved(rank: int) -> tuple[int, ...]:
    """Return the axes of a kernel here, in the order of Keras's: space, then channels in, then channels out."""
    return (*range(2, rank), 1, 0)


def _bias(given: Conv | ConvTranspose | DepthwiseConv) -> tuple[Kept, ...]:
    return (kept("bias"),) if given.bias else ()


def _window(windows: Sequence[Window]) -> dict[str, Any]:
    strides, dilations = [w.stride for w in windows], ints(w.dilation for w in windows)
    if max(strides) > 1 and max(dilations) > 1:
        refuse("Keras has no convolution with a stride and a dilation above 1")
    return {"strides": unless(one(strides), 1), "dilation_rate": unless(one(dilations), 1)}


def _placed(given: Conv | DepthwiseConv, case: KerasCase, windows: Sequence[Window]) -> tuple[_Source, str]:
    mode = getattr(given, "padding_mode", "zeros")
    if mode == "zeros":
        return padded(case, windows, spread=case.spread, causal=isinstance(given, Conv))
    if mode != "reflect":
        refuse(f"padding_mode {mode!r}: Keras pads with zeros, or by reflection")
    if any(w.mode != "floor" for w in windows):
        refuse("reflected padding that depends on the size")
    sides = {axis: (w.before, w.after) for axis, w in enumerate(windows, start=2)}
    return op("pad", 0, pad_width=case.sorted_sides(sides), mode="reflect"), "valid"


def _conv(given: Conv, case: KerasCase) -> Made:
    rank, groups = case.rank(), given.groups
    windows = given.windows(rank - 2)
    x, padding = _placed(given, case, windows)
    strides = {w.stride for w in windows}
    if groups == case.shape()[1] and groups != 1 and rank < 5 and len(strides) == 1:
        return _by_channel(given, case, windows, x, padding)
    (filters, groups) = ints((given.out_channels, groups))
    return layer(
        f"Conv{rank - 2}D",
        x,
        bare={"filters": filters, "kernel_size": one(ints(w.kernel for w in windows))},
        **_window(windows),
        padding=unless(padding, "valid"),
        groups=unless(groups, 1),
        use_bias=unless(given.bias, True),
        weights=(kept("weight", *_moved(rank)), *_bias(given)),
    )


def _by_channel(
    given: Conv | DepthwiseConv, case: KerasCase, windows: Sequence[Window], x: _Source, padding: str
) -> Call:
    rank, channels = case.rank(), case.size(1)
    if padding == "causal":
        x, padding = padded(case, windows, spread=True, causal=False)
    many = case.outputs[0].shape[1]
    (multiplier,) = ints((many // channels if isinstance(many, int) else many,))
    space = tuple(range(rank - 2))

    def filters(weight: object) -> object:
        array = weight.reshape(channels, multiplier, *weight.shape[2:])  # type: ignore[attr-defined]  # an array
        return array.transpose(*(axis + 2 for axis in space), 0, 1)

    return layer(
        f"DepthwiseConv{rank - 2}D",
        x,
        bare={"kernel_size": one(ints(w.kernel for w in windows))},
        **_window(windows),
        padding=unless(padding, "valid"),
        depth_multiplier=unless(multiplier, 1),
        use_bias=unless(given.bias, True),
        weights=(Kept(("weight",), filters), *_bias(given)),  # type: ignore[arg-type]  # as above
    )


def _depthwise(given: DepthwiseConv, case: KerasCase) -> Made:
    windows = given.windows(case.rank() - 2)
    if case.rank() == 5 or len({w.stride for w in windows}) > 1:
        refuse("Keras's DepthwiseConv2D has one stride for all axes, and there is none in 3-D")
    x, padding = _placed(given, case, windows)
    return _by_channel(given, case, windows, x, padding)


def _separable(given: SeparableConv, case: KerasCase) -> Made:
    rank, channels = case.rank(), case.size(1)
    windows = given.windows(rank - 2)
    if rank == 5 or len({w.stride for w in windows}) > 1:
        refuse("Keras's SeparableConv2D has one stride for all axes, and there is none in 3-D")
    x, padding = padded(case, windows, spread=case.spread, causal=False)
    (filters, multiplier) = ints((given.out_channels, given.depth_multiplier))

    def each(weight: object) -> object:
        array = weight.reshape(channels, multiplier, *weight.shape[2:])  # type: ignore[attr-defined]  # an array
        return array.transpose(*range(2, rank), 0, 1)

    return layer(
        f"SeparableConv{rank - 2}D",
        x,
        bare={"filters": filters, "kernel_size": one(ints(w.kernel for w in windows))},
        **_window(windows),
        padding=unless(padding, "valid"),
        depth_multiplier=unless(multiplier, 1),
        use_bias=unless(given.bias, True),
        weights=(
            Kept(("depthwise.weight",), each),  # type: ignore[arg-type]  # as above
            kept("pointwise.weight", *_moved(rank)),
            *((kept("pointwise.bias"),) if given.bias else ()),
        ),
    )


def _transposed(given: ConvTranspose, case: KerasCase) -> Made:
    rank = case.rank()
    if given.groups != 1:
        refuse("Keras's transposed convolutions have no groups")
    windows = given.windows(rank - 2)
    kernels, before, after = (
        ints(w.kernel for w in windows),
        ints(w.before for w in windows),
        [w.after for w in windows],
    )
    added, strides = ints(w.output_padding for w in windows), [w.stride for w in windows]
    dilations = ints(w.dilation for w in windows)
    if max(strides) > 1 and max(dilations) > 1:
        refuse("Keras has no convolution with a stride and a dilation above 1")
    cut = ints(after)
    even = all(k >= s and k - s == 2 * b and b == c for k, s, b, c in zip(kernels, strides, before, cut, strict=True))
    same = even and not any(added) and max(dilations) == 1
    # What is added at the end is first what was cut off there.
    again = tuple(min(c, more) for c, more in zip(cut, added, strict=True))
    cut = tuple(c - back for c, back in zip(cut, again, strict=True))
    added = tuple(more - back for more, back in zip(added, again, strict=True))
    if any(more >= s for more, s in zip(added, strides, strict=True)):
        refuse("more is added at the end than Keras allows: less than the stride")
    wide = any(s > d * (k - 1) + 1 for s, d, k in zip(strides, dilations, kernels, strict=True))
    made = layer(
        f"Conv{rank - 2}DTranspose",
        bare={"filters": ints((given.out_channels,))[0], "kernel_size": one(kernels)},
        strides=unless(one(strides), 1),
        padding=unless("same" if same else "valid", "valid"),
        # Keras leaves out what a stride above the kernel skips at the end only if it is told.
        output_padding=unless(one(added) if any(added) or wide else None, None),
        dilation_rate=unless(one(dilations), 1),
        use_bias=unless(given.bias, True),
        weights=(kept("weight", *_moved(rank)), *_bias(given)),
    )
    return made if same else cropped(made, tuple(zip(before, cut, strict=True)), "crop")


TABLE: WayTable = {
    Conv: channels_last(_conv),
    DepthwiseConv: channels_last(_depthwise),
    SeparableConv: channels_last(_separable),
    ConvTranspose: channels_last(_transposed),
}
