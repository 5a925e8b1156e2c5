"""Sizes as pictures write them: ``64×⌈H/4⌉×⌈W/4⌉``, long formulas once in a legend."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from cnnshape.render.formulas import Formulas
from cnnshape.symbolic import Dim, Size, dim, text

__all__ = ["MapSizes", "pretty", "times_signs"]

_LONGEST = 12
_CALL = re.compile(r"\b(ceil|floor)\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
_BRACKETS = {"ceil": ("⌈", "⌉"), "floor": ("⌊", "⌋")}


class MapSizes:
    """Writes the shapes of one picture.

    Parameters
    ----------
    shapes : all that will be written
    batch : the symbol that counts the images, which is left out in front

    Examples
    --------
    >>> from cnnshape.symbolic import ceildiv
    >>> N, H = dim("N"), dim("H")
    >>> sizes = MapSizes([(N, 64, ceildiv(H, 4), 56)], "N")
    >>> sizes.shape((N, 64, ceildiv(H, 4), 56))
    '64×⌈H/4⌉×56'
    """

    def __init__(self, shapes: Iterable[Sequence[Size]], batch: str) -> None:
        seen = dict.fromkeys(tuple(shape) for shape in shapes)
        self._formulas = Formulas([], [size for shape in seen for size in shape])
        self._batch = batch
        self._named: dict[str, None] = {}
        self._written: dict[Dim, str] = {}

    def shape(self, shape: Sequence[Size]) -> str:
        """Return a shape without a free batch; one without axes is ``1``."""
        if self._batch and len(shape) > 1 and shape[0] == dim(self._batch):
            shape = shape[1:]
        words = [self.size(size) for size in shape]
        return "×".join(f"({word})" if " " in word and len(words) > 1 else word for word in words) or "1"

    def size(self, size: Size) -> str:
        """Return a size, or a name for it that the legend explains."""
        if not isinstance(size, Dim):
            return str(size)
        found = self._written.get(size)
        if found is None:
            found = self._written[size] = self._write(size)
        return found

    def _write(self, size: Dim) -> str:
        written = pretty(text(size))
        if len(written) <= _LONGEST:
            return written
        named = self._formulas.cell(pretty(self._formulas.text(size)), "s", 2 * _LONGEST)
        self._named[named] = None
        return named

    @property
    def legend(self) -> tuple[str, ...]:
        """What the names in the sizes written so far stand for."""
        return tuple(pretty(row) for row in self._formulas.legend(self._named))


def pretty(written: str) -> str:
    """Return a formula with brackets for floors and a proper minus.

    Examples
    --------
    >>> pretty("2*ceil((H - 1)/4) - 3")
    '2⌈(H − 1)/4⌉ − 3'
    """
    while (found := _CALL.search(written)) is not None:
        left, right = _BRACKETS[found[1]]
        written = f"{written[: found.start()]}{left}{found[2]}{right}{written[found.end() :]}"
    return re.sub(r"(\d)\*(?=[^\W\d]|[⌈⌊(])", r"\1", written).replace("-", "−")


def times_signs(written: str) -> str:
    """Return ``Conv 3×3`` for ``Conv 3x3``."""
    return re.sub(r"(?<=\d)x(?=\d)", "×", written)
