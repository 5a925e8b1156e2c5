"""Sizes as text: for people, for LaTeX and for JavaScript; `numpy_source` prints them for NumPy.

All printers share one order of terms and one way to recognize ``ceil`` and ``%``; a table per language says the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from cnnshape.errors import FormulaError
from cnnshape.symbolic.atoms import Atom, Extremum, Floor, Monomial, Symbol, Terms, atoms_below, monomial_order
from cnnshape.symbolic.evaluation import complexity
from cnnshape.symbolic.numpy_source import compile_numpy, identifier, numpy_source
from cnnshape.symbolic.polynomial import Dim, Size

__all__ = ["compile_numpy", "identifier", "javascript", "latex", "numpy_source", "text"]

_LONGEST = 20_000  # parts; what is larger is described, not written


@dataclass(frozen=True, slots=True)
class _Language:
    """How one output language writes the parts of a size.

    Each function receives texts that are already written. `group` is the pattern of brackets around a remainder;
    `loose` tells that a remainder needs them beside any other term.
    """

    symbol: Callable[[str], str]
    power: Callable[[str, int], str]
    times: str
    floor: Callable[[str, int], str]
    ceil: Callable[[str, int], str] | None
    remainder: Callable[[str, int], str] | None
    group: str
    loose: bool
    extremum: Callable[[str, Iterable[str]], str]


_SINGLE = re.compile(r"[\w.#]+|\w+\([^()]*\)")


def _over(numerator: str, divisor: int) -> str:
    return f"({numerator})/{divisor}" if " " in _outside_brackets(numerator) else f"{numerator}/{divisor}"


def _outside_brackets(text_: str) -> str:
    depth, out = 0, []
    for letter in text_:
        depth -= letter == ")"
        if not depth:
            out.append(letter)
        depth += letter == "("
    return "".join(out)


def _plain_remainder(numerator: str, divisor: int) -> str:
    return f"{numerator} % {divisor}" if _SINGLE.fullmatch(numerator) else f"({numerator}) % {divisor}"


_TEXT = _Language(
    symbol=str,
    power=lambda base, e: f"{base}**{e}",
    times="*",
    floor=lambda x, m: f"floor({_over(x, m)})",
    ceil=lambda x, m: f"ceil({_over(x, m)})",
    remainder=_plain_remainder,
    group="({})",
    loose=False,
    extremum=lambda kind, parts: f"{kind}({', '.join(parts)})",
)


def _latex_symbol(name: str) -> str:
    if len(name) == 1:
        return name
    if re.fullmatch(r"[A-Za-z]\d+", name):
        return f"{name[0]}_{{{name[1:]}}}"
    escaped = re.sub(r"([_#])", r"\\\1", name)
    return rf"\mathrm{{{escaped}}}"


def _latex_remainder(x: str, m: int) -> str:
    return rf"\left({x}\right) \bmod {m}" if " " in x else rf"{x} \bmod {m}"


_LATEX = _Language(
    symbol=_latex_symbol,
    power=lambda base, e: f"{base}^{{{e}}}",
    times=" ",
    floor=lambda x, m: rf"\left\lfloor \frac{{{x}}}{{{m}}} \right\rfloor",
    ceil=lambda x, m: rf"\left\lceil \frac{{{x}}}{{{m}}} \right\rceil",
    remainder=_latex_remainder,
    group=r"\left({}\right)",
    loose=True,
    extremum=lambda kind, parts: rf"\{kind}\left({', '.join(parts)}\right)",
)


def text(a: Size) -> str:
    """Return `a` as text that reads back as an equal size (remembered).

    Examples
    --------
    >>> from cnnshape.symbolic import dim
    >>> H, W = dim("H"), dim("W")
    >>> text((H + 31) // 32), text(H % 16), text(1 - H), text(2 * H * ((W + 3) // 7) - 1)
    ('ceil(H/32)', 'H % 16', '1 - H', '2*H*floor((W + 3)/7) - 1')
    """
    if type(a) is not Dim:
        return str(a)
    try:
        return a._text
    except AttributeError:
        size = complexity(a)
    if size > _LONGEST:
        return f"<formula of {size} parts>"
    a._text = _written(a, _TEXT)
    return a._text


def latex(a: Size) -> str:
    r"""Return `a` in LaTeX's math mode.

    Examples
    --------
    >>> from cnnshape.symbolic import dim
    >>> print(latex(64 * ((dim("H") + 1) // 2) ** 2))
    64 \left\lceil \frac{H}{2} \right\rceil^{2}
    """
    return _written(a, _LATEX)


def javascript(a: Size, names: Mapping[str, str] | None = None) -> str:
    """Return `a` as a JavaScript expression, exact while every numerator is below 2**53.

    Parameters
    ----------
    names : mapping of symbol to the JavaScript expression that holds its value; the rest are called `identifier`

    Examples
    --------
    >>> from cnnshape.symbolic import dim
    >>> javascript((dim("H") + 48) // 49 - 1)
    'Math.floor((H + 48)/49) - 1'
    """
    known = names or {}
    return _written(
        a,
        _Language(
            symbol=lambda name: known.get(name) or identifier(name),
            power=lambda base, e: "*".join([base] * e),
            times="*",
            floor=lambda x, m: f"Math.floor({_over(x, m)})",
            ceil=None,
            remainder=None,
            group="({})",
            loose=False,
            extremum=lambda kind, parts: f"Math.{kind}({', '.join(parts)})",
        ),
    )


def _written(a: Size, language: _Language) -> str:
    if type(a) is not Dim:
        return str(a)
    if (size := complexity(a)) > _LONGEST:
        raise FormulaError(f"a formula of {size} parts is too long to write", code="CS303", needed=_LONGEST)
    known: dict[Atom, str] = {}
    for atom in atoms_below((a.terms,), known):
        known[atom] = _atom_text(atom, language, known)
    return _sum(a.terms, language, known)


def _atom_text(atom: Atom, language: _Language, known: Mapping[Atom, str]) -> str:
    if type(atom) is Symbol:
        return language.symbol(atom.name)
    if type(atom) is Floor:
        terms, m = atom.numerator.terms, atom.divisor
        if language.ceil is not None and terms.get((), 0) == m - 1:
            return language.ceil(_sum({k: c for k, c in terms.items() if k}, language, known), m)
        return language.floor(_sum(terms, language, known), m)
    assert type(atom) is Extremum
    return language.extremum(
        atom.kind, [_sum(size.terms, language, known) if type(size) is Dim else str(size) for size in atom.sizes]
    )


def _sum(terms: Terms, language: _Language, known: Mapping[Atom, str]) -> str:
    remainders: list[tuple[int, str]] = []
    if language.remainder is not None and len(terms) > 1:
        terms, remainders = _remainders(terms, language, known)
    rows = sorted(terms.items(), key=lambda row: monomial_order(row[0])) if len(terms) > 1 else terms.items()
    parts = [(c, _product(monomial, language, known)) for monomial, c in rows if monomial]
    parts += remainders
    if () in terms:
        parts.append((terms[()], ""))
    first = next((i for i, (c, _) in enumerate(parts) if c > 0), 0)
    parts.insert(0, parts.pop(first))
    out = ""
    for c, written in parts:
        factor = written
        if (c, written) in remainders and (c not in (1, -1) or (c < 0 and not out) or language.loose):
            # Bare, -x % m would be (-x) % m; LaTeX's \bmod is loose beside any neighbor.
            factor = written if len(parts) == 1 and c == 1 else language.group.format(written)
        sign = (" - " if c < 0 else " + ") if out else ("-" if c < 0 else "")
        out += sign + (_scaled(abs(c), factor, language) if factor else str(abs(c)))
    return out


def _scaled(c: int, factor: str, language: _Language) -> str:
    return factor if c == 1 else f"{c}{language.times}{factor}"


def _product(monomial: Monomial, language: _Language, known: Mapping[Atom, str]) -> str:
    return language.times.join([known[atom] if e == 1 else language.power(known[atom], e) for atom, e in monomial])


def _remainders(terms: Terms, language: _Language, known: Mapping[Atom, str]) -> tuple[Terms, list[tuple[int, str]]]:
    """Take out what reads ``k*(P % m)``, that is ``k*P - k*m*floor(P/m)``."""
    assert language.remainder is not None
    found: list[tuple[int, str]] = []
    for monomial in sorted([key for key in terms if len(key) == 1], key=monomial_order):
        atom, e = monomial[0]
        # An earlier remainder may have taken this floor with it.
        if type(atom) is not Floor or e != 1 or terms.get(monomial, 1) % atom.divisor:
            continue
        k = -terms[monomial] // atom.divisor
        inside = atom.numerator.terms
        if any([terms.get(key) != k * c for key, c in inside.items() if key]):
            continue
        constant = terms.get((), 0)
        rest = constant - k * inside.get((), 0)
        if abs(rest) > abs(constant):
            continue
        terms = {key: c for key, c in terms.items() if key and key != monomial and key not in inside}
        if rest:
            terms[()] = rest
        found.append((k, language.remainder(_sum(inside, language, known), atom.divisor)))
    return terms, found
