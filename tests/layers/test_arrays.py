"""What the kernels share, against the definitions written out."""

from itertools import product
from math import ceil, floor, prod

import numpy as np
import pytest

from cnnshape.layers.arrays import bins, real
from cnnshape.layers.sliding import bins_total


@pytest.mark.parametrize("sizes", [(1,), (7,), (12,), (5, 6), (8, 3), (4, 3, 5)])
def test_the_bins_of_a_map_are_its_parts(sizes):
    x = np.arange(2 * 3 * prod(sizes)).reshape(2, 3, *sizes)
    for out in product(*([1, 2, 3, size, 2 * size - 1] for size in sizes)):
        found = np.empty((2, 3, *out), object)
        held = 0
        for place, values in bins(x, out):
            flat = np.moveaxis(values, -2, 2)
            found[place] = np.frompyfunc(lambda *v: v, prod(flat.shape[3:]), 1)(
                *np.moveaxis(flat.reshape(*flat.shape[:3], -1), -1, 0)
            )
            held += values.size
        for at in product(*map(range, out)):
            edges = [
                slice(floor(i * size / count), ceil((i + 1) * size / count))
                for i, size, count in zip(at, sizes, out, strict=True)
            ]
            for n, c in np.ndindex(2, 3):
                value = found[(n, c, *at)]
                assert list(np.atleast_1d(value)) == list(x[(n, c, *edges)].flat)
        assert held == 6 * prod(bins_total(size, count) for size, count in zip(sizes, out, strict=True))


def test_bins_of_one_width_are_not_copied():
    x = np.zeros((1, 1, 12, 12))
    assert all(np.shares_memory(held, x) for _, held in bins(x, (3, 4)))


@pytest.mark.parametrize(
    ("given", "computed"),
    [("float16", "float32"), ("float32", "float32"), ("float64", "float64"), ("int8", "float64"), ("bool", "float64"),
     ("uint64", "float64"), ("object", "object")],
)  # fmt: skip
def test_what_a_mean_is_computed_in(given, computed):
    assert real(np.ones(3, given)).dtype == computed
