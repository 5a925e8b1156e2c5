"""What operators are read as, remembered: a network repeats itself, as do networks that are read one after another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from marshal import dumps
from typing import Any, TypeAlias

from cnnshape.layers.base import Layer, Spec, Weight
from cnnshape.layers.foreign import Made, Operator, Row, Use
from cnnshape.layers.sized import symbols_of
from cnnshape.symbolic.names import is_fresh

__all__ = ["read_row", "weights_of"]

_MOST = 4096
_MOST_ANSWERS = 8
_PLAIN = 2
"""A version of marshal whose bytes depend on the values alone, and tell 1 from 1.0 and from True."""

Question: TypeAlias = "tuple[bool, int]"
"""Whether an input is learned, or else stored; which input."""
_MADE: dict[Any, list[tuple[tuple[tuple[Question, bool], ...], Made]]] = {}


def read_row(row: Row, operator: Operator) -> Made:
    """Return what a row makes of an operator.

    It is remembered for operators that are alike, if the row looked at no numbers: a row is a function of its operator.
    """
    try:
        # An attribute that is a tensor or a graph is no plain value.
        key = (
            row,
            operator.name,
            operator.version,
            dumps({**operator.attributes}, _PLAIN),
            operator.inputs,
            operator.wanted,
        )
    except ValueError:
        return row.read(operator)
    known = _MADE.get(key)
    if known is None:
        if len(_MADE) >= _MOST:
            _MADE.clear()
        known = _MADE[key] = []
    for asked, made in known:
        if _answers(operator, asked):
            return made
    if len(known) >= _MOST_ANSWERS:
        return row.read(operator)
    asked_now: dict[Question, bool] = {}
    looked = False

    def values(position: int) -> Any:
        nonlocal looked
        looked = True
        return operator.values(position)

    def noting(ask: Callable[[int], bool], about_learned: bool) -> Callable[[int], bool]:
        def answer(position: int) -> bool:
            found = asked_now[about_learned, position] = ask(position)
            return found

        return answer

    stored, learned = noting(operator.stored, False), noting(operator.learned, True)
    made = row.read(replace(operator, values=values, stored=stored, learned=learned))
    if not looked and _lasting(made):
        known.append((tuple(asked_now.items()), made))
    return made


def _answers(operator: Operator, asked: tuple[tuple[Question, bool], ...]) -> bool:
    """Say whether questions have the same answers for another operator."""
    for (about_learned, position), answer in asked:
        if (operator.learned if about_learned else operator.stored)(position) is not answer:
            return False
    return True


def _lasting(made: Any) -> bool:
    """Say whether something may be used again: no numbers of one model, no size that is new each time."""
    if isinstance(made, tuple):
        return all(map(_lasting, made))
    if isinstance(made, Use):
        return not any(map(is_fresh, symbols_of(made.layer))) and all(map(_lasting, made.inputs))
    return made is None or isinstance(made, int)


def weights_of(layer: Layer, specs: tuple[Spec, ...]) -> Mapping[str, Weight]:
    """Return the weights of a layer on its inputs, remembered."""
    found = _WEIGHTS.get((layer, specs))
    if found is None:
        if len(_WEIGHTS) >= _MOST:
            _WEIGHTS.clear()
        found = _WEIGHTS[layer, specs] = layer.weights(specs)
    return found


_WEIGHTS: dict[tuple[Layer, tuple[Spec, ...]], Mapping[str, Weight]] = {}
