"""RNN, LSTM, GRU: shapes, weights and work against PyTorch and plain loops."""

from collections import Counter
from math import prod

import pytest

from cnnshape.layers.base import WHOLE, Windows
from cnnshape.layers.recurrent import GRU, LSTM, RNN
from cnnshape.symbolic import dim
from tests.layers.counted import Counted, largest, numbers, sigmoid, tanh, times_matrix
from tests.layers.measured import (
    compare,
    conditions_of,
    draws,
    fault_of,
    refusal,
    shape_of,
    shapes_of,
    specs,
    weights_of,
    work_of,
)

SHAPES = [
    ("rnn", RNN(256), ("T", "N", 512), [("T", "N", 256)]),
    ("both-ways", LSTM(256, bidirectional=True, batch_first=True), ("N", "T", 512), [("N", "T", 512)]),
    (
        "crnn",
        LSTM(256, bidirectional=True, batch_first=True),
        ("N", "floor(W/4) + 1", 512),
        [("N", "floor(W/4) + 1", 512)],
    ),
    (
        "states",
        GRU(4, num_layers=3, bidirectional=True, return_states=True),
        ("T", "N", 5),
        [("T", "N", 8), (6, "N", 4)],
    ),
    (
        "cells",
        LSTM(4, proj_size=2, batch_first=True, return_states=True),
        ("N", "T", 5),
        [("N", "T", 2), (1, "N", 2), (1, "N", 4)],
    ),
    ("symbolic", GRU(dim("h"), bidirectional=True), ("T", "N", "C"), [("T", "N", "2*h")]),
]


@pytest.mark.parametrize(("layer", "x", "expected"), [pytest.param(*row[1:], id=row[0]) for row in SHAPES])
def test_shape(layer, x, expected):
    assert list(shapes_of(layer, x)) == expected
    assert conditions_of(layer, x) == []


class Called:
    """PyTorch's module: the sequence, and the states behind it where they are asked for."""

    def __init__(self, module, states):
        self.module, self.states = module, states

    def __call__(self, x):
        sequence, states = self.module(x)
        states = states if isinstance(states, tuple) else (states,)
        return (sequence, *states) if self.states else sequence

    def state_dict(self):
        return self.module.state_dict()


def drawn(draw, cls):
    size = draw.size(1, 5)
    given = {
        "hidden_size": draw.size(2, 5),
        "input_size": size,
        "num_layers": draw.size(1, 3),
        "bias": draw.one(True, False),
        "batch_first": draw.one(True, False),
        "bidirectional": draw.one(True, False),
    }
    if cls is LSTM:
        given["proj_size"] = draw.one(0, 0, 1)
    if cls is RNN:
        given["nonlinearity"] = draw.one("tanh", "relu")
    return given, (draw.size(1, 3), draw.size(1, 3), size)


@pytest.mark.parametrize("cls", [RNN, LSTM, GRU])
def test_as_pytorch(torch, cls):
    for draw, _ in draws(20, seed=1):
        given, shape = drawn(draw, cls)
        states = draw.one(True, False)
        with torch.device("meta"):
            module = Called(getattr(torch.nn, cls.__name__)(**given), states)
        assert compare(torch, cls(**given, return_states=states), module, shape, fixed=())
        del given["input_size"]
        assert compare(torch, cls(**given, return_states=states), module, shape, fixed=(2,))
        with torch.device("meta"):
            module = Called(getattr(torch.nn, cls.__name__)(shape[2] + 1, **given), states)
        assert not compare(torch, cls(**given, input_size=shape[2] + 1, return_states=states), module, shape, fixed=())


@pytest.mark.parametrize("cls", [RNN, LSTM, GRU])
def test_work_as_pytorch_counts(torch, cls):
    """PyTorch counts two operations a MAC, in the products that it really calls."""
    from torch.utils.flop_counter import FlopCounterMode

    for draw, _ in draws(10, seed=2):
        given, shape = drawn(draw, cls)
        with torch.device("meta"), FlopCounterMode(display=False) as counter:
            getattr(torch.nn, cls.__name__)(**given)(torch.empty(shape))
        assert 2 * work_of(cls(**given), shape)["macs"] == counter.get_total_flops(), given


def gates(x, h, count, size, bias):
    """Both products of a step with their biases: for each gate a vector of each."""
    made = []
    for vector in (x, h):
        products = times_matrix(vector, count * size)
        products = [p + 0.1 for p in products] if bias else products
        made.append([products[g * size : (g + 1) * size] for g in range(count)])
    return made


