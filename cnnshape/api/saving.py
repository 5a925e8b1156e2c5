"""`save`: a network as a file of this or of another system."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, cast

from cnnshape.api.models import load
from cnnshape.api.reports import known_sizes
from cnnshape.errors import UsageError
from cnnshape.formats.files import keep_model, write_file

if TYPE_CHECKING:
    from cnnshape.formats.onnx.pieces import Stream
    from cnnshape.graph.network import Network
    from cnnshape.layers.arrays import Array
    from cnnshape.runtime.store import Header

__all__ = ["FORMS", "SUFFIXES", "Written", "form_of_model", "save", "written"]

SUFFIXES = {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".onnx": "onnx", ".py": "torch"}
_SOURCE = {"torch": "cnnshape.formats.source.torch.writer", "keras": "cnnshape.formats.source.keras.writer"}
"""Source code: system -> the module whose `write(network, sizes)` returns its text."""
FORMS = ("yaml", "json", "onnx", *_SOURCE)
_FORM_OF_SUFFIX = {".py": tuple(_SOURCE)}
"""What a file of a suffix may hold, where that is not one thing."""
_SCHEMA = "# yaml-language-server: $schema=design.schema.json\n"
_MOST_NAMED = 3
_NO_SIZES: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class Written:
    """A network as the bytes of a file.

    Parameters
    ----------
    notes : lines on what the file holds and what it does not
    text : of a design or of source code
    stream : an ONNX model
    """

    notes: tuple[str, ...]
    text: str = ""
    stream: Stream | None = None

    @property
    def data(self) -> bytes:
        """The whole file."""
        return self.text.encode() if self.stream is None else b"".join(self.stream.pieces())

    def to(self, path: Path) -> None:
        """Write the file, piece by piece; weights that are more than it may hold stand in another one beside it."""
        if self.stream is None:
            write_file(path, self.text.encode())
            return
        beside = f"{path.name}.data" if self.stream.apart else ""
        if beside:
            _refuse_other(path.with_name(beside))
            write_file(path.with_name(beside), self.stream.beside())
        write_file(path, self.stream.pieces(beside))


def save(
    model: Any,
    file: str | os.PathLike[str],
    weights: Any = None,
    *,
    sizes: Mapping[str, int] = _NO_SIZES,
    dtype: str = "float32",
    opset: int | None = None,
    to: str = "",
    **named: int,
) -> None:
    """Write a network to a file, which is replaced as a whole or not at all; what it lacks is said on standard error.

    Parameters
    ----------
    model : Network, or what `load` takes
    file : a design (``.yaml``, ``.yml``, ``.json``), an ONNX model (``.onnx``) or source code (``.py``), by its
        suffix; never the file that the model was read from. Weights of more than 2 GiB stand beside an ONNX model, in
        FILE.data
    weights : of an ONNX model: a file (``.npz``, ``.safetensors``), or {name: array} such as a PyTorch state dict;
        None: the network's own, if it was read from a file that holds them; False: none. Without weights each is a
        number repeated, which takes no room
    sizes, named : of an ONNX model or source code: sizes to fix; those that stay free become ONNX's dim_param
    dtype, opset : of an ONNX model, as for `formats.onnx_writer.write`
    to : the system of source code: "torch" unless stated, or "keras"

    Raises
    ------
    UsageError
        CS001, another suffix, weights for anything but an ONNX model, or sizes for a design; CS006, a file that cannot
        be written; CS503, weights of another network.
    ShapeError, ArgumentError
        An ONNX model or source code of a network that does not fit.
    DesignError
        CS130, layers that the system does not have.
    ExtraMissing
        CS010, an ONNX model without the package onnx.

    Examples
    --------
    >>> import tempfile
    >>> from cnnshape import Input, Network, layers as L
    >>> x = Input("image", (3, "H", "W"))
    >>> net = Network("tiny", inputs=x, outputs=L.Conv(8, kernel_size=3)(x))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(net, f"{folder}/tiny.yaml")
    ...     load(f"{folder}/tiny.yaml") == net
    True
    """
    target = Path(file)
    form = form_of_model(os.fspath(file), to)
    network = load(model)
    keep_model(os.fspath(file), network.source)
    made = written(network, form, weights, {**sizes, **named}, dtype, opset)
    made.to(target)
    for words in made.notes:
        sys.stderr.write(f"note: {words}\n")


def _refuse_other(path: Path) -> None:
    """Refuse to replace a file that nobody named: another model may have its weights there."""
    if path.exists():
        raise UsageError(
            f"{path} is there already, and the weights are to stand there",
            code="CS006",
            got=str(path),
            rule="weights of more than 2 GiB stand beside the model, in a file of its name with .data",
            fix="remove it, or name another file",
        )


def form_of_model(file: str, to: str = "") -> str:
    """Return the form of `FORMS` that the name of a file asks for, or `to`, if such a file can hold that.

    Raises
    ------
    UsageError
        CS001, a suffix that nothing is written with, or one of another form.

    Examples
    --------
    >>> form_of_model("nets/unet.yml"), form_of_model("unet.onnx"), form_of_model("unet.py")
    ('yaml', 'onnx', 'torch')
    """
    path = PurePath(file)
    suffix = path.suffix.lower()
    form = SUFFIXES.get(suffix)
    if form is None:
        shown = path.suffix or "a file without a suffix"
        raise UsageError(
            f"a network is not written as {shown}",
            got=file,
            rule="the suffix says the form: .yaml, .yml or .json is a design, .onnx an ONNX model, .py source code",
            fix=str(path.with_suffix(".yaml")) if path.name.strip(".") else "net.yaml",
        )
    if not to or to in _FORM_OF_SUFFIX.get(suffix, (form,)):
        return to or form
    if to not in FORMS:
        raise UsageError(f"a network is not written as {to}", got=to, rule=f"one of {', '.join(FORMS)}", fix=form)
    wanted = next(suffix for suffix, form in SUFFIXES.items() if to in _FORM_OF_SUFFIX.get(suffix, (form,)))
    raise UsageError(
        f"{file} is no file for {to}",
        got=to,
        rule="the suffix of a file says what it holds",
        fix=f"{path.with_suffix(wanted)}",
    )


def written(
    network: Network,
    form: str,
    weights: Any = None,
    sizes: Mapping[str, int] = _NO_SIZES,
    dtype: str = "float32",
    opset: int | None = None,
) -> Written:
    """Return a network as the bytes of a file; the arguments are those of `save`."""
    if form == "onnx":
        return _onnx(network, weights, known_sizes(network, sizes), dtype, opset)
    if form in _SOURCE:
        return _source(network, form, weights, known_sizes(network, sizes))
    for what, given in (("weights", weights), ("sizes", sizes)):
        if given:
            raise UsageError(
                f"a design holds no {what}",
                rule="a design has layers and formulas; weights stand in files of their own, and sizes stay free",
                fix=f"leave the {what} out, or write an ONNX model",
            )
    from cnnshape.formats.design_file import dump_design

    text = dump_design(network, cast("Literal['yaml', 'json']", form))
    return Written(tuple(_lost(network)), f"{_SCHEMA if form == 'yaml' else ''}{text}")


def _source(network: Network, form: str, weights: Any, sizes: Mapping[str, int]) -> Written:
    """Return a network as source code."""
    if weights:
        raise UsageError(
            "source code holds no weights",
            rule="source code has layers and sizes; weights stand in files of their own, by the names of the layers",
            fix="leave the weights out, or write an ONNX model",
        )
    if sizes:
        _check_sizes(network, sizes)
    text: str = import_module(_SOURCE[form]).write(network, sizes)
    held = [network.nodes[i].name for i in sorted(network.held)] if form == "keras" else []
    notes = [f"not written, as no output needs it: {_listed(held)}"] if held else []
    return Written((*notes, *_lost(network, "source code")), text)


def _lost(network: Network, what: str = "a design") -> list[str]:
    """Return a line on the numbers that a model file holds and a design or source code does not."""
    from cnnshape.layers.io import Constant

    if not (network.origin.weights or network.origin.absent):
        return []
    constants = [node.name for node in network.nodes if isinstance(node.layer, Constant)]
    named = f" (and those of {_listed(constants)}, which are not learned)" if constants else ""
    again = f"cnnshape run {network.source} --random --save-weights w.npz" if network.source else ""
    return [
        f"{what} holds no numbers: the weights{named} stay in the model"
        + (f"; {again} writes them to a file" if again else "")
    ]


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _onnx(network: Network, weights: Any, sizes: Mapping[str, int], dtype: str, opset: int | None) -> Written:
    from cnnshape.formats.onnx.writer import stream

    if sizes:
        _check_sizes(network, sizes)
    notes = [f"fixed at {', '.join(f'{name}={size}' for name, size in sizes.items())}"] if sizes else []
    held = [network.nodes[i].name for i in sorted(network.held)]
    if held:
        notes.append(f"not written, as no output needs it: {_listed(held)}")
    arrays, said = _arrays(network, weights, sizes, dtype)
    made = stream(network, arrays, sizes, dtype, opset)
    if made.apart:
        said = [*said, "the weights are more than a model in one file holds: they stand beside it, in FILE.data"]
    return Written((*notes, *said), stream=made)


def _check_sizes(network: Network, sizes: Mapping[str, int]) -> None:
    """Refuse sizes that do not fit, whatever the free ones are; a report knows the nearest that do."""
    from cnnshape.analysis.report import facts

    found = facts(network)
    if found.at(sizes).valid is not False:
        return
    for fault in found.validity.errors_at({**network.defaults, **sizes}):
        raise fault
    raise UsageError(
        f"nothing fits {', '.join(f'{name}={size}' for name, size in sizes.items())}, whatever the other sizes are",
        code="CS004",
        got=dict(sizes),
        rule="a model is written at sizes that fit",
        fix=f"see which do: cnnshape solve {network.source or 'MODEL'}",
    )


def _arrays(
    network: Network, weights: Any, sizes: Mapping[str, int], dtype: str
) -> tuple[Mapping[str, Array] | None, list[str]]:
    """Return the weights to write, and lines on where they come from."""
    origin = network.origin
    if weights is False or (weights is None and not origin.weights):
        return None, ["without weights: each is one number repeated, and what it gives means nothing"]
    wanted = _wanted(network, sizes, dtype)
    if weights is None:
        lacking = len([name for name in wanted if name not in origin.weights])
        said = f"{lacking} of {len(wanted)} weights are not in it, and are written as zeros" if lacking else ""
        return _own(network, wanted), [f"weights: the model's own{'; ' * bool(said)}{said}"]
    from cnnshape.runtime.store import open_store
    from cnnshape.runtime.weights import held_in_memory, matched

    apart = isinstance(weights, (str, os.PathLike))
    if not apart and not isinstance(weights, Mapping):
        raise UsageError(
            f"weights are no {type(weights).__name__}",
            code="CS503",
            rule="weights are a file (.npz, .safetensors) or {name: array}",
            fix="weights='weights.npz', or weights=model.state_dict()",
        )
    store = open_store(os.fspath(weights)) if apart else held_in_memory(weights)
    found, notes = matched(network, wanted, store)
    return found, [f"weights: {store.name}", *notes]


def _wanted(network: Network, sizes: Mapping[str, int], dtype: str) -> dict[str, Header]:
    """Return sizes and types of all weights and constants that are written."""
    import numpy as np

    from cnnshape.formats.onnx.writer import write
    from cnnshape.graph.propagate import propagate
    from cnnshape.layers.io import Constant
    from cnnshape.runtime.store import Header

    found = propagate(network, sizes)
    wanted: dict[str, Header] = {}
    for i, node in enumerate(found.network.nodes):
        specs = found.inputs[i]
        if i in found.network.held or specs is None:
            continue
        if isinstance(node.layer, Constant):
            spec = found.specs[node.name]
            shapes = {node.name: (spec.shape, dtype if spec.dtype == "float32" else spec.dtype)}
        else:
            owner = node.weights_of or node.name
            shapes = {f"{owner}.{name}": (weight.shape, dtype) for name, weight in node.layer.weights(specs).items()}
        for name, (shape, kind) in shapes.items():
            known = tuple(size for size in shape if isinstance(size, int))
            if len(known) < len(shape) or kind not in np.sctypeDict:
                write(network, None, sizes, dtype)  # says of all layers what they lack
            wanted[name] = Header(known, kind)
    return wanted


def _own(network: Network, wanted: Mapping[str, Header]) -> Mapping[str, Array]:
    """Return the weights that the network's file holds, read at each look; what it lacks is zero."""
    import numpy as np

    from cnnshape.runtime.lazy import LazyWeights

    def read(name: str) -> Array:
        load, header = network.origin.weights.get(name), wanted[name]
        if load is None:
            return np.broadcast_to(np.zeros((), header.dtype), header.shape)
        return load().astype(header.dtype, copy=False)

    return LazyWeights(wanted, read)
