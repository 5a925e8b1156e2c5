"""Integer sets against plain Python sets on 1..LIMIT, and their text against a reader of our own."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnshape.errors import FormulaError
from cnnshape.symbolic import intervals as iv
from cnnshape.symbolic.integer_set import IntegerSet

LIMIT = 400
UNIVERSE = set(range(1, LIMIT + 1))


@st.composite
def described(draw):
    """Draw a head, a start, a period and residues, with the members on 1..LIMIT that they mean."""
    period = draw(st.sampled_from([1, 1, 2, 3, 4, 6, 8, 9, 12, 16]))
    residues = sorted(draw(st.sets(st.integers(0, period - 1))))
    start = draw(st.sampled_from([1, 2, 5, 20, 60]))
    below = sorted(draw(st.sets(st.integers(1, start - 1)))) if start > 1 else []
    if draw(st.booleans()):
        below = [x for x in range(1, start) if x % 3 or x in below]
    members = set(below) | {x for x in range(start, LIMIT + 1) if x % period in residues}
    return IntegerSet.build(iv.runs_of(below), start, period, residues), members


def seen(s: IntegerSet) -> set[int]:
    return set(s.up_to(LIMIT))


def read(text: str, name: str) -> set[int]:
    """Read a set's text by translating it to Python: an independent reading of the grammar."""
    if text == f"any {name}":
        return set(UNIVERSE)
    if text == f"no {name} works":
        return set()
    numbers = r"\{([^}]*)\}|(\d+)\.\.(\d+)"

    def listed(match: re.Match[str]) -> str:
        items = match[1].split(",") if match[1] else [f"{match[2]}..{match[3]}"]
        spans = [item.split("..") for item in items]
        return "(" + "".join(f"*range({int(span[0])}, {int(span[-1]) + 1})," for span in spans) + ")"

    code = compile(re.sub(numbers, listed, text), "set", "eval")
    return {x for x in UNIVERSE if eval(code, {name: x})}


@given(described(), described())
def test_operations_agree_with_python_sets(left, right):
    (a, members_a), (b, members_b) = left, right
    assert seen(a) == members_a
    assert seen(~a) == UNIVERSE - members_a
    assert seen(a & b) == members_a & members_b
    assert seen(a | b) == members_a | members_b
    assert seen(a - b) == members_a - members_b
    assert (a <= b) == (b >= a) == (members_a <= members_b)
    assert {x for x in range(-3, LIMIT + 1) if x in a} == members_a


@given(described(), described())
def test_equal_sets_have_equal_fields(left, right):
    (a, members_a), (b, members_b) = left, right
    assert (a == b) == (members_a == members_b)
    assert ~~a == a
    assert ~(a & b) == (~a | ~b)
    assert (a - b) | (a & b) == a
    assert hash(a | b) == hash(b | a)


@given(described(), st.integers(1, 4), st.integers(0, 30))
def test_the_same_set_described_clumsily_has_the_same_fields(drawn, factor, later):
    s, _ = drawn
    period = s.period * factor
    residues = [r + i * s.period for i in range(factor) for r in s.residues]
    start = s.start + later
    head = iv.runs_of(s.up_to(start - 1))
    assert IntegerSet.build(head, start, period, residues) == s


@given(described(), st.integers(-5, 150))
def test_nearest_are_the_neighbors(drawn, x):
    s, members = drawn
    below = max((m for m in members if m <= x), default=None)
    above = min((m for m in members if m >= x), default=None)
    assert s.nearest(x) == (below, above)


@given(described())
def test_ends(drawn):
    s, members = drawn
    assert s.minimum() == min(members, default=None)
    assert s.is_empty == (not members) == (not s)
    assert s.is_everything == (members == UNIVERSE)
    assert s.is_finite == (LIMIT not in members and max(members, default=0) < LIMIT - 16)
    if s.is_finite:
        assert s.maximum() == max(members, default=None)
    else:
        assert s.maximum() is None


@given(described())
def test_text_says_exactly_the_set(drawn):
    s, members = drawn
    assert read(s.text("H"), "H") == members


