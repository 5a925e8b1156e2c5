"""What is written loads to an equal network: designs, random networks, and graphs with awkward names."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnshape import layers as L
from cnnshape.errors import CnnshapeError
from cnnshape.formats.design_file import dump_design, load_design
from cnnshape.graph.build import Input, block
from cnnshape.graph.network import Network, Node
from cnnshape.layers import catalog, io
from cnnshape.symbolic import dim, maximum, minimum
from tests.formats.design.test_broken import ROWS as BROKEN
from tests.random_networks.grow import grow

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted(ROOT.glob("examples/*.yaml"))


def content(network):
    """All that a design holds of a network; inputs come first in a design."""
    nodes = [replace(node, place="") for node in network.nodes]
    nodes.sort(key=lambda node: not isinstance(node.layer, io.Input))
    return network.name, nodes, list(network.outputs.items()), dict(network.defaults)


def same(network):
    for form in ("yaml", "json"):
        text = dump_design(network, form)
        assert content(load_design(text)) == content(network), text
    return text


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples(path):
    network = load_design(path)
    same(network)
    again = load_design(dump_design(network))
    assert dump_design(again) == dump_design(network)


def test_broken_designs_that_load():
    for row in BROKEN:
        try:
            network = load_design(row.design, name=row.name)
        except CnnshapeError:
            continue
        same(network)


@pytest.mark.parametrize("seed", range(150))
def test_random_networks(seed):
    rng = random.Random(seed)
    network = grow(rng, rng.choice([3, 10, 30])).network
    same(network)


@pytest.mark.parametrize("size", [minimum(dim("K"), 4), maximum(dim("H"), dim("W")) + 1, 2 * maximum(dim("K") - 3, 1)])
def test_a_minimum_that_is_not_decided(size):
    same(graph(START, ("y", L.Linear(size), "x", {})))
    same(graph(START, ("y", L.Conv(8, kernel_size=(size, 3)), "x", {})))


@pytest.mark.parametrize("entry", [e for e in catalog.ENTRIES if e.name != "input"], ids=lambda e: e.name)
def test_every_layer_with_its_arguments(entry):
    for example in entry.layer.examples():
        inputs = [Node(f"x{i}", io.Input(spec.shape, dtype=spec.dtype)) for i, spec in enumerate(example.inputs)]
        same(Network.of_nodes("one", [*inputs, Node("y", example.layer, tuple(x.name for x in inputs))], {"y": "y"}))


def test_what_is_written_reads_well():
    x = Input("input", (3, "H", "W"))
    y = L.ReLU()(L.Conv(8, kernel_size=(3, 5), padding=((1, 0), (2, 2)), bias=False)(x), name="act")
    with block("stage"):
        for _ in range(3):
            y = L.Dropout()(y)
        y = L.Concat()([y, L.Upsample(scale_factor=0.5)(x)])
    y = L.Linear(10, in_features=3 * dim("W"))(L.Flatten()(y), frozen=True)
    network = Network("Net", inputs=x, outputs={"logits": y}, defaults={"H": 32})
    assert dump_design(network) == (
        "cnnshape: 1\n"
        "name: Net\n"
        "symbols: {H: 32}\n"
        "input: [3, H, W]\n"
        "layers:\n"
        "  - conv: {out_channels: 8, kernel_size: [3, 5], padding: [[1, 0], [2, 2]], bias: false}\n"
        "  - {name: act, relu: }\n"
        "  - name: stage\n"
        "    block:\n"
        "      - {dropout: , repeat: 3}\n"
        "      - {upsample: {scale_factor: 0.5}, inputs: [.input]}\n"
        "      - concat: [dropout3, upsample1]\n"
        "  - flatten\n"
        "  - {linear: {out_features: 10, in_features: 3*W}, frozen: true}\n"
        "outputs: {logits: linear1}\n"
    )
    same(network)


def test_as_json():
    network = load_design("input: [3]\nlayers: [{name: b, block: [relu]}, {clip: {min: -.inf, max: 6}}]")
    assert dump_design(network, "json") == (
        "{\n"
        '  "cnnshape": 1,\n'
        '  "name": "design",\n'
        '  "input": [3],\n'
        '  "layers": [\n'
        '    {"name": "b", "block": [\n'
        '      "relu"\n'
        "    ]},\n"
        '    {"clip": {"min": "-.inf", "max": 6}}\n'
        "  ]\n"
        "}\n"
    )
    same(network)


def test_shared_blocks_and_layers():
    text = """
