"""What a file is by its name: files of other programs are told apart and answered, never opened."""

from __future__ import annotations

import re
from pathlib import PurePath

from cnnshape.errors import UsageError

__all__ = ["DESIGN_SUFFIXES", "refuse_foreign"]

DESIGN_SUFFIXES = (".yaml", ".yml", ".json")

_WRITE = "write the network as a design file (cnnshape report net.yaml)"
_FOREIGN: dict[str, tuple[str, str]] = {
    ".onnx": ("an ONNX graph", _WRITE),
    ".keras": ("a Keras model: its layers and its weights", _WRITE),
    ".pt2": ("a program exported from PyTorch", _WRITE),
    ".pth": ("the pickled weights of a PyTorch model, usually without its layers", _WRITE),
    ".pt": ("a pickled or compiled PyTorch model, or only its weights", _WRITE),
    ".ckpt": ("a training checkpoint: pickled weights without the layers", _WRITE),
    ".pkl": ("a pickle", _WRITE),
    ".pickle": ("a pickle", _WRITE),
    ".bin": ("pickled weights without the layers", _WRITE),
    ".h5": ("weights, and perhaps a Keras model, in HDF5", _WRITE),
    ".hdf5": ("weights, and perhaps a Keras model, in HDF5", _WRITE),
    ".pb": ("a TensorFlow graph", _WRITE),
    ".tflite": ("a TensorFlow Lite model, compiled for devices", _WRITE),
    ".safetensors": ("weights without the layers that use them", _WRITE),
    ".npz": ("arrays without the layers that use them", _WRITE),
    ".npy": ("one array", _WRITE),
    ".mlmodel": ("a Core ML model, compiled for devices", _WRITE),
    ".py": ("Python source", _WRITE),
    ".ipynb": ("a notebook", _WRITE),
}
_PICKLES = frozenset({".pth", ".pt", ".ckpt", ".pkl", ".pickle", ".bin"})
_ATTRIBUTE = re.compile(r"[\w./\\-]+:[A-Za-z_]\w*(\(.*\))?")


def refuse_foreign(path: str) -> None:
    """Answer a path that is no design file with what it holds and what to give instead.

    Raises
    ------
    UsageError
        CS003, a kind of model that is not read.
    """
    suffix = PurePath(path).suffix.lower()
    if suffix in _FOREIGN:
        holds, instead = _FOREIGN[suffix]
        rule = "pickles are never loaded: they run code" if suffix in _PICKLES else "a model is a design file"
        raise UsageError(
            f"{PurePath(path).name}: {holds}; this kind of file is not read",
            code="CS003",
            got=path,
            rule=rule,
            fix=instead,
        )
    if path.startswith("zoo:"):
        raise UsageError(
            f"{path}: there are no built-in networks yet", code="CS003", got=path, rule="a model is a file", fix=_WRITE
        )
    if suffix not in DESIGN_SUFFIXES and _ATTRIBUTE.fullmatch(path):
        raise UsageError(
            f"{path}: networks are not taken from Python code yet",
            code="CS003",
            got=path,
            rule="a model is a design file; Python code calls cnnshape.report(network) itself",
            fix=_WRITE,
        )
