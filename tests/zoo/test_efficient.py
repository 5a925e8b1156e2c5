"""EfficientNet of other multiples, against PyTorch's and Keras's figures."""

import pytest

import cnnshape as cs


def report(name, **arguments):
    return cs.report(cs.zoo(name, **arguments))


@pytest.mark.parametrize(
    ("width_mult", "depth_mult", "params"),
    [(1.4, 1.8, 19_341_616), (2.2, 3.6, 87_413_142), (4.3, 5.3, 480_309_308)],
    ids=["b4", "b8", "l2"],
)
def test_multiples_of_b0(width_mult, depth_mult, params):
    """timm's efficientnet_b4, _b8 and _l2."""
    assert report("efficientnet_b0", width_mult=width_mult, depth_mult=depth_mult).params == params


@pytest.mark.parametrize(("name", "total"), [("efficientnet_b0", 5_330_571), ("efficientnet_b7", 66_658_687)])
def test_keras_counts_the_statistics_and_its_normalization(name, total):
    """keras.applications: "Total params"; mean, variance and count of the three colors are 7 of them."""
    totals = report(name).totals
    assert totals.params + totals.buffers + 7 == total


def test_the_image_size_is_the_default_of_the_axes():
    found = report("efficientnet_b4", image_size=224)
    assert dict(found.network.defaults) == {"H": 224, "W": 224}
    assert found.params == report("efficientnet_b4").params
    assert found.at().macs == report("efficientnet_b4").at(H=224, W=224).macs


def test_the_second_version_is_scaled_too():
    """The classifier has one row for each of the last channels, which are multiplied like all others."""
    half = report("efficientnet_v2_s", width_mult=0.5)
    assert half.network["classifier.1"].layer.in_features == 640
    twice = report("efficientnet_v2_s", depth_mult=2)
    units = [sum(layer.op == "Add" for layer in each) for each in (report("efficientnet_v2_s"), twice)]
    assert units[1] - units[0] == 2 + 4 + 4 + 6 + 9 + 15


def test_arguments_that_do_not_fit():
    for arguments, told in (
        ({"width_mult": "w"}, "which a formula cannot"),
        ({"depth_mult": -1}, "depth_mult is a number above 0"),
        ({"image_size": 0}, "image_size is a whole number from 1 to 100000"),
        ({"layout": "b9"}, "layout is one of 'b0', 'v2_s', 'v2_m', 'v2_l'"),
    ):
        with pytest.raises(cs.UsageError, match=told):
            cs.zoo("efficientnet_b0", **arguments)
