"""Convolutions of PyTorch."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.base import Context, Layer
from cnnshape.layers.conv.given import ConvWithFilters
from cnnshape.layers.conv.spec import Conv
from cnnshape.layers.conv.transposed import ConvTranspose
from cnnshape.layers.conv.unfold import Fold, Unfold
from cnnshape.layers.foreign import Made, Row, Stored, Use, refuse
from cnnshape.layers.foreign_torch import At, Called, Module, calls, modules, ranks, same, table

__all__ = ["TABLE"]

_SLIDE = ("stride", "padding", "dilation", "groups")
_WINDOW = ("kernel_size", *_SLIDE)


def _module(rank: int) -> Row:
    def make(m: Module) -> Layer:
        given = {name: getattr(m, name) for name in (*_WINDOW, "padding_mode", "in_channels")}
        return Conv(m.out_channels, **given, bias="bias" in m.weights, rank=rank)

    return modules(make, Conv)


def _transposed(rank: int) -> Row:
    def make(m: Module) -> Layer:
        given = {name: getattr(m, name) for name in (*_WINDOW, "output_padding", "in_channels")}
        if m.more.get("output_size") is not None:
            given["output_padding"] = _left(m, rank)
        return ConvTranspose(m.out_channels, **given, bias="bias" in m.weights, rank=rank)

    return modules(make, ConvTranspose, "output_size")


def _left(m: Module, rank: int) -> tuple[int, ...]:
    """Return what stands behind the output, so that it has the size that is asked for."""
    plain = ConvTranspose(m.out_channels, **{n: getattr(m, n) for n in (*_WINDOW, "in_channels")}, rank=rank)
    (smallest,) = plain.outputs((m.op.spec(m.inputs[0]),), Context())
    wanted = m.more["output_size"][-rank:]
    left = tuple(asked - size for asked, size in zip(wanted, smallest.shape[-rank:], strict=True))
    if not all(isinstance(each, int) for each in left):
        refuse("an output_size that is another one for each size")
    return left


def _weights(c: Called) -> tuple[tuple[str, Stored], ...]:
    bias = (("bias", Stored(c.bias.position)),) if isinstance(c.bias, At) else ()
    return (("weight", Stored(c.weight.position)), *bias)


def _function(c: Called) -> Made:
    given: dict[str, Any] = {name: getattr(c, name) for name in _SLIDE}
    if not all(c.op.stored(stored.position) for _, stored in _weights(c)):
        return Use(ConvWithFilters(**given), (c.at, *(stored.position for _, stored in _weights(c))))
    out, part, *kernel = c.op.shape(c.weight.position)
    layer = Conv(out, kernel_size=tuple(kernel), **given, in_channels=part * c.groups, bias=c.bias is not None)
    return Use(layer, (c.at,), _weights(c))


def _transposed_function(c: Called) -> Made:
    if not all(c.op.stored(stored.position) for _, stored in _weights(c)):
        refuse("filters that are computed")
    inside, part, *kernel = c.op.shape(c.weight.position)
    given = {name: getattr(c, name) for name in (*_SLIDE, "output_padding")}
    layer = ConvTranspose(
        part * c.groups, kernel_size=tuple(kernel), **given, in_channels=inside, bias=c.bias is not None
    )
    return Use(layer, (c.at,), _weights(c))


_COLUMNS = ("kernel_size", "dilation", "padding", "stride")
_UNFOLD = same("x kernel_size dilation=1 padding=0 stride=1", lambda m: Unfold(**{n: getattr(m, n) for n in _COLUMNS}))
_FOLD = same(
    "x output_size kernel_size dilation=1 padding=0 stride=1",
    lambda m: Fold(m.output_size, **{n: getattr(m, n) for n in _COLUMNS}),
)

TABLE = table(
    ranks("Conv{}d", _module),
    ranks("ConvTranspose{}d", _transposed),
    ranks("conv{}d", lambda _: calls("x weight bias=None stride=1 padding=0 dilation=1 groups=1", _function, Conv)),
    ranks(
        "conv_transpose{}d",
        lambda _: calls(
            "x weight bias=None stride=1 padding=0 output_padding=0 groups=1 dilation=1",
            _transposed_function,
            ConvTranspose,
        ),
    ),
    {"Unfold": _UNFOLD[0], "im2col": _UNFOLD[1], "Fold": _FOLD[0], "fold": _FOLD[1]},
)
