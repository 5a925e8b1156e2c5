"""Normalizations in Keras."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.foreign import refuse
from cnnshape.layers.norm.response import LocalResponseNorm
from cnnshape.layers.norm.spec import BatchNorm, GroupNorm, InstanceNorm
from cnnshape.layers.norm.trailing import LayerNorm, RMSNorm
from cnnshape.layers.source_keras import (
    KerasCase,
    Made,
    WayTable,
    channels_last,
    helper,
    kept,
    layer,
    plain,
    unless,
)

__all__ = ["TABLE"]


def _batch(given: BatchNorm, _: KerasCase) -> Made:
    if not given.track_running_stats or given.momentum is None:
        refuse("Keras's BatchNormalization has running statistics, with a momentum")
    learned = (kept("weight"), kept("bias")) if given.affine else ()
    return layer(
        "BatchNormalization",
        momentum=unless(round(1 - given.momentum, 12), 0.99),
        epsilon=unless(given.eps, 0.001),
        center=unless(given.affine, True),
        scale=unless(given.affine, True),
        weights=(*learned, kept("running_mean"), kept("running_var")),
    )


def _trailing(given: LayerNorm | RMSNorm) -> tuple[tuple[int, ...] | int, Any]:
    shape = given.normalized_shape
    count = len(shape) if isinstance(shape, tuple) else 1
    return (-1 if count == 1 else tuple(range(-count, 0))), count


def _layer(given: LayerNorm, case: KerasCase) -> Made:
    axes, _ = _trailing(given)
    names = case.weights_of(given)
    return layer(
        "LayerNormalization",
        axis=unless(axes, -1),
        epsilon=unless(given.eps, 0.001),
        center=unless("bias" in names, True),
        scale=unless("weight" in names, True),
        weights=tuple(map(kept, names)),
    )


def _group(given: GroupNorm, case: KerasCase) -> Made:
    if case.rank() < 3:
        refuse("Keras normalizes groups of maps")
    return layer(
        "GroupNormalization",
        bare={"groups": given.num_groups},
        epsilon=unless(given.eps, 0.001),
        center=unless(given.affine, True),
        scale=unless(given.affine, True),
        weights=(kept("weight"), kept("bias")) if given.affine else (),
    )


def _instance(given: InstanceNorm, _: KerasCase) -> Made:
    if given.track_running_stats:
        refuse("Keras has no statistics of single images that it keeps")
    return layer(
        "GroupNormalization",
        groups=-1,
        epsilon=unless(given.eps, 0.001),
        center=unless(given.affine, True),
        scale=unless(given.affine, True),
        weights=(kept("weight"), kept("bias")) if given.affine else (),
    )


def _rms(given: RMSNorm, _: KerasCase) -> Made:
    count = _trailing(given)[1]
    if count != 1 or given.eps is None or not given.elementwise_affine:
        refuse("Keras's RMSNormalization has a scale, a stated epsilon, and works on one axis")
    return layer("RMSNormalization", epsilon=unless(given.eps, 1e-06), weights=(kept("weight"),))


def _response(given: LocalResponseNorm, _: KerasCase) -> Made:
    return helper(
        "local_response_norm", size=given.size, alpha=float(given.alpha), beta=float(given.beta), k=float(given.k)
    )


TABLE: WayTable = {
    BatchNorm: channels_last(_batch),
    LayerNorm: plain(_layer),
    GroupNorm: channels_last(_group),
    InstanceNorm: channels_last(_instance),
    RMSNorm: plain(_rms),
    LocalResponseNorm: channels_last(_response),
}
