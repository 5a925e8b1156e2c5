"""Codes CS3xx: text that is no formula, or a formula beyond the limits."""

from __future__ import annotations

from cnnshape.codes.rule import Rule

__all__ = ["RULES"]

_INPUT = "input: [3, H, W]\nlayers:\n"

RULES = {
    "CS301": Rule(
        "no formula",
        "The text cannot be read as a formula: whole numbers, symbols, + - * // % **, floor, ceil, min and max.",
        "Formulas are read by a parser of our own: no text from a file is ever run.",
        "input: [3, H +, W]\nlayers: [relu]\n",
        "input: [3, H + 1, W]\nlayers: [relu]\n",
    ),
    "CS302": Rule(
        "an unknown name in a formula",
        "A formula inside the layers uses a name that is neither a symbol of the inputs nor an argument in sight.",
        "A misspelled name would silently become one more free size.",
        _INPUT + "  - conv: {out_channels: 8, kernel_size: 3, padding: k//2}\n",
        "define:\n  same: {args: {k: 3}, layers: [{conv: {out_channels: 8, kernel_size: k, padding: k//2}}]}\n"
        + _INPUT
        + "  - same\n",
    ),
    "CS303": Rule(
        "beyond the limits of formulas",
        "A formula is too long, has too large an exponent, or the sizes that fit form no pattern that can be listed.",
        "The limits keep one line of text from filling the memory.",
        "from cnnshape import dim\ndim('H') ** 9",
        "from cnnshape import dim\ndim('H') ** 8",
    ),
    "CS304": Rule(
        "not a whole number",
        "A formula may have a value that is not whole, such as H/2.",
        "Sizes are whole. Say how it is rounded: H//2, floor(H/2) or ceil(H/2).",
        "input: [3, H/2, W]\nlayers: [relu]\n",
        "input: [3, H//2, W]\nlayers: [relu]\n",
    ),
    "CS305": Rule(
        "a symbol without a value",
        "A number is asked for while a symbol in the formula has no value, or one that is no whole number.",
        "There is no number yet, only a formula.",
        "from cnnshape.symbolic import dim, evaluate\nevaluate(2 * dim('H'), {'W': 5})",
        "from cnnshape.symbolic import dim, evaluate\nevaluate(2 * dim('H'), {'H': 5})",
    ),
    "CS306": Rule(
        "undecided",
        "Two sizes are compared, and which is larger depends on the values of their symbols.",
        "A comparison that guessed would be right for some sizes only. Use equal() and bound(), which say so.",
        "from cnnshape import dim\ndim('H') < 8",
        "from cnnshape.symbolic import bound, dim\nbound(dim('H') + 8)",
    ),
    "CS307": Rule(
        "no set of sizes",
        "The text is no condition on one symbol, such as H % 16 == 0, H in 193..224 or H >= 32 and H % 8 in {0..3}.",
        "Every set that is printed can be read again; this text is not of that form.",
        "from cnnshape.symbolic import parse_set\nparse_set('H in 3..')",
        "from cnnshape.symbolic import parse_set\nparse_set('H in 3..9')",
    ),
}
