"""Layers that work on values wherever the axes are: activations, norms, linear maps, reductions, sequences."""

from __future__ import annotations

from random import Random
from typing import Any

import cnnshape.layers as L
from cnnshape.layers import activation, reduce
from cnnshape.layers.activation.curve import Pointwise
from cnnshape.layers.base import Layer
from tests.random_networks.draw import At, chance, divisor, mostly, stated

__all__ = ["SEQUENCES", "VALUES"]

CURVES = [
    example.layer
    for entry in activation.ENTRIES
    if issubclass(entry.layer, Pointwise) and entry.layer is not L.PReLU
    for example in entry.layer.examples()
]
RUNNING = (L.CumSum, L.CumProd)
REDUCTIONS = [entry.layer for entry in reduce.ENTRIES if entry.layer not in RUNNING]


def curve(rng: Random, x: At) -> Layer:
    return rng.choice(CURVES)


def grouped(rng: Random, x: At) -> Layer:
    """An activation of several elements at once."""
    axis = mostly(rng, rng.choice([1, -1]), rng.randrange(len(x.shape)))
    even = [i for i, size in enumerate(x.shape) if size % 2 == 0 and i] or [axis]
    return rng.choice(
        [
            lambda: L.Softmax(axis),
            lambda: L.LogSoftmax(axis),
            lambda: L.Hardmax(axis),
            lambda: L.GLU(rng.choice(even)),
            lambda: L.Maxout(divisor(rng, x.shape[axis]), dim=axis),
            lambda: L.PReLU(rng.choice([1, x.shape[1]])),
        ]
    )()


def regularize(rng: Random, x: At) -> Layer:
    stated_rank = x.rank if chance(rng, 0.3) and 1 <= x.rank <= 3 else None
    return rng.choice(
        [
            lambda: L.Dropout(0.5, rank=stated_rank),
            lambda: L.AlphaDropout(0.2),
            lambda: L.DropPath(0.1, mode=rng.choice(["row", "batch"])),
        ]
    )()


def norm(rng: Random, x: At) -> Layer:
    c = x.shape[1]
    return rng.choice(
        [
            lambda: L.BatchNorm(
                stated(rng, c),
                affine=chance(rng, 0.7),
                track_running_stats=chance(rng, 0.7),
                rank=mostly(rng, None, max(x.rank, 1)),
            ),
            lambda: L.GroupNorm(divisor(rng, c), affine=chance(rng, 0.7), num_channels=stated(rng, c)),
            lambda: L.L2Norm(dim=rng.choice([1, -1])),
            lambda: L.LayerScale(stated(rng, x.shape[1])),
            lambda: L.LayerScale(stated(rng, x.shape[-1]), dim=-1),
        ]
    )()


def trailing_norm(rng: Random, x: At) -> Layer:
    kind = rng.choice([L.LayerNorm, L.RMSNorm])
    shape: Any = stated(rng, x.shape[-1], 0.5)
    if chance(rng, 0.3):
        known = x.shape[-rng.randint(1, len(x.shape) - 1) :]
        shape = tuple(size + chance(rng, 0.03) for size in known)
    more = {"bias": chance(rng, 0.5)} if kind is L.LayerNorm else {}
    return kind(shape, elementwise_affine=chance(rng, 0.7), **more)  # type: ignore[no-any-return]  # drawn by name


def linear(rng: Random, x: At) -> Layer:
    return L.Linear(rng.randint(1, 12), bias=chance(rng, 0.7), in_features=stated(rng, x.shape[-1], 0.5))


def reduction(rng: Random, x: At) -> Layer:
    kind, dims = rng.choice(REDUCTIONS), len(x.shape)
    dim: Any = rng.choice([1, -1, rng.randrange(dims)])
    if not kind.__name__.startswith("Arg") and chance(rng, 0.4):
        dim = tuple(axis - mostly(rng, 0, dims) for axis in rng.sample(range(dims), rng.randint(1, min(dims, 3))))
    if chance(rng, 0.05):
        dim = None
    return kind(dim, keepdim=chance(rng, 0.5))


def running(rng: Random, x: At) -> Layer:
    """Sums and products of all positions so far."""
    axis = rng.randrange(len(x.shape)) - mostly(rng, 0, len(x.shape))
    return rng.choice(RUNNING)(axis, exclusive=chance(rng, 0.3), reverse=chance(rng, 0.3))


def recurrent(rng: Random, x: At) -> Layer:
    hidden = rng.randint(1, 5)
    options: dict[str, Any] = {
        "num_layers": mostly(rng, 1, 2),
        "bias": chance(rng, 0.7),
        "batch_first": chance(rng, 0.7),
        "bidirectional": chance(rng, 0.4),
        "return_states": chance(rng, 0.3),
        "input_size": stated(rng, x.shape[-1]),
    }
    kind = rng.choice([L.RNN, L.LSTM, L.GRU])
    if kind is L.RNN:
        options["nonlinearity"] = rng.choice(["tanh", "relu"])
    if kind is L.LSTM and hidden > 1:
        options["proj_size"] = rng.choice([0, 0, hidden - 1])
    if kind is L.LSTM:
        options["peepholes"] = chance(rng, 0.2)
    if kind is L.GRU:
        options["reset_after"] = chance(rng, 0.7)
    return kind(hidden, **options)  # type: ignore[no-any-return]  # drawn by name


def self_attention(rng: Random, x: At) -> Layer:
    return L.MultiheadAttention(
        stated(rng, x.shape[-1]),
        num_heads=divisor(rng, x.shape[-1]),
        bias=chance(rng, 0.7),
        add_bias_kv=chance(rng, 0.2),
        add_zero_attn=chance(rng, 0.2),
        batch_first=chance(rng, 0.7),
    )


VALUES = (
    *(curve,) * 6,
    *(grouped,) * 2,
    regularize,
    *(norm,) * 2,
    trailing_norm,
    *(linear,) * 2,
    *(reduction,) * 2,
    running,
)
SEQUENCES = (*(recurrent,) * 2, self_attention)
