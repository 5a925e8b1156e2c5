"""Convolutions as PyTorch code."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.conv.depthwise import DepthwiseConv, SeparableConv
from cnnshape.layers.conv.given import ConvWithFilters
from cnnshape.layers.conv.spec import Conv
from cnnshape.layers.conv.transposed import ConvTranspose
from cnnshape.layers.conv.unfold import Fold, Unfold
from cnnshape.layers.demands import stated
from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_out import Case
from cnnshape.layers.source import ME, Arg, Call, CoderTable, Opt, Piece, Slot, Value, X, call, flat, known, padded
from cnnshape.symbolic import Size, Window, padding_of

__all__ = ["TABLE"]


def _slides(windows: tuple[Window, ...]) -> dict[str, Any]:
    return {
        "kernel_size": flat(w.kernel for w in windows),
        "stride": Opt(flat(w.stride for w in windows), 1),
        "dilation": Opt(flat(w.dilation for w in windows), 1),
    }


def _convolution(
    layer: Any, case: Case, c_in: Size, c_out: Size, groups: Size, more: dict[str, Any], bias: bool
) -> Piece:
    """Return a convolution whose padding is the module's own where PyTorch has it, else stands before."""
    windows = layer.windows(case.rank() - 2)
    given = _slides(windows)
    sides = [padding_of(size, w) for size, w in zip(case.shape()[2:], windows, strict=True)]
    own: Any = flat(before for before, _ in sides)
    before: Value = X
    helpers: tuple[str, ...] = ()
    if layer.padding == "same" and all(w.stride == 1 for w in windows):
        own = "same"
    elif any(a != b or not isinstance(a, int) for a, b in sides):
        mode = {"replicate": "replicate", "reflect": "reflect", "circular": "circular"}.get(
            more.get("padding_mode", "")
        )
        before, helpers = padded(case, windows, mode=mode or "constant")
        own, more = 0, {}
    made = call(
        f"nn.Conv{len(windows)}d",
        c_in,
        c_out,
        kernel_size=given["kernel_size"],
        stride=given["stride"],
        padding=Opt(own, 0),
        dilation=given["dilation"],
        groups=Opt(groups, 1),
        bias=Opt(bias, True),
        padding_mode=Opt(more.get("padding_mode", "zeros"), "zeros"),
    )
    return Piece(made, None if before is X else Call(ME, (Arg(before),)), True, helpers)


def _conv(layer: Conv, case: Case) -> Piece:
    c_in = stated(layer.in_channels, case.shape()[1])
    more = {"padding_mode": layer.padding_mode} if layer.padding_mode != "zeros" else {}
    return _convolution(layer, case, c_in, layer.out_channels, layer.groups, more, layer.bias)


def _depthwise(layer: DepthwiseConv, case: Case) -> Piece:
    c_in = stated(layer.in_channels, case.shape()[1])
    return _convolution(layer, case, c_in, c_in * layer.depth_multiplier, c_in, {}, layer.bias)


_SEPARABLE = '''
class SeparableConv{rank}d(nn.Module):
    """A convolution of each channel by itself, and one of single pixels upon it."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, ...],
        stride: int | tuple[int, ...] = 1,
        padding: int | tuple[int, ...] | str = 0,
        dilation: int | tuple[int, ...] = 1,
        depth_multiplier: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.depthwise = nn.Conv{rank}d(
            in_channels,
            in_channels * depth_multiplier,
            kernel_size,
            stride,
            padding,
            dilation,
            groups=in_channels,
            bias=False,
        )
        self.pointwise = nn.Conv{rank}d(in_channels * depth_multiplier, out_channels, 1, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.pointwise(self.depthwise(x))
'''


