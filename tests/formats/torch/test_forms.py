"""Single steps of modules against PyTorch, with sizes as formulas; einops; a module that is run as it is."""

from __future__ import annotations

import numpy as np
import pytest

import cnnshape as cs
from cnnshape.errors import DesignError

torch = pytest.importorskip("torch")
from tests.formats.torch.forms import FORMS, Form  # noqa: E402  # they need torch
from tests.formats.torch.modules import Two, Unet  # noqa: E402  # as above

nn, F = torch.nn, torch.nn.functional
AT = {"masked": (3, 16, 12)}


def flat(value):
    if isinstance(value, torch.Tensor):
        return [value.numpy()]
    if hasattr(value, "__dataclass_fields__"):
        value = [getattr(value, name) for name in value.__dataclass_fields__]
    return [each for part in (value.values() if isinstance(value, dict) else value) for each in flat(part)]


def compare(module, network, x):
    with torch.no_grad():
        expected = flat(module(torch.from_numpy(x.copy())))
    found = cs.run(network, x)
    found = list(found.values()) if isinstance(found, dict) else [found]
    assert [y.shape for y in found] == [y.shape for y in expected]
    for y, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(y, wanted, rtol=1e-4, atol=2e-5)


def image(h=16, w=12):
    return np.random.default_rng(1).standard_normal((2, 3, h, w)).astype(np.float32)


@pytest.mark.parametrize("make", FORMS, ids=[make.__name__ for make in FORMS])
def test_a_form_gives_what_pytorch_gives(make):
    torch.manual_seed(0)
    module = make().eval()
    kept = {name: dict(vars(each)) for name, each in module.named_modules()}
    network = cs.load(module, input=AT.get(make.__name__, (3, "H", "W")))
    assert {name: dict(vars(each)) for name, each in module.named_modules()} == kept
    compare(module, network, image())


def test_einops():
    einops = pytest.importorskip("einops")
    layers = pytest.importorskip("einops.layers.torch")

    def steps(self, x):
        y = einops.rearrange(x, "b c (h p) (w q) -> b (h w) (p q c)", p=2, q=2)
        return einops.reduce(y, "b n c -> b c", "mean"), self.net(x), einops.repeat(x, "b c h w -> b c (h 2) w")

    module = Form(steps)
    module.net = nn.Sequential(
        layers.Rearrange("b c (h p) w -> b (c p) h w", p=2), layers.Reduce("b c h w -> b c", "max")
    )
    compare(module, cs.load(module, input=(3, "H", "W")), image())


def test_a_module_runs_with_its_own_weights(capsys):
    module = Unet().eval()
    compare(module, module, image(19, 22))
    with torch.no_grad():
        wanted = module(torch.from_numpy(image()))
    np.testing.assert_allclose(cs.run(module, torch.from_numpy(image())), wanted, rtol=1e-4, atol=2e-5)
    assert "random" not in capsys.readouterr().err


@pytest.mark.parametrize("named", [False, True])
def test_a_module_of_several_inputs_runs(named):
    module = Two().eval()
    x = {"image": image(), "depth": image()[:, :1]}
    with torch.no_grad():
        wanted = module(*(torch.from_numpy(each) for each in x.values()))
    found = cs.run(module, x if named else list(x.values()))
    for y, each in zip(found.values(), wanted, strict=True):
        np.testing.assert_allclose(y, each, rtol=1e-4, atol=2e-5)


def test_a_module_on_the_meta_device_has_no_weights_to_run_with(capsys):
    with torch.device("meta"):
        module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    assert cs.run(module, image()).shape == (2, 4, 14, 10)
    assert "weights are random" in capsys.readouterr().err


def test_a_scripted_module_is_told_apart():
    module = torch.jit.script(nn.Sequential(nn.Conv2d(3, 4, 3)))
    with pytest.raises(DesignError) as caught:
        cs.load(module, input=(3, "H", "W"))
    assert "TorchScript" in caught.value.fault.message
    assert caught.value.fault.fix


def test_a_module_in_training_is_noted():
    network = cs.load(nn.Sequential(nn.Conv2d(3, 4, 3), nn.Dropout()).train(), input=(3, "H", "W"))
    assert any("training" in note for note in network.notes)
    assert not any(
        "training" in note for note in cs.load(nn.Sequential(nn.Conv2d(3, 4, 3)).eval(), input=(3, 8, 8)).notes
    )


class Attending(torch.nn.Module):
    """What becomes of the weights of an attention, which its layer does not give."""

    def __init__(self, what):
        super().__init__()
        self.attention, self.what = torch.nn.MultiheadAttention(16, 4, batch_first=True), what

    def forward(self, x):
        if self.what == "not made":
            return self.attention(x, x, x, need_weights=False)
        y, weights = self.attention(x, x, x)
        if self.what == "a mean":
            return y + weights.mean()
        return (y, weights) if self.what == "returned" else y


@pytest.mark.parametrize("what", ["left aside", "not made"])
def test_weights_of_an_attention_may_be_left_aside(what):
    network = cs.load(Attending(what), input=("T", 16))
    assert len(network.outputs) == 1


@pytest.mark.parametrize("what", ["returned", "a mean"])
def test_weights_of_an_attention_are_not_lost_in_silence(what):
    with pytest.raises(cs.CnnshapeError, match="MultiheadAttention: its layer gives the first output alone"):
        cs.load(Attending(what), input=("T", 16))
