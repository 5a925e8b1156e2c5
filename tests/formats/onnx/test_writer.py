"""Networks as ONNX models: names, sizes and numbers are the network's; the checker and ONNX Runtime accept them."""

import os

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

import cnnshape as cs  # noqa: E402  # after the check that it is there
from cnnshape import Input, Network  # noqa: E402
from cnnshape import layers as L  # noqa: E402
from cnnshape.errors import ArgumentError, DesignError, UsageError  # noqa: E402
from cnnshape.formats.onnx.reader import model_of  # noqa: E402
from cnnshape.formats.onnx.writer import write  # noqa: E402
from cnnshape.formats.reading.foreign import read  # noqa: E402
from cnnshape.graph.network import Node  # noqa: E402
from cnnshape.runtime.execute import execute  # noqa: E402
from cnnshape.runtime.plan import plan  # noqa: E402
from cnnshape.runtime.weights import initial  # noqa: E402

# What cannot be written while sizes are free: means of 7x7 bins whose size is not known.
ADAPTIVE = ("alexnet", "vgg")


def usual(network, side=224):
    return {s: 1 if s == network.batch else network.defaults.get(s, side) for s in network.symbols}


def shape_of(info):
    return tuple(size.dim_param or size.dim_value for size in info.type.tensor_type.shape.dim)


def tiny():
    x = Input("image", (3, "H", "W"))
    y = L.Conv(8, kernel_size=3)(x)
    return Network("tiny", inputs=x, outputs={"y": L.SiLU()(y), "z": y})


EVERY = [entry.name for entry in cs.zoo()]
THOROUGH = os.environ.get("CNNSHAPE_HYPOTHESIS") == "thorough"


@pytest.mark.parametrize("name", EVERY if THOROUGH else EVERY[::9])
def test_the_zoo_is_written_at_its_sizes_and_mostly_with_free_ones(name):
    network = cs.zoo(name)
    for sizes in (usual(network), {}):
        if not sizes and name.startswith(ADAPTIVE):
            with pytest.raises(DesignError, match="avgpool: AdaptiveAvgPool: the size"):
                write(network)
            continue
        onnx.checker.check_model(write(network, None, sizes), full_check=True)


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "segnet", "crnn", "deeplabv3_resnet50"])
def test_a_free_model_gives_our_numbers_in_onnx_runtime(name):
    pytest.importorskip("onnxruntime")
    from tests.oracles.onnx_runtime import answer, checked

    network = cs.zoo(name)
    sizes = {s: 2 if s == network.batch else network.defaults.get(s, 64) for s in network.symbols}
    sizes |= {"H": 64, "W": 96} if name in ("segnet", "deeplabv3_resnet50") else {}
    ready = plan(network, sizes)
    weights = initial(ready)
    rng = np.random.default_rng(0)
    inputs = {
        node.name: rng.standard_normal(ready.places[node.name].shape).astype(np.float32)
        for node in ready.network.inputs
    }
    ours, theirs = execute(ready, inputs, weights), answer(checked(network, weights), inputs)
    for output, y in ours.items():
        assert np.abs(y - theirs[output]).max() <= 1e-4 * np.abs(y).max()


def test_names_and_free_sizes_are_kept():
    model = write(tiny())
    assert [(each.name, shape_of(each)) for each in model.graph.input] == [("image", ("N", 3, "H", "W"))]
    outputs = {each.name: shape_of(each) for each in model.graph.output}
    assert outputs == {"y": ("N", 8, "H - 2", "W - 2"), "z": ("N", 8, "H - 2", "W - 2")}
    names = [node.name for node in model.graph.node if node.op_type != "ConstantOfShape"]
    assert names == ["conv1", "silu1/Sigmoid", "silu1"]
    assert model.graph.name == "tiny"


def test_weights_have_our_names_and_numbers():
    weights = initial(plan(tiny(), {"N": 1, "H": 8, "W": 8}))
    model = write(tiny(), weights)
    stored = {each.name: onnx.numpy_helper.to_array(each) for each in model.graph.initializer}
    assert stored.keys() == weights.keys()
    for name, values in stored.items():
        np.testing.assert_array_equal(values, weights[name])


def test_a_model_without_weights_takes_no_room():
    model = write(cs.zoo("vgg16"), None, {"N": 1, "H": 224, "W": 224})
    assert len(model.SerializeToString()) < 20_000


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "inception_v3"])
def test_a_model_that_is_read_again_has_as_many_weights_and_the_same_shapes(name):
    network = cs.zoo(name)
    found = read(model_of(write(network, None, usual(network, 299)))).network
    first, again = plan(network, usual(network, 299)), plan(found, {})
    assert first.weight_bytes == again.weight_bytes
    outputs = [ready.places[tensor].shape for ready in (first, again) for tensor in ready.network.outputs.values()]
    assert outputs[: len(outputs) // 2] == outputs[len(outputs) // 2 :]


def test_shared_weights_are_stored_once():
    x = Input("image", (3, "H", "W"))
    conv = L.Conv(3, kernel_size=1)
    twice = Network("twice", inputs=x, outputs=conv(conv(x)))
    model = write(twice, initial(plan(twice, {"N": 1, "H": 4, "W": 4})))
    assert [each.name for each in model.graph.initializer] == ["conv1.weight", "conv1.bias"]


def test_all_layers_that_cannot_be_written_are_told_in_one_error():
    x, image = Input("sequence", ("T", 4)), Input("image", (3, "H", "W"))
    y, z = L.LSTM(6, proj_size=2, batch_first=True)(x), L.AdaptiveAvgPool(3)(image)
    with pytest.raises(DesignError) as caught:
        write(Network("m", inputs=[x, image], outputs=[y, z]))
    assert caught.value.fault.text() == (
        "m: CS130: 2 layers cannot be written as ONNX operators: "
        "lstm1: LSTM: ONNX's LSTM has no projection (proj_size)\n"
        "  adaptive_avg_pool1: AdaptiveAvgPool: the size H is free, and a number is needed\n"
        "  rule: a network is written if every layer is an operator of ONNX, or several, at the sizes that are known\n"
        "  fix: sizes={'N': ..., 'T': ..., 'H': ..., 'W': ...}"
    )


def test_a_tensor_that_no_address_reaches_is_refused():
    nodes = [Node("c", L.Constant((2**40, 2**40))), Node("y", L.ReLU(), ("c",))]
    with pytest.raises(DesignError) as caught:
        write(Network.of_nodes("huge", nodes, {"y": "y"}))
    assert caught.value.code == "CS130"
    assert f"c: Constant: a tensor of {2**80} numbers" in caught.value.fault.message


def test_a_weight_that_does_not_fit_is_refused():
    with pytest.raises(UsageError, match=r"CS503: a weight does not fit: conv1.weight: is missing, \(8, 3, 3, 3\)"):
        write(tiny(), {})


def test_an_output_cannot_have_the_name_of_an_input():
    x = Input("image", (3, "H", "W"))
    with pytest.raises(DesignError, match="CS115: the output 'image' has the name of an input"):
        write(Network("m", inputs=x, outputs={"image": L.ReLU()(x)}))


def test_operator_sets_that_are_not_written():
    with pytest.raises(ArgumentError, match="CS401: models are written in operator set 21 to"):
        write(tiny(), opset=20)
    assert write(tiny(), opset=21).opset_import[0].version == 21


def test_an_element_type_that_an_operator_does_not_take():
    x = Input("ids", ("T",), dtype="int32")
    with pytest.raises(DesignError, match="Sigmoid: ONNX's Sigmoid takes no int32"):
        write(Network("m", inputs=x, outputs=L.Sigmoid()(x)))
