"""What operators are read as, remembered: a network repeats itself, as do networks that are read one after another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from marshal import dumps
from typing import Any, Protocol

from cnnshape.formats.reading.numbers import is_short
from cnnshape.formats.reading.records import Record
from cnnshape.layers.base import Layer, Spec, Weight
from cnnshape.layers.foreign import Fixed, Known, Made, Operator, Row, Use
from cnnshape.layers.sized import symbols_of
from cnnshape.symbolic import Dim, symbols
from cnnshape.symbolic.names import is_fresh

__all__ = ["Asks", "read_row", "spec_of", "weights_of"]

_MOST = 4096
_MOST_ANSWERS = 64
"""Different answers to one question, and elements of an answer, that are remembered."""
_PLAIN = 2
"""A version of marshal whose bytes depend on the values alone, and tell 1 from 1.0 and from True."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a row asks next of operators that are alike so far, and what follows from each answer.

    Parameters
    ----------
    what : the name of a method of `Operator`
    position : the input that is meant
    after : answer -> the next question, or what the row makes
    """

    what: str
    position: int
    after: dict[Any, _Asked | Made] = field(default_factory=dict)


_MADE: dict[Any, _Asked | Made] = {}


class Asks(Protocol):
    """What a row may ask of the tensors that its operator takes (see `Operator`)."""

    def values(self, position: int) -> tuple[Any, ...] | None: ...

    def stored(self, position: int) -> bool: ...

    def learned(self, position: int) -> bool: ...


def read_row(row: Row, record: Record, inputs: tuple[Spec | None, ...], wanted: tuple[bool, ...], asks: Asks) -> Made:
    """Return what a row makes of an operator.

    It is remembered for operators that are alike and give the same answers: a row is a function of its operator.
    """
    key = None
    try:
        # An attribute that is a tensor or a graph is no plain value.
        attributes = dumps({**record.attributes}, _PLAIN)
    except ValueError:
        pass
    else:
        key = row.read, record.operator, record.version, attributes, inputs, wanted
        found = _MADE.get(key)
        while isinstance(found, _Asked):
            found = found.after.get(getattr(asks, found.what)(found.position))
        if found is not None:
            return found
    operator = Operator(
        record.operator, record.version, record.attributes, inputs, wanted, asks.values, asks.stored, asks.learned
    )
    return row.read(operator) if key is None else _noted(row, operator, key)


def _noted(row: Row, operator: Operator, key: Any) -> Made:
    """Return what a row makes of an operator, and note what it asked."""
    asked: dict[tuple[str, int], Any] = {}

    def noting(what: str) -> Callable[[int], Any]:
        ask = getattr(operator, what)

        def answer(position: int) -> Any:
            found = asked[what, position] = ask(position)
            return found

        return answer

    values, stored, learned = map(noting, ("values", "stored", "learned"))
    made = row.read(operator._replace(values=values, stored=stored, learned=learned))
    if not _lasting(made) or any(isinstance(each, tuple) and len(each) > _MOST_ANSWERS for each in asked.values()):
        return made
    if len(_MADE) >= _MOST:
        _MADE.clear()
    known: dict[Any, _Asked | Made] = _MADE
    for (what, position), answer in asked.items():
        question = known.setdefault(key, _Asked(what, position))
        assert isinstance(question, _Asked)  # the same answers so far lead to the same question
        known, key = question.after, answer
        if len(known) >= _MOST_ANSWERS:
            known.clear()
    known[key] = made
    return made


def _lasting(made: Any) -> bool:
    """Say whether something may be used again: few numbers, no size that is new each time."""
    if isinstance(made, tuple):
        return all(map(_lasting, made))
    if isinstance(made, Use):
        return not any(map(is_fresh, symbols_of(made.layer))) and all(map(_lasting, made.inputs))
    if isinstance(made, Known):
        return is_short(made) and not (made.free and any(map(_is_new, made.load().flat)))
    return made is None or isinstance(made, (int, Fixed))


def _is_new(number: Any) -> bool:
    return isinstance(number, Dim) and any(map(is_fresh, symbols(number)))


@lru_cache(_MOST)
def spec_of(shape: tuple[int, ...], dtype: str) -> Spec:
    """Return the spec of a tensor whose sizes are numbers, remembered."""
    return Spec(shape, dtype)


def weights_of(layer: Layer, specs: tuple[Spec, ...]) -> Mapping[str, Weight]:
    """Return the weights of a layer on its inputs, remembered."""
    found = _WEIGHTS.get((layer, specs))
    if found is None:
        if len(_WEIGHTS) >= _MOST:
            _WEIGHTS.clear()
        found = _WEIGHTS[layer, specs] = layer.weights(specs)
    return found


_WEIGHTS: dict[tuple[Layer, tuple[Spec, ...]], Mapping[str, Weight]] = {}
