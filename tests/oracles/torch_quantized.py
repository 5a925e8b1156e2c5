"""Quantized numbers as torch calls; products of integers on numbers of double precision, by the definition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.oracles.torch_calls import CALLS, Dead, F, function, maps, nn, space, torch
from tests.oracles.torch_space import axis_of, padded


def fits(side: Any, shape: Sequence[int], exact: bool) -> None:
    """A scale is broadcast to its tensor, which it makes no larger."""
    if exact and tuple(side.shape) != tuple(shape):
        raise Dead
    if torch.broadcast_shapes(side.shape, shape) != torch.Size(shape):
        raise Dead


def beside(a: dict[str, Any], x: Any, sides: Sequence[Any]) -> None:
    shape = list(x.shape)
    if a["block_size"]:
        axis = axis_of(a["axis"], x)
        shape[axis] = -(-shape[axis] // a["block_size"])
    for side in sides:
        fits(side, shape, bool(a["block_size"]))


def integers(*tensors: Any) -> None:
    if any(t.is_floating_point() or t.is_complex() or t.dtype == torch.bool for t in tensors):
        raise Dead


def quantize(a: dict[str, Any], x: Any, scale: Any, *points: Any) -> Any:
    integers(*points)
    beside(a, x, (scale, *points))
    return x.to(points[0].dtype if points else getattr(torch, a["dtype"]))


def dequantize(a: dict[str, Any], x: Any, scale: Any, *points: Any) -> Any:
    integers(x, *points)
    beside(a, x, (scale, *points))
    return x.to(getattr(torch, a["dtype"]) if a["dtype"] else scale.dtype)


CALLS |= {"QuantizeLinear": function(quantize), "DequantizeLinear": function(dequantize)}


@maps("DynamicQuantizeLinear")
def dynamic(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    (x,) = inputs
    return nn.Module(), lambda _: (x.to(torch.uint8), x.amax().to(x.dtype), x.amax().to(torch.uint8))


@maps("ConvInteger")
def conv_integer(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    integers(*inputs)
    x, w, *points = inputs
    rank = space(x)
    kernel = arguments["kernel_size"]
    if w.dim() != x.dim() or tuple(w.shape[2:]) != (kernel if isinstance(kernel, tuple) else (kernel,) * rank):
        raise Dead
    for point, tensor in zip(points, (x, w), strict=False):
        fits(point, tensor.shape, exact=False)
    x = padded(x.double(), arguments)
    given = {key: arguments[key] for key in ("stride", "dilation", "groups")}
    return nn.Module(), lambda _: getattr(F, f"conv{rank}d")(x, w.double(), **given).to(torch.int32)


def matmul_integer(_: dict[str, Any], a: Any, b: Any, *points: Any) -> Any:
    integers(a, b, *points)
    for point, tensor in zip(points, (a, b), strict=False):
        fits(point, tensor.shape, exact=False)
    return torch.matmul(a.double(), b.double()).to(torch.int32)


CALLS["MatMulInteger"] = function(matmul_integer)
