"""Layers as other programs write them, said as a design says them: calls, positions, `type: conv`, names as keys."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from cnnshape.formats.design.entries import BESIDE
from cnnshape.formats.design.spellings import ADVICE, field_names, is_keras, spelled
from cnnshape.formats.design.tree import Fields, Items, Scalar, Tree, shown
from cnnshape.layers import catalog

__all__ = ["INPUT_WORDS", "by_position", "called", "entry_text", "named_entry", "typed_entry"]

TYPE_WORDS = ("type", "layer", "layer_type", "kind", "op", "class", "class_name", "module")
"""Keys under which other formats hold the layer's name."""

INPUT_WORDS = ("input", "from", "bottom", "source", "inbound_nodes", "in")
"""Keys under which other formats hold what a layer takes."""

_NESTED_WORDS = ("params", "parameters", "args", "arguments", "kwargs", "config", "options")
_LONGEST_CALL = 500
_LONGEST = 300

_IN_OUT = ("in_channels", "out_channels", "kernel_size", "stride", "padding")
TORCH: Mapping[str, tuple[str, ...]] = {
    "conv": (*_IN_OUT, "dilation", "groups", "bias", "padding_mode"),
    "conv_transpose": (*_IN_OUT, "output_padding", "groups", "bias", "dilation"),
    "linear": ("in_features", "out_features", "bias"),
    "group_norm": ("num_groups", "num_channels", "eps", "affine"),
    "embedding": ("num_embeddings", "embedding_dim", "padding_idx"),
    "multihead_attention": ("embed_dim", "num_heads", "dropout", "bias"),
    **dict.fromkeys(("lstm", "gru", "rnn"), ("input_size", "hidden_size", "num_layers")),
}
"""Arguments in PyTorch's order, where it is not that of the fields."""

KERAS: Mapping[str, tuple[str, ...]] = {
    "conv": ("filters", "kernel_size", "strides", "padding"),
    "conv_transpose": ("filters", "kernel_size", "strides", "padding"),
    "separable_conv": ("filters", "kernel_size", "strides", "padding"),
    "depthwise_conv": ("kernel_size", "strides", "padding"),
    "linear": ("units",),
    "max_pool": ("pool_size", "strides", "padding"),
    "avg_pool": ("pool_size", "strides", "padding"),
    "upsample": ("size",),
}
"""Arguments in Keras's order, for layers that are written as Keras writes them."""

_NEEDED = {"conv": 3, "conv_transpose": 3, "linear": 2, "lstm": 2, "gru": 2, "rnn": 2}
"""How many values PyTorch needs; with fewer, the input side was left out."""


def by_position(word: str, values: Sequence[str], given: Collection[str] = ()) -> list[tuple[str, str]] | None:
    """Return values in the order of PyTorch's arguments, or of Keras's for its names, with their names.

    `given` are the arguments that are there by name.

    Examples
    --------
    >>> by_position("Conv2d", ["3", "8", "5"])
    [('in_channels', '3'), ('out_channels', '8'), ('kernel_size', '5')]
    >>> by_position("Conv2D", ["8", "5"])
    [('filters', '8'), ('kernel_size', '5')]
    """
    found = catalog.lookup(word)
    if found is None:
        return None
    entry = found[0]
    if is_keras(entry.layer, word, []):
        order = KERAS.get(entry.name, ())
    else:
        order = TORCH.get(entry.name) or tuple(n for n in field_names(entry.layer) if n not in ("rank", "dialect"))
        needed = order[: _NEEDED.get(entry.name, 0)]
        if len(values) + len(set(needed).intersection(given)) < len(needed):
            order = order[1:]
    if len(values) > len(order) or set(order[: len(values)]).intersection(given):
        return None
    return list(zip(order, values, strict=False))


def entry_text(word: str, arguments: Iterable[tuple[str, str]], beside: Iterable[tuple[str, str]] = ()) -> str:
    """Return an entry without its dash: ``conv: {...}``, ``{name: a, conv: {...}}``, or one word."""
    inner = ", ".join(f"{name}: {value}" for name, value in arguments)
    layer = f"{word}: {{{inner}}}" if inner else f"{word}: "
    outer = "".join(f"{name}: {value}, " for name, value in beside)
    return f"{{{outer}{layer}}}" if outer else layer if inner else word


