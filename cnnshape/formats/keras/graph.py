"""What a description of Keras says about calls of layers: which layer takes which tensors, in what order."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from cnnshape.formats.keras.file import no_keras

__all__ = [
    "Call",
    "Layer",
    "Numbers",
    "Reference",
    "calls",
    "config_of",
    "is_model",
    "layers_of",
    "operator_of",
    "references",
    "text",
]

_LONGEST_NAME = 500
_DEEPEST = 60
_TENSOR = "__keras_tensor__"
_OPERATION = re.compile(r"keras\.(src\.)?ops(\..*)?")


@dataclass(frozen=True, slots=True)
class Reference:
    """A tensor: which output of which call of which layer; and its shape, where that is stated."""

    layer: str
    call: int = 0
    output: int = 0
    shape: tuple[int | None, ...] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers among the arguments of a call: one, or lists of them."""

    values: Any
    dtype: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of a model, as it is described.

    Parameters
    ----------
    name : its name in its model
    operator : its class; of one that is not Keras's own with the module in front
    config : its arguments
    calls : what each call of it takes: tensors and numbers
    given : what each call says beside these: keyword -> value, and of a tensor "at.keyword" -> its place among them
    """

    name: str
    operator: str
    config: Mapping[str, Any]
    calls: tuple[tuple[Reference | Numbers, ...], ...] = ()
    given: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """The `number`-th call of a layer, of whose outputs somebody takes as many as `outputs`; their stated shapes."""

    layer: Layer
    number: int
    outputs: int = 1
    shapes: Mapping[Reference, tuple[int | None, ...]] = field(default_factory=dict)


def is_model(layer: Layer) -> bool:
    """Say whether a layer is a model by itself."""
    return layer.operator in ("Functional", "Model", "Sequential") and isinstance(layer.config.get("layers"), list)


def config_of(described: Any, where: str) -> Mapping[str, Any]:
    """Return the arguments of something that is described."""
    config = described.get("config") if isinstance(described, dict) else None
    if not isinstance(config, dict):
        raise no_keras("a layer is no mapping with a class_name and a config", node=where)
    return config


def text(given: Any, where: str) -> str:
    """Return a name."""
    if not isinstance(given, str) or not given or len(given) > _LONGEST_NAME or not given.isprintable():
        raise no_keras("a name is no printable text, is empty or too long", node=where)
    return given


def layers_of(config: Mapping[str, Any], where: str) -> list[Layer]:
    """Return the layers of a model.

    Raises
    ------
    ReadError
        CS131, a layer is described in no way of Keras's, or two have one name.
    """
    described = config.get("layers")
    if not isinstance(described, list):
        raise no_keras("its layers are no list", node=where)
    found: dict[str, Layer] = {}
    for each in described:
        arguments = config_of(each, where)
        name = text(each.get("name") or arguments.get("name"), where)
        if name in found:
            raise no_keras(f"two layers are called {name!r}", node=where)
        nodes = each.get("inbound_nodes") or []
        if not isinstance(nodes, list):
            raise no_keras("its calls are no list", node=name)
        operator = operator_of(each, name)
        asked = [_arguments(node, operator, name) for node in nodes]
        found[name] = Layer(
            name, operator, arguments, tuple(tuple(taken) for taken, _ in asked), tuple(given for _, given in asked)
        )
    return list(found.values())


def references(given: Any, where: str) -> list[Reference]:
    """Return the tensors that a model takes or gives: one, several, or by name."""
    if isinstance(given, dict):
        given = list(given.values())
    if not isinstance(given, list):
        raise no_keras("its inputs or outputs are no list", node=where)
    return [_reference(each, where) for each in ([given] if _is_reference(given) else given)]


_MOST_OUTPUTS = 1000


def calls(layers: Sequence[Layer], where: str, given: Sequence[Reference] = ()) -> list[Call]:
    """Return all calls, each behind those that it takes tensors of; `given` are the tensors that leave the model.

    Raises
    ------
    ReadError
        CS131, a tensor that no call gives, or calls in a circle.
    """
    taken, shapes = Counter[tuple[str, int]](), dict[Reference, tuple[int | None, ...]]()
    for each in (*given, *(each for layer in layers for call in layer.calls for each in call)):
        if isinstance(each, Reference):
            taken[each.layer, each.call] = max(taken[each.layer, each.call], min(each.output, _MOST_OUTPUTS) + 1)
            if each.shape is not None:
                shapes[each] = each.shape
    every = [
        Call(layer, k, taken[layer.name, k] or 1, shapes) for layer in layers for k in range(len(layer.calls) or 1)
    ]
    index = {(call.layer.name, call.number): i for i, call in enumerate(every)}
    waits, after = [0] * len(every), [[] for _ in every]  # type: tuple[list[int], list[list[int]]]
    for i, call in enumerate(every):
        for each in _tensors(call):
            source = index.get((each.layer, each.call))
            if source is None:
                raise no_keras(f"nothing gives the output of call {each.call} of {each.layer!r}", node=call.layer.name)
            waits[i] += 1
            after[source].append(i)
    ready, ordered = deque(i for i, count in enumerate(waits) if not count), []  # type: tuple[deque[int], list[Call]]
    while ready:
        i = ready.popleft()
        ordered.append(every[i])
        for later in after[i]:
            waits[later] -= 1
            if not waits[later]:
                ready.append(later)
    if len(ordered) < len(every):
        left = next(call for i, call in enumerate(every) if waits[i])
        raise no_keras(f"the layer {left.layer.name!r} takes what follows from its own output", node=where)
    return ordered


def _tensors(call: Call) -> Iterator[Reference]:
    if call.layer.calls:
        yield from (each for each in call.layer.calls[call.number] if isinstance(each, Reference))


def operator_of(described: Mapping[str, Any], name: str) -> str:
    """Return the class of a layer; what is registered elsewhere has only its name in common with Keras's."""
    operator, module = text(described.get("class_name"), name), described.get("module")
    registered = described.get("registered_name")
    own = module is None or (isinstance(module, str) and (module == "keras" or module.startswith("keras.")))
    if isinstance(registered, str) and ">" in registered and not registered.startswith("Keras>"):
        return registered
    if own and isinstance(module, str) and _OPERATION.fullmatch(module):
        return f"ops.{operator}"
    return operator if own else f"{module}.{operator}"


