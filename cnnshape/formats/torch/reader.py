"""PyTorch modules -> records (see `formats.foreign`)."""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from inspect import Parameter, signature
from pathlib import Path
from typing import Any

from cnnshape.errors import CnnshapeError, DesignError, UsageError
from cnnshape.formats.reading.foreign import read
from cnnshape.formats.reading.records import ForeignModel, Read
from cnnshape.formats.torch.said import said
from cnnshape.formats.torch.sizes import OnData, Undecided
from cnnshape.formats.torch.trace import Trace, is_tensor
from cnnshape.formats.torch.traced import LeftOut
from cnnshape.graph.build import Input, Tensor
from cnnshape.graph.network import Network
from cnnshape.layers.base import Spec
from cnnshape.layers.foreign import Unmapped

__all__ = ["is_module", "read_for", "read_module"]

_EXAMPLE = 'input=(3, "H", "W")'


def is_module(model: Any) -> bool:
    """Say whether something is an nn.Module; PyTorch is not imported for it."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(model, torch.nn.Module)


def read_module(module: Any, shapes: Any = None, *, name: str = "") -> Read:
    """Return the network of an nn.Module.

    Its code is called once, in evaluation, with sizes instead of numbers: nothing is computed, and the module may be
    on the meta device.

    Parameters
    ----------
    module : an nn.Module
    shapes : of its input without the batch, such as ``(3, "H", "W")`` or ``"3xHxW"``; of several by the names of its
        arguments. A tensor of PyTorch stands for its own shape and type, an `Input` for what it states.
    name : default the name of its class

    Raises
    ------
    UsageError
        CS003, the input is not said, or not all of several.
    DesignError
        CS127, what no layer stands for, and code that asks for numbers that are free, with the line of the code.
    """
    kind = type(module).__name__
    if shapes is None:
        raise UsageError(
            f"{kind} is a module of PyTorch, which does not know its input",
            code="CS003",
            place=name,
            got=kind,
            rule="the sizes of a module follow from those of its input, without the batch",
            fix=f"say its input: {_EXAMPLE}",
        )
    if type(module).__module__.startswith("torch.jit"):
        raise DesignError(
            f"{kind} is compiled to TorchScript: its code in Python is not there any more",
            code="CS127",
            got=kind,
            rule="a module is read from its code in Python",
            fix="give the module that was scripted or traced, or export it: torch.export.save(program, 'model.pt2')",
        )
    inputs, notes = _inputs(module, shapes)
    _check_all_said(module, inputs)
    trace = Trace(module, name or kind, inputs)
    try:
        given = trace.run({each: trace.traced(each) for each in inputs})
        outputs = {label: trace.name_of(found) for label, found in _outputs(given)}
    except Unmapped as why:
        raise _refused(kind, f"no layer stands for a step of {kind}: {why}", "") from None
    except OnData as why:
        fix = "choose with torch.where, which asks no tensor, or by an attribute of the module"
        raise _refused(kind, str(why), fix) from None
    except Undecided as why:
        fix = f"write numbers where the code asks for them, such as {_EXAMPLE.replace('H', '224').replace('W', '224')}"
        raise _refused(kind, str(why), fix.replace('"', "")) from None
    except CnnshapeError as fault:
        raise fault.at(place=_line() or fault.fault.place, fix=_in_code(fault.fault.fix)) from None
    except Exception as fault:
        raise _refused(kind, f"the code of {kind} cannot be followed: {type(fault).__name__}: {fault}", "") from fault
    model = ForeignModel(
        name or kind,
        inputs,
        tuple(dict.fromkeys(outputs.values())),
        trace.records,
        trace.values,
        trace.model.parameters,
    )
    found = read(model)
    return replace(found, network=_finished(found, trace, outputs, (*notes, *_notes(trace, module))))


def read_for(module: Any, x: Any) -> Read:
    """Return the network of an nn.Module for an array, for several in order, or for several by name.

    The first size, of the batch, is free.
    """

    def of(name: str, array: Any) -> Any:
        dtype = "float32" if array.dtype.kind == "f" else str(array.dtype)
        return Input(name, ("N", *array.shape[1:]), dtype=dtype)

    if isinstance(x, Mapping):
        return read_module(module, {name: of(name, each) for name, each in x.items()})
    if isinstance(x, list):
        words = [*_arguments(module), *(f"input{i}" for i in range(len(x)))]
        return read_module(module, [of(words[i], each) for i, each in enumerate(x)])
    return read_module(module, of("input", x))


def _arguments(module: Any) -> list[str]:
    return [
        each.name
        for each in signature(module.forward).parameters.values()
        if each.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
    ]


def _inputs(module: Any, shapes: Any) -> tuple[dict[str, Spec], tuple[str, ...]]:
    """Return the specs of the inputs by the names of the module's arguments, and notes on how they were read."""
    words = _arguments(module)
    if isinstance(shapes, str):
        shapes = said(shapes)
    if not isinstance(shapes, Mapping):
        several = isinstance(shapes, (list, tuple)) and any(not isinstance(each, (int, str)) for each in shapes)
        shapes = dict(zip(words or ["input"], shapes if several else [shapes], strict=False))
    inputs, notes = {}, []
    for name, given in shapes.items():
        shape: Any = said(given) if isinstance(given, str) else given
        if is_tensor(shape):
            made = Input(name, ("N", *shape.shape[1:]), dtype=str(shape.dtype).removeprefix("torch."))
        else:
            made = shape if isinstance(shape, Tensor) else Input(name, shape)
        layer: Any = made.call.layer
        inputs[name] = Spec(layer.shape, layer.dtype)
        notes += [made.call.note] if made.call.note else []
    return inputs, tuple(notes)


