"""Layers over space axes as torch calls; what PyTorch lacks is spelled out from its definition."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from tests.oracles.torch_calls import CALLS, Dead, F, function, maps, nn, pairs, resized, same, space, spread, torch


def padded(x: Any, arguments: dict[str, Any]) -> Any:
    """Pad `x` as `padding` says, by the definition of each word, and drop `padding` from the arguments."""
    given = arguments.pop("padding")
    mode = arguments.pop("padding_mode", "zeros")
    window = (arguments[key] for key in ("kernel_size", "stride", "dilation"))
    sides = same(given, x.shape[2:], *window) if isinstance(given, str) else pairs(given, space(x))
    flat = [p for side in reversed(sides) for p in side]
    if not any(flat):
        return x
    return F.pad(x, flat) if mode == "zeros" else F.pad(x, flat, mode=mode)


@maps("Conv")
def conv(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    x = padded(inputs[0], arguments)
    if min(spread(arguments["dilation"], space(x))) < 1:
        raise Dead  # the meta device takes a negative one
    given = arguments.pop("in_channels")
    made = getattr(nn, f"Conv{space(x)}d")(given or x.shape[1], **arguments)
    return made, lambda m: m(x)


@maps("ConvWithFilters")
def conv_with_filters(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    x, filters, *biases = inputs
    x = padded(x, {**arguments, "kernel_size": tuple(filters.shape[2:]), "padding_mode": "zeros"})
    call = getattr(nn.functional, f"conv{space(x)}d")
    slide = {name: spread(arguments[name], space(x)) for name in ("stride", "dilation")}
    return nn.Module(), lambda _: call(x, filters, *biases, padding=0, groups=arguments["groups"], **slide)


@maps("DepthwiseConv", "SeparableConv")
def depthwise(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    x = padded(inputs[0], arguments)
    made_of = getattr(nn, f"Conv{space(x)}d")
    c = arguments["in_channels"] or x.shape[1]
    wide = c * arguments["depth_multiplier"]
    slide = {k: arguments[k] for k in ("kernel_size", "stride", "dilation")}
    if "out_channels" in arguments:  # Keras's SeparableConv has one bias, of the pointwise half
        last = made_of(wide, arguments["out_channels"], 1, bias=arguments["bias"])
        made = nn.Sequential(made_of(c, wide, groups=c, bias=False, **slide), last)
    else:
        made = made_of(c, wide, groups=c, bias=arguments["bias"], **slide)
    return made, lambda m: m(x)


@maps("ConvTranspose")
def conv_transpose(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    (x,) = inputs
    rank = space(x)
    given, padding, more = (arguments.pop(key) for key in ("in_channels", "padding", "output_padding"))
    stride, dilation = (spread(arguments[key], rank) for key in ("stride", "dilation"))
    spans = [a * (k - 1) + 1 for k, a in zip(spread(arguments["kernel_size"], rank), dilation, strict=True)]
    added = spread(more or 0, rank)
    if any(o >= max(s, a) for o, s, a in zip(added, stride, dilation, strict=True)):
        raise Dead
    plain = isinstance(padding, str) or any(before != after for before, after in pairs(padding, rank))
    if not plain:
        arguments |= {"padding": tuple(before for before, _ in pairs(padding, rank)), "output_padding": added}
    made = getattr(nn, f"ConvTranspose{rank}d")(given or x.shape[1], **arguments)

    def call(module: Any) -> Any:
        if module.weight.shape[0] != x.shape[1]:
            raise Dead  # the meta device does not look
        y = module(x)
        if not plain:
            return y
        if not isinstance(padding, str):
            cut = [-p + o for p, o in zip([a for _, a in pairs(padding, rank)], added, strict=True)]
            flat = [
                p for (before, _), c in reversed([*zip(pairs(padding, rank), cut, strict=True)]) for p in (-before, c)
            ]
            return F.pad(y, flat)
        sizes = []
        for d, s, span, o in zip(x.shape[2:], stride, spans, added, strict=True):
            if padding == "valid":
                sizes.append((d - 1) * s + (max(span, s) if more is None else span + o))
            else:  # Keras's `same` with an output_padding is Keras's own rule
                sizes.append((d - 1) * s + span % 2 + o if padding == "same" and more is not None else d * s)
        return resized(y, (*y.shape[:2], *sizes))

    return made, call


@maps("Unfold")
def unfold(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    y = padded(inputs[0], arguments)
    rank, taps = space(y), 1
    kernel, stride, dilation = (spread(arguments[key], rank) for key in ("kernel_size", "stride", "dilation"))
    if rank == 2:
        return nn.Unfold(kernel, dilation, 0, stride), lambda m: m(y)
    for axis, (k, s, a) in enumerate(zip(kernel, stride, dilation, strict=True), start=2):
        y = y.unfold(axis, a * (k - 1) + 1, s)[..., ::a]  # the taps of this axis come last
        taps *= k
    return (
        nn.Module(),
        lambda _: y.flatten(2, 1 + rank).flatten(3).transpose(2, 3).reshape(len(y), y.shape[1] * taps, -1),
    )


@maps("Fold")
def fold(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    """Columns fit if they are those that Unfold makes of a map of that size."""
    (x,) = inputs
    values = [arguments[key] for key in ("output_size", "kernel_size", "dilation", "padding", "stride")]
    rank = next((len(value) for value in values if isinstance(value, tuple)), arguments.pop("rank") or 2)
    if x.dim() != 3:
        raise Dead
    size, kernel, dilation, _, stride = (spread(v, rank) if not isinstance(v, str) else v for v in values)
    taps = 1
    for k in kernel:
        taps *= k
    if x.shape[1] % taps:
        raise Dead
    padding = arguments["padding"]
    if rank == 2 and isinstance(padding, int):
        return nn.Fold(size, kernel, dilation, padding, stride), lambda m: m(x)
    target = resized(x, (x.shape[0], x.shape[1] // taps, *size))
    window = {"kernel_size": kernel, "dilation": dilation, "padding": padding, "stride": stride}
    made, call = unfold(window, (target,))
    if call(made).shape != x.shape:
        raise Dead
    return nn.Module(), lambda _: target


def places(size: int, before: int, after: int, span: int, stride: int, ceil: bool) -> int:
    """Count the windows one by one; with ceil_mode a last one may reach over the end by less than a stride, unless it
    would start in the padding there.
    """
    count, end = 0, before + size + after
    while count * stride + span <= end:
        count += 1
    over = count * stride + span - end
    return count + (ceil and over < stride and count * stride < before + size)


@maps("MaxPool", "MinPool", "AvgPool", "LPPool")
def pool(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    (x,) = inputs
    rank, dialect, padding = space(x), arguments.pop("dialect"), arguments.pop("padding")
    for counting in ("storage_order", "counted"):  # PyTorch counts row by row in one map; the shapes are the same
        arguments.pop(counting, None)
    kernel, stride = arguments["kernel_size"], arguments["stride"] or arguments["kernel_size"]
    dilation, ceil = arguments["dilation"], arguments["ceil_mode"]
    if min(spread(dilation, rank)) < 1:
        raise Dead  # PyTorch does not look at it where the kernel is 1
    sides = same(padding, x.shape[2:], kernel, stride, dilation) if isinstance(padding, str) else pairs(padding, rank)
    average = "divisor_override" in arguments
    norm = "norm_type" in arguments
    at_home = dialect == "torch" and not isinstance(padding, str) and all(a == b for a, b in sides)
    if at_home and norm and not any(a for a, _ in sides) and dilation == 1:
        if rank == 1:  # it reckons with the number
            kernel, stride = spread(kernel, 1)[0], spread(stride, 1)[0]
        made = getattr(nn, f"LPPool{rank}d")(arguments["norm_type"], kernel, stride, ceil)
        return made, lambda m: m(x)
    if at_home and average and dilation == 1:
        arguments.pop("dilation")
        if rank == 1:  # PyTorch's has no other divisor there
            arguments.pop("divisor_override")
        made = getattr(nn, f"AvgPool{rank}d")(padding=tuple(a for a, _ in sides), **arguments)
        return made, lambda m: m(x)
    if at_home and not (average or norm):
        made = getattr(nn, f"MaxPool{rank}d")(padding=tuple(a for a, _ in sides), **arguments)
        return made, lambda m: m(x)
    shape = [*x.shape[:2]]
    windows = zip(x.shape[2:], sides, *(spread(v, rank) for v in (kernel, stride, dilation)), strict=True)
    for size, (before, after), k, s, a in windows:
        if not isinstance(padding, str) and max(before, after) > (k // 2 if dialect == "torch" else k - 1):
            raise Dead
        mean = (average or norm) and rank == 3 and dialect == "torch" and (ceil or padding not in (0, "valid"))
        if mean and size < k:
            raise Dead  # PyTorch's means over 3 space axes compare the kernel with the map before padding
        by_word = isinstance(padding, str) and padding != "valid"
        shape.append(-(-size // s) if by_word else places(size, before, after, a * (k - 1) + 1, s, ceil))
    y = resized(x, shape)
    return nn.Module(), lambda _: (y, y.long()) if arguments.get("return_indices") else y


@maps("MaxUnpool")
def max_unpool(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    x, indices, *like = inputs
    if x.shape != indices.shape or indices.is_floating_point():
        raise Dead
    size, through = arguments.pop("output_size"), arguments.pop("counted") == "tensor"
    if like:
        if size is not None or like[0].dim() != x.dim():
            raise Dead
        size = tuple(like[0].shape[2:])
    made = getattr(nn, f"MaxUnpool{space(x)}d")(**arguments)
    wanted = None if size is None else spread(size, space(x))

    def call(m: Any) -> Any:
        places = indices.long()
        if through:
            first = m(x, places * 0, wanted)  # what PyTorch counts within is one map of it
            maps = torch.arange(x.shape[0] * x.shape[1], device=x.device).reshape(*x.shape[:2], *(1,) * space(x))
            places = places - maps * first[0, 0].numel()
        return m(x, places, wanted)

    return made, call


@maps("AdaptiveAvgPool", "AdaptiveMaxPool")
def adaptive(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    (x,) = inputs
    kind = "Max" if "return_indices" in arguments else "Avg"
    size = arguments.pop("output_size")
    sizes = tuple(d if s is None else s for d, s in zip(x.shape[2:], spread(size, space(x)), strict=True))
    return getattr(nn, f"Adaptive{kind}Pool{space(x)}d")(sizes, **arguments), lambda m: m(x)


def global_pool(arguments: dict[str, Any], x: Any) -> Any:
    return x.amax(tuple(range(2, 2 + space(x))), keepdim=arguments["keepdim"])


CALLS.update(dict.fromkeys(("GlobalAvgPool", "GlobalMaxPool", "GlobalLPPool"), function(global_pool)))


def upsample(a: dict[str, Any], x: Any, like: Any = None) -> Any:
    rank, mode = space(x), a["mode"]
    if (a["size"] is not None) + (a["scale_factor"] is not None) + (like is not None) != 1:
        raise Dead
    if {"bilinear": 2, "trilinear": 3, "bicubic": 2}.get(mode, rank) != rank or (
        like is not None and like.dim() != x.dim()
    ):
        raise Dead
    if a["scale_factor"] is not None:
        factors = [Fraction(f) for f in spread(a["scale_factor"], rank)]
        size = [d * f.numerator // f.denominator for d, f in zip(x.shape[2:], factors, strict=True)]
    else:
        size = list(like.shape[2:]) if like is not None else list(spread(a["size"], rank))
    if min(size) < 1:
        raise Dead
    return F.interpolate(x, size)  # on the meta device nearest is by far the fastest; sizes do not depend on the mode


CALLS["Upsample"] = function(upsample)


def resize(a: dict[str, Any], x: Any) -> Any:
    """ONNX's: PyTorch has the size alone."""
    if not 1 <= space(x) <= 3 and a["axes"] is None:
        raise Dead
    axes = range(2, x.dim()) if a["axes"] is None else [axis_of(axis, x) for axis in listed(a["axes"])]
    if len(set(axes)) < len(axes):
        raise Dead
    shape, rank = list(x.shape), len(axes)
    if a["scale_factor"] is not None:
        factors = [Fraction(f) for f in spread(a["scale_factor"], rank)]
    else:
        factors = [Fraction(size, x.shape[axis]) for size, axis in zip(spread(a["size"], rank), axes, strict=True)]
    if a["keep_aspect_ratio_policy"] != "stretch":
        factors = [(min if a["keep_aspect_ratio_policy"] == "not_larger" else max)(factors)] * rank
    half = Fraction(0 if a["keep_aspect_ratio_policy"] == "stretch" else "1/2")
    for axis, factor in zip(axes, factors, strict=True):
        shape[axis] = int(shape[axis] * factor + half)
    if min(shape) < 1:
        raise Dead
    return resized(x, shape)


