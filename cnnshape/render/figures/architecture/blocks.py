"""Which layers are drawn as one block: the choice that needs the fewest boxes in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cnnshape.render.figures.architecture.signature import Key, signature
from cnnshape.render.figures.architecture.units import Units

__all__ = ["Item", "items_of", "links_of"]

_WRAPPER_SHARE = 0.7
_FRAME, _INSIDE, _INSIDE_ONCE, _LONG_LINK, _STACK, _EXIT = 1.0, 0.7, 1.0, 5.0, 1.3, 4.0
"""What a frame costs, a layer in it, one in a frame for a single block, a link past others, a stack, a second exit of a
block; a card costs 1."""
_LARGE, _OVER = 8, 0.5
"""A layer of a frame that has more than so many costs more."""
_MOST_INSIDE = 150  # layers of a block; one with more is no block that a frame can show
_WORK = 400_000  # layers looked at while choosing
_LARGEST_REGION = 24


@dataclass(frozen=True, slots=True)
class Item:
    """A card of the overview: one layer, or a block.

    Parameters
    ----------
    members : positions of its units, in order
    scope : the name of the block, "" for a layer
    key : its type; None for a layer
    """

    members: tuple[int, ...]
    scope: str = ""
    key: Key = None


def items_of(found: Units, activations: bool = True) -> tuple[Item, ...]:
    """Return the layers and blocks that together need the fewest boxes, a type of block drawn once."""
    known: dict[tuple[int, ...], Key] = {}
    exits: dict[tuple[int, ...], int] = {}

    def key_of(members: tuple[int, ...]) -> Key:
        if members not in known:
            known[members] = signature(found, members, activations)
        return known[members]

    sizes = _sizes(found)
    large = frozenset(scope for scope, size in sizes.items() if size > _MOST_INSIDE)
    opened = large | {scope for scope, size in sizes.items() if size > _WRAPPER_SHARE * len(found.units)}
    items = _items(found, opened, key_of)
    best = _cost(found, items, exits)
    left = _WORK // max(1, len(found.units))
    improved = True
    while improved and left > 0:
        improved = False
        for tried in _moves(found, opened, large, items, key_of):
            left -= 1
            made = _items(found, tried, key_of)
            cost = _cost(found, made, exits)
            if cost < best:
                opened, items, best, improved = tried, made, cost, True
                break
            if left < 0:
                break
    return tuple(_with_regions(found, items, key_of))


def _moves(
    found: Units,
    opened: frozenset[str],
    large: frozenset[str],
    items: Sequence[Item],
    key_of: Callable[[tuple[int, ...]], Key],
) -> Iterator[frozenset[str]]:
    """Yield what else could be opened: all blocks of one type opened, or closed again but for the large ones."""
    for key in dict.fromkeys(item.key for item in items if item.key is not None):
        yield opened | {item.scope for item in items if item.key == key}
    inside: dict[str, list[int]] = {}
    for i, unit in enumerate(found.units):
        scope = unit.scope
        while scope:
            if scope in opened and scope not in large:
                inside.setdefault(scope, []).append(i)
            scope = scope.rpartition(".")[0]
    alike: dict[Key, list[str]] = {}
    for scope, members in inside.items():
        if members[-1] - members[0] == len(members) - 1:
            alike.setdefault(key_of(tuple(members)), []).append(scope)
    for scopes in alike.values():
        yield opened - frozenset(scopes)


def links_of(found: Units, items: Sequence[Item]) -> tuple[tuple[int, int], ...]:
    """Return the links between some items, by their positions; each once."""
    owner = {i: number for number, item in enumerate(items) for i in item.members}
    links: dict[tuple[int, int], None] = {}
    for number, item in enumerate(items):
        for i in item.members:
            for source in found.units[i].sources:
                if owner.get(source.unit, number) != number:
                    links[owner[source.unit], number] = None
    return tuple(links)


def _sizes(found: Units) -> Counter[str]:
    """Return how many layers each scope has."""
    sizes: Counter[str] = Counter()
    for unit in found.units:
        scope = unit.scope
        while scope:
            sizes[scope] += 1
            scope = scope.rpartition(".")[0]
    return sizes


def _items(found: Units, opened: frozenset[str], key_of: Callable[[tuple[int, ...]], Key]) -> tuple[Item, ...]:
    """Return neighbors of one block that is not opened as one item."""
    made = []
    group: list[int] = []
    last = ""
    closed: dict[str, str] = {}
    for i, unit in enumerate(found.units):
        scope = closed.get(unit.scope, "?")
        if scope == "?":
            scope = closed[unit.scope] = _closed(unit.scope, opened)
        if group and (not scope or scope != last):
            made.append(_item(tuple(group), last, key_of))
            group = []
        group.append(i)
        last = scope
    if group:
        made.append(_item(tuple(group), last, key_of))
    return tuple(made)


def _item(members: tuple[int, ...], scope: str, key_of: Callable[[tuple[int, ...]], Key]) -> Item:
    return Item(members) if len(members) == 1 else Item(members, scope, key_of(members))


def _closed(scope: str, opened: frozenset[str]) -> str:
    """Return the outermost scope that is not opened."""
    end = 0
    while scope and end != len(scope):
        end = scope.find(".", end + 1)
        end = len(scope) if end < 0 else end
        if scope[:end] not in opened:
            return scope[:end]
    return ""


def _cost(found: Units, items: Sequence[Item], exits: dict[tuple[int, ...], int]) -> float:
    """Return how much there is to draw and to read."""
    types = Counter(item.key for item in items if item.key is not None)
    sizes = {item.key: len(item.members) for item in items}
    cost = 0.0
    for key, count in types.items():
        each = (_INSIDE if count > 1 else _INSIDE_ONCE) + (_OVER if sizes[key] > _LARGE + 1 else 0)
        cost += _FRAME + sizes[key] * each
    links = links_of(found, items)
    for item in items:
        if item.key is not None:
            if item.members not in exits:
                exits[item.members] = _exits(found, item)
            cost += _EXIT * (exits[item.members] > 1)
    cost += _LONG_LINK * sum(target - source > 1 for source, target in links)
    chained = set(links)
    stacked = False
    for number, (before, item) in enumerate(pairwise(items)):
        if (number, number + 1) in chained and _look(found, before) == _look(found, item):
            cost += 0 if stacked else _STACK - 1
            stacked = True
        else:
            cost += 1
            stacked = False
    return cost + 1


def _exits(found: Units, item: Item) -> int:
    inside = set(item.members)
    return sum(any(user not in inside for user in found.users[i]) for i in item.members)


def _look(found: Units, item: Item) -> object:
    if item.key is not None:
        return item.key
    card = found.units[item.members[0]].card
    return card.op, card.extra, card.shape


def _with_regions(found: Units, items: Sequence[Item], key_of: Callable[[tuple[int, ...]], Key]) -> Iterator[Item]:
    """Yield the items, those between two waists of the network as one block if it occurs again."""
    reach = list(range(len(items)))
    for source, target in links_of(found, items):
        reach[source] = max(reach[source], target)
    waists, furthest = [-1], -1
    for number in range(len(items)):
        if furthest <= number:
            waists.append(number)
        furthest = max(furthest, reach[number])
    regions: list[tuple[int, int, Key]] = []
    for before, last in pairwise(waists):
        inside = items[before + 1 : last + 1]
        members = tuple(i for item in inside for i in item.members)
        plain = all(item.key is None for item in inside) and all(found.units[i].card.sort == "row" for i in members)
        if len(inside) > 2 and plain and len(members) <= _LARGEST_REGION:
            regions.append((before + 1, last, key_of(members)))
    counts = Counter(key for _, _, key in regions)
    chosen = {
        first: (last, key) for first, last, key in regions if counts[key] > 1 or _pays(found, items[first : last + 1])
    }
    number = 0
    while number < len(items):
        if number not in chosen:
            yield items[number]
            number += 1
            continue
        last, key = chosen[number]
        members = tuple(i for item in items[number : last + 1] for i in item.members)
        yield Item(members, _shared([found.units[i].card.name for i in members]), key)
        number = last + 1


def _pays(found: Units, inside: Sequence[Item]) -> bool:
    """Return True if a region that occurs once is easier to read in a frame than in the row."""
    links = links_of(found, inside)
    return _FRAME + 1 + len(inside) * _INSIDE_ONCE < len(inside) + _LONG_LINK * sum(b - a > 1 for a, b in links)


def _shared(names: Sequence[str]) -> str:
    """Return what all names begin with, without signs at the end; the last name if that is nothing."""
    first, last = min(names), max(names)
    same = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:same].rstrip("._-/ ") or names[-1]
