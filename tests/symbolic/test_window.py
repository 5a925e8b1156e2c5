"""The window rule against windows counted one by one, against PyTorch's meta device, and as formulas."""

import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnshape.errors import ArgumentError, FormulaError
from cnnshape.symbolic.dim import bound, ceildiv, dim, evaluate, floordiv, symbols
from cnnshape.symbolic.window import (
    Window,
    effective_kernel,
    first_difference,
    left_out,
    output_size,
    padded,
    padding_of,
    scaled,
)

H, K, P = dim("H"), dim("k"), dim("p")


def taps(w):
    return [j * w.dilation for j in range(w.kernel)]


def starts(w, width, first_outside=None):
    """The starts of all windows that lie inside `width`; with `first_outside` they must also start before it."""
    found = [i for i in range(0, max(width, 0), w.stride) if i + taps(w)[-1] < width]
    return found if first_outside is None else [i for i in found if i < first_outside]


def counted(d, w):
    """Number of positions, by counting windows."""
    if w.mode == "transposed":
        written = {i * w.stride + j for i in range(d) for j in taps(w)}
        return max(written) + 1 + w.output_padding - w.before - w.after
    if w.mode.startswith("same"):
        return len(range(0, d, w.stride))
    width = d + w.before + w.after
    if w.mode == "ceil":  # the input may be continued by less than one stride
        return len(starts(w, width + w.stride - 1, first_outside=d + w.before))
    return len(starts(w, width))


small = st.integers(1, 6)
padding = st.integers(0, 4)
windows = st.builds(
    Window,
    kernel=small,
    stride=small,
    before=padding,
    after=padding,
    dilation=st.integers(1, 3),
    mode=st.sampled_from(["floor", "ceil", "same_upper", "same_lower"]),
)
transposed = st.builds(
    Window,
    kernel=small,
    stride=small,
    before=padding,
    after=padding,
    dilation=st.integers(1, 3),
    mode=st.just("transposed"),
    output_padding=st.integers(0, 3),
)


@given(st.integers(1, 40), windows)
def test_size_is_the_number_of_windows(d, w):
    # A window that does not fit gives a size below 1, how far below says by how much.
    assert max(output_size(d, w), 0) == counted(d, w)


@given(st.integers(1, 12), transposed)
def test_transposed_size_is_what_the_taps_write(d, w):
    assert output_size(d, w) == counted(d, w)
    assert padded(d, w) == counted(d, w) + w.before + w.after


@given(st.integers(1, 40), windows | transposed)
def test_the_formula_evaluates_to_the_size(d, w):
    assert evaluate(output_size(H, w), {"H": d}) == output_size(d, w)
    assert evaluate(padded(H, w), {"H": d}) == padded(d, w)
    assert evaluate(left_out(H, w), {"H": d}) == left_out(d, w)
    assert [evaluate(p, {"H": d}) for p in padding_of(H, w)] == list(padding_of(d, w))


@given(st.integers(1, 40), windows, st.integers(1, 3))
def test_symbolic_kernel_padding_and_dilation(d, w, dilation):
    free = Window(K, w.stride, P, P + w.after, dim("d"), w.mode)
    values = {"H": d, "k": w.kernel, "p": w.before + 1, "d": dilation}
    fixed = Window(w.kernel, w.stride, w.before + 1, w.before + 1 + w.after, dilation, w.mode)
    assert evaluate(output_size(H, free), values) == output_size(d, fixed)
    assert [evaluate(p, values) for p in padding_of(H, free)] == list(padding_of(d, fixed))
    assert evaluate(effective_kernel(free), values) == taps(fixed)[-1] + 1


@given(st.integers(1, 60), windows)
def test_same_padding_is_the_least_that_gives_the_size(d, w):
    w = Window(w.kernel, w.stride, dilation=w.dilation, mode="same_upper")
    least = next(t for t in range(60) if len(starts(w, d + t)) >= len(range(0, d, w.stride)))
    before, after = padding_of(d, w)
    assert before + after == least
    assert after - before in (0, 1)
    assert padding_of(d, Window(w.kernel, w.stride, dilation=w.dilation, mode="same_lower")) == (after, before)


@given(st.integers(1, 60), windows)
def test_same_padding_needs_no_undecided_maximum(d, w):
    w = Window(w.kernel, w.stride, dilation=w.dilation, mode="same_lower")
    assert all("max" not in str(p) for p in padding_of(H, w))


