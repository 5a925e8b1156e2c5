"""What stands in the boxes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cnnshape.layers.base import Layer
from cnnshape.render.figures.architecture.units import Unit
from cnnshape.render.map_sizes import times_signs
from cnnshape.render.metrics import fitted, text_width

__all__ = ["broken", "listed", "longest_word", "names_of", "operator", "short_name", "side_words", "stem", "wrapped"]

_SHORT = {"BatchNorm": "BN", "LayerNorm": "LN", "GroupNorm": "GN", "InstanceNorm": "IN", "LocalResponseNorm": "LRN"}
_TIMES = re.compile(r"(?<![^ ])x(?=\d)")
_NAMES = 40  # listed at most
_WORD = re.compile(r"[^ -]*-|[^ -]+ *| +")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<= )|(?<=[_.-])")


def operator(unit: Unit, kernel: str, stride: str, rate: str) -> tuple[str, str]:
    """Return the operator and its arguments: ``("Conv", "3×3 /2")``, ``("DWConv", "k×k /s")``, ``("Linear", "")``.

    What can be read off the shape below, such as the width of a linear layer, is not said twice.
    """
    layer = unit.layer
    if layer is None:
        return unit.card.name, ""
    name = type(layer).__name__
    if name == "Input":
        return name, ""
    if kernel:
        words = [kernel, f"/{stride}" if stride else "", f"rate {rate}" if rate else ""]
        return _named(unit, name), " ".join(filter(None, words))
    if name == "Linear":
        return name, ""
    if name.startswith("Adaptive") and getattr(layer, "output_size", None) in (1, (1,), (1, 1), (1, 1, 1)):
        return name.replace("Adaptive", "Global"), ""
    label = _TIMES.sub("×", times_signs(layer.label()))
    first, _, rest = label.partition(" ")
    return (first, rest) if rest[:1].isdigit() or rest[:1] == "×" else (label, "")


def _named(unit: Unit, name: str) -> str:
    groups = getattr(unit.layer, "groups", 1)
    if name != "Conv" or groups == 1:
        return name
    channels = unit.takes[0].shape[1] if unit.takes and len(unit.takes[0].shape) > 1 else None
    return "DWConv" if groups == channels else "Grouped conv"


def side_words(layers: Sequence[Layer]) -> str:
    """Return the names of normalizations and activations: ``BN, ReLU``."""
    return ", ".join(short_name(layer) for layer in layers)


def short_name(layer: Layer) -> str:
    """Return the name of a layer that stands beside another."""
    return _SHORT.get(type(layer).__name__, type(layer).__name__)


def broken(name: str, arguments: str, width: float, size: float, most: int = 3) -> tuple[str, ...]:
    """Return an operator on lines of at most `width`: its name, broken between words and humps, then its arguments.

    Examples
    --------
    >>> broken("ConvTranspose", "2×2 /2", 34, 7), broken("AdaptiveAvgPool", "", 30, 7)
    (('Conv', 'Transpose', '2×2 /2'), ('Adaptive', 'AvgPool'))
    """
    lines = [""]
    for piece in filter(None, _HUMP.split(name[:400])):
        if lines[-1] and text_width(f"{lines[-1]}{piece}".strip(), size) > width:
            lines.append("")
        lines[-1] += piece
    kept = [line.strip() for line in lines]
    room = most - bool(arguments)
    if len(kept) > room:
        kept = [*kept[: room - 1], "".join(lines[room - 1 :]).strip()]
    return tuple(fitted(line, 1.4 * width, size) for line in (*kept, arguments) if line)


def wrapped(text: str, width: float, size: float, most: int = 2) -> tuple[str, ...]:
    """Return a text on at most so many lines, broken at blanks and behind hyphens.

    Examples
    --------
    >>> wrapped("squeeze-and-excitation, identity shortcut", 60, 7, 4)
    ('squeeze-and-', 'excitation, identity', 'shortcut')
    """
    lines: list[str] = []
    for word in _WORD.findall(text[:4000]):
        if lines and text_width(f"{lines[-1]}{word}".rstrip(), size) <= width:
            lines[-1] += word
        else:
            lines.append(word)
    kept = lines if len(lines) <= most else [*lines[: most - 1], "".join(lines[most - 1 :])]
    return tuple(fitted(line.rstrip(), width, size) for line in kept)


def longest_word(text: str, size: float) -> float:
    """Return the width of the longest piece of a text that `wrapped` does not break."""
    return max((text_width(word.rstrip(), size) for word in _WORD.findall(text[:4000])), default=0.0)


def names_of(names: Sequence[str]) -> list[str]:
    """Return names, numbered neighbors as a range.

    Examples
    --------
    >>> names_of(["layer1.1", "layer1.2", "layer2.1", "head"])
    ['layer1.1–2', 'layer2.1', 'head']
    """
    out: list[list[str]] = []
    for name in names:
        start, number = _numbered(name)
        if out and number is not None and _numbered(out[-1][-1]) == (start, number - 1):
            out[-1].append(name)
        else:
            out.append([name])
    return [run[0] if len(run) == 1 else f"{run[0]}–{_numbered(run[-1])[1]}" for run in out]


def listed(names: Sequence[str], count: int, width: float, size: float, most: int = 3) -> tuple[str, ...]:
    """Return names on at most so many lines; of too many the first, and how many blocks there are."""
    lines: tuple[str, ...] = ()
    for kept in range(min(len(names), _NAMES), 0, -1):
        rest = "" if kept == len(names) else f", … ({count} blocks)"
        lines = wrapped(", ".join(names[:kept]) + rest, width, size, most + 1)
        if len(lines) <= most:
            break
    return lines[:most]


def stem(names: Sequence[str]) -> str:
    """Return what the names of some blocks have in common, without numbers, as a word; "" if that is nothing.

    Examples
    --------
    >>> stem(["features.transition1", "features.transition2"]), stem(["rnn.0"]), stem(["a", "b"])
    ('transition', '', '')
    """
    shared = {re.sub(r"[\W\d_]+$", "", name[:1000].rpartition(".")[2]) for name in names}
    word = shared.pop()
    return word.replace("_", " ") if len(word) > 1 and not shared else ""


def _numbered(name: str) -> tuple[str, int | None]:
    found = re.fullmatch(r"(.*?)(\d{1,9})", name, re.DOTALL)
    return (found[1], int(found[2])) if found else (name, None)
