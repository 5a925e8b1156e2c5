"""Printed sizes: the text reads back, and generated NumPy and JavaScript give what evaluation gives."""

import json
import random
import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import given

from cnnshape.errors import FormulaError
from cnnshape.symbolic import (
    compile_numpy,
    dim,
    evaluate,
    floordiv,
    fresh,
    identifier,
    javascript,
    latex,
    maximum,
    minimum,
    numpy_source,
    parse,
    product,
    symbols,
    text,
)
from cnnshape.symbolic.numpy_source import largest_intermediate
from tests.strategies import random_tree, size, sizes

H, W, N, C, K = dim("H"), dim("W"), dim("N"), dim("C"), dim("k")
DIVISORS = (2, 3, 7, 8, 49, 98)


# text


@pytest.mark.parametrize(
    ("a", "expected"),
    [
        (7, "7"),
        (-7, "-7"),
        (H, "H"),
        (-H, "-H"),
        (2 * H + 1, "2*H + 1"),
        (1 - H, "1 - H"),
        (W - H, "W - H"),
        (-H - W, "-H - W"),
        (H // 2, "floor(H/2)"),
        ((H + 31) // 32, "ceil(H/32)"),
        ((H + 21) // 32 - 2, "floor((H + 21)/32) - 2"),
        ((3 * H) // 2, "H + floor(H/2)"),
        ((2 * H) // 3, "floor(2*H/3)"),
        ((2 * H + 2) // 3, "ceil(2*H/3)"),
        ((H - W) // 2, "floor((H - W)/2)"),
        (-((H + 1) // 2), "-ceil(H/2)"),
        (H % 2, "H % 2"),
        (2 * (H % 2) + 1, "2*(H % 2) + 1"),
        (5 - 2 * (H % 3), "5 - 2*(H % 3)"),
        (-(H % 3), "-(H % 3)"),
        (W - H % 3, "W - H % 3"),
        ((-H) % 3, "3*ceil(H/3) - H"),
        ((H + 3) % 4, "(H + 3) % 4"),
        ((2 * H) % 3, "(2*H) % 3"),
        (((H // 3) * (H // 3)) % 5, "(floor(H/3)**2) % 5"),
        ((2 * ((W + 3) // 7)) % 5, "(2*floor((W + 3)/7)) % 5"),
        (H - 16 * ((H + 15) // 16), "H - 16*ceil(H/16)"),
        (64 * C**2 * ((H + 1) // 2) * ((W + 1) // 2), "64*C**2*ceil(H/2)*ceil(W/2)"),
        (5724 * C**2 + 32977 * C + 1000, "5724*C**2 + 32977*C + 1000"),
        (3 * maximum(H, 2) - 1, "3*max(2, H) - 1"),
        (minimum(H, W), "min(H, W)"),
        (dim("seq.len") * 2, "2*seq.len"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_text(a, expected):
    assert text(a) == str(a) == f"{a}" == expected
    assert parse(expected, marked=True) == a


def test_text_is_aligned_like_a_string():
    assert f"{H + 1:>8}|" == "   H + 1|"


@given(sizes())
def test_text_reads_back_as_the_same_size(a):
    assert parse(text(a)) == a


def test_random_texts_read_back():
    rng = random.Random(40)
    for _ in range(1500):
        a = size(random_tree(rng, depth=4))
        if len(text(a)) <= 1000:
            assert parse(text(a)) == a


def test_fresh_symbols_read_back_while_they_live():
    rows = fresh("rows")
    assert parse(text(rows * 2)) == rows * 2


def test_a_formula_too_long_to_read_is_described():
    d = H
    for _ in range(12_000):
        d = 2 * floordiv(d + 1, 3)
    assert text(d).startswith("<formula of ")
    with pytest.raises(FormulaError) as caught:
        javascript(d)
    assert caught.value.code == "CS303"


@pytest.mark.parametrize(
    ("a", "expected"),
    [
        (-3, "-3"),
        (2 * H * W, "2 H W"),
        (H**3 - 1, "H^{3} - 1"),
        (H // 2, r"\left\lfloor \frac{H}{2} \right\rfloor"),
        (3 * ((H + 1) // 2) ** 2, r"3 \left\lceil \frac{H}{2} \right\rceil^{2}"),
        (H % 2, r"H \bmod 2"),
        ((H + 3) % 4 + 1, r"\left(\left(H + 3\right) \bmod 4\right) + 1"),
        (maximum(H, 2), r"\max\left(2, H\right)"),
        (dim("seq_len") + dim("d1"), r"d_{1} + \mathrm{seq\_len}"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_latex(a, expected):
    assert latex(a) == expected


def test_notebooks_show_latex():
    assert (H // 2)._repr_latex_() == r"$\left\lfloor \frac{H}{2} \right\rfloor$"


# programs


def random_sizes(seed, count):
    rng = random.Random(seed)
    made = [size(random_tree(rng, depth=3, divisors=DIVISORS)) for _ in range(count)]
    made += [floordiv(H * c + W + a, m) - floordiv(H + a, m) for m in DIVISORS for c in (1, 2) for a in (0, 5)]
    return [*made, maximum(H - 20, 3) * minimum(W, H, 30)]


@pytest.fixture(scope="module")
def node():
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed")
    return found


def test_javascript_equals_evaluation(node):
    exprs = random_sizes(41, 250)
    points = [{"H": h, "W": w} for h, w in [(1, 1), (2, 7), (49, 98), (97, 3), (224, 223), (98, 48), (1000, 1001)]]
    lines = [f"f.push((H, W) => {javascript(a)});" for a in exprs]
    values = "console.log(JSON.stringify(f.map(g => p.map(q => g(q.H, q.W)))));"
    program = "\n".join(["const f = [];", *lines, f"const p = {json.dumps(points)};", values])
    run = subprocess.run([node, "-e", program], capture_output=True, text=True, check=True)
    for a, found in zip(exprs, json.loads(run.stdout), strict=True):
        assert found == [evaluate(a, point) for point in points], javascript(a)


def test_javascript_divides_by_49_exactly(node):
    a = (H + 48) // 49 + H // 49
    run = subprocess.run(
        [node, "-e", f"let o = []; for (let H = 1; H < 5000; H++) o.push({javascript(a)}); console.log('' + o)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert [int(x) for x in run.stdout.split(",")] == [-(-x // 49) + x // 49 for x in range(1, 5000)]


def test_names_are_safe_in_both_languages():
    names = ["H", "seq.len", "for", "function", "np", "Math", "größe", "rows#1", "_x", "lambda"]
    safe = [identifier(name) for name in names]
    assert len(set(safe)) == len(names)
    assert all(name.isidentifier() and name.isascii() for name in safe)
    assert javascript(dim("for") + dim("seq.len")) == "for_ + seq_x2e_len"
    assert javascript(2 * H // 3, {"H": "size.h"}) == "Math.floor(2*size.h/3)"


@pytest.mark.parametrize(
    ("a", "expected"),
    [
        (-4, "-4"),
        (H // 8, "(H >> 3)"),
        ((H + 48) // 49, "(H + 48)//49"),
        (2 * (H // 3), "2*(H//3)"),
        (-(H // 3), "-(H//3)"),
        (1 - H // 3, "-(H//3) + 1"),
        (W - H**2, "W - H*H"),
        (maximum(H, 3), "np.maximum(3, H)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_numpy_source(a, expected):
    assert numpy_source(a) == expected


def test_numpy_source_equals_evaluation():
    rng = random.Random(42)
    for a in random_sizes(43, 200):
        code = compile(numpy_source(a), "<test>", "eval")
        for _ in range(3):
            point = {"H": rng.randint(-50, 500), "W": rng.randint(-50, 500)}
            assert eval(code, {"np": np, **point}) == evaluate(a, point)


# compiled


@pytest.mark.parametrize("dtype", ["int64", "object"])
def test_compiled_sizes_equal_evaluation(dtype):
    exprs = random_sizes(44, 60)
    rng = np.random.default_rng(45)
    h, w = rng.integers(1, 700, (2, 40))
    compute = compile_numpy(exprs, ["H", "W"], {"H": (1, 700), "W": (1, 700)}, dtype)
    assert compute.dtype == dtype
    for a, found in zip(exprs, compute(h, w), strict=True):
        assert found.dtype == dtype
        assert found.tolist() == [evaluate(a, {"H": int(x), "W": int(y)}) for x, y in zip(h, w, strict=True)]


def test_long_columns_are_worked_in_chunks_and_grids_broadcast():
    exprs = [(H + 2) // 7 * W, 5, H]
    compute = compile_numpy(exprs, ["H", "W"], {"H": (1, 10**5), "W": (1, 10**5)})
    h = np.arange(1, 100_001)
    first, five, same = compute(h, h[::-1])
    assert np.array_equal(first, (h + 2) // 7 * h[::-1])
    assert np.array_equal(five, np.full(100_000, 5))
    assert np.array_equal(same, h)
    grid, _, _ = compute(h[:30, None], h[None, :20])
    assert np.array_equal(grid, ((h[:30, None] + 2) // 7) * h[None, :20])
    assert compute(h[:1], h[:1])[0].tolist() == [0]
    assert compute([], [])[0].tolist() == []
    assert compute(9, 2)[0].tolist() == 2


def test_int64_is_refused_where_a_value_may_pass_2_to_63():
    biggest = 2**31
    ranges = {"H": (1, biggest), "W": (1, biggest)}
    assert compile_numpy([H * W], ["H", "W"], ranges).dtype == "int64"
    compute = compile_numpy([2 * H * W], ["H", "W"], ranges)
    assert compute.dtype == "object"
    assert compute([biggest], [biggest])[0].tolist() == [2 * biggest**2]
    with pytest.raises(FormulaError) as caught:
        compile_numpy([2 * H * W], ["H", "W"], ranges, "int64")
    assert str(caught.value) == (
        f"CS303: a value may reach {2**63}, int64 ends at 2**63 - 1\n"
        f"  H in (1, {biggest}), W in (1, {biggest})\n"
        "  fix: give every symbol a smaller range, or dtype='object'"
    )


def test_intermediate_numerators_count():
    a = floordiv(H * H * 3 + 1, 10**9 + 7)  # the value fits where the numerator does not
    ranges = {"H": (1, 2**31)}
    assert largest_intermediate(a, ranges) >= 3 * 2**62
    assert compile_numpy([a], ["H"], ranges).dtype == "object"


def test_a_symbol_without_an_upper_end_is_refused():
    with pytest.raises(FormulaError) as caught:
        compile_numpy([H // 2], ["H"], {})
    assert caught.value.code == "CS303"
    assert compile_numpy([H // 2], ["H"], {}, "object")([10**30])[0].tolist() == [10**30 // 2]


@pytest.mark.parametrize(
    ("code", "why", "call"),
    [
        ("CS303", "above its range", lambda f: f([101])),
        ("CS303", "below its range", lambda f: f([0])),
        ("CS305", "too many arrays", lambda f: f([1], [2])),
        ("CS305", "not integers", lambda f: f([1.5])),
        ("CS305", "a fraction among Python's numbers", lambda f: f(np.array([1, 1.5], object))),
    ],
    ids=["above", "below", "too many", "floats", "object"],
)
def test_a_compiled_size_checks_what_it_is_given(code, why, call):
    compute = compile_numpy([H // 2], ["H"], {"H": (1, 100)})
    with pytest.raises(FormulaError) as caught:
        call(compute)
    assert caught.value.code == code


def test_a_symbol_that_is_no_argument_is_refused():
    with pytest.raises(FormulaError) as caught:
        compile_numpy([H * W], ["H"], {"H": (1, 9)})
    assert str(caught.value).startswith("CS305: no value for W")


def test_bounds_of_intermediates_cover_the_maximum():
    rng = random.Random(46)
    for _ in range(300):
        a = size(random_tree(rng, depth=4))
        ranges = {name: (low, low + rng.randint(0, 300)) for name in "HW" for low in [rng.randint(-9, 300)]}
        largest = largest_intermediate(a, ranges)
        for _ in range(5):
            point = {name: rng.randint(*ranges[name]) for name in "HW"}
            assert abs(evaluate(a, point)) <= largest


def test_products_of_many_symbols_print_in_one_order():
    made = product([W, 3, N, H, C])
    assert text(made) == "3*C*H*N*W"
    assert symbols(made) == set("CHNW")
