"""Layers over one to three space axes: convolutions, pools, resampling, padding, blocks of pixels."""

from __future__ import annotations

from random import Random
from typing import Any

import cnnshape.layers as L
from cnnshape.layers.base import Layer
from tests.random_networks.draw import At, axes, chance, divisor, mostly, padding, stated, word_or

__all__ = ["SPACE"]

SAME = ["valid", "same_upper", "same_lower"]


def rank_of(rng: Random, x: At) -> int | None:
    """Draw whether the layer states its number of space axes, now and then wrongly."""
    if not chance(rng, 0.2):
        return None
    return mostly(rng, x.rank, rng.randint(1, 3), 0.9)


def conv(rng: Random, x: At) -> Layer:
    rank, groups = x.rank, divisor(rng, x.shape[1]) if chance(rng, 0.4) else 1
    stride = axes(rng, rank, 1, 3) if chance(rng, 0.5) else 1
    return L.Conv(
        mostly(rng, groups * rng.randint(1, 4), rng.randint(1, 8), 0.95),
        kernel_size=axes(rng, rank, 1, 5),
        stride=stride,
        padding=word_or(rng, [*SAME, *(["same"] if stride == 1 else [])], padding(rng, rank, 3)),
        dilation=axes(rng, rank, 1, 3) if chance(rng, 0.3) else 1,
        groups=groups,
        bias=chance(rng, 0.5),
        padding_mode=word_or(rng, ["reflect", "replicate", "circular"], "zeros"),
        in_channels=stated(rng, x.shape[1]),
        rank=rank_of(rng, x),
    )


def conv_transpose(rng: Random, x: At) -> Layer:
    rank, stride = x.rank, axes(rng, x.rank, 1, 3)
    groups = divisor(rng, x.shape[1]) if chance(rng, 0.3) else 1
    return L.ConvTranspose(
        groups * rng.randint(1, 4),
        kernel_size=axes(rng, rank, 1, 4),
        stride=stride,
        padding=word_or(rng, [*SAME, "same"], padding(rng, rank, 1)),
        output_padding=rng.choice([None, 0, 1, 2]) if isinstance(stride, tuple) else rng.choice([None, 0, stride - 1]),
        groups=groups,
        bias=chance(rng, 0.5),
        dilation=axes(rng, rank, 1, 2) if chance(rng, 0.3) else 1,
        in_channels=stated(rng, x.shape[1]),
        rank=rank_of(rng, x),
    )


def depthwise(rng: Random, x: At) -> Layer:
    options: dict[str, Any] = {
        "kernel_size": axes(rng, x.rank, 1, 4),
        "stride": axes(rng, x.rank, 1, 2),
        "padding": word_or(rng, [*SAME, "same"], padding(rng, x.rank, 2)),
        "dilation": axes(rng, x.rank, 1, 2),
        "depth_multiplier": rng.randint(1, 3),
        "bias": chance(rng, 0.5),
        "in_channels": stated(rng, x.shape[1]),
        "rank": rank_of(rng, x),
    }
    return L.DepthwiseConv(**options) if chance(rng, 0.5) else L.SeparableConv(rng.randint(1, 6), **options)


def unfold(rng: Random, x: At) -> Layer:
    return L.Unfold(
        axes(rng, x.rank, 1, 3),
        stride=axes(rng, x.rank, 1, 3),
        padding=word_or(rng, SAME, padding(rng, x.rank, 1)),
        dilation=axes(rng, x.rank, 1, 2),
        rank=rank_of(rng, x),
    )


