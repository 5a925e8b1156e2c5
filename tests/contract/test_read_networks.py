"""Networks from every reader keep the rules of a graph: an order, names that are told apart, a type for each tensor."""

import os
from pathlib import Path

import pytest

import cnnshape as cs
from cnnshape.graph.propagate import propagate
from cnnshape.layers.fields import DTYPES

CORPUS = Path(os.environ.get("CNNSHAPE_CORPUS", Path(__file__).parents[3] / "shared" / "corpus"))
ONNX = sorted((CORPUS / "onnx").glob("*.onnx"))[2::14]
KERAS = [path for path in sorted((CORPUS / "keras").glob("*.json")) if ".golden" not in path.name][::4]


def torch_network(name):
    torch = pytest.importorskip("torch")
    nn = torch.nn

    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU())
            self.twice = nn.Conv2d(8, 8, 1)

        def forward(self, x):
            y = self.twice(self.twice(x)) + self.body(x)
            return torch.cat([y, x], 1), y.mean((2, 3))

    module, shape = {
        "residual": (Residual(), (8, "H", "W")),
        "sequence": (nn.Sequential(nn.Linear(8, 4), nn.GELU()), ("T", 8)),
        "lengths": (nn.Sequential(nn.Conv1d(4, 8, 3, stride=2), nn.ConvTranspose1d(8, 4, 2)), (4, "L")),
    }[name]
    return cs.load(module, input=shape)


def network_of(kind, source):
    if kind == "torch":
        return torch_network(source)
    if kind == "onnx":
        pytest.importorskip("onnx")
        return cs.load(source)
    return cs.load(source)


SOURCES = [
    *[("onnx", path) for path in ONNX],
    *[("keras", path) for path in KERAS],
    *[("torch", name) for name in ("residual", "sequence", "lengths")],
]


@pytest.mark.parametrize(("kind", "source"), SOURCES, ids=lambda each: getattr(each, "stem", each))
def test_the_rules_of_a_graph(kind, source):
    network = network_of(kind, source)
    names = [node.name for node in network.nodes]
    assert len(set(names)) == len(names)
    found = propagate(network)
    assert not found.faults
    given = {}
    for i, node in enumerate(network.nodes):
        assert set(node.inputs) <= given.keys(), f"{node.name} comes before what it takes"
        assert not node.weights_of or node.weights_of in names
        outputs = found.outputs[i]
        made = [node.name] if len(outputs) == 1 else [f"{node.name}.{port}" for port in range(len(outputs))]
        assert not set(made) & given.keys(), "a tensor is given once"
        given.update(zip(made, outputs, strict=True))
    assert set(network.outputs.values()) <= given.keys()
    assert {name: spec.dtype for name, spec in given.items() if spec.dtype not in DTYPES} == {}
    assert given.keys() == found.specs.keys()
    assert set(network.origin.names.values()) <= given.keys()
    weights = {*network.origin.weights, *network.origin.absent}
    assert {name.rpartition(".")[0] if name not in names else name for name in weights} <= set(names)
