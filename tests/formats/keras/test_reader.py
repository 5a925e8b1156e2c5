"""Models of Keras are read as Keras shows them, and broken ones are answered.

Shapes and parameters of keras.applications were measured with Keras 3.15.1; they are found by CNNSHAPE_CORPUS.
"""

import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

import cnnshape as cs
from cnnshape.errors import CnnshapeError, ReadError

FOLDER = Path(os.environ.get("CNNSHAPE_CORPUS", Path(__file__).parents[4] / "shared" / "corpus")) / "keras"
MODELS = sorted(path.name.removesuffix(".golden.json") for path in FOLDER.glob("*.golden.json"))


def layer(kind, name, **config):
    return {"module": "keras.layers", "class_name": kind, "config": {"name": name, **config}, "name": name}


def image(shape=(None, 32, 32, 3), name="image"):
    return layer("InputLayer", name, batch_shape=list(shape))


def tensor(name, call=0, output=0):
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, call, output]}}


def called(described, *calls):
    """Return a layer with its calls, each a list of names or of whatever an argument may be."""
    nodes = [
        {"args": [tensor(each) if isinstance(each, str) else each for each in args], "kwargs": {}} for args in calls
    ]
    return {**described, "inbound_nodes": nodes}


def functional(layers, outputs, inputs=("image",), name="model"):
    ends = {"input_layers": inputs, "output_layers": outputs}
    described = {key: [[each, 0, 0] for each in names] for key, names in ends.items()}
    return model("Functional", name, layers, **described)


def sequential(*layers, name="model"):
    return model("Sequential", name, list(layers))


def model(kind, name, layers, **more):
    config = {"name": name, "layers": layers, **more}
    return {"module": "keras", "class_name": kind, "name": name, "config": config}


def load(described):
    return cs.load(json.dumps(described))


def conv(name="conv", filters=8, **more):
    return layer("Conv2D", name, filters=filters, kernel_size=[3, 3], **more)


@pytest.mark.skipif(not MODELS, reason="no corpus: CNNSHAPE_CORPUS names its folder")
@pytest.mark.parametrize("name", MODELS or ["none"])
def test_a_published_network_has_the_sizes_and_parameters_of_keras(name):
    golden = json.loads((FOLDER / f"{name}.golden.json").read_text())
    report = cs.report(cs.load(FOLDER / f"{name}.json"))
    wrong = []
    for each in golden["layers"]:
        found = report.tensors.get(each["name"])
        fits = found is not None and len(found) == len(each["shape"])
        if not fits or any(want is not None and want != got for got, want in zip(found, each["shape"], strict=True)):
            wrong.append((each["name"], found, each["shape"]))
    assert wrong == []
    assert report.valid is not False
    totals = report.totals
    assert totals.trainable == golden["trainable"]
    assert totals.frozen + totals.buffers == golden["non_trainable"]


def test_an_archive_is_read_as_its_json(tmp_path):
    described = sequential(image(), conv(padding="same", strides=[2, 2], activation="relu"))
    with zipfile.ZipFile(tmp_path / "model.keras", "w") as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", json.dumps(described))
        archive.writestr("../../outside.txt", "never written")
    (tmp_path / "model.json").write_text(json.dumps(described, indent=2))
    assert cs.load(tmp_path / "model.keras") == cs.load(tmp_path / "model.json") == load(described)
    assert not list(tmp_path.parent.glob("outside.txt"))
    report = cs.report(cs.load(tmp_path / "model.keras"))
    assert report.tensors["conv"][1:] == (16, 16, 8)
    assert report.layer("conv").params == 3 * 3 * 3 * 8 + 8


def test_a_flat_map_is_in_the_order_of_keras():
    """Flatten and Reshape see height, width, channels: the numbers are those of the input in its own order."""
    flat = sequential(image((None, 2, 3, 4)), layer("Rescaling", "half", scale=0.5), layer("Flatten", "flat"))
    x = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4)
    assert np.array_equal(cs.run(load(flat), x), x.reshape(1, -1) / 2)
    shape = sequential(
        image((None, 2, 3, 4)), layer("Rescaling", "h", scale=1), layer("Reshape", "r", target_shape=[-1, 6])
    )
    assert np.array_equal(cs.run(load(shape), x), x.reshape(1, 4, 6))


def test_values_are_those_of_a_computation_with_the_channels_last():
    layers = [
        image((None, 4, 5, 3)),
        layer("ZeroPadding2D", "pad", padding=[[0, 1], [2, 0]]),
        layer("MaxPooling2D", "pool", pool_size=[2, 2], strides=[1, 1]),
        layer("Softmax", "soft", axis=-1),
        layer("GlobalAveragePooling2D", "mean"),
    ]
    x = np.random.default_rng(0).normal(size=(2, 4, 5, 3)).astype(np.float32)
    padded = np.pad(x, ((0, 0), (0, 1), (2, 0), (0, 0)))
    windows = [padded[:, i : i + 4, j : j + 6] for i in range(2) for j in range(2)]
    powers = np.exp(np.maximum.reduce(windows))
    expected = (powers / powers.sum(-1, keepdims=True)).mean((1, 2))
    np.testing.assert_allclose(cs.run(load(sequential(*layers)), x), expected, rtol=1e-5)


