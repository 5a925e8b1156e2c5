"""Layers whose torch call elsewhere gives the right shape alone: the calls that give the numbers too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from tests.oracles.torch_arrange import listed
from tests.oracles.torch_calls import CALLS, F, Maker, Unfair, function, nn, pairs, same, space, spread, torch

__all__ = ["EXACT", "NUMBERS"]


def reduced(call: Callable[[Any, Any, bool], Any]) -> Maker:
    def of(a: dict[str, Any], x: Any) -> Any:
        axes = tuple(range(x.dim())) if a["dim"] is None else listed(a["dim"])
        return call(x, axes, a["keepdim"])

    return function(of)


def product(x: Any, axes: Sequence[int], keep: bool) -> Any:
    x = x if x.is_floating_point() else x.long()
    y = reduce(lambda t, axis: t.prod(axis, keepdim=True), axes, x)
    return (
        y if keep else y.reshape([size for axis, size in enumerate(x.shape) if axis not in {i % x.dim() for i in axes}])
    )


def joined(call: Callable[[Any, Any], Any]) -> Maker:
    return function(lambda a, *xs: reduce(call, xs))


def mean(a: dict[str, Any], *xs: Any) -> Any:
    if not xs[0].is_floating_point():
        raise Unfair
    return torch.stack(torch.broadcast_tensors(*xs)).mean(0)


def windowed(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    """PyTorch's own pool where it has one, else the windows one by one, by the definition."""
    (x,) = inputs
    if "norm_type" in arguments and (arguments["norm_type"] % 2 or arguments["ceil_mode"]):
        raise Unfair  # PyTorch takes powers of the numbers, not of their sizes, and scales the sums of cut windows up
    rank, padding, kernel = space(x), arguments["padding"], spread(arguments["kernel_size"], space(x))
    other = arguments.get("storage_order", "row") != "row" or arguments.get("counted", "map") != "map"
    if other or not x.is_floating_point():
        raise Unfair
    stride, dilation = spread(arguments["stride"] or kernel, rank), spread(arguments["dilation"], rank)
    sides = same(padding, x.shape[2:], kernel, stride, dilation) if isinstance(padding, str) else pairs(padding, rank)
    by_word = isinstance(padding, str) and padding != "valid"
    plain = not arguments["ceil_mode"] or by_word
    if not plain or arguments.get("return_indices"):
        home = arguments["dialect"] == "torch" and not isinstance(padding, str) and all(a == b for a, b in sides)
        mean = "norm_type" in arguments or "divisor_override" in arguments
        if home and not (mean and (set(dilation) != {1} or ("norm_type" in arguments and any(map(any, sides))))):
            return CALLS["MaxPool"](dict(arguments), inputs)
        raise Unfair  # which windows there are, and what they hold, is PyTorch's to say
    flat = [side for pair in reversed(sides) for side in pair]
    return nn.Module(), lambda _: taken(arguments, x, flat, list(zip(kernel, stride, dilation, strict=True)))


def taken(a: dict[str, Any], x: Any, flat: list[int], windows: list[tuple[int, int, int]]) -> Any:
    def views(y: Any, fill: float) -> Any:
        y = F.pad(y, flat, value=fill)
        for axis, (k, s, d) in enumerate(windows, start=2):
            y = y.unfold(axis, d * (k - 1) + 1, s)[..., ::d]
        return y.flatten(2 + len(windows))

    if "norm_type" in a:
        return (views(x, 0).abs() ** a["norm_type"]).sum(-1) ** (1 / a["norm_type"])
    if "divisor_override" in a:
        counted = views(torch.ones_like(x), float(a["count_include_pad"])).sum(-1).clamp(min=1)
        return views(x, 0).sum(-1) / (a["divisor_override"] or counted)
    return views(x, -torch.inf).amax(-1)


