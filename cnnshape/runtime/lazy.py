"""Weights that are made or read when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from weakref import WeakValueDictionary

from cnnshape.layers.arrays import Array
from cnnshape.runtime.store import Header

__all__ = ["LazyWeights", "header_of"]


class LazyWeights(Mapping[str, Array]):
    """Name -> array, made or read at each look, and let go with the last who holds it.

    Parameters
    ----------
    headers : name -> Header, known beforehand
    read : gives the array of a name

    Examples
    --------
    >>> import numpy as np
    >>> weights = LazyWeights({"fc.bias": Header((3,), "float64")}, lambda name: np.zeros(3))
    >>> weights.headers["fc.bias"].shape, weights["fc.bias"].tolist()
    ((3,), [0.0, 0.0, 0.0])
    """

    def __init__(self, headers: Mapping[str, Header], read: Callable[[str], Array]) -> None:
        self.headers = headers
        self._read = read
        self._held: WeakValueDictionary[str, Array] = WeakValueDictionary()

    def __getitem__(self, name: str) -> Array:
        found = self._held.get(name)
        if found is None:
            if name not in self.headers:
                raise KeyError(name)
            found = self._held[name] = self._read(name)
        return found

    def __contains__(self, name: object) -> bool:
        return name in self.headers

    def __iter__(self) -> Iterator[str]:
        return iter(self.headers)

    def __len__(self) -> int:
        return len(self.headers)


def header_of(weights: Mapping[str, Array], name: str) -> Header | Array:
    """Return what says the sizes of a weight, without reading it if that can be avoided."""
    return weights.headers[name] if isinstance(weights, LazyWeights) else weights[name]