def test_an_output_that_is_a_map_has_its_channels_last():
    described = sequential(image((None, None, None, 3)), conv(padding="same"))
    report = cs.report(load(described))
    assert [str(size) for size in next(iter(report.outputs.values()))] == ["N", "H", "W", "8"]
    assert report.layer("conv").outputs[0].shape == next(iter(report.outputs.values()))
    assert report.layer("conv").receptive_field.size == (3, 3)
    assert cs.run(load(described), np.zeros((1, 5, 6, 3), np.float32)).shape == (1, 5, 6, 8)


def test_a_layer_that_is_called_twice_has_its_weights_once():
    layers = [
        called(image(name="left")),
        called(image(name="right")),
        called(conv(activation="relu"), ["left"], ["right"]),
        called(layer("Add", "add"), [[tensor("conv", 0), tensor("conv", 1)]]),
    ]
    report = cs.report(load(functional(layers, ["add"], ["left", "right"])))
    assert report.params == 3 * 3 * 3 * 8 + 8
    assert report.layer("conv.call2").shares == "conv"
    assert report.tensors["add"][1:] == (30, 30, 8)


def test_a_model_in_a_model_is_a_block_and_shares_its_weights_too():
    inner = functional([called(image()), called(conv("c"), ["image"])], ["c"], name="tower")
    layers = [called(image()), called(inner, ["image"], [tensor("image")]), called(conv("head"), ["tower"])]
    layers.append(called(layer("Concatenate", "cat", axis=-1), [[tensor("head"), tensor("after")]]))
    layers.append(called(layer("Cropping2D", "after", cropping=[[1, 1], [1, 1]]), [tensor("tower", 1)]))
    network = load(functional(layers, ["cat"]))
    report = cs.report(network)
    assert {node.scope for node in network.nodes} == {"", "tower", "tower.call2"} or "tower" in network.blocks
    assert report.params == (27 * 8 + 8) + (72 * 8 + 8)
    assert report.tensors["tower"][1:] == (30, 30, 8)
    assert report.tensors["cat"][1:] == (28, 28, 16)


def test_the_older_form_of_calls_is_read():
    layers = [
        {
            "class_name": "InputLayer",
            "name": "x",
            "config": {"name": "x", "batch_input_shape": [None, 8]},
            "inbound_nodes": [],
        },
        {
            "class_name": "Dense",
            "name": "dense",
            "config": {"name": "dense", "units": 5, "activation": "softmax"},
            "inbound_nodes": [[["x", 0, 0, {}]]],
        },
    ]
    config = {"name": "old", "layers": layers, "input_layers": [["x", 0, 0]], "output_layers": [["dense", 0, 0]]}
    report = cs.report(load({"class_name": "Model", "config": config}))
    assert (report.params, report.tensors["dense"][1:]) == (8 * 5 + 5, (5,))


@pytest.mark.parametrize(
    ("described", "trainable", "kept"),
    [
        (layer("BatchNormalization", "bn"), 2 * 3, 2 * 3),
        (layer("BatchNormalization", "bn", scale=False), 3, 2 * 3),
        (layer("BatchNormalization", "bn", center=False), 3, 2 * 3),
        (layer("BatchNormalization", "bn", trainable=False), 0, 4 * 3),
        (layer("Dense", "dense", units=4), 3 * 4 + 4, 0),
        (layer("SeparableConv2D", "s", filters=6, kernel_size=[3, 3], depth_multiplier=2), 9 * 6 + 36 + 6, 0),
        (layer("Conv2DTranspose", "t", filters=6, kernel_size=[2, 2], strides=[2, 2]), 4 * 18 + 6, 0),
        (layer("PReLU", "p", shared_axes=[1, 2]), 3, 0),
        (layer("LayerNormalization", "ln", axis=[-1]), 6, 0),
        (layer("Normalization", "n", axis=[-1]), 0, 7),
    ],
    ids=lambda each: "-".join(map(str, [each["class_name"], *each["config"]])) if isinstance(each, dict) else None,
)
def test_parameters(described, trainable, kept):
    """The counts follow from the shapes of Keras's weights; it counts statistics, and the number of batches, too."""
    totals = cs.report(load(sequential(image(), described))).totals
    assert (totals.trainable, totals.frozen + totals.buffers) == (trainable, kept)


def test_code_is_not_run_but_named():
    secret = {"class_name": "function", "config": "lambda x: open('/tmp/made-by-a-lambda', 'w')"}
    described = sequential(image(), layer("Lambda", "mystery", function=secret), conv("a"), layer("Mine", "own"))
    network = load(described)
    assert [network[name].layer.operator for name in ("mystery", "own")] == ["Lambda", "Mine"]
    assert not Path("/tmp/made-by-a-lambda").exists()
    own = {**layer("Conv2D", "own", filters=8, kernel_size=3), "module": "somebody", "registered_name": "pkg>Conv2D"}
    assert load(sequential(image(), own))["own"].layer.operator == "pkg>Conv2D"


