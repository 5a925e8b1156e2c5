"""Looking up layers: by class, by a design's name, by a framework's spelling, as an attribute of the package."""

import ast
import inspect
import json
import subprocess
import sys
from collections import Counter
from dataclasses import fields
from pathlib import Path

import pytest

import cnnshape.layers
from cnnshape import layers
from cnnshape.errors import DesignError
from cnnshape.layers import catalog
from cnnshape.layers.base import Layer

PACKAGE = Path(cnnshape.layers.__file__).parent
CLASSES = [entry.layer for entry in catalog.ENTRIES]


def plain(name):
    return name.casefold().replace("_", "")


def test_every_family_is_in_the_catalogue():
    families = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert families == {entry.layer.__module__.split(".")[2] for entry in catalog.ENTRIES}


def test_every_final_class_of_a_family_has_an_entry():
    """A class decorated with `layer` that nobody can look up would be dead."""
    written = set()
    for path in PACKAGE.glob("*/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and any(
                isinstance(d, ast.Name) and d.id == "layer" for d in node.decorator_list
            ):
                written.add(node.name)
    assert written == {cls.__name__ for cls in CLASSES}


def test_no_two_layers_share_a_name():
    names = [name for e in catalog.ENTRIES for name in {plain(n) for n in (e.name, e.layer.__name__, *e.aliases)}]
    assert [name for name, times in Counter(names).items() if times > 1] == []
    assert len(catalog.by_class()) == len(catalog.ENTRIES)


def test_an_alias_says_something_new():
    """Case and underscores do not matter, so an alias that differs only in them is noise."""
    for entry in catalog.ENTRIES:
        known = [plain(name) for name in (entry.name, *entry.aliases)]
        assert len(set(known)) == len(known), entry.name


def test_a_design_name_is_the_class_name_in_small_letters():
    for entry in catalog.ENTRIES:
        assert plain(entry.name) == entry.layer.__name__.casefold()
        assert entry.name == entry.name.lower()


FOUND = [
    ("conv", "Conv", None),
    ("conv2d", "Conv", 2),
    ("Conv2D", "Conv", 2),
    ("max_pool", "MaxPool", None),
    ("MaxPool3d", "MaxPool", 3),
    ("MaxPooling2D", "MaxPool", 2),
    ("conv_transpose2d", "ConvTranspose", 2),
    ("BatchNorm1d", "BatchNorm", 1),
    ("BatchNormalization", "BatchNorm", None),
    ("AdaptiveAvgPool2d", "AdaptiveAvgPool", 2),
    ("dense", "Linear", None),
    ("cat", "Concat", None),
    ("ReLU", "ReLU", None),
    ("relu6", "ReLU6", None),
    ("ArgMax", "ArgMax", None),
    ("ReduceLogSumExp", "LogSumExp", None),
    ("pixel-shuffle", "PixelShuffle", None),
    ("Conv1DTranspose", "ConvTranspose", 1),
]


@pytest.mark.parametrize(("name", "cls", "rank"), FOUND)
def test_find(name, cls, rank):
    entry, stated = catalog.find(name)
    assert (entry.layer.__name__, stated) == (cls, rank)


PYTORCH_WITHOUT_A_LAYER = {
    "containers": "Container DataParallel Module ModuleDict ModuleList ParameterDict ParameterList Sequential",
    "cells and bases": "GRUCell LSTMCell RNNBase RNNCell RNNCellBase",
    "transformers, which are networks": "Transformer TransformerDecoder TransformerDecoderLayer TransformerEncoder"
    " TransformerEncoderLayer",
    "pads, whose mode is an argument": "CircularPad1d CircularPad2d CircularPad3d ReflectionPad1d ReflectionPad2d"
    " ReflectionPad3d ReplicationPad1d ReplicationPad2d ReplicationPad3d",
    "upsampling, whose mode is an argument": "UpsamplingBilinear2d UpsamplingNearest2d",
    "random or rare": "CrossMapLRN2d EmbeddingBag FeatureAlphaDropout FractionalMaxPool2d FractionalMaxPool3d RReLU"
    " Softmin CosineSimilarity PairwiseDistance AdaptiveLogSoftmaxWithLoss",
}


