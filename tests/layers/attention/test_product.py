"""ScaledDotProductAttention and LayerScale against PyTorch and plain loops."""

from collections import Counter

import pytest

from cnnshape.layers.attention import LayerScale, ScaledDotProductAttention
from cnnshape.layers.base import POINTWISE, WHOLE, Spec, Windows
from cnnshape.symbolic import dim
from tests.layers.counted import dot, numbers, softmax
from tests.layers.measured import (
    compare,
    conditions_of,
    draws,
    fault_of,
    fits_often,
    refusal,
    shape_of,
    shapes_of,
    specs,
    weights_of,
    work_of,
)

Attention = ScaledDotProductAttention

SHAPES = [
    ("self", Attention(), [("N", 8, "T", 64)] * 3, ("N", 8, "T", 64)),
    ("cross", Attention(), [("N", 2, "T", 4), ("N", 2, "S", 4), ("N", 2, "S", 3)], ("N", 2, "T", 3)),
    ("shared-keys", Attention(), [("N", 8, "T", 4), ("N", 1, "S", 4), ("N", 1, "S", 4)], ("N", 8, "T", 4)),
    ("groups", Attention(enable_gqa=True), [("N", 8, "T", 4), ("N", 2, "S", 4), ("N", 2, "S", 4)], ("N", 8, "T", 4)),
    ("mask", Attention(), [("N", 8, "T", 4)] * 3 + [("T", "T")], ("N", 8, "T", 4)),
    ("mask-per-head", Attention(), [("N", 8, "T", 4)] * 3 + [(1, 8, 1, "T")], ("N", 8, "T", 4)),
]


@pytest.mark.parametrize(("layer", "inputs", "expected"), [pytest.param(*row[1:], id=row[0]) for row in SHAPES])
def test_shape(layer, inputs, expected):
    assert shape_of(layer, *inputs) == expected
    assert conditions_of(layer, *inputs) == []


def test_scores_come_out_too():
    shapes = [("N", 8, "T", 4), ("N", 8, "S", 4), ("N", 8, "S", 3)]
    assert shapes_of(Attention(scores="raw"), *shapes) == (("N", 8, "T", 3), ("N", 8, "T", "S"))


def test_lengths_are_one_for_each_sample():
    lengths = Spec(specs(("M",))[0].shape, "int64")
    assert conditions_of(Attention(), *[("N", 2, "T", 4)] * 3, lengths) == ["M == N"]
    masked = conditions_of(Attention(), *[("N", 2, "T", 4)] * 3, ("T", "T"), lengths)
    assert masked == ["M == N"]


def test_a_cap_takes_a_hyperbolic_tangent_a_product_and_a_quotient_for_each_score():
    shapes = [(1, 2, 5, 4), (1, 2, 7, 4), (1, 2, 7, 4)]
    plain, capped = (work_of(layer, *shapes) for layer in (Attention(), Attention(softcap=30.0)))
    scores = 2 * 5 * 7
    assert capped["muls"] - plain["muls"] == 2 * scores
    assert capped["transcendental"] - plain["transcendental"] == scores
    assert {sort: capped[sort] for sort in ("macs", "adds")} == {sort: plain[sort] for sort in ("macs", "adds")}
    windowed = work_of(Attention(left_window_size=2), *shapes)
    assert windowed["adds"] - plain["adds"] == scores


def test_a_window_has_a_size():
    assert refusal(lambda: Attention(left_window_size=-2)) == (
        "CS401: ScaledDotProductAttention: left_window_size = -2: a window has no such size\n"
        "  rule: left_window_size >= -1; -1 is no bound\n"
        "  fix: left_window_size: -1"
    )


def drawn(draw):
    batch = [draw.size(1, 3) for _ in range(draw.size(1, 2))]
    heads, group = draw.size(1, 3), draw.size(1, 2)
    n, s, e, v = (draw.size(1, 4) for _ in range(4))
    wrong = draw.one(0, 0, 0, 1)
    gqa = draw.one(True, False)
    query = (*batch, heads * group if gqa else heads, n, e)
    key = (*batch, heads, s, e + wrong * draw.one(0, 1))
    value = (*batch, heads, s + wrong * draw.one(0, 1), v)
    return gqa, query, key, value


def test_as_pytorch(torch):
    taken = []
    for draw, _ in draws(150, seed=1):
        gqa, query, key, value = drawn(draw)

        def product(q, k, v, gqa=gqa):
            return torch.nn.functional.scaled_dot_product_attention(q, k, v, enable_gqa=gqa)

        axes = len(query) - 3
        taken.append(compare(torch, Attention(enable_gqa=gqa), product, query, key, value, fixed=(axes,)))
    fits_often(taken)


def test_mask_as_pytorch(torch):
    taken = []
    for draw, _ in draws(120, seed=2):
        batch, heads, n, s, e = (draw.size(1, 3) for _ in range(5))
        full = (batch, heads, n, s)
        mask = tuple(draw.one(size, size, size, 1, size + (draw.size(0, 9) == 0)) for size in full)[draw.size(0, 2) :]
        shapes = (batch, heads, n, e), (batch, heads, s, e), (batch, heads, s, e), mask

        def product(q, k, v, m):
            return torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=m)

        if any(one == 1 and size > 1 for one, size in zip(full[-len(mask) :], mask, strict=True)):
            continue  # a mask larger than the scores: PyTorch stretches the scores
        taken.append(compare(torch, Attention(), product, *shapes, fixed=(0, 1, 2, 3)))
    fits_often(taken)