@given(st.integers(1, 40), windows)
def test_left_out_are_the_elements_after_the_last_window(d, w):
    if counted(d, w) < 1:
        return
    before, after = padding_of(d, w)
    last = (counted(d, w) - 1) * w.stride + taps(w)[-1]
    assert left_out(d, w) == len(range(last + 1, d + before + after))


@pytest.mark.parametrize("mode", ["floor", "ceil"])
def test_pytorch_pooling(mode):
    torch = pytest.importorskip("torch")
    rng = random.Random(f"pool {mode}")
    for _ in range(600):
        kernel, stride, dilation = rng.randint(1, 7), rng.randint(1, 6), rng.randint(1, 3)
        p, d = rng.randint(0, kernel // 2), rng.randint(1, 40)
        expected = output_size(d, Window(kernel, stride, p, p, dilation, mode))
        x = torch.empty(1, 1, d, device="meta")
        if expected < 1:
            with pytest.raises(RuntimeError, match=f"output size: {expected}$"):
                torch.nn.functional.max_pool1d(x, kernel, stride, p, dilation, ceil_mode=mode == "ceil")
            continue
        y = torch.nn.functional.max_pool1d(x, kernel, stride, p, dilation, ceil_mode=mode == "ceil")
        assert y.shape[-1] == expected, (d, kernel, stride, p, dilation)
        if dilation == 1:
            assert torch.nn.functional.avg_pool1d(x, kernel, stride, p, mode == "ceil").shape[-1] == expected


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")
def test_pytorch_convolution():
    torch = pytest.importorskip("torch")
    rng = random.Random("convolution")
    for _ in range(600):
        kernel, stride, dilation = rng.randint(1, 7), rng.randint(1, 6), rng.randint(1, 3)
        p, d = rng.randint(0, 5), rng.randint(1, 40)
        expected = output_size(d, Window(kernel, stride, p, p, dilation))
        x, weight = torch.empty(1, 1, d, device="meta"), torch.empty(1, 1, kernel, device="meta")
        if expected < 1:
            with pytest.raises(RuntimeError):
                torch.nn.functional.conv1d(x, weight, None, stride, p, dilation)
        else:
            assert torch.nn.functional.conv1d(x, weight, None, stride, p, dilation).shape[-1] == expected
        same = torch.nn.functional.conv1d(x, weight, None, 1, "same", dilation).shape[-1]
        assert same == output_size(d, Window(kernel, 1, dilation=dilation, mode="same_upper"))


def test_pytorch_transposed_convolution():
    torch = pytest.importorskip("torch")
    rng = random.Random("transposed")
    for _ in range(600):
        kernel, stride, dilation = rng.randint(1, 7), rng.randint(1, 6), rng.randint(1, 3)
        p, d = rng.randint(0, 3), rng.randint(1, 30)
        extra = rng.randrange(max(stride, dilation))
        expected = output_size(d, Window(kernel, stride, p, p, dilation, "transposed", extra))
        if expected < 1:
            continue
        x, weight = torch.empty(1, 1, d, device="meta"), torch.empty(1, 1, kernel, device="meta")
        y = torch.nn.functional.conv_transpose1d(x, weight, None, stride, p, extra, 1, dilation)
        assert y.shape[-1] == expected


def test_pytorch_accepts_a_ceil_window_larger_than_its_input():
    torch = pytest.importorskip("torch")
    y = torch.nn.functional.max_pool2d(torch.empty(1, 1, 1, 1, device="meta"), 2, 2, ceil_mode=True)
    assert y.shape[-1] == output_size(1, Window(2, 2, mode="ceil")) == 1


CHAINS = [
    # (id, kernel, stride and padding of every layer that changes the size, the formula)
    ("AlexNet", [(11, 4, 2), (3, 2, 0), (5, 1, 2), (3, 2, 0), (3, 1, 1), (3, 2, 0)], floordiv(H + 1, 32) - 1),
    ("ResNet-50", [(7, 2, 3), (3, 2, 1), (3, 2, 1), (3, 2, 1), (3, 2, 1)], ceildiv(H, 32)),
    ("DenseNet-121", [(7, 2, 3), (3, 2, 1), (2, 2, 0), (2, 2, 0), (2, 2, 0)], floordiv(H + 3, 32)),
    ("VGG-16", [(3, 1, 1), (2, 2, 0)] * 5, floordiv(H, 32)),
    (
        "Inception-v3",
        [(3, 2, 0), (3, 1, 0), (3, 1, 1), (3, 2, 0), (1, 1, 0), (3, 1, 0), (3, 2, 0), (3, 2, 0), (3, 2, 0)],
        floordiv(H + 21, 32) - 2,
    ),
]


@pytest.mark.parametrize(("layers", "formula"), [row[1:] for row in CHAINS], ids=[row[0] for row in CHAINS])
def test_a_network_ends_in_one_floor(layers, formula):
    size = H
    for kernel, stride, p in layers:
        size = output_size(size, Window(kernel, stride, p, p))
    assert size == formula


def test_padding_of_half_the_kernel_keeps_the_size_of_odd_kernels():
    half = floordiv(K - 1, 2)
    change = output_size(H, Window(K, 1, half, half)) - H
    assert symbols(change) == {"k"}
    assert [evaluate(change, {"k": k}) for k in range(1, 9)] == [0, -1] * 4


def test_two_small_strided_kernels_equal_one_large():
    small_kernel, large = Window(3, 2), Window(7, 4)
    assert output_size(output_size(H, small_kernel), small_kernel) == output_size(H, large)


def test_negative_padding_crops():
    assert output_size(32, Window(before=-3, after=-2)) == len(range(32)[3:-2])


def test_equal_questions_give_one_object():
    first, second = (output_size(dim("H") + 1, Window(3, 2, 1, 1)) for _ in range(2))
    assert first is second


@given(st.integers(1, 200), st.fractions(min_value=0, max_value=4, max_denominator=12))
def test_scaled(d, scale):
    assert scaled(d, scale) == max(n for n in range(900) if n <= d * scale)
    assert evaluate(scaled(H, scale), {"H": d}) == scaled(d, scale)


@pytest.mark.parametrize("text", ["0.29", "0.7", "1.1", "2.3", "0.57", "1.9", "0.1", "4.35"])
def test_first_difference_is_where_pytorch_differs(text):
    torch = pytest.importorskip("torch")

    def resized(d):
        x = torch.empty(1, 1, d, device="meta")
        return torch.nn.functional.interpolate(x, scale_factor=float(text), mode="nearest").shape[-1]

    exact = Fraction(text)
    # PyTorch refuses a resize to nothing, so the sizes begin where even 0.1 gives one.
    differing = [d for d in range(10, 600) if resized(d) != d * exact.numerator // exact.denominator]
    found = first_difference(text, limit=599)
    assert found == (differing[0] if differing else None)


@pytest.mark.parametrize("text", ["0.29", "0.7", "1.1", "0.6", "1.3", "1.5", "2/3", "0.375"])
def test_first_difference_in_single_precision(text):
    exact = Fraction(text)
    sizes = np.arange(1, 4097, dtype=np.float32)
    floats = np.floor(sizes * np.float32(float(exact))).astype(int)
    whole = np.arange(1, 4097) * exact.numerator // exact.denominator
    differing = np.flatnonzero(floats != whole)
    assert first_difference(text, "single") == (int(differing[0]) + 1 if len(differing) else None)


@pytest.mark.parametrize("text", ["1", "2", "0.5", "1.75", "0.125"])
def test_a_dyadic_scale_never_differs(text):
    assert first_difference(text) is None
    assert first_difference(text, "single") is None


@pytest.mark.parametrize("stride", [0, -1, 1.0, H])
def test_a_stride_is_a_positive_int(stride):
    with pytest.raises(ArgumentError) as caught:
        Window(3, stride)
    assert str(caught.value) == f"CS401: the stride of a window is an int >= 1, not {stride}"


def test_an_unknown_mode_is_refused():
    with pytest.raises(ArgumentError) as caught:
        Window(3, mode="valid")
    assert str(caught.value) == "CS401: a window has no mode 'valid'"


def test_an_undecided_ceil_rule_is_a_marked_size_that_evaluates():
    size = output_size(H, Window(K, 2, mode="ceil"))
    assert [evaluate(size, {"H": 9, "k": k}) for k in range(1, 6)] == [
        counted(9, Window(k, 2, mode="ceil")) for k in range(1, 6)
    ]
    assert bound(size)[0] is None
    with pytest.raises(FormulaError):
        bool(size)
