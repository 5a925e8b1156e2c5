"""MatMul against torch.matmul and loops."""

from collections import Counter

import pytest

from cnnshape.layers.base import WHOLE, Windows
from cnnshape.layers.linear import MatMul
from tests.layers.counted import dot, numbers
from tests.layers.measured import compare, conditions_of, draws, fault_of, fits_often, shape_of, specs, work_of

SHAPES = [
    ("scores", "Vaswani et al.: Q K^T", MatMul(transpose_b=True), [("N", 8, "T", 64), ("N", 8, "S", 64)], "N 8 T S"),
    ("values", "A V", MatMul(), [("N", 8, "T", "S"), ("N", 8, "S", 64)], "N 8 T 64"),
    ("shared", "one matrix for the batch", MatMul(), [("N", "T", 5), (5, 7)], "N T 7"),
    ("one", "1 is stretched", MatMul(), [("N", 1, "T", 5), (1, 4, 5, 7)], "N 4 T 7"),
    ("column", "a vector is a column on the right", MatMul(), [("N", "T", 5), (5,)], "N T"),
    ("row", "a vector is a row on the left", MatMul(), [(5,), ("N", 5, 7)], "N 7"),
    ("scalar", "row times column", MatMul(), [(5,), (5,)], ""),
    ("gram", "covariance of channels", MatMul(transpose_a=True), [("N", "P", "C"), ("N", "P", "C")], "N C C"),
]


@pytest.mark.parametrize(("layer", "inputs", "expected"), [pytest.param(*row[2:], id=row[0]) for row in SHAPES])
def test_shape(layer, inputs, expected):
    assert " ".join(str(size) for size in shape_of(layer, *inputs)) == expected
    assert conditions_of(layer, *inputs) == []


def test_conditions():
    assert conditions_of(MatMul(), ("N", "T", "K"), ("N", 5, 7)) == ["K == 5"]
    assert conditions_of(MatMul(), ("N", "T", 5), ("M", 5, 7)) == ["N == M"]  # never broadcast by chance


def operand(draw, batch, rows, columns, swapped):
    shape = [draw.one(size, size, size, 1) for size in batch][draw.size(0, len(batch)) :]
    if not swapped and draw.random.random() < 0.15:
        return (columns if rows is None else rows,)
    return (*shape, columns, rows) if swapped else (*shape, rows, columns)


def test_as_pytorch(torch):
    taken = []
    for draw, _ in draws(400, seed=4):
        batch = [draw.size(1, 3) for _ in range(draw.size(0, 3))]
        n, k, m = (draw.size(1, 4) for _ in range(3))
        swap_a, swap_b = draw.one(False, True), draw.one(False, True)
        a = operand(draw, batch, n, k, swap_a)
        b = operand(draw, batch, draw.one(k, k, k, k + 1), m, swap_b)

        def product(x, y, swap_a=swap_a, swap_b=swap_b):
            x = x.mT if swap_a and x.ndim > 1 else x
            return torch.matmul(x, y.mT if swap_b and y.ndim > 1 else y)

        # torch stretches any 1, ours only one that is known: every size but the inner ones stays a number
        fixed = tuple(range(6))
        taken.append(compare(torch, MatMul(transpose_a=swap_a, transpose_b=swap_b), product, a, b, fixed=fixed))
    fits_often(taken)


def test_symbols_as_pytorch(torch):
    for draw, _ in draws(100, seed=5):
        batch = tuple(draw.size(1, 3) for _ in range(draw.size(0, 3)))
        n, k, m = (draw.size(1, 4) for _ in range(3))
        compare(torch, MatMul(), torch.matmul, (*batch, n, k), (*batch, k, m), fixed=())


