"""Norms of Keras."""

from __future__ import annotations

from cnnshape.layers.foreign import Kept, Made, Operator, Table, Use, keyed, reads, refuse
from cnnshape.layers.foreign_keras import numbered
from cnnshape.layers.io.spec import Parameter
from cnnshape.layers.merge.spec import Add, Divide, Multiply, Subtract
from cnnshape.layers.norm.response import L2Norm
from cnnshape.layers.norm.spec import BatchNorm, GroupNorm
from cnnshape.layers.norm.trailing import LayerNorm, RMSNorm
from cnnshape.layers.reshape.axes import Permute

__all__ = ["TABLE"]

_STATISTICS = ("running_mean", "running_var")


def _batch_norm(op: Operator) -> Made:
    if op.attribute("renorm"):
        refuse("renorm")
    axis, rank = op.axis(op.attribute("axis", -1)), op.rank()
    if axis != 1:  # the channels are moved there for it
        order = (0, axis, *(each for each in range(1, rank) if each != axis))
        moved = Use(Permute(order))
        back = Permute(tuple(order.index(each) for each in range(rank)))
        return _batch_norm_of(op, moved, axis).then(back)
    return _batch_norm_of(op, 0, axis)


def _batch_norm_of(op: Operator, x: int | Use, axis: int) -> Use:
    # Keras's momentum is the share of the old statistics, ours that of the new ones.
    momentum = round(1 - op.attribute("momentum", 0.99), 9)
    scale, center = op.attribute("scale", True), op.attribute("center", True)
    channels, both = op.shape()[axis], scale and center
    layer = BatchNorm(channels, eps=op.attribute("epsilon", 1e-3), momentum=momentum, affine=both)
    names = (*(("weight", "bias") if both else ()), *(("",) if scale != center else ()), *_STATISTICS)
    made = Use(layer, (x,), tuple((name, kept) for name, kept in numbered(*names) if name))
    return made if scale == center else _alone(made, (channels, *(1,) * (op.rank() - 2)), scale)


def _alone(made: Use, shape: tuple[object, ...], scale: bool) -> Use:
    """Return a norm with a scale alone, or with a shift alone, behind it."""
    factor = Parameter(shape, init="constant", value=float(scale))  # type: ignore[arg-type]  # sizes
    steps = (("reshape", (-1, *shape[1:])),) if len(shape) > 1 else ()
    return Use(Multiply() if scale else Add(), (made, Use(factor, (), (("weight", Kept("0", steps)),))))


def _layer_norm(op: Operator) -> Made:
    axes = op.attribute("axis", -1)
    axes = tuple(sorted(op.axis(axis) for axis in (axes if isinstance(axes, tuple) else (axes,))))
    if axes != tuple(range(axes[0], op.rank())):
        refuse(f"the axes {axes}, which are not the last ones")
    over, eps = op.shape()[axes[0] :], op.attribute("epsilon", 1e-3)
    scale, center = op.attribute("scale", True), op.attribute("center", True)
    if op.attribute("rms_scaling"):
        refuse("rms_scaling")
    if center and not scale:
        return _alone(Use(LayerNorm(over, eps=eps, elementwise_affine=False)), tuple(over), scale=False)
    layer = LayerNorm(over, eps=eps, elementwise_affine=scale, bias=center)
    return Use(layer, (0,), numbered(*(("weight",) if scale else ()), *(("bias",) if center else ())))


def _rms_norm(op: Operator) -> Made:
    axis = op.axis(op.attribute("axis", -1))
    if axis != op.rank() - 1:
        refuse(f"the axis {axis}, which is not the last one")
    return Use(RMSNorm(op.shape()[-1], eps=op.attribute("epsilon", 1e-6)), (0,), numbered("weight"))


def _group_norm(op: Operator) -> Made:
    axis, groups = op.axis(op.attribute("axis", -1)), op.attribute("groups", 32)
    if axis != 1:
        refuse(f"the axis {axis}, which is not that of the channels")
    channels = op.shape()[axis]
    scale, center = op.attribute("scale", True), op.attribute("center", True)
    layer = GroupNorm(channels if groups == -1 else groups, eps=op.attribute("epsilon", 1e-3), affine=scale and center)
    if scale == center:
        return Use(layer, (0,), numbered("weight", "bias") if scale else ())
    return _alone(Use(layer), (channels, *(1,) * (op.rank() - 2)), scale)


def _normalization(op: Operator) -> Made:
    if op.attribute("invert"):
        refuse("invert")
    if op.has(1):
        return Use(Divide(), (Use(Subtract(), (0, 1)), 2))
    if op.axis(op.attribute("axis", -1)) != 1:
        refuse(f"the axis {op.attribute('axis')}, which is not that of the channels")
    # What divides is at least 1e-7 there.
    return Use(BatchNorm(op.shape()[1], eps=1e-14, affine=False), (0,), numbered(*_STATISTICS))


def _unit(op: Operator) -> Made:
    axis = op.attribute("axis", -1)
    if isinstance(axis, tuple):
        refuse("several axes")
    return Use(L2Norm(dim=axis, eps=1e-6))


TABLE: Table = keyed(
    "keras",
    {
        "BatchNormalization": reads(BatchNorm, _batch_norm),
        "GroupNormalization": reads(GroupNorm, _group_norm),
        "LayerNormalization": reads(LayerNorm, _layer_norm),
        "RMSNormalization": reads(RMSNorm, _rms_norm),
        "Normalization": reads(BatchNorm, _normalization),
        "UnitNormalization": reads(L2Norm, _unit),
    },
)
