"""Text to sizes: a small precedence parser with fixed limits, which never evaluates the text as code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import lcm
from typing import NamedTuple

from cnnshape.errors import FormulaError
from cnnshape.symbolic.atoms import Extremum, live_symbol
from cnnshape.symbolic.bounds import Ranges, maximum, minimum
from cnnshape.symbolic.division import exact_div
from cnnshape.symbolic.equality import equal
from cnnshape.symbolic.names import RESERVED, dim
from cnnshape.symbolic.polynomial import Dim, Size, atom_size, floordiv, mod
from cnnshape.symbolic.tokens import Token, Tokens, formula_error

__all__ = ["FormulaParser", "Fraction", "parse"]

_DEEPEST = 40
_LARGEST = 10**12
_MOST_TERMS = 500
_MOST_PRODUCTS = 10_000  # of terms, looked at before they are multiplied out
_HIGHEST_DEGREE = 12
_HIGHEST_EXPONENT = 8
_FUNCTIONS = frozenset({"ceil", "floor", "max", "min"})


def parse(
    text: str, names: Mapping[str, Size] | None = None, *, ranges: Ranges | None = None, marked: bool = False
) -> Size:
    """Return the size that a formula describes.

    Parameters
    ----------
    text : str with ``+ - * / // % **``, ``floor ceil max min``, ints and names, in Python's precedences
    names : what each identifier stands for; None makes every identifier a symbol
    ranges : what the symbols may be, to decide a maximum or minimum
    marked : bool, keep an undecided maximum or minimum as a marked part instead of raising

    Raises
    ------
    FormulaError
        CS301 for text that is no formula, CS302 for a name that is not in `names`, CS303 beyond the limits (1000
        characters, depth 40, exponents 0..8, integers to 1e12, 500 terms, degree 12), CS304 if the value is not
        whole, CS306 for an undecided maximum or minimum.

    Examples
    --------
    >>> parse("(H + 2*3 - 7)//2 + 1"), parse("4*w", {"w": 128}), parse("-7//2")
    (ceil(H/2), 512, -4)
    >>> parse("ceil(H/32)*(W*H/W)")
    H*ceil(H/32)
    """
    parser = FormulaParser(Tokens(text), names, ranges, marked)
    value = parser.expression()
    if parser.tokens.next.kind != "end":
        raise parser.tokens.wrong("an operator or the end")
    return parser.whole(value, 0)


class Fraction(NamedTuple):
    """A formula's value before it is known to be whole: a size over an int >= 1."""

    over: Size
    under: int


