"""What all writers of pictures do alike."""

import re

from hypothesis import given
from hypothesis import strategies as st

from cnnshape.render.palette import NAMED
from cnnshape.render.scene import Group, Label, Line, Rect, Style
from cnnshape.render.writing import Ids, between, clean, groups, hexadecimal, number, styles, xml_text


@given(st.floats(-1e9, 1e9))
def test_a_number_is_within_half_of_a_hundredth_and_has_no_exponent(value):
    assert re.fullmatch(r"-?\d+(\.\d{0,1}[1-9])?", number(value))
    assert number(value) != "-0"
    assert abs(float(number(value)) - value) <= 0.005 + 1e-6


@given(st.text(st.characters()))
def test_clean_text_has_as_many_letters_and_none_that_cannot_be_shown(text):
    assert len(clean(text)) == len(text)
    assert clean(text).isprintable()
    clean(text).encode("utf-8")
    assert clean(clean(text)) == clean(text)


@given(st.text())
def test_text_of_xml_is_read_back(text):
    from xml.etree.ElementTree import fromstring

    root = fromstring(f'<a b="{xml_text(text)}">{xml_text(text)}</a>')
    assert (root.text or "") == clean(text)
    assert root.attrib["b"] == clean(text)


@given(st.lists(st.one_of(st.text(), st.sampled_from(["a", "a-2", "a-3"]))))
def test_ids_are_unique_and_of_known_letters(wanted):
    ids = Ids(("a",))
    made = [ids.new(name) for name in wanted]
    assert len({*made, "a"}) == len(made) + 1
    assert all(re.fullmatch(r"[^\W\d_][\w.-]*", name) for name in made)


def test_a_thousand_equal_ids_are_made_at_once():
    ids = Ids()
    assert [ids.new("x") for _ in range(1000)][-1] == "x-1000"


def test_named_colors_are_light_or_dark_and_others_are_themselves():
    assert hexadecimal("ink") == NAMED["ink"][0] == "#000000"
    assert hexadecimal("ink", dark=True) == NAMED["ink"][1]
    assert hexadecimal("#123456", dark=True) == "#123456"
    assert between("#000000", "#FFFFFF") == "#808080"
    assert between("ink", "paper") == "#808080"


def test_groups_and_styles_of_a_picture_come_from_every_depth():
    deep = Group("deep", "", (Rect(0, 0, 1, 1, Style("a")), Label(0, 0, "x")))
    marks = (Group("outer", "", (deep,)), Line(((0, 0), (1, 1)), Style("b")))
    assert [group.id for group in groups(marks)] == ["outer", "deep"]
    assert [style.fill for style in styles(marks)] == ["a", "b"]
