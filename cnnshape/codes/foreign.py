"""Codes CS127 to CS132: models of other systems."""

from __future__ import annotations

from cnnshape.codes.rule import Rule

__all__ = ["RULES"]

_MODEL = """\
from cnnshape.formats.reading.foreign import read
from cnnshape.formats.reading.records import ForeignModel, Record
from cnnshape.layers.base import Spec
image = {"x": Spec((4,))}
"""

_KERAS = """\
from cnnshape.formats.keras.reader import model_of
taken = {{"class_name": "InputLayer", "config": {{"name": "x", {config}}}}}
model_of({{"class_name": "Sequential", "config": {{"layers": [taken]}}}})
"""

RULES = {
    "CS127": Rule(
        "an operator that is no layer",
        "The model uses an operator in a form that it does not have, or, where values are computed, one that no layer "
        "stands for; all of them are listed, each with the reason.",
        "What a broken operator gives cannot be known. One that is merely unknown becomes a layer Unknown in a report.",
        f'{_MODEL}read(ForeignModel("m", image, ("y",), [Record("onnx", "Einsum", 13, "p", ("x",), ("y",))], {{}}))',
        f'{_MODEL}read(ForeignModel("m", image, ("y",), [Record("onnx", "Relu", 13, "p", ("x",), ("y",))], {{}}))',
    ),
    "CS128": Rule(
        "a tensor that is not there, or of another shape",
        "An operator or an output names a tensor that nothing gives, or a weight has another shape than its operator "
        "needs.",
        "The file contradicts itself: it was cut short, or changed by hand.",
        f'{_MODEL}read(ForeignModel("m", image, ("z",), [], {{}}))',
        f'{_MODEL}read(ForeignModel("m", image, ("x",), [], {{}}))',
    ),
    "CS129": Rule(
        "no ONNX model that can be read",
        "The bytes are no ONNX model, the model breaks ONNX's rules, or its operator set is older than version 6.",
        "What a broken model means cannot be known; onnx.checker.check_model says more.",
    ),
    "CS130": Rule(
        "a layer that cannot be written",
        "A layer, in the form that it has in the network, is no operator of the other system and not several; all of "
        "them are listed, each with the reason.",
        "A file that computes something else, or nothing there, would be found out too late.",
    ),
    "CS131": Rule(
        "no Keras model that can be read",
        "The file is no `.keras` archive and no text of `to_json()`, or it contradicts itself: two layers of one name, "
        "a tensor that nothing gives, layers in a circle, a description that is nested without end.",
        "What a broken model means cannot be known, and no more memory or time is spent on it.",
        _KERAS.format(config=""),
        _KERAS.format(config="'batch_shape': [None, 8, 8, 3]"),
    ),
    "CS132": Rule(
        "no exported program that can be read",
        "The file is no archive of `torch.export.save`, or it contradicts itself: compressed or overlapping members, a "
        "weight that is shorter than its shape says, a size that is no formula.",
        "What a broken file means cannot be known, and no more memory or time is spent on it. Pickles in it are never "
        "loaded.",
    ),
}
