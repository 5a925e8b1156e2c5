"""sympy as an independent check, and that nothing imports it, or NumPy, before it is asked for."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from cnnshape.symbolic import dim, evaluate, maximum, minimum, to_sympy
from tests.strategies import random_tree, size

sympy = pytest.importorskip("sympy")
ROOT = Path(__file__).parents[2]
H, W = dim("H"), dim("W")


def test_sympy_evaluates_to_the_same_numbers():
    rng = random.Random(60)
    h, w = (sympy.Symbol(name, integer=True, positive=True) for name in "HW")
    for _ in range(60):
        a = size(random_tree(rng, depth=3))
        point = {"H": rng.randint(1, 300), "W": rng.randint(1, 300)}
        assert int(to_sympy(a).subs({h: point["H"], w: point["W"]})) == evaluate(a, point)


def test_polynomials_expand_to_the_same_terms():
    rng = random.Random(61)
    for _ in range(60):
        a, b = (size(random_tree(rng, depth=3, divisors=(1,))) for _ in range(2))
        assert sympy.expand(to_sympy(a) * to_sympy(b) - to_sympy(a * b)) == 0


def test_floors_stay_floors():
    assert str(to_sympy((H + 48) // 49)) == "floor(H/49 + 48/49)"
    assert str(to_sympy(H // 49)) == "floor(H/49)"
    assert to_sympy(H // 49).subs(to_sympy(H), 49) == 1


def test_extrema_and_numbers():
    assert to_sympy(7) == sympy.Integer(7)
    h, w = to_sympy(H), to_sympy(W)
    assert to_sympy(maximum(H, W) + minimum(H, 3)) == sympy.Max(h, w) + sympy.Min(h, 3)


def test_sympify_understands_a_size():
    assert sympy.sympify(2 * H + 1) == 2 * to_sympy(H) + 1


def test_the_algebra_alone_imports_neither_sympy_nor_numpy():
    program = (
        "import sys\n"
        "from cnnshape.symbolic import dim, equal, parse, parse_set, text, latex\n"
        "H = dim('H'); text((H + 1)//2); latex(H); parse('H//2'); equal(H//2 + (H + 1)//2, H)\n"
        "parse_set('H % 2 == 0')\n"
        "print(sorted({'sympy', 'numpy', 'rich', 'networkx'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert run.stdout.strip() == "[]", run.stderr
