"""Numbers that count what is done with them, so that the work of a layer can be read off its plain loops.

A subtraction counts as an addition, a division as a multiplication; signs, copies and arithmetic of constants are free.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


class Counted:
    """A number whose operations go to a tally."""

    __array_ufunc__ = None

    def __init__(self, value: float, tally: Counter[str]) -> None:
        self.value, self.tally = value, tally

    def _made(self, sort: str, value: float) -> Counted:
        self.tally[sort] += 1
        return Counted(value, self.tally)

    def __add__(self, other: Any) -> Counted:
        return self._made("adds", self.value + _value(other))

    def __sub__(self, other: Any) -> Counted:
        return self._made("adds", self.value - _value(other))

    def __rsub__(self, other: Any) -> Counted:
        return self._made("adds", _value(other) - self.value)

    def __mul__(self, other: Any) -> Counted:
        return self._made("muls", self.value * _value(other))

    def __truediv__(self, other: Any) -> Counted:
        return self._made("muls", self.value / _value(other))

    def __rtruediv__(self, other: Any) -> Counted:
        return self._made("muls", _value(other) / self.value)

    def __gt__(self, other: Any) -> bool:
        self.tally["compares"] += 1
        return self.value > _value(other)

    def __lt__(self, other: Any) -> bool:
        self.tally["compares"] += 1
        return self.value < _value(other)

    def __neg__(self) -> Counted:
        return Counted(-self.value, self.tally)

    __radd__, __rmul__ = __add__, __mul__

    def transcendental(self, function: Callable[[float], float]) -> Counted:
        return self._made("transcendental", function(self.value))


def _value(x: Any) -> float:
    return x.value if isinstance(x, Counted) else x


def _function(plain: Callable[[float], float], array: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: x.transcendental(plain) if isinstance(x, Counted) else array(x)


exp = _function(math.exp, np.exp)
log = _function(math.log, np.log)
sqrt = _function(math.sqrt, np.sqrt)
tanh = _function(math.tanh, np.tanh)
erf = _function(math.erf, np.vectorize(math.erf))


def power(x: Any, exponent: float) -> Any:
    return x.transcendental(lambda v: v**exponent) if isinstance(x, Counted) else x**exponent


def where(condition: Any, one: Any, other: Any) -> Any:
    """Choose; what is not chosen was computed as well."""
    return np.where(condition, one, other) if isinstance(condition, np.ndarray) else (one if condition else other)


def largest(x: Any, y: Any) -> Any:
    return where(x > y, x, y)


def least(x: Any, y: Any) -> Any:
    return where(x < y, x, y)


def absolute(x: Any) -> Any:
    return where(x > 0, x, -x)


def sigmoid(x: Any) -> Any:
    return 1 / (1 + exp(-x))


def add_up(terms: Sequence[Any]) -> Any:
    """The sum of n terms: n - 1 additions."""
    result = terms[0]
    for term in terms[1:]:
        result = result + term
    return result


def dot(one: Sequence[Counted], two: Sequence[Counted]) -> Counted:
    """A product of vectors in a matrix product: a MAC for each pair, no other operation."""
    tally = one[0].tally
    tally["macs"] += len(one)
    return Counted(sum(a.value * b.value for a, b in zip(one, two, strict=True)), tally)


def times_matrix(vector: Sequence[Counted], rows: int) -> list[Counted]:
    """A vector times a weight of `rows` rows, whose entries do not matter."""
    weight = [Counted(0.1, vector[0].tally)] * len(vector)
    return [dot(vector, weight) for _ in range(rows)]


def softmax(row: Sequence[Counted]) -> list[Counted]:
    top = row[0]
    for x in row[1:]:
        top = largest(x, top)
    powers = [exp(x - top) for x in row]
    total = add_up(powers)
    return [p / total for p in powers]


def numbers(tally: Counter[str], count: int) -> list[Counted]:
    """Different numbers on both sides of 0."""
    return [Counted(0.37 * i - 0.8, tally) for i in range(count)]
