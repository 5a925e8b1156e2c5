"""The answer of a calculator: the size after one layer, the rule, the rule with the numbers put in, and the counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from cnnshape.analysis.counts import count
from cnnshape.analysis.derivation.steps import steps
from cnnshape.analysis.quantity import one_image
from cnnshape.errors import ShapeError
from cnnshape.layers.base import Condition, Context, Layer, Spec, in_space
from cnnshape.layers.conv import ConvTranspose
from cnnshape.render.labels import row
from cnnshape.render.reading import map_words
from cnnshape.render.shapes import shape_text
from cnnshape.render.units import count_text, exact
from cnnshape.symbolic import Size, dim, solve, symbols, text

if TYPE_CHECKING:
    from cnnshape.analysis.derivation.data import Step, Topic

__all__ = ["answer", "latex_answer", "spread"]

_AXES = {1: ("",), 2: ("H", "W"), 3: ("D", "H", "W")}


def answer(layer: Layer, x: Spec, *, whole: bool) -> tuple[list[str], Layer, Spec]:
    """Return the lines of the answer, the layer with its paddings on every axis, and its output.

    Parameters
    ----------
    layer, x : the layer and its input, batch first
    whole : whether channels are shown too, and what the layer costs

    Raises
    ------
    ShapeError
        The layer's own, where the input does not fit.
    """
    ctx = Context()
    layer = spread(layer, len(x.shape) - 2)
    try:
        (y, *_) = layer.outputs((x,), ctx)
    except ShapeError as error:
        error = _in_letters(error, layer, x)
        if whole or len(x.shape) > 3:
            raise error from None
        raise error.at(message=error.fault.message.removeprefix("axis L: ")) from None  # the axis has no name here
    shown = slice(1, None) if whole else slice(2, None)
    out = [f"{shape_text(x.shape[shown], '')} -> {shape_text(y.shape[shown], '')}", ""]
    if whole:
        out += row("input", map_words(x.shape[1:]))
        if first := _channels_first(x.shape[1:]):
            out += row("note", first)
    out += _derivation(layer, x)
    if whole and layer.weights((x,)):
        out += _costs(layer, x, y)
    if ctx.conditions:
        out += row("fits", ", ".join(_condition(condition) for condition in ctx.conditions))
    return out, layer, y


def latex_answer(layer: Layer, x: Spec, *, whole: bool) -> str:
    """Return the answer in LaTeX; parameters as those of `answer`."""
    from cnnshape.analysis.derivation.data import Derivation
    from cnnshape.analysis.derivation.params import params_topic
    from cnnshape.analysis.derivation.size import size_topic
    from cnnshape.analysis.derivation.work import Pass, macs_topic
    from cnnshape.render.latex import explanation

    _, layer, _ = answer(layer, x, whole=whole)
    x = Spec((dim("N"), *x.shape[1:]))
    outputs = layer.outputs((x,), Context())
    topics = [size_topic(layer, (x,), outputs)]
    if not whole:
        topics = [_of_space(topics[0], x.shape[2:], outputs[0].shape[2:])]
    elif layer.weights((x,)):
        use = Pass(layer, (x,), outputs, "N")
        macs = count(layer, (x,), outputs).work.macs
        topics += [params_topic(layer, (x,), outputs), macs_topic(use, one_image(macs, "N"))]
    return explanation(Derivation(in_space(layer, len(x.shape) - 2).label(), "", "", "", tuple(topics)))


def _of_space(topic: Topic, before: tuple[Size, ...], after: tuple[Size, ...]) -> Topic:
    """Return how the sizes of space come about, without batch and channels."""
    kept: list[Step] = []
    shown = False
    for step in topic.steps:
        shown = not {"batch", "C"} & {*step.label.split(", ")} if step.label else shown
        if shown:
            kept.append(replace(step, label="" if step.label == "L" else step.label))
    sides = " -> ".join(shape_text(sizes, "") for sizes in (before, after))
    return replace(topic, result=sides, steps=tuple(kept))


def spread(layer: Layer, rank: int) -> Layer:
    """Return the layer with a lone pair of paddings given to every axis."""
    padding = getattr(layer, "padding", 0)
    if rank > 1 and isinstance(padding, tuple) and len(padding) == 1:
        return replace(layer, padding=padding * rank)  # type: ignore[type-var]  # a layer is a dataclass
    return layer


def _in_letters(error: ShapeError, layer: Layer, x: Spec) -> ShapeError:
    """Return the error with the rule in the letters of the answers, and the numbers put in."""
    if error.code != "CS203":
        return error
    for axis, window in sorted(layer.window((x,)).axes.items()):
        found = steps(x.shape[axis], window)
        if isinstance(found.size, int) and found.size < 1:
            return error.at(rule="\n".join([f"{found.rule} must be >= 1", *found.filled, f"with {found.letters}"]))
    return error


def _channels_first(sizes: tuple[Size, ...]) -> str:
    """Return the map that was probably meant where the channels of an image stand last, or ""."""
    if len(sizes) != 3 or not all(isinstance(size, int) for size in sizes):
        return ""
    height, width, last = sizes
    if last not in (1, 3) or min(height, width) <= 3 or (last == 1 and height != width):
        return ""
    return f"channels stand first: an image of {last} channel{'s' * (last != 1)} is {last}x{height}x{width}"


def _derivation(layer: Layer, x: Spec) -> Iterator[str]:
    windows = layer.window((x,)).axes
    found = [steps(x.shape[axis], window) for axis, window in sorted(windows.items())]
    for rule, letters in dict.fromkeys((each.rule, each.letters) for each in found):
        yield from row("rule", rule)
        yield from row("where", letters)
    names = _AXES[len(found)] if len({(each.filled, each.cut_off) for each in found}) > 1 else ("",)
    for name, each in zip(names, found, strict=False):
        label = name
        for line in (*each.filled, *([f"cut off: {each.cut_off}"] if each.cut_off else [])):
            yield from row(label, line)
            label = ""


def _costs(layer: Layer, x: Spec, y: Spec) -> Iterator[str]:
    counted = count(layer, (x,), (y,))
    weights = layer.weights((x,))
    products = " + ".join("*".join(text(size) for size in weight.shape) for weight in weights.values())
    yield from row("parameters", f"{products} = {_number(counted.params)}")
    kernel = weights["weight"].shape
    places = x.shape[2:] if isinstance(layer, ConvTranspose) else y.shape[2:]
    macs = "*".join(_factor(size) for size in (*kernel, *places))
    yield from row("MACs", f"{macs} = {_number(counted.work.macs)}")


def _factor(size: Size) -> str:
    written = text(size)
    return f"({written})" if " " in written else written


def _number(size: Size) -> str:
    if not isinstance(size, int):
        return text(size)
    return exact(size) if size < 10_000 else f"{exact(size)} ({count_text(size)})"


def _condition(condition: Condition) -> str:
    names = symbols(condition.expr)
    if len(names) != 1:
        return str(condition)
    (name,) = names
    return str(solve(condition.expr, condition.op, name).named(name))
