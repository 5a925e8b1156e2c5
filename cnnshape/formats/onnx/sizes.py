"""Sizes that are free in an ONNX model: operators that compute them from the axes of its inputs when it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import TypeAlias

from cnnshape.formats.onnx.initializers import Initializers
from cnnshape.layers.base import Spec
from cnnshape.layers.foreign import Unmapped
from cnnshape.layers.foreign_out import numbers
from cnnshape.symbolic import Dim, Size, bound, text
from cnnshape.symbolic.atoms import Atom, Extremum, Floor, Symbol, Terms, atoms_below
from cnnshape.symbolic.polynomial import atom_size

__all__ = ["FreeSizes"]

Add: TypeAlias = Callable[[str, str, list[str], Mapping[str, int]], str]


class FreeSizes:
    """The tensors that hold free sizes, each a list of one number; each is computed once.

    Parameters
    ----------
    inputs : name of an input of the model -> its spec
    add : operator, name, inputs, attributes -> the output of an operator that is added to the model
    initializers : where numbers are stored
    """

    def __init__(self, inputs: Mapping[str, Spec], add: Add, initializers: Initializers) -> None:
        self._add, self._initializers = add, initializers
        self._axes: dict[Size, tuple[str, int]] = {}
        for name, spec in inputs.items():
            for axis, size in enumerate(spec.shape):
                self._axes.setdefault(size, (name, axis))
        self._known: dict[Size, str] = {}

    def tensor(self, size: Size) -> str:
        """Return the tensor that holds a size.

        Raises
        ------
        Unmapped
            A symbol of it is the size of no axis of an input.
        """
        if size in self._known or size in self._axes or not isinstance(size, Dim):
            return self._plain(size)
        atoms = list(atoms_below((size.terms,), {}))
        if any(isinstance(atom, Symbol) and atom_size(atom) not in self._axes for atom in atoms):
            raise Unmapped(f"the size {text(size)} is free, and no input has it as an axis")
        for atom in atoms:
            self._atom(atom)
        self._known[size] = self._sum(size.terms)
        return self._known[size]

    def _plain(self, size: Size) -> str:
        """Return a number, what is known already, or the size of an axis."""
        if not isinstance(size, Dim):
            return self._number(size)
        if size not in self._known:
            name, axis = self._axes[size]
            self._known[size] = self._add("Shape", f"{name}/size_{axis}", [name], {"start": axis, "end": axis + 1})
        return self._known[size]

    def _number(self, value: int) -> str:
        return self._initializers.numbers("size", numbers((value,)))

    def _atom(self, atom: Atom) -> None:
        """Compute what a size is made of; the atoms inside are known."""
        size = atom_size(atom)
        if isinstance(atom, Symbol):
            self._plain(size)
        elif size not in self._known and isinstance(atom, Floor):
            over, by = self._of(atom.numerator), self._number(atom.divisor)
            if (bound(atom.numerator, {})[0] or -1) < 0:
                # ONNX divides towards zero, and its Mod has the sign of the divisor.
                over = self._two("Sub", over, self._two("Mod", over, by))
            self._known[size] = self._two("Div", over, by)
        elif size not in self._known and isinstance(atom, Extremum):
            parts = [self._of(each) for each in atom.sizes]
            self._known[size] = reduce(lambda a, b: self._two(atom.kind.title(), a, b), parts)

    def _of(self, size: Size) -> str:
        if isinstance(size, Dim) and size not in self._known:
            self._known[size] = self._sum(size.terms)
        return self._plain(size)

    def _sum(self, terms: Terms) -> str:
        parts = []
        for monomial, factor in terms.items():
            factors = [] if factor == 1 and monomial else [self._number(factor)]
            factors += [self._known[atom_size(atom)] for atom, exponent in monomial for _ in range(exponent)]
            parts.append(reduce(lambda a, b: self._two("Mul", a, b), factors))
        return reduce(lambda a, b: self._two("Add", a, b), parts)

    def _two(self, operator: str, a: str, b: str) -> str:
        return self._add(operator, f"size/{operator}", [a, b], {})
