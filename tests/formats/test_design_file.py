"""Whole design files: the examples against published numbers, and damaged ones."""

import json
import random
import subprocess
import sys
from math import prod
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from cnnshape.errors import DesignError, ReadError
from cnnshape.formats.design_file import load_design
from cnnshape.graph.propagate import propagate

ROOT = Path(__file__).parents[2]
EXAMPLES = {path.stem: path for path in sorted(ROOT.glob("examples/*.yaml"))}


def parameters(network):
    """Trainable elements, those of shared weights once."""
    walk = propagate(network)
    assert walk.faults == ()
    return sum(
        prod(weight.shape)
        for node, inputs in zip(network.nodes, walk.inputs, strict=True)
        if not node.weights_of
        for weight in node.layer.weights(inputs).values()
        if weight.trainable
    )


def macs(network, **sizes):
    """Multiply-adds of one image."""
    walk = propagate(network, {"N": 1, **sizes})
    assert walk.faults == ()
    rows = zip(network.nodes, walk.inputs, walk.outputs, strict=True)
    return sum(node.layer.work(inputs, outputs).macs for node, inputs, outputs in rows)


# Parameters and their source.
PUBLISHED = {
    "lenet5": (61_706, "LeCun et al. 1998 with a full c3 and the 400-120-84-10 head"),
    "alexnet": (61_100_840, "torchvision's page of alexnet: num_params"),
    "vgg16": (138_357_544, "torchvision's page of vgg16: num_params"),
    "resnet50": (25_557_032, "torchvision's page of resnet50: num_params"),
    "unet": (31_037_698, "milesial/Pytorch-UNet, UNet(3, 2): 31 037 633 with one class, and 65 for the second"),
    "inception_block": (163_696, "192*64 + 192*96 + 96*128*9 + 192*16 + 16*32*25 + 192*32 = 163 328, and 368 biases"),
    "siamese": (38_951_745, "sorenbouma/keras-oneshot: Total params 38,951,745"),
    "audio_1d": (26_915, "PyTorch's tutorial on speech commands: Number of parameters 26915"),
    "video_3d": (79_991_015, "78 409 573 of UCF101's 101 classes (MMAction2: 78.41M), and 386*(4096 + 1)"),
}
MACS = {
    "resnet50": (4_089_184_256, {"H": 224, "W": 224}, "torchvision's _ops 4.089"),
    "alexnet": (714_188_480, {"H": 224, "W": 224}, "torchvision's _ops 0.714"),
    "vgg16": (15_470_264_320, {"H": 224, "W": 224}, "torchvision's _ops 15.47"),
    "inception_block": (163_328 * 28 * 28, {"H": 28, "W": 28}, "one per weight and position; the paper says 128M"),
}


def test_every_example_has_a_published_number():
    assert set(EXAMPLES) == set(PUBLISHED)


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_are_the_published_ones(name):
    assert parameters(load_design(EXAMPLES[name])) == PUBLISHED[name][0]


@pytest.mark.parametrize("name", MACS)
def test_multiply_adds_are_the_published_ones(name):
    count, sizes, _ = MACS[name]
    assert macs(load_design(EXAMPLES[name]), **sizes) == count


def test_c3d_is_as_costly_as_published():
    # MMAction2's page of C3D: 38.5 G, one multiply-add as one.
    assert round(macs(load_design(EXAMPLES["video_3d"]), T=16, H=112, W=112) / 1e9, 1) == 38.5


def test_resnet_50_takes_about_forty_lines():
    lines = EXAMPLES["resnet50"].read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 45
    assert max(map(len, lines)) <= 120


@pytest.mark.parametrize("name", EXAMPLES)
def test_json_gives_the_same_network_as_yaml(name, tmp_path):
    data = YAML(typ="safe", pure=True).load(EXAMPLES[name])
    path = tmp_path / f"{name}.json"
    path.write_text(json.dumps(data, indent=2), encoding="utf-8")
    one, two = load_design(EXAMPLES[name]), load_design(path)
    parts = ("name", "layer", "inputs", "scope", "weights_of", "frozen")
    assert [[getattr(n, p) for p in parts] for n in one.nodes] == [[getattr(n, p) for p in parts] for n in two.nodes]
    assert (one.name, dict(one.outputs), dict(one.defaults)) == (two.name, dict(two.outputs), dict(two.defaults))