inputs: {a: [4, H, W], b: [4, H, W]}
layers:
  - {name: tower, inputs: [a], block: [{conv: {out_channels: 4, kernel_size: 1}}, relu, {add: [previous, input]}]}
  - {name: twin, share: tower, inputs: [b]}
  - {name: one, share: tower.conv1, inputs: [tower]}
  - {name: two, conv: {out_channels: 4, kernel_size: 1, stride: 2}, share: tower.conv1, frozen: true}
  - {name: three, repeat: 2, block: [{linear: 4}]}
  - {name: four, share: three}
"""
    network = load_design(text)
    same(network)
    assert "  - {name: twin, inputs: [b], share: tower}\n" in dump_design(network)


def test_a_shared_block_that_takes_what_stands_outside():
    """When it is read again, `linear1` would mean the layer of that name that came after it in its own block."""
    x = Input("x", (4,))
    y, add, linear = L.Linear(4)(x), L.Add(), L.Linear(4)
    tensors = []
    for name in ("one", "two"):
        with block(name):
            with block("inner"):
                joined = add(y, y)
            tensors.append(linear(joined))
    same(Network("n", inputs=x, outputs=tensors))


def graph(*nodes, outputs=None, **more):
    """A network of nodes given as (name, layer, inputs, further parts)."""
    rows = [Node(name, layer, tuple(inputs), **parts) for name, layer, inputs, parts in nodes]
    return Network.of_nodes("graph", rows, outputs or {rows[-1].name: rows[-1].name}, **more)


START = ("x", io.Input((dim("N"), 4)), (), {})
DEEP = ".".join("abcdefgh" * 6)
AWKWARD = {
    "dots-without-scopes": graph(START, ("a.b", L.ReLU(), "x", {}), ("a", L.ReLU(), ["a.b"], {})),
    "numbers": graph(START, ("0", L.ReLU(), "x", {}), ("1.0", L.ReLU(), "0", {"scope": "1"})),
    "numbered-scopes": graph(START, *((f"s.{i}.y", L.ReLU(), ["x"], {"scope": f"s.{i}"}) for i in range(3))),
    "a-scope-in-two-pieces": graph(
        START,
        ("b.p", L.ReLU(), "x", {"scope": "b"}),
        ("q", L.ReLU(), ["b.p"], {}),
        ("b.r", L.ReLU(), "q", {"scope": "b"}),
    ),
    "a-scope-with-the-name-of-a-layer": graph(START, ("b", L.ReLU(), "x", {}), ("b.c", L.ReLU(), "b", {"scope": "b"})),
    "scopes-that-names-do-not-say": graph(START, ("p", L.ReLU(), "x", {"scope": "far.away"}), ("q", L.ReLU(), "p", {})),
    "reserved-words": graph(
        START, ("input", L.ReLU(), "x", {}), ("last", L.ReLU(), ["input"], {}), ("previous", L.Add(), ["last"], {})
    ),
    "words-of-yaml": graph(
        START,
        *(
            (name, L.ReLU(), ["x"], {})
            for name in ["null", "true", "~", "- a", "a: b", "a #b", "*a", "&a", "!a", "1.5", "{", "'", '"', "é", "a,b"]
        ),
    ),
    "paths": graph(START, ("/net/conv/Conv_output_0", L.ReLU(), "x", {}), (".hidden", L.ReLU(), ["x"], {})),
    "automatic-names-out-of-turn": graph(
        START, ("relu2", L.ReLU(), "x", {}), ("relu1", L.ReLU(), ["relu2"], {}), ("relu3", L.ReLU(), "x", {})
    ),
    "ports": graph(
        START,
        ("s", L.Chunk(2, dim=1), "x", {}),
        ("s.1", L.ReLU(), ["s.0"], {}),
        ("y", L.Add(), ["s.0", "s.1"], {}),
    ),
    "owners-that-come-later": graph(
        START,
        ("p", L.Linear(4, bias=False), "x", {"weights_of": "q"}),
        ("q", L.Linear(4), "p", {"frozen": True}),
        ("r", L.Linear(4), "q", {"weights_of": "q"}),
    ),
    "an-owner-of-the-same-name-further-out": graph(
        START,
        ("linear1", L.Linear(4), "x", {}),
        ("b.linear1", L.Linear(4), ["linear1"], {"scope": "b", "weights_of": "linear1", "frozen": True}),
    ),
    "nothing-but-an-input": graph(START),
    "no-batch": graph(("x", io.Input((dim("B"), 3, 8, 8)), (), {}), ("y", L.ReLU(), "x", {})),
    "four-sizes": graph(("input", io.Input((dim("N"), 1, 3, 8, 8)), (), {}), ("y", L.ReLU(), ["input"], {})),
    "twice-n": graph(("input", io.Input((dim("N"), dim("N"), 3)), (), {}), ("y", L.ReLU(), ["input"], {})),
    "no-input": graph(("p", io.Parameter((1, 4)), (), {}), ("y", L.ReLU(), "p", {})),
    "an-input-in-a-scope": graph(("b.x", io.Input((4,)), (), {"scope": "b"}), ("y", L.ReLU(), ["b.x"], {})),
    "inputs-between-layers": graph(
        START, ("y", L.ReLU(), "x", {}), ("z", io.Input((dim("N"), 4)), (), {}), ("w", L.Add(), "yz", {})
    ),
    "symbols-of-layers-alone": graph(START, ("y", L.Linear(64 * dim("width")), "x", {}), defaults={"N": 8}),
    "outputs": graph(START, ("y", L.ReLU(), "x", {}), outputs={"b": "y", "a": "x"}),
    "held": graph(START, ("y", L.ReLU(), "x", {}), ("aux", L.ReLU(), "x", {}), outputs={"y": "y"}),
    "repeats-with-names": graph(
        START,
        *((f"b.{i}.relu1", L.ReLU(), [f"b.{i - 1}.relu1" if i else "x"], {"scope": f"b.{i}"}) for i in range(3)),
    ),
    "deep-scopes": graph(START, (DEEP + ".y", L.ReLU(), "x", {"scope": DEEP})),
}  # fmt: skip


@pytest.mark.parametrize("network", AWKWARD.values(), ids=AWKWARD.keys())
def test_awkward_graphs(network):
    same(network)


NAMES = st.lists(st.sampled_from(["a", "b", "0", "1", "relu1", "relu2", "input", "x"]), min_size=1, max_size=3)


@given(st.data())
def test_any_names_and_scopes(data):
    rows = [Node("x", io.Input((dim("N"), 4)))]
    for _ in range(data.draw(st.integers(1, 8))):
        name = ".".join(data.draw(NAMES))
        if name in {node.name for node in rows}:
            continue
        scope = data.draw(st.sampled_from([name.rpartition(".")[0]] * 3 + ["", "a", "b.0"]))
        inputs = tuple(data.draw(st.lists(st.sampled_from([node.name for node in rows]), min_size=1, max_size=2)))
        owners = [node.name for node in rows if isinstance(node.layer, L.Add) and not node.weights_of]
        owner = data.draw(st.sampled_from([""] * 3 + owners))
        rows.append(Node(name, L.Add(), inputs, scope, owner, data.draw(st.booleans()) and not owner))
    same(Network.of_nodes("any", rows, {rows[-1].name: rows[-1].name}))


def test_a_long_chain_is_short():
    text = dump_design(load_design("input: [3]\nlayers: [{relu: , repeat: 5000}]"))
    assert text == "cnnshape: 1\nname: design\ninput: [3]\nlayers:\n  - {relu: , repeat: 5000}\n"
