"""Choices about pictures: widths in units, words that there are."""

from __future__ import annotations

import pytest

from cnnshape.errors import UsageError
from cnnshape.render.figures.options import CHOICES, DrawOptions, points


@pytest.mark.parametrize(
    ("width", "found"),
    [
        ("252pt", 252),
        ("252", 252),
        (300, 300),
        (88.5, 88.5),
        ("88mm", 88 / 25.4 * 72),
        ("8.8 cm", 88 / 25.4 * 72),
        ("3.5in", 252),
        ("880px", 660),
        ("COL", 252),
        ("text", 397),
        ("full", 516),
    ],
)
def test_widths(width: str | float, found: float) -> None:
    assert points(width) == pytest.approx(found, abs=1e-3)
    assert DrawOptions(width=width).points == points(width)


@pytest.mark.parametrize("width", ["wide", "0", "-3pt", "5em", "1e3", "12", "9999in", "nan", 11, -300, True])
def test_what_is_no_width(width: str | float) -> None:
    with pytest.raises(UsageError, match="is no width of a picture"):
        DrawOptions(width=width)


@pytest.mark.parametrize("name", CHOICES)
def test_words_that_there_are_not(name: str) -> None:
    with pytest.raises(UsageError, match=f"there is no {name} 'colour'"):
        DrawOptions(**{name: "colour"})
    assert [getattr(DrawOptions(**{name: word}), name) for word in CHOICES[name]] == list(CHOICES[name])


def test_the_word_that_was_meant() -> None:
    with pytest.raises(UsageError) as caught:
        DrawOptions(preset="slide")
    assert caught.value.fault.fix == "did you mean slides?"
