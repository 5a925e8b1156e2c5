"""Networks as source code of Keras: what is written runs, counts and computes the same."""

# ruff: noqa: PLW0108  # every row has one form
import os
import random
import subprocess
import sys
from itertools import count

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")
keras = pytest.importorskip("keras")

import cnnshape as cs  # noqa: E402  # after the check that it is there
from cnnshape import Input, Network, block  # noqa: E402
from cnnshape import layers as L  # noqa: E402
from cnnshape.errors import DesignError  # noqa: E402
from cnnshape.formats.keras.reader import read_text  # noqa: E402
from cnnshape.formats.source.keras.lines import lines_of  # noqa: E402
from cnnshape.formats.source.keras.writer import function_name, weights, write  # noqa: E402
from cnnshape.graph.network import Node  # noqa: E402
from cnnshape.graph.propagate import propagate  # noqa: E402
from cnnshape.runtime.execute import execute  # noqa: E402
from cnnshape.runtime.plan import plan  # noqa: E402
from cnnshape.runtime.weights import initial  # noqa: E402
from cnnshape.zoo import networks  # noqa: E402
from tests.random_networks.grow import grow  # noqa: E402

KERAS_HAS_NOT = {"segnet": "indices", "crnn": "LSTM"}
"""Networks of the zoo with a layer that Keras does not have."""
FAMILIES = [
    *("lenet5", "resnet18", "squeezenet1_0", "googlenet", "mobilenet_v2", "shufflenet_v2_x0_5", "convnext_tiny"),
    *("unet", "yolov3_tiny", "lraspp_mobilenet_v3_large", "espcn", "m5", "tcn", "vit_b_32", "segnet", "crnn"),
]
EVERY = bool(os.environ.get("CNNSHAPE_WHOLE_ZOO"))


def built(network, sizes=None):
    """Return the model that the written code builds; without sizes to compute at, no memory is taken for weights."""
    space = {}
    exec(compile(write(network, sizes or {}), network.name, "exec"), space)  # what is tested
    if sizes is not None:
        return space[function_name(network)]()
    with keras.device("meta"):
        return space[function_name(network)]()


def elements(tensors):
    return sum(int(np.prod(tensor.shape)) for tensor in tensors if "seed_generator" not in tensor.path)


def needed(network):
    """Return the network without what no output needs, which Keras does not hold."""
    nodes = [node for i, node in enumerate(network.nodes) if i not in network.held]
    return Network.of_nodes(network.name, nodes, network.outputs, defaults=network.defaults)


@pytest.mark.parametrize("name", [each.name for each in networks()] if EVERY else FAMILIES)
def test_the_zoo_is_written_with_our_counts_and_read_back_as_it_was(name):
    network = cs.zoo(name)
    if name in KERAS_HAS_NOT:
        with pytest.raises(DesignError, match=KERAS_HAS_NOT[name]):
            write(network)
        return
    network = needed(network)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(5000)  # Keras walks back through a model by calls
    try:
        model = built(network)
    finally:
        sys.setrecursionlimit(limit)
    ours = cs.report(network)
    counts = ours.facts.counts.trainable.total, ours.facts.counts.buffers.total
    assert (elements(model.trainable_weights), elements(model.non_trainable_weights)) == counts
    again = read_text(model.to_json()).network
    theirs = cs.report(again)
    assert (theirs.facts.counts.trainable.total, theirs.facts.counts.buffers.total) == counts
    here, there = ours.at(), theirs.at()
    shapes = [sorted(map(repr, tensor)) for tensor in (here.tensors[t] for t in network.outputs.values())]
    assert shapes == [sorted(map(repr, there.tensors[tensor])) for tensor in again.outputs.values()]
    assert there.macs == here.macs


