"""Published networks as ONNX models: ONNX Runtime gives our numbers, and what is read again is the same network.

`CNNSHAPE_HYPOTHESIS=thorough` goes through all of them, which takes half an hour.
"""

import os

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

import cnnshape as cs  # noqa: E402  # after the check that it is there
from cnnshape.formats.onnx.writer import write  # noqa: E402
from cnnshape.graph.propagate import propagate  # noqa: E402
from cnnshape.runtime.execute import execute  # noqa: E402
from cnnshape.runtime.plan import plan  # noqa: E402
from cnnshape.runtime.weights import initial  # noqa: E402
from tests.oracles.onnx_runtime import answer  # noqa: E402

EVERY = [entry.name for entry in cs.zoo()]
THOROUGH = os.environ.get("CNNSHAPE_HYPOTHESIS") == "thorough"
SOME = ["squeezenet1_1", "shufflenet_v2_x0_5", "mobilenet_v3_small", "dcgan", "segnet", "tcn", "crnn", "m5"]
ADAPTIVE = ("alexnet", "vgg")
"""Means of 7x7 bins: ONNX has none whose size is free."""
SIDES = (32, 48, 64, 75, 96, 128, 160, 192, 224, 256, 299)


def small(network):
    """Return the least of SIDES that fits; the other sizes are the usual ones."""
    usual = {name: 1 if name == network.batch else network.defaults.get(name, 64) for name in network.symbols}
    if network.name.startswith(ADAPTIVE) or not {"H", "W"} & usual.keys():
        return usual
    report = cs.report(network)
    tried = [usual | {name: side for name in usual if name in ("H", "W")} for side in SIDES]
    return next((sizes for sizes in tried if report.at(sizes).valid), usual)


def numbers(ready):
    """Return weights that keep what flows through a deep network from growing: the variances are large."""
    return {name: 4 * x if name.endswith("running_var") else x for name, x in initial(ready).items()}


def asked(network):
    return {str(demand.condition) for demand in propagate(network).demands}


def close(found, wanted):
    return all(np.abs(found[name] - y).max() <= 1e-4 * np.abs(y).max() for name, y in wanted.items())


@pytest.mark.parametrize("name", EVERY if THOROUGH else SOME)
def test_a_published_network(name):
    network = cs.zoo(name)
    sizes = small(network)
    fixed = sizes if name.startswith(ADAPTIVE) else {}
    ready = plan(network, sizes)
    weights = numbers(ready)
    rng = np.random.default_rng(0)
    inputs = {
        node.name: rng.standard_normal(ready.places[node.name].shape).astype(np.float32)
        for node in ready.network.inputs
    }
    ours = execute(ready, inputs, weights)
    model = write(network, weights, fixed)
    onnx.checker.check_model(model, full_check=True)
    assert close(answer(model, inputs), ours)

    again = cs.load(model)
    stored = {name: np.asarray(load()) for name, load in again.origin.weights.items()}
    assert close(execute(plan(again, {} if fixed else sizes), inputs, stored), ours)
    before, after = cs.report(network), cs.report(again)
    held = sum(before.layer(network.nodes[i].name).params for i in network.held)
    assert after.params == before.params - held
    if fixed:
        assert after.macs == before.at(sizes).macs
        return
    assert after.macs == before.macs
    assert after.outputs == before.outputs
    assert asked(again) == asked(network)
    for name, info in zip(before.inputs, model.graph.input, strict=True):
        dims = [size.dim_param or size.dim_value for size in info.type.tensor_type.shape.dim]
        assert dims == [size if isinstance(size, int) else str(size) for size in before.inputs[name]]
