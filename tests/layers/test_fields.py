"""The kinds of arguments: what each takes, what it refuses, and that its JSON Schema says the same."""

from fractions import Fraction

import numpy as np
import pytest

from cnnshape.errors import ArgumentError
from cnnshape.layers.fields import DTYPES, KINDS, one_of, paddings, per_axis
from cnnshape.symbolic import dim

H = dim("H")

TAKEN = [
    ("Count", 3, 3),
    ("Count", H, H),
    ("Count", np.int64(3), 3),
    ("Count", "12", 12),
    ("Count", "H", H),
    ("PerAxis", ["H", "2*H + 1"], (H, 2 * H + 1)),
    ("Padding", "H//2", H // 2),
    ("Padding", "p", dim("p")),
    ("Shape", ["H", -1], (H, -1)),
    ("Natural", 0, 0),
    ("Integer", -3, -3),
    ("Integers", 3, (3,)),
    ("Integers", [0, -1], (0, -1)),
    ("Index", -3, -3),
    ("Index", H - 1, H - 1),
    ("Indices", 3, 3),
    ("Indices", [3], (3,)),
    ("Axes", -1, -1),
    ("Axes", [2, 3], (2, 3)),
    ("PerAxis", 3, 3),
    ("PerAxis", [3, H], (3, H)),
    ("PerAxisNatural", [0, 1], (0, 1)),
    ("PerAxisInteger", [-1, 1], (-1, 1)),
    ("PerAxisOrNone", [None, 7], (None, 7)),
    ("PerAxisOrNone", None, None),
    ("Strides", [1, 2], (1, 2)),
    ("Padding", 1, 1),
    ("Padding", [1, 2], (1, 2)),
    ("Padding", [[0, 1], [2, H]], ((0, 1), (2, H))),
    ("Padding", [1, [0, 2]], (1, (0, 2))),
    ("Padding", "SAME", "same"),
    ("Padding", "same_lower", "same_lower"),
    ("Margins", [[-1, 2], 3], ((-1, 2), 3)),
    ("Crops", [[1, 2], 0], ((1, 2), 0)),
    ("Scale", 2, Fraction(2)),
    ("Scale", 0.1, Fraction(1, 10)),
    ("Scale", "2/3", Fraction(2, 3)),
    ("Scale", [0.5, Fraction(3, 2)], (Fraction(1, 2), Fraction(3, 2))),
    ("Sizes", 4, 4),
    ("Sizes", [4, H], (4, H)),
    ("Shape", [1, H, -1], (1, H, -1)),
    ("Shape", [], ()),
    ("Shape", 5, (5,)),
    ("Flag", False, False),
    ("Number", 1, 1),
    ("Number", 0.5, 0.5),
    ("Word", "linear", "linear"),
]

REFUSED = [
    ("Count", 0),
    ("Count", 2.0),
    ("Count", True),
    ("Count", "-1"),
    ("Count", "2*"),
    ("Count", ""),
    ("Count", None),
    ("Natural", -1),
    ("Integer", H),
    ("Integer", 1.5),
    ("Integers", [1, "2"]),
    ("Index", 0.5),
    ("Indices", []),
    ("Indices", H),
    ("Axes", []),
    ("PerAxis", [3, 0]),
    ("PerAxis", []),
    ("PerAxis", [[3]]),
    ("PerAxisNatural", -1),
    ("PerAxisOrNone", [0]),
    ("Strides", 0),
    ("Strides", H),
    ("Padding", -1),
    ("Padding", [[1, 2, 3]]),
    ("Padding", "full"),
    ("Padding", "causal"),
    ("Strides", "s"),
    ("Integer", "1"),
    ("Margins", "same"),
    ("Crops", -1),
    ("Scale", 0),
    ("Scale", -0.5),
    ("Scale", "1e9"),
    ("Scale", "1/0"),
    ("Scale", "x"),
    ("Scale", float("inf")),
    ("Scale", float("nan")),
    ("Scale", 10**13),
    ("Sizes", 0),
    ("Sizes", []),
    ("Shape", [1, 2.5]),
    ("Flag", 1),
    ("Flag", "true"),
    ("Number", True),
    ("Number", "0.5"),
    ("Word", 3),
]


@pytest.mark.parametrize(("kind", "value", "expected"), TAKEN)
def test_taken(kind, value, expected):
    checked = KINDS[kind].check(value)
    assert checked == expected
    assert type(checked) is type(expected)
    assert KINDS[kind].check(checked) == checked, "normalized once, it stays"
    hash(checked)


@pytest.mark.parametrize(("kind", "value"), REFUSED)
def test_refused(kind, value):
    with pytest.raises((TypeError, ValueError, OverflowError)):
        KINDS[kind].check(value)


def written(value):
    """A value as it stands in a design file, or None if it has no such form."""
    if isinstance(value, (list, tuple)):
        return [written(entry) for entry in value]
    if isinstance(value, (Fraction, np.integer)):
        return float(value)
    return str(value) if isinstance(value, type(H)) else value


@pytest.mark.parametrize(("kind", "value", "_"), [row for row in TAKEN if row[1] not in (None, "SAME")])
def test_the_schema_takes_what_the_check_takes(kind, value, _):
    """But for null, which the class allows where it does, and for words in capitals."""
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.validate(written(value), dict(KINDS[kind].schema))


# JSON knows no difference between 2 and 2.0, and its schema no bound above and no number that is not finite.
BEYOND_JSON = [("Count", 2.0), ("Scale", 10**13), ("Scale", float("inf")), ("Scale", float("nan"))]


@pytest.mark.parametrize(("kind", "value"), [row for row in REFUSED if not isinstance(row[1], (str, type(H)))])
def test_the_schema_refuses_what_the_check_refuses(kind, value):
    jsonschema = pytest.importorskip("jsonschema")
    if any(kind == k and repr(value) == repr(v) for k, v in BEYOND_JSON):
        return
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written(value), dict(KINDS[kind].schema))


def test_names_of_the_table():
    assert all(name == kind.name for name, kind in KINDS.items())
    assert len(set(DTYPES)) == len(DTYPES)


def test_per_axis():
    assert per_axis(3, 2, "stride") == (3, 3)
    assert per_axis((3, H), 2, "stride") == (3, H)
    with pytest.raises(ArgumentError) as caught:
        per_axis((3, 3), 3, "stride")
    assert (
        str(caught.value)
        == """\
CS402: stride has 2 entries, the input has 3 space axes
  rule: one entry for every space axis, or a single number for all of them
  fix: stride: one number, or a list of 3"""
    )


def test_paddings():
    assert paddings(1, 2) == ((1, 1), (1, 1))
    assert paddings((1, (0, 2)), 2) == ((1, 1), (0, 2))
    with pytest.raises(ArgumentError, match="padding has 1 entries, the input has 2 space axes"):
        paddings(((1, 2),), 2)


def test_one_of():
    assert one_of("zeros", "reflect").default == "zeros"
    assert one_of("zeros", "reflect", default="reflect").default == "reflect"
    assert one_of("a").metadata["words"] == ("a",)