CALLS["Resize"] = function(resize)


def grid_sample(a: dict[str, Any], x: Any, grid: Any) -> Any:
    if a["mode"] == "bicubic" and x.dim() != 4:
        raise Dead
    return F.grid_sample(x, grid, "nearest", align_corners=False)  # as above


CALLS["GridSample"] = function(grid_sample)


def pad(a: dict[str, Any], x: Any) -> Any:
    axes = range(2, 2 + space(x)) if a["axes"] is None else [axis_of(axis, x) for axis in listed(a["axes"])]
    sides = [(0, 0)] * x.dim()
    for axis, side in zip(axes, pairs(a["padding"], len(axes)), strict=True):
        sides[axis] = side
    if a["mode"] != "constant":
        sides = sides[2:]
    flat = [p for side in reversed(sides) for p in side]
    return F.pad(x, flat, mode=a["mode"]) if a["mode"] != "constant" else F.pad(x, flat)


def crop(a: dict[str, Any], x: Any) -> Any:
    axes = range(2, 2 + space(x)) if a["axes"] is None else [axis_of(axis, x) for axis in listed(a["axes"])]
    for axis, (before, after) in zip(axes, pairs(a["cropping"], len(axes)), strict=True):
        x = x.narrow(axis, before, x.shape[axis] - before - after)
    return x


