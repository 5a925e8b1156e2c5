"""Diagrams to write: small ones by hand with hostile names, and networks of the zoo."""

from dataclasses import fields
from functools import cache
from typing import Any

from hypothesis import strategies as st

import cnnshape
from cnnshape.render.diagram import Card, Diagram, Link, diagram
from cnnshape.render.palette import ROLES
from tests.render.scenes import HOSTILE


def card(number: int, name: str, **parts: Any) -> Card:
    """A card of a layer whose every word is its name, where nothing else is said."""
    words = {field.name: "" for field in fields(Card)} | {"op": name, "shape": name, "tip": f"{name}\n{name}"}
    rest = {"id": f"v{number}", "name": name, "sort": "row", "role": "conv", "times": 1, "nodes": (number,)}
    return Card(**words | rest | {"block": False, "params": 1, "macs": 1, "held": False} | parts)


def chain(*names: str, **parts: Any) -> Diagram:
    """A diagram of cards of these names, each linked to the next."""
    cards = tuple(card(i, name, **parts) for i, name in enumerate(names))
    links = tuple(Link(i, i + 1, names[i], crossed=i % 2 == 1) for i in range(len(names) - 1))
    return Diagram(names[0], "layer", cards, links, (f"s1 = {names[-1]}",))


@cache
def of_zoo(name: str, detail: str | None = None) -> Diagram:
    return diagram(cnnshape.report(f"zoo:{name}").facts, detail)  # type: ignore[arg-type]


_names = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=12), st.sampled_from(("a.b.c", "a.b.d", "a.e", "a")))
_cards = st.builds(
    dict,
    name=_names,
    role=st.sampled_from(tuple(ROLES)),
    sort=st.sampled_from(("input", "row", "output")),
    extra=_names,
    sign=st.sampled_from(("", "+")),
    times=st.integers(1, 3),
    fault=_names,
    held=st.booleans(),
    tip=_names,
)


@st.composite
def diagrams(draw: st.DrawFn) -> Diagram:
    """Any small diagram, hostile names among it."""
    cards = tuple(card(i, **parts) for i, parts in enumerate(draw(st.lists(_cards, max_size=6))))
    pairs = [(a, b) for b in range(len(cards)) for a in range(b)]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=8)) if pairs else []
    links = tuple(Link(a, b, draw(_names), draw(st.booleans())) for a, b in chosen)
    return Diagram(draw(_names), "layer", cards, links, tuple(draw(st.lists(_names, max_size=2))))