def numbers(network, sizes, batch=2, seed=0):
    """Return what the written model and we compute with the same weights, by output."""
    sizes = {symbol: size for symbol, size in sizes.items() if symbol != network.batch}
    model = built(network, sizes)
    ready = plan(network, {**sizes, network.batch: batch} if network.batch else sizes)
    rng = np.random.default_rng(seed)
    held = {
        name: array if array.ndim > 1 else rng.uniform(0.5, 1.5, array.shape).astype(array.dtype)
        for name, array in initial(ready, seed).items()
    }
    for name, arrays in weights(network, held, sizes).items():
        model.get_layer(name).set_weights(arrays)
    made = lines_of(propagate(network, sizes))
    inputs = {node.name: _drawn(rng, ready.places[node.name].shape, node) for _, _, node in made.inputs}
    given = [inputs[node.name].transpose(made.orders[node.name]) for _, _, node in made.inputs]
    given = [keras.ops.convert_to_tensor(array) for array in given]
    theirs = model(given if len(given) > 1 else given[0], training=False)
    for (name, tensor), (key, _) in zip(network.outputs.items(), made.outputs, strict=True):
        found = theirs[key] if isinstance(theirs, dict) else theirs
        yield found.detach().cpu().numpy(), execute(ready, inputs, held)[name].transpose(made.orders[tensor])


def _drawn(rng, shape, node):
    if "float" in node.layer.dtype:
        return rng.standard_normal(shape).astype(np.float32)
    return rng.integers(0, 2, shape).astype(node.layer.dtype)


def agree(network, sizes, **more):
    for theirs, ours in numbers(network, sizes, **more):
        assert theirs.shape == ours.shape
        finite = np.isfinite(ours)
        assert (np.isfinite(theirs) == finite).all()
        gap = np.where(finite, theirs, 0) - np.where(finite, ours, 0)
        assert np.abs(gap).max(initial=0) <= 1e-4 * max(np.abs(np.where(finite, ours, 0)).max(initial=0), 1e-3)


SMALL = {
    "lenet5": {"H": 32, "W": 32},
    "squeezenet1_0": {"H": 41, "W": 54},
    "mobilenet_v2": {"H": 33, "W": 47},
    "shufflenet_v2_x0_5": {"H": 33, "W": 47},
    "espcn": {"H": 7, "W": 9},
    "dcgan": {"H": 1, "W": 1},
    "tcn": {"L": 50},
    "m5": {"L": 8000},
}
MORE = {
    "resnet18": {"H": 39, "W": 50},
    "googlenet": {"H": 40, "W": 53},
    "mobilenet_v3_small": {"H": 33, "W": 47},
    "yolov3_tiny": {"H": 32, "W": 64},
    "convnext_tiny": {"H": 32, "W": 64},
    "unet": {"H": 32, "W": 48},
    "inception_v3": {"H": 107, "W": 139},
    "zfnet": {"H": 224, "W": 224},
    "vit_b_32": {"H": 224, "W": 224},
    "fcn_resnet50": {"H": 33, "W": 47},
    "r2plus1d_18": {"T": 5, "H": 33, "W": 30},
}


@pytest.mark.parametrize("name", SMALL | MORE if EVERY else SMALL)
def test_a_written_network_computes_what_ours_does(name):
    agree(cs.zoo(name), (SMALL | MORE)[name])


def halves_exchanged(parts):
    return L.Concat()(parts[1], parts[0])


def image(channels=3, sides=("H", "W")):
    return Input("image", (channels, *sides))


