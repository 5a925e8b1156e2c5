"""The answer to an inverse question: which inputs fit, because of which layers, and what of the sizes at hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

from cnnshape.analysis.fitting.assumed import check_assumed
from cnnshape.analysis.fitting.blame import Reason
from cnnshape.analysis.fitting.nowhere import demands_of
from cnnshape.analysis.fitting.refusal import own_text
from cnnshape.analysis.fitting.validity import Relation, Validity
from cnnshape.analysis.inverse.questions import Question, answered
from cnnshape.analysis.inverse.smallest import smallest
from cnnshape.errors import ArgumentError, ShapeError
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import Propagation, propagate
from cnnshape.symbolic import Dim, IntegerSet, Size, dim, evaluate, parse_conditions, subs, symbols

__all__ = ["Answer", "Cause", "answer"]

_FIXED = "all sizes are numbers; with letters such as H and W in their place in the input, solve says which sizes fit"
_NO_SIZES: Mapping[str, int] = MappingProxyType({})
_PLANE = ("height", "width")


@dataclass(frozen=True, slots=True)
class Cause:
    """A layer that restricts the inputs.

    Parameters
    ----------
    layer : str, its name
    asks : str, what it asks: ``concat 'up3' joins floor(H/4) and 2*floor(H/8)``
    alone : str, the sizes that this leaves by itself: ``H % 8 in {0..3}``; "" where sizes at hand take part in it
    """

    layer: str
    asks: str
    alone: str


@dataclass(frozen=True, eq=False)
class Answer:
    """Which inputs of a network fulfill a question.

    Parameters
    ----------
    network : Network
    question : Question
    propagation : Propagation, of the free network
    free : Validity, the answer with all sizes free
    sizes : symbol -> size, what is at hand; symbols without a size stay free
    read : lines on how the question was read
    """

    network: Network
    question: Question
    propagation: Propagation
    free: Validity
    sizes: Mapping[str, int]
    read: tuple[str, ...] = ()

    def __reduce__(self) -> tuple[object, ...]:
        return answer, (self.network, self.question, {**self.sizes})

    def at(self, sizes: Mapping[str, int]) -> Answer:
        """Return the answer at some sizes."""
        return Answer(self.network, self.question, self.propagation, self.free, MappingProxyType({**sizes}), self.read)

    @cached_property
    def validity(self) -> Validity:
        """What is left where the sizes at hand are given: of the other symbols."""
        if not self.sizes or self.complete or self.free.check(self.sizes) is False:
            return self.free
        given = parse_conditions(", ".join(f"{name} == {size}" for name, size in self.sizes.items()))
        asked = replace(self.question, assumptions=(*self.question.assumptions, *given))
        return answered(self.propagation, asked)[0]

    @property
    def names(self) -> tuple[str, ...]:
        """The symbols that decide: all but the batch, where nobody asks for it."""
        batch = self.network.batch
        used = {*self.free.known, *self.sizes, *(name for each in self.free.relations for name in each.symbols)}
        return tuple(name for name in self.network.symbols if name != batch or name in used)

    @property
    def complete(self) -> bool:
        """Whether every symbol that decides has a size."""
        return all(name in self.sizes for name in self.names)

    @property
    def sets(self) -> Mapping[str, IntegerSet]:
        """The values that work for each symbol that is restricted; of boxes, those of the one nearest to a square."""
        if self.free.propagation.faults:  # at all sizes, so that the conditions of other layers do not matter
            return MappingProxyType({name: IntegerSet.nothing().named(name) for name in self.names})
        found = {name: each for name, each in self.validity.sets.items() if name not in self.sizes}
        return MappingProxyType(found if not self._spent else dict(self.free.sets))

    @property
    def relations(self) -> tuple[Relation, ...]:
        """The conditions that couple several symbols."""
        return () if self.free.propagation.faults else self.validity.relations

    @property
    def _spent(self) -> bool:
        """Whether the sizes at hand say nothing about the others: they are complete, or they do not fit."""
        return not self.sizes or self.validity is self.free

    @cached_property
    def because(self) -> Mapping[str, tuple[Cause, ...]]:
        """Symbol -> the layers that restrict it, none of which the others imply."""
        reasons = {} if self.free.propagation.faults else self.validity.because
        return MappingProxyType({name: self._causes(reasons.get(name, ())) for name in self.sets})

    def causes(self, relation: Relation) -> tuple[Cause, ...]:
        """Return the layers that ask for a relation."""
        return self._causes(relation.because)

    def _causes(self, reasons: Sequence[Reason]) -> tuple[Cause, ...]:
        found = self.validity
        return tuple(
            Cause(
                asked.layer,
                asked.text,
                # Where the size of one of its symbols is at hand, what it leaves of the others is the answer itself.
                ""
                if not self._spent and symbols(demand.condition.expr) & self.sizes.keys()
                else own_text(demand.condition, found.rules.exact),
            )
            for asked, demand in demands_of(found.propagation, reasons)
        )

    @cached_property
    def square(self) -> tuple[tuple[str, str], Answer] | None:
        """The two symbols of a map that a relation couples, and the answer where they are equal; None if none does."""
        coupled = [set(relation.symbols) for relation in self.relations]
        same = self.validity.assumed.same
        for node in self.network.inputs:
            last = node.declared[2:][-2:]
            names = [name for size in last if isinstance(size, Dim) and size == dim(name := min(symbols(size)))]
            if len(set(names)) == len(_PLANE) and not {*names} & {*same} and any({*names} <= each for each in coupled):
                first, second = names
                equal = parse_conditions(f"{second} == {first}")
                asked = replace(self.question, assumptions=(*self.validity.assumed.given, *equal))
                found, read = answered(self.propagation, asked)
                return (first, second), Answer(self.network, asked, self.propagation, found, _NO_SIZES, read)
        return None

    @cached_property
    def _smallest(self) -> tuple[Mapping[str, int] | None, bool]:
        validity = self.validity
        if validity.propagation.faults or any(members.is_empty for members in validity.sets.values()):
            return None, True
        same = validity.assumed.same
        found, proven = smallest(validity.narrowed, [name for name in self.names if name not in same])
        if found is None:
            return None, proven
        sizes = {name: found[name] if name in found else evaluate(same[name], found) for name in self.names}
        return (MappingProxyType(sizes), proven) if validity.check(sizes) is True else (None, False)

    @property
    def smallest(self) -> Mapping[str, int] | None:
        """The sizes with the fewest positions that fit; None if nothing fits, or it is not known."""
        found, proven = self._smallest
        return found if proven else None

    @cached_property
    def valid(self) -> bool | None:
        """Whether the sizes at hand fit, or without any whether some size does; None if that is undecided."""
        given = self.free.check(self.sizes)
        if given is False or (self.sizes and self.complete):
            return given
        found, proven = self._smallest
        return True if found is not None else False if proven else None

    @cached_property
    def nearest(self) -> tuple[Mapping[str, int], ...]:
        """The nearest sizes that fit; empty if these do, or none was found."""
        free, same = self.free, self.free.assumed.same
        if not self.sizes or free.propagation.faults or free.check(self.sizes) is not False:
            return ()
        own = {name: size for name, size in self.sizes.items() if name not in same}
        found = []
        for near in self._near(own):
            told = {name: value for name, value in same.items() if name in self.sizes and symbols(value) <= near.keys()}
            sizes = {**near, **{name: evaluate(value, near) for name, value in told.items()}}
            if free.check(sizes) is not False:
                found.append({name: sizes[name] for name in self.sizes if name in sizes})
        return tuple(found)

    def _near(self, own: Mapping[str, int]) -> Iterator[Mapping[str, int]]:
        """Yield the nearest sizes in the box nearest to a square, where there are several, then the nearest of all."""
        rules = self.free.narrowed
        found = list(rules.nearest(own))
        if len(rules.regions) > 1 and rules.regions[0].sets.keys() <= own.keys():
            yield from (each for each in replace(rules, regions=rules.regions[:1]).together(own) if each not in found)
        yield from found

    @cached_property
    def errors(self) -> tuple[ShapeError | ArgumentError, ...]:
        """Every fault at the sizes at hand that does not follow from another; without sizes, why nothing works."""
        return self.free.errors_at(self.sizes) if self.valid is False else ()

    @property
    def outputs(self) -> Mapping[str, tuple[Size, ...]]:
        """Shape of every output at the sizes at hand, batch first."""
        specs = self.propagation.specs
        return {
            name: tuple(subs(size, self.sizes) for size in specs[tensor].shape)
            for name, tensor in self.network.outputs.items()
            if tensor in specs
        }

    @property
    def notes(self) -> tuple[str, ...]:
        """Lines for the reader."""
        fixed = self.valid is False and not set(self.network.symbols) - {self.network.batch}
        return (*self.network.notes, *self.read, *self.validity.notes, *([_FIXED] if fixed else []))


def answer(network: Network, question: Question, sizes: Mapping[str, int] = _NO_SIZES) -> Answer:
    """Return which inputs of a network fulfill a question.

    Parameters
    ----------
    network : Network
    question : Question
    sizes : symbol -> size, what is at hand

    Raises
    ------
    UsageError
        CS001 or CS004, a question that cannot be asked of this network.

    Examples
    --------
    >>> from cnnshape import Input, layers as L
    >>> x = Input("image", (3, "H", "W"))
    >>> y = L.Concat()([x, L.ConvTranspose(3, kernel_size=2, stride=2)(L.MaxPool(2)(x))])
    >>> found = answer(Network("tiny", inputs=x, outputs=y), Question(), {"H": 501, "W": 375})
    >>> found.sets["H"], found.valid, found.smallest
    (H % 2 == 0, False, mappingproxy({'H': 2, 'W': 2}))
    >>> found.because["H"][0].asks, *found.nearest
    ('concat1 joins H and 2*floor(H/2)', {'H': 500, 'W': 374}, {'H': 502, 'W': 376})
    """
    check_assumed(question.assumptions, network)
    propagation = propagate(network)
    free, read = answered(propagation, question)
    return Answer(network, question, propagation, free, MappingProxyType({**sizes}), read)