def _check_all_said(module: Any, inputs: Mapping[str, Spec]) -> None:
    """Refuse inputs that are not all that the code asks for."""
    asked = [
        each.name
        for each in signature(module.forward).parameters.values()
        if each.default is each.empty and each.kind not in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    ]
    lacking = [name for name in asked if name not in inputs]
    if lacking and all(name in _arguments(module) for name in inputs):
        kind = type(module).__name__
        raise UsageError(
            f"{kind} takes {', '.join(asked)}; nothing is said of {', '.join(lacking)}",
            code="CS003",
            got=tuple(inputs),
            rule="each argument of the module that has no default is given a shape, without the batch",
            fix="input={" + ", ".join(f'"{name}": (3, "H", "W")' for name in asked) + "}",
        )


def _in_code(fix: str) -> str:
    """Return a fix for a layer of a design as one for a module.

    >>> _in_code("in_channels: 8, or leave in_channels out: it is read from the input")
    'in_channels=8'
    """
    said = re.sub(r", or leave \w+ out: it is read from the input", "", fix)
    return re.sub(r"^(\w+): (?=\S)", r"\1=", said, flags=re.MULTILINE)


def _outputs(value: Any, label: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the tensors of a result: by the keys of a dict, the names of fields, or the numbers in a list."""
    if is_tensor(value):
        yield label or "output", value
        return
    if isinstance(value, LeftOut):
        value.read()
    if isinstance(value, Mapping):
        parts: Any = value.items()
    elif hasattr(value, "_asdict"):
        parts = value._asdict().items()
    elif isinstance(value, (tuple, list)):
        parts = enumerate(value)
    elif hasattr(value, "__dataclass_fields__"):
        parts = ((each, getattr(value, each)) for each in value.__dataclass_fields__)
    else:
        return  # None, a number, a word
    for key, each in parts:
        yield from _outputs(each, f"{label}.{key}" if label else str(key) if isinstance(key, str) else f"output{key}")


def _finished(found: Read, trace: Trace, outputs: Mapping[str, str], notes: Sequence[str]) -> Network:
    """Return the network with the outputs' names, with what is frozen, and with notes."""
    frozen = {
        path
        for path, each in trace.module.named_modules()
        if list(each.parameters()) and not any(parameter.requires_grad for parameter in each.parameters())
    }
    frozen |= {path for path, parameter in trace.module.named_parameters() if not parameter.requires_grad}
    net = found.network
    tied = _tied(trace, net)
    nodes = [replace(node, frozen=node.name in frozen, weights_of=tied.get(node.name, "")) for node in net.nodes]
    named = {label: net.outputs[foreign] for label, foreign in outputs.items()}
    if len(named) == 1:
        named = {tensor: tensor for tensor in named.values()}
    return Network.of_nodes(net.name, nodes, named, source=net.source, notes=notes, origin=net.origin)


def _tied(trace: Trace, net: Network) -> dict[str, str]:
    """Return node -> the node whose weights it has: layers of different kinds may have the same, as words do."""
    found = {node.name: node.weights_of for node in net.nodes}
    first: dict[tuple[tuple[str, str], ...], str] = {}
    for record in trace.records:
        held = tuple((name, record.inputs[at]) for name, at in record.attributes["weights"].items())
        if held and record.name in found:
            owner = first.setdefault(held, record.name)
            if owner != record.name and not found[record.name]:
                found[record.name] = owner
    return found


def _notes(trace: Trace, module: Any) -> Iterator[str]:
    yield (
        f"read from the code of {type(module).__name__}: called once, in evaluation, with sizes as formulas; modules "
        "of torch.nn are layers"
    )
    if module.training:
        yield "the module is in training; dropout and batch statistics are read as in evaluation"
    read_names = {name for record in trace.records for name in record.inputs}
    unused = [name for name in trace.model.parameters if name not in read_names]
    if unused:
        count = sum(each.numel() for name, each in module.named_parameters() if name in unused)
        yield f"{count:,} parameters that the code does not use are not counted: {min(unused)}, ..."


def _refused(kind: str, message: str, fix: str) -> DesignError:
    return DesignError(
        message,
        code="CS127",
        place=_line(),
        node="",
        got=kind,
        rule="a module is read if each step of its code is a layer, and asks for no number that is free",
        fix=fix,
    )


def _line() -> str:
    """Return the place in the user's own code where the fault that is handled came from."""
    import torch

    own = (str(Path(torch.__file__).parent), str(Path(__file__).parents[2]), "<frozen")
    frames = traceback.extract_tb(sys.exc_info()[2])
    inside = [frame for frame in frames if not frame.filename.startswith(own) and "unittest" not in frame.filename]
    return f"{inside[-1].filename}:{inside[-1].lineno}" if inside else ""
