"""SRCNN and ESPCN: the papers' counts, counts by hand, PyTorch."""

from functools import cache

import pytest

import cnnshape as cs
from cnnshape.errors import UsageError


@cache
def report(name, **arguments):
    return cs.report(cs.zoo(name, **arguments))


def by_hand(kernels, widths):
    """(weights, biases) of a row of convolutions."""
    pairs = zip(widths, widths[1:], kernels, strict=False)
    return sum(a * b * k * k for a, b, k in pairs), sum(widths[1:])


# --- SRCNN ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kernels", "weights"), [((9, 1, 5), 8032), ((9, 3, 5), 24_416), ((9, 5, 5), 57_184)])
def test_weights_as_the_paper_counts_them(kernels, weights):
    """Dong et al. 2016, section 4.3.2: "8,032, 24,416, and 57,184", without biases."""
    assert report("srcnn", kernel_sizes=kernels).params == weights + 64 + 32 + 1
    assert by_hand(kernels, (1, 64, 32, 1)) == (weights, 97)


def test_multiply_adds_as_others_count_them():
    # Ahn, Kang, Sohn 2018 (CARN, arXiv:1803.08664), table 1: SRCNN 57K parameters, 52.7G multiply-adds for 1280x720.
    found = report("srcnn", kernel_sizes=(9, 5, 5), padding="same").at(N=1, H=720, W=1280)
    assert (round(found.params / 1e3), round(found.macs / 1e9, 1)) == (57, 52.7)


def test_the_paper_trains_on_33_pixels_that_give_21():
    """Section 4.1: "f_sub = 33"; the border of 9, 1 and 5 is (33 - 9 - 1 - 5 + 3)^2."""
    found = report("srcnn")
    assert found.at().outputs["conv3"][1:] == (1, 21, 21)
    assert [str(size) for size in found.outputs["conv3"]] == ["N", "1", "H - 12", "W - 12"]
    assert {axis: str(fits) for axis, fits in found.conditions.items()} == {"H": "H >= 13", "W": "W >= 13"}
    same = report("srcnn", padding="same")
    assert [str(size) for size in same.outputs["conv3"]] == ["N", "1", "H", "W"]
    assert dict(same.conditions) == {}
    assert same.params == found.params


def test_three_channels_go_in_and_come_out():
    assert report("srcnn", in_channels=3).params == sum(by_hand((9, 1, 5), (3, 64, 32, 3)))
    assert report("srcnn", in_channels=3).outputs["conv3"][1] == 3
    assert report("srcnn", width_mult=2).params == sum(by_hand((9, 1, 5), (1, 128, 64, 1)))


# --- ESPCN ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [1, 2, 3, 4])
def test_the_last_convolution_makes_the_pixels_of_the_larger_picture(factor):
    found = report("espcn", upscale_factor=factor)
    assert found.params == sum(by_hand((5, 3, 3), (1, 64, 32, factor**2)))
    weights, _ = by_hand((5, 3, 3), (1, 64, 32, factor**2))
    at = found.at(N=1, H=20, W=30)
    assert (at.macs, at.outputs["pixel_shuffle"]) == (weights * 600, (1, 1, factor * 20, factor * 30))
    assert dict(found.conditions) == {}


def test_the_tiles_of_the_paper():
    """Shi et al. 2016, section 3.2: sub-images of 17r x 17r."""
    assert report("espcn").at().outputs["pixel_shuffle"][1:] == (1, 51, 51)
    assert report("espcn", in_channels=3).outputs["pixel_shuffle"][1] == 3


def test_as_a_module_written_with_pytorch(torch):
    nn = torch.nn
    layers = [nn.Conv2d(3, 64, 5, padding=2), nn.Tanh(), nn.Conv2d(64, 32, 3, padding=1), nn.Tanh()]
    module = nn.Sequential(*layers, nn.Conv2d(32, 3 * 16, 3, padding=1), nn.PixelShuffle(4))
    y = module(torch.empty(2, 3, 7, 9))
    found = report("espcn", upscale_factor=4, in_channels=3)
    assert found.at(N=2, H=7, W=9).outputs["pixel_shuffle"] == tuple(y.shape)
    assert found.params == sum(p.numel() for p in module.parameters())


# --- both -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["srcnn", "espcn"])
def test_formulas_as_arguments(name):
    found = report(name, in_channels="c", width_mult="w")
    assert found.at(c=1, w=1).params == report(name).params


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("srcnn", {"padding": "reflect"}, "padding = 'reflect' is not known"),
        ("srcnn", {"kernel_sizes": (9, 5)}, "kernel_sizes"),
        ("espcn", {"upscale_factor": 0}, "upscale_factor = 0 does not fit"),
        ("espcn", {"upscale_factor": 1.5}, "upscale_factor = 1.5 does not fit"),
    ],
)
def test_refused(name, arguments, message):
    with pytest.raises(UsageError, match=message) as caught:
        cs.zoo(name, **arguments)
    assert caught.value.fault.code == "CS009"
