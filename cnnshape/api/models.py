"""`load`: whatever stands for a network, as a network."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnshape.errors import ReadError, UsageError
from cnnshape.graph.network import Network
from cnnshape.symbolic.names import numbered

if TYPE_CHECKING:
    from cnnshape.api.code import Named

__all__ = ["code_of", "is_zoo_name", "load", "of_made"]


@numbered()
def load(model: Any, *, input: Any = None, name: str = "") -> Network:  # noqa: A002  # what people call it
    """Return the network that a file, or an object, describes.

    Parameters
    ----------
    model : path of a design file (``.yaml``, ``.yml``, ``.json``), of an ONNX model (``.onnx``), of a Keras model
        (``.keras``, ``.h5``, or the JSON of ``to_json()``) or of a program that ``torch.export.save`` wrote (``.pt2``);
        the text of a design (more than one line) or of a Keras model (its JSON); the name of a published network
        (``"resnet50"``, ``"resnet50(num_classes=10)"``; a file of that name wins, ``"zoo:resnet50"`` forces it);
        ``"nets.py:UNet"`` or ``"package.module:make(3)"``, what Python code makes, which is run; an
        ``onnx.ModelProto``, an ``nn.Module`` of PyTorch, a Keras model, or a network
    input : for an nn.Module of PyTorch, the shape of its input without the batch, such as ``(3, "H", "W")``; of several
        inputs by their names
    name : what to call it where the file does not say

    Raises
    ------
    UsageError
        CS003, a kind of model that is not read, a module whose input is not said, or an input for what states its own;
        CS009, a published network that there is not, or a wrong argument.
    ReadError
        CS10x, a file that cannot be read.
    DesignError
        CS11x, a design that is malformed; one that is well-formed and does not fit loads, and its report says so.
        CS127, operators of a model that no layer stands for.
    ExtraMissing
        CS010, an ONNX model without the package onnx, HDF5 without h5py.

    Examples
    --------
    >>> net = load('''
    ... input: [3, H, W]
    ... layers: [{conv: {out_channels: 8, kernel_size: 3}}, relu]
    ... ''')
    >>> [node.name for node in net.nodes]
    ['input', 'conv1', 'relu1']
    """
    if not isinstance(model, (str, os.PathLike, Network)):
        from cnnshape.formats.torch.reader import is_module, read_module

        if is_module(model) and not _is_keras(model):  # with PyTorch below, Keras's layers are modules, too
            return read_module(model, input, name=name).network
    if isinstance(model, str) and (wanted := code_of(model)) is not None:
        from cnnshape.api.code import made_by

        return of_made(wanted, made_by(wanted), input, name)
    if input is not None:
        raise UsageError(
            "input is given for a model that states its own",
            code="CS003",
            got=input,
            rule="input says what comes into a module of PyTorch",
            fix="leave it out; sizes are put in as in cnnshape.report(model, H=224, W=224)",
        )
    if isinstance(model, Network):
        return model
    if type(model).__name__ == "ModelProto" and hasattr(model, "graph"):
        from cnnshape.formats.onnx.reader import model_of
        from cnnshape.formats.reading.foreign import read

        return read(model_of(model), unknown=True).network
    if _is_keras(model):
        from cnnshape.formats.keras.reader import read_object

        return read_object(model).network
    if not isinstance(model, (str, os.PathLike)):
        kind = type(model).__name__
        raise UsageError(
            f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind} is no model that can be read",
            code="CS003",
            got=kind,
            rule="a model is the path of a file, the text of a design, an onnx.ModelProto, or a cnnshape Network",
            fix='Network("net", inputs=x, outputs=y)'
            if kind == "Tensor"
            else "build it with cnnshape.Input and cnnshape.layers, or write it as a design file",
        )
    if isinstance(model, str) and ("\n" in model or model.lstrip()[:1] == "{"):
        return _of_text(model, name)
    return _named(os.fspath(model), name)


def code_of(text: str) -> Named | None:
    """Return what a text names in Python code, or None; a file of that name wins."""
    if ":" not in text or "\n" in text or text.lstrip()[:1] == "{":
        return None
    try:
        if Path(text).exists():
            return None
    except OSError:
        return None  # too long for a name
    from cnnshape.api.code import named

    return named(text)


def of_made(wanted: Named, found: Any, shapes: Any, name: str) -> Network:
    """Return the network that named code has made."""
    from cnnshape.formats.torch.reader import is_module

    if isinstance(found, (str, os.PathLike)):
        kind = type(found).__name__
        raise UsageError(
            f"{wanted.text} is a {kind}, no network",
            code="CS003",
            got=wanted.text,
            rule="the name behind the colon is an nn.Module, a Keras model, a cnnshape Network, or what makes one",
            fix="name the class or the function that makes it",
        )
    with redirect_stdout(sys.stderr):
        return load(
            found, input=shapes, name=name or (wanted.attribute if is_module(found) and not _is_keras(found) else "")
        )


def _is_keras(model: Any) -> bool:
    """Say whether something is a model of Keras; Keras is not imported for it."""
    keras = sys.modules.get("keras")
    return keras is not None and isinstance(model, keras.Model)


def _named(path: str, name: str) -> Network:
    """Return the network that a path or a name of the zoo means."""
    if is_zoo_name(path):
        from cnnshape.zoo import build

        return build(path)
    from cnnshape.formats.recognize import refuse_other

    if Path(path).suffix.lower() == ".py" and Path(path).is_file():
        from cnnshape.api.code import which

        raise which(path)

    try:
        refuse_other(path)
    except ReadError as error:
        raise _or_from_the_zoo(path, error) from None
    if Path(path).suffix.lower() == ".onnx":
        from cnnshape.formats.onnx.reader import read_onnx

        return read_onnx(path).network
    if Path(path).suffix.lower() == ".pt2":
        from cnnshape.formats.torch.program import read_program

        return read_program(path).network
    if Path(path).suffix.lower() in (".keras", ".h5", ".hdf5") or _is_keras_json(path):
        from cnnshape.formats.keras.reader import read_keras

        return read_keras(path).network
    from cnnshape.formats.design_file import load_design

    return load_design(path, name=name) if name else load_design(path)


def _of_text(text: str, name: str) -> Network:
    from cnnshape.formats.keras.file import is_keras

    if is_keras(text):
        from cnnshape.formats.keras.reader import read_text

        return read_text(text).network
    from cnnshape.formats.design_file import load_design

    return load_design(text, name=name or "design")


def _is_keras_json(path: str) -> bool:
    if Path(path).suffix.lower() != ".json":
        return False
    from cnnshape.formats.keras.file import is_keras

    try:
        with Path(path).open("rb") as file:
            return is_keras(file.read(300))
    except OSError:
        return False  # the reader of designs says why


def is_zoo_name(model: str) -> bool:
    """Say whether MODEL means a published network: a name of the zoo that is no file, or one that says so."""
    if model.startswith("zoo:"):
        return True
    name = model.partition("(")[0]
    if not name.isidentifier() or Path(model).exists():
        return False
    from cnnshape.zoo.catalog import NETWORKS

    return name in NETWORKS


def _or_from_the_zoo(path: str, error: ReadError) -> ReadError:
    """Return the error of a missing file, or of a published network whose name is misspelled."""
    from cnnshape.zoo.catalog import meant

    fix = meant(path, "the published network ") if Path(path).name == path and not Path(path).suffix else ""
    return error.at(fix=fix) if fix else error