def pool(rng: Random, x: At) -> Layer:
    rank, kernel = x.rank, axes(rng, x.rank, 1, 4)
    least = min(kernel) if isinstance(kernel, tuple) else kernel
    dialect = mostly(rng, "torch", "onnx")
    most = least // 2 if dialect == "torch" else least - 1
    options: dict[str, Any] = {
        "kernel_size": kernel,
        "stride": axes(rng, rank, 1, 3) if chance(rng, 0.6) else None,
        "padding": word_or(rng, [*SAME, "same"], mostly(rng, padding(rng, rank, most), kernel, 0.95), 0.15),
        "dilation": axes(rng, rank, 1, 2) if chance(rng, 0.3) else 1,
        "ceil_mode": chance(rng, 0.5),
        "dialect": dialect,
        "rank": rank_of(rng, x),
    }
    kind = rng.choice([L.MaxPool, L.MaxPool, L.MinPool, L.AvgPool, L.LPPool])
    if kind is L.MaxPool:
        options["return_indices"] = chance(rng, 0.3)
        options["storage_order"] = rng.choice(["row", "column"])
        options["counted"] = rng.choice(["map", "tensor"])
    if kind is L.AvgPool:
        options |= {"count_include_pad": chance(rng, 0.5), "divisor_override": rng.choice([None, None, 3])}
    if kind is L.LPPool:
        options["norm_type"] = rng.choice([1, 2, 3, 1.5])
    return kind(**options)  # type: ignore[no-any-return]  # drawn by name


def adaptive(rng: Random, x: At) -> Layer:
    many = tuple(rng.choice([1, 2, 3, 7, None]) for _ in range(x.rank))
    size, rank = mostly(rng, rng.randint(1, 4), many, 0.6), rank_of(rng, x)
    if chance(rng, 0.5):
        return L.AdaptiveAvgPool(size, rank=rank)
    return L.AdaptiveMaxPool(size, return_indices=chance(rng, 0.3), rank=rank)


def global_pool(rng: Random, x: At) -> Layer:
    kind = rng.choice([L.GlobalAvgPool, L.GlobalMaxPool, L.GlobalLPPool])
    more = {"norm_type": rng.choice([1, 2, 3])} if kind is L.GlobalLPPool else {}
    return kind(keepdim=chance(rng, 0.6), rank=rank_of(rng, x), **more)  # type: ignore[no-any-return]


def upsample(rng: Random, x: At) -> Layer:
    named = {1: [], 2: ["bilinear", "bicubic"], 3: ["trilinear"]}[x.rank]
    mode = rng.choice(["nearest", "nearest", "nearest-exact", "linear", "cubic", "area", *named])
    smooth = mode.endswith(("linear", "cubic"))
    options: dict[str, Any] = {
        "mode": mode,
        "align_corners": rng.choice([None, True, False]) if smooth else None,
        "rank": rank_of(rng, x),
    }
    if chance(rng, 0.4):
        return L.Upsample(size=axes(rng, x.rank, 1, 9), **options)
    factors = [2, 3, 0.5, 1.5, 1.25, "2/3"]
    many = tuple(rng.choice(factors) for _ in range(x.rank))
    return L.Upsample(scale_factor=mostly(rng, rng.choice(factors), many), **options)


