"""Models of Keras -> records (see `formats.foreign`). Keras is not needed, and no code of a model is run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cnnshape.errors import CnnshapeError
from cnnshape.formats.foreign import read
from cnnshape.formats.keras_file import no_keras, parse, read_archive, read_json
from cnnshape.formats.keras_graph import Call, Layer, Reference, calls, config_of, is_model, layers_of, references
from cnnshape.formats.keras_layouts import JOINS, Layout, place, rank_after, shown, stated_outputs, wanted
from cnnshape.formats.records import Declared, ForeignModel, Known, Read, Record
from cnnshape.layers import catalog
from cnnshape.layers.base import Spec
from cnnshape.layers.fields import DTYPES
from cnnshape.symbolic import Size, dim

__all__ = ["model_of", "read_keras", "read_text"]

_DEEPEST = 40
_MOST_CALLS = 200_000
_MOST_MODELS = 5_000
"""Models that call one another twice are soon more than any memory holds."""
_NAMES = {2: ("C",), 3: ("T", "C"), 4: ("H", "W", "C"), 5: ("D", "H", "W", "C")}


def read_keras(path: str) -> Read:
    """Return the network of a `.keras` archive, or of a file that `to_json()` wrote.

    Raises
    ------
    ReadError
        CS101 the file may not be read, CS131 it is no Keras model.
    DesignError
        CS127, layers in a form that they do not have.
    """
    described = read_archive(path) if Path(path).suffix.lower() == ".keras" else read_json(path)
    return read(model_of(described, path), unknown=True)


def read_text(text: str) -> Read:
    """Return the network that a text of `to_json()` describes; raises as `read_keras` does."""
    return read(model_of(parse(text)), unknown=True)


def model_of(described: Mapping[str, Any], source: str = "") -> ForeignModel:
    """Return a model, as `to_json()` describes it, as plain data.

    Examples
    --------
    >>> taken = {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [None, 8, 8, 3]}}
    >>> conv = {"class_name": "Conv2D", "config": {"name": "conv", "filters": 4, "kernel_size": [3, 3]}}
    >>> made = model_of({"class_name": "Sequential", "config": {"name": "tiny", "layers": [taken, conv]}})
    >>> [(record.name, record.operator) for record in made.records][:2]
    [('x.channels_first', 'Transpose'), ('conv', 'Conv2D')]
    """
    reading = _Reading()
    try:
        config = config_of(described, "")
        name = str(config.get("name") or Path(source).stem or "model")
        whole = Layer(name, str(described.get("class_name")), config)
        build = described.get("build_config") or {}
        outputs = reading.model(whole, _Block(), None, build.get("input_shape"))
        outputs = [reading.turned(tensor, moved=False) for tensor in outputs]
    except CnnshapeError as error:
        raise error.at(place=source) if source else error from None
    except (TypeError, ValueError, LookupError, AttributeError):
        raise no_keras("something in it is of a form that Keras does not write", source) from None
    orders = {name: shown(each.rank) for name, each in reading.layouts.items() if each.moved}
    orders = {name: order for name, order in orders.items() if name not in reading.turns.values()}
    return ForeignModel(
        name,
        reading.inputs,
        tuple(outputs),
        reading.records,
        reading.values,
        source=source,
        orders=orders,
        aliases=reading.aliases,
        declared=reading.declared,
    )


@dataclass(frozen=True, slots=True)
class _Block:
    """Where a model stands in another one: the name of its call, of its definition, and whether it is not trained."""

    scope: str = ""
    holder: str = ""
    frozen: bool = False
    depth: int = 0

    def name(self, layer: str, call: int = 0) -> str:
        own = layer if call == 0 else f"{layer}.call{call + 1}"
        return f"{self.scope}.{own}" if self.scope else own

    def held(self, layer: str) -> str:
        return f"{self.holder}.{layer}" if self.holder else layer


@dataclass(slots=True)
class _Reading:
    """The records so far, and how each tensor stands."""

    inputs: dict[str, Spec] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    values: dict[str, Known] = field(default_factory=dict)
    layouts: dict[str, Layout] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    turns: dict[tuple[str, bool], str] = field(default_factory=dict)
    declared: dict[str, Declared] = field(default_factory=dict)
    models: int = 0

    def model(self, model: Layer, block: _Block, given: Sequence[str] | None, shape: Any = None) -> list[str]:
        """Read a model, which takes `given` tensors, or inputs of its own; return what it gives."""
        if block.depth > _DEEPEST:
            raise no_keras("its models are nested too deeply", node=block.scope)
        self.models += 1
        if self.models > _MOST_MODELS:
            raise no_keras(f"more than {_MOST_MODELS} models are called within it", node=block.scope)
        layers = layers_of(model.config, block.scope or model.name)
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
                made[Reference(call.layer.name, call.number, output)] = tensor
        return [made[each] for each in left]

    def _sequence(
        self, model: Layer, layers: list[Layer], block: _Block, given: Sequence[str] | None, shape: Any
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

    def _input(self, layer: Layer, block: _Block) -> str:
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

    def _call(self, call: Call, asked: Sequence[str | float], block: _Block) -> list[str]:
        """Read a call of a layer; return what it gives."""
        layer, name = call.layer, block.name(call.layer.name, call.number)
        frozen = block.frozen or layer.config.get("trainable") is False
        if len(self.records) > _MOST_CALLS:
            raise no_keras(f"more than {_MOST_CALLS} layers are called", node=name)
        if is_model(layer):
            inner = _Block(name, block.held(layer.name), frozen, block.depth + 1)
            outputs = self.model(layer, inner, [each for each in asked if isinstance(each, str)])
            self.aliases[name] = outputs[0]
            return outputs
        tensors = [each for each in asked if isinstance(each, str)]
        if catalog.foreign_of("keras", layer.operator) is None:
            return self._unknown(call, tensors, name, block, frozen)
        layouts = [self.layouts[each] for each in tensors]
        way = wanted(layer.operator, layer.config, layouts, name)
        if way is None:
            # Images are moved before anything else is made of them.
            way = any(
                self.layouts[each].moved or (each in self.inputs and self.layouts[each].rank > 3) for each in tensors
            )
        inputs = [
            self.turned(each, moved=way) if isinstance(each, str) else self._number(f"{name}.{i}", each, layer)
            for i, each in enumerate(asked)
        ]
        ranks = [each.rank for each in layouts]
        stands = Layout(max(ranks, default=0), way and max(ranks, default=0) > 2)
        config = _config(layer.config, stands, name)
        inputs += self._fixed(layer, config, name)
        rank = rank_after(layer.operator, layer.config, ranks)
        after = Layout(rank, stands.moved and rank > 2)
        activation = config.get("activation")
        follows = layer.operator != "Activation" and activation not in (None, "linear")
        first = f"{name}.linear" if follows else name
        self._record(layer.operator, inputs, first, config, name, block, layer.name, frozen, after)
        if layer.operator == "Normalization" and len(inputs) == 1:
            count = f"{name}.count"
            self._record("NormalizationCount", [], count, {}, count, block, layer.name, True, Layout(0))
        if follows:
            kind, more = _activation(activation)
            more = _config({"axis": -1, **more}, after, name)
            own = f"{layer.name}.activation"
            self._record(kind, [first], name, more, f"{name}.activation", block, own, frozen, after)
        return [name]

    def _unknown(self, call: Call, tensors: Sequence[str], name: str, block: _Block, frozen: bool) -> list[str]:
        """Note a layer that no layer here stands for; its code is not run, and its axes stay as Keras has them."""
        layer, batch = call.layer, next((each.shape[:1] for each in self.inputs.values()), ())
        inputs = tuple(self.turned(each, moved=False) for each in tensors)
        stated = stated_outputs(layer.config.get("output_shape"))
        count = max(call.outputs, len(stated), 1)
        outputs = tuple(name if count == 1 else f"{name}.{i}" for i in range(count))
        rank = self.layouts[tensors[0]].rank if tensors else 0
        for i, output in enumerate(outputs):
            self.layouts[output] = Layout(rank)
            if i < len(stated):
                self.layouts[output] = Layout(len(stated[i]) + 1)
                self.declared[output] = Declared((*(batch or (None,)), *stated[i]))
        weighted = layer.operator != "Lambda"
        made = Record("keras", layer.operator, 3, name, inputs, outputs, {}, name, block.scope, "", frozen, weighted)
        self.records.append(made)
        return list(outputs)

    def _record(
        self,
        operator: str,
        inputs: Sequence[str],
        output: str,
        config: Mapping[str, Any],
        name: str,
        block: _Block,
        layer: str,
        frozen: bool,
        after: Layout,
    ) -> None:
        holder = block.held(layer)
        made = Record("keras", operator, 3, name, tuple(inputs), (output,), config, name, block.scope, holder, frozen)
        self.records.append(made)
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

    def _number(self, name: str, number: float, layer: Layer) -> str:
        """Return a number among the arguments of a call as a tensor without axes."""
        if layer.operator not in JOINS:
            raise no_keras(f"the number {number} is an argument of {layer.operator}", node=name)
        return self._array(name, number)

    def _array(self, name: str, numbers: Any) -> str:
        import numpy as np

        self.values[name] = Known.of(np.array(numbers, np.float32))
        return name

    def _fixed(self, layer: Layer, config: Mapping[str, Any], name: str) -> list[str]:
        """Return the statistics that a normalization states, as tensors."""
        if layer.operator != "Normalization" or config.get("mean") is None:
            return []
        import numpy as np

        deviation = np.maximum(np.sqrt(np.array(config["variance"], np.float64)), 1e-7)
        mean = np.array(config["mean"], np.float64)
        if mean.ndim > 1 or deviation.ndim > 1:
            raise no_keras("statistics along several axes", node=name)
        rest = (1,) * (config["rank"] - 2 if config["moved"] else 0)
        return [
            self._array(f"{name}.{word}", each.reshape(-1, *rest) if each.size > 1 else each.reshape(()))
            for word, each in (("mean", mean), ("deviation", deviation))
        ]


def _config(given: Mapping[str, Any], layout: Layout, where: str) -> dict[str, Any]:
    """Return arguments with lists as tuples and axes as they are counted here; how the tensors stand beside them."""
    config = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
    config |= {"rank": layout.rank, "moved": layout.moved}
    axis = config.get("axis", -1)
    axis = axis[0] if isinstance(axis, tuple) and len(axis) == 1 else axis
    if layout.rank and not isinstance(axis, tuple):
        config["axis"] = place(axis, layout, where)
    return config


def _activation(given: Any) -> tuple[str, dict[str, Any]]:
    """Return an activation that is an argument of a layer as a layer."""
    if isinstance(given, str):
        return "Activation", {"activation": given}
    config = given["config"]
    if isinstance(config, str):
        return "Activation", {"activation": config}
    return str(given["class_name"]), dict(config)
