"""The comparison of backends: every framework computes the same network, times belong together, tables fit."""

import json
from itertools import pairwise

import numpy as np
import pytest

from benchmarks import backend_tables as tables
from benchmarks.interleaved import in_turns, ratio
from cnnshape import Input, Network
from cnnshape import layers as L


def small():
    """Every layer of the networks that are compared, some of whose outputs are needed twice."""
    x = Input("image", (3, "H", "W"))
    y = L.SiLU()(L.BatchNorm()(L.Conv(8, kernel_size=3, stride=2, padding=1, bias=False)(x)))
    gate = L.Sigmoid()(L.Conv(8, kernel_size=1)(L.AdaptiveAvgPool(1)(y)))
    z = L.ReLU6()(L.BatchNorm()(L.Conv(8, kernel_size=3, padding=1, groups=8)(L.Multiply()([gate, y]))))
    y = L.ReLU()(L.Add()([L.Dropout()(z), y]))
    y = L.Concat()([L.ConvTranspose(4, kernel_size=2, stride=2)(L.MaxPool(2)(y)), L.DropPath()(y), z])
    y = L.AvgPool(2)(L.BatchNorm()(y))
    return Network("small", inputs=x, outputs={"map": y, "scores": L.Linear(5)(L.Flatten()(y))})


@pytest.fixture(scope="module")
def subject(torch):
    from benchmarks.subjects import made

    return made("small", small(), {"N": 2, "H": 16, "W": 24})


@pytest.mark.parametrize("name", ["cnnshape", "strict", "torch", "onnxruntime", "reference"])
def test_every_framework_gives_the_same(name, subject):
    if name in ("onnxruntime", "reference"):
        pytest.importorskip(name.replace("reference", "onnx"))
    from benchmarks.backend_process import compared
    from benchmarks.frameworks import FRAMEWORKS, reference
    from cnnshape.runtime.execute import execute
    from cnnshape.runtime.plan import plan

    run = {**FRAMEWORKS, "reference": reference}[name](subject, 1)
    given = {key: x.copy() for key, x in subject.inputs.items()}
    found = run(subject.inputs)
    wide = ({key: x.astype(float) for key, x in arrays.items()} for arrays in (subject.inputs, subject.weights))
    exact = execute(plan(subject.network, subject.sizes, "float64"), *wide)
    assert list(found) == list(exact)
    for output, y in exact.items():
        assert found[output].dtype == np.float32
        np.testing.assert_allclose(found[output], y, 1e-4, 1e-5 * np.abs(y).max())
    assert compared({name: run}, subject)[name] < 1e-5
    for key, x in given.items():
        np.testing.assert_array_equal(subject.inputs[key], x)


def test_outputs_that_differ_are_refused(subject):
    from benchmarks.backend_process import compared
    from benchmarks.eager import Eager

    weights = {name: weight * (1.1 if name == "linear1.weight" else 1) for name, weight in subject.weights.items()}
    with pytest.raises(ValueError, match=r"small: the outputs of other are off by .*e-0[123] of the largest"):
        compared({"other": Eager(subject.fixed, weights).run}, subject)


def test_a_batch_norm_leaves_mean_and_deviation_as_it_says(subject, torch):
    from benchmarks.eager import Eager
    from benchmarks.subjects import made

    one = made("small", small(), {"N": 1, "H": 16, "W": 24})
    before = []
    Eager(one.fixed, one.weights).run(one.inputs, lambda node, x: before.append((node.name, x.double().numpy())))
    for (name, _), (_, y) in pairwise(before):
        if name == "batch_norm1":  # the first: what it gives goes to the activation
            np.testing.assert_allclose(y.mean((0, 2, 3)), one.weights[f"{name}.bias"], atol=1e-5)
            assert (y.std((0, 2, 3)) <= one.weights[f"{name}.weight"]).all()