TEXTS = [
    ("residue", IntegerSet.residue_class(16, [0]), "H % 16 == 0"),
    ("bounded residue", IntegerSet.at_least(173) & IntegerSet.residue_class(16, [12]), "H >= 188 and H % 16 == 12"),
    ("interval", IntegerSet.interval(193, 224), "H in 193..224"),
    ("residues", IntegerSet.residue_class(9, range(3)), "H % 9 in {0..2}"),
    ("two residues", IntegerSet.residue_class(9, [7, 8]), "H % 9 in {7, 8}"),
    ("any", IntegerSet.everything(), "any H"),
    ("none", IntegerSet.nothing(), "no H works"),
    ("lower bound", IntegerSet.at_least(32), "H >= 32"),
    ("upper bound", IntegerSet.interval(1, 5), "H <= 5"),
    ("one value", IntegerSet.of([32]), "H == 32"),
    ("values", IntegerSet.of([7, 2, 4]), "H in {2, 4, 7}"),
    ("two intervals", IntegerSet.interval(16, 19) | IntegerSet.interval(112, 115), "H in {16..19, 112..115}"),
    ("value and bound", IntegerSet.of([7]) | IntegerSet.at_least(9), "H == 7 or H >= 9"),
    ("two values and bound", IntegerSet.of([5, 7]) | IntegerSet.at_least(9), "H in {5, 7} or H >= 9"),
    ("all but one", ~IntegerSet.of([10]), "H != 10"),
    ("all but two", ~IntegerSet.of([10, 12]), "H != 10 and H != 12"),
    ("even but one", IntegerSet.residue_class(2, [0]) - IntegerSet.of([10]), "H % 2 == 0 and H != 10"),
    ("all but a residue", ~IntegerSet.residue_class(16, [3]), "H % 16 != 3"),
    ("even or one", IntegerSet.residue_class(2, [0]) | IntegerSet.of([5]), "H % 2 == 0 or H == 5"),
    (
        "coprime parts",
        IntegerSet.residue_class(4, [0]) & IntegerSet.residue_class(9, range(3)),
        "H % 36 in {0, 20, 28}",
    ),
    (
        "coprime parts, shorter apart",
        IntegerSet.residue_class(16, [3]) & IntegerSet.residue_class(9, range(1, 8)),
        "H % 9 in {1..7} and H % 16 == 3",
    ),
    ("single residues stay together", IntegerSet.residue_class(30, [7]), "H % 30 == 7"),
    ("every third, bounded", IntegerSet.of(range(2, 1000, 3)), "H <= 998 and H % 3 == 2"),
    (
        "a group cut at both ends",
        IntegerSet.interval(18, 1000) & IntegerSet.residue_class(16, range(6)),
        "H in 18..997 and H % 16 in {0..5}",
    ),
    (
        "a group of two",
        IntegerSet.interval(1, 60) & IntegerSet.residue_class(10, [1, 4, 5]),
        "H <= 55 and H % 10 in {1, 4, 5}",
    ),
    (
        "chance is no pattern",
        IntegerSet.of([1, 4, 5, 8, 9, 14, 15, 20, 27, 28]),
        "H in {1, 4, 5, 8, 9, 14, 15, 20, 27, 28}",
    ),
    (
        "two patterns",
        IntegerSet.at_least(101) & IntegerSet.residue_class(2, [1])
        | IntegerSet.interval(1, 100) & IntegerSet.residue_class(4, [0]),
        "H <= 100 and H % 4 == 0 or H >= 101 and H % 2 == 1",
    ),
]


@pytest.mark.parametrize(("s", "text"), [row[1:] for row in TEXTS], ids=[row[0] for row in TEXTS])
def test_text(s, text):
    assert s.text("H") == str(s.named("H")) == repr(s.named("H")) == text
    assert read(text, "H") == set(s.up_to(LIMIT))


@pytest.mark.parametrize(("s", "text"), [row[1:] for row in TEXTS], ids=[row[0] for row in TEXTS])
def test_text_is_read_back(s, text):
    formula = pytest.importorskip("cnnshape.symbolic.formula", exc_type=ImportError)
    back = formula.parse_set(text)
    assert back == s
    assert back.symbol == "H"


def test_drawn_texts_are_read_back():
    formula = pytest.importorskip("cnnshape.symbolic.formula", exc_type=ImportError)
    rng = random.Random(20)
    for _ in range(300):
        period = rng.choice([1, 2, 4, 9, 36])
        s = IntegerSet.residue_class(period, rng.sample(range(period), rng.randint(1, period)))
        s = (s & IntegerSet.at_least(rng.randrange(60))) | IntegerSet.of(rng.sample(range(1, 80), rng.randrange(6)))
        assert formula.parse_set(s.text("H")) == s


def test_a_far_bound_costs_one_interval():
    far = IntegerSet.at_least(10**12)
    assert (far.head, far.start) == ((), 10**12)
    assert (~far).head == ((1, 10**12 - 1),)
    even = far & IntegerSet.residue_class(16, [12])
    assert even.head == ()
    assert even.text("H") == f"H >= {10**12 + 12} and H % 16 == 12"
    assert (10**12 + 28) in even


def test_a_hundred_thousand_bounds():
    # No head ever appears, so each step takes constant time.
    valid = IntegerSet.residue_class(16, [12])
    for k in range(1, 100_001):
        valid = valid & IntegerSet.at_least(k)
    assert valid.head == ()
    # The first number >= 100000 that leaves 12, by counting.
    assert valid.minimum() == next(x for x in range(100_000, 100_100) if x % 16 == 12)


def test_the_name_is_kept_and_takes_no_part_in_equality():
    h, plain = IntegerSet.at_least(3).named("H"), IntegerSet.residue_class(2, [0])
    assert str(h & plain) == str(plain & h) == "H >= 4 and H % 2 == 0"
    assert str(plain | h) == "H >= 2"
    assert str(~h) == "H in {1, 2}"
    assert h == h.named("W")
    assert len({h, h.named("W")}) == 1


@pytest.mark.parametrize("x", [0, -4, "4", 4.0, None])
def test_only_integers_from_one_on_are_members(x):
    assert x not in IntegerSet.everything()


def test_residues_are_taken_modulo_the_period():
    assert (
        IntegerSet.residue_class(16, [-4])
        == IntegerSet.residue_class(16, [12])
        == IntegerSet.residue_class(32, [12, 28])
    )


def test_limits_are_said():
    with pytest.raises(FormulaError) as caught:
        IntegerSet.residue_class(1000, [0]) & IntegerSet.residue_class(1001, [0])
    assert str(caught.value) == (
        "CS303: the sizes that work repeat only every 1001000 integers\n"
        "  rule: patterns are followed up to a period of 1000000"
    )
    with pytest.raises(FormulaError) as caught:
        IntegerSet.interval(1, 10**9) & IntegerSet.residue_class(16, [0])
    assert str(caught.value) == (
        "CS303: the sizes that work fall into too many separate pieces\n"
        "  rule: a set is followed up to 2000000 intervals"
    )
    with pytest.raises(FormulaError, match="divisor >= 1"):
        IntegerSet.residue_class(0, [0])


def test_other_types_are_refused():
    with pytest.raises(TypeError):
        IntegerSet.everything() & {1, 2}
    assert IntegerSet.of([1]) != {1}
