"""Einsum against PyTorch's shapes and numbers, NumPy's count of operations, and plain arithmetic."""

import random
import re

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.layers.linear.equation import labeled, parts
from tests.layers.computing import computed, same
from tests.layers.measured import compare, conditions_of, fault_of, fits_often, refusal, shape_of, specs, work_of

SHAPES = [
    ("product", "bij,bjk->bik", [("N", 3, "T"), ("N", "T", 4)], ("N", 3, 4)),
    ("scores", "bhid,bhjd->bhij", [("N", 8, "T", 64), ("N", 8, "S", 64)], ("N", 8, "T", "S")),
    ("channels-last", "nchw->nhwc", [("N", 3, "H", "W")], ("N", "H", "W", 3)),
    ("whole-sum", "nchw->", [("N", 3, "H", "W")], ()),
    ("outer", "i,j->ij", [("H",), ("W",)], ("H", "W")),
    ("no-arrow", "ba,bc", [("N", "A"), ("N", "C")], ("A", "C")),
    ("no-arrow-and-dots", "...b,bc", [("N", "T", "B"), ("B", 5)], ("N", "T", 5)),
    ("dots-between", "i...j->j...", [(2, "H", "W", 5)], (5, "H", "W")),
    ("diagonal", "nii->ni", [("N", 4, 4)], ("N", 4)),
    ("stretched", "nc,nc->nc", [("N", 1), ("N", 6)], ("N", 6)),
    ("spaces", " i j , j k -> i k ", [("A", 3), (3, "B")], ("A", "B")),
]


@pytest.mark.parametrize(("equation", "inputs", "expected"), [pytest.param(*row[1:], id=row[0]) for row in SHAPES])
def test_shape(equation, inputs, expected):
    assert shape_of(L.Einsum(equation), *inputs) == expected


def drawn(draw):
    """An equation and shapes; the letters of later inputs are mostly those of earlier ones."""
    sizes = {letter: draw.randint(1, 4) for letter in "abcdefgh"}
    dots = [draw.randint(1, 3) for _ in range(draw.randint(0, 2))]
    terms, shapes, used = [], [], []
    for _ in range(draw.choice((1, 2, 2, 2, 3))):
        pool = list(dict.fromkeys((*used, *draw.sample("abcdefgh", 2))))
        letters = draw.sample(pool, min(len(pool), draw.randint(1, 4)))
        if draw.random() < 0.1:
            letters.append(letters[0])
        held = [sizes[letter] + (draw.random() < 0.02) for letter in letters]
        place = draw.randint(0, len(letters))
        shown = dots[draw.randint(0, len(dots)) :] if draw.random() < 0.4 else None
        term = list(letters)
        if shown is not None:
            term[place:place], held[place:place] = ["..."], shown
        terms.append("".join(term))
        shapes.append(tuple(held))
        used += letters
    known = list(dict.fromkeys(used))
    after = draw.sample(known, draw.randint(0, len(known)))
    if any("..." in term for term in terms):
        after.insert(draw.randint(0, len(after)), "...")
    once = draw.random() < 0.2
    return ",".join(terms) + ("" if once else "->" + "".join(after)), tuple(shapes)


def test_shapes_as_pytorch(torch):
    draw, taken = random.Random(1), []
    for _ in range(250):
        equation, shapes = drawn(draw)
        module = lambda *xs, e=equation: torch.einsum(e, *xs)  # noqa: E731  # one line
        fixed = (0, 1, 2, 3, 4, 5, 6)  # which sizes are 1 is seen on numbers only
        taken.append(compare(torch, L.Einsum(equation), module, *shapes, fixed=fixed))
    fits_often(taken)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_numbers_as_pytorch(dtype, torch):
    draw, source, seen = random.Random(2), np.random.default_rng(2), 0
    for _ in range(250):
        equation, shapes = drawn(draw)
        inputs = [source.standard_normal(shape).astype(dtype) for shape in shapes]
        wide = [torch.from_numpy(x.astype(np.float32) if dtype == "float16" else x) for x in inputs]
        try:
            theirs = torch.einsum(equation, *wide).numpy()
        except RuntimeError:
            continue
        same(computed(L.Einsum(equation), *inputs), np.asarray(theirs, dtype))
        seen += 1
    assert seen > 150


def test_whole_numbers():
    a, b = np.arange(12, dtype=np.int32).reshape(3, 4), np.arange(8, dtype=np.int32).reshape(4, 2)
    same(computed(L.Einsum("ij,jk->ik"), a, b), a @ b)


PAIRS = ["ij,jk->ik", "bij,bjk->bik", "bhid,bhjd->bhij", "ijkl,lm->ijkm", "ijkl,klm->ijm", "nchw,oc->nohw"]


