"""The parser against Python's fractions; its errors and limits; conditions and sets against brute force."""

import random
import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnshape.errors import FormulaError
from cnnshape.symbolic import (
    IntegerSet,
    bound,
    dim,
    equal,
    evaluate,
    floordiv,
    maximum,
    parse,
    parse_conditions,
    parse_set,
)
from tests.strategies import number, points, size, source, trees

H, W = dim("H"), dim("W")


def read(reader, text):
    """Return what a reader makes of the text, or None, and the code of its refusal, or ""."""
    try:
        return reader(text), ""
    except FormulaError as error:
        return None, error.code


# formulas


@given(trees(), points())
def test_text_with_every_bracket_means_its_tree(tree, point):
    found = parse(source(tree))
    assert found == size(tree)
    assert evaluate(found, point) == number(tree, point)


def random_text(rng, depth):
    """Return a formula without superfluous brackets, so that precedences matter."""
    if depth == 0 or rng.random() < 0.2:
        return rng.choice(["H", "W", "h2", str(rng.randint(0, 12))])
    kind = rng.randrange(10)
    if kind < 6:
        operator = rng.choice(["+", "-", "*", "/", "//", "%"])
        right = random_text(rng, depth - 1) if operator in "+-*" else str(rng.randint(1, 9))
        return f"{random_text(rng, depth - 1)} {operator} {right}"
    if kind == 6:
        return f"-{random_text(rng, depth - 1)}"
    if kind == 7:
        return f"({random_text(rng, depth - 1)})**{rng.randint(0, 3)}"
    if kind == 8:
        return f"{rng.choice(['floor', 'ceil'])}({random_text(rng, depth - 1)})"
    return f"({random_text(rng, depth - 1)})"


def as_fractions(text, point):
    """Evaluate by Python itself, numbers and symbols being fractions."""
    import math
    import re

    wrapped = re.sub(r"(?<![\w*])(\d+)\b", r"F(\1)", text.replace("**", "^")).replace("^F", "^").replace("^", "**")
    names = {name: Fraction(value) for name, value in point.items()}
    return eval(wrapped, {"F": Fraction, "floor": math.floor, "ceil": math.ceil, **names})


def test_random_texts_agree_with_fractions():
    rng = random.Random(50)
    seen = {"": 0, "CS304": 0, "CS303": 0}
    for _ in range(1500):
        text = random_text(rng, 4)
        spots = [{name: rng.randint(1, 60) for name in ("H", "W", "h2")} for _ in range(4)]
        expected = [as_fractions(text, point) for point in spots]
        found, code = read(parse, text)
        seen[code] += 1
        if found is None:
            assert code == "CS303" or "/" in text
            continue
        assert [evaluate(found, point) for point in spots] == expected, text
    assert seen[""] > 900
    assert seen["CS304"] > 100


