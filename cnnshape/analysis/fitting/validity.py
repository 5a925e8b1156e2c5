"""Which sizes of the input fit a network, because of which layers, and which are the nearest that do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cnnshape.analysis.fitting.assumed import NOTHING, Assumed, assumed
from cnnshape.analysis.fitting.blame import Reason
from cnnshape.analysis.fitting.nowhere import errors_of_nothing, errors_out_of_range, errors_outside
from cnnshape.analysis.fitting.refusal import errors_at
from cnnshape.analysis.fitting.rules import Rules
from cnnshape.analysis.fitting.shorten import shortened
from cnnshape.analysis.fitting.solution import Relation, solution
from cnnshape.errors import ArgumentError, ShapeError
from cnnshape.graph.collector import collector_paused
from cnnshape.graph.propagate import Demand, Propagation
from cnnshape.symbolic import Assumption, IntegerSet, Size, subs
from cnnshape.symbolic.evaluation import LARGEST

__all__ = ["Reason", "Relation", "Validity", "shortened", "validity"]

NO_SETS: Mapping[str, IntegerSet] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Validity:
    """The sizes that fit.

    Parameters
    ----------
    propagation : Propagation, of the free network
    sets : symbol -> the values that work, for the symbols that are restricted; where a relation splits into boxes,
        those of the box nearest to a square
    relations : the conditions that couple several symbols, and those beyond the limits of sets
    because : symbol -> the layers that restrict it, none of which the others imply
    assumed : what was assumed of the symbols
    known : symbol -> what assumptions and all conditions on it alone leave of it
    rules : the conditions of the network, without the assumptions
    narrowed : the same conditions where the assumptions hold; a symbol that equals a size in others is not in them
    notes : lines for the reader
    """

    propagation: Propagation
    sets: Mapping[str, IntegerSet]
    relations: tuple[Relation, ...]
    because: Mapping[str, tuple[Reason, ...]]
    assumed: Assumed
    known: Mapping[str, IntegerSet]
    rules: Rules
    narrowed: Rules
    notes: tuple[str, ...]

    @property
    def conditions(self) -> tuple[Demand, ...]:
        """Every demand of a layer, in graph order."""
        return self.propagation.demands

    def check(self, sizes: Mapping[str, int]) -> bool | None:
        """Tell whether the network takes these sizes; None if symbols without a size leave it undecided.

        All conditions are evaluated. Sizes that are not what is assumed do not fit, and none does if the conditions
        and the assumptions together leave nothing.
        """
        if self.propagation.faults or any(not 1 <= size <= LARGEST for size in sizes.values()):
            return False
        if self.assumed.broken(sizes) or any(members.is_empty for members in self.sets.values()):
            return False
        return self.rules.decide(sizes)

    def errors_at(self, sizes: Mapping[str, int]) -> tuple[ShapeError | ArgumentError, ...]:
        """Return every fault at these sizes that does not follow from another, in graph order."""
        network = self.propagation.network
        found = errors_out_of_range(network, self.rules, sizes) or errors_at(
            self.propagation, self.rules, self.sets, sizes
        )
        if found or self.check(sizes) is not False:
            return found
        return errors_outside(network, self.assumed, sizes) or errors_of_nothing(
            self.propagation, self.sets, self.because, self.assumed
        )

    def nearest(self, sizes: Mapping[str, int]) -> tuple[Mapping[str, int], ...]:
        """Return the nearest sizes that fit.

        Where the change of one symbol is enough, the next smaller and the next larger value of each such symbol; else
        the next smaller and larger of all that must change. Empty if nothing near was found.
        """
        return () if self.propagation.faults else self.rules.nearest(sizes)

    def shortened(self, size: Size) -> Size:
        """Return an equal, simpler formula for the sizes that fit and are assumed."""
        return shortened(subs(size, self.assumed.same), self.known)


def validity(
    propagation: Propagation, assumptions: Sequence[Assumption] | Mapping[str, IntegerSet] = NO_SETS
) -> Validity:
    """Return which sizes fit the network that was propagated with free symbols.

    Parameters
    ----------
    propagation : Propagation
    assumptions : what a symbol may be, as sets or as `symbolic.parse_conditions` reads it; conditions that follow from
        it are not listed, and the sets are narrowed by it

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> from cnnshape.graph.propagate import propagate
    >>> x = Input("image", (3, "H", "W"))
    >>> y = L.Concat()([x, L.ConvTranspose(3, kernel_size=2, stride=2)(L.MaxPool(2)(x))])
    >>> fits = validity(propagate(Network("tiny", inputs=x, outputs=y)))
    >>> fits.sets["H"], fits.because["H"][0].text
    (H % 2 == 0, 'concat1 joins H and 2*floor(H/2)')
    >>> fits.check({"H": 96, "W": 97}), fits.nearest({"H": 96, "W": 97})
    (False, ({'H': 96, 'W': 96}, {'H': 96, 'W': 98}))
    """
    taken = assumed(assumptions)
    with collector_paused():
        free = solution(propagation, NOTHING)
        found = solution(propagation, taken) if taken else free
    restricted = found.restricted()
    return Validity(
        propagation=propagation,
        sets=MappingProxyType({name: members for name, (members, _) in restricted.items()}),
        relations=tuple(found.relations()),
        because=MappingProxyType({name: reasons for name, (_, reasons) in restricted.items()}),
        assumed=taken,
        known=MappingProxyType({name: each for name, each in found.known.items() if not each.is_everything}),
        rules=(rules := free.rules()),
        narrowed=rules if found is free else found.rules(),
        notes=(*taken.notes, *found.notes),
    )
