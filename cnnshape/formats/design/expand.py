"""From entries to nodes: definitions, repeats, branches and shared weights written out, with names and places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple, NoReturn, TypeAlias

from cnnshape.errors import DesignError
from cnnshape.formats.design.entries import Body, Call, LayerCall, Source, Use, WordCall
from cnnshape.formats.design.expand_faults import (
    MOST_LAYERS,
    MOST_USES,
    missing_argument,
    name_twice,
    no_default,
    no_layer,
    no_tensor,
    repeated_twice,
    said,
    several_inputs,
    too_deep,
    too_many,
    which_input,
)
from cnnshape.formats.design.layer_values import made_layer
from cnnshape.formats.design.scope import Scope, Tensors
from cnnshape.formats.design.sections import Design
from cnnshape.formats.design.tree import Scalar, Tree, described
from cnnshape.formats.design.values import Env, Word, bound_value, number
from cnnshape.graph.network import Node
from cnnshape.layers import catalog
from cnnshape.layers.base import Layer

__all__ = ["DEEPEST", "Expansion", "expand"]

DEEPEST = 100
"""Blocks and branches inside one another."""


Named: TypeAlias = LayerCall | Call | Body


class Expansion(NamedTuple):
    """What a design writes out to.

    Parameters
    ----------
    nodes : the inputs' and the layers', in the file's order
    outputs : output name -> tensor
    """

    nodes: tuple[Node, ...]
    outputs: Mapping[str, str]


class _Record(NamedTuple):
    """An entry that was expanded, for one that shares its weights.

    Parameters
    ----------
    use, scope : the entry that states the layer, and where
    times : its repeats together, or None for a single one
    first, last : its nodes
    """

    use: Use
    scope: Scope
    times: int | None
    first: int
    last: int


def expand(design: Design) -> Expansion:
    """Write a design out.

    Raises
    ------
    DesignError
        CS111 to CS126, CS3xx, CS4xx, with the place of the entry.
    """
    return _Expander(design).run()


class _Expander:
    def __init__(self, design: Design) -> None:
        self.design = design
        self.file = design.file
        self.nodes: list[Node] = []
        self.tensors = Tensors()
        self.records: dict[str, _Record] = {}
        self.layers: dict[tuple[int, Any], Layer] = {}
        self.envs: dict[tuple[int, Any], Env] = {}
        self.places: dict[int, str] = {}
        self.open: list[tuple[int, int, Scalar, Scope]] = []
        self.owners: list[tuple[int, Scalar, Scope]] = []
        self.used = 0

    def place(self, tree: Tree) -> str:
        return f"{self.file}:{tree.line}:{tree.column}"

    def refuse(self, tree: Tree, message: str, code: str, **parts: Any) -> NoReturn:
        raise DesignError(message, code=code, place=self.place(tree), **parts)

    def run(self) -> Expansion:
        design = self.design
        for entry in design.inputs:
            self.nodes.append(Node(entry.name, entry.layer, (), entry.scope, place=entry.place))
            self.tensors.add(entry.name, entry.name)
        start = design.inputs[0].name if len(design.inputs) == 1 else ""
        scope = Scope("", (), Env(design.symbols, {}), start, design.body.names, False, 0)
        last = self.body(design.body, scope, start)
        outputs: dict[str, str] = {}
        for name, word in design.outputs:
            tensor = self.named(word, scope, last)
            if tensor is None:
                raise self.tensors.missing(word, scope, self.file, "outputs")
            outputs[name or tensor] = tensor
        self.close()
        return Expansion(tuple(self.nodes), outputs)

    def body(self, body: Body, scope: Scope, tensor: str) -> str:
        """Expand a list of entries that starts from `tensor`; return what it ends with."""
        if scope.depth > DEEPEST:
            raise too_deep(self.file, body.tree, DEEPEST)
        for use in body.uses:
            tensor = self.use(use, scope, tensor)
        return tensor

    def use(self, use: Use, scope: Scope, tensor: str) -> str:
        """Expand an entry with its repeats; return its output."""
        times = None if use.repeat is None else number(use.repeat, scope.env, self.file, "repeat")
        what = self.meant(use, scope)
        if what is None:
            assert use.share is not None
            found = self.shared(use.share, scope)
            if found is None:
                raise self.tensors.missing(use.share, scope, self.file, "", what="layer or block", code="CS121")
            source = found
            what = self.meant(source.use, source.scope)
            assert what is not None
            if source.times is not None:
                if times is not None:
                    raise repeated_twice(self.file, use)
                times = source.times
        else:
            source = _Record(use, scope, None, 0, 0)
        first, tied = len(self.nodes), 0
        name = self.name(use, what, scope, times)
        if times is None:
            tensor, own = self.once(use, source, what, scope, tensor, name)
            if use.what is None:
                self.tie(source, own, 0)
        else:
            if times > MOST_LAYERS:
                raise too_many(self.file, use.tree if use.repeat is None else use.repeat)
            used = self.used
            for i in range(times):
                each = f"{name}.{i}" if name else ""
                tensor, own = self.once(use, source, what, scope, tensor, each)
                if use.what is None:
                    tied = self.tie(source, own, tied)
                # Each repeat adds as much as the first: no need to try them all.
                if i == 0 and (
                    first + (len(self.nodes) - first) * times > MOST_LAYERS or (self.used - used) * times > MOST_USES
                ):
                    raise too_many(self.file, use.tree if use.repeat is None else use.repeat)
            if name:
                self.tensors.add(name, tensor)
                self.records[name] = _Record(source.use, source.scope, times, first, len(self.nodes))
        return tensor

    def name(self, use: Use, what: Named, scope: Scope, times: int | None) -> str:
        """Return the full name of an entry; "" for a layer that gets one after its branches."""
        if use.name:
            name = use.name[1:] if use.name.startswith(".") else scope.prefix + use.name
            if name in self.tensors:
                earlier = next((n.place for n in self.nodes if n.name == name or n.name.startswith(f"{name}.")), "")
                raise name_twice(self.file, use, name, earlier)
            return name
        if isinstance(what, LayerCall):
            return ""
        kind = what.name if isinstance(what, Call) else "block"
        return scope.automatic(kind, self.tensors, times is not None)

    def meant(self, use: Use, scope: Scope) -> Named | None:
        """Return what an entry calls; a word that is an argument is looked up."""
        if not isinstance(use.what, WordCall):
            return use.what
        word = use.what.word
        value = scope.env.values[word.text]
        if not isinstance(value, Word):
            raise no_layer(self.file, word, value)
        if value.text in self.design.definitions:
            return Call(value.text, {}, word)
        try:
            entry, rank = catalog.find(value.text)
        except DesignError as error:
            raise error.at(place=self.place(value.tree)) from None
        return LayerCall(entry, rank, (), False, word)

    def once(self, use: Use, source: _Record, what: Named, scope: Scope, tensor: str, name: str) -> tuple[str, int]:
        """Expand an entry once under a full name; return its output, and its first node after its branches.

        `source` is the entry that states the layer: `use` itself, or the one whose weights it shares.
        """
        self.used += 1
        if self.used > MOST_USES or len(self.nodes) >= MOST_LAYERS:
            raise too_many(self.file, use.tree if use.repeat is None else use.repeat)
        if isinstance(what, LayerCall):
            name = tensor = self.layer(use, source, what, scope, tensor, name)
            first = len(self.nodes) - 1
        else:
            tensor, first = self.block(use, source, what, scope, tensor, name)
        self.tensors.add(name, tensor)
        self.records[name] = _Record(source.use, source.scope, None, first, len(self.nodes))
        return tensor, first

    def layer(self, use: Use, source: _Record, call: LayerCall, scope: Scope, tensor: str, name: str) -> str:
        """Add the node of a layer after those of its branches; return its name."""
        taken: tuple[str, ...] = ()
        if use.inputs is not None:
            taken = self.taken(use.inputs, scope, tensor)
        elif call.entry.layer.arity[1] != 0:
            taken = (tensor or self.no_default(use.tree, call.word.text),)
        name = name or scope.automatic(call.entry.name, self.tensors)
        key = (id(call.word), source.scope.env.key)
        layer = self.layers.get(key)
        if layer is None:
            layer = self.layers[key] = made_layer(call, source.scope.env, self.file, name)
        where = name.rpartition(".")[0] if use.name else scope.prefix[:-1]
        place = self.places.get(id(use.tree)) or self.places.setdefault(id(use.tree), self.place(use.tree))
        owner = ""
        if use.share is not None and use.what is not None:
            owner = self.owner(use.share, scope)
            if not owner:
                self.owners.append((len(self.nodes), use.share, scope))
        self.nodes.append(
            Node(
                name,
                layer,
                taken,
                where if use.scope is None else use.scope,
                owner,
                scope.frozen or (source.use.frozen is not None and self.flag(source.use.frozen, source.scope)),
                place,
            )
        )

        return name

    def taken(self, inputs: tuple[Source, ...], scope: Scope, tensor: str) -> tuple[str, ...]:
        """Return the tensors that a layer takes; "" for a name that comes later."""
        found = []
        later = []
        for i, source in enumerate(inputs):
            if isinstance(source, Body):
                found.append(self.body(source, scope.branch(), tensor) or self.no_default(source.tree, "the branch"))
                continue
            one = self.named(source, scope, tensor)
            if one is None:
                later.append((i, source))
            found.append(one or "")
        self.open.extend((len(self.nodes), i, word, scope) for i, word in later)
        return tuple(found)

    def block(
        self, use: Use, source: _Record, what: Call | Body, scope: Scope, tensor: str, name: str
    ) -> tuple[str, int]:
        """Expand a block or definition in a scope of its own; return its output and its first node."""
        previous = tensor
        if use.inputs is not None:
            if len(use.inputs) != 1:
                raise several_inputs(self.file, use)
            (one,) = use.inputs
            if isinstance(one, Body):
                tensor = self.body(one, scope.branch(), tensor)
            else:
                found = self.named(one, scope, tensor)
                if found is None:
                    raise self.tensors.missing(one, scope, self.file, name)
                tensor = found
        body, env = (what, source.scope.env) if isinstance(what, Body) else self.called(what, source.scope, previous)
        frozen = scope.frozen or (source.use.frozen is not None and self.flag(source.use.frozen, source.scope))
        inner = Scope(f"{name}.", (source.scope, *source.scope.outer), env, tensor, body.names, frozen, scope.depth + 1)
        first = len(self.nodes)
        return self.body(body, inner, tensor), first

    def called(self, call: Call, scope: Scope, previous: str) -> tuple[Body, Env]:
        """Return a definition's layers and what its arguments stand for."""
        definition = self.design.definitions[call.name]
        key = (id(call.word), scope.env.key)
        env = self.envs.get(key)
        if env is not None:
            return definition.body, env
        values: dict[str, Any] = {}
        for name, default in definition.defaults.items():
            tree = call.arguments.get(name)
            if tree is not None:
                value = bound_value(tree, scope.env, self.file, name, scope)
                if isinstance(value, Word) and value.tree is tree and value.text in ("input", "previous", "last"):
                    value = value._replace(tensor=self.named(value.tree, scope, previous) or "")
            elif default is None:
                raise missing_argument(self.file, call, name, definition)
            else:
                value = bound_value(default, Env(self.design.symbols, values), self.file, name, scope)
            values[name] = value
        note = ", ".join(f"{name} = {said(value)}" for name, value in values.items())
        env = Env(self.design.symbols, values, f"in {call.name}: {note}" if note else "")
        if not any(isinstance(value, Word) for value in values.values()):
            self.envs[key] = env
        return definition.body, env

    def no_default(self, tree: Tree, name: str) -> NoReturn:
        raise no_default(self.file, tree, name, [entry.name for entry in self.design.inputs])

    def named(self, word: Tree, scope: Scope, previous: str) -> str | None:
        """Return the tensor that a word means, or None if no layer before has that name."""
        assert isinstance(word, Scalar)
        text = word.text
        value = scope.env.values.get(text)
        if isinstance(value, Word):
            if value.tensor:
                return value.tensor
            return self.tensors.find(value.text, value.scope)
        if value is not None:
            raise no_tensor(self.file, word, value).at(given=scope.env.note)
        if text in ("previous", "last"):
            return previous or self.no_default(word, text)
        if text == "input" and scope.start:
            return scope.start
        if not isinstance(word.value, (str, int)) or isinstance(word.value, bool):
            self.refuse(word, f"an input is {described(word)}", "CS116", rule="an input is a name", fix="previous")
        if text == "input" and text not in self.tensors:
            raise which_input(self.file, word, [entry.name for entry in self.design.inputs])
        return self.tensors.find(text, scope)

    def flag(self, tree: Tree, scope: Scope) -> bool:
        value = tree.value if isinstance(tree, Scalar) else None
        if isinstance(value, str):
            value = scope.env.values.get(value)
        if not isinstance(value, bool):
            self.refuse(
                tree, f"frozen is {described(tree)}", "CS112", rule="frozen is true or false", fix="frozen: true"
            )
        return value

    def shared(self, word: Scalar, scope: Scope) -> _Record | None:
        """Return the entry that another shares, or None if nothing before has that name."""
        return next((self.records[name] for name in scope.candidates(word.text) if name in self.records), None)

    def owner(self, word: Scalar, scope: Scope) -> str:
        """Return the node whose weights a layer has, or "" if nothing before has that name."""
        record = self.shared(word, scope)
        if record is None:
            return ""
        node = self.nodes[record.first]
        return node.weights_of or node.name

    def tie(self, source: _Record, first: int, offset: int) -> int:
        """Give the nodes from `first` on the weights of the nodes that they repeat; return how far those got."""
        size = source.last - source.first
        for i in range(first, len(self.nodes)):
            owner = self.nodes[source.first + offset % size]
            self.nodes[i] = replace(self.nodes[i], weights_of=owner.weights_of or owner.name, frozen=owner.frozen)
            offset += 1
        return offset

    def close(self) -> None:
        """Look up the names that were used before their layers."""
        for at, i, word, scope in self.open:
            tensor = self.named(word, scope, "")
            node = self.nodes[at]
            if tensor is None:
                raise self.tensors.missing(word, scope, self.file, node.name)
            self.nodes[at] = replace(node, inputs=(*node.inputs[:i], tensor, *node.inputs[i + 1 :]))
        for at, word, scope in self.owners:
            owner = self.owner(word, scope)
            if not owner:
                raise self.tensors.missing(word, scope, self.file, self.nodes[at].name, what="layer", code="CS121")
            self.nodes[at] = replace(self.nodes[at], weights_of=owner)
