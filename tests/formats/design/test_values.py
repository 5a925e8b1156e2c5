"""Scalars as values: what is a formula, what a word, and which names it may use."""

import math

import pytest

from cnnshape.errors import DesignError
from cnnshape.formats.design_file import load_design
from cnnshape.symbolic import dim, parse

H, W, N = dim("H"), dim("W"), dim("N")


def layer(entry, define=""):
    return load_design(f"symbols: {{H: , W: 8}}\ninput: [3, H, W]\n{define}\nlayers: [{{{entry}}}]\n").nodes[1].layer


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("7", 7),
        ('"7"', 7),
        ("0x10", 16),
        ("H", H),
        ("2*H", 2 * H),
        ("H*W // 4", parse("H*W//4")),
        ("-(-H//2)", parse("ceil(H/2)")),
        ("ceil(H/2)", parse("ceil(H/2)")),
        ("N", N),
        ('"max(8, 4)"', 8),
        ("2**3", 8),
        ("7 % 4", 3),
        ("6/2", 3),
    ],
)
def test_sizes_are_numbers_or_formulas(written, value):
    assert layer(f"linear: {written}").out_features == value


@pytest.mark.parametrize(
    ("entry", "field", "value"),
    [
        ("conv: {out_channels: 8, kernel_size: [3, H]}", "kernel_size", (3, H)),
        ("conv: {out_channels: 8, kernel_size: 3, padding: [[1, 0], [H, 2]]}", "padding", ((1, 0), (H, 2))),
        ("conv: {out_channels: 8, kernel_size: 3, padding: SAME}", "padding", "same"),
        ("reshape: [N, -1]", "shape", (N, -1)),
        ("clip: {min: -.inf, max: 6}", "min", -math.inf),
        ("clip: {min: null, max: 6}", "min", None),
        ("batch_norm: {eps: 1e-3}", "eps", 0.001),
    ],
)
def test_arguments_of_each_sort(entry, field, value):
    assert getattr(layer(entry), field) == value


def test_a_scale_is_the_fraction_of_its_text():
    scales = [layer(f"upsample: {{scale_factor: {text}}}").scale_factor for text in ("1/3", "0.1", "2")]
    assert [str(scale) for scale in scales] == ["1/3", "1/10", "2"]


def test_a_word_is_no_formula_where_words_belong():
    conv = "conv: {out_channels: 1, kernel_size: 1, padding_mode: "
    define = f"define: {{f: {{args: {{m: }}, layers: [{{{conv}m}}}}]}}}}"
    assert layer("f: circular", define).padding_mode == "circular"
    # A symbol never stands for a word.
    text = f"symbols: {{reflect: }}\ninput: [3, H, W]\nlayers: [{{{conv}reflect}}}}]"
    assert load_design(text).nodes[1].layer.padding_mode == "reflect"


def test_an_argument_hides_a_symbol():
    define = "define: {f: {args: {W: }, layers: [{linear: 2*W}]}}"
    assert layer("f: 3", define).out_features == 6
    assert layer("f: H", define).out_features == 2 * H


def test_arguments_of_the_caller_are_not_seen_inside():
    define = "define: {g: {args: {w: }, layers: [{f: 1}]}, f: {args: {k: }, layers: [{linear: w}]}}"
    with pytest.raises(DesignError) as caught:
        layer("g: 3", define)
    assert caught.value.code == "CS302"
    assert caught.value.fault.given.endswith("in f: k = 1")


@pytest.mark.parametrize(
    ("written", "column"),
    [("H + Q", 27), ('"H + Q"', 28), ("(H", 25), ("H..2", 24), ('"H$"', 25)],
)
def test_the_column_is_that_of_the_fault(written, column):
    with pytest.raises(DesignError) as caught:
        load_design(f"input: [3, H, W]\nlayers:\n  - linear:           {written}\n", name="d")
    assert caught.value.fault.place == f"d:3:{column}"


@pytest.mark.parametrize(
    "written",
    ["1e3", "2.5", "true", "null", "{a: 1}", "[1, 2]", "''", "none", "H.W", "a b", "1_000", "H == 2", "9**9**9"],
)
def test_what_is_no_size_is_refused(written):
    with pytest.raises(DesignError) as caught:
        layer(f"linear: {{out_features: {written}}}")
    assert caught.value.code[:3] in ("CS1", "CS3", "CS4")
    assert caught.value.fault.fix
