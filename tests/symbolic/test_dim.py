"""The normal form of sizes, arithmetic and division, against Python's integers."""

import copy
import os
import pickle
import random
import subprocess
import sys
from math import gcd
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnshape.errors import FormulaError
from cnnshape.symbolic import (
    bound,
    ceildiv,
    dim,
    evaluate,
    exact_div,
    floordiv,
    fresh,
    maximum,
    mod,
    product,
    subs,
    symbols,
    text,
    total,
)
from cnnshape.symbolic.atoms import Atom, Floor, Symbol, atoms_below, monomial_order
from cnnshape.symbolic.dim import Dim, UndecidedError
from tests.strategies import chains, number, points, random_chain, random_tree, size, sizes, trees

ROOT = Path(__file__).parents[2]
H, W, N, C = dim("H"), dim("W"), dim("N"), dim("C")
NUMBERS = np.arange(-50, 3001)


def after(chain, d):
    """Run a chain of windows on a size, a symbol or an array of numbers."""
    for a, s, b in chain:
        d = (floordiv(d + a, s) if isinstance(d, (int, Dim)) else (d + a) // s) + b
    return d


def floor_and_shift(d):
    """Return (m, a, b) of ``floor((H + a)/m) + b``, with m = 1 for ``H + b``; fail on any other form."""
    b = d.terms.get((), 0)
    ((((atom, e),), c),) = [(monomial, c) for monomial, c in d.terms.items() if monomial]
    assert (c, e) == (1, 1)
    if isinstance(atom, Symbol):
        return 1, 0, b
    inside = dict(atom.numerator.terms)
    a = inside.pop((), 0)
    assert inside == H.terms
    return atom.divisor, a, b


# chains


def test_a_chain_of_windows_is_one_floor_with_the_values_of_its_steps():
    rng = random.Random(20)
    for _ in range(4000):
        chain = random_chain(rng)
        m, a, b = floor_and_shift(after(chain, H))
        assert 0 <= a < m
        assert np.array_equal((NUMBERS + a) // m + b, after(chain, NUMBERS)), chain


def test_chains_with_the_same_values_are_the_same_size():
    rng = random.Random(21)
    seen = {}
    for _ in range(4000):
        chain = random_chain(rng, longest=4, largest_stride=4)  # at most 4**4: the numbers tell every floor apart
        d = after(chain, H)
        assert seen.setdefault(after(chain, NUMBERS).tobytes(), d) == d
    assert len(set(seen.values())) == len(seen) > 500


@given(chains(), st.integers(-50, 3000))
def test_a_chain_evaluates_to_its_steps(chain, x):
    assert evaluate(after(chain, H), {"H": x}) == after(chain, x)


@pytest.mark.parametrize("prime", [2, 3, 5])
def test_strides_and_factors_of_one_prime_keep_one_floor(prime):
    rng = random.Random(22)
    for _ in range(500):
        d, x = H, NUMBERS
        for _ in range(rng.randint(1, 8)):
            factor, shift = prime ** rng.randint(0, 2), rng.randint(-9, 9)
            if rng.random() < 0.5:
                d, x = factor * d + shift, factor * x + shift
            else:
                d, x = floordiv(d + shift, factor), (x + shift) // factor
        ((((atom, _),), c),) = [(monomial, c) for monomial, c in d.terms.items() if monomial]
        assert atom in H.terms or isinstance(atom, (Symbol, Floor))
        (m, a) = (1, 0) if isinstance(atom, Symbol) else (atom.divisor, atom.numerator.terms.get((), 0))
        assert symbols(d) == {"H"}
        assert np.array_equal(c * ((NUMBERS + a) // m) + d.terms.get((), 0), x)


@pytest.mark.parametrize(
    ("network", "chain", "expected"),
    [
        # kernel 7 stride 2 padding 3, pooling 3/2/1, then three strided 3x3 with padding 1; the published downsampling
        ("ResNet-50", [(-1, 2, 1), (-1, 2, 1), (-1, 2, 1), (-1, 2, 1), (-1, 2, 1)], "ceil(H/32)"),
        ("DenseNet-121", [(-1, 2, 1), (-1, 2, 1), (0, 2, 0), (0, 2, 0), (0, 2, 0)], "floor((H + 3)/32)"),
        ("AlexNet", [(-7, 4, 1), (-3, 2, 1), (-3, 2, 1), (-3, 2, 1)], "floor((H + 1)/32) - 1"),
    ],
)
def test_published_networks_end_in_one_floor(network, chain, expected):
    assert text(after(chain, H)) == expected


# the normal form


def inside_of(atom):
    return {monomial: c for monomial, c in atom.numerator.terms.items() if monomial}


def check_normal_form(d):
    for atom in atoms_below((d.terms,), {}):
        if not isinstance(atom, Floor):
            continue
        m, inside = atom.divisor, inside_of(atom)
        constant = atom.numerator.terms.get((), 0)
        assert m >= 2
        assert 0 <= constant < m
        assert inside
        assert all(-m < c < m for c in inside.values())
        assert gcd(m, *inside.values()) == 1
        assert inside[min(inside, key=monomial_order)] > 0
        for monomial, c in inside.items():
            lone = len(monomial) == 1 and monomial[0][1] == 1 and isinstance(monomial[0][0], Floor)
            assert not (lone and c in (1, -1))
    for monomial, c in d.terms.items():
        assert c
        assert all(e >= 1 for _, e in monomial)
        assert list(monomial) == sorted(monomial, key=lambda row: row[0].order)


def test_random_formulas_keep_the_invariants_and_the_value():
    rng = random.Random(23)
    for _ in range(3000):
        tree = random_tree(rng, depth=5)
        d = size(tree)
        if isinstance(d, Dim):
            check_normal_form(d)
        for _ in range(6):
            point = {"H": rng.randint(-60, 4000), "W": rng.randint(-60, 4000)}
            assert evaluate(d, point) == number(tree, point), tree


@given(trees(), points())
def test_a_formula_evaluates_to_its_tree(tree, point):
    assert evaluate(size(tree), point) == number(tree, point)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((H // 2 + W) // 3, (H + 2 * W) // 6),  # F1
        ((W - H // 2) // 3, (2 * W - H + 1) // 6),  # F1 after F3
        ((6 * H + 5) // 4, H + H // 2 + 1),  # F2 and F4
        (-((-H) // 7), (H + 6) // 7),  # F3
        ((32 * W + H) // 32, W + H // 32),  # F4
        ((H % 4) // 2, H // 2 - 2 * (H // 4)),
        ((2 * (H // 3)) // 6, H // 9),
    ],
)
def test_identities_hold_as_structure(left, right):
    assert left == right
    grid = [{"H": h, "W": w} for h in range(-20, 40) for w in range(-9, 20)]
    assert all(evaluate(left, point) == evaluate(right, point) for point in grid)


def test_what_has_no_symbol_is_a_plain_int():
    values = [H - H, 0 * H, (H + W) - W - H, H**0, (2 * H) % 2, mod(7, 4), floordiv(-7, 2)]
    assert [type(value) for value in values] == [int] * 7
    assert values == [0, 0, 0, 1, 0, 3, -4]


def test_equal_sizes_are_equal_and_hash_alike_whatever_the_order_of_building():
    left, right = (H + 1) * (W // 2) + N, N + (W // 2) * H + W // 2
    assert left == right
    assert hash(left) == hash(right)
    assert left != right + 1
    assert (H == 3) is False
    assert H != 3
    assert (H == "H") is False


def test_atoms_are_interned():
    first, second = floordiv(H + 1, 2), floordiv(dim("H") - 1, 2) + 1
    ((a, _),), ((b, _),) = *first.terms, *second.terms
    assert a is b


# arithmetic


@pytest.mark.parametrize("foreign", [1.5, "H", None, np.float64(2)])
def test_foreign_types_are_refused(foreign):
    for operation in (
        lambda: H + foreign,
        lambda: foreign - H,
        lambda: H * foreign,
        lambda: H // foreign,
        lambda: H % foreign,
        lambda: H**foreign,
    ):
        with pytest.raises(TypeError):
            operation()


def test_reflected_operators_agree_with_the_plain_ones():
    point = {"H": 5}
    assert evaluate(3 + H, point) == 8
    assert evaluate(3 - H, point) == -2
    assert evaluate(3 * H, point) == 15
    assert evaluate(+H, point) == 5
    assert 0 // H == 0
    assert (6 * H) // H == 6
    assert (6 * H) / 3 == 2 * H
    assert 0 % H == 0


@pytest.mark.parametrize("name", ["__bool__", "__lt__", "__le__", "__gt__", "__ge__"])
def test_a_symbolic_size_has_no_truth_value(name):
    with pytest.raises(UndecidedError) as caught:
        getattr(H + 1, name)(*[] if name == "__bool__" else [3])
    assert str(caught.value) == (
        "CS306: a symbolic size has no truth value\n  size H + 1\n  fix: use equal(a, b) or bound(a)"
    )
    assert isinstance(caught.value, (FormulaError, TypeError))


@pytest.mark.parametrize(
    ("code", "operation"),
    [
        ("CS301", "H // 0"),
        ("CS301", "H % 0"),
        ("CS301", "H / 0"),
        ("CS301", "mod(3, 0)"),
        ("CS301", "dim('2H')"),
        ("CS301", "dim('floor')"),
        ("CS301", "dim('a b')"),
        ("CS303", "H**9"),
        ("CS303", "H**-1"),
        ("CS304", "H // W"),
        ("CS304", "H % W"),
        ("CS304", "7 // H"),
        ("CS304", "H / 2"),
        ("CS305", "evaluate(H * W, {'H': 3})"),
    ],
)
def test_faults_have_codes(code, operation):
    with pytest.raises(FormulaError) as caught:
        eval(operation)
    assert caught.value.code == code


def test_the_class_is_not_called():
    with pytest.raises(FormulaError):
        Dim()


@given(st.integers(-500, 500), st.integers(2, 9))
def test_negative_divisors_follow_python(x, m):
    assert evaluate(floordiv(H, -m), {"H": x}) == x // -m
    assert evaluate(mod(H, -m), {"H": x}) == x % -m
    assert evaluate(ceildiv(H, m), {"H": x}) == -(-x // m)


@given(st.lists(sizes(), max_size=6))
def test_total_and_product_fold(parts):
    summed, multiplied = 0, 1
    for part in parts:
        summed, multiplied = summed + part, multiplied * part
    assert total(parts) == summed
    assert product(parts) == multiplied


@given(sizes(), sizes())
def test_exact_division_undoes_a_product(a, b):
    if b != 0:
        assert exact_div(a * b, b) == a


@pytest.mark.parametrize(
    ("a", "b"), [(H, 2), (H, W), (H + 1, H), (7, H), (H * W + 1, W), (H * H + W * W, H + W), (3 * H, 2 * H), (H, 0)]
)
def test_what_is_not_exact_is_none(a, b):
    assert exact_div(a, b) is None


def test_floors_divide_like_symbols():
    half = (H + 1) // 2
    assert exact_div(64 * half * (W // 2), 16 * half) == 4 * (W // 2)
    assert exact_div(half * half - 1, half - 1) == half + 1


# life in a process


@given(sizes())
def test_pickle_and_copy_keep_the_size(a):
    assert pickle.loads(pickle.dumps(a)) == a
    assert copy.deepcopy(a) == a
    assert copy.copy(a) == a


def test_extrema_and_fresh_symbols_pickle():
    d = (maximum(H, 2) + fresh("rows", "data")) // 3
    assert pickle.loads(pickle.dumps(d)) == d


def test_deep_floors_need_no_recursion():
    d, x = H, 3**40
    for _ in range(5000):
        d, x = 2 * floordiv(d + 1, 3) + 1, 2 * ((x + 1) // 3) + 1
    assert evaluate(d, {"H": 3**40}) == subs(d, {"H": 3**40}) == x
    assert symbols(subs(d, {"H": W})) == {"W"}
    assert bound(d)[0] is not None
    assert pickle.loads(pickle.dumps(d)) == d
    assert len(str(d)) < 100


def test_unused_atoms_are_dropped():
    from cnnshape.symbolic import atoms

    before = len(atoms._symbols)
    dim("only_here")
    assert len(atoms._symbols) == before
    assert isinstance(next(iter(H.terms))[0][0], Atom)


def test_memory_tables_are_bounded(monkeypatch):
    from cnnshape.symbolic import bounds, polynomial, terms

    monkeypatch.setattr(polynomial, "_MEMO_CAP", 50)
    monkeypatch.setattr(bounds, "_MEMO_CAP", 50)
    monkeypatch.setattr(terms, "_PRODUCTS_CAP", 50)
    for i in range(300):
        bound(floordiv(H + i, 1000) * floordiv(W + i, 1000))
    assert max(map(len, (polynomial._FLOORS, bounds._MEMO, terms._PRODUCTS))) <= 50


def test_the_text_does_not_depend_on_the_hash_seed():
    program = (
        "from cnnshape.symbolic import dim, maximum\n"
        "H, W = dim('H'), dim('W')\n"
        "fs = [(2*H - W)//5, (2*H - 2*W)//5, (3*W - H)//7, (H//3*2 + W)//5, maximum(H, W, 3), (H*W + 3)//4]\n"
        "print(sum(f*g for f in fs for g in fs[::-1]), [f*g//9 for f in fs for g in fs])"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "77")
    }
    assert len(texts) == 1
