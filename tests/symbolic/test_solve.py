"""Solved conditions against brute force: random sizes in NumPy, published architectures layer by layer."""

import operator
import random

import numpy as np
import pytest

from cnnshape.errors import FormulaError
from cnnshape.symbolic.dim import Dim, ceildiv, dim, evaluate, floordiv, maximum, minimum, subs
from cnnshape.symbolic.integer_set import IntegerSet
from cnnshape.symbolic.solve import inputs_for, solve
from cnnshape.symbolic.window import Window, output_size

H, W = dim("H"), dim("W")
OPERATORS = {"==": operator.eq, "!=": operator.ne, ">=": operator.ge, "<": operator.lt}
LIMIT = 6000
EVERY = np.arange(1, LIMIT + 1)


def drawn(rng, depth):
    """Draw a size twice: as a formula and as its values on 1..LIMIT by NumPy (whose // is the floor)."""
    if depth == 0 or rng.random() < 0.15:
        if rng.random() < 0.7:
            return H, EVERY
        constant = rng.randint(-20, 40)
        return constant, np.full(LIMIT, constant)
    (a, a_values), kind = drawn(rng, depth - 1), rng.random()
    if kind < 0.5:
        factor, constant, m = rng.choice([1, 1, 1, 2, 3, -1]), rng.randint(-9, 9), rng.choice([2, 2, 3, 4, 5])
        return floordiv(a * factor + constant, m), (a_values * factor + constant) // m
    b, b_values = drawn(rng, depth - 1)
    if kind < 0.75:
        factor = rng.choice([1, -1, 2])
        return a + factor * b, a_values + factor * b_values
    if kind < 0.85 and abs(a_values).max() < 2**30 and abs(b_values).max() < 2**30:
        return a * b, a_values * b_values
    if kind < 0.95:
        return (
            (maximum(a, b), np.maximum(a_values, b_values))
            if kind < 0.9
            else (
                minimum(a, b),
                np.minimum(a_values, b_values),
            )
        )
    return a - b, a_values - b_values


@pytest.mark.parametrize("seed", range(8))
def test_solutions_are_what_brute_force_finds(seed):
    rng = random.Random(f"solve {seed}")
    for _ in range(40):
        size, values = drawn(rng, 4)
        offset = int(values[rng.randrange(600)]) if rng.random() < 0.6 else 0
        for op, holds in OPERATORS.items():
            found = solve(size - offset, op, "H")
            assert found.symbol == "H"
            assert set(found.up_to(LIMIT)) == set(EVERY[holds(values - offset, 0)].tolist()), (size, offset, op)


def chain(size, *layers):
    for kernel, stride, p in layers:
        size = output_size(size, Window(kernel, stride, p, p))
    return size


POOL = (2, 2, 0)
VGG = chain(H, *[(3, 1, 1), POOL] * 5)
RESNET = chain(H, (7, 2, 3), (3, 2, 1), *[(3, 2, 1)] * 3)
ALEXNET_2 = chain(H, (11, 4, 2), (3, 2, 0), (5, 1, 2), (3, 2, 0), (3, 1, 1), (3, 2, 0))
ALEXNET_0 = chain(H, (11, 4, 0), (3, 2, 0), (5, 1, 2), (3, 2, 0), (3, 1, 1), (3, 2, 0))
DENSENET = chain(H, (7, 2, 3), (3, 2, 1), POOL, POOL, POOL)
SQUEEZENET = output_size(
    output_size(output_size(chain(H, (3, 2, 0)), Window(3, 2, mode="ceil")), Window(3, 2, mode="ceil")),
    Window(3, 2, mode="ceil"),
)
INCEPTION = chain(H, (3, 2, 0), (3, 1, 0), (3, 1, 1), (3, 2, 0), (3, 1, 0), (3, 2, 0), (3, 2, 0), (3, 2, 0))

# Smallest inputs, from running torchvision's models; the flattened 9216 are the classic 224 versus 227.
PUBLISHED = [
    ("ResNet-50 takes everything", RESNET - 1, ">=", "any H"),
    ("VGG-16", VGG - 1, ">=", "H >= 32"),
    ("AlexNet", ALEXNET_2 - 1, ">=", "H >= 63"),
    ("DenseNet-121", DENSENET - 1, ">=", "H >= 29"),
    ("Inception-v3", INCEPTION - 1, ">=", "H >= 75"),
    ("SqueezeNet 1.1", SQUEEZENET - 1, ">=", "H >= 17"),
    ("AlexNet, Linear(9216), padding 2", 256 * ALEXNET_2**2 - 9216, "==", "H in 223..254"),
    ("AlexNet, Linear(9216), padding 0", 256 * ALEXNET_0**2 - 9216, "==", "H in 227..258"),
    ("VGG-16 without adaptive pooling", 512 * VGG**2 - 25088, "==", "H in 224..255"),
    ("ceil and floor of the half joined", ceildiv(H, 2) - floordiv(H, 2), "==", "H % 2 == 0"),
    ("k3 s2 p1 joined with k4 s2 p1", chain(H, (3, 2, 1)) - chain(H, (4, 2, 1)), "==", "H % 2 == 0"),
    ("two k3 s2 are one k7 s4", chain(H, (3, 2, 0), (3, 2, 0)) - chain(H, (7, 4, 0)), "==", "any H"),
    ("skip of depth 3 and the upsampled", floordiv(H, 4) - 2 * floordiv(H, 8), "==", "H % 8 in {0..3}"),
    ("an odd multiple never", 2 * H - 7, "==", "no H works"),
    ("one size less", H * H - 49, "<", "H <= 6"),
    ("all but one", H - 10, "!=", "H != 10"),
]