class FormulaParser:
    """Reads expressions off a cursor; conditions build on it.

    Parameters
    ----------
    tokens, names, ranges, marked : as in `parse`
    """

    def __init__(
        self, tokens: Tokens, names: Mapping[str, Size] | None, ranges: Ranges | None = None, marked: bool = False
    ) -> None:
        self.tokens, self.names, self.ranges, self.marked = tokens, names, ranges, marked
        self.depth = 0

    def expression(self) -> Fraction:
        """Read a sum."""
        left = self._product()
        while sign := self.tokens.taken("+", "-"):
            column = self.tokens.next.column
            right = self._product()
            common = lcm(left.under, right.under)
            a, b = left.over * (common // left.under), right.over * (common // right.under)
            left = self._checked(Fraction(a + b if sign == "+" else a - b, common), column)
        return left

    def whole(self, value: Fraction, column: int) -> Size:
        """Return the value as a size, or raise CS304."""
        if value.under == 1:
            return value.over
        found = exact_div(value.over, value.under)
        if found is None and equal(mod(value.over, value.under), 0):
            found = floordiv(value.over, value.under)
        if found is None:
            text, message = self.tokens.text, f"the value ({value.over})/{value.under} is not always whole"
            raise formula_error(text, column, message, "CS304", fix="write // or floor(...)")
        return found

    def _product(self) -> Fraction:
        left = self._signed()
        while sign := self.tokens.taken("*", "/", "//", "%"):
            column = self.tokens.next.column
            right = self._signed()
            if sign == "*":
                left = self._multiplied(left, right, column)
            elif sign == "/":
                left = self._divided(left, right, column)
            else:
                quotient = self._floored(self._divided(left, right, column), column)
                if sign == "%":
                    taken = self._multiplied(Fraction(quotient, 1), right, column)
                    common = lcm(left.under, taken.under)
                    over = left.over * (common // left.under) - taken.over * (common // taken.under)
                    left = self._checked(Fraction(over, common), column)
                else:
                    left = Fraction(quotient, 1)
        return left

    def _signed(self) -> Fraction:
        if sign := self.tokens.taken("-", "+"):
            with_sign = self._nested(self._signed)
            return Fraction(-with_sign.over, with_sign.under) if sign == "-" else with_sign
        base = self._atom()
        if not self.tokens.taken("**"):
            return base
        column = self.tokens.next.column
        exponent = self._nested(self._signed)
        if type(exponent.over) is Dim or exponent.under != 1:
            raise formula_error(self.tokens.text, column, "an exponent must be an int")
        if not 0 <= exponent.over <= _HIGHEST_EXPONENT:
            message = f"exponent {exponent.over} is not in 0..{_HIGHEST_EXPONENT}"
            raise formula_error(self.tokens.text, column, message, "CS303", got=exponent.over, needed=_HIGHEST_EXPONENT)
        out = Fraction(1, 1)
        for _ in range(exponent.over):
            out = self._multiplied(out, base, column)
        return out

    def _atom(self) -> Fraction:
        token = self.tokens.take()
        if token.kind == "number":
            return self._checked(Fraction(_int(token, self.tokens.text), 1), token.column)
        if token.kind == "name":
            if token.text in _FUNCTIONS and self.tokens.next.text == "(":
                return self._nested(lambda: self._call(token))
            return Fraction(self._named(token), 1)
        if token.text == "(":
            inside = self._nested(self.expression)
            self.tokens.expect(")")
            return inside
        if token.kind != "end":
            self.tokens.place -= 1
        raise self.tokens.wrong("a number, a name or '('")

    def _call(self, function: Token) -> Fraction:
        self.tokens.expect("(")
        values = [self.expression()]
        while self.tokens.taken(","):
            values.append(self.expression())
        self.tokens.expect(")")
        if function.text in ("max", "min"):
            return self._extremum(function, values)
        if len(values) != 1:
            raise formula_error(self.tokens.text, function.column, f"{function.text} takes one value")
        over, under = values[0]
        if function.text == "ceil":
            return Fraction(-self._floored(Fraction(-over, under), function.column), 1)
        return Fraction(self._floored(values[0], function.column), 1)

    def _extremum(self, function: Token, values: list[Fraction]) -> Fraction:
        common = lcm(*(value.under for value in values))
        sizes = [value.over * (common // value.under) for value in values]
        found = (maximum if function.text == "max" else minimum)(*sizes, ranges=self.ranges)
        if not self.marked and type(found) is Dim and _is_extremum(found) and not any(map(_is_extremum, sizes)):
            raise formula_error(
                self.tokens.text,
                function.column,
                f"{function.text}({', '.join(map(str, sizes))}) depends on the values",
                "CS306",
                rule=f"{function.text} must be decided for every value of its symbols",
            )
        return self._checked(Fraction(found, common), function.column)

    def _named(self, token: Token) -> Size:
        if self.names is not None:
            found = self.names.get(token.text)
            if found is None:
                raise _unknown(self.tokens.text, token, self.names)
            return found
        if "#" in token.text:
            fresh = live_symbol(token.text)
            if fresh is None:
                raise _unknown(self.tokens.text, token, {})
            return atom_size(fresh)
        if token.text in RESERVED:
            message = f"not a formula: {token.text!r} is a word of the language, not a name"
            raise formula_error(self.tokens.text, token.column, message)
        return dim(token.text)

    def _nested(self, read: Callable[[], Fraction]) -> Fraction:
        self.depth += 1
        if self.depth > _DEEPEST:
            column = self.tokens.next.column
            raise formula_error(self.tokens.text, column, f"more than {_DEEPEST} levels deep", "CS303")
        value = read()
        self.depth -= 1
        return value

    def _multiplied(self, left: Fraction, right: Fraction, column: int) -> Fraction:
        if _terms(left.over) * _terms(right.over) > _MOST_PRODUCTS or (
            _degree(left.over) + _degree(right.over) > _HIGHEST_DEGREE
        ):
            raise formula_error(self.tokens.text, column, "the product is too large", "CS303")
        return self._checked(Fraction(left.over * right.over, left.under * right.under), column)

    def _divided(self, left: Fraction, right: Fraction, column: int) -> Fraction:
        if type(right.over) is not Dim:
            if not right.over:
                raise formula_error(self.tokens.text, column, "division by zero")
            sign = 1 if right.over > 0 else -1
            value = Fraction(left.over * (right.under * sign), left.under * abs(right.over))
            return self._checked(value, column)
        found = exact_div(left.over * right.under, right.over)
        if found is None:
            message = f"{left.over} is not divisible by {right.over}"
            raise formula_error(
                self.tokens.text, column, message, "CS304", rule="the divisor is an int, or divides exactly"
            )
        return self._checked(Fraction(found, left.under), column)

    def _floored(self, value: Fraction, column: int) -> Size:
        return self._checked(Fraction(floordiv(value.over, value.under), 1), column).over

    def _checked(self, value: Fraction, column: int) -> Fraction:
        over, under = value
        largest = max(map(abs, over.terms.values())) if type(over) is Dim else abs(over)
        if largest > _LARGEST or under > _LARGEST:
            raise formula_error(self.tokens.text, column, "an integer beyond 1e12", "CS303", needed=_LARGEST)
        if _terms(over) > _MOST_TERMS:
            raise formula_error(self.tokens.text, column, f"more than {_MOST_TERMS} terms", "CS303")
        return value


def _int(token: Token, text: str) -> int:
    if len(token.text) > 40:
        raise formula_error(text, token.column, "an integer beyond 1e12", "CS303", needed=_LARGEST)
    return int(token.text)


def _terms(size: Size) -> int:
    return len(size.terms) if type(size) is Dim else 1


def _degree(size: Size) -> int:
    return max(sum(e for _, e in monomial) for monomial in size.terms) if type(size) is Dim else 0


def _is_extremum(size: Size) -> bool:
    return type(size) is Dim and any(type(row[0]) is Extremum for monomial in size.terms for row in monomial)


def _unknown(text: str, token: Token, names: Mapping[str, Size]) -> FormulaError:
    from difflib import get_close_matches

    near = get_close_matches(token.text, names, 1) or [name for name in names if name.lower() == token.text.lower()]
    fix = f"did you mean {near[0]!r}?" if near else f"known names: {', '.join(sorted(names)) or 'none'}"
    return formula_error(text, token.column, f"unknown name {token.text!r}", "CS302", fix=fix, got=token.text)
