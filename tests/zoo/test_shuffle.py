"""ShuffleNetV2 with other channels and depths."""

import pytest

import cnnshape as cs


def report(name, **arguments):
    return cs.report(cs.zoo(name, **arguments))


def test_the_channels_make_the_network():
    widths = cs.zoo.shufflenet_v2_x0_5.options["widths"]
    assert report("shufflenet_v2_x1_0", widths=widths).params == 1_366_792  # torchvision's x0_5


def test_one_unit_more():
    """On half of 232 channels: 1x1, 3x3 of each channel, 1x1, each with its norm."""
    more = report("shufflenet_v2_x1_0", depths=(4, 9, 4)).params - report("shufflenet_v2_x1_0").params
    assert more == 116 * 116 * 2 + 116 * 9 + 3 * 2 * 116


def test_ten_classes_of_gray_pictures():
    found = report("shufflenet_v2_x1_0", num_classes=10, in_channels=1)
    assert found.params == 2_278_604 - 990 * 1025 - 2 * 9 * 24


def test_arguments_that_do_not_fit():
    with pytest.raises(cs.UsageError, match="each stage has an even number") as caught:
        cs.zoo("shufflenet_v2_x1_0", widths=(24, 117, 232, 464, 1024))
    assert caught.value.fault.fix == "widths=(24, 118, 232, 464, 1024)"
    with pytest.raises(cs.UsageError, match="widths is a list of 5 whole numbers"):
        cs.zoo("shufflenet_v2_x1_0", widths=(24, 116))
