"""PyTorch's own answer for a network: every layer as a torch call on the meta device, no formula of ours.

A layer is mapped by its class name and its PyTorch-named fields. What has no single torch call (SAME padding, Keras's
layers) is spelled out from its published definition.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import partial
from typing import Any

import pytest

from cnnshape.graph.network import Network
from cnnshape.layers.base import Layer

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional

Shape = tuple[int, ...]


class Dead(Exception):
    """The layer refuses its input, or leaves nothing of it."""


class Unfair(Exception):
    """PyTorch's answer says nothing here; the reason stands where it is raised."""


def shapes(network: Network, sizes: dict[str, int]) -> tuple[dict[str, Shape | None], int, int]:
    """Run `network` on meta tensors; return the shape of every tensor (None: refused or empty), parameters, buffers."""
    tensors: dict[str, Any] = {}
    trained = buffered = 0
    for node in network.nodes:
        if type(node.layer).__name__ == "Input":
            shape = [s if isinstance(s, int) else sizes[str(s)] for s in node.layer.shape]  # type: ignore[attr-defined]
            tensors[node.name] = torch.empty(shape, device="meta")
            continue
        inputs = [tensors.get(name) for name in node.inputs]
        if any(x is None for x in inputs):
            continue
        try:
            module, results = apply(node.layer, inputs)
        except (Dead, RuntimeError, ValueError, IndexError, AssertionError, TypeError):
            continue
        if not node.weights_of:
            trained += sum(p.numel() for p in module.parameters())
            buffered += sum(b.numel() for n, b in module.named_buffers() if "num_batches" not in n)
        if len(results) == 1:
            tensors[node.name] = results[0]
        else:
            tensors.update({f"{node.name}.{port}": y for port, y in enumerate(results)})
    return {name: tuple(y.shape) for name, y in tensors.items()}, trained, buffered


def apply(layer: Layer, inputs: Sequence[Any]) -> tuple[Any, tuple[Any, ...]]:
    """Return the torch module that a layer stands for (an empty one for a function) and what it gives."""
    name = type(layer).__name__
    arguments = {f.name: getattr(layer, f.name) for f in fields(layer) if f.name != "rank"}  # type: ignore[arg-type]
    with torch.device("meta"):
        module, call = CALLS[name](arguments, inputs)
        module.eval()
        given = call(module)
    results = tuple(given) if isinstance(given, (tuple, list)) else (given,)
    if any(y.numel() == 0 for y in results):
        raise Dead
    return module, results


Maker = Callable[[dict[str, Any], Sequence[Any]], tuple[Any, Callable[[Any], Any]]]
CALLS: dict[str, Maker] = {}


def maps(*names: str) -> Callable[[Maker], Maker]:
    """Register a maker under the names of layers."""

    def register(maker: Maker) -> Maker:
        CALLS.update(dict.fromkeys(names, maker))
        return maker

    return register


def function(call: Callable[..., Any]) -> Maker:
    """Make a maker from a function of (arguments, *inputs)."""
    return lambda arguments, inputs: (nn.Module(), lambda _: call(arguments, *inputs))


def space(x: Any) -> int:
    """Return the number of space axes; refuse what has none."""
    rank = x.dim() - 2
    if not 1 <= rank <= 3:
        raise Dead
    return int(rank)


def spread(value: Any, rank: int) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, tuple) else (value,) * rank


