"""Norms in other systems."""

from __future__ import annotations

from cnnshape.layers.activation.smooth import Sqrt
from cnnshape.layers.foreign import Fixed, Made, Operator, Stored, Table, Use, keyed, reads, refuse
from cnnshape.layers.merge.spec import Add, Divide, Maximum, Multiply, Subtract
from cnnshape.layers.norm.response import L2Norm, LocalResponseNorm
from cnnshape.layers.norm.spec import BatchNorm, GroupNorm, InstanceNorm
from cnnshape.layers.norm.trailing import LayerNorm, RMSNorm
from cnnshape.layers.reduce.spec import ReduceL1, ReduceMean
from cnnshape.layers.reshape.spec import Reshape

__all__ = ["TABLE"]

_BATCH = ("weight", "bias", "running_mean", "running_var")


def _batch_norm(op: Operator) -> Made:
    if any(op.wants(output) for output in range(1, 5)):
        refuse("statistics of the batch as outputs (training)")
    if not op.attribute("spatial", 1):
        refuse("statistics of each position (spatial = 0)")
    # ONNX's momentum is the share of the old statistics, ours that of the new ones.
    momentum = round(1 - op.attribute("momentum", 0.9), 9)
    # In training mode the map is normalized by its own statistics, whatever the stored ones are.
    stored = not op.attribute("training_mode", 0)
    if not all(op.stored(position) for position in range(1, 5 if stored else 3)):
        return _computed_norm(op, batch=not stored)
    given = {"eps": op.attribute("epsilon", 1e-5), "momentum": momentum, "track_running_stats": stored}
    weights = _BATCH if stored else _BATCH[:2]
    return Use(BatchNorm(op.shape(1)[0], **given), (0,), tuple((name, Stored(i)) for i, name in enumerate(weights, 1)))


def _computed_norm(op: Operator, *, batch: bool) -> Made:
    """Return a batch norm by numbers that are computed, as where weights are standardized before each use."""
    shape = (op.shape(1)[0], *(1,) * (op.rank() - 2))

    def along(position: int) -> Use:
        return Use(Reshape(shape), (position,))

    if batch:
        normed = Use(BatchNorm(shape[0], eps=op.attribute("epsilon", 1e-5), affine=False, track_running_stats=False))
    else:
        variance = Use(Add(), (along(4), Fixed(op.attribute("epsilon", 1e-5), dtype=op.spec(4).dtype)))
        normed = Use(Divide(), (Use(Subtract(), (0, along(3))), variance.then(Sqrt())))
    return Use(Add(), (Use(Multiply(), (normed, along(1))), along(2)))


def _instance_norm(op: Operator) -> Made:
    # PyTorch writes a group norm as one of groups with scales of 1, which nobody learns, and its own scales after it.
    affine = not (op.always(1, 1.0) and op.always(2, 0.0))
    layer = InstanceNorm(op.shape(1)[0], eps=op.attribute("epsilon", 1e-5), affine=affine)
    return Use(layer, (0,), (("weight", Stored(1)), ("bias", Stored(2))) if affine else ())


def _group_norm(op: Operator) -> Made:
    groups, channels = op.attribute("num_groups"), op.shape()[1]
    # Until version 21 there was a scale for each group.
    steps: tuple[tuple[object, ...], ...] = ()
    if op.version < 21:
        if not isinstance(channels, int):
            refuse("a scale for each group of a free number of channels")
        steps = (("repeat", channels // groups),)
    layer = GroupNorm(groups, eps=op.attribute("epsilon", 1e-5))
    return Use(layer, (0,), (("weight", Stored(1, steps)), ("bias", Stored(2, steps))))


def _layer_norm(op: Operator) -> Made:
    axis, eps = op.axis(op.attribute("axis", -1)), op.attribute("epsilon", 1e-5)
    over = op.shape()[axis:]
    _whole(op, axis)
    layer = LayerNorm(over, eps=eps, bias=op.has(2))
    stored = (("weight", Stored(1)), *((("bias", Stored(2)),) if op.has(2) else ()))
    y = Use(layer, (0,), stored)
    if not op.wants(1) and not op.wants(2):
        return y
    axes, dtype = tuple(range(axis, op.rank())), op.spec().dtype
    mean = Use(ReduceMean(axes, keepdim=True))
    apart = Use(Subtract(), (0, mean))
    variance = Use(Multiply(), (apart, apart)).then(ReduceMean(axes, keepdim=True))
    deviation = Use(Add(), (variance, Fixed(eps, dtype))).then(Sqrt())
    return y, mean, Use(Divide(), (Fixed(1, dtype), deviation))


def _rms_norm(op: Operator) -> Made:
    axis = op.axis(op.attribute("axis", -1))
    _whole(op, axis)
    layer = RMSNorm(op.shape()[axis:], eps=op.attribute("epsilon", 1e-5))
    return Use(layer, (0,), (("weight", Stored(1)),))


def _whole(op: Operator, axis: int) -> None:
    """Refuse a scale that is to be stretched."""
    if op.shape(1) != op.shape()[axis:]:
        refuse("a scale that has not the shape of the axes that are normalized")


def _response(op: Operator) -> Made:
    size = op.attribute("size")
    if size % 2 == 0:
        refuse("an even number of neighbors, whose odd one stands on the other side here")
    given = {name: op.attribute(name, default) for name, default in (("alpha", 1e-4), ("beta", 0.75))}
    return Use(LocalResponseNorm(size, **given, k=op.attribute("bias", 1.0)))


def _lp_norm(op: Operator) -> Made:
    axis, p = op.attribute("axis", -1), op.attribute("p", 2)
    if p == 2:
        return Use(L2Norm(dim=axis))
    least = Fixed(1e-12, op.spec().dtype)  # where all is zero, so is the result
    return Use(Divide(), (0, Use(Maximum(), (Use(ReduceL1(axis, keepdim=True)), least))))


def _mean_variance(op: Operator) -> Made:
    axes, dtype = tuple(op.attribute("axes", (0, 2, 3))), op.spec().dtype
    apart = Use(Subtract(), (0, Use(ReduceMean(axes, keepdim=True))))
    deviation = Use(Multiply(), (apart, apart)).then(ReduceMean(axes, keepdim=True)).then(Sqrt())
    return Use(Divide(), (apart, Use(Add(), (deviation, Fixed(1e-9, dtype)))))


TABLE: Table = keyed(
    "onnx",
    {
        "BatchNormalization": reads(BatchNorm, _batch_norm),
        "InstanceNormalization": reads(InstanceNorm, _instance_norm),
        "GroupNormalization": reads(GroupNorm, _group_norm),
        "LayerNormalization": reads(LayerNorm, _layer_norm),
        "RMSNormalization": reads(RMSNorm, _rms_norm),
        "LRN": reads(LocalResponseNorm, _response),
        "LpNormalization": reads(L2Norm, _lp_norm),
        "MeanVarianceNormalization": reads(InstanceNorm, _mean_variance),
    },
)