CASES = {
    "padding that no word says": lambda x: L.Conv(4, kernel_size=(7, 4), stride=(2, 3), padding=(3, 1))(x),
    "padding of one side": lambda x: L.Conv(4, kernel_size=3, padding=((2, 0), (0, 1)))(x),
    "same at the end": lambda x: L.Conv(4, kernel_size=(4, 3), stride=2, padding="same_upper")(x),
    "same at the start": lambda x: L.Conv(4, kernel_size=(4, 3), stride=2, padding="same_lower")(x),
    "dilation": lambda x: L.Conv(4, kernel_size=3, dilation=2, padding=2, bias=False)(x),
    "groups": lambda x: L.Conv(6, kernel_size=3, groups=3)(x),
    "groups of two": lambda x: L.Conv(6, kernel_size=3, groups=2)(L.Conv(4, kernel_size=1)(x)),
    "depthwise": lambda x: L.DepthwiseConv(3, depth_multiplier=2, stride=2, padding=1)(x),
    "reflection": lambda x: L.Conv(4, kernel_size=3, padding=1, padding_mode="reflect")(x),
    "transposed": lambda x: L.ConvTranspose(4, kernel_size=3, stride=2, padding=1, output_padding=1)(x),
    "transposed, wide steps": lambda x: L.ConvTranspose(4, kernel_size=2, stride=3)(x),
    "transposed, half": lambda x: L.ConvTranspose(4, kernel_size=4, stride=2, padding=1)(x),
    "pool of negative numbers": lambda x: L.MaxPool(3, stride=2, padding=1)(x),
    "pool of none": lambda x: L.MaxPool(3, stride=2, padding=1)(L.ReLU()(x)),
    "pool with its last window": lambda x: L.MaxPool(3, stride=2, ceil_mode=True)(x),
    "pool with both": lambda x: L.MaxPool(2, stride=2, padding=1, ceil_mode=True)(x),
    "mean with its padding": lambda x: L.AvgPool(3, stride=2, padding=1)(x),
    "mean without its padding": lambda x: L.AvgPool(3, stride=2, padding=1, count_include_pad=False)(x),
    "mean of its last window": lambda x: L.AvgPool(3, stride=2, padding=1, ceil_mode=True)(x),
    "mean by another number": lambda x: L.AvgPool(2, divisor_override=3)(x),
    "bins": lambda x: L.AdaptiveAvgPool((3, 2))(x),
    "flat": lambda x: L.Linear(5)(L.Dropout(0.2)(L.ReLU()(L.Flatten()(x)))),
    "flat, and shown": lambda x: L.Flatten()(L.Conv(4, kernel_size=3)(x)),
    "linear on the last axis": lambda x: L.Linear(5)(x),
    "axes": lambda x: L.LayerNorm()(L.Permute((0, 3, 1, 2))(L.Conv(4, kernel_size=3)(x))),
    "softmax": lambda x: L.Softmax(dim=1)(L.Conv(4, kernel_size=3)(x)),
    "slopes": lambda x: L.PReLU(4)(L.Conv(4, kernel_size=3)(x)),
    "groups of maps": lambda x: L.GroupNorm(2)(L.Conv(4, kernel_size=3)(x)),
    "each map": lambda x: L.InstanceNorm(affine=True)(x),
    "neighbors": lambda x: L.LocalResponseNorm(3)(L.Conv(6, kernel_size=3)(x)),
    "twice the size": lambda x: L.Upsample(scale_factor=2, mode="bilinear")(x),
    "means": lambda x: L.ReduceMean((1, 3), keepdim=True)(x),
    "a mean along channels": lambda x: L.ReduceMean(1)(x),
    "ranks": lambda x: L.Add()(x, L.ReduceMean((0, 1))(x)),
    "a part": lambda x: L.Slice(dim=2, start=1, end=-1)(x),
    "one position": lambda x: L.Gather(0, dim=2)(x),
    "parts": lambda x: halves_exchanged(L.Chunk(2)(L.Conv(4, kernel_size=1)(x))),
    "cut": lambda x: L.CenterCrop(4)(x),
    "filled": lambda x: L.Pad((1, 2), value=1.5)(x),
    "attention": lambda x: L.MultiheadAttention(num_heads=2)(
        L.Permute((2, 0, 1))(L.Flatten(start_dim=2)(L.Conv(4, kernel_size=3)(x)))
    ),
    "gates": lambda x: L.GRU(5, batch_first=True)(L.Permute((0, 2, 1))(L.Flatten(start_dim=2)(x))),
    "scale": lambda x: L.LayerScale()(x),
}


@pytest.mark.parametrize("what", CASES)
def test_a_layer_is_written_exactly(what):
    network = Network("one", inputs=(x := image()), outputs=CASES[what](x))
    agree(network, {"H": 9, "W": 8})
    agree(network, {"H": 10, "W": 7})


def test_shared_weights_are_one_layer():
    x = image()
    inner = Network("inner", inputs=(z := image()), outputs=L.Conv(3, kernel_size=3, padding=1)(z))
    network = Network("twice", inputs=x, outputs=inner(inner(x)))
    assert write(network).count("layers.Conv2D(") == 1
    agree(network, {"H": 6, "W": 5})


