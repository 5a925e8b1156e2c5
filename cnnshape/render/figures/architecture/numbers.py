"""The numbers in a frame: as they are where all blocks of the type agree, else letters that a line below explains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

from cnnshape.render.figures.architecture.signature import kernel_of, per_axis
from cnnshape.render.figures.architecture.units import Source, Unit, Units
from cnnshape.render.map_sizes import MapSizes
from cnnshape.symbolic import Size, ceildiv, dim, exact_div

__all__ = ["Numbers", "outside"]

Kind: TypeAlias = Literal["channels", "space", "kernel", "stride", "rate"]
Values: TypeAlias = tuple[Size | None, ...]

_NAMES: dict[Kind, str] = {"channels": "cdefgmnpq", "space": "hwyzuv", "kernel": "kji", "stride": "sab", "rate": "rxo"}
_READING: tuple[Kind, ...] = ("channels", "space", "stride", "kernel", "rate")
_MOST = 7  # values listed for a letter
_MOST_LETTERS = 3  # of channels; the others are written as ranges
_LARGEST = 64  # factor that is looked for


@dataclass(frozen=True, slots=True)
class _Letter:
    name: str
    kind: Kind
    values: Values


def outside(found: Units, members: Sequence[int]) -> tuple[Source, ...]:
    """Return the tensors that a block takes from outside, in the order in which they are taken."""
    inside = set(members)
    sources = (source for i in members for source in found.units[i].sources)
    taken = {(source.unit, source.tensor): source for source in sources if source.unit not in inside}
    return tuple(taken.values())


class Numbers:
    """Writes the sizes of the blocks of one type.

    Parameters
    ----------
    found : Units
    blocks : the units of each block of the type; equal positions correspond
    """

    def __init__(self, found: Units, blocks: Sequence[Sequence[int]]) -> None:
        self._sizes: MapSizes = found.sizes
        self._batch = dim(found.batch) if found.batch else None
        self._letters: list[_Letter] = []
        self._count = len(blocks)
        rows = [[found.units[block[j]] for block in blocks] for j in range(len(blocks[0]))]
        entries = list(zip(*(outside(found, block) for block in blocks), strict=True))
        given = [[self._axes(source.shape) for source in row] for row in entries]
        made = [[self._axes(unit.gives[0].shape if unit.gives else None) for unit in row] for row in rows]
        self._arguments: list[dict[str, tuple[Values, ...]]] = [_arguments(row) for row in rows]
        self._entries: list[tuple[Values, ...] | None] = [_turned(row) for row in given]
        self._made: list[tuple[Values, ...] | None] = [_turned(row) for row in made]
        self._name_all()

    def entry(self, k: int) -> str:
        """Return the shape of the k-th tensor that enters."""
        return self._shape(self._entries[k])

    def shape(self, j: int) -> str:
        """Return the shape that leaves the j-th unit."""
        return self._shape(self._made[j])

    def kernel(self, j: int) -> str:
        """Return the kernel of the j-th unit, ``3×3`` or ``k×k``; "" if it has none."""
        return "×".join(self._written(values, "kernel") for values in self._arguments[j].get("kernel", ()))

    def stride(self, j: int) -> str:
        """Return the stride of the j-th unit, ``2`` or ``s``; "" if it is 1."""
        return self._argument(j, "stride")

    def rate(self, j: int) -> str:
        """Return the dilation of the j-th unit; "" if it is 1."""
        return self._argument(j, "rate")

    def _argument(self, j: int, kind: Literal["stride", "rate"]) -> str:
        words = [self._written(values, kind) for values in self._arguments[j].get(kind, ())]
        if not words or set(words) == {"1"}:
            return ""
        return words[0] if len(set(words)) == 1 else "×".join(words)

    @property
    def varied(self) -> frozenset[Kind]:
        """What differs from block to block."""
        return frozenset(letter.kind for letter in self._letters)

    @property
    def legend(self) -> tuple[str, ...]:
        """What each letter stands for, in the order of the blocks: ``c = 64, 128, 256, 512``."""
        letters = sorted(self._letters, key=lambda letter: _READING.index(letter.kind))
        rows = list(dict.fromkeys(zip(*(letter.values for letter in letters), strict=True)))
        aligned = len(rows) <= _MOST
        return tuple(
            f"{letter.name} = {self._listed([row[n] for row in rows], aligned)}" for n, letter in enumerate(letters)
        )

    def at(self, b: int) -> tuple[str, ...]:
        """Return the kernel and the stride of a block where they differ from block to block: ``("5×5", "/2")``."""
        out: dict[str, None] = {}
        for letter in sorted(self._letters, key=lambda letter: _READING.index(letter.kind), reverse=True):
            value = letter.values[b]
            if letter.kind == "kernel":
                axes = max(sum(v == letter.values for v in row.get("kernel", ())) for row in self._arguments)
                out["×".join([str(value)] * axes)] = None
            elif letter.kind == "stride" and value != 1:
                out[f"/{value}"] = None
        return tuple(out)

    def _listed(self, values: Sequence[Size | None], aligned: bool) -> str:
        """Return values in the order of the blocks, or each once in their own order."""
        if not aligned:
            values = list(dict.fromkeys(values))
            numbers = [value for value in values if isinstance(value, int)]
            if len(numbers) == len(values) and numbers != sorted(numbers, reverse=True):
                values = sorted(numbers)
        return ", ".join(map(self._size, values)) if len(values) <= _MOST else self._range(values)

    def _range(self, values: Iterable[Size | None]) -> str:
        kept = list(dict.fromkeys(values))
        numbers = [value for value in kept if isinstance(value, int)]
        if len(numbers) == len(kept):
            return f"{min(numbers)}–{max(numbers)}"
        return f"{self._size(kept[0])} … {self._size(kept[-1])}"

    def _size(self, size: Size | None) -> str:
        return "−" if size is None else self._sizes.size(size)

    def _axes(self, shape: Sequence[Size] | None) -> Sequence[Size] | None:
        if shape is None:
            return None
        return shape[1:] if len(shape) > 1 and self._batch is not None and shape[0] == self._batch else shape

    def _name_all(self) -> None:
        """Choose letters: for the maps that enter, for kernels and strides, then for channels from the fewest."""
        tensors = [axes for axes in (*self._entries, *self._made) if axes]
        for kind in ("kernel", "stride", "rate"):
            for arguments in self._arguments:
                for values in arguments.get(kind, ()):
                    self._named(values, kind)
        for axes in self._entries:
            self._name_space(axes or ())
        wide = [axes[0] for axes in tensors if not (len(axes) > 1 and all(set(v) == {1} for v in axes[1:]))]
        for values in sorted(dict.fromkeys(wide), key=_order):
            self._named(values, "channels")
        for axes in tensors:
            self._named(axes[0], "channels")
            self._name_space(axes)

    def _name_space(self, axes: Sequence[Values]) -> None:
        for n, values in enumerate(axes[1:]):
            self._named(values, "space", "t" if len(axes) > 3 and n == 0 else "")

    def _named(self, values: Values, kind: Kind, first: str = "") -> None:
        if self._known(values, kind) is not None or None in values:
            return
        taken = {letter.name for letter in self._letters}
        free = [name for name in first + _NAMES[kind] if name not in taken]
        limit = sum(letter.kind == kind for letter in self._letters) >= _MOST_LETTERS
        if free and not (kind == "channels" and limit):
            self._letters.append(_Letter(free[0], kind, values))

    def _written(self, values: Values, kind: Kind) -> str:
        known = self._known(values, kind)
        return self._range(values) if known is None else known

    def _known(self, values: Values, kind: Kind) -> str | None:
        """Return a text for some values in letters that there are, or None."""
        if len(set(values)) == 1:
            return self._size(values[0])
        if None in values:
            return "−"
        for letter in self._letters:
            if letter.values == values and (letter.kind == kind or kind in ("channels", "space")):
                return letter.name
        for letter in self._letters:
            if kind == "space" and letter.kind == "channels":
                found = _multiple(values, letter)  # of a tensor whose channels come last
                if found is not None:
                    return found
            if letter.kind == kind and kind in ("channels", "space"):
                found = _multiple(values, letter)
                if found is None and kind == "space":
                    found = self._strided(values, letter)
                if found is None:
                    found = _shifted(values, letter)
                if found is not None:
                    return found
        return None

    def _strided(self, values: Values, letter: _Letter) -> str | None:
        """Return a part of a letter: ``h/s``, ``⌈h/2⌉``."""
        known = [(a, b) for a, b in zip(letter.values, values, strict=True) if a is not None and b is not None]
        strides: list[tuple[str, list[Size]]] = [
            (each.name, [s for s in each.values if s is not None]) for each in self._letters if each.kind == "stride"
        ]
        strides += [(str(factor), [factor] * self._count) for factor in (2, 3, 4, 8, 16, 32)]
        for name, steps in strides:
            if all(exact_div(a, s) == b for (a, b), s in zip(known, steps, strict=True)):
                return f"{letter.name}/{name}"
        for name, steps in strides:
            if all(ceildiv(a, s) == b for (a, b), s in zip(known, steps, strict=True)):
                return f"⌈{letter.name}/{name}⌉"
            if all(a // s == b for (a, b), s in zip(known, steps, strict=True)):
                return f"⌊{letter.name}/{name}⌋"
        return None

    def _shape(self, axes: tuple[Values, ...] | None) -> str:
        if not axes:
            return "−" if axes is None else "1"
        words = [self._written(values, "channels" if n == 0 else "space") for n, values in enumerate(axes)]
        several = len(words) > 1
        return "×".join(f"({word})" if several and ("+" in word or "−" in word[1:]) else word for word in words)


def _multiple(values: Values, letter: _Letter) -> str | None:
    first, base = values[0], letter.values[0]
    if not isinstance(first, int) or not isinstance(base, int) or not first or not base:
        return None
    for up, down in ((first // base, 1), (1, base // first)):
        if not 1 <= max(up, down) <= _LARGEST or min(up, down) < 1:
            continue
        if all(
            v * down == b * up for v, b in zip(values, letter.values, strict=True) if v is not None and b is not None
        ):
            return f"{up}{letter.name}" if down == 1 else f"{letter.name}/{down}"
    return None


def _shifted(values: Values, letter: _Letter) -> str | None:
    shifts = {v - b for v, b in zip(values, letter.values, strict=True) if v is not None and b is not None}
    shift = shifts.pop()
    if shifts or not isinstance(shift, int):
        return None
    return f"{letter.name}+{shift}" if shift > 0 else f"{letter.name}−{-shift}"


def _arguments(row: Sequence[Unit]) -> dict[str, tuple[Values, ...]]:
    """Return kernel, stride and dilation of the units of a row, axis by axis."""
    found = {"kernel": [kernel_of(unit) for unit in row]}
    for kind, field in (("stride", "stride"), ("rate", "dilation")):
        found[kind] = [_steps(unit, field) for unit in row]
    return {kind: tuple(zip(*values, strict=True)) for kind, values in found.items() if _same_length(values)}


def _steps(unit: Unit, field: str) -> tuple[int, ...]:
    value = getattr(unit.layer, field, None)
    kernel = kernel_of(unit)
    if value is None:
        pooled = field == "stride" and unit.layer is not None and unit.layer.kind == "pool"
        return kernel if pooled else (1,) * len(kernel)
    return per_axis(value, unit)


def _same_length(values: Sequence[Sequence[object]]) -> bool:
    return all(len(a) == len(b) for a, b in pairwise(values))


def _turned(shapes: Sequence[Sequence[Size] | None]) -> tuple[Values, ...] | None:
    """Return for each axis its size in every block; None if one is unknown or they differ in rank."""
    known = [shape for shape in shapes if shape is not None]
    if len(known) < len(shapes) or not _same_length(known):
        return None
    return tuple(zip(*known, strict=True))


def _order(values: Values) -> tuple[int, ...]:
    return tuple(value if isinstance(value, int) else 0 for value in values)
