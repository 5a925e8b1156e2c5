"""Widths of texts, by the font that has Helvetica's widths."""

import pytest

from cnnshape.render.metrics import fitted, text_width
from tests.render.scenes import HOSTILE

LETTERS = [chr(code) for code in range(32, 127)] + list("×−≤≥…·–")


def liberation(bold: bool):
    font = pytest.importorskip("PIL.ImageFont")
    name = f"LiberationSans-{'Bold' if bold else 'Regular'}.ttf"
    try:
        return font.truetype(name, 1000, layout_engine=font.Layout.BASIC)
    except OSError:
        pytest.skip(f"{name} is not installed")


@pytest.mark.parametrize("bold", [False, True])
def test_each_letter_is_as_wide_as_in_liberation_sans(bold):
    font = liberation(bold)
    off = {letter: (text_width(letter, 1000, bold), font.getlength(letter)) for letter in LETTERS}
    assert {letter: pair for letter, pair in off.items() if abs(pair[0] - pair[1]) > 1} == {}


@pytest.mark.parametrize("bold", [False, True])
def test_a_text_is_as_wide_as_in_liberation_sans(bold):
    font = liberation(bold)
    for text in ("layer1.0.conv1", "64×112×112", "Conv 7×7 /2, BN, ReLU", "~!@#$%^&*()_+"):
        assert text_width(text, 8, bold) == pytest.approx(font.getlength(text) * 8 / 1000, rel=2e-3)


def test_accented_letters_are_as_wide_as_their_letters():
    font = liberation(False)
    for letter in "äöüéèçñÄÖÜåÅčž":
        assert text_width(letter, 1000) == pytest.approx(font.getlength(letter), abs=1)


def test_other_letters_are_no_wider_than_taken():
    font = liberation(False)
    for letter in "ßøłαβγδεμπσφωабвгдежиклн":
        assert text_width(letter, 1000) >= font.getlength(letter)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("width", [20, 60, 200])
def test_what_is_fitted_fits_and_keeps_both_ends(text, width):
    shown = fitted(text, width, 8)
    assert text_width(shown, 8) <= width
    if shown != text:
        head, _, tail = shown.partition("…")
        assert text.startswith(head)
        assert text.endswith(tail)
        assert len(head) + len(tail) < len(text)