@pytest.mark.parametrize("equation", PAIRS)
def test_macs_are_half_of_the_operations_that_numpy_counts(equation):
    """A product and an addition for each combination of letters; `einsum_path` estimates both."""
    sizes = dict(zip("abcdefghijklmnopqrstuvwxyz", range(2, 28), strict=True))
    shapes = [tuple(sizes[letter] for letter in term) for term in equation.partition("->")[0].split(",")]
    told = np.einsum_path(equation, *map(np.empty, shapes), optimize="greedy")[1]
    operations = float(re.search(r"Optimized FLOP count:\s+(\S+)", told)[1])
    macs = work_of(L.Einsum(equation), *shapes)["macs"]
    assert macs == pytest.approx(operations / 2, rel=1e-3)
    assert macs == np.prod([sizes[letter] for letter in set(equation) - set(",->")])


def test_work_by_hand():
    """Three matrices from left to right; what one input alone has is summed before; one input makes no product."""
    assert work_of(L.Einsum("ij,jk,kl->il"), (2, 3), (3, 5), (5, 7)) == {"macs": 2 * 3 * 5 + 2 * 5 * 7}
    assert work_of(L.Einsum("ijz,jk->ik"), (2, 3, 4), (3, 5)) == {"macs": 2 * 3 * 5, "adds": 2 * 3 * (4 - 1)}
    assert work_of(L.Einsum("nchw->nc"), (2, 3, 4, 5)) == {"adds": 2 * 3 * (4 * 5 - 1)}
    assert work_of(L.Einsum("nchw->nhwc"), (2, 3, 4, 5)) == {}
    assert work_of(L.Einsum("ii->"), (6, 6)) == {"adds": 5}


def test_a_letter_is_one_size():
    assert conditions_of(L.Einsum("ij,jk->ik"), ("N", "A"), ("B", 4)) == ["A == B"]
    assert conditions_of(L.Einsum("ii->i"), ("A", "B")) == ["A == B"]
    assert conditions_of(L.Einsum("...i,...i->..."), ("N", "T", 3), ("M", 1, 3)) == ["N == M"]


def test_windows():
    assert L.Einsum("nchw->nhwc").window(specs((1, 3, 5, 5))).source == (0, 2, 3, 1)
    assert L.Einsum("nchw->nc").window(specs((1, 3, 5, 5))).whole == (2, 3)
    scores = L.Einsum("bhid,bhjd->bhij").window(specs((1, 2, 5, 4), (1, 2, 6, 4)))
    assert (scores.whole, scores.exact) == ((2, 3), False)
    assert L.Einsum("nc,cd->nd").window(specs((1, 3), (3, 5))).whole == (0, 1)
    assert L.Einsum("nc,nc->n").window(specs((1, 3), (1, 3))).everything


def test_equations():
    assert parts("i...j , jk-> ...k") == (("i...j", "jk"), "...k")
    assert labeled("a...,...b", (3, 2)) == ((("a", -2, -1), (-1, "b")), (-2, -1, "a", "b"))


WRONG = [
    ("digits", "i1->i", "'i1' is not letters with three dots at most once"),
    ("two-dots", "i..->i", "'i..' is not letters with three dots at most once"),
    ("twice", "ij->ii", "a letter of the result stands there twice"),
    ("new", "ij->ik", "'k' stands in the result alone"),
    ("two-arrows", "i->j->k", "'j->k' is not letters with three dots at most once"),
]


@pytest.mark.parametrize(("equation", "why"), [pytest.param(*row[1:], id=row[0]) for row in WRONG])
def test_what_is_no_equation(equation, why):
    assert refusal(lambda: L.Einsum(equation)) == (
        f"CS401: Einsum: equation = {equation!r}: {why}\n"
        "  rule: a term of letters for each input, then -> and the letters of the result, each once\n"
        "  fix: such as equation: bij,bjk->bik"
    )


FAULTS = [
    (
        "sizes",
        "ij,jk->ik",
        ((2, 3), (4, 5)),
        """\
CS201: j is 3, and 4 in input 2
  rule: a letter stands for one size, or for the number 1
  fix: give both 3""",
    ),
    (
        "axes",
        "ij,jk->ik",
        ((2, 3, 4), (3, 5)),
        """\
CS206: ij,jk->ik: the operand 'ij' has 3 axes
  inputs (2, 3, 4) and (3, 5)
  rule: each input has a term, with a letter for each of its axes or three dots for several
  fix: a letter for each axis""",
    ),
    (
        "inputs",
        "ij,jk->ik",
        ((2, 3),),
        """\
CS205: ij,jk->ik: the equation has 2 operands, 1 are given
  inputs (2, 3)
  rule: each input has a term, with a letter for each of its axes or three dots for several
  fix: 2 inputs, or as many terms""",
    ),
]


@pytest.mark.parametrize(("equation", "inputs", "expected"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_fault(equation, inputs, expected):
    assert fault_of(L.Einsum(equation), *inputs) == expected