def resize(rng: Random, x: At) -> Layer:
    count = rng.randint(1, x.rank) if chance(rng, 0.4) else x.rank
    crop, mode = chance(rng, 0.2), rng.choice(["nearest", "linear", "cubic"])
    rules = ["half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric"]
    options: dict[str, Any] = {
        "mode": mode,
        "axes": None if count == x.rank else tuple(rng.sample(range(-x.rank, 0), count)),
        "coordinate_transformation_mode": "tf_crop_and_resize" if crop else rng.choice(rules),
        "nearest_mode": rng.choice(["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]),
        "cubic_coeff_a": rng.choice([-0.75, -0.5]),
        "extrapolation_value": rng.choice([0, 1]),
    }
    if mode != "nearest":
        options |= {"exclude_outside": chance(rng, 0.3), "antialias": chance(rng, 0.3)}
    if crop:
        options["roi"] = (*(0.25,) * count, *(0.75,) * count)
    if crop or chance(rng, 0.5):
        known = all(isinstance(size, int) for size in x.formulas.shape[2:])  # one factor is a question of numbers
        policy = rng.choice(["not_larger", "not_smaller"]) if known else "stretch"
        return L.Resize(size=axes(rng, count, 1, 9), keep_aspect_ratio_policy=policy, **options)
    return L.Resize(scale_factor=axes(rng, count, 1, 3) if chance(rng, 0.5) else rng.choice([0.5, "2/3"]), **options)


def pad(rng: Random, x: At) -> Layer:
    mode = rng.choice(["constant", "constant", "reflect", "replicate", "circular"])
    if chance(rng, 0.2):
        axis = rng.randrange(len(x.shape))
        return L.Pad(((rng.randint(0, 2), rng.randint(0, 2)),), axes=axis - mostly(rng, 0, len(x.shape)))
    sides = padding(rng, x.rank, 2)
    if mode == "constant" and chance(rng, 0.3):
        sides = tuple((rng.randint(-2, 2), rng.randint(-2, 2)) for _ in range(x.rank))
    return L.Pad(sides, mode=mode, value=0.5 if mode == "constant" else 0, rank=rank_of(rng, x))


def crop(rng: Random, x: At) -> Layer:
    if chance(rng, 0.3):
        return L.Crop(((rng.randint(0, 1), rng.randint(0, 1)),), axes=rng.randrange(1, len(x.shape)))
    return L.Crop(padding(rng, x.rank, 2), rank=rank_of(rng, x) or rank_of(rng, x))  # rarely drawn


def center_crop(rng: Random, x: At) -> Layer:
    fitting = tuple(rng.randint(1, size) for size in x.shape[2:])
    return L.CenterCrop(mostly(rng, fitting, rng.randint(1, 9)), rank=rank_of(rng, x))


def blocks(rng: Random, x: At) -> Layer:
    """Channels to space, or space to channels; mostly by a block that divides."""
    up = [b for b in (2, 3) if x.shape[1] % b**x.rank == 0]
    down = [b for b in (2, 3) if all(size % b == 0 for size in x.shape[2:])]
    rank, mode = rank_of(rng, x), rng.choice(["DCR", "CRD"])
    if up and (chance(rng, 0.5) or not down):
        block = mostly(rng, rng.choice(up), rng.randint(1, 3), 0.9)
        return rng.choice(
            [
                lambda: L.PixelShuffle(block, rank=rank),
                lambda: L.DepthToSpace(block, mode=mode, rank=rank),
            ]
        )()
    block = mostly(rng, rng.choice(down or [1]), rng.randint(1, 3), 0.9)
    return rng.choice(
        [
            lambda: L.PixelUnshuffle(block, rank=rank),
            lambda: L.SpaceToDepth(block, mode=mode, rank=rank),
        ]
    )()


def widened(rng: Random, x: At) -> Layer:
    """A convolution to channels that blocks of pixels can be made of."""
    return L.Conv(rng.randint(1, 2) * rng.choice([2, 3]) ** x.rank, kernel_size=1)


def channel_shuffle(rng: Random, x: At) -> Layer:
    return L.ChannelShuffle(divisor(rng, x.shape[1]))


def spatial_norm(rng: Random, x: At) -> Layer:
    affine, tracks = chance(rng, 0.5), chance(rng, 0.5)
    return rng.choice(
        [
            lambda: L.InstanceNorm(
                stated(rng, x.shape[1]) if affine else None,
                affine=affine,
                track_running_stats=tracks,
                rank=rank_of(rng, x),
            ),
            lambda: L.LocalResponseNorm(rng.randint(1, 5)),
            lambda: L.GRN(dim=rng.choice([1, -1]), num_features=None),
            lambda: L.GRN(num_features=stated(rng, x.shape[1])),
        ]
    )()


SPACE = (
    *(conv,) * 5,
    *(conv_transpose,) * 2,
    *(depthwise,) * 2,
    unfold,
    *(pool,) * 4,
    *(adaptive,) * 2,
    *(global_pool,) * 2,
    *(upsample,) * 2,
    *(resize,) * 2,
    pad,
    crop,
    center_crop,
    *(blocks,) * 4,
    widened,
    channel_shuffle,
    *(spatial_norm,) * 2,
)
