"""Concatenation against PyTorch, and its conditions and faults."""

import pytest

from cnnshape.layers.base import Context, Spec
from cnnshape.layers.merge import Concat
from tests.layers.measured import Draw, compare, conditions_of, fault_of, fits_often, shape_of, specs, work_of

SHAPES = [
    ("densenet", "64 + 32 channels", Concat(), [(1, 64, 56, 56), (1, 32, 56, 56)], (1, 96, 56, 56)),
    ("symbols", "sizes add up as formulas", Concat(), [("N", "C", "H"), ("N", 4, "H")], ("N", "C + 4", "H")),
    ("tokens", "the class token in front", Concat(), [("N", 1, 768), ("N", "T", 768)], ("N", "T + 1", 768)),
    ("last", "counted from the end", Concat(dim=-1), [(2, 3), (2, 4)], (2, 7)),
    ("batch", "axis 0", Concat(dim=0), [("N", 3), ("M", 3)], ("M + N", 3)),
    ("one", "a single input stays", Concat(), [("N", 3, "L")], ("N", 3, "L")),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "inputs", "expected"), [pytest.param(*row[2:], id=row[0]) for row in SHAPES])
def test_shape(layer, inputs, expected):
    assert shape_of(layer, *inputs) == expected


def test_as_pytorch(torch):
    taken = []
    for seed in range(200):
        draw = Draw(seed)
        dims = draw.size(1, 5)
        axis = draw.size(-dims, dims - 1)
        common = [draw.size(2, 5) for _ in range(dims)]
        shapes = [
            tuple(draw.size(1, 5) if i == axis % dims or draw.size(1, 20) == 1 else s for i, s in enumerate(common))
            for _ in range(draw.size(1, 4))
        ]
        taken.append(compare(torch, Concat(dim=axis), lambda *t, d=axis: torch.cat(t, d), *shapes, fixed=()))
    fits_often(taken)


def test_nothing_is_stretched():
    assert "CS201" in fault_of(Concat(), (1, 2, 7), (1, 2, 1))
    assert conditions_of(Concat(), (1, 2, "H"), (1, 2, 1)) == ["H == 1"]


def test_conditions():
    assert conditions_of(Concat(), ("N", 2, "ceil(H/2)"), ("N", 9, "floor(H/2)")) == ["ceil(H/2) == floor(H/2)"]
    assert conditions_of(Concat(), ("N", "C", "H"), ("N", "D", "H")) == []


def test_window_and_work():
    x = specs((1, 2, 7, 7), (1, 3, 7, 7))
    assert Concat().window(x).source == (0, None, 2, 3)
    assert work_of(Concat(), (1, 2, 7), (1, 2, 7)) == {}


def test_element_type():
    (y,) = Concat().outputs((Spec((1, 2), "float16"), Spec((1, 2), "float32")), Context())
    assert y.dtype == "float32"


FAULTS = [
    (
        "space",
        Concat(),
        [(1, 64, 57, 56), (1, 64, 56, 56)],
        """\
CS201: axis H: input 1 has 57, input 2 has 56
  rule: joined along axis C, inputs have equal sizes on all other axes
  fix: crop input 1 to 56 along H, or pad input 2 to 57 along H""",
    ),
    (
        "ranks",
        Concat(),
        [(1, 64, 1, 1), (1, 64)],
        """\
CS208: the inputs have 4 and 2 axes
  rule: all inputs have the same number of axes
  fix: flatten, squeeze or unsqueeze one of them""",
    ),
    (
        "axis",
        Concat(dim=3),
        [(1, 64, 7), (1, 64, 7)],
        """\
CS207: dim = 3 is no axis of a tensor with 3 axes
  rule: axes go from -3 to 2
  fix: dim between -3 and 2""",
    ),
]


@pytest.mark.parametrize(("layer", "inputs", "expected"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_fault(layer, inputs, expected):
    assert fault_of(layer, *inputs) == expected
