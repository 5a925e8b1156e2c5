"""Programs that torch.export saved -> records (see `formats.foreign`). PyTorch is not needed, and no code is run."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from cnnshape.errors import CnnshapeError, DesignError
from cnnshape.formats.reading.foreign import read
from cnnshape.formats.reading.records import Declared, ForeignModel, Known, Read, Record
from cnnshape.formats.torch.archive import DTYPES, Archive, no_program, read_archive
from cnnshape.formats.torch.aten import VIEWS, spelled
from cnnshape.formats.torch.expressions import size_of
from cnnshape.graph.network import Network
from cnnshape.layers.base import Spec
from cnnshape.layers.foreign_torch import At
from cnnshape.symbolic import Size, symbols, text
from cnnshape.symbolic.names import numbered

__all__ = ["model_of", "read_program"]

_NO_STEPS = ("sym_size", "sym_numel", "sym_constrain_range", "_assert", "_check")
"""Beginnings of the names of operators that give sizes, or ask for them."""
_PLAIN: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("as_int", "as_bool", "as_string"), lambda given: given),
    **dict.fromkeys(("as_ints", "as_bools", "as_strings"), tuple),
    **dict.fromkeys(("as_none", "as_device", "as_layout", "as_memory_format"), lambda _: None),
    "as_float": float,
    "as_floats": lambda given: tuple(float(each) for each in given),
    "as_scalar_type": lambda given: DTYPES.get(given, ""),
}
"""Kinds of arguments that are plain data, or of no matter."""


def read_program(path: str) -> Read:
    """Return the network of a file that `torch.export.save` wrote.

    Raises
    ------
    ReadError
        CS101 the file may not be read, CS132 it is no exported program.
    DesignError
        CS127, operators in a form that they do not have.
    """
    archive = read_archive(path)
    try:
        with numbered():
            reading = _Reading(archive)
            model, labels = reading.model(path), reading.labels()
    except CnnshapeError as error:
        raise error.at(place=path) from None
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError):
        raise no_program("something in it is of a form that torch.export does not write", path) from None
    found = read(model, unknown=True)
    net = found.network
    named = (
        dict(zip(labels, net.outputs.values(), strict=True)) if len(set(labels)) == len(net.outputs) else net.outputs
    )
    if len(named) == 1:
        named = net.outputs
    notes = (*net.notes, *reading.notes())
    made = Network.of_nodes(net.name, net.nodes, named, source=net.source, notes=notes, origin=net.origin)
    return replace(found, network=made)


def model_of(archive: Archive, source: str = "") -> ForeignModel:
    """Return an exported program as plain data."""
    return _Reading(archive).model(source)


class _Reading:
    """The records so far, and what each name stands for."""

    def __init__(self, archive: Archive) -> None:
        self.archive, self.program = archive, archive.program
        self.module = self.program["graph_module"]
        self.graph = self.module["graph"]
        self.same: dict[str, str] = {}
        """Name of a tensor -> the tensor that it stands for: a parameter, or what it was changed to in place."""
        self.base: dict[str, str] = {}
        self.stale: dict[str, str] = {}
        self.values: dict[str, Known] = {}
        self.learned: set[str] = set()
        self.inputs: dict[str, Spec] = {}
        self.scopes: Counter[str] = Counter()

    def model(self, source: str) -> ForeignModel:
        self._inputs()
        self.scopes.update(_stack(node)[-1][0] for node in self.graph["nodes"] if _is_step(node))
        records = [record for number, node in enumerate(self.graph["nodes"]) for record in self._record(number, node)]
        outputs = tuple(dict.fromkeys(self._resolved(name) for name in self._output_names()))
        name = Path(source).stem or "program"
        stated = self.graph["tensor_values"].items()
        declared = {each: Declared(*self._shape_of(meta)) for each, meta in stated}
        return ForeignModel(
            name,
            self.inputs,
            outputs,
            records,
            self.values,
            frozenset(self.learned),
            source=source,
            declared=declared,
        )

    def notes(self) -> Iterator[str]:
        """Yield what the program says of its sizes that the layers do not."""
        ranges, stated = [], self.program["range_constraints"]
        for name, given in stated.items():
            named = symbols(size_of(name)) if "(" in name else set(re.findall(r"[A-Za-z_]\w*", name))
            if name not in named and named <= stated.keys():
                continue  # it follows from the ranges of its symbols
            low, high = given["min_val"], given["max_val"]
            low_words = f"{low} <= " if isinstance(low, int) and low > 2 else ""
            high_words = f" <= {high}" if isinstance(high, int) and high < 2**31 else ""
            if low_words or high_words:
                ranges.append(f"{low_words}{text(size_of(name)) if '(' in name else name}{high_words}")
        if ranges:
            yield f"the program was exported for {', '.join(ranges)}"

    def labels(self) -> list[str]:
        """Return the names of the outputs: the keys of what the program gives, where it is a dict."""
        names = self._output_names()
        try:
            spec = json.loads(self.module["module_call_graph"][0]["signature"]["out_spec"])[1]
            found = list(_labels(spec, ""))
        except (TypeError, LookupError, ValueError, RecursionError):
            found = []
        labels = found if len(found) == len(names) and all(found) else names
        return list({self._resolved(name): label for name, label in zip(names, labels, strict=True)}.values())

    def _inputs(self) -> None:
        owners: dict[str, str] = {}
        for spec in self.module["signature"]["input_specs"]:
            ((kind, given),) = spec.items()
            if kind in ("token", "constant_input"):
                continue
            if kind == "user_input":
                if "as_tensor" in given["arg"]:
                    name = given["arg"]["as_tensor"]["name"]
                    shape, dtype = self._shape_of(self.graph["tensor_values"][name])
                    self.inputs[name] = Spec(shape, dtype)
                continue
            name = given["arg"]["name"]
            path = next((given[word] for word in given if word.endswith("_name")), name)
            known = self.archive.weights.get(path)
            if known is None:
                shape, dtype = self._shape_of(self.graph["tensor_values"][name])
                fixed = tuple(size for size in shape if isinstance(size, int))
                known = Known(fixed, dtype, _not_loaded, there=False)
            first = owners.setdefault(self.archive.places.get(path, path), path)
            if first != name:
                self.same[name] = first
            self.values.setdefault(first, known)
            if kind == "parameter":
                self.learned.add(first)

    def _shape_of(self, meta: Mapping[str, Any]) -> tuple[tuple[Size, ...], str]:
        return tuple(_size(each) for each in meta["sizes"]), DTYPES.get(meta["dtype"], "")

    def _output_names(self) -> list[str]:
        given = [
            spec["user_output"]["arg"] for spec in self.module["signature"]["output_specs"] if "user_output" in spec
        ]
        return [arg["as_tensor"]["name"] for arg in given if "as_tensor" in arg]

    def _resolved(self, name: str) -> str:
        for _ in range(len(self.same) + 1):
            name = self.same.get(name, name)
            if name not in self.same:
                break
        if name in self.stale:
            raise DesignError(
                f"{name} is read after {self.stale[name]} changed it in place through another view of it",
                code="CS127",
                node=name,
                got=name,
                rule="each step of a program gives a tensor of its own",
                fix="save program.run_decompositions(), in which no step is in place",
            )
        return name

    def _record(self, number: int, node: Mapping[str, Any]) -> Iterator[Record]:
        if not _is_step(node):
            return
        target = str(node["target"])
        operator = target.removeprefix("torch.ops.aten.").partition(".")[0] if "ops.aten." in target else target
        inputs: list[str] = []

        def put(name: str) -> At:
            name = self._resolved(name)
            if name not in inputs:
                inputs.append(name)
            return At(inputs.index(name))

        given = [(each["name"], self._value(each["arg"], put), each.get("kind") == 2) for each in node["inputs"]]
        call = spelled(operator, given)
        outputs = [name for each in node["outputs"] for name in _tensors(each)]
        if not outputs:
            return
        path, scope = self._name(node, operator)
        weights = {name: at.position for name, at in call.weights.items()}
        fields = dict(call.fields)
        if weights:
            hidden, width = (
                self.values[inputs[weights["weight_hh_l0"]]].shape,
                self.values[inputs[weights["weight_ih_l0"]]].shape[1],
            )
            gates = {"LSTM": 4, "GRU": 3, "RNN": 1}[call.operator]
            fields |= {"hidden_size": hidden[0] // gates, "input_size": width}
            fields["proj_size"] = hidden[1] if "weight_hr_l0" in weights else 0
        attributes = {"args": call.args, "kwargs": call.kwargs, "fields": fields, "weights": weights}
        own = {name for name in inputs if name in self.learned}
        yield Record(
            "torch",
            call.operator,
            2,
            path,
            tuple(inputs),
            tuple(outputs),
            attributes,
            path,
            scope,
            frozen=bool(own) and own <= self.archive.frozen,
        )
        self._remember(operator, inputs, outputs)

    def _remember(self, operator: str, inputs: list[str], outputs: list[str]) -> None:
        """Keep which tensors are views of one another, and which a step in place has changed."""
        if operator in VIEWS:
            self.base.update(dict.fromkeys(outputs, self.base.get(inputs[0], inputs[0])))
        if not operator.endswith("_") or operator.endswith("__") or not inputs:
            return
        changed = inputs[0]
        root = self.base.get(changed, changed)
        others = {root, *(name for name, base in self.base.items() if base == root)} - {changed}
        self.stale.update(dict.fromkeys(others, operator))
        if outputs[0] in self.same or outputs[0] == changed:
            raise no_program(f"{outputs[0]} is given twice")
        self.same[changed] = outputs[0]

    def _name(self, node: Mapping[str, Any], operator: str) -> tuple[str, str]:
        """Return what a layer is called, and its block: a module of PyTorch that is one step gives it its own name."""
        path, kind = _stack(node)[-1]
        if path and self.scopes[path] == 1 and kind.startswith("torch.nn.modules."):
            return path, path.rpartition(".")[0]
        name = operator.strip("_").rpartition(".")[2] or operator
        return (f"{path}.{name}" if path else name), path

    def _value(self, arg: Mapping[str, Any], put: Any) -> Any:
        ((kind, given),) = arg.items()
        if kind == "as_tensor":
            return put(given["name"])
        if kind == "as_tensors":
            return tuple(put(each["name"]) for each in given)
        if kind == "as_optional_tensors":
            return tuple(put(each["as_tensor"]["name"]) if "as_tensor" in each else None for each in given)
        if kind == "as_sym_int":
            return self._sym(given)
        if kind == "as_sym_ints":
            return tuple(self._sym(each) for each in given)
        if kind in _PLAIN:
            return _PLAIN[kind](given)
        return f"a {kind.removeprefix('as_')}"  # no row takes it

    def _sym(self, given: Mapping[str, Any]) -> Size:
        if "as_int" in given:
            return int(given["as_int"])
        return _size(self.graph["sym_int_values"][given["as_name"]])


def _not_loaded() -> NoReturn:
    raise no_program("a weight is not in the file")


def _size(given: Mapping[str, Any]) -> Size:
    return int(given["as_int"]) if "as_int" in given else size_of(given["as_expr"]["expr_str"])


def _tensors(output: Mapping[str, Any]) -> list[str]:
    if "as_tensor" in output:
        return [output["as_tensor"]["name"]]
    return [each["name"] for each in output.get("as_tensors", ())]


def _is_step(node: Mapping[str, Any]) -> bool:
    target = str(node["target"])
    return not target.startswith(("_operator.", "math.", "torch.sym_")) and not target.removeprefix(
        "torch.ops.aten."
    ).startswith(_NO_STEPS)


def _stack(node: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the modules that a step stands in: (path, class), outermost first."""
    found = [("", "")]
    for entry in str(node["metadata"].get("nn_module_stack", "")).split(";"):
        parts = entry.split(",")
        if len(parts) >= 3 and not parts[0].startswith("_empty_nn_module_stack"):
            # A second call of a module has its number behind an at sign.
            found.append((parts[1].partition("@")[0], parts[2]))
    return found


def _labels(spec: Mapping[str, Any], label: str) -> Iterator[str]:
    kind, parts = spec["type"], spec["children_spec"]
    if kind is None:
        yield label
        return
    context = json.loads(spec["context"]) if spec["context"] else None
    keys = context if isinstance(context, list) else [f"output{i}" for i in range(len(parts))]
    for key, part in zip(keys, parts, strict=True):
        yield from _labels(part, f"{label}.{key}" if label else str(key))
