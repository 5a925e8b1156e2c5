"""Text to conditions on sizes and to sets of sizes; every condition that is printed reads back."""

from __future__ import annotations

from collections.abc import Mapping

from cnnshape.errors import FormulaError
from cnnshape.symbolic.assumptions import Assumption, Clause
from cnnshape.symbolic.bounds import Interval
from cnnshape.symbolic.evaluation import symbols
from cnnshape.symbolic.expressions import FormulaParser, Fraction
from cnnshape.symbolic.integer_set import IntegerSet
from cnnshape.symbolic.polynomial import Size
from cnnshape.symbolic.tokens import Tokens, formula_error

__all__ = ["parse_conditions", "parse_set"]

_LONGEST = 100_000  # characters; a printed set may list hundreds of remainders
# The interval of left - right that each relation stands for.
_RELATIONS: dict[str, tuple[Interval, ...]] = {
    "==": ((0, 0),),
    "!=": ((None, -1), (1, None)),
    ">=": ((0, None),),
    "<=": ((None, 0),),
    ">": ((1, None),),
    "<": ((None, -1),),
}


def parse_conditions(text: str, names: Mapping[str, Size] | None = None) -> tuple[Assumption, ...]:
    """Return the conditions of a text; commas and top-level "and" separate them, "or" joins alternatives.

    Parameters
    ----------
    text : comparisons (``H % 32 == 0``, ``224 <= H <= 1024``, ``W == H``), memberships (``H in 193..224``,
        ``H % 9 in {0..2, 5}``), ``any H`` and ``no H works``; "and" binds tighter than "or"
    names : as in `parse`

    Raises
    ------
    FormulaError
        As `parse`; CS301 for text that is no condition.

    Examples
    --------
    >>> [str(condition) for condition in parse_conditions("H % 32 == 0, 224 <= H <= 1024")]
    ['H % 32 == 0', '224 <= H <= 1024']
    """
    reader = _Reader(text, names)
    out = [reader.condition()]
    while reader.tokens.taken(","):
        out.append(reader.condition())
    if reader.tokens.next.kind != "end":
        raise reader.tokens.wrong("',', 'and', 'or' or the end")
    return tuple(out)


def parse_set(text: str) -> IntegerSet:
    """Return the set that a condition on one symbol describes, named after the symbol.

    Raises
    ------
    FormulaError
        CS307 for text that is no such condition, CS303 for a set beyond the limits.

    Examples
    --------
    >>> parse_set("H >= 180 and H % 16 == 12")
    H >= 188 and H % 16 == 12
    >>> parse_set("no H works").is_empty
    True
    """
    try:
        conditions = parse_conditions(text)
    except FormulaError as error:
        raise error.at(code="CS307") if error.code in ("CS301", "CS302") else error from None
    names = frozenset[str]().union(*(condition.names for condition in conditions))
    if len(names) != 1:
        found = ", ".join(sorted(names)) or "none"
        raise FormulaError(f"a set of sizes names one symbol, found {found}", code="CS307", given=text)
    out = IntegerSet.everything()
    for condition in conditions:
        numbers = condition.integer_set()
        assert numbers is not None
        out &= numbers
    return out.named(*names)


class _Reader:
    """Reads conditions off a cursor."""

    def __init__(self, text: str, names: Mapping[str, Size] | None) -> None:
        self.tokens = Tokens(text, _LONGEST)
        self.parser = FormulaParser(self.tokens, names)
        self.symbols: set[str] = set()

    def condition(self) -> Assumption:
        start = self.tokens.next.column
        self.symbols = set()
        alternatives = self._conjunction()
        while self.tokens.taken("or"):
            alternatives += self._conjunction()
        text = self.tokens.text[start : self.tokens.next.column].strip()
        return Assumption(tuple(alternatives), frozenset(self.symbols), text)

    def _conjunction(self) -> list[tuple[Clause, ...]]:
        found = self._clause()
        clauses = found
        while self.tokens.taken("and"):
            more = self._clause()
            clauses = None if clauses is None or more is None else clauses + more
        return [] if clauses is None else [tuple(clauses)]

    def _clause(self) -> list[Clause] | None:
        """Read one clause; None is the one that never holds."""
        if self.tokens.next.text == "any" and self._name_follows(1):
            self.tokens.take()
            self._named()
            return []
        if self.tokens.next.text == "no" and self._name_follows(1) and self.tokens.look(2) == "works":
            self.tokens.take()
            self._named()
            self.tokens.take()
            return None
        column = self.tokens.next.column
        left = self.parser.expression()
        if self.tokens.taken("in"):
            return [self._kept(Clause(self.parser.whole(left, column), self._intervals()))]
        return self._comparisons(left, column)

    def _comparisons(self, left: Fraction, column: int) -> list[Clause]:
        out: list[Clause] = []
        while relation := self.tokens.taken(*_RELATIONS):
            right = self.parser.expression()
            # Denominators are positive, so the numerator of the difference has its sign.
            difference = left.over * right.under - right.over * left.under
            within = _RELATIONS[relation]
            if isinstance(left.over, int):
                difference, within = -difference, _mirrored(within)
            out.append(self._kept(Clause(difference, within)))
            left = right
        if not out:
            raise self.tokens.wrong("a relation such as == or >=, or 'in'")
        return out

    def _intervals(self) -> tuple[Interval, ...]:
        if not self.tokens.taken("{"):
            return (self._interval(),)
        found = [self._interval()]
        while self.tokens.taken(","):
            found.append(self._interval())
        self.tokens.expect("}")
        return tuple(sorted(found))

    def _interval(self) -> Interval:
        low = self._int()
        high = self._int() if self.tokens.taken("..") else low
        return low, high

    def _int(self) -> int:
        column = self.tokens.next.column
        value = self.parser.expression()
        if not isinstance(value.over, int) or value.under != 1:
            raise formula_error(self.tokens.text, column, "the ends of a range are ints")
        return value.over

    def _kept(self, clause: Clause) -> Clause:
        self.symbols |= symbols(clause.expr)
        return clause

    def _name_follows(self, ahead: int) -> bool:
        rows = self.tokens.rows
        return self.tokens.place + ahead < len(rows) and rows[self.tokens.place + ahead].kind == "name"

    def _named(self) -> None:
        self.symbols |= symbols(self.parser.expression().over)


def _mirrored(within: tuple[Interval, ...]) -> tuple[Interval, ...]:
    return tuple((None if high is None else -high, None if low is None else -low) for low, high in reversed(within))
