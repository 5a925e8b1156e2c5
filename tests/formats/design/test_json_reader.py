"""JSON with places: as strict as the standard library's reader, and without its recursion."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnshape.errors import ReadError
from cnnshape.formats.design.json_reader import read_json
from tests.formats.design.test_yaml_reader import values

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=20,
)


@given(JSON, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_what_json_wrote_is_read_back(value, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert values(read_json(text, "x")) == value


@given(st.text(st.sampled_from('[]{},:"0123e.-+ntrueflas \n\t\\')))
def test_any_text_is_read_as_json_reads_it_or_refused(text):
    try:
        expected = json.loads(text, parse_constant=pytest.fail)
    except ValueError:
        expected = ValueError
    try:
        found = read_json(text, "x")
    except ReadError as error:
        assert expected is ValueError or error.code == "CS108"  # noqa: PT017  # json keeps the last of two keys
    else:
        assert found is None or values(found) == expected


def test_places_count_from_one():
    tree = read_json('{"a": 1,\n  "b": [true,\n "x"]}', "x")
    (_, one), (key, items) = tree.rows
    assert (one.line, one.column, key.line, key.column) == (1, 7, 2, 3)
    assert [(row.line, row.column) for row in items.rows] == [(2, 9), (3, 2)]


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 101 + "1" + "}" * 101])
def test_deep_nesting_is_refused(text):
    with pytest.raises(ReadError) as caught:
        read_json(text, "x")
    assert caught.value.code == "CS109"


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", "-Infinity", "1" * 50, '"\\ud800"', "[1] 2", "'a'", "{a: 1}"])
def test_what_is_no_json_is_refused(text):
    with pytest.raises(ReadError):
        read_json(text, "x")


def test_nothing_is_no_document():
    assert read_json(" \n", "x") is None
