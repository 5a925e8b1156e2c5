"""Which order of axes a layer of Keras is read in: channels stand behind the axes of space there, before them here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cnnshape.formats.keras_file import no_keras

__all__ = ["JOINS", "Layout", "place", "rank_after", "shown", "stated_outputs", "wanted"]

JOINS = ("Add", "Average", "Concatenate", "Divide", "Maximum", "Minimum", "Multiply", "Subtract", "TrueDivide")
_KEEPS_ORDER = (
    *("Activation", "ActivityRegularization", "AlphaDropout", "Dropout", "ELU", "GaussianDropout", "GaussianNoise"),
    *("Identity", "LeakyReLU", "ReLU", "Rescaling", "Softmax", "SpatialDropout1D", "SpatialDropout2D"),
    *("SpatialDropout3D", "ThresholdedReLU"),
)
_BY_CHANNEL = ("BatchNormalization", "GroupNormalization", "LayerScale", "Normalization", "PReLU")
_SPACE = re.compile(r"[A-Z]\w*?([123])D(?:Transpose)?")


class Layout(NamedTuple):
    """How a tensor stands: its number of axes, and whether its channels were moved to the front."""

    rank: int
    moved: bool = False


def shown(rank: int) -> tuple[int, ...]:
    """Return the order that puts the channels of a moved tensor last again.

    Examples
    --------
    >>> shown(4)
    (0, 2, 3, 1)
    """
    return (0, *range(2, rank), 1)


def place(axis: int, layout: Layout, where: str) -> int:
    """Return where an axis, as Keras counts, stands in a tensor.

    Examples
    --------
    >>> [place(axis, Layout(4, True), "") for axis in (0, 1, 2, -1)]
    [0, 2, 3, 1]
    """
    if type(axis) is not int or not -layout.rank <= axis < layout.rank:
        raise no_keras(f"there is no axis {axis!r} among {layout.rank}", node=where)
    return shown(layout.rank)[axis % layout.rank] if layout.moved else axis % layout.rank


def wanted(operator: str, config: Mapping[str, Any], layouts: Sequence[Layout], where: str) -> bool | None:
    """Say whether a layer takes its channels moved to the front, as Keras has them, or either way (None)."""
    rank = layouts[0].rank if layouts else 0
    if operator in _KEEPS_ORDER:
        return None
    if operator in JOINS:
        return None if len({each.rank for each in layouts}) == 1 else False
    space = _SPACE.fullmatch(operator)
    if space:
        if rank != int(space[1]) + 2:
            raise no_keras(f"{operator} takes {int(space[1]) + 2} axes, and {rank} come in", node=where)
        return config.get("data_format") != "channels_first"
    if operator in _BY_CHANNEL:
        axis = config.get("axis", -1)
        axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
        return rank > 2 and place(axis, Layout(rank), where) == rank - 1
    return False


def rank_after(operator: str, config: Mapping[str, Any], ranks: Sequence[int]) -> int:
    """Return how many axes the output of a layer has."""
    if operator.startswith("Global") and not config.get("keepdims"):
        return 2
    if operator in ("Flatten", "RepeatVector"):
        return 2 if operator == "Flatten" else 3
    if operator == "Reshape":
        return len(config["target_shape"]) + 1
    return max(ranks, default=0) + (operator == "Embedding")


def stated_outputs(given: Any) -> list[tuple[int | None, ...]]:
    """Return the shapes, without the batch, that a Lambda says it gives; none where it says it otherwise.

    Examples
    --------
    >>> stated_outputs([16, None]), stated_outputs([[4], [8, 8]]), stated_outputs(None), stated_outputs({"a": 1})
    ([(16, None)], [(4,), (8, 8)], [], [])
    """
    if not isinstance(given, (list, tuple)):
        return []
    shapes = list(given) if given and all(isinstance(each, (list, tuple)) for each in given) else [given]
    if any(each is not None and type(each) is not int for shape in shapes for each in shape):
        return []
    return [tuple(shape) for shape in shapes]
