"""Networks on raw sound: Dai et al. 2017 (arXiv 1610.00087), table 1, and PyTorch's tutorial on speech commands."""

from math import ceil

import pytest

import cnnshape as cs


@pytest.mark.parametrize(("name", "printed"), [("m3", 0.2), ("m5", 0.5), ("m11", 1.8), ("m18", 3.7)])
def test_parameters_are_those_of_the_table(name, printed):
    """The head of the table: M3 (0.2M), M5 (0.5M), M11 (1.8M), M18 (3.7M), weights of convolutions alone."""
    found = cs.report(cs.zoo(name))
    weights = sum(layer.params for layer in found if layer.kind == "conv") - biases(found)
    assert weights == {"m3": 217_088, "m5": 550_912, "m11": 1_774_592, "m18": 3_666_944}[name]  # by hand
    assert abs(weights / 1e6 - printed) < 0.06
    assert [layer.kind for layer in found].count("conv") == int(name[1:]) - 1  # and the linear layer


def biases(found):
    return sum(layer.outputs[0].shape[1] for layer in found if layer.kind == "conv")


def test_four_seconds_become_the_steps_of_the_table():
    pools = [
        shape[2] for name, shape in cs.report(cs.zoo("m5")).at().tensors.items() if name.startswith(("conv1", "pool"))
    ]
    assert pools == [8000, 2000, 500, 125, 32]


@pytest.mark.parametrize("length", [1, 15, 79, 255, 256, 257, 8000, 31_999])
def test_every_length_fits_and_is_divided_rounding_up(length):
    at = cs.report(cs.zoo("m18")).at(L=length)
    steps = ceil(length / 4)
    for pool in range(1, 5):
        steps = ceil(steps / 4)
        assert at.tensors[f"pool{pool}"][2] == steps
    assert at.valid


def test_the_tutorial_is_the_example():
    """Its first convolution sees 80 samples every 16; 6848 samples are the fewest that four pools of 4 leave any of."""
    found, example = cs.report(cs.zoo("m5_speech_commands")), cs.report(cs.load("examples/audio_1d.yaml"))
    assert found.params == example.params == 26_915
    assert found.at(L=8000).macs == example.at(L=8000).macs
    assert dict(found.conditions) == dict(example.conditions)
    least = 1
    for step in (4, 3, 4, 3, 4, 3, 4):
        least = least * 4 if step == 4 else least + 2
    assert 16 * (least - 1) + 80 == 6848
    assert (6848 in found.conditions["L"], 6847 in found.conditions["L"]) == (True, False)


def test_arguments():
    wide = cs.report(cs.zoo("m5", width_mult="w"))
    assert wide.at(w=1).params == 559_114
    assert cs.report(cs.zoo("m5", stride=16)).at().tensors["conv1"][1:] == (128, 2000)
    assert cs.report(cs.zoo("m5", in_channels=2)).params - 559_114 == 128 * 80
    with pytest.raises(cs.UsageError, match="stride = 0"):
        cs.zoo("m5", stride=0)
    with pytest.raises(cs.UsageError, match="depths"):
        cs.zoo("m5", depths=(1, 1))
    with pytest.raises(cs.UsageError, match="variant = 'keras' is not known"):
        cs.zoo("m5", variant="keras")
