"""A free size while a module's code runs: it computes as an int would, and is compared only where that is decided."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnshape.symbolic import Dim, Size, bound, ceildiv, equal, floordiv, mod, text

__all__ = ["Length", "OnData", "Undecided", "length", "plain"]


class Undecided(Exception):
    """The code asks something of a size that depends on it."""


class OnData(Undecided):
    """The code asks what is in a tensor."""


def length(size: Size) -> Any:
    """Return a size as the code of a module gets it: an int, or a `Length` where it is free."""
    return Length(size) if isinstance(size, Dim) else size


def plain(value: Any) -> Any:
    """Return the formula of a `Length`, anything else as it is."""
    return value.size if type(value) is Length else value


def _computed(call: Callable[[Any, Any], Size], swapped: bool = False) -> Callable[[Length, Any], Any]:
    def method(self: Length, other: Any) -> Any:
        given = plain(other)
        if isinstance(given, bool) or not isinstance(given, (int, Dim)):
            if isinstance(given, float) and given == int(given):
                given = int(given)
            elif isinstance(given, float):
                raise Undecided(f"{text(self.size)} is computed with {other}: a size is a whole number")
            else:
                return NotImplemented
        return length(call(given, self.size) if swapped else call(self.size, given))

    return method


def _compared(words: str, decide: Callable[[Size], bool | None]) -> Callable[[Length, Any], bool]:
    def method(self: Length, other: Any) -> Any:
        given = plain(other)
        if not isinstance(given, (int, Dim)):
            return NotImplemented
        found = decide(self.size - given)
        if found is None:
            raise Undecided(f"the code asks whether {text(self.size)} {words} {text(given)}: it depends on the size")
        return found

    return method


def _is_zero(difference: Size) -> bool | None:
    low, high = bound(difference)
    if (low is not None and low > 0) or (high is not None and high < 0):
        return False
    return True if equal(difference, 0) else None


def _is_negative(difference: Size) -> bool | None:
    low, high = bound(difference)
    if low is not None and low >= 0:
        return False
    return True if high is not None and high < 0 else None


def _not(decided: bool | None) -> bool | None:
    return None if decided is None else not decided


class Length:
    """A free size.

    Examples
    --------
    >>> from cnnshape.symbolic import dim
    >>> h = Length(dim("H"))
    >>> (h * 2 + 1) // 2 == h, h > 0, (h - h, h // h)
    (True, True, (0, 1))
    """

    __slots__ = ("size",)

    def __init__(self, size: Dim) -> None:
        self.size = size

    __add__ = _computed(lambda a, b: a + b)
    __radd__ = _computed(lambda a, b: a + b)
    __sub__ = _computed(lambda a, b: a - b)
    __rsub__ = _computed(lambda a, b: a - b, swapped=True)
    __mul__ = _computed(lambda a, b: a * b)
    __rmul__ = _computed(lambda a, b: a * b)
    __floordiv__ = _computed(floordiv)
    __rfloordiv__ = _computed(floordiv, swapped=True)
    __mod__ = _computed(mod)
    __rmod__ = _computed(mod, swapped=True)
    __eq__ = _compared("is", _is_zero)
    __ne__ = _compared("is not", lambda a: _not(_is_zero(a)))
    __lt__ = _compared("is less than", _is_negative)
    __ge__ = _compared("is at least", lambda a: _not(_is_negative(a)))
    __gt__ = _compared("is greater than", lambda a: _is_negative(-a))
    __le__ = _compared("is at most", lambda a: _not(_is_negative(-a)))

    def __hash__(self) -> int:
        return hash(self.size)

    def __neg__(self) -> Any:
        return length(-self.size)

    def __truediv__(self, other: Any) -> Any:
        return Quotient(self.size, plain(other))

    def __rtruediv__(self, other: Any) -> Any:
        return Quotient(plain(other), self.size)

    def __bool__(self) -> bool:
        zero = _is_zero(self.size)
        if zero is None:
            raise Undecided(f"the code asks whether {text(self.size)} is zero: it depends on the size")
        return not zero

    def __index__(self) -> int:
        raise Undecided(f"the code needs {text(self.size)} as a number: it is free")

    __int__ = __float__ = __index__

    def __repr__(self) -> str:
        return text(self.size)


class Quotient:
    """A size over another: it is rounded down or up to become one again."""

    __slots__ = ("over", "size")

    def __init__(self, size: Any, over: Any) -> None:
        if not all(isinstance(each, (int, Dim)) for each in (size, over)):
            raise Undecided(f"{size} is divided by {over}: a size is a whole number")
        self.size, self.over = size, over

    def __floor__(self) -> Any:
        return length(floordiv(self.size, self.over))

    def __ceil__(self) -> Any:
        return length(ceildiv(self.size, self.over))

    def __int__(self) -> int:
        raise Undecided(f"the code needs {text(self.size)}/{text(self.over)} as a number: write it with //")

    __float__ = __index__ = __int__
