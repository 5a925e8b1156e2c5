"""Residual networks for video with other arguments."""

import pytest

import cnnshape as cs


def report(name, **arguments):
    return cs.report(cs.zoo(name, **arguments))


def test_the_kinds_of_convolutions_make_the_network():
    assert report("r3d_18", kinds=("3d", "mixed", "mixed", "mixed")).params == 11_695_440  # torchvision's mc3_18
    assert report("mc3_18", kinds="2+1").params == 31_505_325  # torchvision's r2plus1d_18


def test_a_factored_convolution_is_about_as_large():
    """Tran et al. 2018: the channels between are chosen so that the parameters stay the same."""
    whole, factored = report("r3d_18"), report("r2plus1d_18")
    convolutions = [
        sum(layer.params for layer in each if layer.kind == "conv" and layer.name.startswith("layer4.1"))
        for each in (whole, factored)
    ]
    assert convolutions[0] == 2 * 27 * 512 * 512
    assert convolutions[0] - convolutions[1] < 2 * (9 + 3) * 512


@pytest.mark.parametrize("frames", [1, 8, 16])
def test_mixed_convolutions_keep_the_frames(frames):
    at = report("mc3_18").at(N=1, T=frames, H=112, W=112)
    assert at.tensors["layer4.1.relu"] == (1, 512, frames, 7, 7)
    assert report("r3d_18").at(N=1, T=frames, H=112, W=112).tensors["layer4.1.relu"][2] == -(-frames // 8)


def test_ten_classes_of_gray_pictures():
    found = report("r3d_18", num_classes=10, in_channels=1)
    assert found.params == 33_371_472 - 390 * 513 - 2 * 3 * 49 * 64


def test_widths():
    formula = report("mc3_18", width_mult="w")
    assert formula.at(w=1).params == 11_695_440
    assert formula.at(w=2).params == report("mc3_18", width_mult=2).params
    assert report("r2plus1d_18", width_mult=0.5).params < 31_505_325 / 3
    with pytest.raises(cs.UsageError, match="which a formula cannot"):
        cs.zoo("r2plus1d_18", width_mult="w")
    with pytest.raises(cs.UsageError, match="kinds is one of '3d', 'mixed', '2\\+1'"):
        cs.zoo("r3d_18", kinds=3)