def test_frozen_layers_are_not_trained():
    x = image()
    network = Network("frozen", inputs=x, outputs=L.Conv(4, kernel_size=3)(x, frozen=True))
    model = built(network)
    assert (elements(model.trainable_weights), elements(model.non_trainable_weights)) == (0, 112)


def test_blocks_are_functions_and_their_neighbors_a_loop():
    y = x = image()
    for number in range(3):
        with block(f"stage.{number}"):
            y = L.ReLU()(L.Conv(8, kernel_size=3, padding=1)(y))
    for number, width in enumerate((4, 6)):
        with block(f"end.{number}"):
            y = L.ReLU()(L.Conv(width, kernel_size=3, padding=1)(y))
    text = write(Network("blocks", inputs=x, outputs=y))
    assert text.split("\n\n\n", 1)[1] == BLOCKS


BLOCKS = """def conv_relu(x, filters, name):
    x = layers.Conv2D(filters, 3, padding="same", name=f"{name}_conv1")(x)
    return layers.ReLU(name=f"{name}_relu1")(x)


def blocks(H: int | None = None, W: int | None = None) -> keras.Model:
    image = keras.Input((H, W, 3), name="image")
    x = conv_relu(image, 8, name="stage_0")
    for i in range(1, 3):
        x = conv_relu(x, 8, name=f"stage_{i}")
    x = conv_relu(x, 4, name="end_0")
    x = conv_relu(x, 6, name="end_1")
    return keras.Model(image, x, name="blocks")
"""


def test_sizes_that_a_layer_needs_are_numbers():
    x = image()
    network = Network("cut", inputs=x, outputs=L.Conv(4, kernel_size=4, stride=3, padding="same_lower")(x))
    text = write(network)
    assert "def cut(H: int, W: int) -> keras.Model:" in text
    agree(network, {"H": 7, "W": 9})


@pytest.mark.parametrize("name", ['"; import os #', "a\nb", "{x}", "class", "add_1", "ü", "__init__", "x", "layers"])
def test_no_name_becomes_code(name):
    nodes = [
        Node("in", L.Input((cs.dim("N"), 3, 8, 8))),
        Node(name, L.Conv(4, kernel_size=3), ("in",)),
        Node(f"{name} ", L.Add(), (name, name)),
    ]
    network = Network.of_nodes(name, nodes, {name: f"{name} "})
    text = write(network)
    assert text.isascii()
    assert "import os" not in text
    assert built(network).count_params() == 112


def test_all_layers_that_keras_has_not_are_told_in_one_error():
    x = image()
    pooled = L.MaxPool(2, return_indices=True)(x)
    y = L.MaxUnpool(2)(pooled[0], pooled[1])
    network = Network(
        "two", inputs=x, outputs={"a": y, "b": L.Conv(4, kernel_size=3, padding=1, padding_mode="circular")(x)}
    )
    with pytest.raises(DesignError) as raised:
        write(network)
    assert raised.value.fault.code == "CS130"
    assert "2 layers cannot be written in Keras: max_pool1: MaxPool: Keras's pools give no indices" in str(raised.value)
    assert "conv1: Conv: padding_mode 'circular'" in str(raised.value)


def test_what_is_written_is_written_again_and_clean(tmp_path):
    files = []
    for name in ("resnet50", "inception_v3", "vit_b_16", "zfnet", "convnext_tiny", "espcn"):
        text = write(cs.zoo(name))
        assert text == write(cs.zoo(name))
        files.append(tmp_path / f"{name}.py")
        files[-1].write_text(text)
    ruff = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", *files], capture_output=True, text=True, check=False
    )
    assert ruff.returncode == 0, ruff.stdout


def test_random_networks_compute_the_same():
    """Of networks of every layer, those that Keras can say; what is refused is refused with a reason."""
    agreed = 0
    for seed in count():
        sample = grow(random.Random(seed), 4)
        network = sample.network
        try:
            write(network, {symbol: size for symbol, size in sample.sizes.items() if symbol != network.batch})
        except cs.errors.CnnshapeError:
            continue
        agree(network, sample.sizes, batch=sample.sizes.get(network.batch, 2))
        agreed += 1
        if agreed == RANDOM:
            return


RANDOM = int(os.environ.get("CNNSHAPE_RANDOM_NETWORKS", "25"))
