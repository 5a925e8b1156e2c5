"""Vision transformers of other pictures, against torchvision's other weights."""

import pytest

import cnnshape as cs

HUGE = {"patch": 14, "layers": 32, "heads": 16, "width": 1280, "hidden": 5120}


@pytest.mark.parametrize(
    ("name", "arguments", "params", "gmacs"),
    [
        ("vit_b_16", {"image_size": 384}, 86_859_496, "55.484"),
        ("vit_l_16", {"image_size": 512}, 305_174_504, "361.986"),
        ("vit_b_16", HUGE, 632_045_800, "167.295"),
        ("vit_b_16", {**HUGE, "image_size": 518}, 633_470_440, "1016.717"),
    ],
    ids=["b_16 at 384", "l_16 at 512", "h_14", "h_14 at 518"],
)
def test_what_torchvision_says_of_its_swag_weights(name, arguments, params, gmacs):
    found = cs.report(cs.zoo(name, **arguments))
    assert (found.params, f"{found.at().macs / 1e9:.3f}") == (params, gmacs)


def test_the_image_size_is_the_size_that_fits():
    found = cs.report(cs.zoo("vit_b_32", image_size=64))
    fitting = [(H, W) for H in range(32, 161) for W in (64, 95, 96, 160) if found.at(H=H, W=W).valid]
    # Four patches of 32: two by two, or in one line of four.
    assert fitting == [(H, W) for H in range(32, 161) for W in (64, 95, 96, 160) if (H // 32) * (W // 32) == 4]


def test_widths_as_a_formula():
    """Numbers of a patch: one embedding, two norms and one attention and perceptron a layer."""
    found = cs.report(cs.zoo("vit_b_16", layers=1, width_mult="w"))
    for w in (1, 2):
        d, h = 768 * w, 3072 * w
        layer = 4 * d + (3 * d * d + 3 * d) + (d * d + d) + (d * h + h) + (h * d + d)
        around = (768 * d + d) + d + 197 * d + 2 * d + 1000 * d + 1000
        at = cs.report(cs.zoo("vit_b_16", layers=1, width_mult=w)).params
        assert at == found.at(w=w).params == layer + around


def test_arguments_that_do_not_fit():
    for arguments, told in (
        ({"image_size": 225}, "image_size is a multiple of patch"),
        ({"width": 100}, "width is a multiple of heads"),
        ({"heads": 0}, "heads is a whole number from 1"),
    ):
        with pytest.raises(cs.UsageError, match=told) as caught:
            cs.zoo("vit_b_16", **arguments)
        assert caught.value.fault.code == "CS009"
