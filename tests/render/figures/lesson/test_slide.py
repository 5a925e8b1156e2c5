"""Where windows lie, against windows that are slid over numbered arrays."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnshape.render.figures.lesson.slide import Strip, slide
from cnnshape.symbolic import Window


def slid(d, kernel, stride, before, after, dilation):
    """The positions of every window on a padded line, -1 in the padding: those that fit in whole."""
    line = np.concatenate([[-1] * before, np.arange(d), [-1] * after]).astype(int)
    extent = dilation * (kernel - 1) + 1
    return [line[start : start + extent : dilation].tolist() for start in range(0, len(line) - extent + 1, stride)]


sizes = st.tuples(
    st.integers(1, 30), st.integers(1, 5), st.integers(1, 4), st.integers(0, 3), st.integers(0, 3), st.integers(1, 3)
)


@given(sizes)
def test_windows_are_those_that_fit(case):
    d, kernel, stride, before, after, dilation = case
    expected = slid(*case)
    if not expected:
        return
    found = slide(d, Window(kernel, stride, before, after, dilation))
    assert found.count == len(expected)
    windows = [[p if 0 <= p < d else -1 for p in found.window(i)] for i in range(found.count)]
    assert windows == expected
    # Every position that a window reads is numbered from 0 at the first pixel of the map.
    read = {p for window in expected for p in window if p >= 0}
    assert {p for p in found.read if 0 <= p < d} == read
    assert found.low == -before
    assert found.high == d - 1 + after


def test_a_transposed_window_lies_where_its_pixel_adds():
    # 1-D transposed convolution of 4 pixels, kernel 3, stride 2, padding 1: each pixel adds to 3 places of 9, cut to 7.
    found = slide(4, Window(3, 2, 1, 1, mode="transposed"))
    assert (found.size, found.count, found.whole) == (7, 4, 9)
    canvas = [[i for i in range(9) if 2 * pixel <= i < 2 * pixel + 3] for pixel in range(4)]
    assert [list(found.window(i)) for i in range(4)] == [[i - 1 for i in places] for places in canvas]


def test_output_padding_is_read_by_no_window():
    found = slide(4, Window(2, 3, mode="transposed", output_padding=1))
    assert found.size == 3 * 3 + 2 + 1
    assert sorted(set(range(found.size)) - found.read) == [2, 5, 8, 11]


def test_a_window_of_ceil_mode_reaches_beyond():
    found = slide(112, Window(3, 2, 1, 1, mode="ceil"))
    assert found.count == 57
    assert found.window(56) == (111, 112, 113)
    assert found.high == 113


@pytest.mark.parametrize("d", range(1, 60))
def test_what_is_shown_holds_the_first_windows_and_the_last(d):
    found = slide(d, Window(3, 2, 1, 1))
    strip = Strip(0, 10, found.shown(14))
    wanted = {*found.window(0), *found.window(min(1, found.count - 1)), *found.window(found.count - 1)}
    assert wanted <= set(strip.positions)
    assert len(strip.positions) <= 16
    assert list(strip.positions) == sorted(set(strip.positions))
    # Cells do not overlap, and what is left out takes room of its own.
    places = [strip.at(p) for p in strip.positions]
    assert all(b - a >= 10 for a, b in pairwise(places))
    assert strip.end == places[-1] + 10
