"""Attention on arrays, against PyTorch at random settings of all arguments."""

import random
import tracemalloc

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.layers import catalog
from cnnshape.layers.base import Spec
from tests.layers.computing import computed, computed_all, same

TIMES = 60
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])


def cases(seed, dtype):
    """Sources of settings and of numbers."""
    draw, source = random.Random(seed), np.random.default_rng(seed)
    for _ in range(TIMES):
        yield draw, lambda shape, scale=1: (scale * source.standard_normal(shape)).astype(dtype)


def weights_of(layer, numbers, *inputs):
    specs = tuple(Spec(x.shape, x.dtype.name) for x in inputs)
    return {name: numbers(weight.shape) for name, weight in layer.weights(specs).items()}


def product_of(torch, layer, inputs):
    query, key, value, *masks = map(torch.from_numpy, inputs)
    return torch.nn.functional.scaled_dot_product_attention(
        query, key, value, *masks, is_causal=layer.is_causal, scale=layer.scale, enable_gqa=layer.enable_gqa
    ).numpy()


def mask_of(draw, numbers, shape):
    """A mask that broadcasts to a shape: truths, or numbers to be added, some of them minus infinity."""
    shape = tuple(draw.choice((size, size, 1)) for size in shape)[draw.randint(0, len(shape) - 2) :]
    seen = numbers(shape) > -0.3  # whole rows are hidden now and then
    return seen if draw.random() < 0.5 else np.where(seen, numbers(shape), -np.inf).astype(numbers(()).dtype)


@DTYPES
def test_the_product(dtype, torch):
    for draw, numbers in cases(1, dtype):
        batch = tuple(draw.randint(1, 3) for _ in range(draw.randint(0, 3)))
        rows, width, size = (draw.randint(1, 6) for _ in range(3))
        causal = draw.random() < 0.3
        layer = L.ScaledDotProductAttention(is_causal=causal, scale=draw.choice((None, 0.3, 2.0)), dropout_p=0.5)
        inputs = [
            numbers((*batch, rows, size), 3),
            numbers((*batch, width, size), 3),
            numbers((*batch, width, draw.randint(1, 5))),
        ]
        if not causal and draw.random() < 0.7:
            inputs.append(mask_of(draw, numbers, (*batch, rows, width)))
        same(computed(layer, *inputs), product_of(torch, layer, inputs))


def by_rows(layer, query, key, value, mask, lengths):
    """Attention and its scores row by row, in double precision, from the words of the docstring."""
    batch, rows, width = query.shape[:-2], query.shape[-2], key.shape[-2]
    y, shown = np.zeros((*batch, rows, value.shape[-1])), np.zeros((*batch, rows, width))
    for place in np.ndindex(*batch, rows):
        one, row = place[:-1], place[-1]
        count = width if lengths is None else int(lengths[one[0]])
        own = row + (layer.offset if lengths is None else count - rows)
        raw = key[one].astype(float) @ query[place] * (query.shape[-1] ** -0.5 if layer.scale is None else layer.scale)
        capped = layer.softcap * np.tanh(raw / layer.softcap) if layer.softcap else raw
        masked = capped.copy()
        for other in range(width):
            far = layer.left_window_size >= 0 and other < own - layer.left_window_size
            ahead = layer.right_window_size >= 0 and other > own + layer.right_window_size
            if far or ahead or other >= count or (layer.is_causal and other > own):
                masked[other] = -np.inf
            elif mask is not None and mask.dtype == bool:
                masked[other] = masked[other] if mask[*one, row, other] else -np.inf
            elif mask is not None:
                masked[other] += mask[*one, row, other]
        powers = np.exp(masked) if np.isfinite(masked).any() else np.zeros(width)
        weights = powers / (powers.sum() or 1)
        y[place] = weights @ value[one]
        shown[place] = {"none": 0, "raw": raw, "capped": capped, "masked": masked, "weights": weights}[layer.scores]
    return y, shown


@DTYPES
def test_caps_windows_lengths_and_scores(dtype):
    for draw, numbers in cases(12, dtype):
        batch = tuple(draw.randint(1, 3) for _ in range(draw.randint(1, 2)))
        rows, width = draw.randint(1, 5), draw.randint(1, 6)
        layer = L.ScaledDotProductAttention(
            scale=draw.choice((None, 0.7)),
            softcap=draw.choice((0, 0.8)),
            left_window_size=draw.choice((-1, 0, 1, 3)),
            right_window_size=draw.choice((-1, 0, 2)),
            offset=draw.choice((0, 2)),
            scores=draw.choice(("none", "raw", "capped", "masked", "weights")),
        )
        query, key, value = (numbers((*batch, n, 3)) for n in (rows, width, width))
        inputs, mask, lengths = [query, key, value], None, None
        if draw.random() < 0.5:
            inputs.append(mask_of(draw, numbers, (*batch, rows, width)))
            mask = np.broadcast_to(inputs[-1], (*batch, rows, width))
        if draw.random() < 0.4:
            lengths = np.array([draw.randint(0, width) for _ in range(batch[0])])
            inputs.append(lengths)
        y, shown = by_rows(layer, query, key, value, mask, lengths)
        ours = computed_all(layer, *inputs)
        same(ours[0], y.astype(dtype))
        assert len(ours) == (1 if layer.scores == "none" else 2)
        if len(ours) == 2:
            same(ours[1], shown.astype(dtype))


def test_what_is_hidden_may_be_no_number():
    """A score that is no number, at a key that the mask hides, does not reach the output."""
    key = np.array([[1.0], [np.nan]])
    for mask in (np.array([[True, False]]), np.array([[0.0, -np.inf]])):
        y = computed(L.ScaledDotProductAttention(), np.ones((1, 1)), key, np.array([[5.0], [7.0]]), mask)
        assert y.item() == 5