def test_the_modules_of_pytorch_are_found(torch):
    without = {name for names in PYTORCH_WITHOUT_A_LAYER.values() for name in names.split()}
    for name, cls in vars(torch.nn).items():
        if (
            not inspect.isclass(cls)
            or not issubclass(cls, torch.nn.Module)
            or name.startswith("Lazy")
            or "Loss" in name
        ):
            continue
        if name in without:
            with pytest.raises(DesignError):
                catalog.find(name)
        else:
            _, rank = catalog.find(name)
            assert rank is None or name.endswith(f"{rank}d")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "covn",
            """\
CS111: there is no layer 'covn'
  rule: a layer has PyTorch's name without the rank: conv, max_pool, batch_norm, linear, relu, ...
  fix: did you mean conv?""",
        ),
        (
            "batchnrom2d",
            """\
CS111: there is no layer 'batchnrom2d'
  rule: a layer has PyTorch's name without the rank: conv, max_pool, batch_norm, linear, relu, ...
  fix: did you mean batch_norm?""",
        ),
        (
            "xyzzy",
            """\
CS111: there is no layer 'xyzzy'
  rule: a layer has PyTorch's name without the rank: conv, max_pool, batch_norm, linear, relu, ...
  fix: `cnnshape schema --layers` lists the names""",
        ),
        (
            "relu2d",
            """\
CS111: there is no layer 'relu2d'
  rule: a layer has PyTorch's name without the rank: conv, max_pool, batch_norm, linear, relu, ...
  fix: did you mean relu?""",
        ),
    ],
)
def test_unknown_name(name, expected):
    with pytest.raises(DesignError) as caught:
        catalog.find(name)
    assert str(caught.value) == expected


def test_every_class_is_an_attribute():
    for cls in CLASSES:
        assert getattr(layers, cls.__name__) is cls
    assert list(layers.__all__) == sorted(layers.__all__, key=layers.__all__.index)
    assert set(layers.__all__) == {cls.__name__ for cls in CLASSES}


def test_type_checkers_see_every_class():
    """The imports that only they read name what the catalogue holds."""
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert seen == {cls.__name__: ".".join(cls.__module__.split(".")[:3]) for cls in CLASSES}


@pytest.mark.parametrize("cls", [cls for cls in CLASSES if any(f.name == "rank" for f in fields(cls))])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_a_name_with_a_rank_makes_the_layer_with_that_rank(cls, rank):
    maker = getattr(layers, f"{cls.__name__}{rank}d")
    assert repr(maker) == f"{cls.__name__}{rank}d"
    assert maker is getattr(layers, f"{cls.__name__}{rank}d")
    example = next((e.layer for e in cls.examples()), None)
    given = {f.name: getattr(example, f.name) for f in fields(cls) if f.name != "rank"}
    made = [make() for make in (lambda: maker(**given), lambda: cls(**given, rank=rank))]
    assert made[0] == made[1]
    assert isinstance(made[0], Layer)


@pytest.mark.parametrize("name", ["ReLU2d", "Conv4d", "Conv0d"])
def test_no_rank_where_there_is_none(name):
    with pytest.raises(AttributeError):
        getattr(layers, name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Maxpool", "there is no layer 'Maxpool'; did you mean MaxPool?"),
        ("BatchNorm2D", "there is no layer 'BatchNorm2D'; did you mean BatchNorm2d?"),
        ("Dense", "there is no layer 'Dense'; did you mean Linear?"),
        ("Covn", "there is no layer 'Covn'; did you mean Conv?"),
        ("Xyzzy", "there is no layer 'Xyzzy'"),
        ("xyzzy", "module 'cnnshape.layers' has no attribute 'xyzzy'"),
    ],
)
def test_a_misspelt_attribute(name, expected):
    with pytest.raises(AttributeError) as caught:
        getattr(layers, name)
    assert str(caught.value) == expected


def test_dir_lists_classes_and_stated_ranks():
    assert {"Conv", "Conv1d", "Conv2d", "Conv3d", "Add", "ReLU"} <= set(dir(layers))
    assert "ReLU2d" not in dir(layers)


def loaded_by(statement):
    code = f"import sys, json; {statement}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=PACKAGE.parents[1], check=True
    )
    return set(json.loads(done.stdout))


def test_the_package_loads_no_family_before_a_name_is_used():
    modules = loaded_by("import cnnshape.layers")
    assert not {m for m in modules if m.startswith("cnnshape.layers.")}


def test_the_catalogue_loads_no_library():
    modules = loaded_by("from cnnshape.layers import Conv")
    assert "cnnshape.layers.conv.spec" in modules
    assert not modules & {"numpy", "sympy", "networkx", "rich", "ruamel", "click"}
