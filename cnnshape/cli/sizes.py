"""Sizes on the command line: ``--input 3x224x224``, ``--set H=224,W=224``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from types import MappingProxyType

from cnnshape.errors import FormulaError, UsageError
from cnnshape.graph.channels import channels_last
from cnnshape.graph.network import Network, Node
from cnnshape.layers.base import shape_text
from cnnshape.symbolic import Assumption, Dim, IntegerSet, Size, dim, solve, symbols, text

__all__ = ["Sizes", "sizes_of"]

CONVENTIONAL = frozenset({"N", "T", "H", "W", "L"})
SEPARATOR = r"[x,\u00d7]|(?<=\d)X(?=\d)"
"""What stands between two sizes."""
_IN_DESIGN = "write a symbol such as H in place of the number in the design"
_KERAS = "make it with Input((None, None, 3)), or another None in place of the number"
_FREE_BY = {
    ".onnx": "export it with the size free (dynamic_shapes, or dynamic_axes)",
    ".pt2": "export it with the size free: torch.export.export(module, args, dynamic_shapes=...)",
    ".keras": _KERAS,
    ".h5": _KERAS,
}
"""Suffix of a file -> how a size of it becomes free."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """The sizes to report at.

    Parameters
    ----------
    values : symbol -> size
    defaults : those of `values` that the network gave, not the user
    notes : lines for the user: what was given and changes nothing
    """

    values: Mapping[str, int]
    defaults: Mapping[str, int]
    notes: tuple[str, ...] = ()

    def where(self, assume: Sequence[Assumption]) -> Sizes:
        """Return the sizes without the defaults that are not what is assumed: those symbols are free."""
        broken = [each for each in assume if each.names <= self.values.keys() and not each.holds(self.values)]
        names = frozenset[str]().union(*(each.names for each in broken)) & self.defaults.keys()
        if not names:
            return self
        values, defaults = (
            MappingProxyType({name: size for name, size in row.items() if name not in names})
            for row in (self.values, self.defaults)
        )
        return replace(self, values=values, defaults=defaults)


def sizes_of(network: Network, inputs: Sequence[str], settings: Sequence[str], *, symbolic: bool = False) -> Sizes:
    """Return the sizes that the options ask for: `--set` and `--input`, then the defaults of the network.

    Raises
    ------
    UsageError
        CS004, a size or a symbol that the network does not have.
    """
    given: dict[str, int | None] = {}
    notes = []
    for entry in inputs:
        _merge(given, _from_input(network, entry))
    for setting in settings:
        for part in setting.split(","):
            found = _from_setting(network, part.strip())
            _merge(given, found)
            if not found:
                notes.append(f"note: --set {part.strip()} changes nothing: {_symbols_of(network)}")
    values = {name: size for name, size in given.items() if size is not None}
    defaults = {} if symbolic else {n: s for n, s in network.defaults.items() if n not in given}
    return Sizes(MappingProxyType({**defaults, **values}), MappingProxyType(defaults), tuple(notes))


def _merge(given: dict[str, int | None], more: Mapping[str, int | None]) -> None:
    for name, size in more.items():
        if given.get(name) is None or size is None:  # a number says more than that a size is free
            given[name] = size if given.get(name) is None else given[name]
            continue
        if given[name] != size:
            raise _bad(f"{name} is given twice: {given[name]} and {size}", "a symbol has one size", "give it once")
        given[name] = size


def _from_setting(network: Network, part: str) -> dict[str, int | None]:
    name, equals, number = (word.strip() for word in part.partition("="))
    if not equals or not name:
        raise _bad(f"--set {part!r} is no setting", "a setting is SYMBOL=SIZE", "--set H=224,W=224")
    if name == "N" and "N" not in network.symbols and network.batch:
        name = network.batch
    if name not in network.symbols:
        if name in CONVENTIONAL:
            return {}
        near = _near(name, network.symbols)
        fix = f"did you mean {near}?" if near else "leave it out"
        raise _bad(f"--set {part}: there is no symbol {name!r}", _symbols_of(network), fix)
    return {name: _size(number, part)}


def _symbols_of(network: Network) -> str:
    free = [name for name in network.symbols if name != network.batch]
    return (
        f"the network has the symbols {', '.join(network.symbols)}" if free else "the sizes of this network are fixed"
    )


def _size(word: str, part: str) -> int:
    if not re.fullmatch(r"\d{1,18}", word) or int(word) < 1:
        raise _bad(
            f"{part}: {word!r} is no size",
            "a size is a whole number of at least 1, with at most 18 digits",
            "--set H=224",
        )
    return int(word)


def _from_input(network: Network, entry: str) -> dict[str, int | None]:
    name, equals, words = entry.partition("=")
    sizes = [word.strip() for word in re.split(SEPARATOR, (words if equals else name).strip())]
    node = _input_node(network, name.strip() if equals else "", entry, len(sizes))
    shape = node.declared
    last = node.name in channels_last(network)
    axes = _axes(shape, len(sizes), network.batch, last=last)
    if axes is None:
        words = f"has {len(sizes)} sizes, the input has {len(shape)}"
        raise _misfit(network, node, entry, words, last=last)
    found: dict[str, int | None] = {}
    for axis, word in zip(axes, sizes * len(axes) if len(sizes) == 1 else sizes, strict=True):
        _merge(
            found,
            _bound(network, node, entry, shape[axis], word, _other_channels(network, axis, word, sizes), last=last),
        )
    return found


def _axes(shape: tuple[Size, ...], count: int, batch: str, *, last: bool = False) -> range | None:
    """Return which axes `count` sizes mean: all, all but the batch, or those of space; `last`: channels stand last."""
    rank = len(shape)
    first = 1 if batch and rank and shape[0] == dim(batch) else 0
    if count == rank:
        return range(rank)
    if count == rank - first:
        return range(first, rank)
    space = range(first, rank - 1) if last else range(first + 1, rank)
    if (count == len(space) and count > 0) or (count == 1 and rank - first > 2):
        return space
    return None


def _other_channels(network: Network, axis: int, word: str, sizes: Sequence[str]) -> str:
    """Return how the network is made for another number of channels, or ""; if they stand last, where they belong."""
    if axis != (1 if network.batch else 0) or not word.isdecimal() or channels_last(network):
        return ""
    if sizes[-1] in ("1", "3") and word not in ("1", "3") and len(sizes) > 2:
        return f"channels stand first: {'x'.join([sizes[-1], *sizes[:-1]])}"
    if PurePath(network.source).suffix.lower() in _FREE_BY:
        return ""
    if network.source:
        return f"or write {word} channels into the design's input"
    from cnnshape.zoo.catalog import NETWORKS

    known = NETWORKS.get(network.name)
    return f'or "{network.name}(in_channels={word})"' if known and "in_channels" in known.options else ""


def _bound(
    network: Network, node: Node, entry: str, size: Size, word: str, other: str = "", *, last: bool
) -> dict[str, int | None]:
    """Return what a word on an axis says of the axis' symbol; None frees it. `other` ends the way out of a mismatch."""
    free = bool(re.fullmatch(r"[A-Za-z_]\w*", word))
    if not free and not re.fullmatch(r"\d{1,18}", word):
        raise _misfit(network, node, entry, f"{word!r} is no size", last=last)
    if not isinstance(size, Dim):
        if free or int(word) != size:
            raise _misfit(network, node, entry, f"says {word} where the input has {size}", other, last=last)
        return {}
    names = symbols(size)
    if len(names) != 1:
        raise _misfit(network, node, entry, f"cannot say {word} for {text(size)}; --set its symbols", last=last)
    (name,) = names
    if free:
        return {name: None}
    if int(word) < 1:
        raise _misfit(network, node, entry, "a size is at least 1", last=last)
    try:
        fitting = solve(size - int(word), "==", name)
    except FormulaError:
        fitting = IntegerSet.everything()
    if (value := fitting.minimum()) is None:
        raise _misfit(
            network, node, entry, f"says {word} where the input has {text(size)}, which is never {word}", last=last
        )
    if fitting.maximum() != value:
        raise _misfit(network, node, entry, f"cannot say {word} for {text(size)}; --set its symbols", last=last)
    return {name: value}


