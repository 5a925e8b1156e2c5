"""Where a nan comes from, and how long layers take."""

import numpy as np

import cnnshape as cs
from cnnshape.runtime.execute import execute
from cnnshape.runtime.plan import plan
from cnnshape.runtime.program import bind
from cnnshape.runtime.watch import array_facts, first_spoiled, is_finite, layer_seconds
from cnnshape.runtime.weights import initial

ROOTS = """
name: roots
inputs: {x: [2]}
layers:
  - {name: before, linear: 2}
  - {name: root, sqrt: {}}
  - {name: head, linear: 2}
  - {name: after, relu: {}}
outputs: {y: after}
"""


def net():
    return cs.load(ROOTS)


def spoiled(x, **changes):
    ready = plan(net(), {"N": 1})
    weights = {name: np.ones_like(values) for name, values in initial(ready).items()}
    weights |= {name.replace("__", "."): values for name, values in changes.items()}
    inputs = {"x": np.array([x], np.float32)}
    with np.errstate(all="ignore"):
        return first_spoiled(ready, inputs, weights, execute(ready, inputs, weights))


def test_the_first_layer_that_gives_a_nan_is_named():
    assert spoiled([1, 1]) is None
    found = spoiled([-5, 1])
    assert (found.where, found.what, found.source) == ("root", "nan", "layer")
    assert found.text == "the output y holds nan: the first layer that gives it is root"


def test_an_overflow_is_named():
    found = spoiled([3e38, 3e38])
    assert (found.where, found.what) == ("before", "infinity")


def test_an_input_or_a_weight_that_holds_it_is_named():
    assert spoiled([np.nan, 1]).text == "the output y holds nan: the input x holds it"
    bias = np.array([np.inf, 0], np.float32)
    assert spoiled([1, 1], head__bias=bias).text == "the output y holds infinity: the weight head.bias holds it"


def test_any_strides_and_types():
    assert is_finite(np.ones((0, 3)))
    assert is_finite(np.arange(3))
    values = np.ones((7, 1 << 18), np.float32)[::2, ::-3].T
    assert is_finite(values)
    values[-1, -1] = np.nan
    assert not is_finite(values)
    facts = array_facts("y", values)
    assert (facts.shape, facts.dtype, facts.least, facts.mean, facts.most) == (values.shape, "float32", *3 * (None,))
    assert array_facts("y", np.array([1, 2, 6])).mean == 3


def test_every_layer_that_computes_has_a_time():
    ready = plan(net(), {"N": 1})
    ticks = []
    found, runs = layer_seconds(
        bind(ready, initial(ready)), {"x": np.ones((1, 2), np.float32)}, least=2, seconds=0, tick=ticks.append
    )
    assert runs == 2
    assert list(found) == [step.node for step in ready.steps]
    assert len(ticks) == 2 * len(ready.steps)
    assert all(0 < seconds < 10 for seconds in found.values())


def test_a_watcher_sees_the_inputs_first():
    ready = plan(net(), {"N": 1})
    names = []
    execute(ready, {"x": np.ones((1, 2), np.float32)}, initial(ready), lambda name, _: names.append(name))
    assert names == ["", *(step.node for step in ready.steps)]
    assert {node for step in ready.steps for node in step.nodes} == {"before", "root", "head", "after"}


def test_an_overflow_that_winograd_alone_has_is_told_as_such():
    # 3x3 filters of ones over maps of 1e38/9: every sum is 1e38, which float32 holds; the transform of the input sums
    # more of them with weights up to 5.
    x = cs.Input("x", (32, 32, 32))
    net = cs.Network("large", inputs=x, outputs=cs.layers.Conv(32, kernel_size=3, padding=1, bias=False)(x))
    ready = plan(net, {"N": 2})
    assert [step.kernel for step in ready.steps] == ["winograd"]
    weights = {"conv1.weight": np.zeros((32, 32, 3, 3), np.float32)}
    weights["conv1.weight"][:, 0] = 1
    inputs = {"x": np.full((2, 32, 32, 32), 3e37, np.float32)}
    inputs["x"][:, :, ::2] *= -1
    found = first_spoiled(ready, inputs, weights, bind(ready, weights).run(inputs))
    assert found.source == "kernel"
    assert "layer by layer all numbers are finite" in found.text


def test_no_second_run_without_memory_for_it(monkeypatch):
    monkeypatch.setattr("cnnshape.runtime.room.free_memory", lambda: 10)
    found = spoiled([-5, 1])
    assert (found.where, found.what, found.source) == ("y", "nan", "unknown")
    assert found.text == (
        "the output y holds nan: there is not enough free memory to look for the first layer that gives it"
    )
