"""Numbers that count what is done with them, to compare `Layer.work` with a computation that was run."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np


class Counted:
    """A number that notes every operation in `done`."""

    def __init__(self, value: float, done: Counter[str]) -> None:
        self.value = value
        self.done = done

    def _noted(self, sort: str, value: float) -> Counted:
        self.done[sort] += 1
        return Counted(value, self.done)

    def __add__(self, other: Counted) -> Counted:
        return self._noted("adds", self.value + other.value)

    def __sub__(self, other: Counted) -> Counted:
        return self._noted("adds", self.value - other.value)

    def __mul__(self, other: Counted) -> Counted:
        return self._noted("muls", self.value * other.value)

    def __truediv__(self, other: Any) -> Counted:
        return self._noted("muls", self.value / getattr(other, "value", other))

    def __abs__(self) -> Counted:
        return self._noted("compares", abs(self.value))

    def __lt__(self, other: Counted) -> bool:
        self.done["compares"] += 1
        return self.value < other.value

    def __gt__(self, other: Counted) -> bool:
        self.done["compares"] += 1
        return self.value > other.value

    def exp(self) -> Counted:
        return self._noted("transcendental", math.exp(self.value))

    def log(self) -> Counted:
        return self._noted("transcendental", math.log(self.value))

    def sqrt(self) -> Counted:
        return self._noted("transcendental", math.sqrt(self.value))


def counted(*shapes: tuple[int, ...]) -> tuple[list[Any], Counter[str]]:
    """Object arrays of counting numbers, and where they count."""
    done: Counter[str] = Counter()
    random = np.random.default_rng(0)
    arrays = []
    for shape in shapes:
        array = np.empty(shape, dtype=object)
        for place in np.ndindex(shape):
            array[place] = Counted(float(random.uniform(0.1, 1.0)), done)
        arrays.append(array)
    return arrays, done


def larger(a: Any, b: Any) -> Any:
    """The larger of two arrays of counting numbers, one comparison for each element."""
    return np.frompyfunc(max, 2, 1)(a, b)


def smaller(a: Any, b: Any) -> Any:
    return np.frompyfunc(min, 2, 1)(a, b)


def along(function: Any, array: Any, axes: tuple[int, ...], keepdims: bool = False) -> Any:
    """A function of two numbers applied from first to last position over axes."""
    ufunc = np.frompyfunc(function, 2, 1)
    for axis in sorted(axes, reverse=True):
        array = ufunc.reduce(array, axis=axis, keepdims=keepdims)
    return array