def added(one, two):
    return [a + b for a, b in zip(one, two, strict=True)]


def rnn_step(x, state, size, bias, relu=False):
    (a,), (b,) = gates(x, state, 1, size, bias)
    return [largest(v, Counted(0.0, v.tally)) if relu else tanh(v) for v in added(a, b)]


def gru_step(x, state, size, bias):
    (ar, az, an), (br, bz, bn) = gates(x, state, 3, size, bias)
    r, z = ([sigmoid(v) for v in added(a, b)] for a, b in ((ar, br), (az, bz)))
    n = [tanh(a + gate * b) for a, gate, b in zip(an, r, bn, strict=True)]
    return [(1 - gate) * new + gate * old for gate, new, old in zip(z, n, state, strict=True)]


def lstm_step(x, state, size, bias, cells, proj=0):
    one, two = gates(x, state, 4, size, bias)
    i, f, g, o = (added(a, b) for a, b in zip(one, two, strict=True))
    i, f, o = ([sigmoid(v) for v in gate] for gate in (i, f, o))
    g = [tanh(v) for v in g]
    cells = [keep * c + take * new for keep, c, take, new in zip(f, cells, i, g, strict=True)]
    state = [out * tanh(c) for out, c in zip(o, cells, strict=True)]
    return times_matrix(state, proj) if proj else state


STEPS = [
    (RNN(4), lambda x, t, b: rnn_step(x, numbers(t, 4), 4, b)),
    (RNN(4, nonlinearity="relu"), lambda x, t, b: rnn_step(x, numbers(t, 4), 4, b, relu=True)),
    (GRU(4), lambda x, t, b: gru_step(x, numbers(t, 4), 4, b)),
    (LSTM(4), lambda x, t, b: lstm_step(x, numbers(t, 4), 4, b, numbers(t, 4))),
    (LSTM(4, proj_size=3), lambda x, t, b: lstm_step(x, numbers(t, 3), 4, b, numbers(t, 4), proj=3)),
]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("layer", "step"), [pytest.param(*row, id=repr(row[0])) for row in STEPS])
def test_work_is_what_a_plain_loop_does(layer, step, bias):
    """Two layers, both directions, 5 steps of 2 sequences of 3 features; PyTorch's documented equations."""
    given = {name: getattr(layer, name) for name in ("nonlinearity", "proj_size") if hasattr(layer, name)}
    layer = type(layer)(layer.hidden_size, num_layers=2, bidirectional=True, bias=bias, **given)
    tally = Counter()
    for _ in range(5 * 2):
        first = [step(numbers(tally, 3), tally, bias) for _ in range(2)]
        for _ in range(2):
            step([*first[0], *first[1]], tally, bias)
    assert work_of(layer, (5, 2, 3)) == tally


def test_parameters_of_crnn():
    """Shi et al., arXiv:1507.05717: two BLSTM of 256 on 512 features; by hand 2*(4*256*(512 + 256) + 8*256) each."""
    shapes = weights_of(LSTM(256, num_layers=2, bidirectional=True), ("T", "N", 512))
    assert sum(prod(shape) for shape in shapes.values()) == 2 * 2 * (4 * 256 * (512 + 256) + 8 * 256)


def test_parameters_against_keras():
    """keras.io's example GRU(4) on 8 features: reset_after=True has 3*4*(8 + 4) + 2*3*4 = 168 parameters, as here."""
    shapes = weights_of(GRU(4, batch_first=True), ("N", 10, 8))
    assert sum(prod(shape) for shape in shapes.values()) == 168


def test_names_of_weights():
    assert list(weights_of(LSTM(4, num_layers=2, proj_size=2, bidirectional=True), ("T", "N", 3))) == [
        f"{name}_l{number}{direction}"
        for number in (0, 1)
        for direction in ("", "_reverse")
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
    ]


def test_a_stated_size_is_a_condition_and_fixes_the_weights():
    layer = GRU(4, input_size=6)
    assert conditions_of(layer, ("T", "N", "C")) == ["C == 6"]
    assert weights_of(layer, ("T", "N", "C"))["weight_ih_l0"] == (12, 6)


def test_windows():
    x = specs(("T", "N", 3))
    assert GRU(2, bidirectional=True).window(x) == Windows(whole=(0, 2))
    assert GRU(2, bidirectional=True, batch_first=True).window(x) == Windows(whole=(1, 2))
    assert GRU(2).window(x) == Windows(whole=(0, 2), exact=False)  # only the earlier positions
    assert GRU(2, return_states=True).window(x) == WHOLE