def center_crop(a: dict[str, Any], x: Any, like: Any = None) -> Any:
    if (a["size"] is None) == (like is None) or (like is not None and like.dim() != x.dim()):
        raise Dead
    rank = space(x)
    sizes = like.shape[2:] if like is not None else spread(a["size"], rank)
    for axis, size in enumerate(sizes, start=2):
        x = x.narrow(axis, (x.shape[axis] - size) // 2, size)
    return x


def listed(value: Any) -> Sequence[int]:
    return value if isinstance(value, tuple) else (value,)


def axis_of(axis: int, x: Any) -> int:
    if not -x.dim() <= axis < x.dim():
        raise Dead
    return axis % int(x.dim())


CALLS |= {"Pad": function(pad), "Crop": function(crop), "CenterCrop": function(center_crop)}


def to_space(block: int, x: Any) -> Any:
    rank = space(x)
    if rank == 2:
        return F.pixel_shuffle(x, block)
    if x.shape[1] % block**rank:
        raise Dead
    return resized(x, (x.shape[0], x.shape[1] // block**rank, *(d * block for d in x.shape[2:])))


def to_depth(block: int, x: Any) -> Any:
    rank = space(x)
    if rank == 2:
        return F.pixel_unshuffle(x, block)
    if any(d % block for d in x.shape[2:]):
        raise Dead
    return resized(x, (x.shape[0], x.shape[1] * block**rank, *(d // block for d in x.shape[2:])))


CALLS |= {
    "PixelShuffle": function(lambda a, x: to_space(a["upscale_factor"], x)),
    "DepthToSpace": function(lambda a, x: to_space(a["block_size"], x)),
    "PixelUnshuffle": function(lambda a, x: to_depth(a["downscale_factor"], x)),
    "SpaceToDepth": function(lambda a, x: to_depth(a["block_size"], x)),
    "ChannelShuffle": function(lambda a, x: F.channel_shuffle(x, a["groups"]) if space(x) else x),
}
