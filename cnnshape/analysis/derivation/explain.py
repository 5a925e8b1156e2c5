"""How the numbers of a report come about: of one layer, of a block, or of the whole network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from cnnshape.analysis.derivation.data import TOPICS, Derivation, Step, Topic
from cnnshape.analysis.derivation.field import field_topics
from cnnshape.analysis.derivation.network import Group, size_topics
from cnnshape.analysis.derivation.params import params_topic
from cnnshape.analysis.derivation.size import size_topic
from cnnshape.analysis.derivation.steps import steps
from cnnshape.analysis.derivation.totals import by_map, largest_topic
from cnnshape.analysis.derivation.work import Pass, macs_topic, memory_topic
from cnnshape.analysis.report import Facts
from cnnshape.errors import CnnshapeError, UsageError
from cnnshape.layers.base import axis_name, in_space
from cnnshape.layers.catalog import by_class
from cnnshape.layers.io import Unknown
from cnnshape.symbolic import Dim, solve, symbols

__all__ = ["explain", "named_topics"]

_OF_A_LAYER = ("size", "params", "macs", "receptive-field")
_OF_A_NETWORK = ("size", "params", "macs", "receptive-field", "inputs")
_MEANT = {
    "output": "size",
    "shape": "size",
    "weights": "params",
    "flops": "macs",
    "activations": "memory",
    "bytes": "memory",
    "field": "receptive-field",
    "rf": "receptive-field",
    "conditions": "inputs",
    "fits": "inputs",
}
"""Words that reports and textbooks have for a topic."""


def named_topics(of: str | Sequence[str]) -> tuple[str, ...]:
    """Return the topics that are asked for.

    Raises
    ------
    UsageError
        CS001, there is no such topic.
    """
    words = of.replace(",", " ").split() if isinstance(of, str) else list(of)
    named = tuple(dict.fromkeys(str(word).replace("_", "-") for word in words))
    if named == ("all",):
        return TOPICS
    for name in named:
        if name not in TOPICS:
            from difflib import get_close_matches

            near = [_MEANT[name]] if name in _MEANT else get_close_matches(name, TOPICS, 1)
            raise UsageError(
                f"{name!r} is nothing that can be explained",
                got=name,
                rule=f"what can be explained is {', '.join(TOPICS)}, or all",
                fix=f"did you mean {near[0]}?" if near else "size, or several with commas: size,params",
            )
    return named


def explain(facts: Facts, layer: str = "", of: str | Sequence[str] = (), read_as: str = "") -> Derivation:
    """Return how the numbers of a layer, a block or a network come about.

    Parameters
    ----------
    facts : Facts, at the sizes of interest
    layer : name of a layer or a block; "" for the network
    of : some of `TOPICS`; empty: those that make sense
    read_as : how the inputs were read

    Raises
    ------
    UsageError
        CS005, no layer or block has this name; CS001, a topic that there is not.

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> from cnnshape.analysis.report import facts
    >>> x = Input("image", (3, "H", "W"))
    >>> net = Network("tiny", inputs=x, outputs=L.Conv(64, kernel_size=7, stride=2, padding=3)(x))
    >>> found = explain(facts(net).at(H=224, W=224), "conv1", "params")
    >>> found.topic("params").rules, [step.chain for step in found.topic("params").steps]
    (('(N*N*C_in + 1)*C_out',), [('64*3*7*7', 9408), (64,), ('9408 + 64', 9472)])
    """
    wanted = named_topics(of)
    network = facts.network
    node = network.index.get(layer, network.producers.get(layer)) if layer else None
    if node is not None:
        about = _Layer(facts, node)
        topics, operator = about.topics(wanted), about.label()
    else:
        group = Group(facts, layer)
        if layer and not any(each.scope == layer or each.scope.startswith(f"{layer}.") for each in network.nodes):
            raise _unknown(facts, layer)
        topics, operator = _of_group(group, wanted), ""
    return Derivation(
        model=facts.model,
        layer=network.nodes[node].name if node is not None else layer,
        operator=operator,
        read_as=read_as,
        topics=tuple(topics),
        valid=facts.valid,
        errors=tuple(error.text for error in facts.errors),
        notes=tuple(_notes(facts, layer)),
    )


def _notes(facts: Facts, layer: str) -> Iterator[str]:
    if not layer and len(facts.outputs) > 1:
        yield f"one of {len(facts.outputs)} outputs; name a layer for the others: {', '.join(facts.network.outputs)}"


class _Layer:
    """The derivations of one layer."""

    def __init__(self, facts: Facts, node: int) -> None:
        self.facts, self.i = facts, node
        self.found = facts.propagation
        self.node = self.found.network.nodes[node]
        self.inputs, self.outputs = self.found.inputs[node], self.found.outputs[node]
        self.batch = "" if facts.network.batch in facts.sizes else facts.network.batch

    def label(self) -> str:
        """Return the operator, with a number of its kernel for each axis of space."""
        return in_space(self.node.layer, len(self.inputs[0].shape) - 2 if self.inputs else 0).label()

    def topics(self, wanted: Sequence[str]) -> Iterator[Topic]:
        """Yield the topics that are asked for, or those that make sense."""
        ways: dict[str, Callable[[], Iterator[Topic]]] = {
            "size": self._size,
            "params": self._params,
            "macs": self._macs,
            "memory": self._memory,
            "receptive-field": self._field,
            "inputs": self._inputs,
        }
        for name in wanted or _OF_A_LAYER:
            made = list(ways[name]())
            if not wanted and name == "params" and self.inputs is not None and not self.node.layer.weights(self.inputs):
                continue  # nothing to learn, and nobody asked
            if not made and wanted:
                made = [Topic(name, name, None, steps=(Step("", (), "it sees no pixels of an input"),))]
            yield from made

    def _size(self) -> Iterator[Topic]:
        if self.inputs is None or self.outputs is None:
            yield Topic("size", "size of the output", None, steps=tuple(self._refused()))
            return
        free = (self.facts.free or self.facts).propagation.outputs[self.i] or ()
        yield size_topic(self.node.layer, self.inputs, self.outputs, free if self.facts.free else ())

    def _unknown(self) -> Step:
        if isinstance(self.node.layer, Unknown) and self.outputs is not None:
            return Step("", (), f"it is not known: {self.node.layer.operator}: {self.node.layer.reason()}")
        return next(iter(self._refused()))

    def _refused(self) -> Iterator[Step]:
        """Yield what can be said of a layer at or behind a fault."""
        error = next((error for error in self.facts.errors if error.layer == self.node.name), None)
        if error is None:
            first = self.facts.errors[0].layer if self.facts.errors else "a fault"
            yield Step("", (), f"it is not known: the layer comes after {first}, which does not fit")
            return
        yield Step("", (), f"it does not fit: {error.message}")
        if self.inputs is None:
            return
        try:
            windows = self.node.layer.window(self.inputs).axes
        except CnnshapeError:
            return
        shape = self.inputs[0].shape
        for axis, window in sorted(windows.items()):
            if axis < len(shape):
                found = steps(shape[axis], window)
                yield Step(axis_name(len(shape), axis), tuple(found.filled[-1].split(" = ")))

    def _params(self) -> Iterator[Topic]:
        inputs, outputs, node = self.inputs, self.outputs, self.node
        if inputs is None and self.facts.counts.params[node.name] is not None:  # they do not depend on the sizes
            free = (self.facts.free or self.facts).propagation
            inputs, outputs = free.inputs[self.i], free.outputs[self.i]
        if inputs is None or not (node.weights_of or node.layer.weights_known):
            yield Topic("params", "parameters", None, steps=(self._unknown(),))
            return
        yield params_topic(node.layer, inputs, outputs, owner=node.weights_of, frozen=node.frozen)

    def _pass(self) -> Pass | None:
        if self.inputs is None or self.outputs is None:
            return None
        executed = self.i not in self.facts.network.held
        return Pass(self.node.layer, self.inputs, self.outputs, self.batch, executed)

    def _macs(self) -> Iterator[Topic]:
        use, macs = self._pass(), self.facts.tally.macs[self.node.name]
        if use is None or macs is None:
            yield Topic("macs", "multiply-adds", None, steps=(self._unknown(),))
            return
        rule = self.facts.tally.convention.rule(by_class()[type(self.node.layer)].name)
        torch = self.facts.convention == "torchvision"
        made = macs_topic(use, macs, self.facts.convention, "" if torch or rule is None else rule.words)
        yield self._shortened(made)

    def _memory(self) -> Iterator[Topic]:
        use = self._pass()
        if use is None:
            yield Topic("memory", "memory of the outputs", None, steps=(self._unknown(),))
            return
        memory = self.facts.memory
        stated = use.outputs[0].dtype if use.outputs else "float32"
        weights = memory.stored_as(self.i, stated if "float" in stated else "float32")
        types = tuple(memory.stored_as(self.i, spec.dtype) for spec in use.outputs)
        row = self.facts.counts.owned[self.i]
        owned = row.weights if row is not None and not self.node.weights_of else ()
        yield self._shortened(memory_topic(use, owned, weights, types))

    def _shortened(self, topic: Topic) -> Topic:
        """Return a topic with the shorter formula that the report shows, where the sizes that fit allow one."""
        size = topic.result
        if not isinstance(size, Dim):
            return topic
        short = (self.facts.free or self.facts).validity.shortened(size)
        if short == size:
            return topic
        return replace(topic, result=short, steps=(*topic.steps, Step("", (short,), "for the sizes that fit")))

    def _field(self) -> Iterator[Topic]:
        if self.outputs is None or self.i in self.facts.network.held:
            return
        name = self.node.name if len(self.outputs) == 1 else f"{self.node.name}.0"
        yield from field_topics(self.found, self.facts.fields, name)

    def _inputs(self) -> Iterator[Topic]:
        free = (self.facts.free or self.facts).propagation
        demands = [demand.condition for demand in free.demands if demand.node == self.i]
        lines = []
        for condition in demands:
            names = symbols(condition.expr)
            known = ""
            if len(names) == 1:
                (name,) = names
                known = f"that is, {solve(condition.expr, condition.op, name).text(name)}"
            lines.append(Step("asks", (), f"{condition}{', ' if known else ''}{known}"))
        if not lines:
            lines.append(Step("", (), "it asks nothing of the sizes"))
        yield Topic("inputs", "what the layer asks of the sizes", None, steps=tuple(lines))


def _of_group(group: Group, wanted: Sequence[str]) -> Iterator[Topic]:
    facts = group.facts
    batch = facts.network.batch
    each = ", one image" if batch and batch not in facts.sizes else ""
    for name in wanted or _OF_A_NETWORK[: 4 if group.name else 5]:
        if name == "size":
            yield from size_topics(group)
        elif name == "params":
            yield largest_topic(group, "params", "parameters")
        elif name == "macs":
            yield _work(group, f"multiply-adds{each}")
        elif name == "memory":
            title = f"memory of the outputs{each}"
            symbolic = any(isinstance(layer.activation_bytes, Dim) for layer in group.layers)
            yield (by_map if symbolic else largest_topic)(group, "memory", title, "bytes")
        elif name == "receptive-field":
            tensor = group.output
            if tensor:
                yield from field_topics(facts.propagation, facts.fields, tensor, group.has)
        else:
            yield _fitting(facts)


def _work(group: Group, title: str) -> Topic:
    if group.facts.convention == "torchvision":
        return by_map(group, "macs", title)
    return largest_topic(group, "macs", f"{title} ({group.facts.convention})")


def _fitting(facts: Facts) -> Topic:
    """Return which inputs fit, and what each layer that decides it asks."""
    coupled = [relation for relation in facts.relations if len(relation.boxes) != 1]
    taken = {name for relation in coupled for name in relation.symbols}
    rows = [(relation.text, relation.because) for relation in coupled]
    for name, because in facts.validity.because.items():
        if name in facts.sets and name not in taken:
            rows.append((facts.sets[name].text(name), because))
    lines = []
    for so, reasons in rows:
        lines += [Step("" if k else "asked", (), reason.text) for k, reason in enumerate(reasons)]
        lines.append(Step("so", (), so))
    if not lines:
        refused = bool(facts.validity.propagation.faults)
        lines.append(Step("", (), "no size fits" if refused else "any size: no layer refuses one"))
    return Topic("inputs", "inputs that fit", ", ".join(so for so, _ in rows) or None, steps=tuple(lines))


def _unknown(facts: Facts, layer: str) -> UsageError:
    from difflib import get_close_matches

    nodes = facts.network.nodes
    scopes = dict.fromkeys(scope for node in nodes for scope in _scopes(node.scope))
    names = [*(node.name for node in nodes), *scopes]
    low = layer.lower()
    alike = [name for name in names if name.lower() == low]
    alike += [name for name in names if name.lower().endswith(f".{low}")][:3]
    near = list(dict.fromkeys(alike or get_close_matches(layer, names[:10_000], 3)))
    listed = " or ".join(near[:3])
    return UsageError(
        f"there is no layer or block {layer!r} in {facts.model}",
        code="CS005",
        got=layer,
        rule="a layer is named as in the report's rows, a block by the words before the dots",
        fix=f"did you mean {listed}?"
        if near
        else f"one of {', '.join(names[:5])}{', ...' * (len(names) > 5)}: cnnshape report lists them",
    )


def _scopes(scope: str) -> list[str]:
    parts = scope.split(".") if scope else []
    return [".".join(parts[: k + 1]) for k in range(len(parts))]
