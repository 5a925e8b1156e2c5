"""MobileNetV2, V3 and MNASNet at other widths, against the tables of their authors."""

from fractions import Fraction

import pytest

import cnnshape as cs
from cnnshape.zoo.builders.mobile import mobilenet_v3_features, mobilenet_v3_taps
from cnnshape.zoo.parts import divisible, network, seq


def report(name, **arguments):
    return cs.report(cs.zoo(name, **arguments))


@pytest.mark.parametrize(
    ("width_mult", "millions", "params"),
    [(1.4, 582, 6.06), (1.3, 509, 5.34), (1.0, 300, 3.47), (0.75, 209, 2.61), (0.5, 97, 1.95), (0.35, 59, 1.66)],
)
def test_mobilenet_v2_of_other_widths(width_mult, millions, params):
    """keras.applications.mobilenet_v2, the table of checkpoints; its parameters leave batch norm out."""
    at = report("mobilenet_v2", width_mult=width_mult).at()
    assert at.macs // 10**6 == millions
    norms = sum(layer.params for layer in at if layer.kind == "norm")
    assert round((at.params - norms) / 1e6, 2) == params


@pytest.mark.parametrize(("side", "millions"), [(192, 221), (160, 154), (128, 99), (96, 56)])
def test_mobilenet_v2_of_smaller_pictures(side, millions):
    """The same table."""
    assert report("mobilenet_v2").at(H=side, W=side).macs // 10**6 == millions


@pytest.mark.parametrize(("width_mult", "params"), [(0.5, 1.97), (1.4, 6.11)])
def test_mobilenet_v2_in_timm(width_mult, params):
    """timm's results, mobilenetv2_050 and mobilenetv2_140: millions of parameters."""
    assert round(report("mobilenet_v2", width_mult=width_mult).params / 1e6, 2) == params


def test_mobilenet_v2_in_keras_counts_the_statistics():
    """keras.applications.MobileNetV2: 3 538 984 in total, 34 112 of them not trained."""
    totals = report("mobilenet_v2").totals
    assert (totals.params + totals.buffers, totals.buffers) == (3_538_984, 34_112)


def test_parameters_are_steps_of_the_width():
    """The channels of MobileNetV2 change where the width crosses the middle of two multiples of 8."""
    # In front of 0.9875 only the 320 channels are 8 fewer: out of 960, with their norm, into 1280.
    widths = (0.975, 0.98, Fraction(79, 80) - Fraction(1, 9999))
    assert {report("mobilenet_v2", width_mult=w).params for w in widths} == {3_504_872 - 8 * (960 + 2 + 1280)}
    assert report("mobilenet_v2", width_mult=0.9875).params == 3_504_872
    # 160 * 0.975 = 156 is the middle of 152 and 160, 320 * 0.9875 = 316 that of 312 and 320.
    assert [divisible(160 * Fraction("0.975")), divisible(320 * Fraction("0.9874"))] == [160, 312]


@pytest.mark.parametrize(("name", "width_mult"), [("mnasnet0_5", 0.5), ("mnasnet0_75", 0.75), ("mnasnet1_3", 1.3)])
def test_mnasnet_is_one_network_of_several_widths(name, width_mult):
    found, published = report("mnasnet1_0", width_mult=width_mult), cs.zoo.__getattr__(name).published
    assert (found.params, f"{found.at().macs / 1e9:.3f}") == (published.params, published.gmacs)


def test_depths_are_units():
    """One more unit of 64 channels: 1x1 to 384, 3x3 of each channel, 1x1 back; two numbers of each norm's channels."""
    more = report("mobilenet_v2", depths=(1, 2, 3, 5, 3, 3, 1)).params - report("mobilenet_v2").params
    assert more == 64 * 384 + 384 * 9 + 384 * 64 + 2 * (384 + 384 + 64)


# --- MobileNetV3 as the backbone of other networks ----------------------------------------------------------------


@pytest.mark.parametrize("layout", ["small", "large"])
def test_a_dilated_backbone_has_the_same_weights_and_a_larger_map(layout):
    reports = [
        cs.report(network("backbone", seq(*mobilenet_v3_features(layout, dilated=dilated)), H=224, W=224))
        for dilated in (False, True)
    ]
    assert reports[0].params == reports[1].params
    last = len(mobilenet_v3_features(layout)) - 1
    assert [found.at().tensors[f"{last}.2"][2:] for found in reports] == [(7, 7), (14, 14)]
    dilations = [getattr(node.layer, "dilation", 1) for node in reports[1].network.nodes]
    assert [dilation for dilation in dilations if dilation not in (1, (1, 1))] == [2] * 3


@pytest.mark.parametrize("layout", ["small", "large"])
def test_taps_are_where_the_map_is_halved(layout):
    features = mobilenet_v3_features(layout)
    sides = []
    for i in range(len(features)):
        (shape,) = cs.report(network("cut", seq(*features[: i + 1]), H=224, W=224)).at().outputs.values()
        sides.append(shape[-1])
    halved = [i for i, side in enumerate(sides) if side != (sides[i - 1] if i else 224)]
    assert mobilenet_v3_taps(layout) == (*halved, len(features) - 1)


def test_taps_of_segmentation_networks():
    """torchvision: LR-ASPP and DeepLabV3 take features.4 and features.16, of 40 and 960 channels."""
    taps, features = mobilenet_v3_taps("large"), mobilenet_v3_features("large")
    assert (taps[-4], taps[-1]) == (4, 16)
    for tap, channels in ((4, 40), (16, 960)):
        (shape,) = cs.report(network("cut", seq(*features[: tap + 1]), H=224, W=224)).outputs.values()
        assert shape[1] == channels


def test_arguments_that_do_not_fit():
    for arguments, told in (
        ({"width_mult": "w"}, "this network rounds its channels, which a formula cannot"),
        ({"width_mult": 0}, "width_mult is a number above 0"),
        ({"depths": (1, 2)}, "depths is a list of 7 whole numbers from 1 to 10000"),
        ({"depths": (1, 2, 3, 4, 3, 3, 0)}, "depths is a list of 7 whole numbers from 1 to 10000"),
    ):
        with pytest.raises(cs.UsageError, match=told) as caught:
            cs.zoo("mobilenet_v2", **arguments)
        assert caught.value.fault.code == "CS009"
    with pytest.raises(cs.UsageError, match="layout is one of 'small', 'large'"):
        cs.zoo("mobilenet_v3_small", layout="medium")
