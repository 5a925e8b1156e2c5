"""Split and Chunk against PyTorch, and with symbols."""

import pytest

from cnnshape.layers.base import Spec
from cnnshape.layers.reshape import Chunk, Split
from cnnshape.symbolic import dim
from tests.layers.measured import Draw, compare, conditions_of, fault_of, fits_often, refusal, shapes_of, work_of

SHAPES = [
    ("sizes", "each as given", Split((64, 32)), (1, 96, "H", 7), [(1, 64, "H", 7), (1, 32, "H", 7)]),
    ("equal", "the last with what remains", Split(3), ("N", 8), [("N", 3), ("N", 3), ("N", 2)]),
    ("exact", "nothing remains", Split(4, dim=-1), ("N", 8), [("N", 4), ("N", 4)]),
    ("formulas", "sizes may be formulas", Split((dim("C"), dim("C"))), ("N", "2*C"), [("N", "C"), ("N", "C")]),
    ("halves", "a gated unit's two halves", Chunk(2), ("N", "2*C", "L"), [("N", "C", "L"), ("N", "C", "L")]),
    ("thirds", "queries, keys, values", Chunk(3, dim=2), ("N", "T", 2304), [("N", "T", 768)] * 3),
    ("uneven", "ceil(d/2) and the rest", Chunk(2), ("N", "C"), [("N", "ceil(C/2)"), ("N", "C - ceil(C/2)")]),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "x", "expected"), [pytest.param(*row[2:], id=row[0]) for row in SHAPES])
def test_shape(layer, x, expected):
    assert shapes_of(layer, x) == tuple(expected)


def test_split_by_size_as_pytorch(torch):
    for seed in range(200):
        draw = Draw(seed)
        shape = tuple(draw.size(1, 9) for _ in range(draw.size(1, 4)))
        axis, size = draw.size(-len(shape), len(shape) - 1), draw.size(1, 5)
        module = lambda t, s=size, d=axis: t.split(s, d)  # noqa: E731  # one line
        assert compare(torch, Split(size, dim=axis), module, shape, fixed=(axis % len(shape),))


def test_split_by_sizes_as_pytorch(torch):
    taken = []
    for seed in range(300):
        draw = Draw(seed)
        shape = tuple(draw.size(2, 6) for _ in range(draw.size(1, 4)))
        axis = draw.size(-len(shape), len(shape) - 1)
        first = draw.size(1, 4)
        sizes = (first, draw.one(max(1, shape[axis] - first), draw.size(1, 3)))
        module = lambda t, s=sizes, d=axis: t.split(s, d)  # noqa: E731  # one line
        taken.append(compare(torch, Split(sizes, dim=axis), module, shape, fixed=()))
    fits_often(taken)


def test_chunk_as_pytorch(torch):
    """Where PyTorch gives fewer parts than asked for, there is a fault."""
    fewer = 0
    for seed in range(300):
        draw = Draw(seed)
        shape = tuple(draw.size(1, 12) for _ in range(draw.size(1, 4)))
        axis, number = draw.size(-len(shape), len(shape) - 1), draw.size(1, 5)
        parts = torch.empty(shape, device="meta").chunk(number, axis)
        if len(parts) == number:
            module = lambda t, n=number, d=axis: t.chunk(n, d)  # noqa: E731  # one line
            assert compare(torch, Chunk(number, dim=axis), module, shape, fixed=())
        else:
            fewer += 1
            fault = fault_of(Chunk(number, dim=axis), shape)
            assert fault.startswith("CS210")
            assert fault.endswith(f"fix: chunks: {len(parts)}"), "as many as PyTorch makes"
    assert fewer > 20


def test_conditions():
    assert conditions_of(Split((6, 2)), ("N", "C")) == ["8 == C"]
    assert conditions_of(Split((2, dim("C") - 2)), ("N", "C")) == ["C - 2 >= 1"]
    assert conditions_of(Chunk(3), ("N", "C")) == ["C - 2*ceil(C/3) >= 1"]
    assert conditions_of(Chunk(2), ("N", "2*C")) == []


def test_positions_along_the_axis_are_new():
    x = (Spec((1, 8, 7, 7)),)
    assert Split((6, 2)).window(x).source == Chunk(2).window(x).source == (0, None, 2, 3)
    assert work_of(Split(4), (1, 8)) == work_of(Chunk(2), (1, 8)) == {}


FAULTS = [
    (
        "sum",
        Split((64, 16)),
        (1, 96, 7, 7),
        """\
CS210: axis C: parts of 64 + 16 = 80 do not make up 96
  rule: the sizes of the parts are at least 1 and add up to the axis
  fix: split_size: [64, 32]""",
    ),
    (
        "sum-without-a-repair",
        Split((64, 16)),
        (1, 32, 7, 7),
        """\
CS210: axis C: parts of 64 + 16 = 80 do not make up 32
  rule: the sizes of the parts are at least 1 and add up to the axis""",
    ),
    (
        "number-of-parts",
        Split(4),
        ("N", "C", 7),
        """\
CS210: axis C: the number of parts of 4 in C depends on a symbol
  rule: the number of outputs is fixed by the design
  fix: split_size: a list with the size of each part, or the layer chunk with a number of parts""",
    ),
    (
        "too-many-parts",
        Chunk(4),
        (1, 5, 7),
        """\
CS210: axis C: nothing of 5 remains for part 4 after parts of 2
  rule: every part has ceil(size/chunks), the last what remains, at least 1
  fix: chunks: 3""",
    ),
]


@pytest.mark.parametrize(("layer", "x", "expected"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_fault(layer, x, expected):
    assert fault_of(layer, x) == expected


def test_refusal():
    assert (
        refusal(lambda: Chunk(0))
        == """\
CS401: Chunk: chunks = 0: at least one part
  rule: 1 <= chunks <= 65536
  fix: chunks: 2"""
    )
