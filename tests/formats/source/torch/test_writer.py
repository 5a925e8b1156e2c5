"""PyTorch code against PyTorch: names and shapes of all weights, outputs, what is read back, how the text looks.

``CNNSHAPE_HYPOTHESIS=thorough`` makes every network of the zoo and more random ones, otherwise a sample.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import cnnshape as cs  # after the check that it is there
from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.errors import DesignError, ShapeError
from cnnshape.formats.source.torch.writer import write
from cnnshape.runtime.execute import execute
from cnnshape.runtime.plan import plan
from tests.oracles.differential import alone
from tests.oracles.torch_calls import torch
from tests.oracles.torch_source import answer, answered, loaded, made, wanted
from tests.random_networks.numbers import fed, weighed
from tests.random_networks.settings import settings

THOROUGH = os.environ.get("CNNSHAPE_HYPOTHESIS") == "thorough"
ZOO = [entry.name for entry in cs.zoo()]
SAMPLE = ZOO if THOROUGH else ["resnet50", "vit_b_32", *ZOO[3::13]]
READ_BACK = (
    ZOO
    if THOROUGH
    else [
        "mobilenet_v3_small",
        "shufflenet_v2_x0_5",
        "squeezenet1_1",
        "unet",
        "segnet",
        "crnn",
        "m5",
        "googlenet",
        "convnext_tiny",
    ]
)
EXAMPLES = ["alexnet", "audio_1d", "inception_block", "lenet5", "resnet50", "siamese", "unet", "vgg16", "video_3d"]
UNSORTED = "sorted=False"
"""PyTorch says of the order of such numbers nothing."""


def numbers(network, seed, **sizes):
    ready = plan(network, sizes, fused=False)
    found = weighed(ready, seed).items()
    weights = {name: np.asarray(w, np.float32 if w.dtype.kind == "f" else w.dtype) for name, w in found}
    return fed(ready, seed), weights


def agree(network, seed=0, layer=None, **sizes):
    ready = plan(network, sizes, fused=False)
    given = fed(ready, seed, layer)
    weights = numbers(network, seed, **sizes)[1]
    ours, theirs = execute(ready, given, weights), answer(network, given, weights)
    assert list(theirs) == list(network.outputs)
    for name, y in ours.items():
        most = np.abs(np.where(np.isfinite(y), y, 0)).max(initial=1)
        np.testing.assert_allclose(theirs[name], y, rtol=1e-3, atol=2e-4 * most, err_msg=write(network))


@pytest.mark.parametrize("name", SAMPLE)
def test_the_zoo_has_the_names_and_shapes_of_its_weights(name):
    network = cs.zoo(name)
    with torch.device("meta"):
        module = made(network)
    states = {key: tuple(w.shape) for key, w in module.state_dict().items() if not key.endswith("num_batches_tracked")}
    assert states == wanted(network)
    assert sum(w.numel() for w in module.parameters()) == cs.report(network).params


def smallest(network):
    """Return the smallest sizes of a row that a network takes."""
    free = [symbol for symbol in network.symbols if symbol != network.batch]
    rows = [
        dict.fromkeys(free, size)
        for size in (32, 48, 64, 65, 96, 107, 128, 139, 160, 192, 224, 256, 299, 320, 331, 512, 2048, 16000)
    ]
    for row in [*rows, dict(network.defaults)]:
        sizes = {symbol: 2 if symbol == network.batch else row[symbol] for symbol in network.symbols}
        try:
            plan(network, sizes, fused=False)
        except ShapeError:
            continue
        return sizes
    raise AssertionError(f"{network.name} takes none of the sizes")


@pytest.mark.parametrize("name", READ_BACK)
def test_the_zoo_gives_our_numbers_and_is_read_back(name):
    """Written, run by PyTorch, read back with free sizes: equal counts, formulas and numbers."""
    network = cs.zoo(name)
    sizes = smallest(network)
    given, weights = numbers(network, 0, **sizes)
    ours = execute(plan(network, sizes, fused=False), given, weights)
    module = loaded(network, weights)
    theirs = answered(module, network, given)
    shapes = [
        tuple(size if isinstance(size, int) else str(size) for size in node.layer.shape[1:]) for node in network.inputs
    ]
    again = cs.load(module, input=shapes[0] if len(shapes) == 1 else shapes)
    first, second = cs.report(network), cs.report(again)
    assert second.params == first.params - sum(first.layer(network.nodes[i].name).params for i in network.held)
    assert list(map(str, second.outputs.values())) == list(map(str, first.outputs.values()))
    assert second.at(sizes).macs == first.at(sizes).macs
    unread = wanted(network).keys() - wanted(network, held=False)  # of heads that no output needs
    states = {name: values.numpy() for name, values in module.state_dict().items() if name not in unread}
    fed_again = {node.name: x for node, x in zip(again.inputs, given.values(), strict=True)}
    found = cs.run(again, fed_again, weights=states, strict=True)
    found = list(found.values()) if isinstance(found, dict) else [found]
    for (name, y), theirs_y, read in zip(ours.items(), theirs.values(), found, strict=True):
        most = np.abs(np.where(np.isfinite(y), y, 0)).max(initial=1)
        np.testing.assert_allclose(theirs_y, y, rtol=1e-3, atol=2e-4 * most, err_msg=name)
        np.testing.assert_allclose(read, theirs_y, rtol=1e-3, atol=2e-4 * most, err_msg=name)


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_written(name):
    network = cs.load(f"examples/{name}.yaml")
    with torch.device("meta"):
        assert sum(w.numel() for w in made(network).parameters()) == cs.report(network).at().params


@pytest.mark.parametrize("name", ["lenet5", "inception_block"])
def test_examples_give_our_numbers(name):
    network = cs.load(f"examples/{name}.yaml")
    sizes = {symbol: network.defaults.get(symbol, 32) for symbol in network.symbols}
    agree(network, **{**sizes, network.batch: 2})


def test_layers_by_themselves_give_our_numbers():
    done, refused = Counter(), Counter()
    for number, setting in enumerate(settings(1500 if THOROUGH else 170, seed=2)):
        network = alone(setting)
        try:
            write(network)
        except DesignError as error:
            refused.update(each.operator for each in error.fault.got)
            continue
        if UNSORTED in repr(setting.layer):
            continue
        try:
            agree(network, number, setting.layer)
        except ShapeError:  # a position that there is not, an operator that nobody knows
            continue
        done[type(setting.layer).__name__] += 1
    assert len(done) > 110
    assert sum(done.values()) > 3 * sum(refused.values())


def test_random_networks_give_our_numbers():
    pytest.importorskip("onnxruntime")
    from tests.conformance.test_differential_networks import sampled

    done = 0
    for number in range(400 if THOROUGH else 60):
        network = sampled(number)
        if network is None or any(UNSORTED in repr(node.layer) for node in network.nodes):
            continue
        try:
            write(network)
        except DesignError:
            continue
        try:
            agree(network, number)
        except ShapeError:
            continue
        done += 1
    assert done > (60 if THOROUGH else 8)


def test_the_text_is_formatted_and_says_the_same_each_time(tmp_path):
    for name in ("resnet50", "unet", "inception_v3", "densenet121", "mobilenet_v2", "vit_b_16", "xception"):
        text = write(cs.zoo(name))
        assert text == write(cs.zoo(name))
        assert max(map(len, text.splitlines())) <= 100
        (tmp_path / f"{name}.py").write_text(text)
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff")
    if ruff is None:
        pytest.skip("no ruff")
    for words in (("format", "--check"), ("check", "--select", "E,F,W,I,B")):
        ended = subprocess.run(
            [ruff, *words, "--isolated", "--line-length", "100", tmp_path], capture_output=True, text=True
        )
        assert ended.returncode == 0, ended.stdout


def test_blocks_that_are_alike_are_one_class():
    text = write(cs.zoo("resnet152"))
    assert text.count("class ") == 3
    assert "*(Bottleneck(1024) for _ in range(35))" in text
    assert len(text.splitlines()) < 100


def shared():
    left, right = Input("left", (3, 8, 8)), Input("right", (3, 8, 8))
    x = Input("x", (3, 8, 8))
    with cs.block("stem"):
        y = L.ReLU()(L.BatchNorm()(L.Conv(4, kernel_size=3)(x)))
    tower = Network("tower", inputs=x, outputs=y)
    return Network("twins", inputs=[left, right], outputs={"a": tower(left), "b": tower(right)})


def test_a_block_that_is_used_again_is_one_module():
    network = shared()
    assert write(network).count("nn.Conv2d") == 1
    agree(network, N=2)


def test_circles_through_blocks_open_them():
    x = Input("x", (3, 8, 8))
    with cs.block("a"):
        first = L.Conv(4, kernel_size=1)(x)
    y = L.ReLU()(first)
    with cs.block("a2"):
        z = L.Conv(4, kernel_size=1)(y)
    nodes = [*Network("m", inputs=x, outputs=L.Add()(z, first)).nodes]
    moved = {"a2.conv1": "a.conv2"}
    nodes = [
        replace(
            node,
            name=moved.get(node.name, node.name),
            scope="a" if node.scope == "a2" else node.scope,
            inputs=tuple(moved.get(tensor, tensor) for tensor in node.inputs),
        )
        for node in nodes
    ]
    network = Network.of_nodes("m", nodes, {"y": nodes[-1].name})
    assert 'self.a["conv1"]' in write(network)
    agree(network, N=2)


def test_sizes_that_weights_follow_are_arguments():
    x = Input("x", (3, "H", "W"))
    network = Network("fc", inputs=x, outputs=L.Linear(5)(L.Flatten()(L.MaxPool(2)(x))), defaults={"W": 6})
    text = write(network)
    assert "def __init__(self, H: int, W: int = 6) -> None:" in text
    assert made(network, H=4).linear1.in_features == 18
    assert write(network, {"H": 8, "W": 8}).count("H") == 0


HOSTILE = [
    'x"""); import os; os.abort() #',
    "a\nimport os\nos.abort()",
    "class",
    "0",
    "é",
    "self",
    "../x",
    "'" * 3,
    "\\",
    "keys",
    "_",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_is_code(name):
    """The text parses, calls nothing but PyTorch and what it defines itself, and computes the same."""
    x = Input("x", (3, 8, 8))
    with cs.block("b"):
        y = L.ReLU()(L.Conv(4, kernel_size=3)(x))
    y = L.Linear(2)(L.Flatten()(y))
    plain = Network("plain", inputs=x, outputs=y)
    odd = {"x": name, "b.conv1": f"b.{name.replace('.', '')}", "linear1": f"{name.replace('.', '')}1"}
    nodes = [
        replace(n, name=odd.get(n.name, n.name), inputs=tuple(odd.get(t, t) for t in n.inputs)) for n in plain.nodes
    ]
    network = Network.of_nodes(name, nodes, {name: odd.get("linear1")})
    text = write(network)
    tree = ast.parse(text)
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names}
    assert imported <= {"torch", "torch.nn", "collections"}
    module = made(network)
    given = torch.zeros(2, 3, 8, 8)
    assert module(given).shape == (2, 2)


def test_what_pytorch_has_not_is_named_whole():
    x = Input("x", (3, 8, 8))
    network = Network("m", inputs=x, outputs=L.Hardmax()(L.MinPool(2)(x)))
    with pytest.raises(DesignError) as caught:
        write(network)
    assert str(caught.value).startswith("m: CS130: 2 layers cannot be written as PyTorch code: min_pool1: MinPool: ")
    assert caught.value.fault.code == "CS130"
    assert [each.operator for each in caught.value.fault.got] == ["MinPool", "Hardmax"]
