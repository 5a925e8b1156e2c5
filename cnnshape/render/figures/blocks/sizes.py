"""The sizes of a figure: those that are written, and whole numbers that the geometry is drawn at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from cnnshape.graph.channels import maps_last
from cnnshape.layers.base import Kind
from cnnshape.render.map_sizes import MapSizes
from cnnshape.symbolic import Dim, Size, dim

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts

__all__ = ["Extent", "Sizes", "drawn_at"]

_STAND_INS = {"H": 224, "W": 224, "T": 16, "L": 16000}
_STAND_IN = 64
_POWERS = {1: "", 2: "²", 3: "³"}
_CHANNELS_LAST = frozenset({Kind.ATTENTION, Kind.RECURRENT, Kind.LINEAR})


@dataclass(frozen=True, slots=True)
class Extent:
    """The size of a map in whole numbers.

    Parameters
    ----------
    channels : or features, where it is no map
    space : sizes of its space axes; empty for a vector
    """

    channels: int
    space: tuple[int, ...]

    @property
    def area(self) -> int:
        """Positions of the map, 1 for a vector."""
        return prod(self.space)


def drawn_at(facts: Facts) -> tuple[Facts, Mapping[str, int]]:
    """Return the facts at sizes that fit, for the geometry, and the sizes that were put in for it.

    Those of the report, else the default ones of the network, else 224 for H and W, 16 for T, 16000 for L and 64 for
    others, or what fits next to these.
    """
    network = facts.network
    given = {name: size for name, size in facts.symbols.items() if size is not None}
    names = [name for name in facts.symbols if name != network.batch]
    usual = {name: _STAND_INS.get(name, _STAND_IN) for name in names} | dict(network.defaults)
    near = {name: _near(facts, name, size) for name, size in usual.items()}
    for sizes in (usual | given, near | given, usual, near):
        reference = facts.at(sizes)
        if reference.valid is not False:
            return reference, {name: size for name, size in sizes.items() if given.get(name) != size}
    return facts.at(usual | given), {}


def _near(facts: Facts, name: str, size: int) -> int:
    fits = facts.sets.get(name)
    if fits is None:
        return size
    below, above = fits.nearest(size)
    return next((each for each in (below, above) if each is not None), size)


class Sizes:
    """What is known of the sizes of nodes, in numbers and in words.

    Parameters
    ----------
    facts : whose sizes are written
    reference : the same network at sizes that fit
    """

    def __init__(self, facts: Facts, reference: Facts) -> None:
        self._facts = facts
        self._drawn = reference.propagation
        self._nodes = facts.network.nodes
        self._images = any(len(node.declared) > 3 for node in facts.network.inputs)
        self._batch: Size = dim(facts.network.batch) if facts.network.batch else -1
        self._last = maps_last(facts.network, self._drawn.outputs)
        self._shown: dict[int, tuple[Size, ...] | None] = {}
        known = [each for i in range(len(self._nodes)) if (each := self._shape(i)) is not None]
        self._words = MapSizes(known if self._is_symbolic(known) else [], "")

    @property
    def legend(self) -> tuple[str, ...]:
        """What the names in sizes written so far stand for."""
        return self._words.legend

    def extent(self, node: int) -> Extent:
        """Return the size that a node is drawn with; an unknown one is a vector of one feature."""
        outputs = self._drawn.outputs[node]
        if not outputs:
            return Extent(1, ())
        channels, space = self._split(node, self._one(outputs[0].shape))
        return Extent(_whole(channels), tuple(map(_whole, space)))

    def channels(self, first: int, last: int) -> str:
        """Return the channels of a block as text, those of its first slice too if they differ; ``?`` if unknown."""
        words = [self._channels(node) for node in dict.fromkeys((first, last))]
        return "–".join(dict.fromkeys(words)) if "?" not in words else "?"

    def spaces(self, nodes: Sequence[int]) -> str:
        """Return the space of several maps as text, of the first and the last if they differ: ``30²–28²``."""
        words = list(dict.fromkeys(self.space(node) for node in nodes))
        if len(words) == 1:
            return words[0]
        ends = [words[0].split("×"), words[-1].split("×")]
        if all(len({*end}) == 1 and end[0].isdigit() for end in ends):
            return "–".join(end[0] + _POWERS[len(end)] for end in ends)
        return "–".join([words[0], words[-1]])

    def space(self, node: int) -> str:
        """Return ``56×56``, "" for a vector, ``?`` where it is unknown."""
        shape = self._shape(node)
        if shape is None:
            return "?" if self.extent(node).space else ""
        return "×".join(_bracketed(self._words.size(size)) for size in self._split(node, self._one(shape))[1])

    def _channels(self, node: int) -> str:
        shape = self._shape(node)
        return "?" if shape is None else self._words.size(self._split(node, self._one(shape))[0])

    def _shape(self, node: int) -> tuple[Size, ...] | None:
        if node not in self._shown:
            outputs = self._facts.propagation.outputs[node]
            shorten = self._facts.validity.shortened
            self._shown[node] = (
                tuple(shorten(size) if isinstance(size, Dim) else size for size in outputs[0].shape)
                if outputs
                else None
            )
        return self._shown[node]

    def _one(self, shape: Sequence[Size]) -> tuple[Size, ...]:
        """Return the shape of one image of a batch; the batch stands in front unless its symbol stands elsewhere."""
        axis = shape.index(self._batch) if self._batch in shape else 0
        return (*shape[:axis], *shape[axis + 1 :]) if len(shape) > 1 else tuple(shape)

    def _split(self, node: int, shape: Sequence[Size]) -> tuple[Size, tuple[Size, ...]]:
        """Return the channels and the space axes of a shape without its batch."""
        if len(shape) == 2 and (self._images or self._nodes[node].layer.kind in _CHANNELS_LAST):
            return shape[1], (shape[0],)
        if node in self._last and len(shape) > 2:
            return shape[-1], tuple(shape[:-1])
        return (shape[0], tuple(shape[1:])) if shape else (1, ())

    @staticmethod
    def _is_symbolic(shapes: Sequence[tuple[Size, ...]]) -> bool:
        return any(isinstance(size, Dim) for shape in shapes for size in shape[1:])


def _bracketed(word: str) -> str:
    return f"({word})" if " " in word else word


def _whole(size: Size) -> int:
    return max(1, size) if isinstance(size, int) else 1
