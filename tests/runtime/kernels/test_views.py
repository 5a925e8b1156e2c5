"""Parts of maps: they cover what is asked for, and are no larger than asked."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cnnshape.runtime.kernels.views import matrix, merged, parts, regular

SIZES = st.integers(1, 40)


@given(st.integers(1, 5), SIZES, SIZES, SIZES, st.integers(1, 4000), st.data())
def test_parts_cover_the_rows_once_and_are_small(n, p, q, k, most, data):
    first = data.draw(st.integers(0, p - 1))
    rows = slice(first, data.draw(st.integers(first + 1, p)))
    covered = np.zeros((n, p), int)
    for images, lines in parts((n, p, q, k), rows, most):
        part = covered[images, lines]
        part += 1
        assert part.size * q * k <= max(most, q * k)
        assert len(part) == 1 or part.shape[1] == p, "several images only with all their rows"
    assert (covered[:, rows] == 1).all()
    assert covered.sum() == n * (rows.stop - rows.start)


@given(st.integers(1, 3), SIZES, SIZES, st.integers(1, 8), st.integers(0, 3), st.integers(0, 3))
def test_maps_as_matrices_hold_the_same_numbers_in_the_same_memory(n, h, w, c, before, after):
    whole = np.arange(n * h * w * (before + c + after), dtype=np.float64).reshape(n, h, w, -1)
    part = whole[..., before : before + c]
    assert regular(part.shape, part.strides, 8)
    pixels = matrix(part)
    np.testing.assert_array_equal(pixels, part.reshape(-1, c))
    assert np.shares_memory(pixels, whole)
    lines = merged(part)
    if before + after == 0 or w == 1:
        np.testing.assert_array_equal(lines, part.reshape(-1, w * c))
        assert np.shares_memory(lines, whole)
    else:
        assert lines is None
