"""The frameworks' names for arguments, in one table, and what to do about those that have no counterpart here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, NamedTuple

from cnnshape.layers.base import Layer
from cnnshape.symbolic import dim

__all__ = [
    "ADVICE",
    "KERAS_DEFAULTS",
    "LAYER_ADVICE",
    "SPELLINGS",
    "Spelling",
    "converted",
    "field_names",
    "is_keras",
    "spelled",
    "spellings_of",
]


class Spelling(NamedTuple):
    """Another name of an argument.

    Parameters
    ----------
    theirs : name in a framework
    ours : field of a layer class; the spelling counts for every class that has this field and none called `theirs`
    keras : bool, True if only Keras writes it so: then `padding: same` means `same_upper`
    kind : the kind of layer that it is for, or ""
    """

    theirs: str
    ours: str
    keras: bool = False
    kind: str = ""


SPELLINGS = (
    Spelling("filters", "out_channels", keras=True),
    Spelling("units", "out_features", keras=True),
    Spelling("units", "hidden_size", keras=True),
    Spelling("pool_size", "kernel_size", keras=True, kind="pool"),
    Spelling("kernel_shape", "kernel_size"),  # ONNX
    Spelling("strides", "stride", keras=True),
    Spelling("use_bias", "bias", keras=True),
    Spelling("dilation_rate", "dilation", keras=True),
    Spelling("dilations", "dilation"),  # ONNX
    Spelling("group", "groups"),  # ONNX
    Spelling("epsilon", "eps", keras=True),
    Spelling("rate", "p", keras=True),
    Spelling("drop_prob", "p"),  # timm
    Spelling("axis", "dim"),
    Spelling("axes", "dim"),  # ONNX
    Spelling("dims", "dim"),
    Spelling("perm", "dims"),  # ONNX
    Spelling("keepdims", "keepdim"),
    Spelling("alpha", "negative_slope"),  # ONNX, Keras 2
    Spelling("groups", "num_groups", keras=True),
    Spelling("input_dim", "num_embeddings", keras=True),
    Spelling("output_dim", "embedding_dim", keras=True),
    Spelling("target_shape", "shape", keras=True, kind="reshape"),
    Spelling("interpolation", "mode", keras=True, kind="resample"),
    Spelling("scales", "scale_factor"),  # ONNX
    Spelling("scale", "scale_factor"),
    Spelling("block_size", "upscale_factor"),
    Spelling("split_size_or_sections", "split_size"),  # PyTorch's function
    Spelling("num_features", "num_channels"),
)

ADVICE: Mapping[str, str] = {
    "activation": "put the activation into an entry of its own after this one: - relu",
    "data_format": "leave it out: a design is channel first, (N, C, H, W)",
    "input_shape": "leave it out: the input stands at the top, input: [3, H, W]",
    "kernel_initializer": "leave it out: a design has no weights",
    "bias_initializer": "leave it out: a design has no weights",
    "kernel_regularizer": "leave it out: a design has no training",
    "trainable": "write frozen: true beside the layer",
    "pads": "write padding: [[top, bottom], [left, right]]",
    "auto_pad": "write padding: same_upper, same_lower or valid",
    "inplace": "leave it out: it changes no size",
    "device": "leave it out: a design runs nowhere yet",
    "dtype": "an input states its type: inputs: {tokens: {shape: [T], dtype: int64}}",
}
"""Arguments that a design has no place for, and what to do instead."""

LAYER_ADVICE: Mapping[str, str] = {
    "activation": "write the activation itself: - relu",
    "lambda": "write the layers that do the same: a design holds no code",
    "sum": "add joins tensors, reduce_sum adds up along axes",
    "max": "maximum joins tensors, reduce_max looks along axes",
    "min": "minimum joins tensors, reduce_min looks along axes",
}
"""Words of frameworks that are no layer here, or could be two."""

_KERAS_NAME = re.compile(r"[123]D|(?i:normalization|dense|_pooling[123]d)$")
_UPSAMPLING = re.compile(r"up_?sampling", re.IGNORECASE)
"""Keras's layer, whose `size` is the factor; PyTorch's is called Upsample, its `size` is the output's."""


_FIELDS: dict[type[Layer], Mapping[str, str]] = {}
_OTHERS: dict[type[Layer], Mapping[str, Spelling]] = {}


def field_names(cls: type[Layer]) -> Mapping[str, str]:
    """Return the annotation of every argument of a layer class."""
    if cls not in _FIELDS:
        _FIELDS[cls] = {f.name: str(f.type) for f in fields(cls)}  # type: ignore[arg-type]  # a dataclass
    return _FIELDS[cls]


def spellings_of(cls: type[Layer]) -> Mapping[str, Spelling]:
    """Return the other spellings of a layer's arguments, by the framework's name."""
    if cls not in _OTHERS:
        own = field_names(cls)
        _OTHERS[cls] = {
            s.theirs: s
            for s in reversed(SPELLINGS)
            if s.ours in own and s.theirs not in own and s.kind in ("", cls.kind)
        }
    return _OTHERS[cls]


def spelled(cls: type[Layer], argument: str, word: str = "") -> str | None:
    """Return the field that an argument's name means in a layer called `word`, or None."""
    if argument == "size" and _UPSAMPLING.match(word):
        return "scale_factor"
    if argument in field_names(cls):
        return argument
    found = spellings_of(cls).get(argument)
    return found.ours if found else None


def is_keras(cls: type[Layer], name: str, arguments: list[str]) -> bool:
    """Say whether an entry is written in Keras's words: ``Conv2D``, or arguments such as ``filters``."""
    others = spellings_of(cls)
    return bool(_KERAS_NAME.search(name)) or any(a in others and others[a].keras for a in arguments)


KERAS_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "global_avg_pool": {"keepdim": False},
    "global_max_pool": {"keepdim": False},
}
"""What Keras's layers do where nothing is said, if that changes shapes; all other defaults are PyTorch's."""

_OURS: Mapping[tuple[str, str], Callable[[Any], Any]] = {
    ("padding", "padding"): lambda value: "same_upper" if str(value).lower() == "same" else value,
    ("momentum", "momentum"): lambda value: round(1 - value, 12) if isinstance(value, (int, float)) else value,
    ("target_shape", "shape"): lambda value: (dim("N"), *(value if isinstance(value, tuple) else (value,))),
}


def converted(theirs: str, ours: str, value: Any) -> Any:
    """Return what a value in Keras's words means here.

    Keras's `same` pads for any stride, with the odd pixel at the end; its momentum is the share that is kept; its
    target_shape leaves the batch out.
    """
    change = _OURS.get((theirs, ours))
    return change(value) if change else value
