"""Formulas in JavaScript have the value that Python's integers have."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from fractions import Fraction

import pytest

from cnnshape.render.html.program import HELPERS, NONE, Sizes, program, whole
from cnnshape.symbolic import ceildiv, dim, maximum, minimum
from tests.strategies import number, random_tree, size

H, W = dim("H"), dim("W")
POINTS = [(1, 1), (2, 3), (224, 225), (2**53 + 1, 7), (3, 2**200 + 5)]


def values(formulas, order, points):
    """Return the digits of each formula at each point, by Node.js."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed")
    rows = json.dumps([[str(x) for x in point] for point in points])
    call = f"JSON.stringify({rows}.map(row => evaluate(row.map(BigInt)).map(String)))"
    script = f"{HELPERS}{program('evaluate', formulas, order)}\nconsole.log({call});"
    done = subprocess.run([node, "-"], input=script, capture_output=True, text=True, check=True, timeout=60)
    return json.loads(done.stdout)


def test_random_formulas_have_pythons_value_also_below_0_and_beyond_2_to_the_53():
    rng = random.Random(1)
    trees = [random_tree(rng, depth=5) for _ in range(600)]
    found = values([size(tree) for tree in trees], ["H", "W"], POINTS)
    wanted = [[str(number(tree, {"H": h, "W": w})) for tree in trees] for h, w in POINTS]
    assert found == wanted
    numbers = [int(x) for row in found for x in row]
    assert sum(x < 0 for x in numbers) > 100
    assert sum(abs(x) > 2**53 for x in numbers) > 100


def test_the_larger_and_the_smaller_of_sizes():
    formulas = [maximum(H, 2 * W - 5), minimum(ceildiv(H, 2), W // 3, 7), 3]
    wanted = [[str(max(h, 2 * w - 5)), str(min(-(-h // 2), w // 3, 7)), "3"] for h, w in POINTS]
    assert values(formulas, ["H", "W"], POINTS) == wanted


def test_floors_inside_a_thousand_floors():
    deep, plain = H, 224**9
    for i in range(1000):
        deep, plain = (deep + i) // 2 + i, (plain + i) // 2 + i
    assert values([deep], ["H"], [(224**9,)]) == [[str(plain)]]


def test_a_floor_is_written_once():
    h = ceildiv(H, 7)
    source = program("evaluate", [64 * h * h, h + 1, h], ["H"])
    assert source.count("floor(") == 1


def test_symbols_are_known_by_their_place_alone():
    source = program("evaluate", [dim("alert") + dim("W")], ["W", "alert"])
    assert "alert" not in source
    assert values([dim("alert") - dim("W")], ["W", "alert"], [(2, 9)]) == [["7"]]


def test_a_formula_with_a_symbol_that_has_no_value_is_null():
    assert values([H, W], ["H"], [(3,)]) == [["3", "null"]]


def test_sizes_are_kept_once():
    sizes = Sizes()
    assert sizes.all_of([None, H, 7, H, 7, Fraction(7), W, Fraction(3, 2), 2**60]) == [
        NONE,
        0,
        -2,
        0,
        -2,
        -2,
        1,
        -3,
        -4,
    ]
    assert sizes.formulas == [H, W]
    assert sizes.numbers == [7, "3/2", str(2**60)]


def test_numbers_that_a_reader_would_round_are_digits():
    assert [whole(x) for x in (None, 5, 2**53 - 1, 2**53, -(2**60))] == [None, 5, 2**53 - 1, str(2**53), str(-(2**60))]
