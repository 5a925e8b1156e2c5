"""Linear, Bilinear, Embedding: shapes, weights, conditions and work against PyTorch and loops."""

from collections import Counter

import pytest

from cnnshape.layers.base import Context, Spec, Windows, sizes
from cnnshape.layers.linear import Bilinear, Embedding, Linear
from cnnshape.symbolic import dim
from tests.layers.counted import Counted, add_up, dot, numbers, times_matrix
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

SHAPES = [
    ("lenet-head", "LeCun et al. 1998: 84 to 10", Linear(10), ("N", 84), ("N", 10)),
    ("sequence", "any leading axes", Linear(5), ("N", "T", 8), ("N", "T", 5)),
    ("map", "the last axis is W", Linear(5), ("N", 3, "H", 8), ("N", 3, "H", 5)),
    ("no-batch", "a learned tensor of one axis", Linear(5), (8,), (5,)),
    ("symbolic", "width as a formula", Linear(2 * dim("c")), ("N", "c"), ("N", "2*c")),
    ("held", "equal for every H", Linear(5, in_features=dim("c")), ("N", "c"), ("N", 5)),
]


@pytest.mark.parametrize(("layer", "x", "expected"), [pytest.param(*row[2:], id=row[0]) for row in SHAPES])
def test_shape(layer, x, expected):
    assert shape_of(layer, x) == expected
    assert conditions_of(layer, x) == []


def test_a_stated_side_is_a_condition_and_fixes_the_weights():
    layer, x = Linear(120, in_features=400), ("N", "16*floor(H/4)*floor(W/4)")
    assert conditions_of(layer, x) == ["16*floor(H/4)*floor(W/4) == 400"]
    assert weights_of(layer, x) == {"weight": (120, 400), "bias": (120,)}
    assert str(work_of(layer, x)["macs"]) == "48000*N"
    assert [str(size) for size in weights_of(Linear(120), x)["weight"]] == ["120", "16*floor(H/4)*floor(W/4)"]


def test_parameters_of_published_heads():
    """VGG-16's three layers hold 102760448 + 4096, 16777216 + 4096, 4096000 + 1000 (torchvision's state dict)."""
    for out, size, count in [(4096, 25088, 102764544), (4096, 4096, 16781312), (1000, 4096, 4097000)]:
        shapes = weights_of(Linear(out), (1, size))
        assert shapes["weight"][0] * shapes["weight"][1] + shapes["bias"][0] == count


def test_linear_as_pytorch(torch):
    taken = []
    for draw, rank in draws(300, seed=1):
        size, given = draw.size(1, 9), {"out_features": draw.size(1, 9), "bias": draw.one(True, False)}
        with torch.device("meta"):
            module = torch.nn.Linear(size, **given)
        shape = (*draw.shape(rank, 2)[draw.size(0, 2) :], draw.one(size, size, size + 1))
        taken.append(compare(torch, Linear(in_features=size, **given), module, shape, fixed=()))
        if taken[-1]:
            compare(torch, Linear(**given), module, shape, fixed=())
    fits_often(taken)


def test_bilinear_as_pytorch(torch):
    taken = []
    for draw, rank in draws(200, seed=2):
        one, two = draw.size(1, 5), draw.size(1, 5)
        with torch.device("meta"):
            module = torch.nn.Bilinear(one, two, 4, bias=draw.one(True, False))
        layer = Bilinear(4, bias=module.bias is not None, in1_features=one, in2_features=two)
        leading = draw.shape(rank, 2)
        other = leading if draw.one(True, True, False) else (leading[0] + 1, *leading[1:])
        shapes = (*leading, one), (*other, draw.one(two, two, two + 1))
        taken.append(compare(torch, layer, module, *shapes, fixed=()))
    fits_often(taken)


def test_embedding_as_pytorch(torch):
    for draw, rank in draws(60, seed=3):
        rows, size = draw.size(1, 9), draw.size(1, 9)
        index = draw.one(None, 0, -1, rows - 1, -rows)
        with torch.device("meta"):
            module = torch.nn.Embedding(rows, size, padding_idx=index)
        layer = Embedding(size, num_embeddings=rows, padding_idx=index)
        compare(torch, layer, module, draw.shape(rank, 2), dtypes=(draw.one("int64", "int32"),), fixed=())


def test_embedding_turns_integers_into_floats():
    (y,) = Embedding(4, num_embeddings=9).outputs((Spec(sizes("N"), "int32"),), Context())
    assert y == Spec(sizes("N", 4), "float32")


class TestWork:
    def test_linear(self):
        tally = Counter()
        for row in (numbers(tally, 3) for _ in range(2 * 4)):
            for y in times_matrix(row, 5):
                y + 0.1  # the bias; only the tally matters
        assert work_of(Linear(5), (2, 4, 3)) == tally == {"macs": 120, "adds": 40}
        assert work_of(Linear(5, bias=False), (2, 4, 3)) == {"macs": 120}

    def test_bilinear(self):
        tally = Counter()
        for _ in range(6):
            a, b = numbers(tally, 3), numbers(tally, 4)
            for _ in range(5):
                dot(a, times_matrix(b, 3)) + 0.1
        assert work_of(Bilinear(5), (6, 3), (6, 4)) == tally

    def test_embedding(self):
        assert work_of(Embedding(4, num_embeddings=9), Spec((2, 3), "int64")) == {}

    def test_linear_as_pytorch_counts(self, torch):
        from torch.utils.flop_counter import FlopCounterMode

        for shape in [(7, 3), (2, 4, 3), (2, 4, 5, 3)]:
            with torch.device("meta"), FlopCounterMode(display=False) as counter:
                torch.nn.Linear(3, 5)(torch.empty(shape))
            assert 2 * work_of(Linear(5), shape)["macs"] == counter.get_total_flops()


