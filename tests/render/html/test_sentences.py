"""Formulas are found in the sentences that layers say."""

from __future__ import annotations

import pytest

from cnnshape.render.html.sentences import formulas_in
from cnnshape.symbolic import ceildiv, dim

N, H, W = dim("N"), dim("H"), dim("W")
SYMBOLS = {"N", "H", "W"}


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        ("no formula, 3 numbers", ["no formula, 3 numbers"]),
        ("", []),
        ("H", [H]),
        (
            "axis H: input 1 has 2*floor(H/2), input 2 has H",
            ["axis H: input 1 has ", 2 * (H // 2), ", input 2 has ", H],
        ),
        ("offers H + 4", ["offers ", H + 4]),
        ("is given 512*ceil(H/32)*ceil(W/32)", ["is given ", 512 * ceildiv(H, 32) * ceildiv(W, 32)]),
        ("max(H, 2*W), not H % 2", ["max(", H, ", ", 2 * W, "), not ", H % 2]),
        ("(N, 3, H + 1)", ["(", N, ", 3, ", H + 1, ")"]),
        ("Height H, 3 H", ["Height ", H, ", 3 ", H]),
        ("floor(H", ["floor(", H]),
        ("H**2 <= W", [H * H, " <= ", W]),
    ],
)
def test_formulas_of_a_sentence(sentence, parts):
    assert formulas_in(sentence, SYMBOLS) == parts


def test_a_sentence_keeps_its_words():
    hostile = 'layer "</script>" \n \u202e H'
    assert formulas_in(hostile, SYMBOLS) == [hostile[:-1], H]