def smallest(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    module, call = windowed(arguments, [-inputs[0]])
    return module, lambda m: -call(m)


def unfolded(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    if isinstance(arguments["padding"], str):
        raise Unfair  # spelled out for the shape alone
    return CALLS["ConvTranspose"](arguments, inputs)


def folded(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    many = next((len(v) for v in arguments.values() if isinstance(v, tuple)), arguments.get("rank") or 2)
    if many != 2 or not isinstance(arguments["padding"], int):
        raise Unfair
    return CALLS["Fold"](arguments, inputs)


def separable(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    """A depthwise convolution, and one of single pixels upon it; Keras's names of their weights."""
    module, call = CALLS["SeparableConv"](arguments, inputs)
    named = nn.Module()
    named.depthwise, named.pointwise = module[0], module[1]
    return named, lambda m: call(nn.Sequential(m.depthwise, m.pointwise))


def padded(a: dict[str, Any], x: Any) -> Any:
    axes = range(2, x.dim()) if a["axes"] is None else [axis % x.dim() for axis in listed(a["axes"])]
    sides = dict(zip(axes, pairs(a["padding"], len(axes)), strict=True))
    if a["mode"] != "constant" and (min(min(each) for each in sides.values()) < 0 or a["axes"] is not None):
        raise Unfair
    flat = [side for axis in reversed(range(x.dim())) for side in sides.get(axis, (0, 0))]
    if a["mode"] == "constant":
        return F.pad(x, flat, value=a["value"])
    return F.pad(x, flat[: 2 * (x.dim() - 2)], a["mode"])


def cut(a: dict[str, Any], x: Any) -> Any:
    """Python's slice, which PyTorch has for steps forward."""
    places = range(x.shape[a["dim"]])[a["start"] : a["end"] : a["step"]]
    return x.index_select(a["dim"] % x.dim(), torch.tensor(list(places)))


def gathered(a: dict[str, Any], x: Any, indices: Any = None) -> Any:
    axis = a["dim"] % x.dim()
    places = torch.tensor(a["indices"]) if indices is None else indices.long()
    return x[(slice(None),) * axis + (places,)]


def neighbors(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    if arguments["size"] > inputs[0].shape[1]:
        raise Unfair  # spelled out for the shape alone
    return CALLS["LocalResponseNorm"](arguments, inputs)


def whole(call: Callable[[Any, tuple[int, ...], dict[str, Any]], Any]) -> Maker:
    return function(lambda a, x: call(x, tuple(range(2, x.dim())), a))


def upsample(a: dict[str, Any], x: Any, like: Any = None) -> Any:
    rank, mode = space(x), a["mode"]
    words = {"linear": ("linear", "bilinear", "trilinear"), "cubic": ("", "bicubic", "")}
    word = words[mode][rank - 1] if mode in words else mode
    if not word:
        raise Unfair
    size = list(like.shape[2:]) if like is not None else a["size"]
    scale = None if a["scale_factor"] is None else [float(f) for f in spread(a["scale_factor"], rank)]
    if word.startswith("nearest") and x.is_floating_point() and scale is not None:
        raise Unfair  # in single precision, whatever the type
    corners = {"align_corners": bool(a["align_corners"])} if word.endswith(("linear", "cubic")) else {}
    size = None if size is None else list(spread(tuple(size) if isinstance(size, list) else size, rank))
    return F.interpolate(x, size, scale, word, **corners)


def grid_sample(a: dict[str, Any], x: Any, grid: Any) -> Any:
    return F.grid_sample(x, grid, a["mode"], a["padding_mode"], a["align_corners"])


def blocks(a: dict[str, Any], x: Any) -> Any:
    if space(x) != 2 or a.get("mode", "CRD") != "CRD":
        raise Unfair
    up = a.get("upscale_factor", a.get("block_size"))
    return F.pixel_shuffle(x, up) if "downscale_factor" not in a else F.pixel_unshuffle(x, a["downscale_factor"])


def scaled(name: str) -> Maker:
    """LayerScale and ConvNeXt V2's norm, as their papers have them."""

    def make(a: dict[str, Any], inputs: Sequence[Any]) -> Any:
        (x,), axis = inputs, a["dim"]
        module, _ = CALLS[name](dict(a), inputs)

        def along(vector: Any) -> Any:
            return vector.reshape(-1, *(1,) * (x.dim() - 1 - axis % x.dim()))

        def call(m: Any) -> Any:
            if name == "LayerScale":
                return x * along(m.gamma)
            others = tuple(each for each in range(1, x.dim()) if each != axis % x.dim())
            length = x.square().sum(others, keepdim=True).sqrt()
            return along(m.gamma) * (x * (length / (length.mean(axis, keepdim=True) + a["eps"]))) + along(m.beta) + x

        return module, call

    return make


def attended(a: dict[str, Any], query: Any, key: Any, value: Any, *more: Any) -> Any:
    usual = (a["softcap"], a["left_window_size"], a["right_window_size"], a["offset"], a["scores"])
    if usual != (0, -1, -1, 0, "none") or any(x.dtype in (torch.int64, torch.int32) for x in more):
        raise Unfair
    mask = more[0] if more else None
    mask = mask.to(query.dtype) if mask is not None and mask.is_floating_point() else mask
    given = {"is_causal": a["is_causal"], "scale": a["scale"], "enable_gqa": a["enable_gqa"]}
    return F.scaled_dot_product_attention(query, key, value, mask, 0.0, **given)


def recurrent(kind: str) -> Maker:
    def make(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
        x, *first = inputs
        if (
            not arguments.pop("reset_after", True)
            or not arguments.pop("recurrent_bias")
            or arguments.pop("peepholes", False)
            or (kind == "LSTM" and len(first) == 1)
        ):
            raise Unfair
        states, size = arguments.pop("return_states"), arguments.pop("input_size") or x.shape[-1]
        made = getattr(nn, kind)(size, **arguments)

        def call(module: Any) -> Any:
            y, last = module(x, *([tuple(first)] if kind == "LSTM" and first else first))
            return (y, *(last if isinstance(last, tuple) else (last,))) if states else (y,)

        return made, call

    return make


def position(call: Callable[..., Any]) -> Maker:
    return function(lambda a, x: call(x, a["dim"], keepdim=a["keepdim"]))


NUMBERS: dict[str, Maker] = {
    "Identity": function(lambda a, x: x),
    "Abs": function(lambda a, x: x.abs()),
    "Exp": function(lambda a, x: x.exp()),
    "Log": function(lambda a, x: x.log()),
    "Sqrt": function(lambda a, x: x.sqrt()),
    "Erf": function(lambda a, x: torch.erf(x)),
    "ReLU": function(lambda a, x: F.relu(x)),
    "ReLU6": function(lambda a, x: F.relu6(x)),
    "LeakyReLU": function(lambda a, x: F.leaky_relu(x, a["negative_slope"])),
    "Sigmoid": function(lambda a, x: torch.sigmoid(x)),
    "LogSigmoid": function(lambda a, x: F.logsigmoid(x)),
    "Tanh": function(lambda a, x: torch.tanh(x)),
    "Tanhshrink": function(lambda a, x: F.tanhshrink(x)),
    "SiLU": function(lambda a, x: F.silu(x)),
    "Mish": function(lambda a, x: F.mish(x)),
    "ELU": function(lambda a, x: F.elu(x, a["alpha"])),
    "CELU": function(lambda a, x: F.celu(x, a["alpha"])),
    "SELU": function(lambda a, x: F.selu(x)),
    "GELU": function(lambda a, x: F.gelu(x, approximate=a["approximate"])),
    "Softplus": function(lambda a, x: F.softplus(x, a["beta"], a["threshold"])),
    "Softsign": function(lambda a, x: F.softsign(x)),
    "Softshrink": function(lambda a, x: F.softshrink(x, a["lambd"])),
    "Hardshrink": function(lambda a, x: F.hardshrink(x, a["lambd"])),
    "Hardswish": function(lambda a, x: F.hardswish(x)),
    "Hardsigmoid": function(lambda a, x: (a["alpha"] * x + a["beta"]).clamp(0, 1)),
    "Hardtanh": function(lambda a, x: F.hardtanh(x, a["min_val"], a["max_val"])),
    "Threshold": function(lambda a, x: F.threshold(x, a["threshold"], a["value"])),
    "Clip": function(lambda a, x: x if a["min"] is a["max"] is None else x.clamp(a["min"], a["max"])),
    "Softmax": function(lambda a, x: F.softmax(x, a["dim"])),
    "LogSoftmax": function(lambda a, x: F.log_softmax(x, a["dim"])),
    "Mean": function(mean),
    "ReduceMean": reduced(lambda x, axes, keep: x.mean(axes, keepdim=keep) if axes else x),
    "ReduceSum": reduced(lambda x, axes, keep: x.sum(axes, keepdim=keep) if axes else x),
    "ReduceProd": reduced(product),
    "ReduceMax": reduced(lambda x, axes, keep: x.amax(axes, keepdim=keep)),
    "ReduceMin": reduced(lambda x, axes, keep: x.amin(axes, keepdim=keep)),
    "ReduceL1": reduced(lambda x, axes, keep: x.abs().sum(axes, keepdim=keep)),
    "ReduceL2": reduced(lambda x, axes, keep: x.square().sum(axes, keepdim=keep).sqrt()),
    "LogSumExp": reduced(lambda x, axes, keep: torch.logsumexp(x, axes, keepdim=keep)),
    "ArgMax": position(torch.argmax),
    "ArgMin": position(torch.argmin),
    **dict.fromkeys(("MaxPool", "AvgPool", "LPPool"), windowed),
    "MinPool": smallest,
    "ConvTranspose": unfolded,
    "Fold": folded,
    "GlobalAvgPool": whole(lambda x, axes, a: x.mean(axes, keepdim=a["keepdim"])),
    "GlobalMaxPool": whole(lambda x, axes, a: x.amax(axes, keepdim=a["keepdim"])),
    "GlobalLPPool": whole(
        lambda x, axes, a: (x.abs() ** a["norm_type"]).sum(axes, keepdim=a["keepdim"]) ** (1 / a["norm_type"])
    ),
    "SeparableConv": separable,
    "Pad": function(padded),
    "Slice": function(cut),
    "Gather": function(gathered),
    "LocalResponseNorm": neighbors,
    "Upsample": function(upsample),
    "GridSample": function(grid_sample),
    **dict.fromkeys(("PixelShuffle", "PixelUnshuffle", "DepthToSpace"), function(blocks)),
    "LayerScale": scaled("LayerScale"),
    "GRN": scaled("GRN"),
    "L2Norm": function(lambda a, x: F.normalize(x, dim=a["dim"], eps=a["eps"])),
    "ScaledDotProductAttention": function(attended),
    **{kind: recurrent(kind) for kind in ("RNN", "LSTM", "GRU")},
}
"""Name of a layer -> its call."""

EXACT = frozenset(NUMBERS) | {
    *("Input", "Output", "Constant", "Parameter", "Dropout", "AlphaDropout", "DropPath"),
    *("Conv", "DepthwiseConv", "Unfold", "AdaptiveAvgPool", "AdaptiveMaxPool", "MaxUnpool", "Crop", "CenterCrop"),
    *("Linear", "Bilinear", "Embedding", "MatMul", "Einsum", "MultiheadAttention", "PReLU", "GLU", "Maxout"),
    *("BatchNorm", "InstanceNorm", "LayerNorm", "RMSNorm", "GroupNorm"),
    *("Add", "Subtract", "Multiply", "Divide", "Maximum", "Minimum", "Concat"),
    *("Flatten", "Reshape", "Unflatten", "Permute", "Transpose", "Squeeze", "Unsqueeze"),
    *("Split", "Chunk", "Expand", "Tile", "Roll", "Cast", "ChannelShuffle", "GatherElements", "GatherND"),
}
"""Layers whose call gives numbers, here or where its shape is asked for; the others have no torch call like them."""