def test_what_is_refused_as_not_whole_is_not_whole_somewhere():
    rng = random.Random(51)
    refused = 0
    for _ in range(1000):
        text = random_text(rng, 3)
        if read(parse, text)[1] == "CS304":
            refused += 1
            spots = ({name: rng.randint(1, 3000) for name in ("H", "W", "h2")} for _ in range(2000))
            assert any(as_fractions(text, point).denominator > 1 for point in spots), text
    assert refused > 50


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-H//2", floordiv(-H, 2)),
        ("-H**2", -(H**2)),
        ("2**3", 8),
        ("(-2)**3", -8),
        ("2*H%3", (2 * H) % 3),
        ("H - W - 1", H - W - 1),
        ("7 % -3", 7 % -3),
        ("-7//2", -7 // 2),
        ("7//-2", 7 // -2),
        ("1/2 + 1/2", 1),
        ("H*(H + 1)/2", floordiv(H * H + H, 2)),
        ("3*(H + 1)/3", H + 1),
        ("H*W/W", H),
        ("(H*W + W)//W", H + 1),
        ("(H**2 - W**2)/(H + W)", H - W),
        ("ceil(H/32)", (H + 31) // 32),
        ("floor((H + 3)/32)", (H + 3) // 32),
        ("floor(H/2 + 1/2)", (H + 1) // 2),
        ("ceil((H/2 + 1/3)*6)", 3 * H + 2),
        ("max(1, H, H + 2)", H + 2),
        ("min(H/2, H)*2", H),
        ("max(7/2, 1)*2", 7),
        (" H\n+\t1 ", H + 1),
        ("a.b + ä", dim("a.b") + dim("ä")),
        ("1000000000000", 10**12),
        ("floor", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_precedences_and_functions(text, expected):
    if expected is None:
        with pytest.raises(FormulaError):
            parse(text)
    else:
        assert parse(text) == expected


def test_names_stand_for_sizes():
    assert parse("out//2 + H", {"out": 64, "H": W}) == W + 32
    assert parse("max(k, 3)", {"k": dim("k")}, ranges={"k": (3, 7)}) == dim("k")


def test_an_undecided_maximum_is_kept_only_when_asked():
    assert parse("max(H, 2) + 1", marked=True) == maximum(H, 2) + 1
    assert parse("max(m, 1)", {"m": maximum(H, 2)}) == maximum(H, 2)


# errors: whole texts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "H + ",
            "CS301: not a formula: expected a number, a name or '(', found the end at column 5\n  H + \n      ^",
        ),
        ("(H", "CS301: not a formula: expected ')', found the end at column 3\n  (H\n    ^"),
        ("H W", "CS301: not a formula: expected an operator or the end, found 'W' at column 3\n  H W\n    ^"),
        ("2H + 1", "CS301: not a formula: '2H' is no whole number at column 1\n  2H + 1\n  ^\n  fix: write 2*H"),
        ("H*1.5", "CS301: not a formula: '1.5' is no whole number at column 3\n  H*1.5\n    ^"),
        ("H^2", "CS301: not a formula: '^' is not understood at column 2\n  H^2\n   ^\n  fix: write ** for a power"),
        ("H\t@ 2", "CS301: not a formula: '@' is not understood at column 3\n  H @ 2\n    ^"),
        ("floor(H, 2)", "CS301: floor takes one value at column 1\n  floor(H, 2)\n  ^"),
        ("H // (2 - 2)", "CS301: division by zero at column 6\n  H // (2 - 2)\n       ^"),
        ("2**H", "CS301: an exponent must be an int at column 4\n  2**H\n     ^"),
        ("in + 1", "CS301: not a formula: 'in' is a word of the language, not a name at column 1\n  in + 1\n  ^"),
        ("rows#999999", "CS302: unknown name 'rows#999999' at column 1\n  rows#999999\n  ^\n  fix: known names: none"),
        ("9**9**9", "CS303: exponent 9 is not in 0..8 at column 7\n  9**9**9\n        ^"),
        ("1000000000001", "CS303: an integer beyond 1e12 at column 1\n  1000000000001\n  ^"),
        (
            "(H + 1)/2",
            (
                "CS304: the value (H + 1)/2 is not always whole at column 1\n  (H + 1)/2\n  ^\n"
                "  fix: write // or floor(...)"
            ),
        ),
        (
            "H//W",
            (
                "CS304: H is not divisible by W at column 4\n  H//W\n     ^\n"
                "  rule: the divisor is an int, or divides exactly"
            ),
        ),
        (
            "1 + max(H, 2)",
            (
                "CS306: max(H, 2) depends on the values at column 5\n  1 + max(H, 2)\n      ^\n"
                "  rule: max must be decided for every value of its symbols"
            ),
        ),
    ],
)
def test_errors_point_at_the_place(text, expected):
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert str(caught.value) == expected


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(FormulaError) as caught:
        parse("4*widht", {"width": 3, "H": H})
    assert (
        str(caught.value) == "CS302: unknown name 'widht' at column 3\n  4*widht\n    ^\n  fix: did you mean 'width'?"
    )
    with pytest.raises(FormulaError) as caught:
        parse("h", {"H": H})
    assert caught.value.fault.fix == "did you mean 'H'?"


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ("length", "1+" * 500 + "1"),
        ("depth of brackets", "(" * 41 + "1" + ")" * 41),
        ("depth of signs", "-" * 50 + "1"),
        ("depth of calls", "floor(" * 41 + "H" + ")" * 41),
        ("depth of powers", "1**" * 50 + "1"),
        ("a long number", "9" * 900),
        ("growth by powers", "((10**8)**8)**8"),
        ("growth by products", "*".join(["1000000"] * 3)),
        ("degree", "(H*W)**7"),
        ("terms", "(a + b + c + d + e + f)**7"),
        ("products", "(a+b+c+d+e+f+g)**3*(h+i+j+k+l+m+n)**3"),
        ("denominators", "H/1000003/1000003"),
    ],
)
def test_limits(why, text):
    start = time.process_time()
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert caught.value.code == "CS303"
    assert time.process_time() - start < 5  # a limit that only stops after the work is none


@given(st.text(max_size=60))
def test_any_text_is_a_size_or_a_formula_error(text):
    for reader in (parse, parse_conditions, parse_set):
        found, code = read(reader, text)
        assert (found is None) == code.startswith("CS3")


PIECES = [
    "H",
    "W",
    "2",
    "0",
    "+",
    "-",
    "*",
    "/",
    "//",
    "%",
    "**",
    "(",
    ")",
    ",",
    "{",
    "}",
    "..",
    "==",
    "<=",
    "!=",
    "in",
]
PIECES += ["or", "and", "any", "no", "works", "floor", "ceil", "max", "min", " ", "x#1", "3.5", "^"]


@given(st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join))
def test_any_sequence_of_words_is_read_or_refused(text):
    for reader in (parse, parse_conditions, parse_set):
        found, code = read(reader, text)
        assert (found is None) == code.startswith("CS3")


def test_nothing_is_evaluated(tmp_path):
    target = tmp_path / "made"
    with pytest.raises(FormulaError):
        parse(f"__import__('pathlib').Path('{target}').touch()")
    assert not target.exists()