Asked: TypeAlias = "tuple[list[Reference | Numbers], dict[str, Any]]"


def _arguments(node: Any, operator: str, name: str) -> Asked:
    """Return what a call takes, in Keras 3's form, or in that of older versions, and what it says beside."""
    taken: list[Reference | Numbers] = []
    given: dict[str, Any] = {}
    if isinstance(node, dict):
        args, keywords = node.get("args") or [], node.get("kwargs") or {}
        if not isinstance(keywords, dict) or not isinstance(args, list):
            raise no_keras("the keywords of a call are no mapping, or its arguments no list", node=name)
        if operator == "ops.GetItem" and len(args) == 2:
            args, given["key"] = args[:1], args[1]
        for each in args:
            taken.extend(_flat(each, name))
        for keyword, value in keywords.items():
            _keyword(keyword, value, taken, given, name)
        return taken, given
    if not isinstance(node, list):
        raise no_keras("a call is no mapping with args and kwargs", node=name)
    for each in [node] if _is_reference(node) else node:
        taken.append(_reference(each, name))
        for keyword, value in each[3].items() if len(each) > 3 and isinstance(each[3], dict) else ():
            _keyword(keyword, _told(value), taken, given, name)
    return taken, given


def _told(value: Any) -> Any:
    """Return a tensor that an older version names by layer, call and output as Keras 3 names it."""
    if _is_reference(value) and len(value) == 3 and type(value[1]) is int:
        return {"class_name": _TENSOR, "config": {"keras_history": value}}
    return value


def _keyword(keyword: str, value: Any, taken: list[Reference | Numbers], given: dict[str, Any], name: str) -> None:
    if keyword in ("mask", "training") or value is None:
        return
    if isinstance(value, dict) and value.get("class_name") == _TENSOR:
        given[f"at.{keyword}"] = len(taken)
        taken.extend(_flat(value, name))
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        taken.extend(_flat(value, name))
    else:
        given[keyword] = value


def _flat(value: Any, name: str, depth: int = 0) -> Iterator[Reference | Numbers]:
    if depth > _DEEPEST:
        raise no_keras("the arguments of a call are nested too deeply", node=name)
    if isinstance(value, list):
        if value and all(isinstance(each, (int, float)) for each in value):
            yield Numbers(value)
            return
        for each in value:
            yield from _flat(each, name, depth + 1)
    elif isinstance(value, dict) and value.get("class_name") == _TENSOR:
        stated = config_of(value, name)
        yield _reference(stated.get("keras_history"), name, stated.get("shape"))
    elif isinstance(value, dict) and value.get("class_name") in ("__numpy__", "__tensor__"):
        stated = config_of(value, name)
        yield Numbers(stated.get("value"), str(stated.get("dtype") or ""))
    elif isinstance(value, (int, float)):
        yield Numbers(value)
    elif value is not None:
        raise no_keras(f"an argument of a call is {value!r:.60}", node=name)


def _is_reference(given: Any) -> bool:
    return isinstance(given, list) and len(given) > 2 and isinstance(given[0], str)


def _reference(given: Any, name: str, shape: Any = None) -> Reference:
    if not _is_reference(given) or not all(type(each) is int and each >= 0 for each in given[1:3]):
        raise no_keras("a tensor is named otherwise than by layer, call and output", node=name)
    plain = isinstance(shape, list) and all(each is None or type(each) is int for each in shape)
    return Reference(text(given[0], name), given[1], given[2], tuple(shape) if plain else None)