@pytest.mark.parametrize(("size", "op", "text"), [row[1:] for row in PUBLISHED], ids=[row[0] for row in PUBLISHED])
def test_published_conditions(size, op, text):
    assert str(solve(size, op, "H")) == text


@pytest.mark.parametrize("depth", range(1, 7))
def test_a_unet_needs_a_multiple_of_its_total_stride(depth):
    skips = [H]
    for _ in range(depth):
        skips.append(chain(skips[-1], POOL))
    valid, up = solve(skips[-1] - 1, ">=", "H"), skips.pop()
    for skip in reversed(skips):
        up = output_size(up, Window(2, 2, mode="transposed"))
        valid = valid & solve(skip - up, "==", "H")
        up = skip
    # By hand: every pooling must see an even map.
    assert valid == IntegerSet.residue_class(2**depth, [0])
    assert str(valid) == f"H % {2**depth} == 0"


def test_a_stride_of_three_twice():
    down = chain(H, (3, 3, 0), (3, 3, 0))
    middle = chain(H, (3, 3, 0))
    valid = solve(middle - 3 * down, "==", "H") & solve(H - 3 * middle, "==", "H")
    assert str(valid) == "H % 9 == 0"


def unpadded_unet(valid_for):
    """The original U-Net without padding: encoder of depth 4, crops at the joins."""
    size, conditions = H, []
    for level in range(5):
        size = chain(size, (3, 1, 0), (3, 1, 0))
        conditions.append(valid_for(size, ">="))
        if level < 4:
            conditions.append(valid_for(size - 2 * floordiv(size, 2), "=="))
            size = chain(size, POOL)
    for _ in range(4):
        size = chain(2 * size, (3, 1, 0), (3, 1, 0))
        conditions.append(valid_for(size, ">="))
    return size, conditions


def test_the_original_unet():
    out, conditions = unpadded_unet(lambda size, op: solve(size - 1 if op == ">=" else size, op, "H"))
    sizes, even = IntegerSet.everything(), IntegerSet.everything()
    for i, condition in enumerate(conditions):
        even = even & condition
        if i not in (1, 3, 5, 7):
            sizes = sizes & condition
    # Ronneberger, Fischer, Brox 2015, figure 1: 572 gives 388.
    assert evaluate(out, {"H": 572}) == 388
    assert 572 in even
    assert str(sizes) == "H >= 188"
    assert str(even) == "H >= 188 and H % 16 == 12"


def test_inputs_for_a_target():
    assert str(inputs_for(RESNET, 7, "H")) == "H in 193..224"
    assert inputs_for(7, 7, "H").is_everything
    assert inputs_for(8, 7, "H").is_empty


def test_the_irregular_part_costs_nothing():
    # 512*v^2 < 10^12 means v <= 44194, found by hand: 44194.17 is the root of 10^12/512.
    assert solve(512 * ceildiv(H, 32) ** 2 - 10**12, "<", "H") == IntegerSet.interval(1, 44194 * 32)
    far = solve((H - 10**9) * (H - 10**9 - 5), "<", "H")
    assert far == IntegerSet.interval(10**9 + 1, 10**9 + 4)
    assert solve(H // 3 + H // 2 - 10**9, ">=", "H").minimum() == 12 * 10**8


def test_a_bound_is_found_without_a_table():
    assert solve(floordiv(H + 3, 10**9 + 7) - 5, ">=", "H") == IntegerSet.at_least(5 * (10**9 + 7) - 3)


def test_the_joint_condition_of_equal_axes():
    area = 512 * ceildiv(H, 32) * ceildiv(W, 32) - 25088
    square = subs(area, {"W": H})
    assert isinstance(square, Dim)
    assert str(solve(square, "==", "H")) == "H in 193..224"


def test_a_second_symbol_is_refused():
    with pytest.raises(FormulaError) as caught:
        solve(H * W + dim("C"), ">=", "H")
    assert str(caught.value) == ("CS305: C, W must have a value before this can be solved for H\n  H*W + C >= 0")


def test_too_long_a_period_is_said():
    size = floordiv(H, 1009) - floordiv(H, 1013) - 3
    with pytest.raises(FormulaError) as caught:
        solve(size, "==", "H")
    assert str(caught.value) == (
        "CS303: the sizes that work repeat only every 1022117 integers\n"
        "  rule: patterns are followed up to a period of 1000000"
    )