def test_eager_is_the_module_that_is_written_by_hand(torch):
    import cnnshape as cs
    from benchmarks.eager import Eager
    from benchmarks.subjects import made
    from benchmarks.torch_resnet18 import ResNet18

    subject = made("resnet18", cs.zoo("resnet18", width_mult=0.25), {"N": 2, "H": 64, "W": 64})
    module = ResNet18(widths=(16, 32, 64, 128)).eval()
    weights = {name: torch.from_numpy(weight) for name, weight in subject.weights.items()}
    assert not module.load_state_dict(weights, strict=False).unexpected_keys
    with torch.inference_mode():
        expected = module(torch.from_numpy(subject.inputs["input"])).numpy()
    eager = Eager(subject.fixed, subject.weights)
    np.testing.assert_array_equal(eager.run(subject.inputs)["fc"], expected)
    assert sorted(eager.seconds(subject.inputs)) == sorted(call.node.name for call in eager.calls)
    assert all(tensor is None for tensor in eager.held)


def test_a_layer_of_no_network_is_refused(torch):
    from benchmarks.eager import Eager

    x = Input("image", (3, 8, 8))
    with pytest.raises(NotImplementedError, match="gelu1"):
        Eager(Network("other", inputs=x, outputs=L.GELU()(x)), {})


def test_turns_go_round():
    order = []
    times = in_turns({name: lambda name=name: order.append(name) for name in "abc"}, seconds=0, least=3)
    assert "".join(order) == "abc" * 4  # once before
    assert [len(taken) for taken in times.values()] == [3, 3, 3]
    assert ratio({"own": [1, 4, 9], "peer": [2, 2, 3]}, "own", "peer") == 2


def test_every_step_stands_beside_its_layers(subject):
    from benchmarks.layer_times import measured

    record = json.loads(json.dumps(measured(subject, 1, 0.0)))
    names = [node for row in record["steps"] for node in row["nodes"]]
    assert len(names) == len(set(names))
    assert {"conv1", "linear1", "flatten1"} <= set(names)
    assert sum(row["macs"] for row in record["steps"]) == subject.macs
    assert sum(row["torch"] for row in record["steps"]) == pytest.approx(sum(record["torch"].values()), 0.5)
    assert {row["kind"] for row in record["steps"]} >= {"3x3 strided", "depthwise", "1x1", "linear"}
    assert_fits(tables.layers([record]))


def test_tables_fit_a_terminal():
    seconds = dict.fromkeys(tables.SHORT, 1.2345)
    record = {
        "network": "efficientnet_b0", "batch": 1, "threads": 2, "macs": 10**9, "peak": 1e11, "rounds": 5,
        "least": {**seconds, "reference": 20.0}, "errors": dict.fromkeys(seconds, 2e-6),
        "ratios": {**dict.fromkeys(tables.RATIOS, 0.5), "cnnshape/reference": 0.05},
    }  # fmt: skip
    text = tables.times([record, {**record, "batch": 8, "ratios": dict.fromkeys(tables.RATIOS, 2.0)}, record])
    assert_fits(text)
    peers = {**record, "least": {"torch": 2.0, "onnxruntime": 1.0}, "ratios": {"torch/onnxruntime": 2.0}}
    assert "torch   ORT  torch/ORT\nefficientnet_b0   2000  1000       2.00" in tables.times([peers])
    assert text.count("geometric mean") == 3
    assert "efficientnet_b0   20000              20.0" in text
    held = {"before": 33 << 20, "most": 1 << 30}
    own = {**held, "arena": 1 << 20, "weights": 2 << 20, "bound": 63 << 20}
    told = {"network": "efficientnet_b0", "cnnshape": own, "strict": own, "torch": held, "onnxruntime": held}
    text = tables.memory([told, {key: value for key, value in told.items() if key != "torch"}])
    assert_fits(text)
    assert [line.split()[1:] for line in text.splitlines()[-3:]] == [
        ["1", "2", "63", "1024", "2", "63", "1024", "1024", "1024"],
        ["1", "2", "63", "1024", "2", "63", "1024", "1024"],
        ["alone", "33", "33", "33", "33"],
    ]


def test_a_machine_with_other_work_is_told():
    idle = {"processor": "Some 64-Core Processor", "cores": 2, "load": 0.1, "versions": {"numpy": "2.4.6"}}
    assert tables.machine(idle) == "Some 64-Core Processor, 2 cores\nnumpy 2.4.6"
    text = tables.machine({**idle, "load": 6.11})
    assert text.endswith("Other programs are running (load 6.1): do not trust several threads.")
    assert_fits(text)


def test_the_geometric_mean():
    assert tables.mean([1, 4, 16]) == pytest.approx(4)


def assert_fits(text):
    assert max(map(len, text.splitlines())) <= 80, text
