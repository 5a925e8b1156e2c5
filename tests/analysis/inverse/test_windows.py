"""Windows between two sizes: 1 500 random questions against trying all windows and counting."""

import random

import pytest

from cnnshape.analysis.inverse.windows import Choices, suggestion, windows_between
from cnnshape.errors import UsageError
from cnnshape.symbolic import dim
from tests.analysis.counting import positions, spread

KERNELS, STRIDES, DILATIONS = range(1, 6), range(1, 5), (1, 2)
ASKED = Choices(KERNELS, STRIDES, DILATIONS)
TRANSPOSED = Choices(KERNELS, STRIDES, DILATIONS, transposed=True)
TRIED = [(k, s, dilation) for k in KERNELS for s in STRIDES for dilation in DILATIONS]
PLAIN = [(k, s, dilation) for k, s, dilation in TRIED if k > 1 or dilation == 1]  # one tap has no distance
H = dim("H")


def extent(k, dilation):
    return dilation * (k - 1) + 1


def key(w):
    return w.kernel, w.stride, w.dilation, w.before, w.output_padding


def found(before, after, asked):
    answer = windows_between(before, after, asked)
    assert all(w.before == w.after for w in (*answer.found, *answer.beyond))
    return {key(w) for w in answer.found}


def test_windows_at_one_size():
    rng = random.Random("one size")
    for _ in range(1000):
        d, o = rng.randint(1, 40), rng.randint(1, 20)
        tried = {
            (k, s, dilation, p, 0)
            for k, s, dilation in PLAIN
            for p in range(extent(k, dilation))
            if positions(d, k, s, p, dilation) == o
        }
        assert found(d, o, ASKED) == tried


def test_windows_at_all_sizes():
    # From 30 on no count is cut off at 0; strides up to 4 repeat after 12.
    rng = random.Random("all sizes")
    for _ in range(250):
        m, b = rng.randint(1, 4), rng.randint(-2, 2)
        a = rng.randrange(m)
        tried = {
            (k, s, dilation, p, 0)
            for k, s, dilation in PLAIN
            for p in range(extent(k, dilation))
            if all(positions(d, k, s, p, dilation) == (d + a) // m + b for d in range(30, 60))
        }
        assert found(H, (H + a) // m + b, ASKED) == tried


def test_transposed_windows():
    rng = random.Random("transposed")
    for _ in range(150):
        d, o = rng.randint(1, 8), rng.randint(1, 30)
        tried = {
            (k, s, dilation, p, added)
            for k, s, dilation in TRIED
            for added in range(max(s, dilation))
            if k > 1 or dilation == 1 or added >= s  # one tap has no distance
            for p in range(extent(k, dilation))
            if spread(d, k, s, p, dilation, added) == o
        }
        assert found(d, o, TRANSPOSED) == tried
    for _ in range(100):
        m, c = rng.randint(1, 4), rng.randint(-3, 3)
        tried = {
            (k, s, dilation, p, added)
            for k, s, dilation in TRIED
            for added in range(max(s, dilation))
            if k > 1 or dilation == 1 or added >= s  # one tap has no distance
            for p in range(extent(k, dilation))
            if all(spread(d, k, s, p, dilation, added) == m * d + c for d in (1, 2, 5, 9))
        }
        assert found(H, m * H + c, TRANSPOSED) == tried


def test_those_with_padding_alone_stand_apart():
    rng = random.Random("beyond")
    for _ in range(100):
        d, o = rng.randint(1, 20), rng.randint(1, 20)
        answer = windows_between(d, o, ASKED)
        tried = {
            (k, s, dilation, p, 0)
            for k, s, dilation in PLAIN
            for p in range(100)
            if positions(d, k, s, p, dilation) == o
        }
        assert {key(w) for w in (*answer.found, *answer.beyond)} == tried
        assert all(w.before >= extent(w.kernel, w.dilation) for w in answer.beyond)


def test_a_padding_that_is_asked_for_is_the_only_one():
    answer = windows_between(5, 9, Choices(kernels=(1, 3), strides=(1,), paddings=(2, 3)))
    assert [(w.kernel, w.before) for w in answer.found] == [(1, 2), (3, 3)]
    assert answer.beyond == ()


@pytest.mark.parametrize(
    ("before", "after", "asked", "words"),
    [
        (224, 7, None, "-s 32"),
        (7, 14, Choices(strides=(2,)), "--transposed"),
        (14, 7, Choices(kernels=(2, 3), transposed=True), "without --transposed"),
        (H, 2 * H, None, "--transposed"),
        (H, H // 3, Choices(strides=(2,)), "-s 3"),
        (H, H // 2, Choices(kernels=(3,)), "-s 2 -k 1..11"),
        (10, 4, Choices(strides=(1,), paddings=(9,)), "another padding"),
        (H, H + H // 2, None, ""),
        (10**12, 3, None, ""),
        (10**12, 10**12 - 50, None, "-k 51 -s 1"),
    ],
)
def test_what_is_suggested_works(before, after, asked, words):
    answer = windows_between(before, after, asked)
    assert answer.found == ()
    assert suggestion(answer) == words


@pytest.mark.parametrize(
    ("before", "after", "asked", "message"),
    [
        (0, 4, None, "a size is at least 1"),
        (3, H, None, "which sizes are meant"),
        (2 * H, H, None, "which sizes are meant"),
        (H, dim("W"), None, "W has other symbols than H"),
        (4, 2, Choices(kernels=(0,)), "a kernel of 0"),
        (4, 2, Choices(strides=()), "a stride of nothing"),
        (4, 2, Choices(kernels=range(1, 9000), strides=range(1, 900)), "too many windows"),
    ],
)
def test_what_can_not_be_asked(before, after, asked, message):
    with pytest.raises(UsageError, match=message):
        windows_between(before, after, asked)


@pytest.mark.parametrize(("before", "after"), [(10, 20), (10, 21), (10, 28), (10, 30), (60, 119)])
def test_a_transposed_window_of_one_tap_is_listed_once(before, after):
    """Its dilation matters only where it allows an output padding that no smaller one does."""
    found = windows_between(before, after, Choices((1,), (1, 2, 3), (1, 2, 4), transposed=True)).found
    wanted = {
        (s, p)
        for s in (1, 2, 3)
        for p in range(max(s, 4))
        if (before - 1) * s + 1 + p == after
    }  # fmt: skip
    assert sorted((w.stride, w.output_padding) for w in found) == sorted(wanted)
