"""The table of codes is complete, and its examples do what they say."""

import re
import shlex
from pathlib import Path

import pytest

import cnnshape
from cnnshape.cli.main import main
from cnnshape.codes import CODES
from cnnshape.errors import CnnshapeError

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "cnnshape"
CODE = re.compile(r"\bCS\d{3}\b")
SHOWN = {code: rule for code, rule in CODES.items() if rule.bad}
# What cannot be shown in a few lines, or needs a broken machine; tests of the readers raise CS104, CS105, CS109, CS129
# and CS132, those of the writers CS014 and CS130.
WITHOUT_EXAMPLE = {"CS000", "CS007", "CS008", "CS010", "CS014", "CS104", "CS105", "CS109", "CS129", "CS130", "CS132"}


def used() -> dict[str, str]:
    """Every code that the package's source names outside the table, with a file that names it."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.parent.name != "codes":
            for code in CODE.findall(path.read_text(encoding="utf-8")):
                found.setdefault(code, str(path.relative_to(ROOT)))
    return found


def test_every_code_in_use_is_in_the_table():
    missing = {code: file for code, file in used().items() if code not in CODES}
    assert missing == {}


def test_every_code_in_the_table_is_in_use():
    assert set(CODES) - set(used()) == set()


def test_the_table_is_in_order():
    assert list(CODES) == sorted(CODES)


def test_codes_without_an_example_are_known():
    assert {code for code, rule in CODES.items() if not rule.bad} == WITHOUT_EXAMPLE


@pytest.fixture
def examples(monkeypatch, tmp_path):
    """A folder with the examples in it, which commands may write to."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")


def codes_of(example: str, capsys) -> list[str]:
    """The codes that an example raises, or that its report lists; none if all is well."""
    if example.startswith("cnnshape "):
        with pytest.raises(SystemExit) as left:
            main(shlex.split(example)[1:])
        message = capsys.readouterr().err
        return CODE.findall(message)[:1] if left.value.code else []
    try:
        if example.startswith(("import ", "from ")):
            exec(compile(example, "example", "exec"), {})
            return []
        return [error.code for error in cnnshape.report(cnnshape.load(example)).at().errors]
    except CnnshapeError as error:
        return [error.code]


@pytest.mark.parametrize("code", SHOWN)
def test_the_bad_example_raises_the_code(code, examples, capsys):
    assert codes_of(CODES[code].bad, capsys) == [code]


@pytest.mark.parametrize("code", [code for code, rule in SHOWN.items() if rule.good])
def test_the_good_example_is_in_order(code, examples, capsys):
    assert codes_of(CODES[code].good, capsys) == []


@pytest.mark.parametrize("code", CODES)
def test_the_words_are_whole_sentences_and_fit(code):
    rule = CODES[code]
    assert rule.means.endswith(".")
    assert rule.why.endswith(".")
    assert len(rule.title) <= 60
    assert all(len(line) <= 100 for line in (*rule.bad.splitlines(), *rule.good.splitlines()))
