"""Random networks of every family, for comparing formulas with numbers and with other frameworks.

A network is grown a layer at a time. A layer that does not fit the sizes it is grown at is mostly drawn again, so that
networks get deep; some are kept, so that faults are compared as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import cnnshape.layers as L
from cnnshape.errors import ArgumentError, ShapeError
from cnnshape.graph.build import Input, Tensor, block
from cnnshape.graph.network import Network
from cnnshape.layers.base import Context, Layer, Spec

__all__ = ["Sample", "grow"]

SPACE = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}


@dataclass(frozen=True)
class Sample:
    """A random network and the sizes it was grown at."""

    network: Network
    sizes: dict[str, int]


@dataclass(frozen=True)
class Grown:
    tensor: Tensor
    shape: tuple[int, ...] | None  # None behind a fault


Draw = Callable[[Random, tuple[int, ...]], Layer]


def axes(rng: Random, rank: int, least: int, most: int) -> int | tuple[int, ...]:
    """Draw one number, or one per axis."""
    if rng.random() < 0.6:
        return rng.randint(least, most)
    return tuple(rng.randint(least, most) for _ in range(rank))


def sides(rng: Random, rank: int, most: int) -> object:
    if rng.random() < 0.3:
        return tuple((rng.randint(0, most), rng.randint(0, most)) for _ in range(rank))
    return axes(rng, rank, 0, most)


def divisor(rng: Random, size: int) -> int:
    return rng.choice([d for d in range(1, size + 1) if size % d == 0]) if rng.random() < 0.9 else rng.randint(1, 5)


def conv(rng: Random, shape: tuple[int, ...]) -> Layer:
    rank, groups = len(shape) - 2, divisor(rng, shape[1]) if rng.random() < 0.4 else 1
    stride = axes(rng, rank, 1, 3) if rng.random() < 0.5 else 1
    words = ["valid", "same_upper", "same_lower", *(["same"] if stride == 1 else [])]
    padding = rng.choice(words) if rng.random() < 0.3 else sides(rng, rank, 3)
    return L.Conv(
        groups * rng.randint(1, 4) if rng.random() < 0.95 else rng.randint(1, 8),
        kernel_size=axes(rng, rank, 1, 5),
        stride=stride,
        padding=padding,
        dilation=axes(rng, rank, 1, 3) if rng.random() < 0.3 else 1,
        groups=groups,
        bias=rng.random() < 0.5,
        in_channels=shape[1] if rng.random() < 0.3 else None,
    )


def conv_transpose(rng: Random, shape: tuple[int, ...]) -> Layer:
    rank, stride = len(shape) - 2, rng.randint(1, 3)
    return L.ConvTranspose(
        rng.randint(1, 6),
        kernel_size=axes(rng, rank, 1, 4),
        stride=stride,
        padding=axes(rng, rank, 0, 1),
        output_padding=rng.randint(0, stride - 1),
        dilation=rng.randint(1, 2),
        bias=rng.random() < 0.5,
    )


def depthwise(rng: Random, shape: tuple[int, ...]) -> Layer:
    rank = len(shape) - 2
    options = {
        "kernel_size": axes(rng, rank, 1, 4),
        "stride": rng.randint(1, 2),
        "padding": rng.choice(["same_upper", "valid", rng.randint(0, 2)]),
        "depth_multiplier": rng.randint(1, 3),
        "bias": rng.random() < 0.5,
    }
    if rng.random() < 0.5:
        return L.DepthwiseConv(**options)  # type: ignore[arg-type]  # drawn by name
    return L.SeparableConv(rng.randint(1, 6), **options)  # type: ignore[arg-type]  # drawn by name


def pool(rng: Random, shape: tuple[int, ...]) -> Layer:
    rank, kernel = len(shape) - 2, rng.randint(1, 4)
    options = {
        "kernel_size": kernel,
        "stride": axes(rng, rank, 1, 3) if rng.random() < 0.6 else None,
        "ceil_mode": rng.random() < 0.5,
    }
    kind = rng.choice([L.MaxPool, L.MinPool, L.AvgPool, L.LPPool] if rank < 3 else [L.MaxPool, L.MinPool, L.AvgPool])
    if kind is not L.LPPool:
        options["padding"] = rng.randint(0, kernel // 2) if rng.random() < 0.95 else kernel
    if kind in (L.MaxPool, L.MinPool):
        options["dilation"] = rng.randint(1, 2)
    return kind(**options)  # type: ignore[no-any-return]  # drawn by name


def adaptive(rng: Random, shape: tuple[int, ...]) -> Layer:
    rank = len(shape) - 2
    size = rng.randint(1, 4) if rng.random() < 0.6 else tuple(rng.choice([1, 2, 3, 7]) for _ in range(rank))
    return rng.choice([L.AdaptiveAvgPool, L.AdaptiveMaxPool])(size)  # type: ignore[no-any-return]


def global_pool(rng: Random, shape: tuple[int, ...]) -> Layer:
    kind = rng.choice([L.GlobalAvgPool, L.GlobalMaxPool])
    return kind(keepdim=rng.random() < 0.6)  # type: ignore[no-any-return]


def norm(rng: Random, shape: tuple[int, ...]) -> Layer:
    wrong = rng.random() < 0.05
    return rng.choice(
        [
            lambda: L.BatchNorm(
                num_features=shape[1] + wrong if rng.random() < 0.3 else None, affine=rng.random() < 0.7
            ),
            lambda: L.GroupNorm(divisor(rng, shape[1])),
            lambda: L.InstanceNorm(affine=rng.random() < 0.5, track_running_stats=rng.random() < 0.5),
            lambda: L.LocalResponseNorm(rng.randint(1, 5)),
        ]
    )()


def activation(rng: Random, shape: tuple[int, ...]) -> Layer:
    kinds = "ReLU Sigmoid Tanh GELU SiLU Mish ELU SELU Hardswish LeakyReLU Softplus Identity ReLU6 Softsign".split()
    return rng.choice(
        [
            lambda: getattr(L, rng.choice(kinds))(),
            lambda: L.PReLU(rng.choice([1, shape[1]])),
            lambda: L.Softmax(rng.choice([1, -1])),
            lambda: L.GLU(1),
            lambda: L.Dropout(0.5),
        ]
    )()


def reshape(rng: Random, shape: tuple[int, ...]) -> Layer:
    return rng.choice(
        [
            lambda: L.Flatten(start_dim=rng.randint(1, len(shape) - 1), end_dim=-1),
            lambda: L.Permute((0, *rng.sample(range(1, len(shape)), len(shape) - 1))),
            lambda: L.Transpose(dim0=1, dim1=-1),
            lambda: L.Unsqueeze(rng.randint(1, 2)),
            lambda: L.Squeeze(rng.randint(1, len(shape) - 1)),
            lambda: L.Roll(1, dims=1),
            lambda: L.Tile((1, rng.randint(1, 2)) + (1,) * (len(shape) - 2)),
            lambda: L.ReduceMean(rng.choice([1, -1]), keepdim=rng.random() < 0.5),
            lambda: L.ReduceMax(-1, keepdim=rng.random() < 0.5),
        ]
    )()


def spatial_reshape(rng: Random, shape: tuple[int, ...]) -> Layer:
    rank = len(shape) - 2
    options = [
        lambda: L.ChannelShuffle(divisor(rng, shape[1])),
        lambda: L.Pad(sides(rng, rank, 2)),
        lambda: L.Pad(rng.randint(0, 3), mode="replicate"),
        lambda: L.Pad(rng.randint(0, 3), mode="reflect"),
        lambda: L.Upsample(scale_factor=rng.choice([2, 3, 0.5, 1.5])),
        lambda: L.Upsample(size=rng.randint(1, 9)),
    ]
    if rank == 2:
        options += [lambda: L.PixelShuffle(2), lambda: L.PixelUnshuffle(2)]
    return rng.choice(options)()


def on_features(rng: Random, shape: tuple[int, ...]) -> Layer:
    width = shape[-1]
    given = None if rng.random() < 0.5 else width + (rng.random() < 0.1)
    options = [
        lambda: L.Linear(rng.randint(1, 12), bias=rng.random() < 0.7, in_features=given),
        lambda: L.LayerNorm(given),
    ]
    if len(shape) == 3:
        options.append(lambda: rng.choice([L.RNN, L.LSTM, L.GRU])(rng.randint(1, 5), batch_first=True))
    return rng.choice(options)()


ANY: tuple[Draw, ...] = (activation, reshape, on_features)
SPATIAL: tuple[Draw, ...] = (
    *(conv,) * 5,
    conv_transpose,
    depthwise,
    *(pool,) * 2,
    adaptive,
    global_pool,
    norm,
    spatial_reshape,
)
JOINS = (L.Add, L.Multiply, L.Maximum, L.Subtract, L.Concat)


def outcome(layer: Layer, shapes: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...] | None:
    """Return the shapes that leave a layer at numbers, or None if it does not fit."""
    try:
        return tuple(spec.shape for spec in layer.outputs(tuple(Spec(s) for s in shapes), Context()))  # type: ignore[misc]
    except (ShapeError, ArgumentError):
        return None


def grow(rng: Random, depth: int) -> Sample:
    """Grow a network of about `depth` layers."""
    rank = rng.choice([1, 2, 2, 2, 3])
    names = SPACE[rank]
    sizes = {"N": 2, **{name: rng.randint(4, 20 if rank < 3 else 9) for name in names}}
    channels = rng.randint(1, 6)
    start = Input("image", (channels, *names))
    grown = [Grown(start, (2, channels, *(sizes[name] for name in names)))]
    used: set[int] = set()
    for _ in range(depth):
        with block(rng.choice(["a", "a.b"])) if rng.random() < 0.2 else block(""):
            added = join(rng, grown, used) if rng.random() < 0.25 else extend(rng, grown, used)
        grown += added
    leaves = [g.tensor for i, g in enumerate(grown) if i not in used and i > 0] or [grown[0].tensor]
    return Sample(Network("random", inputs=start, outputs=leaves), sizes)


def extend(rng: Random, grown: list[Grown], used: set[int]) -> list[Grown]:
    """Put a random layer on one of the latest tensors."""
    for _ in range(6):
        i = max(len(grown) - 1 - int(rng.expovariate(1.2)), 0)
        at = grown[i]
        if at.shape is None or len(at.shape) < 2:
            continue
        draws = (*ANY, *SPATIAL * 2) if 3 <= len(at.shape) <= 5 else ANY
        try:
            layer = rng.choice(draws)(rng, at.shape)
        except ArgumentError:
            continue
        shapes = outcome(layer, (at.shape,))
        if (shapes is None and rng.random() < 0.85) or (shapes and max(map(_volume, shapes)) > 1_000_000):
            continue
        used.add(i)
        y = layer(at.tensor)
        if shapes is not None and len(shapes) > 1:
            return [Grown(y[port], shape) for port, shape in enumerate(shapes)]
        return [Grown(y, shapes[0] if shapes else None)]
    return []


def join(rng: Random, grown: list[Grown], used: set[int]) -> list[Grown]:
    """Join two or three tensors; mostly such as fit."""
    kind = rng.choice(JOINS)
    layer = kind()
    for _ in range(8):
        many = rng.choice([2, 2, 3]) if kind is not L.Subtract else 2
        picks = [rng.randrange(len(grown)) for _ in range(many)]
        shapes = [grown[i].shape for i in picks]
        if any(shape is None for shape in shapes):
            continue
        result = outcome(layer, tuple(shape for shape in shapes if shape is not None))
        if result is None and rng.random() < 0.9:
            continue
        used.update(picks)
        return [Grown(layer([grown[i].tensor for i in picks]), result[0] if result else None)]
    return []


def _volume(shape: tuple[int, ...]) -> int:
    volume = 1
    for size in shape:
        volume *= size
    return volume
