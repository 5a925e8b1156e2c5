"""Norms of PyTorch."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.base import Layer
from cnnshape.layers.foreign import Made, Stored, Use, refuse
from cnnshape.layers.foreign_torch import At, Called, Module, calls, modules, ranks, same, table
from cnnshape.layers.merge.spec import Add, Multiply
from cnnshape.layers.norm.response import L2Norm, LocalResponseNorm
from cnnshape.layers.norm.spec import BatchNorm, GroupNorm, InstanceNorm
from cnnshape.layers.norm.trailing import LayerNorm, RMSNorm
from cnnshape.layers.reshape.spec import Reshape

__all__ = ["TABLE"]


def _of_channels(kind: type[BatchNorm | InstanceNorm], rank: int) -> Any:
    def make(m: Module) -> Layer:
        stated = {"eps": m.eps, "momentum": m.momentum, "affine": "weight" in m.weights}
        return kind(m.num_features, **stated, track_running_stats="running_mean" in m.weights, rank=rank)

    return modules(make, kind)


def _group_norm(m: Module) -> Layer:
    return GroupNorm(m.num_groups, eps=m.eps, affine="weight" in m.weights, num_channels=m.num_channels)


def _layer_norm(m: Module) -> Layer:
    learned = {"elementwise_affine": "weight" in m.weights, "bias": "bias" in m.weights}
    return LayerNorm(m.normalized_shape, eps=m.eps, **learned)


def _rms_norm(m: Module) -> Layer:
    return RMSNorm(m.normalized_shape, eps=m.eps, elementwise_affine="weight" in m.weights)


def _stored(c: Called, *names: str) -> tuple[tuple[str, Stored], ...]:
    found = tuple((name, Stored(value.position)) for name in names if isinstance(value := getattr(c, name), At))
    if not all(c.op.stored(stored.position) for _, stored in found):
        refuse("weights that are computed")
    return found


def _batch_norm(c: Called) -> Made:
    statistics = _stored(c, "running_mean", "running_var")
    tracked = bool(statistics) and not c.training
    scales = [value.position for value in (c.weight, c.bias) if isinstance(value, At)]
    if len(scales) == 1 or not all(map(c.op.stored, scales)):
        made = Use(BatchNorm(eps=c.eps, affine=False, track_running_stats=tracked), (c.at,), statistics)
        for join, value in ((Multiply(), c.weight), (Add(), c.bias)):
            if isinstance(value, At):
                along = (c.op.shape(value.position)[0], *(1,) * (c.rank - 2))
                made = Use(join, (made, Use(Reshape(along), (value.position,))))
        return made
    found = (*_stored(c, "weight", "bias"), *statistics)
    return Use(BatchNorm(eps=c.eps, affine=bool(scales), track_running_stats=tracked), (c.at,), found)


def _layer_normed(c: Called) -> Made:
    found = _stored(c, "weight", "bias")
    learned = {"elementwise_affine": c.weight is not None, "bias": c.bias is not None}
    return Use(LayerNorm(c.normalized_shape, eps=c.eps, **learned), (c.at,), found)


def _instance_norm(c: Called) -> Made:
    found = _stored(c, "weight", "bias", "running_mean", "running_var")
    names = dict(found)
    if ("weight" in names) != ("bias" in names):
        refuse("a scale without a shift, or a shift without a scale")
    tracked = "running_mean" in names and not c.use_input_stats
    kept = tuple((name, stored) for name, stored in found if tracked or not name.startswith("running"))
    return Use(InstanceNorm(eps=c.eps, affine="weight" in names, track_running_stats=tracked), (c.at,), kept)


def _group_normed(c: Called) -> Made:
    found = _stored(c, "weight", "bias")
    if len(found) == 1:
        refuse("a scale without a shift, or a shift without a scale")
    return Use(GroupNorm(c.num_groups, eps=c.eps, affine=bool(found)), (c.at,), found)


def _normalize(c: Called) -> Layer:
    if c.p != 2:
        refuse(f"p = {c.p}")
    return L2Norm(dim=c.dim, eps=c.eps)


_RESPONSE = same(
    "x size alpha=1e-4 beta=0.75 k=1.0", lambda m: LocalResponseNorm(m.size, alpha=m.alpha, beta=m.beta, k=m.k)
)

TABLE = table(
    ranks("BatchNorm{}d", lambda rank: _of_channels(BatchNorm, rank)),
    ranks("InstanceNorm{}d", lambda rank: _of_channels(InstanceNorm, rank)),
    {
        "SyncBatchNorm": modules(lambda m: BatchNorm(m.num_features, eps=m.eps, momentum=m.momentum), BatchNorm),
        "GroupNorm": modules(_group_norm, GroupNorm),
        "LayerNorm": modules(_layer_norm, LayerNorm),
        "RMSNorm": modules(_rms_norm, RMSNorm),
        "LocalResponseNorm": _RESPONSE[0],
        "local_response_norm": _RESPONSE[1],
        "batch_norm": calls(
            "x running_mean running_var weight=None bias=None training=False momentum=0.1 eps=1e-5",
            _batch_norm,
            BatchNorm,
        ),
        "instance_norm": calls(
            "x running_mean=None running_var=None weight=None bias=None use_input_stats=True momentum=0.1 eps=1e-5",
            _instance_norm,
            InstanceNorm,
        ),
        "layer_norm": calls("x normalized_shape weight=None bias=None eps=1e-5", _layer_normed, LayerNorm),
        "group_norm": calls("x num_groups weight=None bias=None eps=1e-5", _group_normed, GroupNorm),
        "normalize": calls("x p=2.0 dim=1 eps=1e-12", _normalize, L2Norm),
    },
)
