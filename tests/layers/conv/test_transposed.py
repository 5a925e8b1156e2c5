"""ConvTranspose against PyTorch, Keras's and ONNX's published formulas, and the convolution that it undoes."""

from itertools import product
from math import prod

import pytest

from cnnshape.layers.conv import ConvTranspose
from cnnshape.symbolic import dim, output_size
from tests.layers.measured import compare, draws, fault_of, fits_often, shape_of, specs, work_of

SHAPES = [
    ("unet-up", "k2 s2 doubles", ConvTranspose(64, kernel_size=2, stride=2), (1, 128, "H", 28), (1, 64, "2*H", 56)),
    (
        "dcgan",
        "Radford et al., figure 1: 4 to 8",
        ConvTranspose(512, kernel_size=4, stride=2, padding=1),
        (1, 1024, 4, 4),
        (1, 512, 8, 8),
    ),
    (
        "asymmetric",
        "(H - 1)*2 - 1 + 3, (W - 1)*1 - 1 + 3",
        ConvTranspose(1, kernel_size=3, stride=(2, 1), padding=((1, 0), (0, 1))),
        (1, 1, "H", "W"),
        (1, 1, "2*H", "W + 1"),
    ),
    (
        "symbolic-kernel",
        "s = 2, k = 2p + 2",
        ConvTranspose(1, kernel_size=2 * dim("p") + 2, stride=2, padding=dim("p")),
        (1, 1, "L"),
        (1, 1, "2*L"),
    ),
]


@pytest.mark.parametrize(("layer", "x", "expected"), [pytest.param(*row[2:], id=row[0]) for row in SHAPES])
def test_shape(layer, x, expected):
    assert shape_of(layer, x) == expected


def test_as_pytorch(torch):
    taken = []
    for draw, rank in draws(300, seed=2):
        c_in = draw.size(1, 6)
        dilation, stride = draw.size(1, 2), draw.size(1, 3)
        given = {
            "out_channels": draw.size(1, 6),
            "kernel_size": draw.per_axis(rank, 1, 4),
            "stride": stride,
            "padding": draw.per_axis(rank, 0, 3),
            "output_padding": draw.per_axis(rank, 0, max(stride, dilation) - 1),
            "groups": draw.one(1, 1, 2, c_in),
            "bias": draw.one(True, False),
            "dilation": dilation,
        }
        try:
            with torch.device("meta"):
                module = getattr(torch.nn, f"ConvTranspose{rank}d")(c_in, **given)
        except ValueError:  # groups do not divide
            assert "CS204" in fault_of(ConvTranspose(**given), (1, c_in, *(9,) * rank))
            continue
        taken.append(compare(torch, ConvTranspose(**given), module, draw.shape(rank, c_in)))
    fits_often(taken)


def test_output_padding_as_pytorch(torch):
    """PyTorch checks it where it computes, not on the meta device."""
    for o, s, d in product(range(4), range(1, 4), range(1, 4)):
        module = torch.nn.ConvTranspose1d(1, 1, 2, stride=s, dilation=d, output_padding=o)
        layer = ConvTranspose(1, kernel_size=2, stride=s, dilation=d, output_padding=o)
        try:
            shape = tuple(module(torch.zeros(1, 1, 5)).shape)
        except RuntimeError:
            assert "CS212" in fault_of(layer, (1, 1, 5))
        else:
            assert shape_of(layer, (1, 1, 5)) == shape


CASES = list(product(range(1, 7), range(1, 6), range(1, 5), range(1, 3)))


def one_axis(word, k, s, dilation, o=None):
    layer = ConvTranspose(1, kernel_size=k, stride=s, dilation=dilation, padding=word, output_padding=o)
    (window,) = layer.windows(1)
    return layer, window


