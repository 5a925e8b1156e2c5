"""GLU, Maxout, Softmax, LogSoftmax: shapes against PyTorch, facts by sampling, work by loops."""

from collections import Counter

import numpy as np
import pytest

from cnnshape.layers.activation import GLU, LogSoftmax, Maxout, Softmax
from cnnshape.layers.base import Windows
from cnnshape.symbolic import dim
from tests.layers.counted import add_up, exp, largest, log, numbers, sigmoid, softmax
from tests.layers.measured import compare, conditions_of, draws, fault_of, fits_often, shape_of, specs, work_of

SHAPES = [
    ("glu", "half of 64", GLU(1), ("N", 64, "H", "W"), ("N", 32, "H", "W")),
    ("glu-last", "PyTorch's default axis", GLU(), ("N", "T", "2*C"), ("N", "T", "C")),
    ("maxout", "64 channels in groups of 2", Maxout(32), ("N", 64, "H"), ("N", 32, "H")),
    ("maxout-symbolic", "groups of 3", Maxout(dim("C"), dim=-1), ("N", "T", "3*C"), ("N", "T", "C")),
    ("softmax", "stays", Softmax(), ("N", "C", "H", "W"), ("N", "C", "H", "W")),
    ("log-softmax", "stays", LogSoftmax(-2), ("N", "T", 5), ("N", "T", 5)),
]


@pytest.mark.parametrize(("layer", "x", "expected"), [pytest.param(*row[2:], id=row[0]) for row in SHAPES])
def test_shape(layer, x, expected):
    assert shape_of(layer, x) == expected
    assert conditions_of(layer, x) == []


def test_conditions():
    assert conditions_of(GLU(), ("N", "C")) == ["C % 2 == 0"]
    assert conditions_of(Maxout(6), ("N", "C", "H", "W")) == ["C % 6 == 0"]


@pytest.mark.parametrize(("layer", "name"), [(GLU, "glu"), (Softmax, "softmax"), (LogSoftmax, "log_softmax")])
def test_as_pytorch(torch, layer, name):
    taken = []
    for draw, rank in draws(150, seed=7):
        axis = draw.size(-rank - 2, rank + 1)
        function = getattr(torch.nn.functional, name)
        shape = draw.shape(rank, draw.size(1, 6))
        if name == "glu" and shape[axis] % 2 == 0 and draw.one(True, False):
            shape = tuple(size + (place == axis % (rank + 2)) for place, size in enumerate(shape))
        taken.append(compare(torch, layer(axis), lambda x, f=function, a=axis: f(x, dim=a), shape, fixed=()))
    if name == "glu":
        fits_often(taken)


def test_maxout_as_reshape_and_largest(torch):
    """TensorFlow Addons: reshape the axis to (num_units, size // num_units), take the largest along the second."""
    for draw, rank in draws(100, seed=8):
        axis = draw.size(1, rank + 1)
        shape = draw.shape(rank, draw.one(1, 2, 3, 4, 6, 12), most=6)
        units = draw.one(*(u for u in range(1, shape[axis] + 1) if shape[axis] % u == 0))
        x = torch.empty(shape, device="meta")
        y = x.unflatten(axis, (units, shape[axis] // units)).amax(axis + 1)
        assert shape_of(Maxout(units, dim=axis), shape) == tuple(y.shape)


def _log_softmax(row):
    top = row[0]
    for x in row[1:]:
        top = largest(x, top)
    moved = [x - top for x in row]
    total = log(add_up([exp(x) for x in moved]))
    return [x - total for x in moved]


WORK = [
    (GLU(), (2, 4), (2, 2), lambda v: [a * sigmoid(b) for a, b in zip(v[:2], v[2:], strict=True)]),
    (Maxout(2), (2, 6), (2, 2), lambda v: [largest(largest(a, b), c) for a, b, c in (v[:3], v[3:])]),
    (Softmax(), (2, 5), (2, 5), softmax),
    (LogSoftmax(), (2, 5), (2, 5), _log_softmax),
]


@pytest.mark.parametrize(("layer", "shape", "after", "row"), WORK, ids=lambda value: type(value).__name__)
def test_work_is_what_a_plain_loop_does(layer, shape, after, row):
    tally = Counter()
    for _ in range(shape[0]):
        assert len(row(numbers(tally, shape[1]))) == after[1]
    assert shape_of(layer, shape) == after
    assert work_of(layer, shape) == tally


def test_work_counts_every_position():
    assert work_of(Softmax(), (2, 5, 3, 4)) == {sort: 12 * n for sort, n in work_of(Softmax(), (2, 5)).items()}


def test_softmax_stays_in_its_range_and_is_as_flat_as_it_says():
    x = np.random.default_rng(0).normal(scale=4, size=(20_000, 2))
    powers = np.exp(x)
    p = powers / powers.sum(axis=1, keepdims=True)
    assert p.min() > 0
    assert p.max() < 1 == Softmax().curve.high
    slopes = np.concatenate([p[:, 0] * (1 - p[:, 0]), -p[:, 0] * p[:, 1]])  # dy_i/dx_j = y_i*(delta_ij - y_j)
    assert Softmax().curve.slope == (pytest.approx(slopes.min(), abs=1e-6), pytest.approx(slopes.max(), abs=1e-6))
    assert LogSoftmax().curve.slope == (pytest.approx(-p.max(), abs=1e-3), pytest.approx(1 - p.min(), abs=1e-3))
    assert (str(Softmax().curve), str(LogSoftmax().curve)) == ("(0, 1]", "(-inf, 0]")
    assert np.exp(3.0) / np.exp(3.0).sum() == 1  # one class: the end of the range is reached


def test_windows():
    (x,) = specs(("N", 4, "H", "W"))
    assert Softmax().window((x,)) == LogSoftmax().window((x,)) == Windows(whole=(1,))
    assert Softmax(-1).window((x,)) == Windows(whole=(3,))
    assert GLU(1).window((x,)) == Maxout(2).window((x,)) == Windows(whole=(1,))
    assert GLU().window((x,)) == Windows(whole=(3,), exact=False)  # sees two of W positions, not all


FAULTS = [
    (
        GLU(1),
        (1, 7, 4, 4),
        "CS210: GLU halves axis C, which has 7 entries",
        "rule: the axis has an even size",
        "fix: an even size, such as 8, or another dim",
    ),
    (
        GLU(),
        ("N", "2*C + 1"),
        "CS210: GLU halves axis 1, which has 2*C + 1 entries",
        "rule: the axis has an even size",
        "fix: an even size, such as 2*C + 2, or another dim",
    ),
    (
        Maxout(5),
        (1, 8, 4),
        "CS210: num_units = 5 does not divide axis C, which has 8 entries",
        "rule: num_units divides the channels",
        "fix: num_units: 4",
    ),
    (
        Maxout(dim("K")),
        (1, 8, 4),
        "CS210: num_units = K does not divide axis C, which has 8 entries",
        "rule: num_units divides the channels",
        "fix: num_units: 1",
    ),
    (
        Softmax(2),
        ("N", 10),
        "CS207: dim = 2 is no axis of a tensor with 2 axes",
        "rule: axes go from -2 to 1",
        "fix: dim between -2 and 1",
    ),
]


@pytest.mark.parametrize(("layer", "x", "lines"), [(layer, x, lines) for layer, x, *lines in FAULTS])
def test_fault(layer, x, lines):
    assert fault_of(layer, x) == "\n  ".join(lines)
