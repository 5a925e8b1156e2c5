"""YAML 1.2 as a design needs it: what scalars mean, where they stand, and what a hostile text costs."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from cnnshape.errors import ReadError
from cnnshape.formats.design.tree import Fields, Items, Scalar, plain_value
from cnnshape.formats.design.yaml_reader import read_yaml

# From the YAML 1.2.2 specification, chapter 10.3 (core schema) and its example 10.9.
CORE = [
    ("null", None),
    ("~", None),
    ("Null", None),
    ("true", True),
    ("False", False),
    ("TRUE", True),
    ("0", 0),
    ("0o7", 7),
    ("0x3A", 58),
    ("-19", -19),
    ("0.", 0.0),
    ("-0.0", 0.0),
    (".5", 0.5),
    ("+12e03", 12000.0),
    ("-2E+05", -200000.0),
    ("1e-5", 1e-5),
    (".inf", math.inf),
    ("-.Inf", -math.inf),
    ("no", "no"),
    ("on", "on"),
    ("yes", "yes"),
    ("y", "y"),
    ("N", "N"),
    ("1_000", "1_000"),
    ("12:30", "12:30"),
    ("k//2", "k//2"),
    ("-H", "-H"),
    ("2*H", "2*H"),
    ("H % 2", "H % 2"),
    ("2024-01-01", "2024-01-01"),
]


def values(tree):
    if isinstance(tree, Scalar):
        return tree.value
    if isinstance(tree, Items):
        return [values(row) for row in tree.rows]
    return {key.text: values(row) for key, row in tree.rows}


@pytest.mark.parametrize(("text", "value"), CORE, ids=[text for text, _ in CORE])
def test_scalars_mean_what_the_core_schema_says(text, value):
    tree = read_yaml(f"a: {text}\n", "x")
    assert values(tree) == {"a": value}
    assert type(values(tree)["a"]) is type(value)


@pytest.mark.parametrize("text", ["null", "true", "12", "1.5", "x"])
def test_a_quoted_scalar_is_text(text):
    assert values(read_yaml(f"[\"{text}\", '{text}']", "x")) == [text, text]


def test_no_number_stands_for_a_not_a_number():
    assert math.isnan(plain_value(".nan"))


def test_places_count_from_one():
    tree = read_yaml("a: 1\nb:\n  - {c: [x,\n     'y']}\n", "x")
    (_, one), (key, items) = tree.rows
    assert (one.line, one.column, key.line, key.column) == (1, 4, 2, 1)
    ((_, inner),) = items.rows[0].rows
    assert [(row.line, row.column) for row in inner.rows] == [(3, 10), (4, 6)]


def test_an_empty_value_stands_at_its_key():
    tree = read_yaml("a:\n\n\nb: 1\n", "x")
    assert (tree.rows[0][1].line, tree.rows[0][1].column) == (1, 1)


def test_windows_lines_and_comments():
    tree = read_yaml("# c\r\na: 1  # d\r\n\r\nb: [2,\r\n 3]\r\n", "x")
    assert values(tree) == {"a": 1, "b": [2, 3]}
    assert tree.rows[1][0].line == 4


def test_an_alias_is_what_it_names():
    assert values(read_yaml("a: &x [1, {b: 2}]\nc: *x\n", "x")) == {"a": [1, {"b": 2}], "c": [1, {"b": 2}]}


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "---\n...\n"])
def test_nothing_is_no_document(text):
    assert read_yaml(text, "x") is None or values(read_yaml(text, "x")) is None


def test_characters_beyond_the_first_plane():
    assert values(read_yaml('a: "\\ud83d\\ude00é"', "x")) == {"a": "😀é"}
    with pytest.raises(ReadError, match="half a character"):
        read_yaml('a: "\\ud83d"', "x")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[" * 101 + "]" * 101, "CS109"),
        ("[" * 100_000, "CS109"),
        ("- " * 200 + "a", "CS109"),
        ("{a: " * 101 + "1" + "}" * 101, "CS109"),
        ("a: &a [b]\n" + "".join(f"{i}: &a [*a]\n" for i in range(200)), "CS109"),
        ("!" * 1_000_000, "CS106"),
        ("a: !" + "x" * 600 + " b", "CS106"),
        ("%YAML " + "1" * 10_000 + "\n---\na: b", "CS106"),
        ("a: \x01", "CS104"),
        ("\x7f", "CS104"),
    ],
    ids=["lists", "open-lists", "dashes", "mappings", "aliases-in-a-row", "tags", "a-tag", "version", "control", "del"],
)
def test_a_hostile_text_is_refused_soon(text, code):
    with pytest.raises(ReadError) as caught:
        read_yaml(text, "x")
    assert caught.value.code == code


def test_nesting_up_to_the_limit_is_read():
    tree = read_yaml("[" * 100 + "]" * 100, "x")
    depth = 0
    while isinstance(tree, Items):
        depth += 1
        tree = tree.rows[0] if tree.rows else None
    assert depth == 100


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.text(st.characters(codec="utf-8", exclude_categories=["C"], exclude_characters="(?:"), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcxyz", min_size=1, max_size=3), inner),
    max_leaves=12,
)


# The reader refuses an open parenthesis; the library writes plain texts such as ?0 and :0 that it cannot read itself.
@given(PLAIN.filter(lambda value: isinstance(value, (list, dict))))
def test_what_another_writer_wrote_is_read_back(value):
    from io import StringIO

    stream = StringIO()
    writer = YAML(typ="safe", pure=True)
    writer.width = 10_000  # a plain text over several lines is refused, as a slip
    writer.dump(value, stream)
    tree = read_yaml(stream.getvalue(), "x")
    assert isinstance(tree, (Items, Fields))
    assert values(tree) == value


@given(st.text(st.sampled_from("ab:-{}[],\"'#&*!|>%@`?~ \n\t0(")))
def test_any_text_is_read_or_refused(text):
    try:
        read_yaml(text, "x")
    except ReadError as error:
        assert error.fault.place.startswith("x:")  # noqa: PT017  # any text may be in order


def test_a_line_without_end_is_refused_at_once():
    """Finding the fault in it must not take the square of its length: it would be hours."""
    with pytest.raises(ReadError) as caught:
        read_yaml(f"{'n' * 1_000_000}: {'n' * 1_000_000}: 3\n", "net.yaml")
    assert caught.value.code == "CS106"
