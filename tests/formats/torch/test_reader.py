"""Modules of PyTorch against PyTorch: shapes, parameters, outputs, names, and what is said of code that is not read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import cnnshape as cs
from cnnshape.errors import DesignError, ShapeError, UsageError
from cnnshape.formats.torch.reader import read_module

torch = pytest.importorskip("torch")
from tests.formats.torch.modules import MODULES, Reused, Unet  # noqa: E402  # they need torch
from tests.formats.torch.sequences import Tokens  # noqa: E402  # as above

nn, F = torch.nn, torch.nn.functional


def made(make):
    torch.manual_seed(0)
    module = make()
    for each in module.modules():
        if isinstance(each, nn.BatchNorm2d):
            nn.init.uniform_(each.running_mean)
            nn.init.uniform_(each.running_var, 0.5, 2)
    return module


def stated(inputs):
    """Return the input as it is given: words are whole numbers."""
    return {n: cs.Input(n, s, dtype="int64") if n == "tokens" else s for n, s in inputs.items()}


def fed(network, sizes):
    numbers = np.random.default_rng(1)
    found = {}
    for node in network.inputs:
        shape = [2 if str(size) == "N" else sizes.get(str(size), size) for size in node.declared]
        integers = node.layer.dtype == "int64"
        found[node.name] = (
            numbers.integers(0, 11, shape) if integers else numbers.standard_normal(shape).astype(np.float32)
        )
    return found


def flat(value):
    if isinstance(value, torch.Tensor):
        return [value.numpy()]
    return [each for part in (value.values() if isinstance(value, dict) else value) for each in flat(part)]


@pytest.mark.parametrize(
    ("make", "inputs", "sizes"), MODULES, ids=[getattr(row[0], "__name__", "made").strip("<>") for row in MODULES]
)
def test_a_module_gives_what_pytorch_gives(make, inputs, sizes):
    module = made(make)
    network = read_module(module, stated(inputs)).network
    report = cs.report(network)
    assert report.params == sum(parameter.numel() for parameter in module.parameters())
    given = fed(network, sizes)
    module.eval()
    with torch.no_grad():
        expected = flat(module(**{name: torch.from_numpy(x) for name, x in given.items()}))
    found = cs.run(network, given)
    found = list(found.values()) if isinstance(found, dict) else [found]
    at = report.at(sizes={**sizes, "N": 2})
    assert at.valid
    assert list(at.outputs.values()) == [y.shape for y in expected]
    for y, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(y, wanted, rtol=1e-4, atol=2e-5)


def test_a_module_on_the_meta_device_is_read():
    with torch.device("meta"):
        module = Unet()
    report = cs.report(read_module(module, (3, "H", "W")).network)
    assert report.params == sum(parameter.numel() for parameter in module.parameters())


def test_weights_have_the_names_of_the_state_dict():
    module = Unet()
    network = read_module(module, (3, "H", "W")).network
    wanted = {name for name in module.state_dict() if "num_batches" not in name}
    assert set(network.origin.weights) == wanted
    assert network["downs.0.body.1"].scope == "downs.0.body"


def test_a_module_that_is_used_again_counts_once():
    network = read_module(Reused(), (3, "H", "W")).network
    assert [node.weights_of for node in network.nodes if node.name.startswith("conv")] == ["", "conv", "conv"]


def test_tied_weights_count_once():
    module = Tokens()
    network = read_module(module, {"tokens": cs.Input("tokens", ("T",), dtype="int64")}).network
    assert cs.report(network).params == 11 * 8


def test_what_is_not_trained_is_frozen():
    module = Unet()
    module.downs[0].requires_grad_(False)
    report = cs.report(read_module(module, (3, "H", "W")).network)
    frozen = sum(p.numel() for p in module.parameters() if not p.requires_grad)
    assert report.facts.counts.frozen.total == frozen


def test_a_module_is_left_as_it_was():
    module = Unet().train()
    module.pool.eval()
    call = nn.Module.__call__
    read_module(module, (3, "H", "W"))
    assert module.training
    assert not module.pool.training
    assert nn.Module.__call__ is call


def test_a_cache_of_the_code_is_left_as_it_was():
    class Cached(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Parameter(torch.randn(3, 1, 1))
            self.cache, self.seen, self.kinds = {"old": 1}, [], {"a"}

        def forward(self, x):
            self.seen.append(x)
            self.kinds.add(x.dtype)
            if "bias" not in self.cache:
                self.cache["bias"] = self.table * 2
            return x + self.cache["bias"]

    module = Cached()
    read_module(module, (3, "H", "W"))
    assert (module.cache, module.seen, module.kinds) == ({"old": 1}, [], {"a"})
    assert list(dict(module.named_parameters())) == ["table"]
    assert isinstance(module(torch.zeros(1, 3, 2, 2)), torch.Tensor)


class Asks(nn.Module):
    def forward(self, x):
        if x.shape[2] % 2 == 1:
            x = F.pad(x, (0, 0, 0, 1))
        return F.avg_pool2d(x, 2)


class Looks(nn.Module):
    def forward(self, x):
        return x * 2 if x.sum() > 0 else x


class Through(nn.Module):
    def forward(self, x):
        y = x * 1
        z = y.view(y.shape[0], 3, -1)
        z.relu_()
        return y + 1


class Sorts(nn.Module):
    def forward(self, x):
        return torch.fft.fft2(x)


def place_of(kind, words):
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"class {kind.__name__}("))
    return f"{__file__}:{next(i for i in range(start, len(lines)) if words in lines[i]) + 1}"


@pytest.mark.parametrize(
    ("kind", "words", "said"),
    [
        (Asks, "if x.shape", "whether H % 2 is 1"),
        (Looks, "x.sum()", "depends on the data"),
        (Through, "return y + 1", "through another view"),
        (Sorts, "fft2", "fft_fft2"),
    ],
)
def test_what_is_not_read_is_told_with_the_line_of_the_code(kind, words, said):
    with pytest.raises(DesignError, match=said) as caught:
        read_module(kind(), (3, "H", "W"))
    assert caught.value.fault.code == "CS127"
    assert caught.value.fault.place == place_of(kind, words)


def test_code_that_asks_is_read_where_sizes_are_numbers():
    assert cs.report(read_module(Asks(), (3, 7, 9)).network).outputs == {"avg_pool2d": (cs.dim("N"), 3, 4, 4)}


def test_a_module_without_an_input_is_told_to_say_it():
    with pytest.raises(UsageError) as caught:
        read_module(Unet())
    assert caught.value.fault.fix == 'say its input: input=(3, "H", "W")'


class Pair(nn.Module):
    def forward(self, image, depth, scale=2.0):
        return torch.cat([image, depth * scale], 1)


@pytest.mark.parametrize("shapes", [(3, "H", "W"), {"depth": (3, "H", "W")}, {"image": (1, 2, 3)}])
def test_inputs_that_are_not_said_are_named(shapes):
    with pytest.raises(UsageError) as caught:
        read_module(Pair(), shapes)
    assert caught.value.fault.message.startswith("Pair takes image, depth; nothing is said of ")
    assert caught.value.fault.fix == 'input={"image": (3, "H", "W"), "depth": (3, "H", "W")}'


def test_sizes_may_be_a_text():
    same = {"image": (3, "H", "W"), "depth": (1, "H", "W")}
    words = {"image": "3xHxW", "depth": "1,H,W"}
    assert read_module(Pair(), words).network.nodes == read_module(Pair(), same).network.nodes
    with pytest.raises(UsageError, match="CS004: '3x-1' are no sizes"):
        read_module(Unet(), "3x-1")


class Misfit(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, 3), nn.Conv2d(9, 4, 3))


def test_what_does_not_fit_is_mended_in_the_words_of_pytorch():
    with pytest.raises(ShapeError, match="in_channels = 9, the input has 8") as caught:
        read_module(Misfit(), (3, "H", "W"))
    assert caught.value.fault.fix == "in_channels=8"


def test_a_tensor_that_is_learned_takes_the_weight_of_the_state_dict():
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.gamma = nn.Parameter(torch.tensor([2.0, 3.0, 5.0]).reshape(3, 1, 1))
            self.conv = nn.Conv2d(3, 3, 1)

        def forward(self, x):
            return self.conv(x) * self.gamma

    module = Scaled().eval()
    x = np.random.default_rng(0).standard_normal((2, 3, 4, 5)).astype(np.float32)
    with torch.no_grad():
        wanted = module(torch.from_numpy(x)).numpy()
    states = {name: values.numpy() for name, values in module.state_dict().items()}
    assert set(states) == {"gamma", "conv.weight", "conv.bias"}
    found = cs.run(cs.load(module, input=(3, "H", "W")), x, weights=states)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


def test_buffers_are_no_parameters():
    class Blur(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 1)
            self.register_buffer("kernel", torch.full((4, 1, 2, 2), 0.25))

        def forward(self, x):
            return F.conv2d(self.conv(x), self.kernel, groups=4)

    module = Blur()
    assert cs.report(module, input="3xHxW").params == sum(each.numel() for each in module.parameters())


def test_load_and_report_take_a_module_with_its_input():
    module = Unet()
    report = cs.report(module, input=(3, "H", "W"), H=32, W=48)
    assert report.params == sum(parameter.numel() for parameter in module.parameters())
    assert next(iter(report.outputs.values()))[2:] == (32, 48)
    assert cs.load(module, input=torch.zeros(1, 3, 64, 64), name="mine").name == "mine"
    assert cs.check(module, input=(3, 32, 32)) == ()
    with pytest.raises(UsageError, match="states its own"):
        cs.load("resnet18", input=(3, 64, 64))


def test_what_the_code_does_not_use_is_said():
    module = Unet()
    module.more = nn.Linear(5, 5)
    network = cs.load(module, input=(3, "H", "W"))
    assert any(note.startswith("30 parameters that the code does not use") for note in network.notes)
    assert any("called once" in note for note in network.notes)