def padded(x: Any, arguments: dict[str, Any], value: float = 0.0) -> Any:
    """Pad `x` as `padding` says, by the definition of each word, and drop `padding` from the arguments."""
    rank = space(x)
    padding = arguments.pop("padding")
    mode = arguments.pop("padding_mode", "zeros")
    kernel, stride, dilation = (spread(arguments[k], rank) for k in ("kernel_size", "stride", "dilation"))
    if isinstance(padding, str):
        sides = []
        for d, k, s, a in zip(x.shape[2:], kernel, stride, dilation, strict=True):
            whole = 0 if padding == "valid" else max((-(-d // s) - 1) * s + a * (k - 1) + 1 - d, 0)
            less, more = whole // 2, whole - whole // 2
            sides.append((more, less) if padding == "same_lower" else (less, more))
    else:
        sides = [side if isinstance(side, tuple) else (side, side) for side in spread(padding, rank)]
    flat = [p for before, after in reversed(sides) for p in (before, after)]
    if not any(flat):
        return x
    if mode == "zeros":
        return F.pad(x, flat, value=value)
    return F.pad(x, flat, mode=mode)


@maps("Conv")
def conv(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    x = padded(inputs[0], arguments)
    given = arguments.pop("in_channels")
    made = getattr(nn, f"Conv{space(x)}d")(given or x.shape[1], **arguments)
    return made, lambda m: m(x)


@maps("ConvTranspose")
def conv_transpose(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    (x,) = inputs
    given = arguments.pop("in_channels")
    arguments["output_padding"] = arguments["output_padding"] or 0
    made = getattr(nn, f"ConvTranspose{space(x)}d")(given or x.shape[1], **arguments)
    return made, lambda m: m(x)


@maps("DepthwiseConv", "SeparableConv")
def depthwise(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    x = padded(inputs[0], arguments)
    made_of = getattr(nn, f"Conv{space(x)}d")
    c, wide = x.shape[1], x.shape[1] * arguments["depth_multiplier"]
    slide = {k: arguments[k] for k in ("kernel_size", "stride", "dilation")}
    if "out_channels" in arguments:  # Keras's SeparableConv has one bias, of the pointwise half
        last = made_of(wide, arguments["out_channels"], 1, bias=arguments["bias"])
        made = nn.Sequential(made_of(c, wide, groups=c, bias=False, **slide), last)
    else:
        made = made_of(c, wide, groups=c, bias=arguments["bias"], **slide)
    return made, lambda m: m(x)


@maps("MaxPool", "MinPool", "AvgPool", "LPPool")
def pool(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    (x,) = inputs
    arguments.pop("dialect")
    if "divisor_override" in arguments:
        arguments.pop("divisor_override")
        assert arguments.pop("dilation") == 1, "PyTorch's average pooling has no dilation"
        made = getattr(nn, f"AvgPool{space(x)}d")(**arguments)
        if space(x) == 3 and any(k > d for k, d in zip(spread(arguments["kernel_size"], 3), x.shape[2:], strict=True)):
            raise Unfair  # PyTorch's 3-D kernel alone forgets the padding when it compares kernel and input
    elif "norm_type" in arguments:
        made = getattr(nn, f"LPPool{space(x)}d")(
            arguments["norm_type"], arguments["kernel_size"], arguments["stride"], arguments["ceil_mode"]
        )
    else:
        made = getattr(nn, f"MaxPool{space(x)}d")(**arguments)
    return made, lambda m: m(x)


@maps("AdaptiveAvgPool", "AdaptiveMaxPool")
def adaptive(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    (x,) = inputs
    kind = "Max" if "return_indices" in arguments else "Avg"
    return getattr(nn, f"Adaptive{kind}Pool{space(x)}d")(**arguments), lambda m: m(x)


def global_pool(arguments: dict[str, Any], x: Any) -> Any:
    axes = tuple(range(2, 2 + space(x)))
    return x.amax(axes, keepdim=arguments["keepdim"])


CALLS.update(dict.fromkeys(("GlobalAvgPool", "GlobalMaxPool", "GlobalLPPool"), function(global_pool)))


@maps("Linear")
def linear(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    (x,) = inputs
    return nn.Linear(arguments.pop("in_features") or x.shape[-1], **arguments), lambda m: m(x)


def batch_norm(kind: str, arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    (x,) = inputs
    if kind == "InstanceNorm" and x[0, 0].numel() == 1:
        raise Unfair  # PyTorch refuses the variance of one element, which is 0
    given = arguments.pop("num_features") or x.shape[1]
    return getattr(nn, f"{kind}{max(x.dim() - 2, 1)}d")(given, **arguments), lambda m: m(x)


CALLS.update({kind: partial(batch_norm, kind) for kind in ("BatchNorm", "InstanceNorm")})


@maps("LayerNorm", "RMSNorm")
def layer_norm(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    (x,) = inputs
    shape = arguments.pop("normalized_shape") or x.shape[-1]
    kind = nn.LayerNorm if "bias" in arguments else nn.RMSNorm
    return kind(shape, **arguments), lambda m: m(x)


@maps("GroupNorm")
def group_norm(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    (x,) = inputs
    given = arguments.pop("num_channels") or x.shape[1]
    if x.numel() == x.shape[0] * arguments["num_groups"] or x[0].numel() == arguments["num_groups"]:
        raise Unfair  # PyTorch refuses the variance of one element, which is 0
    return nn.GroupNorm(num_channels=given, **arguments), lambda m: m(x)


@maps("PReLU")
def prelu(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    (x,) = inputs
    return nn.PReLU(**arguments), lambda m: m(x)


SAME_SHAPE = """Sigmoid Tanh ReLU ReLU6 LeakyReLU ELU SELU CELU GELU SiLU Mish Softplus Softsign Hardsigmoid Hardswish
Hardtanh LogSigmoid Softshrink Hardshrink Tanhshrink Identity""".split()
CALLS.update(dict.fromkeys(SAME_SHAPE, function(lambda a, x: torch.relu(x))))
CALLS["Softmax"] = CALLS["LogSoftmax"] = function(lambda a, x: torch.softmax(x, a["dim"]))
CALLS["Dropout"] = CALLS["AlphaDropout"] = CALLS["DropPath"] = function(lambda a, x: x + 0)
CALLS["GLU"] = function(lambda a, x: F.glu(x, a["dim"]))


def joined(call: Callable[[Any, Any], Any]) -> Maker:
    def fold(arguments: dict[str, Any], *inputs: Any) -> Any:
        if (
            len({x.dim() for x in inputs}) > 1
        ):  # PyTorch aligns axes from the end, here a join wants equal ranks or the same
            return torch.broadcast_tensors(*inputs)[0]
        y = inputs[0]
        for x in inputs[1:]:
            y = call(y, x)
        return y

    return function(fold)


for _name, _call in {
    "Add": torch.add,
    "Subtract": torch.sub,
    "Multiply": torch.mul,
    "Divide": torch.div,
    "Maximum": torch.maximum,
    "Minimum": torch.minimum,
    "Mean": torch.add,
}.items():
    CALLS[_name] = joined(_call)

CALLS["Concat"] = function(lambda a, *xs: torch.cat(xs, a["dim"]))
CALLS["MatMul"] = function(
    lambda a, x, y: torch.matmul(x.mT if a["transpose_a"] else x, y.mT if a["transpose_b"] else y)
)
CALLS["Flatten"] = function(lambda a, x: torch.flatten(x, a["start_dim"], a["end_dim"]))
CALLS["Reshape"] = function(lambda a, x: x.reshape(a["shape"]))
CALLS["Unflatten"] = function(lambda a, x: x.unflatten(a["dim"], a["unflattened_size"]))
CALLS["Permute"] = function(lambda a, x: x.permute(a["dims"]))
CALLS["Transpose"] = function(lambda a, x: x.transpose(a["dim0"], a["dim1"]))


def squeezed(a: dict[str, Any], x: Any) -> Any:
    if x.shape[a["dim"]] != 1:
        raise Unfair  # PyTorch leaves the axis there, so that the number of axes would depend on a size
    return x.squeeze(a["dim"])


CALLS["Squeeze"] = function(squeezed)
CALLS["Unsqueeze"] = function(lambda a, x: x.unsqueeze(a["dim"]))
CALLS["Chunk"] = function(lambda a, x: torch.chunk(x, a["chunks"], a["dim"]))
CALLS["Split"] = function(
    lambda a, x: torch.split(
        x, a["split_size"] if isinstance(a["split_size"], int) else list(a["split_size"]), a["dim"]
    )
)
CALLS["Tile"] = function(lambda a, x: torch.tile(x, a["repeats"]))
CALLS["Roll"] = function(lambda a, x: torch.roll(x, a["shifts"], a["dims"]))
CALLS["ChannelShuffle"] = function(lambda a, x: F.channel_shuffle(x, a["groups"]))
CALLS["PixelShuffle"] = function(lambda a, x: F.pixel_shuffle(x, a["upscale_factor"]))
CALLS["PixelUnshuffle"] = function(lambda a, x: F.pixel_unshuffle(x, a["downscale_factor"]))


def reduced(a: dict[str, Any], x: Any) -> Any:
    axes = tuple(range(x.dim())) if a["dim"] is None else a["dim"]
    return x.sum(axes, keepdim=a["keepdim"])


for _name in "ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 LogSumExp".split():
    CALLS[_name] = function(reduced)


@maps("Upsample")
def upsample(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    x = inputs[0]
    rank = space(x)
    scale = arguments["scale_factor"]
    factor = None if scale is None else [float(s) for s in spread(scale, rank)]
    return nn.Module(), lambda _: F.interpolate(x, arguments["size"], factor, "nearest")


@maps("Pad")
def pad(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    (x,) = inputs
    sides = [s if isinstance(s, tuple) else (s, s) for s in spread(arguments["padding"], space(x))]
    flat = [p for side in reversed(sides) for p in side]
    mode = {"constant": "constant"}.get(arguments["mode"], arguments["mode"])
    return nn.Module(), lambda _: F.pad(x, flat, mode=mode)


@maps("LocalResponseNorm")
def lrn(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    (x,) = inputs
    if space(x) > 1 and arguments["size"] > x.shape[1]:
        raise Unfair  # it runs through the 3-D average pooling that forgets the padding
    return nn.LocalResponseNorm(**arguments), lambda m: m(x.contiguous())


@maps("MultiheadAttention")
def attention(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    q, k, v = (list(inputs) * 3)[:3] if len(inputs) == 1 else inputs
    width = arguments.pop("embed_dim", None) or q.shape[-1]
    known = ("num_heads", "bias", "batch_first", "kdim", "vdim")
    made = nn.MultiheadAttention(width, **{key: arguments[key] for key in known if key in arguments})
    return made, lambda m: m(q, k, v, need_weights=False)[0]


def recurrent(kind: str) -> Maker:
    def make(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
        (x,) = inputs
        known = ("hidden_size", "num_layers", "bias", "batch_first", "bidirectional", "proj_size", "nonlinearity")
        chosen = {key: arguments[key] for key in known if arguments.get(key) is not None}
        made = getattr(nn, kind)(x.shape[-1], **chosen)
        if x.dim() != 3:
            raise Dead
        return made, lambda m: m(x)[0]

    return make


CALLS.update({kind: recurrent(kind) for kind in ("RNN", "LSTM", "GRU")})
