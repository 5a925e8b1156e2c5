"""Operators of ATen, as exported programs have them, in the words of PyTorch's functions that the tables read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["VIEWS", "Call", "spelled"]

_END = 2**63 - 1
_LEFT_OUT = (
    "cudnn_enabled",
    "cudnn_enable",
    "half_to_float",
    "implicit",
    "sparse_grad",
    "path",
    "non_blocking",
    "copy",
)
"""Arguments that change neither shapes nor values."""
VIEWS = frozenset(
    (
        *("view", "_unsafe_view", "reshape", "flatten", "permute", "transpose", "t", "unsqueeze", "squeeze", "expand"),
        *("select", "slice", "narrow", "split", "split_with_sizes", "chunk", "unbind", "unflatten", "detach", "alias"),
        *("view_as", "expand_as", "contiguous", "to", "movedim", "swapaxes", "diagonal", "unfold", "dropout", "mT"),
    )
)
"""Operators whose output may be the same numbers in memory as their input."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function of PyTorch with its arguments; `weights` by name and `fields` make it a module's."""

    operator: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    weights: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)


def _named(operator: str, words: str, **more: Any) -> Callable[[Mapping[str, Any]], Call]:
    """Return what takes arguments by name, in order; a word may be ``new=old``."""
    pairs = [(word.partition("=")[0], word.partition("=")[2] or word) for word in words.split()]
    return lambda given: Call(operator, (), {new: given[old] for new, old in pairs if old in given} | more)


def _slice(given: Mapping[str, Any]) -> Call:
    dim, end = given.get("dim", 0), given.get("end")
    cut = slice(given.get("start"), None if end == _END else end, given.get("step", 1))
    before = (slice(None),) * dim if dim >= 0 else (Ellipsis,)
    after = (slice(None),) * (-1 - dim) if dim < 0 else ()
    return Call("getitem", (given["self"], (*before, cut, *after)))


def _index(given: Mapping[str, Any]) -> Call:
    return Call("getitem", (given["self"], tuple(slice(None) if each is None else each for each in given["indices"])))


def _resized(mode: str) -> Callable[[Mapping[str, Any]], Call]:
    def make(given: Mapping[str, Any]) -> Call:
        scales = [given[name] for name in ("scales_d", "scales_h", "scales_w", "scales") if given.get(name) is not None]
        factors = given.get("scale_factors") or tuple(scales) or None
        size = None if factors else given.get("output_size")
        more = {"align_corners": given["align_corners"]} if given.get("align_corners") else {}
        return Call(
            "interpolate",
            (given.get("input", given.get("self")),),
            {"size": size, "mode": mode, **more} | {"scale_factor": factors},
        )

    return make


def _convolution(given: Mapping[str, Any]) -> Call:
    words = ["input", "weight", "bias", "stride", "padding", "dilation", "groups"]
    rank = len(given["stride"])
    if given["transposed"]:
        return _named(f"conv_transpose{rank}d", " ".join([*words, "output_padding"]))(given)
    return _named(f"conv{rank}d", " ".join(words))(given)


def _recurrent(kind: str) -> Callable[[Mapping[str, Any]], Call]:
    def make(given: Mapping[str, Any]) -> Call:
        directions = ("", "_reverse") if given["bidirectional"] else ("",)
        parts = ["weight_ih", "weight_hh", *(["bias_ih", "bias_hh"] if given["has_biases"] else [])]
        layers = range(given["num_layers"])
        names = [f"{part}_l{layer}{end}" for layer in layers for end in directions for part in parts]
        if len(names) < len(given["params"]):  # with a projection
            parts.append("weight_hr")
            names = [f"{part}_l{layer}{end}" for layer in layers for end in directions for part in parts]
        fields = {name: given[name] for name in ("num_layers", "dropout", "bidirectional", "batch_first")}
        fields |= {"bias": given["has_biases"]} | ({"nonlinearity": kind[4:]} if kind.startswith("RNN") else {})
        weights = dict(zip(names, given["params"], strict=True))
        return Call(kind[:3] if kind[:3] == "RNN" else kind, (given["input"], given["hx"]), {}, weights, fields)

    return make


def _grid(given: Mapping[str, Any]) -> Call:
    modes, paddings = ("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection")
    stated = {"mode": modes[given["interpolation_mode"]], "padding_mode": paddings[given["padding_mode"]]}
    return Call("grid_sample", (given["input"], given["grid"]), {**stated, "align_corners": given["align_corners"]})


