"""Recurrent layers on arrays, against PyTorch at random settings of all arguments."""

import random

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.layers.base import Spec
from tests.layers.computing import computed_all, same

TIMES = 60


def settings(draw, sort, hidden):
    """Arguments that PyTorch takes too."""
    given = {
        "num_layers": draw.randint(1, 3),
        "bias": draw.random() < 0.6,
        "batch_first": draw.random() < 0.5,
        "bidirectional": draw.random() < 0.5,
    }
    if sort == "RNN":
        given["nonlinearity"] = draw.choice(("tanh", "relu"))
    if sort == "LSTM":
        given["proj_size"] = draw.randrange(hidden) if draw.random() < 0.5 else 0
    return given


def weights_of(layer, numbers, x):
    return {name: numbers(weight.shape) for name, weight in layer.weights((Spec(x.shape),)).items()}


def outputs_of(torch, sort, given, x, hidden, weights):
    """The sequence and the last states that PyTorch computes."""
    module = getattr(torch.nn, sort)(x.shape[2], hidden, **given, dtype=getattr(torch, x.dtype.name))
    module.load_state_dict({name: torch.from_numpy(weight) for name, weight in weights.items()})
    with torch.no_grad():
        sequence, states = module.eval()(torch.from_numpy(x))
    return [y.numpy() for y in (sequence, *(states if sort == "LSTM" else (states,)))]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("sort", ["RNN", "LSTM", "GRU"])
@pytest.mark.filterwarnings("ignore:LSTM with projections")  # slower in PyTorch
def test_sequence_and_states(sort, dtype, torch):
    draw, source = random.Random(sort), np.random.default_rng(1)
    for _ in range(TIMES):
        hidden = draw.randint(1, 5)
        given = settings(draw, sort, hidden)
        x = source.normal(0, 2, [draw.randint(1, 6) for _ in range(3)]).astype(dtype)
        layer = getattr(L, sort)(hidden, return_states=True, dropout=0.5, **given)
        weights = weights_of(layer, lambda shape: source.normal(0, 0.6, shape).astype(dtype), x)
        theirs = outputs_of(torch, sort, given, x, hidden, weights)
        ours = computed_all(layer, x, **weights)
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            same(one, other)
        (alone,) = computed_all(getattr(L, sort)(hidden, **given), x, **weights)
        np.testing.assert_array_equal(alone, ours[0])


def test_a_long_sequence_is_taken_in_blocks(torch):
    # the products of 1100 steps, 8 sequences and the four gates of 64 units take 18 MB
    source = np.random.default_rng(2)
    x, layer = source.normal(size=(1100, 8, 2)), L.LSTM(64, bidirectional=True, return_states=True)
    weights = weights_of(layer, lambda shape: source.normal(0, 0.2, shape), x)
    theirs = outputs_of(torch, "LSTM", {"bidirectional": True}, x, 64, weights)
    for one, other in zip(computed_all(layer, x, **weights), theirs, strict=True):
        same(one, other)


def test_a_state_that_grows_beyond_all_numbers():
    weights = {"weight_ih_l0": np.array([[1.0]]), "weight_hh_l0": np.array([[1e200]])}
    (y,) = computed_all(L.RNN(1, nonlinearity="relu", bias=False), np.ones((4, 1, 1)), **weights)
    assert y.ravel().tolist() == [1, 1e200, np.inf, np.inf]
    half = np.full((2, 1, 1), 6e4, np.float16)
    weights = {name: np.array([[3]], np.float16) for name in weights}
    assert np.isinf(computed_all(L.RNN(1, nonlinearity="relu", bias=False), half, **weights)[0]).all()


@pytest.mark.parametrize("sort", ["RNN", "LSTM", "GRU"])
def test_half_precision_is_computed_in_single_and_rounded_once(sort):
    source = np.random.default_rng(3)
    x = source.normal(0, 3, (7, 2, 6)).astype(np.float16)
    layer = getattr(L, sort)(5, num_layers=2, bidirectional=True, return_states=True)
    weights = weights_of(layer, lambda shape: source.normal(0, 1, shape).astype(np.float16), x)
    wider = {name: weight.astype(np.float32) for name, weight in weights.items()}
    single = computed_all(layer, x.astype(np.float32), **wider)
    for half, y in zip(computed_all(layer, x, **weights), single, strict=True):
        np.testing.assert_array_equal(half, y.astype(np.float16))


@pytest.mark.parametrize("sort", ["RNN", "LSTM", "GRU"])
def test_states_before_the_first_step(sort, torch):
    draw, source = random.Random(sort), np.random.default_rng(4)
    for _ in range(TIMES):
        hidden = draw.randint(1, 5)
        given = settings(draw, sort, hidden)
        x = source.normal(0, 2, [draw.randint(1, 5) for _ in range(3)])
        layer = getattr(L, sort)(hidden, return_states=True, **given)
        weights = weights_of(layer, lambda shape: source.normal(0, 0.6, shape), x)
        first = [source.normal(size=spec.shape) for spec in layer.states(Spec(x.shape))]
        module = getattr(torch.nn, sort)(x.shape[2], hidden, **given, dtype=torch.float64)
        module.load_state_dict({name: torch.from_numpy(weight) for name, weight in weights.items()})
        start = [torch.from_numpy(state) for state in first]
        with torch.no_grad():
            sequence, last = module.eval()(torch.from_numpy(x), tuple(start) if sort == "LSTM" else start[0])
        theirs = (sequence, *(last if sort == "LSTM" else (last,)))
        for one, other in zip(computed_all(layer, x, *first, **weights), theirs, strict=True):
            same(one, other.numpy())


def test_a_reset_before_the_product_and_peepholes():
    """Unit by unit, by the equations of Cho et al. (2014) and of Gers and Schmidhuber (2000)."""
    source = np.random.default_rng(5)
    x, hidden = source.normal(size=(4, 1, 2)), 3

    def sigmoid(value):
        return 1 / (1 + np.exp(-value))

    layer = L.GRU(hidden, reset_after=False)
    w = weights_of(layer, source.standard_normal, x)
    (ours,) = computed_all(layer, x, **w)
    h = np.zeros(hidden)
    (wr, wz, wn), (ur, uz, un) = (np.split(w[name], 3) for name in ("weight_ih_l0", "weight_hh_l0"))
    br, bz, bn = np.split(w["bias_ih_l0"] + w["bias_hh_l0"], 3)
    for step, y in zip(x[:, 0], ours[:, 0], strict=True):
        r, z = sigmoid(wr @ step + ur @ h + br), sigmoid(wz @ step + uz @ h + bz)
        h = (1 - z) * np.tanh(wn @ step + un @ (r * h) + bn) + z * h
        np.testing.assert_allclose(y, h, rtol=1e-12)

    layer = L.LSTM(hidden, peepholes=True)
    w = weights_of(layer, source.standard_normal, x)
    (ours,) = computed_all(layer, x, **w)
    h = c = np.zeros(hidden)
    pi, pf, po = np.split(w["weight_peephole_l0"], 3)
    for step, y in zip(x[:, 0], ours[:, 0], strict=True):
        total = w["weight_ih_l0"] @ step + w["weight_hh_l0"] @ h + w["bias_ih_l0"] + w["bias_hh_l0"]
        i, f, g, o = np.split(total, 4)
        c = sigmoid(f + pf * c) * c + sigmoid(i + pi * c) * np.tanh(g)
        h = sigmoid(o + po * c) * np.tanh(c)
        np.testing.assert_allclose(y, h, rtol=1e-12)