def test_work_as_pytorch_counts(torch):
    from torch.utils.flop_counter import FlopCounterMode

    for q, k, v in [((2, 4, 5, 8), (2, 4, 6, 8), (2, 4, 6, 3)), ((1, 3, 7, 2), (1, 3, 7, 2), (1, 3, 7, 2))]:
        with torch.device("meta"), FlopCounterMode(display=False) as counter:
            torch.nn.functional.scaled_dot_product_attention(torch.empty(q), torch.empty(k), torch.empty(v))
        assert 2 * work_of(Attention(), q, k, v)["macs"] == counter.get_total_flops()


@pytest.mark.parametrize("masked", [False, True])
def test_work_is_what_a_plain_loop_does(masked):
    """PyTorch's documentation: softmax(q k^T * scale + mask) v."""
    tally = Counter()
    for _ in range(2 * 3):
        keys = [numbers(tally, 4) for _ in range(5)]
        values = [numbers(tally, 6) for _ in range(5)]
        for _ in range(7):
            query = numbers(tally, 4)
            scores = [dot(query, key) * 0.5 for key in keys]
            scores = softmax([score + 0.1 for score in scores] if masked else scores)
            for column in zip(*values, strict=True):
                dot(scores, column)
    shapes = (2, 3, 7, 4), (2, 3, 5, 4), (2, 3, 5, 6)
    assert work_of(Attention(), *shapes, *([(7, 5)] if masked else [])) == tally
    assert work_of(Attention(is_causal=masked), *shapes) == tally


def test_windows():
    q = ("N", 2, "T", 4)
    assert Attention().window(specs(q, q, q)) == Windows(whole=(2, 3), exact=False)
    assert Attention().window(specs(q, q, ("T", 4))) == WHOLE


FAULTS = [
    (
        Attention(),
        [("N", "T", 4), ("N", "S", 5), ("N", "S", 5)],
        "CS201: features of query and key: 5, 4 are needed",
        "rule: query (*B, L, E), key (*B, S, E), value (*B, S, E_v), mask broadcast to (*B, L, S)",
        "fix: give both 4",
    ),
    (
        Attention(),
        [("N", 2, "T", 4), ("N", 3, "S", 4), ("N", 3, "S", 5)],
        "CS201: batch axis 1: the inputs have 2 and 3",
        "rule: batch axes are equal, or one of them is 1",
        "fix: give both 2, or one of them 1",
    ),
    (
        Attention(enable_gqa=True),
        [("N", 8, "T", 4), ("N", 3, "S", 4), ("N", 3, "S", 4)],
        "CS204: heads of the key = 3 does not divide heads of the query = 8",
        "rule: heads of the query % heads of the key == 0",
        "fix: heads of the key: 2, or heads of the query: 6",
    ),
    (
        Attention(is_causal=True),
        [("N", "T", 4)] * 3 + [("T", "T")],
        "CS205: ScaledDotProductAttention has is_causal and a mask",
        "rule: a mask, or is_causal, or neither",
        "fix: leave the mask out, or is_causal: false with a mask that is causal",
    ),
    (
        Attention(),
        [(4,), ("S", 4), ("S", 4)],
        "CS206: ScaledDotProductAttention needs 2 axes or more, the input (4,) has 1",
        "rule: query (*B, L, E), key (*B, S, E), value (*B, S, E_v), mask broadcast to (*B, L, S)",
        "fix: an input with an axis of positions and an axis of features: [T, C]",
    ),
    (
        LayerScale(96),
        [("N", 64, "H", "W")],
        "CS202: num_features = 96, the input has 64",
        "rule: num_features equals the size of that axis of the input",
        "fix: num_features: 64, or leave num_features out: it is read from the input",
    ),
]


@pytest.mark.parametrize(("layer", "inputs", "lines"), [(layer, inputs, lines) for layer, inputs, *lines in FAULTS])
def test_fault(layer, inputs, lines):
    assert fault_of(layer, *inputs) == "\n  ".join(lines)


class TestLayerScale:
    def test_one_factor_a_channel(self):
        assert weights_of(LayerScale(), ("N", 96, "H", "W")) == {"gamma": (96,)}
        assert weights_of(LayerScale(dim=-1), ("N", "T", 768)) == {"gamma": (768,)}
        assert weights_of(LayerScale(96), ("N", "C", "H", "W")) == {"gamma": (96,)}

    def test_it_starts_where_it_says(self):
        gamma = LayerScale(init_values=1e-6).weights(specs((1, 3)))["gamma"]
        assert (gamma.init, gamma.value, gamma.trainable) == ("constant", 1e-6, True)

    def test_one_multiplication_an_element(self):
        assert work_of(LayerScale(), (2, 3, 4, 5)) == {"muls": 2 * 3 * 4 * 5}

    def test_shape_and_condition(self):
        assert shape_of(LayerScale(96), ("N", "C", "H", "W")) == ("N", 96, "H", "W")
        assert conditions_of(LayerScale(96), ("N", "C", "H", "W")) == ["C == 96"]
        assert shape_of(LayerScale(dim("c"), dim=-1), ("N", "T", "c")) == ("N", "T", "c")
        assert LayerScale().window(specs(("N", 3))) is POINTWISE