def called(text: str, name: str = "") -> list[str]:
    """Return the entries that a call of Python such as ``nn.Conv2d(3, 8, 5)`` stands for; [] if it is none.

    The text is parsed, never run.

    Examples
    --------
    >>> called("nn.Conv2d(3, 8, kernel_size=(3, 5))")
    ['Conv2d: {in_channels: 3, out_channels: 8, kernel_size: [3, 5]}']
    >>> called("layers.Dense(10, activation='softmax')")
    ['Dense: {units: 10}', 'softmax']
    >>> called("nn.Sequential(nn.Flatten(), nn.Linear(400, 10))")
    ['Flatten', 'Linear: {in_features: 400, out_features: 10}']
    """
    if "(" not in text or "\\" in text or len(text) > _LONGEST_CALL:
        return []
    try:
        tree = ast.parse(text.strip().rstrip(","), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    calls = tree.elts if isinstance(tree, ast.Tuple) else [tree]
    while len(calls) == 1 and isinstance(calls[0], ast.Call) and _last(calls[0].func) == "Sequential":
        calls = calls[0].args
        if len(calls) == 1 and isinstance(calls[0], ast.List):
            calls = calls[0].elts
    found: list[str] = []
    for one in calls:
        entries = _of_call(one, name if len(calls) == 1 else "") if isinstance(one, ast.Call) else []
        if not entries:
            return []
        found += entries
    return found


def _last(tree: ast.expr) -> str:
    return tree.attr if isinstance(tree, ast.Attribute) else tree.id if isinstance(tree, ast.Name) else ""


def _of_call(tree: ast.Call, name: str) -> list[str]:
    word = _last(tree.func)
    found = catalog.lookup(word)
    starred = any(isinstance(value, ast.Starred) for value in tree.args)
    if found is None or starred or any(keyword.arg is None for keyword in tree.keywords):
        return []
    cls = found[0].layer
    by_name = [str(keyword.arg) for keyword in tree.keywords]
    arguments = by_position(word, [_written(value) for value in tree.args], by_name)
    if arguments is None:
        return []
    beside = [("name", name)] if name else []
    after = []
    for keyword in tree.keywords:
        key, value = str(keyword.arg), _written(keyword.value)
        if spelled(cls, key, word):
            arguments.append((key, value))
        elif key == "activation" and catalog.lookup(value):
            after.append(value)
        elif key == "name" and not name:
            beside.append((key, value))
        elif not ADVICE.get(key, "").startswith("leave it out"):
            return []
    return [entry_text(word, [pair for pair in arguments if pair[1] != "null"], beside), *after]


def _written(tree: ast.expr) -> str:
    """Return a value of Python as a design writes it."""
    if isinstance(tree, (ast.Tuple, ast.List)):
        return f"[{', '.join(map(_written, tree.elts))}]"
    if isinstance(tree, ast.Constant):
        if isinstance(tree.value, str):
            return tree.value if re.fullmatch(r"[\w.]+", tree.value) else f'"{tree.value}"'
        return {"True": "true", "False": "false", "None": "null"}.get(str(tree.value), str(tree.value))
    text = ast.unparse(tree)
    return f'"{text}"' if "," in text else text


def typed_entry(
    rows: Iterable[tuple[Scalar, Tree]], known: Collection[str], name: str = ""
) -> tuple[Scalar, str] | None:
    """Return the key that holds the layer's name, as in ``{type: conv, out_channels: 8}``, and the entry meant.

    `known` are the names of definitions, which are used like layers.
    """
    rows = list(rows)
    for key, value in rows:
        if key.text.lower() not in TYPE_WORDS or not isinstance(value, Scalar) or not isinstance(value.value, str):
            continue
        word = value.text if value.text in known else value.text.rpartition(".")[2]
        if word not in known and not catalog.lookup(word):
            continue
        beside = [("name", name)] if name else []
        arguments: list[tuple[str, str]] = []
        for other, tree in rows:
            if other.text in INPUT_WORDS and not isinstance(tree, Fields):
                beside.append(("inputs", shown(tree) if isinstance(tree, Items) else f"[{shown(tree)}]"))
            elif other.text in BESIDE:
                beside.append((other.text, shown(tree, _LONGEST)))
            elif other.text in _NESTED_WORDS and isinstance(tree, Fields):
                arguments += [(k.text, shown(v, _LONGEST)) for k, v in tree.rows]
            elif other is not key:
                arguments.append((other.text, shown(tree, _LONGEST)))
        return key, entry_text(word, arguments, beside)
    return None


def named_entry(key: Scalar, value: Tree, known: Collection[str]) -> str:
    """Return the entry that a key with a name of its own means, such as ``conv1: {kernel_size: 3}``; "" if unclear."""
    name, stem = key.text, key.text.rstrip("0123456789_.")
    if not re.fullmatch(r"[\w.-]+", name):
        return ""
    if isinstance(value, Scalar) and isinstance(value.value, str):
        if _is_layer(value.text, known):
            return f"{{name: {name}, {value.text}: }}"
        return next(iter(called(value.text, name)), "")
    if isinstance(value, Fields):
        if found := typed_entry(value.rows, known, name):
            return found[1]
        inner = [k for k, _ in value.rows if k.text not in BESIDE]
        if len(inner) == 1 and _is_layer(inner[0].text, known):
            return f"{{name: {name}, {shown(value, _LONGEST)[1:-1]}}}"
    if isinstance(value, Items) and not _is_layer(stem, known):
        layers = value.rows and all(isinstance(row, Fields) or _is_layer(shown(row), known) for row in value.rows)
        return f"{{name: {name}, block: {shown(value, _LONGEST)}}}" if layers else ""
    return f"{{name: {name}, {stem}: {shown(value, _LONGEST)}}}" if _is_layer(stem, known) else ""


def _is_layer(word: str, known: Collection[str]) -> bool:
    return word in known or word == "block" or catalog.lookup(word) is not None
