"""Sizes and counts as formulas for people: short names for floors, and sums of products of whole map sizes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import count

from cnnshape.render.letters import Letters, words_of
from cnnshape.render.units import count_text
from cnnshape.symbolic import Dim, Size, exact_div, product, symbols
from cnnshape.symbolic.evaluation import term_count

__all__ = ["Formulas"]

_LONGEST = 400  # characters that anybody would read
_MOST_DIVIDED = 200  # terms of a count that a map is looked for in; a longer one is not written out


class Formulas:
    """Writes the formulas of one report.

    A count is a factor for each position of a map, so that it is written as such: ``150*(H-4)*(W-4)``, not multiplied
    out. A map whose sizes are single names needs no brackets and is left to the order of polynomials.

    Parameters
    ----------
    maps : the sizes of the space axes of every tensor
    sizes : all other sizes that will be written

    Examples
    --------
    >>> from cnnshape.symbolic import dim
    >>> H, W = dim("H"), dim("W")
    >>> formulas = Formulas([(H - 4, W - 4), (H, W)], [])
    >>> formulas.total([150 * (H - 4) * (W - 4), 20 * H * W, 30 * (H - 4) * (W - 4)]), formulas.text(H - 4)
    ('180*(H-4)*(W-4) + 20*H*W', 'H - 4')
    """

    def __init__(self, maps: Iterable[Sequence[Size]], sizes: Iterable[Size]) -> None:
        self._maps: dict[Dim, tuple[Dim, ...]] = {}
        seen: list[Size] = list(sizes)
        for axes in dict.fromkeys(map(tuple, maps)):
            free = tuple(size for size in axes if isinstance(size, Dim))
            seen += free
            area = product(free)
            if any(len(size.terms) > 1 for size in free) and isinstance(area, Dim):
                self._maps.setdefault(area, free)
        self._letters = Letters(seen)
        self._parts: dict[Size, tuple[tuple[Dim, ...], Size]] = {}
        self._cells: dict[str, str] = {}

    def cell(self, written: str, letter: str, most: int) -> str:
        """Return what a cell says for a formula: itself, or a name that the legend explains, or how long it is."""
        if len(written) <= most:
            return written
        if len(written) > _LONGEST:
            return f"{1 + written.count(' + ') + written.count(' - ')} terms"
        if written not in self._cells:
            taken = {*self._letters.taken, *self._cells.values()}
            self._cells[written] = next(name for n in count(1) if (name := f"{letter}{n}") not in taken)
        return self._cells[written]

    def legend(self, texts: Iterable[str]) -> tuple[str, ...]:
        """Return what the names in some texts stand for."""
        words = {word for text in texts for word in words_of(text)}
        cells = {name: written for written, name in self._cells.items() if name in words}
        words.update(word for written in cells.values() for word in words_of(written))
        return (*self._letters.legend_of(words), *(f"{name} = {written}" for name, written in cells.items()))

    def text(self, size: Size) -> str:
        """Return a size, exact."""
        return self.total([size])

    def short(self, size: Size) -> str:
        """Return a count, its factors to three digits."""
        return self.total([size], short=True)

    def total(self, sizes: Iterable[Size], *, short: bool = False) -> str:
        """Return the sum of some counts, those of one map together."""
        write = self._letters.short if short else self._letters.text
        groups: dict[tuple[Dim, ...], Size] = {}
        for size in sizes:
            axes, factor = self._part(size)
            groups[axes] = groups.get(axes, 0) + factor
        rest = groups.pop((), 0)
        if not groups:
            return write(rest)
        parts = [_times(self._factor(factor, short), map(self._bracketed, axes)) for axes, factor in groups.items()]
        return " + ".join([*parts, *([write(rest)] if rest != 0 else [])]).replace("+ -", "- ")

    def _part(self, size: Size) -> tuple[tuple[Dim, ...], Size]:
        """Return the map that a count belongs to, and how much of it there is for each position."""
        if not isinstance(size, Dim) or not self._maps or not 2 <= len(size.terms) <= _MOST_DIVIDED:
            return (), size
        found = self._parts.get(size)
        if found is None:
            found = self._parts[size] = next(self._divided(size), ((), size))
        return found

    def _divided(self, size: Dim) -> Iterator[tuple[tuple[Dim, ...], Size]]:
        for area, axes in self._maps.items():
            if len(size.terms) % term_count(area):
                continue  # the terms of factors without a common symbol are as many as the product of theirs
            factor = exact_div(size, area)
            if factor is not None and symbols(factor).isdisjoint(symbols(area)):
                yield axes, factor

    def _factor(self, factor: Size, short: bool) -> str:
        if not isinstance(factor, Dim):
            return "" if factor == 1 else count_text(factor) if short else str(factor)
        written = self._letters.short(factor) if short else self._letters.text(factor)
        return f"({written})" if " " in written else written

    def _bracketed(self, axis: Dim) -> str:
        written = self._letters.text(axis)
        return f"({written.replace(' ', '')})" if " " in written else written


def _times(factor: str, axes: Iterable[str]) -> str:
    return "*".join(filter(None, (factor, *axes)))
