"""The rule that an error prints, evaluated at the numbers of the layer, against windows that are counted."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, Spec
from cnnshape.layers.demands import slide
from cnnshape.symbolic import Window, dim

_SHORT = {"2p": "2*p", "d(k-1)": "d*(k-1)", "- 1)s": "- 1)*s", "/s)": "//s)"}


def counted(d, w):
    """Return how many positions the output has, by laying the windows one by one."""
    extent = (w.kernel - 1) * w.dilation + 1
    if w.mode == "transposed":  # what the taps of all inputs reach, without the padding
        return (d - 1) * w.stride + extent + w.output_padding - w.before - w.after
    # What is beyond the padded map may be reached by less than a stride, if the window starts before the padding there.
    beyond = w.stride - 1 if w.mode == "ceil" else 0
    starts = range(-w.before, d if w.mode == "ceil" else d + w.after, w.stride)
    return sum(start + extent <= d + w.after + beyond for start in starts)


def printed(d, w):
    """Return the left side of the rule that an error would print, at numbers."""
    ctx = Context()
    slide(ctx, Spec((1, 1, dim("H"))), 2, w)
    assume(ctx.conditions)
    rule = ctx.conditions[0].fault().fault.rule
    assert rule.endswith(" must be >= 1")
    left = rule.removesuffix(" must be >= 1")
    for short, full in _SHORT.items():
        left = left.replace(short, full)
    names = {"L": d, "k": w.kernel, "d": w.dilation, "s": w.stride, "output_padding": w.output_padding}
    names |= {"p": w.before, "a": w.before, "b": w.after, "min": min, "floor": lambda size: size}
    return eval(left, {"__builtins__": {}}, names)  # the rule is our own text


@given(
    st.integers(1, 12),
    st.builds(
        Window,
        kernel=st.integers(1, 7),
        stride=st.integers(1, 4),
        before=st.integers(0, 3),
        after=st.integers(0, 3),
        dilation=st.integers(1, 3),
        mode=st.sampled_from(["floor", "ceil", "transposed"]),
    ),
)
def test_the_printed_rule_counts_windows(d, w):
    size = printed(d, w)
    count = counted(d, w)
    assert (size >= 1) == (count >= 1)
    if count >= 1:
        assert size == count


def test_the_letters_of_the_rule_are_the_same_in_every_mode():
    rules = {}
    for w in (Window(9), Window(9, mode="ceil"), Window(3, before=2, after=2, mode="transposed")):
        with pytest.raises(ShapeError) as raised:
            slide(Context(), Spec((1, 1, 1, 1)), 2, w)
        rules[w.mode] = raised.value.fault.rule
    assert rules == {
        "floor": "floor((H + 2p - d(k-1) - 1)/s) + 1 must be >= 1",
        "ceil": "floor((H + p + s - 1 + min(0, p + s - d(k-1) - 1))/s) must be >= 1",
        "transposed": "(H - 1)s - 2p + d(k-1) + 1 + output_padding must be >= 1",
    }