def _input_node(network: Network, name: str, entry: str, count: int) -> Node:
    """Return the input that is meant: the one that is named, or any of several that would say the same."""
    nodes = {node.name: node for node in network.inputs}
    if name in nodes:
        return nodes[name]
    shapes = {node.declared for node in network.inputs}
    spaces = {shape[2:] for shape in shapes}
    if not name and (len(shapes) == 1 or (len(spaces) == 1 and count in (1, len(next(iter(spaces)))))):
        return network.inputs[0]
    listed = ", ".join(nodes)
    if name:
        near = _near(name, nodes)
        raise _bad(
            f"--input {entry}: there is no input {name!r}",
            f"the inputs are {listed}",
            f"did you mean {near}?" if near else f"--input {next(iter(nodes), 'input')}=...",
        )
    raise _bad(
        f"--input {entry}: which input?", f"the inputs are {listed}", f"--input {next(iter(nodes), 'input')}={entry}"
    )


def _misfit(network: Network, node: Node, entry: str, words: str, other: str = "", *, last: bool = False) -> UsageError:
    shape, order = node.declared, "batch, channels, then space"
    if last:
        order = "batch, space, then channels"
    free = list(dict.fromkeys(text(size) for size in shape[1:] if isinstance(size, Dim)))
    fix = (
        f"--input {','.join(text(size) for size in shape[1:])}, with numbers for {', '.join(free)}"
        if free
        else f"{_FREE_BY.get(PurePath(network.source).suffix.lower(), _IN_DESIGN)}; --input then sets it"
    )
    return _bad(
        f"--input {entry}: {words}",
        f"the input {node.name!r} is {shape_text(shape)}: {order}; the batch may be left out",
        f"{fix}\n{other}" if other else fix,
    )


def _near(name: str, names: Sequence[str] | Mapping[str, object]) -> str:
    from difflib import get_close_matches

    alike = [each for each in names if each.lower() == name.lower()]
    return next(iter(alike or get_close_matches(name, list(names), 1)), "")


def _bad(message: str, rule: str, fix: str) -> UsageError:
    return UsageError(message, code="CS004", rule=rule, fix=fix)
