"""The largest whole number, of a symbol or of anything that makes a network, within limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from types import MappingProxyType

from cnnshape.analysis.inverse.answer import answer
from cnnshape.analysis.inverse.budget import COUNTED, Affordable, Counted, Limits, Span, Step, Terms, cost_of
from cnnshape.analysis.inverse.questions import Question
from cnnshape.analysis.report import facts
from cnnshape.errors import ShapeError, UsageError
from cnnshape.graph.network import Network
from cnnshape.symbolic import Dim, IntegerSet, Size, dim, parse_conditions, subs_all, symbols, text

__all__ = ["MOST", "afford_size", "falling", "formulas", "largest_whole", "one"]

MOST = 10**9
"""The largest number that is tried."""

_TRIES = 512


def largest_whole(
    step: Callable[[int], Step | None], members: IntegerSet, limits: Limits, most: int = MOST
) -> tuple[Step, Step | None, Step | None, Sequence[Step]] | None:
    """Return the smallest step, the largest within limits, the next one, and all tried ones; None: there is no step.

    The largest and the next one are None where none is within limits, and where there is none. Costs are taken to rise
    with the number; see `falling`.

    Parameters
    ----------
    step : number -> what it makes; None: nothing
    members : the numbers that may be asked for
    limits : Limits
    most : the largest number that is tried
    """
    walk = _Walk(step, members, most)
    first = walk.after(0)
    if first is None:
        return None
    if first.costs.over(limits):
        walk.after(_number(first))
        return first, None, None, walk.tried()
    best, beyond = _reach(walk, first, limits)
    while beyond <= most and beyond - _number(best) > 1:
        middle = (_number(best) + beyond) // 2
        found, sure = walk.last(middle, _number(best) + 1)
        if found is None and sure:
            found = walk.after(middle)
            if found is None or _number(found) >= beyond:
                break
        if found is None or found.costs.over(limits):
            beyond = middle if found is None else _number(found)
        else:
            best = found
    return first, best, walk.after(_number(best)), walk.tried()


def _reach(walk: _Walk, first: Step, limits: Limits) -> tuple[Step, int]:
    """Return a step within limits, and a number beyond them; the most + 1 if none was found."""
    best, reach = first, _number(first)
    while reach < walk.most:
        reach = min(2 * reach, walk.most)
        found, sure = walk.last(reach, _number(best) + 1)
        if found is not None and not found.costs.over(limits):
            best = found
        elif found is not None:
            return best, _number(found)
        elif not sure:
            return best, reach
    return best, walk.most + 1


class _Walk:
    """Steps by their numbers, each made once."""

    def __init__(self, step: Callable[[int], Step | None], members: IntegerSet, most: int) -> None:
        self.step, self.members, self.most = step, members, most
        self.known: dict[int, Step | None] = {}

    def at(self, number: int) -> Step | None:
        if number not in self.known:
            self.known[number] = self.step(number)
        return self.known[number]

    def last(self, number: int, least: int) -> tuple[Step | None, bool]:
        """Return the last step from `least` to `number`, and where there is none, whether that is sure."""
        for _ in range(_TRIES):
            member = self.members.nearest(number)[0]
            if member is None or member < least:
                return None, True
            if (found := self.at(member)) is not None:
                return found, True
            number = member - 1
        return None, False

    def after(self, number: int) -> Step | None:
        """Return the first step behind a number; None: there is none."""
        for _ in range(_TRIES):
            member = self.members.nearest(number + 1)[1]
            if member is None or member > self.most:
                return None
            if (found := self.at(member)) is not None:
                return found
            number = member
        return None

    def tried(self) -> Sequence[Step]:
        """Return all steps so far in rising order."""
        return sorted((each for each in self.known.values() if each is not None), key=_number)


def _number(step: Step) -> int:
    return int(step.span.high or 0)


def one(number: int) -> Span:
    """Return the interval of one whole number."""
    return Span(Fraction(number), Fraction(number))


def falling(name: str, limits: Limits, steps: Sequence[Step]) -> tuple[str, ...]:
    """Return notes on what does not rise with the value.

    Parameters
    ----------
    name : of the argument
    limits : Limits
    steps : in rising order

    Raises
    ------
    UsageError
        CS009, the larger the value, the less the network costs.
    """
    notes = []
    for counted in limits.given:
        first, last = (step.costs.of(counted) or 0 for step in (steps[0], steps[-1]))
        if last < first:
            raise UsageError(
                f"the {COUNTED[counted]} fall where {name} rises: "
                f"{first:,} at {steps[0].span}, {last:,} at {steps[-1].span}",
                code="CS009",
                rule="a limit is solved for the largest value of what makes a network larger",
                fix="leave another argument open, such as width_mult",
            )
        if last == first and len(steps) > 1:
            notes.append(f"{name} does not change the {COUNTED[counted]}")
        for below, above in pairwise(steps):
            if (below.costs.of(counted) or 0) > (above.costs.of(counted) or 0):
                notes.append(
                    f"the {COUNTED[counted]} do not always rise with {name}, they fall from {below.span} to "
                    f"{above.span}: a larger value may fit too"
                )
                break
    return tuple(notes)


def afford_size(network: Network, names: Sequence[str], limits: Limits, terms: Terms, model: str = "") -> Affordable:
    """Return the largest size of a symbol, or of several that are equal, within limits.

    Parameters
    ----------
    network : Network
    names : symbols
    limits : Limits
    terms : Terms
    model : what the network was asked for as

    Raises
    ------
    UsageError
        CS004, a symbol that the network does not have, or a size that is missing; CS009, nothing that is limited
        depends on the symbol, or it falls.
    ShapeError
        No size fits.
    """
    _check_names(network, names, terms)
    sizes = {**network.defaults, **terms.sizes}
    others = {name: size for name, size in sizes.items() if name not in names}
    texts = formulas(network, names, others, limits, terms)
    members = _members(network, names, others)

    def step(number: int) -> Step | None:
        given = replace(terms, sizes=MappingProxyType({**others, **dict.fromkeys(names, number)}))
        costs = cost_of(network, given, limits)
        return None if costs is None else Step(one(number), costs, network)

    found = largest_whole(step, members, limits)
    if found is None:
        raise ShapeError(f"no size of {names[0]} up to {MOST} fits {network.name}")
    smallest, best, above, tried = found
    label = " = ".join(names)
    notes = falling(label, limits, tried)
    return Affordable(
        model or network.name, label, "size", limits, terms, best, above, smallest, MappingProxyType(texts), notes
    )


def _members(network: Network, names: Sequence[str], others: Mapping[str, int]) -> IntegerSet:
    """Return the sizes that fit."""
    equal = parse_conditions(", ".join(f"{name} == {names[0]}" for name in names[1:])) if len(names) > 1 else ()
    given = {name: size for name, size in others.items() if name in network.symbols}
    found = answer(network, Question(assumptions=tuple(equal)), given)
    if found.valid is False:
        for error in found.errors:
            raise error
        raise ShapeError(f"no size of {names[0]} fits {network.name}")
    return found.sets.get(names[0], IntegerSet.everything())


def formulas(
    network: Network, names: Sequence[str], others: Mapping[str, int], limits: Limits, terms: Terms
) -> dict[Counted, str]:
    """Return what is limited as formulas."""
    free = facts(network, convention=terms.convention, dtype=terms.dtype)
    found = free.at({name: size for name, size in others.items() if name in network.symbols}) if others else free
    totals = found.totals
    peak = totals.peak_activation_bytes
    values: dict[Counted, Size | None] = {
        "params": totals.params,
        "macs": totals.macs,
        "memory": None if peak is None else totals.weight_bytes + peak,
    }
    used: set[str] = set()
    out: dict[Counted, str] = {}
    for name in limits.given:
        value = values[name]
        if value is None:
            used |= {*names}
        elif isinstance(value, Dim):
            used |= symbols(value)
            equal: dict[str, Size] = dict.fromkeys(names[1:], dim(names[0]))
            out[name] = text(subs_all((value,), equal)[0])
    if not used & {*names}:
        _nothing_to_limit(network.name, names[0], limits)
    return out


def _nothing_to_limit(model: str, name: str, limits: Limits) -> None:
    """Refuse a question whose answer is that everything fits, or nothing.

    Raises
    ------
    UsageError
        CS009.
    """
    what = " and ".join(COUNTED[each] if each != "memory" else "memory" for each in limits.given)
    raise UsageError(
        f"the {what} of {model} do not depend on {name}",
        code="CS009",
        got=name,
        rule="a limit is solved for what changes the network's size",
        fix="limit the MACs or the memory, or leave another symbol open",
    )


def _check_names(network: Network, names: Sequence[str], terms: Terms) -> None:
    for name in names:
        if name not in network.symbols:
            listed = ", ".join(each for each in network.symbols if each != network.batch)
            raise UsageError(
                f"{network.name} has no symbol {name!r}",
                code="CS004",
                got=name,
                rule=f"its symbols are {listed}" if listed else "the sizes of this network are fixed",
                fix=f"{listed.split(', ')[0]}" if listed else "write a symbol such as c for its channels",
            )
        if name in terms.sizes:
            raise UsageError(
                f"{name} is given and asked for",
                code="CS004",
                got=terms.sizes[name],
                rule="what is solved for is left open",
                fix=f"leave {name}={terms.sizes[name]} out",
            )