# conditions


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("H % 32 == 0, 224 <= H <= 1024", lambda h, w: h % 32 == 0 and 224 <= h <= 1024),
        ("H in 193..224", lambda h, w: 193 <= h <= 224),
        ("H % 9 in {0..2}", lambda h, w: h % 9 <= 2),
        ("H % 9 in {0..2, 5, 7..8}", lambda h, w: h % 9 in (0, 1, 2, 5, 7, 8)),
        ("any H", lambda h, w: True),
        ("no H works", lambda h, w: False),
        ("H >= 188 and H % 16 == 12", lambda h, w: h >= 188 and h % 16 == 12),
        ("H == 32 or H > 100", lambda h, w: h == 32 or h > 100),
        ("H < 5 or H >= 7 and H % 2 == 0 or H == 9", lambda h, w: h < 5 or (h >= 7 and h % 2 == 0) or h == 9),
        ("H in {2, 4, 7}", lambda h, w: h in (2, 4, 7)),
        ("H != 10", lambda h, w: h != 10),
        ("10 != H", lambda h, w: h != 10),
        ("20 > H > 10", lambda h, w: 20 > h > 10),
        ("H/2 >= 15", lambda h, w: h >= 30),
        ("H // 2 == 15", lambda h, w: h // 2 == 15),
        ("2*H - 7 >= 100", lambda h, w: 2 * h - 7 >= 100),
        ("H**2 < 500", lambda h, w: h * h < 500),
        ("(H + 3) % 4 in 1..2", lambda h, w: (h + 3) % 4 in (1, 2)),
        ("H % 2 == 0 and no H works or H == 3", lambda h, w: h == 3),
        ("H in {5}", lambda h, w: h == 5),
        ("H in 9..3", lambda h, w: False),
        ("W == H", lambda h, w: w == h),
        ("H*W <= 1000 and H > W", lambda h, w: h * w <= 1000 and h > w),
        ("ceil(H/32)*ceil(W/32) == 4, W >= 20", lambda h, w: -(-h // 32) * -(-w // 32) == 4 and w >= 20),
    ],
)
def test_conditions_hold_where_they_say(text, holds):
    conditions = parse_conditions(text)
    for h in range(1, 300):
        w = 1 + h * 37 % 101
        expected = holds(h, w)
        assert all(condition.holds({"H": h, "W": w}) for condition in conditions) is expected
        assert all(condition.holds({"H": w, "W": w}) for condition in conditions) is holds(w, w)
    if "W" not in text:
        found = parse_set(text)
        assert [x in found for x in range(1, 3000)] == [holds(x, None) for x in range(1, 3000)]
        assert found.symbol == "H"


def test_conditions_keep_their_text_and_symbols():
    first, second, third = parse_conditions("H % 2 == 0 and H > 4 , any W,  2*n == k ")
    assert (first.text, second.text, third.text) == ("H % 2 == 0 and H > 4", "any W", "2*n == k")
    assert (first.names, second.names, third.names) == ({"H"}, {"W"}, {"n", "k"})
    assert str(second.integer_set()) == "any W"
    assert third.integer_set() is None


def test_conditions_may_use_the_names_of_a_design():
    (condition,) = parse_conditions("H % s == 0", {"H": H, "s": 16})
    assert str(condition.integer_set()) == "H % 16 == 0"


def random_set(rng):
    made = IntegerSet.nothing()
    for _ in range(rng.randint(1, 3)):
        low = rng.randint(1, 60)
        piece = rng.choice(
            [IntegerSet.interval(low, low + rng.randint(0, 40)), IntegerSet.at_least(low), IntegerSet.everything()]
        )
        period = rng.randint(2, 12)
        residues = rng.sample(range(period), rng.randint(1, period))
        made |= piece & IntegerSet.residue_class(period, residues)
    return made if rng.random() < 0.8 else ~made


def test_printed_sets_read_back():
    rng = random.Random(52)
    for _ in range(500):
        made = random_set(rng).named("H")
        assert parse_set(str(made)) == made
        assert parse_set(str(made)).symbol == "H"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("W == H", "CS307: a set of sizes names one symbol, found H, W\n  W == H"),
        ("3 == 3", "CS307: a set of sizes names one symbol, found none\n  3 == 3"),
        (
            "H",
            "CS307: not a formula: expected a relation such as == or >=, or 'in', found the end at column 2\n  H\n   ^",
        ),
        ("H in 1..W", "CS307: the ends of a range are ints at column 9\n  H in 1..W\n          ^"),
        ("H in {1, 2", "CS307: not a formula: expected '}', found the end at column 11\n  H in {1, 2\n            ^"),
        (
            "H >= 1 H",
            "CS307: not a formula: expected ',', 'and', 'or' or the end, found 'H' at column 8\n  H >= 1 H\n         ^",
        ),
    ],
)
def test_what_is_no_set_is_refused(text, expected):
    with pytest.raises(FormulaError) as caught:
        parse_set(text)
    assert str(caught.value) == expected


def test_a_symbol_may_be_called_no():
    (condition,) = parse_conditions("no >= 3")
    assert condition.names == {"no"}


def test_a_parsed_size_has_bounds_and_equals_its_disguise():
    a = parse("H - 2*floor(H/2)")
    assert bound(a) == (0, 1)
    assert equal(a, parse("H % 2")) is True
