"""Which order of axes a layer of Keras is read in: channels stand behind the axes of space there, before them here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cnnshape.formats.keras.file import no_keras

__all__ = [
    "Layout",
    "has_activation",
    "keeps_mask",
    "place",
    "rank_after",
    "shown",
    "stated_outputs",
    "takes_numbers",
    "wanted",
]

_JOINS = (
    *("Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract"),
    *(f"ops.{name}" for name in ("Add", "Divide", "Maximum", "Minimum", "Multiply", "Power", "Subtract", "TrueDivide")),
)
_POINTWISE = (
    *("Relu", "Relu6", "Sigmoid", "Tanh", "Silu", "HardSilu", "HardSigmoid", "Gelu", "Elu", "Selu", "LeakyRelu"),
    *("Softplus", "Softsign", "Clip", "Negative", "Sqrt", "Exp", "Log", "Absolute", "Square", "Mish", "HardTanh"),
)
_OWN_ACTIVATION = ("Activation", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "GRU", "LSTM", "SimpleRNN")
_FORGETS_MASK = ("Flatten", "GlobalAveragePooling1D", "GlobalMaxPooling1D", "Lambda", "Reshape")
_KEEPS_ORDER = (
    *(f"ops.{name}" for name in _POINTWISE),
    *("Activation", "ActivityRegularization", "AlphaDropout", "Dropout", "ELU", "GaussianDropout", "GaussianNoise"),
    *("Identity", "LeakyReLU", "ReLU", "Rescaling", "Softmax", "SpatialDropout1D", "SpatialDropout2D"),
    *("SpatialDropout3D", "ThresholdedReLU"),
)
_BY_CHANNEL = (
    *("BatchNormalization", "GroupNormalization", "LayerScale", "Normalization", "PReLU", "cnnshape>LayerScale"),
)
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
    if operator in _JOINS:
        return None if len({each.rank for each in layouts}) == 1 else False
    if operator in ("CenterCrop", "Resizing"):
        return config.get("data_format") != "channels_first"
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


def has_activation(operator: str) -> bool:
    """Say whether the activation that a layer states stands behind it."""
    return operator not in _OWN_ACTIVATION


def takes_numbers(operator: str) -> bool:
    """Say whether numbers may stand among the tensors that come in."""
    return operator in _JOINS or operator.startswith("ops.")


def keeps_mask(operator: str, config: Mapping[str, Any]) -> bool:
    """Say whether the steps that a mask leaves out are left out behind the layer, too."""
    if operator in ("LSTM", "GRU", "SimpleRNN", "Bidirectional"):
        inner = config.get("layer") or {}
        return bool(config.get("return_sequences") or inner.get("config", {}).get("return_sequences"))
    return operator not in _FORGETS_MASK


_RANKS = {"Flatten": 2, "RepeatVector": 3, "JoinedSteps": 0}


def rank_after(operator: str, config: Mapping[str, Any], ranks: Sequence[int]) -> int:
    """Return how many axes the output of a layer has."""
    most = max(ranks, default=0)
    if operator.startswith("Global") and not config.get("keepdims"):
        return 2
    if operator in _RANKS:
        return _RANKS[operator]
    if operator in ("LSTM", "GRU", "SimpleRNN"):
        return 3 if config.get("return_sequences") else 2
    if operator == "Bidirectional":
        return 3 if config["layer"]["config"].get("return_sequences") else 2
    if operator == "cnnshape>Learned":
        return len(config["shape"]) + bool(config.get("batched", True))
    if operator == "Reshape":
        return len(config["target_shape"]) + 1
    if operator.startswith("ops."):
        return _after_operation(operator.removeprefix("ops."), config, most)
    return most + (operator == "Embedding")


_REDUCES = ("Mean", "Sum", "Max", "Min", "Amax", "Amin", "Prod", "Any", "All", "Argmax", "Argmin", "Norm", "Logsumexp")


def _after_operation(name: str, config: Mapping[str, Any], most: int) -> int:
    axis = config.get("axis")
    count = len(axis) if isinstance(axis, list) else 1
    if name == "Reshape":
        return len(config["newshape"])
    if name in _REDUCES:
        return most if config.get("keepdims") else 0 if axis is None else most - count
    if name in ("ExpandDims", "Stack"):
        return most + count
    if name == "Squeeze" and axis is not None:
        return most - count
    return most


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
