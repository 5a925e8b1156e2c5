"""Models of Keras -> records (see `formats.foreign`). Keras is not needed, and no code of a model is run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cnnshape.errors import CnnshapeError
from cnnshape.formats.keras.file import no_keras, parse, read_archive, read_json
from cnnshape.formats.keras.graph import Layer, config_of
from cnnshape.formats.keras.h5 import H5Weights
from cnnshape.formats.keras.layouts import shown
from cnnshape.formats.keras.walk import Block, Walk
from cnnshape.formats.keras.weights import ArchiveWeights, ObjectWeights, Weights
from cnnshape.formats.reading.foreign import read
from cnnshape.formats.reading.records import ForeignModel, Read

__all__ = ["model_of", "read_keras", "read_object", "read_text"]


def read_keras(path: str) -> Read:
    """Return the network of a `.keras` archive, of an older model in HDF5, or of a file that `to_json()` wrote.

    The weights of an archive are read when somebody needs them, for which the package h5py is needed.

    Raises
    ------
    UsageError
        CS003, an HDF5 file of weights alone.
    ReadError
        CS101 the file may not be read, CS131 it is no Keras model.
    ExtraMissing
        CS010, HDF5 without the package h5py.
    DesignError
        CS127, layers in a form that they do not have.
    """
    if Path(path).suffix.lower() in (".h5", ".hdf5"):
        held = H5Weights(path)
        return read(model_of(held.described(), path, held), unknown=True)
    if Path(path).suffix.lower() == ".keras":
        return read(model_of(read_archive(path), path, ArchiveWeights.of(path)), unknown=True)
    return read(model_of(read_json(path), path), unknown=True)


def read_text(text: str) -> Read:
    """Return the network that a text of `to_json()` describes; raises as `read_keras` does."""
    return read(model_of(parse(text)), unknown=True)


def read_object(model: Any) -> Read:
    """Return the network of a model of Keras in memory, with its weights; raises as `read_keras` does."""
    try:
        text = model.to_json()
    except (NotImplementedError, TypeError, ValueError):
        raise no_keras("it cannot say in to_json() what it is made of") from None
    return read(model_of(parse(text), weights=ObjectWeights(model)), unknown=True)


def model_of(described: Mapping[str, Any], source: str = "", weights: Weights | None = None) -> ForeignModel:
    """Return a model, as `to_json()` describes it, as plain data.

    Examples
    --------
    >>> taken = {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [None, 8, 8, 3]}}
    >>> conv = {"class_name": "Conv2D", "config": {"name": "conv", "filters": 4, "kernel_size": [3, 3]}}
    >>> made = model_of({"class_name": "Sequential", "config": {"name": "tiny", "layers": [taken, conv]}})
    >>> [(record.name, record.operator) for record in made.records][:2]
    [('x.channels_first', 'Transpose'), ('conv', 'Conv2D')]
    """
    reading = Walk(weights)
    try:
        config = config_of(described, "")
        name = str(config.get("name") or Path(source).stem or "model")
        whole = Layer(name, str(described.get("class_name")), config)
        build = described.get("build_config") or {}
        outputs = reading.model(whole, Block(), None, build.get("input_shape"))
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
