"""ZFNet (Zeiler, Fergus 2014, arXiv 1311.2901): the maps of its figure 3, parameters by hand."""

import cnnshape as cs


def test_maps_of_figure_3():
    at = cs.report(cs.zoo("zfnet")).at()
    sides = {"conv1": 110, "pool1": 55, "conv2": 26, "pool2": 13, "conv3": 13, "conv4": 13, "conv5": 13, "pool5": 6}
    assert {name: at.tensors[name][2:] for name in sides} == {name: (side, side) for name, side in sides.items()}
    widths = {
        "conv1": 96,
        "conv2": 256,
        "conv3": 384,
        "conv4": 384,
        "conv5": 256,
        "fc6": 4096,
        "fc7": 4096,
        "fc8": 1000,
    }
    assert {name: at.tensors[name][1] for name in widths} == widths


def test_parameters_by_hand():
    convolutions = ((3, 96, 7), (96, 256, 5), (256, 384, 3), (384, 384, 3), (384, 256, 3))
    linear = ((36 * 256, 4096), (4096, 4096), (4096, 1000))
    count = sum(a * b * k * k + b for a, b, k in convolutions) + sum(a * b + b for a, b in linear)
    assert cs.report(cs.zoo("zfnet")).params == count == 62_357_608


def test_arguments():
    assert cs.report(cs.zoo("zfnet", num_classes=10)).params == 62_357_608 - 990 * 4097
    assert cs.report(cs.zoo("zfnet", in_channels=1)).params == 62_357_608 - 2 * 96 * 49
    assert cs.report(cs.zoo("zfnet", width_mult="w")).at(w=1).params == 62_357_608
