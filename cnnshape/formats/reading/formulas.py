"""Arithmetic on sizes that are free, as exporters write it into a model: whole numbers, quotients, comparisons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeAlias

from cnnshape.errors import FormulaError
from cnnshape.layers.activation import Ceil, Clip, Floor, Negative
from cnnshape.layers.base import Layer
from cnnshape.layers.logic import Compare
from cnnshape.layers.merge import Add, Divide, Maximum, Minimum, Multiply, Remainder, Subtract
from cnnshape.layers.reshape import Cast
from cnnshape.symbolic import Size, bound, ceildiv, floordiv, maximum, minimum, mod
from cnnshape.symbolic.bounds import Ranges

if TYPE_CHECKING:
    from cnnshape.layers.arrays import Array

__all__ = ["RULES", "Quotient", "Undecided"]

Number: TypeAlias = "Size | Quotient"


class Undecided(Exception):
    """A result is no formula, or depends on sizes that are free."""


@dataclass(frozen=True, slots=True)
class Quotient:
    """A formula over a positive one, in a model that computes with sizes as floating-point numbers."""

    numerator: Size
    denominator: Size


Elements: TypeAlias = Callable[..., Any]


def elementwise(function: Elements, *arrays: Array) -> Array:
    """Return an array of objects: what `function` makes of the elements that stand at one place."""
    import numpy as np

    made: Array = np.frompyfunc(function, len(arrays), 1)(*(_objects(array) for array in arrays))
    return np.asarray(made, object)


def _objects(array: Array) -> Array:
    """Return numbers that formulas can be computed with: a fraction where a float is none that is whole."""
    import numpy as np

    if array.dtype.kind != "f":
        return array.astype(object)
    out = np.empty(array.shape, object)
    for place, value in np.ndenumerate(array):
        if not np.isfinite(value):
            raise Undecided
        exact = Fraction(str(value))  # the shortest decimal: 0.1 is meant by what float32 holds
        out[place] = exact.numerator if exact.denominator == 1 else Quotient(exact.numerator, exact.denominator)
    return out


def _parts(value: Number) -> tuple[Size, Size]:
    return (value.numerator, value.denominator) if isinstance(value, Quotient) else (value, 1)


def _over(a: Size, b: Size) -> Number:
    """Return a/b as simply as it can be, for a positive b."""
    if isinstance(a, int) and isinstance(b, int):
        exact = Fraction(a, b)
        return exact.numerator if exact.denominator == 1 else Quotient(exact.numerator, exact.denominator)
    try:
        return a / b  # type: ignore[return-value]  # one is a formula: a whole one, or an error
    except FormulaError:
        return Quotient(a, b)


def _least(value: Size, ranges: Ranges) -> int | None:
    return bound(value, ranges)[0]


def _added(a: Number, b: Number) -> Number:
    (n, d), (m, e) = _parts(a), _parts(b)
    return n + m if d == e == 1 else _over(n * e + m * d, d * e)


def _negated(a: Number) -> Number:
    n, d = _parts(a)
    return -n if d == 1 else Quotient(-n, d)


def _multiplied(a: Number, b: Number) -> Number:
    (n, d), (m, e) = _parts(a), _parts(b)
    return n * m if d == e == 1 else _over(n * m, d * e)


def _divided(a: Number, b: Number, ranges: Ranges) -> Number:
    (n, d), (m, e) = _parts(a), _parts(b)
    if (_least(m, ranges) or 0) < 1:
        if not isinstance(m, int) or m == 0:
            raise Undecided
        n, m = -n, -m
    return _over(n * e, d * m)


def _rounded_down(a: Number) -> Size:
    return floordiv(*_parts(a))


def _rounded_up(a: Number) -> Size:
    return ceildiv(*_parts(a))


def _cut(a: Number, ranges: Ranges) -> Size:
    """Return a number without its fraction."""
    n, d = _parts(a)
    least, most = bound(n, ranges)
    if d == 1 or (least is not None and least >= 0):
        return floordiv(n, d)
    if most is not None and most <= 0:
        return ceildiv(n, d)
    raise Undecided


def _remainder(layer: Remainder, a: Number, b: Number, ranges: Ranges) -> Size:
    if isinstance(a, Quotient) or isinstance(b, Quotient) or (_least(b, ranges) or 0) < 1:
        raise Undecided
    least = _least(a, ranges)
    if layer.rounding_mode != "floor" and (least is None or least < 0):
        raise Undecided
    return mod(a, b)


def _compared(relation: str, a: Number, b: Number, ranges: Ranges) -> bool:
    n, _ = _parts(_added(a, _negated(b)))
    least, most = bound(n, ranges)
    above, below = least is not None and least > 0, most is not None and most < 0
    if relation in ("equal", "not_equal"):
        if n != 0 and not (above or below):
            raise Undecided
        return (n == 0) == (relation == "equal")
    if relation in ("less", "greater_equal"):
        known = below or (least is not None and least >= 0)
        found = below
    else:
        known = above or (most is not None and most <= 0)
        found = above
    if not known:
        raise Undecided
    return found == (relation in ("less", "greater"))


def _cast(layer: Cast, arrays: tuple[Array, ...], ranges: Ranges) -> Array:
    if "float" in layer.dtype:
        return elementwise(lambda value: value, *arrays)
    if "int" not in layer.dtype:
        raise Undecided
    return elementwise(lambda value: _cut(value, ranges), *arrays)


def _divide(layer: Divide, arrays: tuple[Array, ...], ranges: Ranges) -> Array:
    def divide(a: Number, b: Number) -> Number:
        found = _divided(a, b, ranges)
        if layer.rounding_mode == "none":
            return found
        return _rounded_down(found) if layer.rounding_mode == "floor" else _cut(found, ranges)

    return elementwise(divide, *arrays)


def _clip(layer: Clip, arrays: tuple[Array, ...], ranges: Ranges) -> Array:
    if any(bound is not None and bound != int(bound) for bound in (layer.min, layer.max)):
        raise Undecided

    def clip(value: Number) -> Size:
        if isinstance(value, Quotient):
            raise Undecided
        if layer.min is not None:
            value = maximum(value, int(layer.min), ranges=ranges)
        return value if layer.max is None else minimum(value, int(layer.max), ranges=ranges)

    return elementwise(clip, *arrays)


def _extremum(of: Callable[..., Size]) -> Rule:
    def choose(_: Layer, arrays: tuple[Array, ...], ranges: Ranges) -> Array:
        def two(a: Number, b: Number) -> Size:
            if isinstance(a, Quotient) or isinstance(b, Quotient):
                raise Undecided
            return of(a, b, ranges=ranges)

        return reduce(lambda a, b: elementwise(two, a, b), arrays)

    return choose


def _pairwise(function: Callable[[Any, Any], Any]) -> Rule:
    return lambda _, arrays, __: reduce(lambda a, b: elementwise(function, a, b), arrays)


def _single(function: Callable[[Any], Any]) -> Rule:
    return lambda _, arrays, __: elementwise(function, *arrays)


Rule: TypeAlias = "Callable[[Any, tuple[Array, ...], Ranges], Array]"

RULES: Mapping[type[Layer], Rule] = {
    Add: _pairwise(_added),
    Subtract: _pairwise(lambda a, b: _added(a, _negated(b))),
    Multiply: _pairwise(_multiplied),
    Divide: _divide,
    Remainder: lambda layer, arrays, ranges: elementwise(lambda a, b: _remainder(layer, a, b, ranges), *arrays),
    Negative: _single(_negated),
    Floor: _single(_rounded_down),
    Ceil: _single(_rounded_up),
    Maximum: _extremum(maximum),
    Minimum: _extremum(minimum),
    Compare: lambda layer, arrays, ranges: elementwise(
        lambda a, b: _compared(layer.relation, a, b, ranges), *arrays
    ).astype(bool),
    Cast: _cast,
    Clip: _clip,
}
"""What a layer makes of arrays of formulas; raises `Undecided` where that is none, or a `FormulaError`."""