def test_windows():
    assert Linear(5).window(specs(("N", 3, "H", 8))) == Windows(whole=(3,))
    assert Bilinear(5).window(specs(("N", 3), ("N", 4))) == Windows(whole=(1,))
    assert Embedding(5, num_embeddings=2).window((Spec(sizes("N", "T"), "int64"),)) == Windows(source=(0, 1, None))


FAULTS = [
    (
        "the-classic",
        Linear(120, in_features=400),
        [(1, 16, 5, 5)],
        "CS202: in_features = 400, the last axis of the input (1, 16, 5, 5) has 5",
        "rule: in_features equals the size of the last axis of the input",
        "fix: in_features: 5 (the last axis), or leave in_features out: it is read from the input",
        "  or flatten before it: that makes one axis of 400",
    ),
    (
        "channels-first",
        Linear(384, in_features=96),
        [("N", 96, "H", 56)],
        "CS202: in_features = 96, the last axis of the input (N, 96, H, 56) has 56",
        "rule: in_features equals the size of the last axis of the input",
        "fix: in_features: 56 (the last axis), or leave in_features out: it is read from the input",
        "  or permute axis C, which has 96, to the end",
    ),
    (
        "plain",
        Linear(10, in_features=84),
        [("N", 120)],
        "CS202: in_features = 84, the last axis of the input (N, 120) has 120",
        "rule: in_features equals the size of the last axis of the input",
        "fix: in_features: 120 (the last axis), or leave in_features out: it is read from the input",
    ),
    (
        "scalar",
        Linear(10),
        [()],
        "CS206: Linear works on the last axis, the input () has none",
        "rule: the input has at least one axis",
        "fix: an input with an axis of features: [C]",
    ),
    (
        "bilinear-leading",
        Bilinear(2),
        [("N", 3, 4), ("N", 5, 4)],
        "CS201: axis C: the inputs have 3 and 5",
        "rule: all axes but the last are equal",
        "fix: give both 3",
    ),
    (
        "bilinear-features",
        Bilinear(2, in2_features=7),
        [("N", 3), ("N", 5)],
        "CS202: in2_features = 7, the input has 5",
        "rule: in2_features equals the size of that axis of the input",
        "fix: in2_features: 5, or leave in2_features out: it is read from the input",
    ),
    (
        "bilinear-axes",
        Bilinear(2),
        [("N", 3), ("N", 5, 3)],
        "CS208: the inputs have 2 and 3 axes",
        "rule: all inputs have the same number of axes",
        "fix: flatten, squeeze or unsqueeze one of them",
    ),
    (
        "floats",
        Embedding(2, num_embeddings=3),
        [("N", "T")],
        "CS211: Embedding looks up integers, the input holds float32",
        "rule: an index is an integer from 0 to num_embeddings - 1",
        "fix: state the input's dtype: int64, or cast it before",
    ),
]


@pytest.mark.parametrize(
    ("layer", "inputs", "lines"),
    [pytest.param(layer, inputs, lines, id=name) for name, layer, inputs, *lines in FAULTS],
)
def test_fault(layer, inputs, lines):
    assert fault_of(layer, *inputs) == "\n  ".join(lines)


def test_the_fixes_work():
    assert shape_of(Linear(120, in_features=5), (1, 16, 5, 5)) == (1, 16, 5, 120)
    assert shape_of(Linear(120), (1, 16, 5, 5)) == (1, 16, 5, 120)
    assert shape_of(Linear(120, in_features=400), (1, 16 * 5 * 5)) == (1, 120)
    assert shape_of(Linear(384, in_features=96), ("N", "H", 56, 96)) == ("N", "H", 56, 384)
    assert shapes_of(Bilinear(2, in2_features=5), ("N", 3), ("N", 5)) == (("N", 2),)


REFUSED = [
    (
        lambda: Linear(400, 120),
        f"CS403: Linear takes one positional argument, out_features; PyTorch's {Linear.pytorch}",
    ),
    (
        lambda: Embedding(64, num_embeddings=10, padding_idx=10),
        "CS401: Embedding: padding_idx = 10: the table has 10 rows",
    ),
    (
        lambda: Embedding(64, num_embeddings=10, padding_idx=-11),
        "CS401: Embedding: padding_idx = -11: the table has 10 rows",
    ),
    (lambda: Embedding(64), "CS405: Embedding needs num_embeddings"),
]


@pytest.mark.parametrize(("make", "first_line"), REFUSED)
def test_refused_arguments(make, first_line):
    assert refusal(make).splitlines()[0] == first_line


def test_a_symbolic_table_may_have_a_padding_row():
    assert Embedding(2, num_embeddings=dim("V"), padding_idx=3).padding_idx == 3


def test_counted_numbers_count():
    """The oracle itself: 3 products and 2 sums by hand."""
    tally = Counter()
    a = [Counted(v, tally) for v in (1.0, 2.0, 3.0)]
    assert add_up([x * x for x in a]).value == 14
    assert tally == {"muls": 3, "adds": 2}
