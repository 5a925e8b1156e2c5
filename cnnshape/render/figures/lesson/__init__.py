"""Figures for a lesson: what one layer does, drawn with its own numbers."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cnnshape.errors import UsageError

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts
    from cnnshape.render.figures.lesson.options import Options
    from cnnshape.render.figures.lesson.subject import Subject
    from cnnshape.render.scene import Scene

__all__ = ["FIGURES", "checked", "figure"]

FIGURES = {
    "window": "the window sliding over the grid: first, second and last place, stride, padding, what is left out",
    "values": "the products and the sum behind one output value, its bias and its activation",
    "connections": "sparse beside full connections, shared weights, and how many of each there are",
    "shift": "an input that moves, and what its map does",
    "receptive-field": "what an output position sees of the input, layer by layer and as an area",
    "curve": "the activation's values and slope, and where it is saturated",
}
"""Name of each figure, and what it shows."""


def figure(facts: Facts, layer: str, name: str, options: Options | None = None) -> Scene:
    """Return a figure of a layer.

    Parameters
    ----------
    facts : of the network; sizes that are free are drawn at some that fit, which the figure says
    layer : its name; "" for the only layer, or for the curves of all activations
    name : one of `FIGURES`
    options : Options

    Raises
    ------
    UsageError
        CS001, no such figure, or none of this layer; CS005, no such layer; CS013, no such place in its output.

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> from cnnshape.analysis.report import facts
    >>> x = Input("map", (1, 5, 5))
    >>> net = Network("one layer", inputs=x, outputs=L.Conv(1, kernel_size=3)(x))
    >>> drawn = figure(facts(net), "conv1", "window")
    >>> drawn.title, drawn.width
    ('The sliding window of conv1', 252.0)
    """
    from cnnshape.render.figures.lesson.options import Options
    from cnnshape.render.figures.lesson.subject import subject

    name, options = checked(name), options or Options()
    module = _module(name)
    if not layer and name == "curve":
        return _curves(facts, options)
    about = subject(facts, layer or _only(facts))
    why = module.refusal(about)
    if why:
        raise _refused(about, name, why)
    drawn: Scene = module.draw(about, options)
    return drawn


def checked(name: str) -> str:
    """Return the name of a figure.

    Raises
    ------
    UsageError
        CS001, there is no such figure.
    """
    plain = str(name).replace("_", "-").lower()
    if plain in FIGURES:
        return plain
    from difflib import get_close_matches

    meant = {"receptive": "receptive-field", "field": "receptive-field", "activation": "curve", "value": "values"}
    near = [meant[plain]] if plain in meant else get_close_matches(plain, FIGURES, 1)
    raise UsageError(
        f"there is no figure {name!r}",
        got=name,
        rule=f"a figure is {', '.join(FIGURES)}",
        fix=f"did you mean {near[0]}?" if near else "window",
    )


def _module(name: str) -> Any:
    return import_module(f"cnnshape.render.figures.lesson.{name.replace('-', '_')}")


def _only(facts: Facts) -> str:
    """Return the one layer of a network, or "" if it has several."""
    names = [node.name for node in facts.network.nodes if node.inputs]
    return names[0] if len(names) == 1 else ""


def _curves(facts: Facts, options: Options) -> Scene:
    from cnnshape.render.figures.lesson.curve import draw_all
    from cnnshape.render.figures.lesson.sampled import activations_of

    if not activations_of(facts):
        raise UsageError(
            f"{facts.model} has no activation of one number",
            got="curve",
            rule="a curve is drawn of activations that work on each number by itself",
            fix="name a layer, and one of its figures: window",
        )
    return draw_all(facts, options)


def _refused(about: Subject, name: str, why: str) -> UsageError:
    """Return the error for a figure that a layer has not, with those that it has."""
    have = [each for each in FIGURES if each != name and not _module(each).refusal(about)]
    return UsageError(
        f"{about.name} has no figure {name}: {why}",
        got=name,
        needed=have,
        layer=f"{about.layer.label()}",
        rule=f"figures of {about.name}: {', '.join(have)}" if have else f"nothing of {about.name} can be drawn",
        fix=f"--figure {have[0]}" if have else "another layer",
    )
