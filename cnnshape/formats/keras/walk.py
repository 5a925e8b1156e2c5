"""The walk over the layers of a Keras model, which notes what each call of one takes and gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeAlias

from cnnshape.errors import CnnshapeError
from cnnshape.formats.keras.calls import activation_of, arguments, described_layer, fixed, steps_alike, values
from cnnshape.formats.keras.file import no_keras
from cnnshape.formats.keras.graph import (
    Call,
    Layer,
    Numbers,
    Reference,
    calls,
    config_of,
    is_model,
    layers_of,
    references,
)
from cnnshape.formats.keras.layouts import (
    Layout,
    has_activation,
    keeps_mask,
    rank_after,
    shown,
    stated_outputs,
    takes_numbers,
    wanted,
)
from cnnshape.formats.keras.weights import Place, Weights, folders
from cnnshape.formats.reading.records import Declared, Known, Record
from cnnshape.layers import catalog
from cnnshape.layers.base import Layer as LayerHere
from cnnshape.layers.base import Spec
from cnnshape.layers.fields import DTYPES
from cnnshape.symbolic import Size, dim

__all__ = ["Block", "Walk"]

_DEEPEST = 40
_MOST_CALLS = 200_000
_MOST_MODELS = 5_000
"""Models that call one another twice are soon more than any memory holds."""
_NAMES = {2: ("C",), 3: ("T", "C"), 4: ("H", "W", "C"), 5: ("D", "H", "W", "C")}
_INSIDE = {"TimeDistributed": "layer", "SpectralNormalization": "layer"}
"""Layers around another one, and what they call it."""

_TOP = Place()
Asked: TypeAlias = Sequence["str | Numbers"]


@dataclass(frozen=True, slots=True)
class Block:
    """Where a model stands in another one.

    Parameters
    ----------
    scope, holder : the names of its call and of its definition
    frozen : whether it is not trained
    depth : in how many it stands
    place : where its weights are
    folders : its layers -> what their weights are called
    """

    scope: str = ""
    holder: str = ""
    frozen: bool = False
    depth: int = 0
    place: Place = _TOP
    folders: Mapping[str, str] = field(default_factory=dict)

    def name(self, layer: str, call: int = 0) -> str:
        own = layer if call == 0 else f"{layer}.call{call + 1}"
        return f"{self.scope}.{own}" if self.scope else own

    def held(self, layer: str) -> str:
        return f"{self.holder}.{layer}" if self.holder else layer

    def of(self, layer: str) -> Place:
        """Return where the weights of a layer are."""
        return self.place.within(layer, self.folders[layer]) if layer in self.folders else self.place


@dataclass(frozen=True, slots=True)
class _Use:
    """A call of a layer while it is read.

    Parameters
    ----------
    layer, name, block, place : what is called; what it is called here; where it stands, and where its weights are
    frozen : whether it is not trained
    shapes : of each output that somebody takes, if they are stated
    given : what the call says beside the tensors
    """

    layer: Layer
    name: str
    block: Block
    place: Place
    frozen: bool
    shapes: tuple[tuple[int | None, ...] | None, ...] = (None,)
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Walk:
    """The records so far, and how each tensor stands."""

    weights: Weights | None = None
    inputs: dict[str, Spec] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    values: dict[str, Known] = field(default_factory=dict)
    layouts: dict[str, Layout] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    turns: dict[tuple[str, bool], str] = field(default_factory=dict)
    declared: dict[str, Declared] = field(default_factory=dict)
    guessed: set[str] = field(default_factory=set)
    masked: set[str] = field(default_factory=set)
    models: int = 0

    def model(self, model: Layer, block: Block, given: Sequence[str] | None, shape: Any = None) -> list[str]:
        """Read a model, which takes `given` tensors, or inputs of its own; return what it gives."""
        if block.depth > _DEEPEST:
            raise no_keras("its models are nested too deeply", node=block.scope)
        self.models += 1
        if self.models > _MOST_MODELS:
            raise no_keras(f"more than {_MOST_MODELS} models are called within it", node=block.scope)
        layers = layers_of(model.config, block.scope or model.name)
        own = [(each.name, each.operator) for each in layers if not each.operator.startswith("ops.")]
        block = replace(block, folders=folders(own))
        if model.operator == "Sequential":
            return self._sequence(model, layers, block, given, shape)
        made: dict[Reference, str] = {}
        taken = references(model.config.get("input_layers"), model.name)
        if given is not None:
            if len(given) != len(taken):
                raise no_keras(f"it takes {len(taken)} tensors, and {len(given)} come in", node=block.scope)
            made.update(zip(taken, given, strict=True))
        left = references(model.config.get("output_layers"), model.name)
        for call in calls(layers, block.scope or model.name, left):
            first = Reference(call.layer.name, call.number)
            if first in made:
                continue
            if call.layer.operator == "InputLayer":
                made[first] = self._input(call.layer, block)
                continue
            asked = call.layer.calls[call.number] if call.layer.calls else ()
            tensors = [made[each] if isinstance(each, Reference) else each for each in asked]
            for output, tensor in enumerate(self._call(call, tensors, block)):
                reference = Reference(call.layer.name, call.number, output)
                made[reference] = tensor
                if (shape := call.shapes.get(reference)) is not None and not self.layouts[tensor].moved:
                    self.layouts[tensor] = Layout(len(shape))
        return [made[each] for each in left]

    def _sequence(
        self, model: Layer, layers: list[Layer], block: Block, given: Sequence[str] | None, shape: Any
    ) -> list[str]:
        taken = layers[0] if layers and layers[0].operator == "InputLayer" else None
        if given is not None:
            (tensor,) = given
        elif taken is not None:
            tensor = self._input(taken, block)
        else:
            config = layers[0].config if layers else {}
            stated = config.get("batch_shape") or config.get("batch_input_shape")
            stated = stated or model.config.get("build_input_shape") or shape
            if stated is None:
                raise no_keras("the shape of its input is not stated; build it before it is saved", node=model.name)
            dtype = config.get("dtype") if layers and layers[0].operator == "Embedding" else None
            tensor = self._input(Layer("input", "InputLayer", {"batch_shape": stated, "dtype": dtype}), block)
        tensors = [tensor]
        for layer in layers[taken is not None :]:
            tensors = self._call(Call(layer, 0), tensors, block)
        return tensors

    def _input(self, layer: Layer, block: Block) -> str:
        name, config = block.name(layer.name), layer.config
        shape = config.get("batch_shape") or config.get("batch_input_shape")
        if not isinstance(shape, list) or not shape or not all(each is None or type(each) is int for each in shape):
            raise no_keras("an input states no shape", node=name)
        if any(each is not None and each < 1 for each in shape):
            raise no_keras("a size of an input is below 1", node=name)
        words = _NAMES.get(len(shape), tuple(f"d{i}" for i in range(1, len(shape))))
        prefix = f"{re.sub(r'[^0-9a-zA-Z]', '_', name)}_" if self.inputs else ""
        prefix = f"x{prefix}" if prefix[:1].isdigit() or prefix[:1] == "_" else prefix
        free = ("N", *(f"{prefix}{word}" for word in words))
        sizes: list[Size] = [dim(word) if size is None else size for size, word in zip(shape, free, strict=True)]
        dtype = config.get("dtype")
        dtype = config_of(dtype, name).get("name") if isinstance(dtype, dict) else dtype
        self.inputs[name] = Spec(tuple(sizes), dtype if dtype in DTYPES else "float32")
        self.layouts[name] = Layout(len(shape))
        return name

    def _call(self, call: Call, asked: Asked, block: Block) -> list[str]:
        """Read a call of a layer; return what it gives."""
        layer = call.layer
        frozen = block.frozen or layer.config.get("trainable") is False
        given = layer.given[call.number] if layer.given else {}
        name = block.name(layer.name, call.number)
        shapes = tuple(call.shapes.get(Reference(layer.name, call.number, i)) for i in range(call.outputs))
        return self._used(_Use(layer, name, block, block.of(layer.name), frozen, shapes, given), asked)

    def _used(self, use: _Use, asked: Asked) -> list[str]:
        layer, name, block = use.layer, use.name, use.block
        if len(self.records) > _MOST_CALLS:
            raise no_keras(f"more than {_MOST_CALLS} layers are called", node=name)
        tensors = [each for each in asked if isinstance(each, str)]
        if is_model(layer):
            inner = Block(name, block.held(layer.name), use.frozen, block.depth + 1, use.place)
            outputs = self.model(layer, inner, tensors)
            self.aliases[name] = outputs[0]
            return outputs
        if layer.operator in _INSIDE and tensors:
            return self._around(use, tensors[0])
        if catalog.foreign_of("keras", layer.operator) is None:
            return self._unknown(use, tensors)
        behind = not self.guessed.isdisjoint(tensors)
        try:
            outputs = self._known(use, asked, tensors)
        except (CnnshapeError, TypeError, ValueError, LookupError, AttributeError):
            if not behind:
                raise
            why = "it does not take as many axes, behind a tensor whose axes are unknown"
            return self._unknown(use, tensors, why)
        self.guessed.update(outputs if behind else ())
        if not self.masked.isdisjoint(tensors) and keeps_mask(layer.operator, layer.config):
            self.masked.update(outputs)
        if layer.operator == "Embedding" and layer.config.get("mask_zero"):
            self.masked.update(outputs)
        return outputs

    def _around(self, use: _Use, tensor: str) -> list[str]:
        """Read a layer that stands around another one."""
        word = _INSIDE[use.layer.operator]
        inner = described_layer(use.layer.config.get(word), use.layer.name)
        inner = replace(inner, name=f"{use.layer.name}.{inner.name}")
        part = replace(use, layer=inner, place=use.place.inside(word), given={})
        if use.block.depth > _DEEPEST:
            raise no_keras("its layers are nested too deeply", node=use.name)
        part = replace(part, block=replace(use.block, depth=use.block.depth + 1))
        if use.layer.operator == "SpectralNormalization":
            # What is divided by its norm is stored; beside it there is a vector that is not trained.
            vector = replace(use, name=f"{use.name}.vector", frozen=True)
            size = inner.config.get("filters") or inner.config.get("units") or inner.config.get("output_dim")
            self._record(vector, "SpectralVector", [], [vector.name], {"size": size}, Layout(0))
            return self._used(part, [tensor])
        if steps_alike(inner.operator):
            return self._used(part, [tensor])
        tensor, rank = self.turned(tensor, moved=False), self.layouts[tensor].rank
        joined, split = f"{use.name}.joined", f"{use.name}.steps"
        self._record(replace(use, name=joined), "JoinedSteps", [tensor], [joined], {}, Layout(rank - 1))
        (made,) = self._used(replace(part, name=f"{use.name}.{word}"), [joined])
        made = self.turned(made, moved=False)
        after = Layout(self.layouts[made].rank + 1)
        self._record(replace(use, name=split), "SplitSteps", [made, tensor], [use.name], {}, after)
        return [use.name]

    def _known(self, use: _Use, asked: Asked, tensors: Sequence[str]) -> list[str]:
        """Read a call of a layer that a layer here stands for."""
        layer, name = use.layer, use.name
        layouts = [self.layouts[each] for each in tensors]
        way = wanted(layer.operator, layer.config, layouts, name)
        if any(isinstance(each, Numbers) and isinstance(each.values, list) for each in asked):
            way = False
        if way is None:
            # Images are moved before anything else is made of them.
            way = any(
                self.layouts[each].moved or (each in self.inputs and self.layouts[each].rank > 3) for each in tensors
            )
        if len(tensors) < len(asked) and not takes_numbers(layer.operator):
            raise no_keras(f"a number is an argument of {layer.operator}", node=name)
        inputs = [
            self.turned(each, moved=way) if isinstance(each, str) else self._values(f"{name}.{i}", values(each))
            for i, each in enumerate(asked)
        ]
        ranks = [each.rank for each in layouts]
        stands = Layout(max(ranks, default=0), way and max(ranks, default=0) > 2)
        config = arguments(layer.config, stands, name)
        if not self.masked.isdisjoint(tensors):
            config["masked"] = True
        inputs += [self._values(f"{name}.{word}", each) for word, each in fixed(layer, config, name)]
        rank = rank_after(layer.operator, layer.config, ranks)
        after = Layout(rank, stands.moved and rank > 2)
        activation = config.get("activation") if has_activation(layer.operator) else None
        follows = activation not in (None, "linear")
        first = f"{name}.linear" if follows else name
        outputs = [first] if len(use.shapes) < 2 else [f"{first}.{i}" for i in range(len(use.shapes))]
        self._record(use, layer.operator, inputs, outputs, config | {"call": use.given}, after)
        if layer.operator == "Normalization" and len(inputs) == 1:
            count = replace(use, name=f"{name}.count", frozen=True)
            self._record(count, "NormalizationCount", [], [count.name], {}, Layout(0))
        if not follows:
            return outputs
        kind, more = activation_of(activation)
        more = arguments({"axis": -1, **more}, after, name)
        own = replace(layer, name=f"{layer.name}.activation")
        part = replace(use, layer=own, name=f"{name}.activation", place=use.place.inside("activation"))
        self._record(part, kind, [first], [name], more, after)
        return [name]

    def _unknown(self, use: _Use, tensors: Sequence[str], why: str = "") -> list[str]:
        """Note a layer that no layer here stands for; its code is not run, and its axes stay as Keras has them."""
        layer, name, batch = use.layer, use.name, next((each.shape[:1] for each in self.inputs.values()), ())
        inputs = tuple(self.turned(each, moved=False) for each in tensors)
        stated = stated_outputs(layer.config.get("output_shape"))
        if not stated and use.shapes and None not in use.shapes:
            stated = [shape[1:] for shape in use.shapes if shape]
        count = max(len(use.shapes), len(stated), 1)
        outputs = tuple(name if count == 1 else f"{name}.{i}" for i in range(count))
        rank = self.layouts[tensors[0]].rank if tensors else 0
        self.guessed.update(outputs[len(stated) :])
        for i, output in enumerate(outputs):
            self.layouts[output] = Layout(rank)
            if i < len(stated):
                self.layouts[output] = Layout(len(stated[i]) + 1)
                self.declared[output] = Declared((*(batch or (None,)), *stated[i]))
        operator, known = layer.operator, catalog.foreign_of("keras", layer.operator)
        weighted = known is not None and known.layer.weights is not LayerHere.weights
        if known is None:
            weighted = operator != "Lambda" and not operator.startswith("ops.")
        scope = use.block.scope
        made = Record("keras", operator, 3, name, inputs, outputs, {}, name, scope, "", use.frozen, weighted, why)
        self.records.append(made)
        return list(outputs)

    def _record(
        self,
        use: _Use,
        operator: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        config: Mapping[str, Any],
        after: Layout,
    ) -> None:
        kept: Callable[[str], Known] | None = partial(self.weights.known, use.place) if self.weights else None
        made = Record(
            *("keras", operator, 3, use.name, tuple(inputs), tuple(outputs), config, use.name, use.block.scope),
            holder=use.block.held(use.layer.name),
            frozen=use.frozen,
            kept=kept,
        )
        self.records.append(made)
        for output in outputs:
            self.layouts[output] = after

    def turned(self, tensor: str, *, moved: bool) -> str:
        """Return a tensor with its channels in front, or as Keras has them."""
        rank, now = self.layouts[tensor]
        if rank < 3 or now is moved:
            return tensor
        if (tensor, moved) not in self.turns:
            made = f"{tensor}.{'channels_first' if moved else 'channels_last'}"
            order = (0, rank - 1, *range(1, rank - 1)) if moved else shown(rank)
            self.records.append(Record("onnx", "Transpose", 13, made, (tensor,), (made,), {"perm": order}, made))
            self.layouts[made] = Layout(rank, moved)
            self.turns[tensor, moved] = made
        return self.turns[tensor, moved]

    def _values(self, name: str, array: Any) -> str:
        self.values[name] = Known.of(array)
        return name
