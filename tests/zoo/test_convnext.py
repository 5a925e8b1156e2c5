"""ConvNeXt of other widths and depths."""

import pytest

import cnnshape as cs
from cnnshape.symbolic import dim


def report(**arguments):
    return cs.report(cs.zoo("convnext_large", **arguments))


def test_the_extra_large_one():
    """Liu et al. 2022, table 1: ConvNeXt-XL, 350 million parameters, 60.9 * 10^9 multiply-adds at 224."""
    found = report(width=256)
    assert round(found.params / 1e6) == 350
    assert found.at().macs // 10**8 == 609


def test_one_stage_as_a_formula():
    """Stem of 4x4, norm; unit: 7x7 of each channel, norm, to four times the channels and back, scale; norm, classes."""
    c = dim("c")
    stem, unit, head = 48 * c + c + 2 * c, 50 * c + 2 * c + 8 * c * c + 5 * c + c, 2 * c + 1000 * c + 1000
    for depth in (1, 3):
        assert report(depths=(depth,), width="c").params == stem + depth * unit + head
    assert report(depths=(2,), width=64, width_mult="c/64").params == stem + 2 * unit + head


def test_arguments_that_do_not_fit():
    with pytest.raises(cs.UsageError, match="width is a whole number from 1 to 1000000"):
        report(width=0)
    with pytest.raises(cs.UsageError, match="depths is a list of whole numbers"):
        report(depths="3339")
