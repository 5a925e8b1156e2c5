"""Where windows lie and what they never read, against windows that are laid one by one."""

from hypothesis import given
from hypothesis import strategies as st

from cnnshape.analysis.derivation.seen import described, seen, unread
from cnnshape.symbolic import Window, dim, output_size

windows = st.builds(
    Window,
    kernel=st.integers(1, 4),
    stride=st.integers(1, 5),
    before=st.integers(-1, 2),
    after=st.integers(-1, 2),
    dilation=st.integers(1, 3),
    mode=st.sampled_from(["floor", "ceil"]),
)


@given(st.integers(14, 40), windows)
def test_every_position_is_read_or_named(d, window):
    read, start = set(), -window.before
    for _ in range(output_size(d, window)):
        read |= {start + window.dilation * tap for tap in range(window.kernel)}
        start += window.stride
    of_input, of_padding = unread(d, window)
    assert set(of_input) == set(range(d)) - read
    padding = {*range(-window.before, 0), *range(d, d + window.after)}
    assert set(of_padding) == padding - read


@given(st.integers(14, 40), windows)
def test_the_words_say_where_the_last_window_ends(d, window):
    count = output_size(d, window)
    last = window.stride * (count - 1) - window.before
    words = seen(d, window)[0]
    end = last + window.dilation * (window.kernel - 1)
    if count > 1:
        assert words.endswith(f"(i = {count - 1}) {last}..{end}" if end > last else f"(i = {count - 1}) {last}")


def test_the_words_say_which_positions_a_dilated_transposed_window_adds_to():
    words = seen(7, Window(kernel=4, stride=3, dilation=2, mode="transposed"))
    assert words == ["input pixel i adds to {many} 3*i .. 3*i + 6 of the output, every 2nd of them"]


def test_nothing_is_left_out_where_nothing_is():
    assert seen(5, Window(kernel=3))[1] == "left out: nothing"


def test_a_stride_above_the_kernel_leaves_holes():
    assert described(unread(8, Window(kernel=1, stride=2))[0]) == "{many} 1, 3, 5, 7"
    assert described(unread(20, Window(kernel=1, stride=2))[0]) == "{many} 1, 3, 5 ... 19 (10 of them)"


def test_nothing_is_said_of_a_free_size():
    assert seen(dim("H"), Window(kernel=3)) == []
    assert unread(dim("H"), Window(kernel=3)) is None


def test_long_axes_are_not_looked_at_one_by_one():
    assert unread(10**9, Window(kernel=3)) is None
