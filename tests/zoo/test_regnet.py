"""RegNet of other sizes, against torchvision's and the paper's."""

import pytest

import cnnshape as cs


def report(name, **arguments):
    return cs.report(cs.zoo(name, **arguments))


def test_the_largest_one():
    """torchvision's regnet_y_128gf: 644 812 894 parameters, 374.57 * 10^9 multiply-adds at 384."""
    found = report("regnet_y_32gf", depth=27, first_width=456, slope=160.83, factor=2.52, group_width=264)
    assert found.params == 644_812_894
    assert round(found.at(H=384, W=384).macs / 1e9, 2) == 374.57


@pytest.mark.parametrize(
    ("name", "depths", "widths", "group"),
    [
        ("regnet_x_400mf", (1, 2, 7, 12), (32, 64, 160, 400), 16),
        ("regnet_x_3_2gf", (2, 6, 15, 2), (96, 192, 432, 1008), 48),
        ("regnet_y_400mf", (1, 3, 6, 6), (48, 104, 208, 440), 8),
        ("regnet_y_8gf", (2, 4, 10, 1), (224, 448, 896, 2016), 56),
    ],
)
def test_stages_are_those_of_the_paper(name, depths, widths, group):
    """Radosavovic et al. 2020, tables of RegNetX and RegNetY: d_i, w_i and g."""
    network, at = cs.zoo(name), report(name).at()
    for i, (depth, width) in enumerate(zip(depths, widths, strict=True), 1):
        units = [f"trunk_output.block{i}.block{i}-{j}" for j in range(depth)]
        assert {at.tensors[f"{unit}.activation"][1] for unit in units} == {width}
        assert f"trunk_output.block{i}.block{i}-{depth}.activation" not in at.tensors
        assert {network[f"{unit}.f.b.0"].layer.groups for unit in units} == {width // group}


def test_squeeze_and_excitation_is_the_difference_of_x_and_y():
    """The hidden layer has a quarter of the channels that go into the unit."""
    with_it, without = report("regnet_y_400mf"), report("regnet_y_400mf", squeeze=0)
    ops = {name: sum(layer.op == "Sigmoid" for layer in each) for name, each in (("y", with_it), ("x", without))}
    assert ops == {"y": 16, "x": 0}
    outs = [48, *(104,) * 3, *(208,) * 6, *(440,) * 6]
    hidden = [width // 4 for width in (32, *outs[:-1])]
    assert with_it.params - without.params == sum(2 * w * h + w + h for w, h in zip(outs, hidden, strict=True))


def test_arguments_that_do_not_fit():
    for arguments, told in (
        ({"factor": 1}, r"factor is a number from 1\.01 to 100"),
        ({"depth": 2.5}, "depth is a whole number from 1 to 10000"),
        ({"first_width": 0}, "first_width is a whole number from 8 to 100000"),
    ):
        with pytest.raises(cs.UsageError, match=told):
            cs.zoo("regnet_x_8gf", **arguments)
