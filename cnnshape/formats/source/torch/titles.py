"""What the classes of a PyTorch file are called, and what is said of the whole network."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from cnnshape.formats.source.torch.classes import Body
from cnnshape.formats.source.torch.names import camel
from cnnshape.graph.propagate import Propagation
from cnnshape.layers.base import shape_text

__all__ = ["docstring", "title"]

_WIDTH = 100


_TOO_PLAIN = ("Conv", "Linear", "Layer", "Module", "Sequential", "Tensor", "Net")


def title(paths: Sequence[str], body: Body) -> str:
    """Return the name of a class: what its blocks have in common, else what they are made of."""
    locals_ = [path.rpartition(".")[2] for path in paths]
    named = sorted({name for name in locals_ if not name.isdigit()})
    known = _by_kind(body)
    if len(named) == 1:
        made = camel(named[0])
        return f"{made}Block" if made in _TOO_PLAIN else made
    if len(named) == len(set(locals_)) and named:
        stem = re.sub(r"[\W\d_]+$|_?\d+\w?$", "", _start(named))
        if len(stem) >= 2:
            return camel(stem)
    if known:
        return known
    outer = {path.rpartition(".")[0].rpartition(".")[2] for path in paths} - {""}
    stem = re.sub(r"[\W\d_]+$", "", _start(sorted(outer)))
    return f"{camel(stem)}Block" if len(stem) >= 3 and not stem.isdigit() else "Block"


def _start(names: Sequence[str]) -> str:
    """Return what all names start with."""
    columns = zip(*names, strict=False)
    return "".join(column[0] for column in takewhile(lambda column: len(set(column)) == 1, columns))


def _by_kind(body: Body) -> str:
    """Return the usual name of a block of such layers, "" if there is none."""
    words = body.words
    convs = [word for word in words if word.startswith("Conv")]
    if "MultiheadAttention" in words:
        return "EncoderBlock"
    if "Add" in words:
        if "Depthwise" in words:
            return "InvertedResidual"
        if convs[:3] == ["Conv1", "Conv3", "Conv1"]:
            return "Bottleneck"
        if convs[:2] == ["Conv3", "Conv3"]:
            return "BasicBlock"
        return "ResidualBlock"
    if "Concat" in words and "block" in words:
        return "InceptionBlock"
    if len(convs) == 2 and len(words) <= 6:
        return "DoubleConv"
    if len(convs) + words.count("Depthwise") == 1 and len(words) <= 3 and (convs or "Depthwise" in words):
        short = {"BatchNorm": "BN"}
        rest = [short.get(word, word) for word in words if not word.startswith(("Conv", "Depthwise"))]
        return "".join(["Conv" if convs else "DepthwiseConv", *rest])
    return ""


def docstring(found: Propagation, free: tuple[str, ...] | None) -> list[str]:
    """Return the lines of the text on a network: of the file, where `free` is None, else of its class.

    No character of a name can end the text.
    """
    network = found.network
    name = _harmless(network.name)
    if free is None:
        return [f'"""{name[: _WIDTH - 40]} as a PyTorch module."""']
    ins = [_harmless(shape_text(found.specs[node.name].shape)) for node in network.inputs]
    outs = [_harmless(shape_text(found.specs[tensor].shape)) for tensor in network.outputs.values()]
    short = f"{name}: {ins[0]} to {outs[0]}." if len(ins) == len(outs) == 1 else ""
    if short and len(short) <= _WIDTH - 10 and not free:
        return [f'    """{short}"""']
    rows = [f"{_harmless(node.name)} {shape}" for node, shape in zip(network.inputs, ins, strict=True)]
    lines = [f'    """{name[: _WIDTH - 8]}.', "", f"    Inputs: {'; '.join(rows)}"]
    given = [f"{_harmless(output)} {shape}" for output, shape in zip(network.outputs, outs, strict=True)]
    lines.append(f"    Outputs: {'; '.join(given)}")
    if free:
        lines.append(f"    Arguments: {', '.join(map(_harmless, free))}, sizes that weights follow")
    return [*(_cut(line) for line in lines), '    """']


def _cut(line: str) -> str:
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 3]}..."


def _harmless(text: str) -> str:
    """Return a text that a docstring can hold: printed, one line, no quotes that end it, nothing escaped."""
    shown = "".join(char if char.isprintable() and char not in '"\\' else " " for char in text)
    return " ".join(shown.split()).rstrip(".") or "Network"
