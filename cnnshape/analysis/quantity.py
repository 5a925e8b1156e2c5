"""One interface for everything that gives each node a value: by layer, by block, by kind, in total, at sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

from cnnshape.graph.network import Network
from cnnshape.layers.base import Kind
from cnnshape.symbolic import Size, subs_all, symbols, text, total

__all__ = ["Quantity", "one_image"]

_NO_SIZES: Mapping[str, int] = MappingProxyType({})


def one_image(size: Size, batch: str) -> Size:
    """Return `size` for a batch of one; `batch` is the symbol that counts the images, or ""."""
    return subs_all((size,), {batch: 1})[0] if batch in symbols(size) else size


@dataclass(frozen=True, eq=False)
class Quantity:
    """A value for every node of a network.

    While the batch is free, every answer is for one image and does not contain it; `at(N=8)` answers for a batch of 8.

    Parameters
    ----------
    name : str, such as ``"params"``
    network : Network
    values : one for each node, for the whole batch; None where it is unknown
    unit : str, what is counted: ``"parameters"``, ``"bytes"``, ...
    combine : how the values of several nodes become one: a sum, or the largest of them

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> from cnnshape.analysis.counts import counts
    >>> from cnnshape.graph.propagate import propagate
    >>> x = Input("image", (3, "H", "W"))
    >>> net = Network("tiny", inputs=x, outputs=L.Conv(8, kernel_size=3, padding=1)(x))
    >>> macs = counts(propagate(net)).macs
    >>> macs.total, macs.at(H=32, W=32).total, macs.at(H=32, W=32, N=2).total
    (216*H*W, 221184, 442368)
    """

    name: str
    network: Network
    values: tuple[Size | None, ...]
    unit: str = ""
    combine: Callable[[Iterable[Size]], Size] = total

    @cached_property
    def total(self) -> Size:
        """All nodes together; those whose value is unknown are left out, see `unknown`."""
        return self._combined(self.values)

    @cached_property
    def unknown(self) -> tuple[str, ...]:
        """Names of the nodes whose value is unknown."""
        return tuple(node.name for node, value in zip(self.network.nodes, self.values, strict=True) if value is None)

    @property
    def complete(self) -> bool:
        """True if every node has a value."""
        return None not in self.values

    def __getitem__(self, name: str) -> Size | None:
        """Return the value of the node `name`."""
        value = self.values[self.network.index[name]]
        return None if value is None else one_image(value, self.network.batch)

    def per_layer(self) -> dict[str, Size | None]:
        """Return the value of every node, by name."""
        nodes, batch = self.network.nodes, self.network.batch
        known = dict.fromkeys(self.values)
        known.pop(None, None)
        alone: dict[Size | None, Size | None] = {None: None}
        alone.update((value, one_image(value, batch)) for value in known if value is not None)
        return {node.name: alone[value] for node, value in zip(nodes, self.values, strict=True)}

    def per_block(self) -> dict[str, Size]:
        """Return the value of every block by its dotted name, the blocks inside it included, outer ones first."""
        inside: dict[str, list[Size | None]] = {}
        for node, value in zip(self.network.nodes, self.values, strict=True):
            scope, dot = node.scope, len(node.scope)
            while dot > 0:
                inside.setdefault(scope[:dot], []).append(value)
                dot = scope.rfind(".", 0, dot)
        order = sorted(inside, key=lambda scope: scope.count("."))
        return {scope: self._combined(inside[scope]) for scope in order}

    def by_kind(self) -> dict[Kind, Size]:
        """Return the value of all convolutions together, of all norms, and so on, in the order they first occur."""
        groups: dict[Kind, list[Size | None]] = {}
        for node, value in zip(self.network.nodes, self.values, strict=True):
            groups.setdefault(node.layer.kind, []).append(value)
        return {kind: self._combined(values) for kind, values in groups.items()}

    def at(self, sizes: Mapping[str, int] = _NO_SIZES, /, **more: int) -> Quantity:
        """Return the same with numbers for some symbols: ``at(H=224)``, or ``at({"odd name": 3})``."""
        given = {**sizes, **more}
        distinct = [value for value in dict.fromkeys(self.values) if value is not None]
        put: dict[Size | None, Size | None] = dict(zip(distinct, subs_all(distinct, given), strict=True))
        put[None] = None
        return replace(self, values=tuple([put[value] for value in self.values]))

    def __str__(self) -> str:
        return text(self.total)

    def _combined(self, values: Iterable[Size | None]) -> Size:
        return one_image(self.combine([value for value in values if value is not None]), self.network.batch)
