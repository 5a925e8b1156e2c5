"""Shortened formulas against the values of the long ones."""

import random
from itertools import product

import pytest

from cnnshape.analysis.fitting.shorten import shortened
from cnnshape.symbolic import IntegerSet, complexity, dim, evaluate, floordiv, maximum


@pytest.mark.parametrize("seed", range(200))
def test_a_shortened_formula_has_the_same_values(seed):
    rng = random.Random(seed)
    symbols = {"H": dim("H"), "W": dim("W")}
    size = rng.randint(-5, 5)
    for _ in range(rng.randint(1, 3)):
        term = rng.choice([1, 2, 3, 8])
        for _ in range(rng.randint(1, 2)):
            term = term * floordiv(
                rng.choice([1, 2, 3]) * rng.choice([*symbols.values()]) + rng.randint(-20, 20),
                rng.choice([1, 2, 4, 8, 3]),
            )
        size = size + term
    sets = {
        name: rng.choice(
            [
                IntegerSet.residue_class(rng.choice([2, 8, 16, 24]), [rng.randrange(24)]),
                IntegerSet.residue_class(4, [1]) & IntegerSet.at_least(rng.randint(1, 50)),
                IntegerSet.interval(low := rng.randint(1, 40), low + rng.randint(0, 20)),
                IntegerSet.residue_class(6, [0]) | IntegerSet.of([7, 9]),
                IntegerSet.everything(),
            ]
        )
        for name in symbols
    }
    short = shortened(size, sets)
    assert complexity(short) <= complexity(size)
    for h, w in product(sets["H"].up_to(150), sets["W"].up_to(150)):
        at = {"H": h, "W": w}
        assert evaluate(short, at) == evaluate(size, at)


def test_a_least_size_decides_what_is_larger_and_leaves_floors_as_they_are():
    far = {"H": IntegerSet.at_least(29)}
    assert shortened(maximum(dim("H"), 2), far) == dim("H")
    for m in (2, 3, 7, 32):
        for a in range(m):
            size = floordiv(dim("H") + a, m) + 1
            assert shortened(size, far) == size