def test_keras_words():
    """Keras's `_get_output_shape_given_tf_padding`, and the paddings that it gives JAX's dilated convolution.

    Its left padding is ke - 1 less what a transposed convolution cuts at the start.
    """
    for d, k, s, dilation in CASES:
        ke = (k - 1) * dilation + 1
        for o in (None, *range(max(s, dilation))):
            layer, window = one_axis("same", k, s, dilation, o)
            size = d * s if o is None else (d - 1) * s + ke % 2 + o
            if size < 1:
                assert "CS203" in fault_of(layer, (1, 1, d))
                continue
            assert shape_of(layer, (1, 1, d)) == (1, 1, size)
            both = s + ke - 2 if o is None else ke + ke % 2 - 2 + o
            assert window.before == ke - 1 - min(both // 2 + both % 2, ke - 1)

            layer, window = one_axis("valid", k, s, dilation, o)
            assert shape_of(layer, (1, 1, d)) == (1, 1, (d - 1) * s + (max(ke, s) if o is None else ke + o))
            assert (window.before, window.after) == (0, 0)


def test_onnx_words():
    """ONNX's ConvTranspose: total_padding = s*(d - 1) + o + ke - d*s, the smaller half first for SAME_UPPER."""
    for d, k, s, dilation in CASES:
        ke = (k - 1) * dilation + 1
        for o in range(max(s, dilation)):
            total = s * (d - 1) + o + ke - d * s
            for word in ("same_upper", "same_lower"):
                layer, window = one_axis(word, k, s, dilation, o)
                assert shape_of(layer, (1, 1, d)) == (1, 1, d * s)
                if total >= 0:
                    halves = (total // 2, total - total // 2)
                    assert (window.before, window.after) == (halves if word == "same_upper" else halves[::-1])


@pytest.mark.parametrize("word", ["same", "same_upper", "same_lower"])
def test_same_undoes_the_same_convolution(word):
    """Output i sees input j iff j of the convolution of d*s positions, padded by TensorFlow's rule, sees i."""
    for d, k, s in product(range(1, 6), range(1, 7), range(1, 5)):
        _, window = one_axis(word, k, s, 1)
        both = max(k - s, 0)
        before = both - both // 2 if word == "same_lower" else both // 2
        for j in range(d):
            seen = {i for i in range(d * s) if 0 <= i - j * s + before < k}
            ours = {i for i in range(output_size(d, window)) if 0 <= i - j * s + window.before < k}
            assert seen == ours


def test_work_is_the_products_of_the_loops():
    """Every input pixel meets every tap of its group's filters, whatever is cut away."""
    layer = ConvTranspose(6, kernel_size=(3, 2), stride=2, padding=1, groups=2)
    n, c_in, *space = x = (2, 4, 3, 5)
    products = sum(
        1
        for _ in product(range(n), range(c_in), *map(range, space))
        for _ in product(range(6 // 2), range(3), range(2))
    )
    assert work_of(layer, x) == {"macs": products, "adds": prod(shape_of(layer, x))}


def test_window():
    x = specs((1, 4, 9, 9))
    assert ConvTranspose(8, kernel_size=3).window(x).whole == (1,)
    assert ConvTranspose(4, kernel_size=3, groups=4).window(x).whole == ()
    assert [w.mode for w in ConvTranspose(4, kernel_size=3).window(x).axes.values()] == ["transposed"] * 2


FAULTS = [
    (
        "no-output",
        ConvTranspose(8, kernel_size=3, padding=4),
        (1, 3, 3, 3),
        """\
CS203: axis H: the output would have -3 positions
  rule: (H - 1)s - 2p + d(k-1) + 1 + output_padding must be >= 1
  fix: less padding, or a larger kernel""",
    ),
    (
        "output-padding",
        ConvTranspose(8, kernel_size=3, stride=2, output_padding=2),
        (1, 3, "H", 3),
        """\
CS212: axis H: output_padding 2 with stride 2 and dilation 1
  rule: output_padding < max(stride, dilation)
  fix: output_padding <= 1""",
    ),
]


@pytest.mark.parametrize(("layer", "x", "expected"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_fault(layer, x, expected):
    assert fault_of(layer, x) == expected
