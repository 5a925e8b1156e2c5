"""Answers as text on lines of any width, and as JSON that says the same."""

import pytest

import cnnshape
from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.analysis.inverse.windows import Choices, windows_between
from cnnshape.render.options import Options
from cnnshape.render.solution import solution_data, solution_text
from cnnshape.render.windows import windows_data, windows_text
from cnnshape.symbolic import IntegerSet, dim, parse_set
from tests.render.conftest import EXAMPLES, MADE, NAMES


def solved(name, **sizes):
    return cnnshape.solve(MADE[name]() if name in MADE else EXAMPLES / f"{name}.yaml", **sizes)


@pytest.mark.parametrize("width", [20, 40, 80])
@pytest.mark.parametrize("name", NAMES)
def test_no_line_is_too_long(name, width):
    found = solved(name)
    for at in (found, found.at({s: 7 for s in found.network.symbols if s != found.network.batch})):
        for every in (False, True):
            text = solution_text(at.answer, Options(width=width, unicode=False), every=every)
            assert max(map(len, text.splitlines())) <= width
            assert text.isascii()
            assert "\x1b" not in text


@pytest.mark.parametrize("name", NAMES)
def test_the_sets_of_the_json_are_those_of_the_text(name):
    for row in solution_data(solved(name).answer)["sets"]:
        made = IntegerSet.build(map(tuple, row["intervals"]), row["start"], row["period"], row["residues"])
        assert made == parse_set(row["text"])
        assert [cause["layer"] for cause in row["because"]]


def test_colors_repeat_what_words_say():
    found = solved("unet", H=500)
    assert "\x1b[31mU-Net: H=500 does not fit" in solution_text(found.answer, Options(color=True))
    assert "\x1b" not in solution_text(found.answer, Options())


def test_two_symbols_that_differ_are_not_taken_together():
    x = Input("image", (3, "H", "W"))
    net = Network("strips", inputs=x, outputs=L.Conv(4, kernel_size=(5, 7))(x))
    text = solution_text(cnnshape.solve(net).answer, Options())
    assert "H >= 5\n  conv1 needs H - 4 >= 1: H >= 5\n" in text
    assert "W >= 7\n  conv1 needs W - 6 >= 1: W >= 7\n" in text
    assert "the same" not in text


def test_a_condition_beside_the_boxes_is_told_with_them():
    x = Input("image", (1, "H", "W"))
    joined = L.Concat()([x, L.Upsample(scale_factor=2)(L.MaxPool(2)(x))])
    net = Network("both", inputs=x, outputs=L.Linear(3, in_features=72)(L.Flatten()(joined)))  # 2*H*W == 72
    text = solution_text(cnnshape.solve(net).answer, Options())
    # 36 = 6*6 = 2*18 with both even.
    assert "(6x6) H == 6, W == 6\n  or (2x18) H == 2, W == 18\n  or (18x2) H == 18, W == 2\n" in text
    assert "concat1 joins H and 2*floor(H/2): H % 2 == 0" in text
    assert "concat1 joins W and 2*floor(W/2): W % 2 == 0" in text


def test_many_layers_are_cut_and_shown_if_asked_for():
    x = y = Input("image", (3, "H"))
    for i in range(10):  # a skip for each halving, every one of which needs an even size
        down = L.MaxPool(2)(y)
        y = L.Concat()([y, L.Upsample(scale_factor=2)(down)], name=f"level{i}")
        y = L.MaxPool(2)(y)
    found = cnnshape.solve(Network("tall", inputs=x, outputs=y)).answer
    assert str(found.sets["H"]) == "H % 1024 == 0"
    short, every = (solution_text(found, Options(), every=flag) for flag in (False, True))
    assert "and 2 more layers (--all lists them)" in short
    assert short.count(" joins ") == 8
    assert every.count(" joins ") == 10


@pytest.mark.parametrize(
    ("before", "after", "asked"),
    [
        (224, 112, None),
        (dim("H"), dim("H") // 2, None),
        (7, 14, Choices(transposed=True)),
        (9, 3, Choices((1, 3), (1, 2, 3), (1, 2))),
    ],
    ids=str,
)
@pytest.mark.parametrize("width", [40, 80])
def test_windows_fit_the_line_and_agree_with_their_data(before, after, asked, width):
    found = windows_between(before, after, asked)
    text = windows_text(found, Options(width=width), every=True)
    assert max(map(len, text.splitlines())) <= width
    data = windows_data(found)
    assert len(data["windows"]) == len(found.found) + len(found.beyond)
    assert [row["beyond"] for row in data["windows"]] == [False] * len(found.found) + [True] * len(found.beyond)


def test_what_is_cut_off_is_what_no_window_reaches():
    for d in range(4, 12):
        for o in range(1, 6):
            for row, w in zip(windows_data(found := windows_between(d, o))["windows"], found.found, strict=False):
                last = (o - 1) * w.stride - w.before + w.kernel - 1
                assert row["cut_off"] == max(d - 1 - last, 0)