def test_where_a_design_may_come_from(tmp_path):
    text = "input: [3, H, W]\nlayers: [relu]\n"
    path = tmp_path / "my_net.yaml"
    path.write_text(text)
    assert (load_design(path).name, load_design(path).source) == ("my_net", str(path))
    assert load_design(str(path)).nodes[1].place == f"{path}:2:10"
    assert load_design(path, name="net.yaml").nodes[1].place == "net.yaml:2:10"
    assert (load_design(text).name, load_design(text).source) == ("design", "<text>")
    assert load_design(text, name="<stdin>").nodes[1].place == "<stdin>:2:10"
    assert load_design('{"input": [3, "H", "W"], "layers": ["relu"]}').nodes[1].place == "<text>:1:37"
    assert load_design("{input: [3, H, W], layers: [relu]}").nodes[1].place == "<text>:1:29"
    assert load_design(text.encode()).name == "design"
    assert load_design("name: A\n" + text).name == "A"
    assert load_design("name: 12\n" + text).name == "12"
    assert load_design("cnnshape: 1\n" + text).name == "design"


def test_a_design_whose_shapes_do_not_fit_loads():
    network = load_design("input: [3, 8, 8]\nlayers: [{conv: {in_channels: 4, out_channels: 1, kernel_size: 9}}]")
    assert len(propagate(network).faults) == 1


def test_reading_loads_no_more_than_it_needs():
    code = (
        "import sys\n"
        "from cnnshape.formats.design_file import load_design\n"
        "assert 'ruamel' not in sys.modules\n"
        "load_design(sys.argv[1])\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    run = [sys.executable, "-c", code, str(EXAMPLES["resnet50"])]
    loaded = set(subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())
    assert loaded.isdisjoint({"numpy", "sympy", "networkx", "rich", "click"})


PIECES = ["{", "}", "[", "]", ",", ":", "-", "*", "&", "!", "%", "#", "'", '"', "\n", "  ", "\t"]
PIECES += ["H", "0", "-1", "1e999", "()", "//", "**", "null"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_damaged_designs_are_read_or_refused(name):
    text = EXAMPLES[name].read_text(encoding="utf-8")
    rng = random.Random(name)
    for _ in range(25):
        damaged = text
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(damaged))
            damaged = damaged[:at] + rng.choice(PIECES) + damaged[at + rng.choice([0, 0, 1, 5, 40]) :]
        try:
            propagate(load_design(damaged))
        except (ReadError, DesignError) as error:
            assert error.fault.place.startswith("<text>")  # noqa: PT017  # some still load
            assert error.exit_code == 2  # noqa: PT017  # as above


WORDS = ["conv", "relu", "add", "block", "repeat", "share", "inputs", "name", "a", "b", "input", "previous", "H"]
WORDS += ["frozen", "layers", "args", "define", "cb", 3, -1, 0, 2.5, True, None, "2*H", "max(", ""]


def rubbish(rng, depth=3):
    draw = rng.random()
    if depth == 0 or draw < 0.4:
        return rng.choice(WORDS)
    if draw < 0.7:
        return [rubbish(rng, depth - 1) for _ in range(rng.randint(0, 3))]
    return {str(rng.choice(WORDS)): rubbish(rng, depth - 1) for _ in range(rng.randint(0, 3))}


@pytest.mark.parametrize("seed", range(40))
def test_any_data_is_read_or_refused(seed):
    rng = random.Random(seed)
    for _ in range(25):
        design = {"input": [3, "H", "W"], "define": {"cb": rubbish(rng)}, "layers": [rubbish(rng) for _ in range(3)]}
        design[rng.choice(["outputs", "inputs", "symbols", "name", "define", "cnnshape"])] = rubbish(rng)
        try:
            propagate(load_design(json.dumps(design)))
        except (ReadError, DesignError) as error:
            assert error.fault.place.startswith("<text>")  # noqa: PT017  # some still load