def _variance(operator: str) -> Callable[[Mapping[str, Any]], Call]:
    return lambda given: Call(
        operator,
        (given["self"],),
        {name: given[name] for name in ("dim", "unbiased", "keepdim", "correction") if given.get(name) is not None},
    )


_BATCH_NORM = "input running_mean running_var weight bias"
_OTHER: Mapping[str, Callable[[Mapping[str, Any]], Call]] = {
    "slice": _slice,
    "index": _index,
    "convolution": _convolution,
    "batch_norm": _named("batch_norm", f"{_BATCH_NORM} training eps"),
    "_native_batch_norm_legit_no_training": _named("batch_norm", f"{_BATCH_NORM} eps"),
    "instance_norm": _named("instance_norm", f"{_BATCH_NORM} use_input_stats eps"),
    "native_layer_norm": _named("layer_norm", "input normalized_shape weight bias eps"),
    "native_group_norm": _named("group_norm", "input num_groups=group weight bias eps"),
    "embedding": _named("embedding", "input=indices weight"),
    "elu": _named("elu", "input=self alpha"),
    "_softmax": _named("softmax", "input=self dim"),
    "_log_softmax": _named("log_softmax", "input=self dim"),
    "split_with_sizes": _named("split", "input=self split_size=split_sizes dim"),
    "to": _named("to", "input=self dtype"),
    "_to_copy": _named("to", "input=self dtype"),
    "fill": _named("full_like", "input=self fill_value=value"),
    "full": _named("full", "shape=size value=fill_value dtype"),
    "constant_pad_nd": _named("pad", "input=self pad value"),
    "where": _named("where", "condition input=self other"),
    "col2im": _named("fold", "input=self output_size kernel_size dilation padding stride"),
    "grid_sampler": _grid,
    "linalg_vector_norm": _named("norm", "input=self p=ord dim keepdim"),
    "norm": _named("norm", "input=self p dim keepdim"),
    "var": _variance("var"),
    "std": _variance("std"),
    "lstm": _recurrent("LSTM"),
    "gru": _recurrent("GRU"),
    "rnn_tanh": _recurrent("RNN_tanh"),
    "rnn_relu": _recurrent("RNN_relu"),
    "unfold": _named("unfold", "input=self dimension size step"),
    **{f"reflection_pad{n}d": _named("pad", "input=self pad=padding", mode="reflect") for n in (1, 2, 3)},
    **{f"replication_pad{n}d": _named("pad", "input=self pad=padding", mode="replicate") for n in (1, 2, 3)},
    **{f"upsample_nearest{n}d": _resized("nearest") for n in (1, 2, 3)},
    **{f"_upsample_nearest_exact{n}d": _resized("nearest-exact") for n in (1, 2, 3)},
    "upsample_linear1d": _resized("linear"),
    "upsample_bilinear2d": _resized("bilinear"),
    "upsample_bicubic2d": _resized("bicubic"),
    "upsample_trilinear3d": _resized("trilinear"),
    **{
        f"max_pool{n}d_with_indices": _named(
            f"max_pool{n}d", "input=self kernel_size stride padding dilation ceil_mode", return_indices=True
        )
        for n in (1, 2, 3)
    },
}
_PASSED = {
    "_unsafe_view": "view",
    "alias": "clone",
    "lift_fresh_copy": "clone",
    "_adaptive_avg_pool2d": "adaptive_avg_pool2d",
    "_adaptive_avg_pool3d": "adaptive_avg_pool3d",
    "bitwise_not": "invert",
    "bitwise_and": "logical_and",
    "bitwise_or": "logical_or",
    "bitwise_xor": "logical_xor",
    "feature_dropout": "dropout",
}


def spelled(operator: str, given: Sequence[tuple[str, Any, bool]]) -> Call:
    """Return an operator of ATen as a call of a function of PyTorch.

    Parameters
    ----------
    operator : its name without "aten." and the overload
    given : name, value and whether it is given by name, for each argument

    Examples
    --------
    >>> spelled("slice", [("self", "x", False), ("dim", 1, False), ("start", 0, False), ("end", 4, False)]).args
    ('x', (slice(None, None, None), slice(0, 4, 1)))
    >>> spelled("relu_", [("self", "x", False)])
    Call(operator='relu', args=('x',), kwargs={}, weights={}, fields={})
    """
    name = operator.removesuffix("_")
    if name in _OTHER:
        return _OTHER[name]({word: value for word, value, _ in given})
    kept = [each for each in given if each[0] not in _LEFT_OUT]
    args = tuple(value for _, value, by_name in kept if not by_name)
    return Call(_PASSED.get(name, name), args, {word: value for word, value, by_name in kept if by_name})