def test_work_is_what_a_plain_loop_does():
    tally = Counter()
    for _ in range(2 * 3):
        for _ in range(4):
            for _ in range(6):
                dot(numbers(tally, 5), numbers(tally, 5))
    assert work_of(MatMul(), (2, 1, 4, 5), (3, 5, 6)) == tally == {"macs": 720}
    assert work_of(MatMul(), (4, 5), (5,)) == {"macs": 20}
    assert {s: str(n) for s, n in work_of(MatMul(), ("N", "T", "K"), (5, 7)).items()} == {"macs": "35*N*T"}


def test_work_as_pytorch_counts(torch):
    from torch.utils.flop_counter import FlopCounterMode

    for a, b in [((2, 3, 4), (2, 4, 5)), ((2, 3, 4), (4, 5)), ((3, 4), (4, 5)), ((2, 6, 3, 4), (2, 6, 4, 5))]:
        with torch.device("meta"), FlopCounterMode(display=False) as counter:
            torch.matmul(torch.empty(a), torch.empty(b))
        assert 2 * work_of(MatMul(), a, b)["macs"] == counter.get_total_flops()


def test_windows():
    same = specs(("N", 2, "T", 4), ("N", 2, 4, "S"))
    assert MatMul().window(same) == Windows(whole=(2, 3), exact=False)
    assert MatMul().window(specs(("N", "T", 4), (4, 5))) == WHOLE


FAULTS = [
    (
        MatMul(),
        [(2, 3, 4), (2, 5, 4)],
        "CS201: the rows of the first input have 4 entries, the columns of the second 5",
        "inputs (2, 3, 4) and (2, 5, 4)",
        "rule: (*, n, k) times (*, k, m): the inner sizes are equal",
        "fix: transpose_b: true",
    ),
    (
        MatMul(transpose_b=True),
        [(2, 3, 4), (2, 4, 5)],
        "CS201: the rows of the first input have 4 entries, the columns of the second 5",
        "inputs (2, 3, 4) and (2, 4, 5)",
        "rule: (*, n, k) times (*, k, m): the inner sizes are equal",
        "fix: transpose_b: false",
    ),
    (
        MatMul(),
        [(2, 5, 4), (2, 5, 3)],
        "CS201: the rows of the first input have 4 entries, the columns of the second 5",
        "inputs (2, 5, 4) and (2, 5, 3)",
        "rule: (*, n, k) times (*, k, m): the inner sizes are equal",
        "fix: transpose_a: true",
    ),
    (
        MatMul(),
        [(2, 3, 4), (2, 5, 6)],
        "CS201: the rows of the first input have 4 entries, the columns of the second 5",
        "inputs (2, 3, 4) and (2, 5, 6)",
        "rule: (*, n, k) times (*, k, m): the inner sizes are equal",
        "fix: give both 4",
    ),
    (
        MatMul(),
        [(2, 3, 4), (3, 4, 6)],
        "CS201: batch axis 0: the inputs have 2 and 3",
        "rule: batch axes are equal, or one of them is 1",
        "fix: give both 2, or one of them 1",
    ),
    (
        MatMul(),
        [(2, 3), ()],
        "CS206: MatMul works on the last axis, the input () has none",
        "rule: the input has at least one axis",
        "fix: an input with an axis of features: [C]",
    ),
]


@pytest.mark.parametrize(("layer", "inputs", "lines"), [(layer, inputs, lines) for layer, inputs, *lines in FAULTS])
def test_fault(layer, inputs, lines):
    assert fault_of(layer, *inputs) == "\n  ".join(lines)


def test_the_fixes_work():
    assert shape_of(MatMul(transpose_b=True), (2, 3, 4), (2, 5, 4)) == (2, 3, 5)
    assert shape_of(MatMul(transpose_b=False), (2, 3, 4), (2, 4, 5)) == (2, 3, 5)
    assert shape_of(MatMul(transpose_a=True), (2, 5, 4), (2, 5, 3)) == (2, 4, 3)
    assert shape_of(MatMul(), (2, 3, 4), (1, 4, 6)) == (2, 3, 6)
