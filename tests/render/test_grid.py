import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnshape.render.grid import Grid, GridColumn, cut, display_width, fitted, plain, wrapped

words = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs")), max_size=60)


@given(words, st.integers(3, 60))
def test_a_cut_text_fits_and_keeps_its_ends(text, width):
    short = cut(text, width)
    assert display_width(short) <= width
    assert short == text if display_width(text) <= width else text.startswith(short.split("..")[0])


@given(st.text(max_size=40), st.booleans())
def test_plain_text_is_printable(text, unicode):
    shown = plain(text, unicode)
    assert shown.isprintable()
    assert unicode or shown.isascii()


@given(st.lists(st.text("ab c", min_size=1, max_size=90), max_size=6), st.integers(10, 60))
def test_wrapped_lines_fit_and_lose_no_word(items, width):
    lines = wrapped(items, width)
    assert all(len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join("".join(items).split())


@pytest.mark.parametrize(("text", "width"), [("conv", 4), ("層", 2), ("é", 1), ("e\u0301", 1), ("", 0)])
def test_the_width_counts_cells_not_characters(text, width):
    assert display_width(text) == width


@given(st.lists(st.tuples(st.text("abc", min_size=1, max_size=50), st.integers(0, 10**9)), min_size=1, max_size=5))
def test_a_grid_fits_and_keeps_its_numbers(rows):
    names, numbers = zip(*rows, strict=True)
    number = GridColumn("n", tuple(map(str, numbers)), "right", goes=0)
    grid = Grid((GridColumn("layer", names), number, GridColumn("extra", tuple("x" * 30 for _ in rows), goes=1)))
    for width in (24, 40, 80):
        shown = fitted(grid, width)
        assert max(map(len, shown.lines())) <= width
        assert shown.columns[1].cells == number.cells