@pytest.mark.parametrize("module", ["os", "posix", "builtins"])
def test_a_class_that_a_file_names_is_never_looked_for(module):
    harm = {"module": module, "class_name": "system", "config": {"name": "harm", "command": "touch /tmp/harm"}}
    network = load(sequential(image(), {**harm, "registered_name": None}, conv("c")))
    assert network["harm"].layer.operator == f"{module}.system"
    assert not Path("/tmp/harm").exists()


def nested(depth):
    described = sequential(image(), conv("c", padding="same", filters=3))
    for number in range(depth):
        described = sequential(image(), described, name=f"m{number}")
    return described


def doubled(depth):
    """Return models that call one another twice: 2^depth calls."""
    described = functional([called(image()), called(layer("ReLU", "r"), ["image"])], ["r"], name="m0")
    for number in range(1, depth):
        inner = f"m{number - 1}"
        layers = [called(image()), called(described, ["image"], [tensor(inner)])]
        described = functional(layers, [inner], name=f"m{number}")
        described["config"]["output_layers"] = [[inner, 1, 0]]
    return described


BROKEN = {
    "no-layers": {"class_name": "Sequential", "config": {}},
    "other": {"class_name": "Dense", "config": {"layers": []}},
    "empty": sequential(),
    "names-twice": sequential(image(), conv("a"), conv("a")),
    "no-name": sequential(image(), {"class_name": "ReLU", "config": {}}),
    "circle": functional(
        [called(image()), called(conv("a"), ["b"]), called(conv("b"), ["a"])],
        ["b"],
    ),
    "itself": functional([called(image()), called(conv("a"), ["a"])], ["a"]),
    "nobody": functional([called(image()), called(conv("a"), ["ghost"])], ["a"]),
    "no-output": functional([called(image())], ["ghost"]),
    "no-shape": sequential(layer("InputLayer", "x")),
    "zero": sequential(image((None, 0, 4, 3)), conv()),
    "text-shape": sequential(layer("InputLayer", "x", batch_shape="(1, 2)"), conv()),
    "wrong-rank": sequential(image((None, 4)), conv()),
    "text-kernel": sequential(image(), layer("Conv2D", "c", filters="many", kernel_size={"a": 1})),
    "negative": sequential(image(), conv(strides=[-1, 0])),
    "odd-axis": sequential(image(), layer("Softmax", "s", axis=9)),
    "deep": nested(300),
    "doubled": doubled(30),
    "bad-calls": functional([called(image()), {**conv("a"), "inbound_nodes": [7]}], ["a"]),
    "bad-history": functional([called(image()), called(conv("a"), [tensor("image", -1, 0)])], ["a"]),
    "list-config": sequential(image(), {"class_name": "ReLU", "config": []}),
    "odd-argument": functional([called(image()), called(conv("a"), ["image", {"class_name": "x"}])], ["a"]),
    "nothing-comes-in": functional([called(image()), called(conv("a"), [])], ["a"]),
    "odd-activation": sequential(image(), conv(activation={"config": 3})),
    "activation-dict": sequential(image(), conv(activation={"class_name": ["a"], "config": {}})),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_model_is_answered(name):
    with pytest.raises(CnnshapeError) as error:
        load(BROKEN[name])
    assert error.value.code in {"CS131", "CS127", "CS128"}
    assert str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        '{"class_name": "Sequential", "config": ' + "[" * 100_000,
        '{"class_name": "Sequential", "config": {"layers": ' + "[" * 5_000 + "]" * 5_000 + "}}",
        '{"class_name": "Sequential", "config": {"layers": NaN}}',
        '{"class_name": "Sequential", "config": {"layers": [' + "9" * 5000 + "]}}",
        '{"class_name": "Sequential", "config"',
        '{"class_name": "Sequential", "config": null}',
    ],
    ids=["open", "nested", "nan", "digits", "cut", "null"],
)
def test_a_broken_text_is_answered(text):
    with pytest.raises(ReadError) as error:
        cs.load(text)
    assert error.value.code == "CS131"


def test_enormous_sizes_are_only_numbers():
    described = sequential(
        image((None, 10**15, 10**15, 3)), conv(filters=10**15, padding="same"), layer("Flatten", "f")
    )
    assert cs.report(load(described)).tensors["f"][1] == 10**45


def test_a_broken_archive_is_answered(tmp_path):
    path = tmp_path / "model.keras"

    def refused(content=None):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ReadError) as error:
            cs.load(path)
        assert error.value.code == "CS131"

    refused(b"")
    refused(b"PK\x03\x04 cut short")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b" " * (2**25 + 2))
    assert path.stat().st_size < 100_000  # 32 MiB of spaces
    refused()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../config.json", "{}")
    refused()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(sequential(image(), conv())))
    whole = path.read_bytes()
    refused(whole.replace(b'"filters"', b'"fxlters"'))  # its checksum does not fit
    with pytest.raises(ReadError, match="no such file"):
        cs.load(tmp_path / "missing.keras")
