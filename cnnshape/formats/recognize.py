"""What a file is by its name: files of other programs are told apart and answered, never opened."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path, PurePath

from cnnshape.errors import ReadError, UsageError

__all__ = ["DESIGN_SUFFIXES", "refuse_other"]

DESIGN_SUFFIXES = (".yaml", ".yml", ".json")
_READ = (*DESIGN_SUFFIXES, ".onnx", ".keras", ".h5", ".hdf5", ".pt2")

_WEIGHTS = "weights without the layers that use them"
_PICKLE = "pickles are never loaded: a pickle runs code of whoever made it"
_DESIGN = (
    "a model is a design file (.yaml, .yml, .json), an ONNX model (.onnx), a Keras model (.keras, .h5, or its JSON), "
    "an exported program of PyTorch (.pt2), or nets.py:Name"
)
_WRITE = "write its layers in a design file; examples/ has some to start from"
_CODE = (
    "name the code that makes it: nets.py:Name --input 3xHxW\n"
    "or export it where it is made: torch.export.save(program, 'model.pt2')"
)
_FROM_TENSORFLOW = "convert it where it is made: model.save('model.keras'), or tf2onnx to ONNX"
_FOREIGN: dict[str, tuple[str, str, str]] = {
    ".pth": ("pickled weights of PyTorch, usually without the layers that use them", _PICKLE, _CODE),
    ".pt": ("a pickle of PyTorch: weights, or a module that needs its own code", _PICKLE, _CODE),
    ".ckpt": ("a checkpoint of a training: pickled weights without their layers", _PICKLE, _CODE),
    ".pkl": ("a pickle", _PICKLE, _CODE),
    ".pickle": ("a pickle", _PICKLE, _CODE),
    ".bin": ("pickled weights without their layers", _PICKLE, _CODE),
    ".pb": ("a graph of TensorFlow", _DESIGN, _FROM_TENSORFLOW),
    ".tflite": ("a model that is compiled for TensorFlow Lite", _DESIGN, _FROM_TENSORFLOW),
    ".mlmodel": ("a model that is compiled for Core ML", _DESIGN, "give the model that it was compiled from"),
    ".safetensors": (_WEIGHTS, _DESIGN, _CODE),
    ".npz": (_WEIGHTS, _DESIGN, _WRITE),
    ".npy": ("one array", _DESIGN, _WRITE),
    ".ipynb": ("a notebook, which is not run", "a notebook asks itself: cnnshape.report(network)", _WRITE),
}
"""Suffix -> what such a file holds, the rule, and what to give in its place."""


def refuse_other(path: str) -> None:
    """Answer what is no design file with what it holds and what to give instead, and a missing file with a near one.

    Raises
    ------
    UsageError
        CS003, a kind of model that is not read.
    ReadError
        CS101, a file that is not there.
    """
    if not path:
        raise UsageError("no model is named", code="CS003", rule=_DESIGN, fix="name a file")
    file = PurePath(path)
    suffix = file.suffix.lower()
    if suffix in _FOREIGN:
        holds, rule, fix = _FOREIGN[suffix]
        raise UsageError(f"{file.name} holds {holds}", code="CS003", place="", got=path, rule=rule, fix=fix)
    if suffix in _READ or Path(path).exists():
        if not Path(path).exists():
            raise _missing(path, "a model is a file that is there")
        return
    raise _missing(path, f"{_DESIGN}, or the name of a published network (cnnshape zoo lists them)")


def _missing(path: str, rule: str) -> ReadError:
    near = _near(path) or _code_for(path)
    fix = f"did you mean {near}?" if near else "check the path"
    return ReadError("there is no such file", code="CS101", place=path, got=path, rule=rule, fix=fix)


def _code_for(path: str) -> str:
    """Return ``nets.py:UNet`` for ``nets.UNet`` where that file is there."""
    module, dot, name = path.rpartition(".")
    file = Path(f"{module.replace('.', '/')}.py")
    return f"{file}:{name}" if dot and name.isidentifier() and file.is_file() else ""


def _near(path: str) -> str:
    """Return a design file beside the missing one, or one folder below, with about its name."""
    file = Path(path)
    try:
        here = [p for p in sorted(file.parent.iterdir())[:1000] if not p.name.startswith(".")]
        below = [p for folder in here if folder.name == "examples" and folder.is_dir() for p in folder.iterdir()]
    except OSError:
        return ""
    read = [p for p in (*below, *here) if p.suffix in _READ and p.is_file()]  # a link may lead nowhere
    alike = [p for p in read if p.suffix == file.suffix]
    # Of another suffix only the very name is meant: net.yml for net.yaml, not unet.onnx.
    same = [p for p in read if p.stem == file.stem]
    if same:
        return str(same[-1])
    designs = {p.stem: p for p in (alike if file.suffix else read)}
    near = get_close_matches(file.stem, designs, 1, 0.7)
    return str(designs[near[0]]) if near else ""
