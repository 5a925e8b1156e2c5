"""LinearAttention against the same sums taken at once, and against its definition head by head."""

import random

import numpy as np
import pytest

from cnnshape import layers as L
from tests.layers.computing import computed_all, same
from tests.layers.measured import conditions_of, fault_of, shapes_of, work_of


def test_without_gates_it_is_attention_whose_scores_have_no_softmax():
    source = np.random.default_rng(1)
    query, key = source.standard_normal((2, 2, 3, 5, 4))
    value = source.standard_normal((2, 3, 5, 6))
    y, state = computed_all(L.LinearAttention(scale=0.3), query, key, value)
    scores = np.tril(query @ key.swapaxes(-1, -2)) * 0.3
    same(y, scores @ value)
    same(state, key.swapaxes(-1, -2) @ value)


def by_heads(layer, query, key, value, decay, beta, state):
    """The definition, one head and one step at a time, in double precision."""
    samples, heads, steps, embed = query.shape
    groups, width = key.shape[1], value.shape[-1]
    y, last = np.empty((samples, heads, steps, width)), np.empty((samples, groups, embed, width))
    scale = embed**-0.5 if layer.scale is None else layer.scale
    for n, head in np.ndindex(samples, heads):
        group = head // (heads // groups)
        held = np.zeros((embed, width)) if state is None else state[n, group].astype(float)
        for t in range(steps):
            if decay is not None:
                held = np.exp(decay[n, group, t].astype(float))[:, None] * held
            written = value[n, group, t].astype(float)
            if beta is not None:
                written = beta[n, group % beta.shape[1], t, 0] * (written - key[n, group, t] @ held)
            held = held + np.outer(key[n, group, t], written)
            y[n, head, t] = scale * query[n, head, t] @ held
        last[n, group] = held
    return y, last


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rule", ["linear", "gated", "delta", "gated_delta"])
def test_every_rule(rule, dtype):
    draw, source = random.Random(2), np.random.default_rng(2)
    for _ in range(25):
        samples, groups, shared, steps, embed, width = (draw.randint(1, 3) for _ in range(6))
        numbers = lambda *shape: (0.5 * source.standard_normal(shape)).astype(dtype)  # noqa: E731  # one line
        query, key = numbers(samples, groups * shared, steps, embed), numbers(samples, groups, steps, embed)
        value = numbers(samples, groups, steps, width)
        decay = -abs(numbers(samples, groups, steps, draw.choice((1, embed)))) if "gated" in rule else None
        beta = numbers(samples, draw.choice((1, groups)), steps, 1) if "delta" in rule else None
        state = numbers(samples, groups, embed, width) if draw.random() < 0.5 else None
        layer = L.LinearAttention(update_rule=rule, scale=draw.choice((None, 0.7)))
        given = [x for x in (query, key, value, decay, beta, state) if x is not None]
        expected = by_heads(layer, query, key, value, decay, beta, state)
        for ours, theirs in zip(computed_all(layer, *given), expected, strict=True):
            same(ours, theirs.astype(dtype))


def test_shapes_and_conditions():
    query, key, value = ("N", 8, "T", 16), ("N", 2, "T", 16), ("N", 2, "T", "V")
    assert shapes_of(L.LinearAttention(), query, key, value) == (("N", 8, "T", "V"), ("N", 2, 16, "V"))
    assert conditions_of(L.LinearAttention(), query, ("N", 2, "S", 16), value) == ["T == S"]
    assert conditions_of(L.LinearAttention(), query, key, value, ("M", 2, 16, "V")) == ["N == M"]


def test_macs_by_hand():
    """Per step and head an outer product is written and a product with it is read; a delta rule reads it once more."""
    query, key, value = (1, 4, 5, 3), (1, 2, 5, 3), (1, 2, 5, 7)
    assert work_of(L.LinearAttention(), query, key, value)["macs"] == 5 * (2 * 3 * 7 + 4 * 3 * 7)
    found = work_of(L.LinearAttention(update_rule="delta"), query, key, value, (1, 1, 5, 1))
    assert found["macs"] == 5 * (2 * 2 * 3 * 7 + 4 * 3 * 7)


def test_faults():
    x = (1, 2, 5, 3)
    rule = "the rule gated takes 4 inputs, or one more, the state; 3 are given"
    assert fault_of(L.LinearAttention(update_rule="gated"), x, x, x).splitlines()[0] == f"CS205: {rule}"
    assert fault_of(L.LinearAttention(), x, x, (1, 2, 4, 3)).startswith("CS201: axis 2 of the value: 4, 5 are needed")
    assert fault_of(L.LinearAttention(), x, (1, 3, 5, 3), x).startswith("CS204: heads of the key = 3 does not divide")
    assert fault_of(L.LinearAttention(), x[1:], x, x).startswith("CS206: LinearAttention needs 4 axes")
