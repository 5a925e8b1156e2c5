"""Residual networks as formulas of their width."""

import pytest

import cnnshape as cs
from cnnshape.symbolic import dim, evaluate


def report(name, **arguments):
    return cs.report(cs.zoo(name, **arguments))


def test_resnet50_as_a_formula_of_its_width():
    """With c channels behind the stem: the kernels grow as c^2; stem, norms and classifier as c."""
    c = dim("c")
    assert report("resnet50", width_mult="c/64").params == 5724 * c * c + 32_977 * c + 1000
    w = dim("w")
    found = report("resnet50", width_mult="w")
    assert found.params == 5724 * 64**2 * w * w + 32_977 * 64 * w + 1000
    assert evaluate(found.params, {"w": 1}) == 25_557_032  # torchvision


@pytest.mark.parametrize("H", [1, 32, 33, 224, 225])
def test_the_multiply_adds_of_resnet50_are_six_terms(H):
    """The stem, the four stages by their map, and the classifier."""
    found, W = report("resnet50", width_mult="c/64"), 100
    for c in (8, 64):
        area = {s: -(-H // s) * -(-W // s) for s in (2, 4, 8, 16, 32)}
        stem, classifier = 147 * c * area[2], 32_000 * c
        # A unit of width v on a map: 4v*v + 9v*v + v*4v. A stage's first unit takes other channels: its first
        # convolution runs on the larger map (v1.5), and it has a shortcut.
        units = {4: (c, 3), 8: (2 * c, 4), 16: (4 * c, 6), 32: (8 * c, 3)}
        stages = 0
        for s, (v, count) in units.items():
            inp, larger = (c, area[4]) if s == 4 else (2 * v, area[s // 2])
            first = inp * v * larger + (13 * v * v + inp * 4 * v) * area[s]
            stages += first + (count - 1) * 17 * v * v * area[s]
        assert found.at(N=1, H=H, W=W, c=c).macs == stem + stages + classifier


def test_wide_networks_and_depths_are_arguments():
    assert report("resnet50", group_width=128).params == 68_883_240  # torchvision's wide_resnet50_2
    assert report("resnet50", groups=32, group_width=4).params == 25_028_904  # torchvision's resnext50_32x4d
    assert report("resnet50", depths=(3, 8, 36, 3)).params == 60_192_808  # torchvision's resnet152
