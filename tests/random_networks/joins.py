"""Moves that put a layer on several tensors, or several layers that belong together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cnnshape.layers as L
from cnnshape.graph.build import Constant, Parameter
from cnnshape.layers.base import Layer
from tests.random_networks.draw import At, axes, chance, divisor, mostly, padding, stated
from tests.random_networks.growth import Growth, Unfit

__all__ = ["JOINS"]

JOINED = (L.Add, L.Add, L.Multiply, L.Maximum, L.Minimum, L.Mean, L.Subtract, L.Divide, L.Concat, L.Pow, L.Remainder)


def is_float(x: At) -> bool:
    return x.is_float


def is_whole(x: At) -> bool:
    return x.dtype in ("int32", "int64")  # PyTorch's positions are no others


def has_axes(least: int, most: int = 6) -> Callable[[At], bool]:
    return lambda x: least <= len(x.shape) <= most


is_map = has_axes(3, 5)


def elementwise(growth: Growth) -> None:
    """Two or three tensors; mostly such as fit."""
    rng, kind = growth.rng, growth.rng.choice(JOINED)
    many = rng.choice([2, 2, 3]) if kind.arity[1] is None else 2
    for _ in range(8):
        taken = [growth.any(is_float) for _ in range(many)]
        layer: Layer = kind()
        if kind is L.Concat:
            layer = L.Concat(dim=rng.choice([1, 1, -1, 2]))
        elif kind is L.Divide:
            layer = L.Divide(rounding_mode=rng.choice(["none", "none", "trunc", "floor"]))
        elif kind is L.Remainder:
            layer = L.Remainder(rounding_mode=rng.choice(["floor", "trunc"]))
        elif kind is L.Pow and chance(rng, 0.5):
            layer, taken = L.Pow(rng.choice([2, 0.5, -1, 3])), taken[: mostly(rng, 1, 2, 0.95)]
        try:
            growth.put(layer, *taken)
        except Unfit:
            continue
        return
    raise Unfit


def gate(growth: Growth) -> None:
    """A factor for each channel, from the mean of its map."""
    x = growth.pick(is_float, is_map)
    mean = growth.one(growth.rng.choice([L.GlobalAvgPool(), L.AdaptiveAvgPool(1)]), x)
    weighed = growth.one(L.Conv(x.formulas.shape[1], kernel_size=1), mean)
    growth.put(L.Multiply(), x, growth.one(L.Hardsigmoid(), weighed))


def learned(growth: Growth) -> None:
    """A learned or constant tensor that joins another."""
    rng, x = growth.rng, growth.pick(is_float, has_axes(2))
    shape = [1, *(mostly(rng, 1, size, 0.5) for size in x.formulas.shape[1:])]
    name = mostly(rng, "", "token", 0.7)
    dtype = mostly(rng, "float32", rng.choice(["float64", "float16"]))
    made = Parameter(name, shape, dtype=dtype, frozen=chance(rng, 0.2))
    y = growth.give(mostly(rng, made, Constant(name, shape, dtype=dtype), 0.6))
    growth.put(rng.choice([L.Add(), L.Multiply(), L.Maximum()]), *mostly(rng, (x, y), (y, x)))


def unpool(growth: Growth) -> None:
    rng, x = growth.rng, growth.pick(is_float, is_map)
    kernel = axes(rng, x.rank, 1, 3)
    least = min(kernel) if isinstance(kernel, tuple) else kernel
    same: dict[str, Any] = {
        "stride": mostly(rng, None, rng.randint(1, 3), 0.6),
        "padding": rng.choice([0, 0, least // 2]),
    }
    counted = rng.choice(["map", "tensor"])
    pooled = growth.put(L.MaxPool(kernel, **same, return_indices=True, counted=counted), x)
    same["counted"] = counted
    if len(pooled) != 2:
        raise Unfit
    values, indices = pooled
    if chance(rng, 0.3):
        values = growth.one(L.ReLU(), values)
    size = mostly(rng, x.formulas.shape[2:], None, 0.7)
    rank = x.rank if chance(rng, 0.3) else None
    if chance(rng, 0.4):
        growth.put(L.MaxUnpool(kernel, **same, rank=rank), values, indices, mostly(rng, x, values, 0.8))
    else:
        growth.put(L.MaxUnpool(kernel, **same, output_size=size, rank=rank), values, indices)


def refold(growth: Growth) -> None:
    rng, x = growth.rng, growth.pick(is_float, is_map)
    same: dict[str, Any] = {
        "kernel_size": axes(rng, x.rank, 1, 3),
        "stride": axes(rng, x.rank, 1, 3),
        "padding": mostly(rng, padding(rng, x.rank, 1), "same_upper", 0.9),
        "dilation": axes(rng, x.rank, 1, 2),
    }
    columns = growth.one(L.Unfold(**same), x)
    size = mostly(rng, x.formulas.shape[2:], tuple(s + 1 for s in x.formulas.shape[2:]), 0.95)
    growth.put(L.Fold(size, **same, rank=x.rank if chance(rng, 0.3) else None), columns)


def warp(growth: Growth) -> None:
    rng, x = growth.rng, growth.pick(is_float, has_axes(4, 5))
    y = growth.any(is_float, lambda y: len(y.shape) == len(x.shape))
    order = (0, *range(2, len(y.shape)), 1)
    grid = growth.one(L.Linear(x.rank), growth.one(L.Permute(order), y))
    layer = L.GridSample(
        mode=rng.choice(["bilinear", "nearest", mostly(rng, "bilinear", "bicubic", x.rank - 2.0)]),
        padding_mode=rng.choice(["zeros", "border", "reflection"]),
        align_corners=chance(rng, 0.5),
        rank=x.rank if chance(rng, 0.3) else None,
    )
    growth.put(layer, x, grid)


def like(growth: Growth) -> None:
    """A map brought to the size of another."""
    rng, x = growth.rng, growth.any(is_float, is_map)
    y = growth.any(is_float, lambda y: len(y.shape) == len(x.shape))
    growth.put(rng.choice([L.CenterCrop(), L.CenterCrop(), L.Upsample(mode=rng.choice(["nearest", "linear"]))]), x, y)


def multiplied(growth: Growth) -> None:
    """A product of two tensors along an axis of each."""
    rng = growth.rng
    for _ in range(8):
        x, y = growth.any(is_float, has_axes(1)), growth.any(is_float, has_axes(1))
        dims = len(x.shape), len(y.shape)
        kind = rng.randrange(3)
        pair = (rng.randrange(1, max(dims[0], 2)), rng.randrange(1, max(dims[1], 2)))
        try:
            if kind == 0:
                transposed = chance(rng, 0.5)
                growth.put(L.MatMul(transpose_a=chance(rng, 0.3), transpose_b=transposed), x, mostly(rng, x, y, 0.4))
            elif kind == 1:
                options: dict[str, Any] = {"normalize": chance(rng, 0.3)}
                growth.put(L.Dot(mostly(rng, pair, rng.choice([1, -1]), 0.6), **options), x, mostly(rng, y, x, 0.7))
            else:
                z = mostly(rng, y, x, 0.6)
                widths = {"in1_features": stated(rng, x.shape[-1]), "in2_features": stated(rng, z.shape[-1])}
                growth.put(L.Bilinear(rng.randint(1, 5), bias=chance(rng, 0.6), **widths), x, z)
        except Unfit:
            continue
        return
    raise Unfit


def attention(growth: Growth) -> None:
    """Attention between a query and one or two others."""
    rng, query = growth.rng, growth.pick(is_float, has_axes(3, 3))
    embed = query.shape[-1]
    wants = [is_float, has_axes(3, 3)]
    key = growth.any(*wants) if chance(rng, 0.6) else growth.one(L.Linear(rng.randint(1, 6)), query)
    value = growth.one(L.Linear(rng.randint(1, 6)), key) if chance(rng, 0.5) else key
    three = value is not key or chance(rng, 0.5)
    layer = L.MultiheadAttention(
        embed if chance(rng, 0.3) else None,
        num_heads=divisor(rng, embed),
        bias=chance(rng, 0.7),
        add_bias_kv=chance(rng, 0.2),
        kdim=key.shape[-1] if chance(rng, 0.3) else None,
        vdim=value.shape[-1] if chance(rng, 0.3) else None,
        batch_first=chance(rng, 0.7),
    )
    growth.put(layer, query, key, *([value] if three else []))


def scaled_product(growth: Growth) -> None:
    """softmax(Q K^T) V, with projections, sometimes a mask, sometimes fewer heads for keys and values."""
    rng, x = growth.rng, growth.pick(is_float, has_axes(2, 4))
    width = rng.randint(1, 4)
    query, key = (growth.one(L.Linear(width), x) for _ in range(2))
    value = growth.one(L.Linear(rng.randint(1, 4)), x)
    causal, shared = chance(rng, 0.3), len(x.shape) == 4 and chance(rng, 0.3)
    if shared and isinstance(x.formulas.shape[1], int):
        heads = divisor(rng, x.shape[1])
        key, value = (growth.one(L.Slice(dim=1, end=heads), y) for y in (key, value))
    taken = [query, key, value]
    if chance(rng, 0.3):
        shape = [mostly(rng, size, 1) for size in (query.formulas.shape[-2], key.formulas.shape[-2])]
        taken.append(growth.give(Constant("mask", shape, dtype=rng.choice(["bool", "float32"]))))
    if chance(rng, 0.3):
        count = mostly(rng, query.formulas.shape[0], 3, 0.95)
        taken.append(growth.give(Constant("lengths", [count], dtype="int64")))
    scores = mostly(rng, "none", rng.choice(["raw", "weights"]), 0.7)
    growth.put(L.ScaledDotProductAttention(is_causal=causal, enable_gqa=shared, scores=scores), *taken)


def turned(growth: Growth) -> None:
    """Features turned by angles."""
    rng, x = growth.rng, growth.pick(is_float, has_axes(2, 4))
    features = mostly(rng, x.shape[-1], max(x.shape[-1] - 1, 1), 0.6)
    shape = [1] * (len(x.shape) - 2) + [mostly(rng, x.formulas.shape[-2], 1), max(features // 2, 1)]
    angles = [growth.give(Constant("", shape)) for _ in range(2)]
    partial = features != x.shape[-1] or chance(rng, 0.3)
    layer = L.RotaryEmbedding(rotary_dim=features if partial else None, interleaved=chance(rng, 0.4))
    growth.put(layer, x, *angles)


def running(growth: Growth) -> None:
    """Attention whose keys and values are summed up."""
    rng = growth.rng
    x = growth.pick(is_float, lambda x: len(x.shape) == 4 and isinstance(x.formulas.shape[1], int))
    groups, rule = divisor(rng, x.shape[1]), rng.choice(["linear", "gated", "delta", "gated_delta"])
    embed = growth.one(L.Linear(rng.randint(1, 3)), x)
    key = growth.one(L.Slice(dim=1, end=groups), embed)
    value = growth.one(L.Linear(rng.randint(1, 3)), key)
    taken = [embed, key, value]
    if "gated" in rule:
        taken.append(key if chance(rng, 0.5) else growth.one(L.Linear(1), key))
    if "delta" in rule:
        taken.append(growth.one(L.Linear(1), key))
    if chance(rng, 0.3):
        state = [x.formulas.shape[0], groups, embed.shape[-1], mostly(rng, value.shape[-1], 4, 0.9)]
        taken.append(growth.give(Constant("", state)))
    growth.put(L.LinearAttention(update_rule=rule), *taken)


def by_equation(growth: Growth) -> None:
    """A product of one to three tensors, in which axes of the same size mostly have the same letter."""
    rng, letters, sizes = growth.rng, list("abcdefghijklmnop"), {}
    terms, operands = [], []
    for _ in range(rng.choice([1, 2, 2, 2, 3])):
        x = growth.any(is_float, has_axes(1, 4))
        term: list[str] = []
        for size in x.formulas.shape:
            known = [name for name, held in sizes.items() if held == size and name not in term]
            term.append(rng.choice(known) if known and chance(rng, 0.7) else letters.pop())
            sizes.setdefault(term[-1], size)
        dots = rng.randint(0, 1) if chance(rng, 0.15) else 0
        terms.append("".join(["...", *term[1:]] if dots else term))
        operands.append(x)
    known = sorted({letter for term in terms for letter in term if letter != "."})
    after = rng.sample(known, rng.randint(0, min(len(known), 4)))
    front = "..." if any("..." in term for term in terms) else ""
    growth.put(L.Einsum(f"{','.join(terms)}->{front}{''.join(after)}"), *operands)


def sequence(growth: Growth) -> None:
    """A map as a sequence of its pixels."""
    x = growth.pick(is_float, has_axes(4, 5))
    growth.put(L.Permute((0, 2, 1)), growth.one(L.Flatten(start_dim=2), x))


def looked_up(growth: Growth) -> None:
    """Vectors of a table, or positions of a tensor, for whole numbers."""
    rng = growth.rng
    numbers = growth.pick(is_whole if chance(rng, 0.97) else is_float, has_axes(1, 4))
    if chance(rng, 0.5):
        growth.put(
            L.Embedding(rng.randint(1, 6), num_embeddings=rng.randint(3, 20), padding_idx=rng.choice([None, 0, -1])),
            numbers,
        )
        return
    x = growth.any(is_float, has_axes(2, 4))
    growth.put(L.Gather(dim=rng.randrange(len(x.shape))), x, numbers)


def numbered(growth: Growth) -> None:
    """Whole numbers: a constant list of positions, or where the largest values are."""
    rng = growth.rng
    if chance(rng, 0.5):
        growth.give(Constant("", [rng.randint(1, 4)] * rng.randint(1, 2), dtype=rng.choice(["int64", "int32"])))
        return
    growth.put(L.ArgMax(rng.choice([1, -1])), growth.pick(is_float, has_axes(2)))


def again(growth: Growth) -> None:
    """A layer that was placed before, with its weights, on a tensor of the same shape, or now and then of another."""
    rng = growth.rng
    weighty = [(layer, x) for layer, x in growth.placed if layer.weights((x.formulas,))]
    if not weighty:
        raise Unfit
    layer, first = rng.choice(weighty)
    alike = growth.any(
        lambda y: (
            y.dtype == first.dtype
            and (y.formulas.shape == first.formulas.shape or (len(y.shape) == len(first.shape) and chance(rng, 0.1)))
        )
    )
    growth.put(layer, alike)


JOINS = (
    *(elementwise,) * 5,
    *(gate,) * 2,
    *(learned,) * 2,
    *(unpool,) * 2,
    *(refold,) * 2,
    *(warp,) * 2,
    *(like,) * 3,
    *(multiplied,) * 4,
    *(attention,) * 2,
    *(scaled_product,) * 2,
    *(by_equation,) * 2,
    turned,
    *(running,) * 2,
    sequence,
    *(looked_up,) * 2,
    *(numbered,) * 2,
    *(again,) * 3,
)
