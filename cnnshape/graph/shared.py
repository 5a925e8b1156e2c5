"""Layers that share weights: what their inputs must have in common."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, Weight, shape_text

__all__ = ["demand_same_weights"]


def demand_same_weights(ctx: Context, owner: str, theirs: Mapping[str, Weight], ours: Mapping[str, Weight]) -> None:
    """Demand that a layer needs weights of the shapes that the node `owner` has.

    Raises
    ------
    ShapeError
        CS215, if they can never be the same.
    """
    if theirs.keys() != ours.keys():
        raise _other_names(owner, theirs, ours)
    for name, weight in ours.items():
        shape = theirs[name].shape
        fault = partial(_other_shape, owner, name, theirs[name], weight)
        if len(shape) != len(weight.shape):
            raise fault()
        for first, second in zip(shape, weight.shape, strict=True):
            ctx.equal(first, second, fault)


def _other_shape(owner: str, name: str, theirs: Weight, ours: Weight) -> ShapeError:
    return ShapeError(
        f"it would need a {name} of {shape_text(ours.shape)}, the {name} of {owner} is {shape_text(theirs.shape)}",
        code="CS215",
        got=ours.shape,
        needed=theirs.shape,
        rule="layers that share weights need weights of the same shapes",
        fix=f"an input with the channels that {owner} takes, or weights of its own",
    )


def _other_names(owner: str, theirs: Mapping[str, Weight], ours: Mapping[str, Weight]) -> ShapeError:
    return ShapeError(
        f"it would need {_listed(ours)}, {owner} has {_listed(theirs)}",
        code="CS215",
        got=tuple(ours),
        needed=tuple(theirs),
        rule="layers that share weights have the same weights",
        fix=f"the arguments of {owner}, or weights of its own",
    )


def _listed(weights: Mapping[str, Weight]) -> str:
    return ", ".join(weights) or "no weights"
