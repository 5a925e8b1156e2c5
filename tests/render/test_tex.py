r"""LaTeX of words and formulas: nothing escapes into a command."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnshape.render.tex import escaped, math, number

HARMLESS = re.compile(
    r"\\(textbackslash|textasciicircum|textasciitilde|textless|textgreater|textbar|textasciigrave|ss|ae|AE|oe|o|O|l|ldots"
    r"|textendash|textemdash|times|texttt|i|j)(?![A-Za-z])|\\[{}$&#%_`'^~=u.\"rHvc]"
)


@given(st.text(max_size=40))
def test_every_command_is_one_of_ours_and_every_brace_is_closed(words):
    written = escaped(words)
    assert written.isascii()
    rest = HARMLESS.sub(lambda found: "" if found[0] in (r"\{", r"\}") else found[0], written)
    assert "\\" not in HARMLESS.sub("", written)
    assert rest.count("{") == rest.count("}")
    bare = HARMLESS.sub("", written)
    assert not set(bare.replace("$", "", 2 * written.count(r"\times"))) & set("%#&_^~$") or r"\times" in written
    assert "\n" not in written
    assert "\r" not in written


@pytest.mark.parametrize(
    ("words", "written"),
    [
        (r"\input{/etc/passwd}", r"\textbackslash{}input\{/etc/passwd\}"),
        ("100% #1 a_b $x$ &", r"100\% \#1 a\_b \$x\$ \&"),
        ("a^^41", r"a\textasciicircum{}\textasciicircum{}41"),
        ("[x]", "{[}x]"),
        ("a--b", "a-{}-b"),
        ("naïve", r"na\"{\i}ve"),
    ],
)
def test_hostile_words(words, written):
    assert escaped(words) == written


@pytest.mark.parametrize(
    ("formula", "written"),
    [
        ("floor((d - N + 2*p)/s) + 1", r"\left\lfloor \frac{d - N + 2 \cdot p}{s} \right\rfloor + 1"),
        ("ceil(H/32)", r"\left\lceil \frac{H}{32} \right\rceil"),
        ("min(0, p + s - N)", r"\min(0, p + s - N)"),
        ("H % 16", r"H \bmod 16"),
        ("H//2", r"\left\lfloor \frac{H}{2} \right\rfloor"),
        ("-H + 2*(-1)", r"-H + 2 \cdot (-1)"),
        ("H**2", "{H}^{2}"),
        ("2048000 + 1000", r"2{,}048{,}000 + 1{,}000"),
        ("36.9K*h4*w4", r"36.9\mathrm{K} \cdot h_{4} \cdot w_{4}"),
        ("h3_2", "h_{3/2}"),
        ("N_H*C_in", r"N_{H} \cdot C_{\mathrm{in}}"),
        ("out_channels", r"\text{out\_channels}"),
        ("width", r"\mathrm{width}"),
    ],
)
def test_formulas_keep_their_structure(formula, written):
    assert math(formula) == written


@pytest.mark.parametrize("words", ["12 terms", "a b", "f(x)", "(", "1 +", r"\H", "", "((", "größe + $"])
def test_what_is_no_formula_is_text(words):
    assert math(words) == rf"\text{{{escaped(words)}}}"


def test_deep_formulas_are_text():
    assert math("(" * 5000 + "1" + ")" * 5000).startswith(r"\text{")


@given(st.text(alphabet="Hhx0123456789+-*/%(), _.\\{}$^#\n", max_size=30))
def test_any_text_has_closed_braces(words):
    written = math(words)
    bare = re.sub(r"\\[{}]", "", written)
    assert bare.count("{") == bare.count("}")


def test_thousands():
    assert number("1234567") == "1{,}234{,}567"
    assert number("12") == "12"
