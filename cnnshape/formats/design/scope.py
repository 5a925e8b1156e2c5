"""Scopes of names while a design is expanded, and the tensors that names stand for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from cnnshape.errors import DesignError
from cnnshape.formats.design.tree import Scalar
from cnnshape.formats.design.values import Env, Word

__all__ = ["Scope", "Tensors"]


class Scope:
    """A list of layers that is being expanded: the whole design, a block, a definition in use.

    Parameters
    ----------
    prefix : what its names start with: "" or ``block.``
    outer : the scopes around it, nearest first
    env : what symbols and arguments stand for
    start : the tensor that `input` means, or "" if there is no such one
    stated : names that its entries state
    frozen : bool, True if no weight inside is trained
    depth : blocks and branches around it
    """

    __slots__ = ("counts", "depth", "env", "frozen", "outer", "prefix", "prefixes", "start", "stated")

    def __init__(
        self,
        prefix: str,
        outer: tuple[Scope, ...],
        env: Env,
        start: str,
        stated: frozenset[str],
        frozen: bool,
        depth: int,
    ) -> None:
        self.prefix, self.outer, self.env, self.start = prefix, outer, env, start
        self.stated, self.frozen, self.depth = stated, frozen, depth
        self.prefixes: tuple[str, ...] = (prefix, *outer[0].prefixes) if outer else (prefix,)
        self.counts: Counter[str] = Counter()

    def branch(self) -> Scope:
        """Return the scope of a branch: the same names and counts, one level deeper."""
        inner = Scope(self.prefix, self.outer, self.env, self.start, self.stated, self.frozen, self.depth + 1)
        inner.counts = self.counts
        return inner

    def automatic(self, kind: str, tensors: Tensors, bare: bool = False) -> str:
        """Return the next free full name of a kind: kind and count; `bare` leaves out the first count."""
        while True:
            self.counts[kind] += 1
            count = self.counts[kind]
            name = kind if bare and count == 1 else f"{kind}{count}"
            if name not in self.stated and f"{self.prefix}{name}" not in tensors:
                return self.prefix + name

    def candidates(self, text: str) -> Iterator[str]:
        """Return the full names that a name may mean, innermost first; a leading dot starts from the outside."""
        if text.startswith("."):
            yield text[1:]
        else:
            for prefix in self.prefixes:
                yield prefix + text


class Tensors:
    """The tensors by full name: a layer's is its own, a block's is that of its last layer."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def add(self, name: str, tensor: str) -> None:
        self._known[name] = tensor

    def find(self, text: str, scope: Scope) -> str | None:
        """Return the tensor that a name means in a scope: ``a``, ``block.a``, or an output ``split.0``."""
        known = self._known
        for name in scope.candidates(text):
            if name in known:
                return known[name] or None
            owner, _, port = name.rpartition(".")
            if port.isdigit() and known.get(owner) == owner:
                return name
        return None

    def missing(
        self, word: Scalar, scope: Scope, file: str, node: str, what: str = "tensor", code: str = "CS116"
    ) -> DesignError:
        """Return the error for a name that means nothing, with the nearest one that does."""
        from difflib import get_close_matches

        value = scope.env.values.get(word.text)
        if isinstance(value, Word) and isinstance(value.tree, Scalar):
            word, scope = value.tree, value.scope
        names = [name.removeprefix(scope.prefix) for name, _ in zip(self._known, range(10_000), strict=False)]
        near = get_close_matches(word.text, names, 1)
        several = re.split(r"[\s+*]+", word.text)
        if len(several) > 1 and all(part in names for part in several):
            fix = f"put commas: [{', '.join(several)}]"
        else:
            fix = f"did you mean {near[0]}?" if near else f"write name: {word.text} beside the layer that is meant"
        listed = ", ".join([*names[:6], "..."] if len(names) > 6 else names)
        return DesignError(
            f"there is no {what} {word.text!r}",
            code=code,
            place=f"{file}:{word.line}:{word.column}",
            node=node,
            got=word.text,
            rule=f"the names in sight are {listed}" if names else "nothing has a name yet",
            fix=fix,
        )
