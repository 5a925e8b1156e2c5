"""The frameworks' names for arguments, in one table, and what to do about those that have no counterpart here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, NamedTuple

from cnnshape.formats.design.tree import Items, Tree, shown
from cnnshape.layers.base import Layer
from cnnshape.symbolic import dim

__all__ = [
    "ADVICE",
    "KERAS_DEFAULTS",
    "LAYER_ADVICE",
    "SLIPS",
    "SPELLINGS",
    "Spelling",
    "converted",
    "field_names",
    "is_keras",
    "layer_advice",
    "slipped",
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

_RESIDUAL = "- add: [previous, [{conv: {out_channels: 64, kernel_size: 3, padding: 1}}, relu]]"
_SQUEEZE_EXCITE = (
    "- multiply: [previous, [global_avg_pool, {conv: {out_channels: 4, kernel_size: 1}}, relu,\n"
    "      {conv: {out_channels: 64, kernel_size: 1}}, sigmoid]]"
)
_DEFINED = "write its layers under define:, and use the name like a layer: define: {cb: {args: {out: }, layers: [...]}}"

LAYER_ADVICE: Mapping[str, str] = {
    "activation": "write the activation itself: - relu",
    "lambda": "write the layers that do the same: a design holds no code",
    "sum": "add joins tensors, reduce_sum adds up along axes",
    "max": "maximum joins tensors, reduce_max looks along axes",
    "min": "minimum joins tensors, reduce_min looks along axes",
    "pool": "max_pool or avg_pool",
    "pooling": "max_pool or avg_pool",
    "globalpool": "global_avg_pool or global_max_pool",
    "norm": "batch_norm, layer_norm or group_norm",
    "normalization": "batch_norm, layer_norm or group_norm",
    "downsample": "max_pool: 2, or a conv with stride: 2",
    **dict.fromkeys(("sequential", "layers", "stack", "group", "modulelist"), "- block: [relu]"),
    **dict.fromkeys(("residual", "skip", "shortcut", "skipconnection", "residualconnection"), _RESIDUAL),
    **dict.fromkeys(("se", "squeezeexcite", "squeezeexcitation", "selayer", "seblock", "semodule"), _SQUEEZE_EXCITE),
    **dict.fromkeys(
        (
            *("residualblock", "resblock", "basicblock", "bottleneck", "invertedresidual", "mbconv", "convblock"),
            *("convbnrelu", "convbn", "convrelu", "cbr", "doubleconv", "inception", "denseblock"),
        ),
        _DEFINED,
    ),
}
"""Words of frameworks and papers that are no layer here, or could be several, without case and underscores."""

SLIPS: Mapping[str, tuple[str, ...]] = {
    "size": ("kernel_size", "output_size"),
    "kernel": ("kernel_size",),
    "ksize": ("kernel_size",),
    "k": ("kernel_size",),
    "window": ("kernel_size",),
    "s": ("stride",),
    "pad": ("padding",),
    "p": ("padding",),
    **dict.fromkeys(
        ("out", "channels", "features", "output", "outputs", "neurons", "nodes", "out_dim", "output_size", "width"),
        ("out_channels", "out_features", "hidden_size"),
    ),
    **dict.fromkeys(("in", "inputs_size", "input_size", "in_dim", "input_channels"), ("in_channels", "in_features")),
    "hidden": ("hidden_size",),
    "kernels": ("out_channels",),
    "heads": ("num_heads",),
    **dict.fromkeys(("prob", "probability", "dropout", "ratio"), ("p",)),
    "factor": ("scale_factor", "upscale_factor"),
}
"""What people write for an argument, and which one they mean, if the layer has it."""


def layer_advice(word: str, value: Tree) -> str:
    """Return what to write for a word that is no layer, with the branch that stands there, or ""."""
    plain = word.casefold().replace("_", "").replace("-", "")
    advice = LAYER_ADVICE.get(plain, "")
    if isinstance(value, Items):
        said = shown(value, 200)
        advice = {_RESIDUAL: f"- add: [previous, {said}]", "- block: [relu]": f"- block: {said}"}.get(advice, advice)
    return advice


def slipped(cls: type[Layer], argument: str) -> list[str]:
    """Return the argument of a layer that a word like `kernel` means, or []."""
    return [name for name in SLIPS.get(argument.lower(), ()) if name in field_names(cls)][:1]


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
