"""Boxes against brute force over all symbols."""

import itertools
import random

import pytest

from cnnshape.symbolic.boxes import boxes, boxes_text
from cnnshape.symbolic.dim import ceildiv, dim, evaluate, floordiv, subs
from cnnshape.symbolic.window import Window, output_size

H, W, C = dim("H"), dim("W"), dim("C")
VGG_JOIN = 512 * ceildiv(H, 32) * ceildiv(W, 32) - 25088


def test_the_flattened_map_of_a_classifier():
    found = boxes(VGG_JOIN)
    assert [box.factors for box in found] == [(7, 7), (1, 49), (49, 1)]
    assert str(found[0]) == "H in 193..224, W in 193..224"
    assert str(found[1]) == "H <= 32, W in 1537..1568"
    assert boxes_text(found) == "(7x7) H in 193..224, W in 193..224, and 2 thin shapes"
    assert {"H": 224, "W": 193} in found[0]
    assert {"H": 224, "W": 225} not in found[0]
    assert str(found[0]["W"]) == "W in 193..224"


def test_alexnet_with_an_offset_in_its_formula():
    size = H
    for kernel, stride, p in [(11, 4, 2), (3, 2, 0), (3, 2, 0), (3, 2, 0)]:
        size = output_size(size, Window(kernel, stride, p, p))
    first, *rest = boxes(256 * size * subs(size, {"H": W}) - 9216)
    assert first.factors == (6, 6)
    # Values of H from 720 runs of PyTorch: 223..254.
    assert str(first) == "H in 223..254, W in 223..254"
    assert len(rest) == 8


def brute(expr, limit):
    return {(h, w) for h in range(1, limit) for w in range(1, limit) if evaluate(expr, {"H": h, "W": w}) == 0}


@pytest.mark.parametrize("seed", range(3))
def test_boxes_hold_all_solutions_and_nothing_else(seed):
    rng = random.Random(f"boxes {seed}")
    for _ in range(12):
        f, g = (
            rng.choice([1, 1, 2, -3]) * floordiv(rng.choice([1, 3]) * x + rng.randint(-9, 9), rng.randint(1, 5))
            + rng.randint(-3, 3)
            for x in (H, W)
        )
        expr = rng.choice([1, 4, -2]) * f * g - rng.choice([0, 12, 24, 36, -12, 5, 64])
        found = boxes(expr)
        seen = {(h, w) for h in range(1, 40) for w in range(1, 40) if any({"H": h, "W": w} in box for box in found)}
        assert seen == brute(expr, 40), expr


def test_a_polynomial_side():
    found = boxes((H * H + H) * (W // 3) - 60)
    assert {(h, w) for h in range(1, 99) for w in range(1, 99) if any({"H": h, "W": w} in b for b in found)} == brute(
        (H * H + H) * (W // 3) - 60, 99
    )


def test_a_product_of_zero_leaves_the_other_side_free():
    found = boxes((H - 3) * (W - 4))
    assert [str(box) for box in found] == ["H == 3, any W", "any H, W == 4"]
    assert [box.factors for box in found] == [(0, None), (None, 0)]
    assert boxes_text(found[:1]) == "H == 3, any W"


@pytest.mark.parametrize(
    "expr",
    [H - W, H * W - H * H, H * W + H * H * W * W - 6, floordiv(H * W, 4) - 6, C * H * W - 8, H - 3, 5],
    ids=str,
)
def test_what_does_not_split_stays_a_relation(expr):
    assert boxes(expr) is None


def test_no_solution():
    assert boxes(2 * H * W - 7) == []
    assert boxes((H + 5) * (W + 5) - 7) == []
    assert boxes_text([]) == "no size works"


def test_many_shapes():
    found = boxes(H * W - 144)
    assert found[0].factors == (12, 12)
    assert [box.factors for box in found[1:3]] == [(9, 16), (16, 9)]
    # 144 = 2^4 * 3^2 has 5 * 3 divisors.
    assert boxes_text(found) == "(12x12) H == 12, W == 12, and 14 other shapes"


def test_other_names():
    assert boxes(dim("T") * C - 6, ("T", "C"))[0].factors == (2, 3)


@pytest.mark.parametrize("seed", range(12))
def test_boxes_of_three_symbols_hold_all_solutions_and_nothing_else(seed):
    """Tried on every point of a grid, as 3-D networks that end in a fixed linear layer have them."""
    rng = random.Random(seed)
    factors = [(dim(name) + rng.randint(0, 3)) // rng.randint(1, 4) + rng.randint(0, 1) for name in "THW"]
    target = rng.choice([1, 4, 6, 12, 16, 30])
    expr = rng.randint(1, 9) * (factors[0] * factors[1] * factors[2] - target)
    found = boxes(expr, ("T", "H", "W"))
    assert found is not None
    for t, h, w in itertools.product(range(1, 14), repeat=3):
        sizes = {"T": t, "H": h, "W": w}
        assert (evaluate(expr, sizes) == 0) == any(sizes in box for box in found)
    spread = [max(box.factors) - min(box.factors) for box in found]
    assert spread == sorted(spread)


def test_two_of_three_symbols_that_are_tied_do_not_split():
    t, h, w = dim("T"), dim("H"), dim("W")
    assert boxes(t * (h + w) - 4, ("T", "H", "W")) is None