FAULTS = [
    (
        LSTM(8, input_size=3),
        ("T", "N", 4),
        "CS202: input_size = 3, the input has 4",
        "rule: input_size equals the size of that axis of the input",
        "fix: input_size: 4, or leave input_size out: it is read from the input",
    ),
    (
        LSTM(8, batch_first=True),
        ("N", 64, 4, "W"),
        "CS206: LSTM needs three axes (batch, positions, features), the input (N, 64, 4, W) has 4",
        "rule: with batch_first: true the axes are (batch, positions, features)",
        "fix: permute to (N, W, C, H), flatten(start_dim=2), batch_first: true; the input is then (N, W, 256)",
    ),
    (
        RNN(8),
        ("N", 64),
        "CS206: RNN needs three axes (positions, batch, features), the input (N, 64) has 2",
        "rule: with batch_first: false the axes are (positions, batch, features)",
        "fix: an input of three axes",
    ),
]


@pytest.mark.parametrize(("layer", "x", "lines"), [(layer, x, lines) for layer, x, *lines in FAULTS])
def test_fault(layer, x, lines):
    assert fault_of(layer, x) == "\n  ".join(lines)


def test_the_fixes_work():
    assert shape_of(LSTM(8, batch_first=True), ("N", "W", 256)) == ("N", "W", 8)
    assert shape_of(LSTM(8, input_size=4), ("T", "N", 4)) == ("T", "N", 8)


REFUSED = [
    (lambda: LSTM(10, 20), f"CS403: LSTM takes one positional argument, hidden_size; PyTorch's {LSTM.pytorch}"),
    (lambda: GRU(10, num_layers=0), "CS401: GRU: num_layers = 0: there is no layer"),
    (lambda: LSTM(10, proj_size=10), "CS401: LSTM: proj_size = 10: it is not below hidden_size = 10"),
    (lambda: RNN(10, nonlinearity="sigmoid"), "CS401: RNN: nonlinearity = 'sigmoid' is not one of tanh, relu"),
    (lambda: GRU(10, proj_size=2), "CS404: GRU has no argument 'proj_size'"),
]


@pytest.mark.parametrize(("make", "first_line"), REFUSED)
def test_refused_arguments(make, first_line):
    assert refusal(make).splitlines()[0] == first_line


def test_a_symbolic_projection_is_taken():
    assert shape_of(LSTM(2 * dim("p"), proj_size=dim("p")), ("T", "N", 3)) == ("T", "N", "p")


def test_a_projection_of_symbolic_size_is_one():
    """The number 0 means none; a formula is a size, and has to be below the hidden one."""
    layer = LSTM(5, proj_size=dim("P") - 1)
    assert shapes_of(layer, (7, 2, 3)) == ((7, 2, "P - 1"),)
    assert conditions_of(layer, (7, 2, 3)) == ["P - 1 >= 1", "6 - P >= 1"]


def test_a_state_of_another_shape():
    assert fault_of(GRU(4, bidirectional=True), ("T", "N", 3), (1, "N", 4)) == (
        "CS201: input 1, a state before the first step, is (1, N, 4), not (2, N, 4)\n"
        "  rule: a state is (layers*directions, batch, features), whatever batch_first says\n"
        "  fix: a state of shape (2, N, 4), or none: zeros"
    )
    assert conditions_of(LSTM(4, batch_first=True), ("N", "T", 3), (1, "M", 4), (1, "M", "K")) == ["M == N", "K == 4"]


def test_peepholes():
    """Three more weights a unit, each with a product and a sum in every step."""
    plain, seen = LSTM(4, num_layers=2, bidirectional=True), LSTM(4, num_layers=2, bidirectional=True, peepholes=True)
    x = ("T", "N", 3)
    more = {name: shape for name, shape in weights_of(seen, x).items() if name not in weights_of(plain, x)}
    assert more == {f"weight_peephole_l{n}{d}": (12,) for n in (0, 1) for d in ("", "_reverse")}
    before, after = work_of(plain, (5, 2, 3)), work_of(seen, (5, 2, 3))
    units = 5 * 2 * 2 * 2 * 4
    assert {sort: after[sort] - before[sort] for sort in after} == {
        "macs": 0, "muls": 3 * units, "adds": 3 * units, "transcendental": 0,
    }  # fmt: skip
