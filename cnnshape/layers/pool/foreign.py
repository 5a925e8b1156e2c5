"""Pools in other systems."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.foreign import Made, Operator, Table, Use, attribute, keyed, reads, refuse, wrong
from cnnshape.layers.foreign_keras import pool_window, spaces
from cnnshape.layers.foreign_onnx import pads, window
from cnnshape.layers.pad.spec import Pad
from cnnshape.layers.pool.adaptive import AdaptiveAvgPool, AdaptiveMaxPool
from cnnshape.layers.pool.spec import AvgPool, LPPool, MaxPool
from cnnshape.layers.pool.unpool import MaxUnpool
from cnnshape.layers.pool.whole import GlobalAvgPool, GlobalLPPool, GlobalMaxPool

__all__ = ["TABLE"]


def _window(op: Operator) -> dict[str, Any]:
    given = window(op, tuple(op.attribute("kernel_shape", ())))
    if not given["kernel_size"]:
        wrong("kernel_shape is missing")
    return given | {"ceil_mode": bool(op.attribute("ceil_mode", 0)), "dialect": "onnx"}


def _max_pool(op: Operator) -> Made:
    indices = op.wants(1)
    order = "column" if indices and op.attribute("storage_order", 0) else "row"
    counted = _counted(op) if indices else "map"
    use = Use(MaxPool(**_window(op), return_indices=indices, storage_order=order, counted=counted))
    return (use.at(0), use.at(1)) if indices else use


def _counted(op: Operator) -> str:
    """Return how indices count, which is all the same where there is one map."""
    return "map" if op.shape()[:2] == (1, 1) else "tensor"


def _avg_pool(op: Operator) -> Made:
    return Use(AvgPool(**_window(op), count_include_pad=bool(op.attribute("count_include_pad", 0))))


def _lp_pool(op: Operator) -> Made:
    return Use(LPPool(**_window(op), norm_type=op.attribute("p", 2)))


def _max_unpool(op: Operator) -> Made:
    kernel = tuple(op.attribute("kernel_shape", ()))
    sides = pads(op, len(kernel))
    if any(before != after for before, after in sides):
        refuse("pads that differ between the two sides")
    strides = op.attribute("strides", (1,) * len(kernel))
    layer = MaxUnpool(kernel, stride=strides, padding=tuple(before for before, _ in sides), counted=_counted(op))
    made = Use(layer, (0, 1))
    if not op.has(2):
        return made
    # The indices count in the map that the windows reach; the stated one has it at its beginning.
    wanted = op.numbers(2)[-len(kernel) :]
    reached = [
        (size - 1) * s - 2 * before + k
        for size, s, (before, _), k in zip(op.shape()[2:], strides, sides, kernel, strict=True)
    ]
    return made.then(Pad(tuple((0, after - size) for after, size in zip(wanted, reached, strict=True))))


def _keras_average(op: Operator) -> Made:
    return Use(AvgPool(**pool_window(op), count_include_pad=False, dialect="onnx"))


TABLE: Table = keyed(
    "onnx",
    {
        "MaxPool": reads(MaxPool, _max_pool),
        "AveragePool": reads(AvgPool, _avg_pool),
        "LpPool": reads(LPPool, _lp_pool),
        "GlobalAveragePool": reads(GlobalAvgPool),
        "GlobalMaxPool": reads(GlobalMaxPool),
        "GlobalLpPool": reads(GlobalLPPool, norm_type=attribute("p", 2)),
        "MaxUnpool": reads(MaxUnpool, _max_unpool),
    },
) | keyed(
    "keras",
    {
        **spaces("MaxPooling", reads(MaxPool, lambda op: Use(MaxPool(**pool_window(op), dialect="onnx")))),
        **spaces("AveragePooling", reads(AvgPool, _keras_average)),
        **spaces("AdaptiveAveragePooling", reads(AdaptiveAvgPool, output_size=attribute("output_size"))),
        **spaces("AdaptiveMaxPooling", reads(AdaptiveMaxPool, output_size=attribute("output_size"))),
        **spaces("GlobalAveragePooling", reads(GlobalAvgPool, keepdim=attribute("keepdims", False))),
        **spaces("GlobalMaxPooling", reads(GlobalMaxPool, keepdim=attribute("keepdims", False))),
    },
)
