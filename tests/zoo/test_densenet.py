"""DenseNet with other depths and growths, against formulas of one dense block."""

import pytest

import cnnshape as cs
from cnnshape.symbolic import dim


def report(**arguments):
    return cs.report(cs.zoo("densenet121", **arguments))


def around(channels):
    """Parameters in front of one dense block (7x7 to 64, norm) and behind it (norm, classifier)."""
    return 49 * 3 * 64 + 2 * 64 + 2 * channels + 1000 * channels + 1000


@pytest.mark.parametrize("n", [1, 2, 7, 24])
def test_a_dense_block_is_a_square_of_its_depth(n):
    """Layer i has 64 + 32i channels: norm, 1x1 to 128, norm, 3x3 to 32. The sum is 2080 n^2 + 43360 n."""
    assert report(depths=(n,)).params == around(64 + 32 * n) + 2080 * n**2 + 43_360 * n


def test_growth_as_a_formula():
    k = dim("k")
    layer = 2 * 64 + 64 * 4 * k + 2 * 4 * k + 4 * k * 9 * k
    assert report(depths=(1,), growth="k").params == around(64 + k) + layer


def test_densenet_161_is_wider_and_deeper():
    assert report(growth=48, stem=96, depths=(6, 12, 36, 24)).params == 28_681_000
    assert report(width_mult=1.5, depths=(6, 12, 36, 24)).params == 28_681_000


@pytest.mark.parametrize(("name", "total"), [("densenet121", 8_062_504), ("densenet201", 20_242_984)])
def test_keras_counts_the_statistics(name, total):
    """keras.applications: "Total params"."""
    totals = cs.report(cs.zoo(name)).totals
    assert totals.params + totals.buffers == total


def test_arguments_that_do_not_fit():
    for arguments, told in (
        ({"growth": 0}, "growth is a whole number from 1 to 1000000"),
        ({"stem": None}, "stem is a whole number from 1 to 1000000"),
        ({"depths": ()}, "depths is a list of whole numbers from 1 to 10000"),
    ):
        with pytest.raises(cs.UsageError, match=told):
            cs.zoo("densenet121", **arguments)
