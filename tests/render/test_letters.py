"""Short names: whatever is written with them means the same."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnshape.render.formulas import Formulas
from cnnshape.render.letters import Letters
from cnnshape.symbolic import ceildiv, dim, evaluate, floordiv, maximum, parse, product, symbols

H, W = dim("H"), dim("W")


def meaning(text: str, legend: tuple[str, ...], sizes: dict[str, int]) -> int:
    """The value of a text whose names a legend explains."""
    values = dict(sizes)
    definitions = dict(row.split(" = ") for row in legend if " = " in row)
    for name, definition in definitions.items():
        values[name] = evaluate(parse(definition), values)
    for names, likes, symbol in (
        re.fullmatch(r"(.*): as (.*), of (\w+)", row).groups() for row in legend if ": as " in row
    ):
        for name, like in zip(names.split(", "), likes.split(", "), strict=True):
            definition = definitions[like]
            for inner in sorted(definitions, reverse=True):
                definition = re.sub(rf"\b{inner}\b", f"({definitions[inner]})", definition)
            (original,) = symbols(parse(definition))
            values[name] = evaluate(parse(definition), {original: sizes[symbol]})
    return evaluate(parse(text), values)


sizes_of_maps = st.recursive(
    st.sampled_from([H, W]),
    lambda inner: st.one_of(
        st.builds(lambda d, k: floordiv(d + k, 2), inner, st.integers(0, 3)),
        st.builds(ceildiv, inner, st.sampled_from([2, 3, 4])),
        st.builds(lambda d: 2 * d, inner),
        st.builds(lambda d, k: d + k, inner, st.integers(-3, 3)),
    ),
    max_leaves=4,
)


@given(st.lists(sizes_of_maps, min_size=1, max_size=4), st.integers(20, 90), st.integers(20, 90))
def test_a_text_with_names_means_the_same(axes, h, w):
    size = product(axes) + sum(axes)
    letters = Letters([*axes, size])
    sizes = {"H": h, "W": w}
    assert meaning(letters.text(size), letters.legend, sizes) == evaluate(size, sizes)


@given(st.lists(st.tuples(sizes_of_maps, sizes_of_maps), min_size=1, max_size=4), st.integers(20, 90))
def test_a_sum_over_maps_means_the_same(maps, h):
    counts = [(k + 2) * product(axes) for k, axes in enumerate(maps)]
    formulas = Formulas(maps, counts)
    sizes, text = {"H": h, "W": h + 7}, formulas.total(counts)
    assert meaning(text, formulas.legend([text]), sizes) == sum(evaluate(c, sizes) for c in counts)


def test_a_long_cell_is_a_name_that_the_legend_explains():
    formulas = Formulas([], [dim("m1")])
    long = "9.41K*h2*w2 + 246K*h4*w4 + 1.31M*h8*w8"
    assert formulas.cell("9*H", "m", 32) == "9*H"
    assert formulas.cell(long, "m", 32) == formulas.cell(long, "m", 32) == "m2"
    assert formulas.legend(["m2"]) == (f"m2 = {long}",)
    assert formulas.legend(["m3 and 9*H"]) == ()
    assert formulas.cell(" + ".join(["9*H"] * 200), "m", 32) == "200 terms"


def test_a_legend_explains_what_is_there_and_what_that_takes():
    outer = floordiv(floordiv(H + 1, 2) * floordiv(W, 3), 5)
    letters = Letters([outer, floordiv(H + 1, 2), floordiv(W, 3), floordiv(H, 7)])
    assert letters.legend_of(["s1"]) == ("h2 = ceil(H/2)", "w3 = floor(W/3)", "s1 = floor(h2*w3/5)")


@pytest.mark.parametrize(
    ("size", "text", "legend"),
    [
        (ceildiv(H, 32), "h32", ("h32 = ceil(H/32)",)),
        (floordiv(3 * H, 2), "H + h2", ("h2 = floor(H/2)",)),
        (floordiv(3 * H, 4), "h3_4", ("h3_4 = floor(3*H/4)",)),
        (floordiv(H * W, 2), "s1", ("s1 = floor(H*W/2)",)),
        (floordiv(dim("height"), 2), "height2", ("height2 = floor(height/2)",)),
        (floordiv(H, 2) - floordiv(H + 4, 9), "h2 - h9", ("h2 = floor(H/2)", "h9 = floor((H + 4)/9)")),
        (floordiv(H, 2) * floordiv(dim("h"), 2) * dim("h2b"), "h2b*h2*h2c", ("h2 = floor(H/2)", "h2c = floor(h/2)")),
        (maximum(3 * floordiv(H, 2), W), "max(W, 3*h2)", ("h2 = floor(H/2)",)),
        (floordiv(H, 2) * floordiv(W, 2), "h2*w2", ("h2 = floor(H/2)", "w2 = floor(W/2)")),
    ],
    ids=str,
)
def test_names_say_what_part_of_which_size_it_is(size, text, legend):
    letters = Letters([size])
    assert letters.legend == legend
    assert letters.text(size) in (text, text.replace("max(W, 3*h2)", "max(3*h2, W)"))


def test_many_names_of_two_symbols_share_a_row():
    letters = Letters([ceildiv(s, k) for s in (H, W) for k in (2, 4, 8)])
    assert letters.legend == ("h2 = ceil(H/2)", "h4 = ceil(H/4)", "h8 = ceil(H/8)", "w2, w4, w8: as h2, h4, h8, of W")


def test_counts_are_rounded_only_where_that_is_asked_for():
    size = 36_864 * H * W + 1_234_567
    letters = Letters([size])
    assert letters.short(size) == "36.9K*H*W + 1.23M"
    assert letters.text(size) == "36864*H*W + 1234567"