@DTYPES
def test_heads_that_share_keys(dtype, torch):
    for draw, numbers in cases(2, dtype):
        keys, per_key, rows, width, size = (draw.randint(1, 4) for _ in range(5))
        layer = L.ScaledDotProductAttention(enable_gqa=True, is_causal=draw.random() < 0.3)
        query = numbers((2, keys * per_key, rows, size))
        inputs = query, numbers((2, keys, width, size)), numbers((2, keys, width, size))
        same(computed(layer, *inputs), product_of(torch, layer, inputs))


def test_batches_that_broadcast():
    source = np.random.default_rng(3)
    query, key, value = (source.normal(size=shape) for shape in ((3, 1, 4, 5), (2, 6, 5), (1, 1, 6, 2)))
    ours = computed(L.ScaledDotProductAttention(), query, key, value)
    whole = [np.broadcast_to(x, (3, 2, *x.shape[-2:])) for x in (query, key, value)]
    same(ours, computed(L.ScaledDotProductAttention(), *whole))


@pytest.mark.parametrize("hidden", [np.False_, np.float64(-np.inf)])
def test_a_row_that_sees_nothing_is_zero(hidden):
    x = np.random.default_rng(4).normal(size=(3, 2))
    mask = np.full((3, 3), True if hidden.dtype == bool else 0.0)
    mask[1] = hidden
    y = computed(L.ScaledDotProductAttention(), x, x, x, mask)
    assert y[1].tolist() == [0, 0]
    assert y[[0, 2]].all()


def test_scores_beyond_the_largest_power():
    x = np.array([[1000.0], [-1000.0]], np.float32)
    np.testing.assert_array_equal(computed(L.ScaledDotProductAttention(), x, x, x), x)


def module_of(torch, layer, weights, embed, key, value, dtype):
    module = torch.nn.MultiheadAttention(
        embed, layer.num_heads, bias=layer.bias, add_bias_kv=layer.add_bias_kv, add_zero_attn=layer.add_zero_attn,
        kdim=key, vdim=value, batch_first=layer.batch_first, dtype=getattr(torch, dtype),
    )  # fmt: skip
    module.load_state_dict({name: torch.from_numpy(weight) for name, weight in weights.items()})
    return module.eval()


@DTYPES
@pytest.mark.parametrize("given", [1, 2, 3])
def test_several_heads(given, dtype, torch):
    for draw, numbers in cases(5 + given, dtype):
        heads, batch, rows, width = (draw.randint(1, 4) for _ in range(4))
        embed = heads * draw.randint(1, 3)
        key = embed if given == 1 else draw.choice((embed, draw.randint(1, 6)))
        value = key if given < 3 else draw.choice((embed, draw.randint(1, 6)))
        layer = L.MultiheadAttention(
            num_heads=heads, bias=draw.random() < 0.6, batch_first=draw.random() < 0.5,
            add_bias_kv=draw.random() < 0.3, add_zero_attn=draw.random() < 0.3,
        )  # fmt: skip
        shapes = ((batch, rows, embed), (batch, width, key), (batch, width, value))[:given]
        inputs = [numbers(shape if layer.batch_first else (shape[1], shape[0], shape[2])) for shape in shapes]
        weights = weights_of(layer, numbers, *inputs)
        module = module_of(torch, layer, weights, embed, key, value, dtype)
        roles = [torch.from_numpy(inputs[place]) for place in (0, min(1, given - 1), given - 1)]
        with torch.no_grad():
            theirs, _ = module(*roles, need_weights=False)
        same(computed(layer, *inputs, **weights), theirs.numpy())


@DTYPES
def test_a_factor_for_each_channel(dtype):
    for draw, numbers in cases(9, dtype):
        x = numbers(tuple(draw.randint(1, 5) for _ in range(draw.randint(2, 5))))
        layer = L.LayerScale(dim=draw.choice((1, -1)))
        gamma = numbers(x.shape[layer.dim])
        y = computed(layer, x, gamma=gamma)
        for place in np.ndindex(x.shape):
            assert y[place] == x[place] * gamma[place[layer.dim]]


def test_the_scores_of_all_positions_are_never_there_at_once():
    # 5000 x 5000 scores of 8 bytes are 200 MB; a block of a few rows is 16.
    source = np.random.default_rng(10)
    query, key, value = (source.normal(size=(1, 5000, 4)) for _ in range(3))
    y = np.empty_like(query)
    tracemalloc.start()
    kernel = catalog.kernel_of(L.ScaledDotProductAttention)
    kernel(L.ScaledDotProductAttention(is_causal=True), (query, key, value), {}, (y,))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 80e6
    scores = np.exp(query[0, 4321] @ key[0, :4322].T / 2)
    np.testing.assert_allclose(y[0, 4321], scores @ value[0, :4322] / scores.sum(), rtol=1e-10)


def test_half_precision_is_computed_in_single_and_rounded_once():
    source = np.random.default_rng(11)
    x = source.normal(0, 3, (2, 5, 6)).astype(np.float16)
    for layer, inputs in (
        (L.ScaledDotProductAttention(), (x, x, x)),
        (L.MultiheadAttention(num_heads=3), (x,)),
        (L.LayerScale(), (x,)),
    ):
        weights = weights_of(layer, lambda shape: source.normal(0, 3, shape).astype(np.float16), *inputs)
        single = computed(
            layer,
            *(x.astype(np.float32) for x in inputs),
            **{name: w.astype(np.float32) for name, w in weights.items()},
        )
        np.testing.assert_array_equal(computed(layer, *inputs, **weights), single.astype(np.float16))
