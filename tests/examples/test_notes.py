"""The lecture notes recomputed: every statement has an example, and the example finds what is right."""

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from cnnshape import Dim
from cnnshape.symbolic import equal, parse, product

ROOT = Path(__file__).parents[2]
NOTES = ROOT / "examples" / "notes"
CASES = {case["id"]: case for case in json.loads((ROOT / "tests/data/notes.json").read_text(encoding="utf-8"))["cases"]}
SCRIPTS = {path.stem: runpy.run_path(str(path)) for path in sorted(NOTES.glob("*.py"))}
STATEMENTS = {name: (stem, found) for stem, script in SCRIPTS.items() for name, found in script["STATEMENTS"].items()}
NUMBERS = {name: case["correct"] for name, case in CASES.items() if isinstance(case["correct"], int | list)}


def test_every_statement_is_recomputed_once():
    assert sorted(STATEMENTS) == sorted(CASES)
    assert len(CASES) == 20
    assert sum(len(script["STATEMENTS"]) for script in SCRIPTS.values()) == 20


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers(name):
    assert STATEMENTS[name][1]() == NUMBERS[name]


@pytest.mark.parametrize("name", ["conv-3", "pool-3"])
def test_the_printed_figure_needs_the_stride_that_the_notes_leave_out(name):
    function = SCRIPTS["sizes"][name.partition("-")[0]]
    assert function(5, stride=2) == CASES[name]["printed"]


@pytest.mark.parametrize("name", ["conv", "pool"])
def test_seven_is_the_padded_five(name):
    function = SCRIPTS["sizes"][name]
    assert (function(7, padding=1), function(7)) == (7, CASES[f"{name}-2"]["correct"])


def test_which_input_gives_27():
    assert [f"27*27 iff n = {n}" for n in STATEMENTS["filter"][1]()] == [CASES["filter"]["correct"]]


def test_many_filters():
    shape = STATEMENTS["tensor"][1]()
    assert all(isinstance(size, Dim) for size in shape)
    assert equal(product(shape), parse(CASES["tensor"]["correct"])) is True


def test_the_head_in_other_ways():
    """The note's figures with biases, and for the replacement that computes the same."""
    head, note = SCRIPTS["parameters"], CASES["replace"]["note"].replace(" ", "")
    assert str(head["bottleneck_head"](bias=True)) in note
    assert head["exact_head"]() == CASES["replace"]["correct"][0]


def test_the_bias_stands_outside_the_sum():
    script = SCRIPTS["one_value"]
    x, w, b = script["X"], script["W"], script["BIAS"]
    for i in range(3):
        for j in range(3):
            sums = (x[:, i : i + 3, j : j + 3] * w[0]).sum()
            assert script["value"]((i, j)).value == pytest.approx(sums + b)
            assert script["bias_in_the_sum"]((i, j)) == pytest.approx(sums + 2 * 9 * b)
    assert STATEMENTS["bias"][1]() == pytest.approx((x[:, :3, :3] * w[0]).sum() + b)
    assert [script["biases"](filters) for filters in (1, 8)] == [1, 8]


def test_deeper_outputs_see_more():
    assert ", ".join(map(str, STATEMENTS["deeper"][1]())) in CASES["deeper"]["correct"]


def test_relu():
    assert STATEMENTS["relu"][1]() == CASES["relu"]["correct"]


def test_equivariance_is_not_invariance():
    found = STATEMENTS["invariance"][1]()
    stride = found["total stride"]
    assert stride == 2 * 2
    assert {shift for shift, along in found["moves along, by shift"].items() if along} == {stride, 2 * stride}
    assert not found["moves along to the border"]
    assert not found["the map itself stays"]
    assert found["kept without pooling"] < found["kept by 2x2 pooling"] < 1
    assert found["the global maximum stays"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_scripts_run(script):
    done = subprocess.run(
        [sys.executable, str(NOTES / f"{script}.py")],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert all(len(line) <= 100 for line in done.stdout.splitlines())


def test_the_table_of_the_page_names_every_statement():
    page = (NOTES / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \| \[(\w+)\.py\]\(\4\.py\) \|$", page, re.MULTILINE)
    assert len(rows) == len(CASES)
    for name, (stem, _) in STATEMENTS.items():
        case, page_rows = CASES[name], [row for row in rows if row[3] == stem]
        for part in ("printed", "correct"):
            if isinstance(case[part], int | float):
                column = 1 if part == "printed" else 2
                assert any(
                    re.search(rf"(?<![\d ]){case[part]}\b", row[column].replace(",", "")) for row in page_rows
                ), name
