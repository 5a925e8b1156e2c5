"""DCGAN's generator: counts by hand, PyTorch."""

from functools import cache
from itertools import pairwise

import pytest

import cnnshape as cs
from cnnshape.errors import UsageError

WIDTHS = (100, 512, 256, 128, 64, 3)
AREA = 16  # of each kernel


@cache
def report(**arguments):
    return cs.report(cs.zoo("dcgan", **arguments))


def test_it_makes_a_picture_of_numbers():
    found = report()
    norms = 2 * sum(WIDTHS[1:-1])
    assert found.params == sum(a * b * AREA for a, b in pairwise(WIDTHS)) + norms
    assert found.params == 3_576_704  # torchsummary of PyTorch's tutorial
    # Each input pixel is multiplied with the whole kernel: 1, 4x4, 8x8, 16x16 and 32x32 pixels go in.
    sides = (1, 4, 8, 16, 32)
    assert found.at().macs == sum(a * b * AREA * side**2 for (a, b), side in zip(pairwise(WIDTHS), sides, strict=True))
    assert found.at(N=1, H=1, W=1).outputs["main.13"] == (1, 3, 64, 64)


def test_every_tensor_is_pytorchs(torch):
    from tests.oracles.torch_reference import answer

    found = report()
    for H, W in ((1, 1), (2, 5), (3, 1)):
        said = answer(found.network, {"N": 2, "H": H, "W": W})
        assert found.at(N=2, H=H, W=W).tensors == {name: shape for name, (shape, _) in said.tensors.items()}
        assert found.params == said.parameters


def test_a_larger_vector_makes_a_larger_picture():
    """Four doublings of the 4x4 map of one position, whose neighbors lie one position apart."""
    assert [str(size) for size in report().outputs["main.13"]] == ["N", "3", "16*H + 48", "16*W + 48"]


@pytest.mark.parametrize(
    ("arguments", "widths"),
    [
        ({"in_channels": 128}, (128, *WIDTHS[1:])),
        ({"out_channels": 1}, (*WIDTHS[:-1], 1)),
        ({"width_mult": 2}, (100, 1024, 512, 256, 128, 3)),  # the widths of the paper's figure 1
    ],
)
def test_arguments(arguments, widths):
    assert report(**arguments).params == sum(a * b * AREA for a, b in pairwise(widths)) + 2 * sum(widths[1:-1])


def test_formulas_as_arguments():
    found = report(in_channels="z", out_channels="c", width_mult="w")
    assert found.at(z=100, c=3, w=1).params == report().params


def test_refused():
    with pytest.raises(UsageError, match="out_channels = 0 does not fit"):
        cs.zoo("dcgan", out_channels=0)