def _separable(layer: SeparableConv, case: Case) -> Piece:
    c_in = stated(layer.in_channels, case.shape()[1])
    plain = _convolution(layer, case, c_in, layer.out_channels, 1, {}, layer.bias)
    assert plain.module is not None  # a convolution has one
    args = [arg for arg in plain.module.args if arg.name not in ("groups", "bias", "padding_mode")]
    more = call("", depth_multiplier=Opt(layer.depth_multiplier, 1), bias=Opt(layer.bias, True)).args
    rank = case.rank() - 2
    made = Call(call(f"SeparableConv{rank}d").function, (*args, *more))
    return Piece(made, plain.result, True, (*plain.helpers, _SEPARABLE.replace("{rank}", str(rank))))


def _transposed(layer: ConvTranspose, case: Case) -> Piece:
    windows = layer.windows(case.rank() - 2)
    cut = [known((w.before, w.after, w.output_padding)) for w in windows]
    pairs = zip(cut, windows, strict=True)
    plain = all(b == a >= 0 and more < max(w.stride, *known((w.dilation,)), 1) for (b, a, more), w in pairs)
    given = _slides(windows)
    made = call(
        f"nn.ConvTranspose{len(windows)}d",
        stated(layer.in_channels, case.shape()[1]),
        layer.out_channels,
        kernel_size=given["kernel_size"],
        stride=given["stride"],
        padding=Opt(flat(before for before, _, _ in cut) if plain else 0, 0),
        output_padding=Opt(flat(more for _, _, more in cut) if plain else 0, 0),
        groups=Opt(layer.groups, 1),
        bias=Opt(layer.bias, True),
        dilation=given["dilation"],
    )
    if plain:
        return Piece(made, None, True)
    sides = [(-before, more - after) for before, after, more in cut]
    if layer.bias and any(after > 0 for _, after in sides):
        refuse("what is added at its end has the bias alone")
    whole = tuple(side for pair in reversed(sides) for side in pair)
    return Piece(made, call("F.pad", Call(ME, (Arg(X),)), whole), True)


def _with_filters(layer: ConvWithFilters, case: Case) -> Piece:
    windows = layer.conv(case.inputs).windows(case.rank() - 2)
    before, helpers = padded(case, windows)
    slides = _slides(windows)
    more = [Slot(2)] if len(case.inputs) > 2 else []
    result = call(
        f"F.conv{len(windows)}d",
        before,
        Slot(1),
        *more,
        stride=slides["stride"],
        dilation=slides["dilation"],
        groups=Opt(layer.groups, 1),
    )
    return Piece(None, result, helpers=helpers)


def _unfold(layer: Unfold, case: Case) -> Piece:
    windows = layer.windows(case.rank() - 2)
    if len(windows) != 2:
        refuse("PyTorch's Unfold has two axes of space")
    sides = [padding_of(size, w) for size, w in zip(case.shape()[2:], windows, strict=True)]
    slides = _slides(windows)
    if all(a == b and isinstance(a, int) for a, b in sides):
        given = Opt(flat(a for a, _ in sides), 0)
        return Piece(call("nn.Unfold", slides.pop("kernel_size"), padding=given, **slides))
    before, helpers = padded(case, windows)
    return Piece(None, call("F.unfold", before, **slides), helpers=helpers)


def _fold(layer: Fold, case: Case) -> Piece:
    size = known(case.outputs[0].shape[2:])
    windows = layer.windows(len(size))
    sides = [known((w.before, w.after)) for w in windows]
    if len(size) != 2 or isinstance(layer.padding, str) or any(a != b for a, b in sides):
        refuse("PyTorch's Fold has two axes of space, and padding that is the same on both sides")
    slides = _slides(windows)
    given = Opt(flat(a for a, _ in sides), 0)
    return Piece(call("nn.Fold", size, slides.pop("kernel_size"), padding=given, **slides))


TABLE: CoderTable = {
    Conv: _conv,
    ConvWithFilters: _with_filters,
    DepthwiseConv: _depthwise,
    SeparableConv: _separable,
    ConvTranspose: _transposed,
    Unfold: _unfold,
    Fold: _fold,
}
