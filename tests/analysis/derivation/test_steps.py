"""The calculators' derivations: the numbers put in give the size that PyTorch's rule gives."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnshape.analysis.derivation.steps import steps
from cnnshape.symbolic import Window, dim, evaluate, parse

windows = st.builds(
    Window,
    kernel=st.integers(1, 5),
    stride=st.integers(1, 4),
    before=st.integers(0, 2),
    after=st.integers(0, 2),
    dilation=st.integers(1, 3),
    mode=st.sampled_from(["floor", "ceil", "same_upper", "same_lower"]),
)


@given(st.integers(20, 60), windows)
def test_the_line_with_the_numbers_is_true(d, window):
    found = steps(d, window)
    for line in found.filled:
        if " = " in line:
            formula, *between, value = line.removeprefix("E = D*(N - 1) + 1 = ").split(" = ")
            assert between == []
            assert evaluate(parse(formula), {}) == int(value)


transposed = st.builds(
    Window,
    kernel=st.integers(1, 5),
    stride=st.integers(1, 4),
    before=st.integers(0, 2),
    after=st.integers(0, 2),
    dilation=st.integers(1, 3),
    mode=st.just("transposed"),
    output_padding=st.integers(0, 1),
)


@given(st.integers(20, 60), windows | transposed)
def test_every_letter_of_the_rule_is_explained(d, window):
    found = steps(d, window)
    rules = [found.rule, *(line.split(" = ")[1] for line in found.filled if line.startswith("E = "))]
    used = set(re.findall(r"\b[A-Za-z]\b", " ".join(rules)))
    assert used <= {row.split()[0] for row in found.letters.split(", ")}


@given(st.integers(20, 60), st.integers(1, 5), st.integers(1, 4), st.integers(0, 2), st.integers(0, 2))
def test_what_is_cut_off_is_what_no_window_reaches(d, kernel, stride, before, after):
    reached = set()
    start = -before
    while start + kernel <= d + after:
        reached |= set(range(start, start + kernel))
        start += stride
    rest = d + after - 1 - max(reached)
    said = steps(d, Window(kernel=kernel, stride=stride, before=before, after=after)).cut_off
    assert (said == "nothing") is (rest == 0)
    if rest:
        assert said.startswith(f"{rest} pixel")
    if rest and after:
        lost = max(0, rest - after)
        assert said.endswith(f"{lost or 'none'} of the input")


@pytest.mark.parametrize(
    ("d", "window", "size"),
    [
        # Dumoulin and Visin, A guide to convolution arithmetic for deep learning, relationships 1 to 6 and 14.
        (4, Window(kernel=3), 2),
        (5, Window(kernel=4, before=2, after=2), 6),
        (5, Window(kernel=3, before=1, after=1), 5),
        (5, Window(kernel=3, before=2, after=2), 7),
        (5, Window(kernel=3, stride=2), 2),
        (5, Window(kernel=3, stride=2, before=1, after=1), 3),
        (7, Window(kernel=3, dilation=2), 3),
        (2, Window(kernel=3, mode="transposed"), 4),
        (3, Window(kernel=3, stride=2, before=1, after=1, mode="transposed", output_padding=1), 6),
    ],
)
def test_published_sizes(d, window, size):
    found = steps(d, window)
    assert found.size == size
    assert found.filled[-1].endswith(f" = {size}")


def test_symbols_stay():
    found = steps(dim("H"), Window(kernel=3, stride=2))
    assert found.filled == ("floor((H - 3 + 2*0)/2) + 1 = ceil(H/2) - 1",)
    assert found.cut_off == "(H + 1) % 2 pixels at the end"
