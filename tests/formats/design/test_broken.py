"""Broken designs: the whole text of each error, and that its fix is one.

`broken/*.txt` hold the designs. A row is the design, how the printed fix is carried out, and what is printed. In a fix
`old => new` says that `new` stands word for word in what is printed, `old ~> new` that it only follows from it.
`CNNSHAPE_UPDATE=1 pytest tests/formats/design/test_broken.py` writes the texts again: read every one that changes.
"""

import os
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from cnnshape.errors import CnnshapeError, DesignError, ReadError
from cnnshape.formats.design_file import load_design
from cnnshape.graph.propagate import propagate

FOLDER = Path(__file__).parent / "broken"
UPDATE = bool(os.environ.get("CNNSHAPE_UPDATE"))


class Row(NamedTuple):
    file: str
    id: str
    design: str
    name: str
    fixes: tuple[tuple[str, str, bool], ...]
    error: str


def parts(text: str) -> dict[str, str]:
    """The parts of a row: "" is the design."""
    found, key = {"": ""}, ""
    for line in text.splitlines(keepends=True):
        if line.startswith("--- "):
            key, _, value = line[4:].strip().partition(" ")
            found[key] = value
        else:
            found[key] += line
    return found


def fix(line: str) -> tuple[str, str, bool]:
    literal = " => " in line
    old, _, new = line.partition(" => " if literal else " ~> ")
    return old.replace("\\n", "\n"), new.replace("\\n", "\n"), literal


def rows() -> list[Row]:
    found = []
    for file in sorted(FOLDER.glob("*.txt")):
        for text in re.split(r"^=== ", file.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            title, _, rest = text.partition("\n")
            part = parts(rest)
            fixes = tuple(fix(line) for line in part.get("fix", "").splitlines() if line.strip())
            name, error = part.get("name", "design.yaml"), part.get("error", "").strip("\n")
            found.append(Row(file.name, title, part[""].rstrip("\n") + "\n", name, fixes, error))
    return found


ROWS = rows()


@cache
def read(design: str, name: str) -> tuple[int, list[CnnshapeError]]:
    """The exit code of a report, and what is wrong: the error of loading, or the faults of the shapes."""
    try:
        network = load_design(design, name=name)
    except (ReadError, DesignError) as error:
        return error.exit_code, [error]
    found = [error for _, error in propagate(network).faults]
    return int(bool(found)), found


def faults(design: str, name: str) -> list[CnnshapeError]:
    return read(design, name)[1]


def printed(design: str, name: str) -> str:
    code, found = read(design, name)
    return "\n".join([f"exit {code}", *map(str, found)])


def written(row: Row) -> str:
    fixes = [f"{old} {'=>' if literal else '~>'} {new}" for old, new, literal in row.fixes]
    lines = [f"=== {row.id}", row.design.rstrip("\n")]
    lines += [f"--- name {row.name}"] if row.name != "design.yaml" else []
    lines += ["--- fix", *(line.replace("\n", "\\n") for line in fixes)] if fixes else []
    return "\n".join([*lines, "--- error", printed(row.design, row.name), ""])


@pytest.fixture(scope="session", autouse=True)
def update():
    if UPDATE:
        for file in sorted({row.file for row in ROWS}):
            texts = [written(row) for row in ROWS if row.file == file]
            (FOLDER / file).write_text("\n".join(texts).rstrip("\n") + "\n", encoding="utf-8")


def test_there_are_enough():
    assert len({row.id for row in ROWS}) == len(ROWS) >= 80


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_the_whole_text(row):
    assert printed(row.design, row.name) == row.error or UPDATE


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_an_error_has_a_place_a_code_and_a_fix(row):
    for error in faults(row.design, row.name):
        assert re.fullmatch(r"design\.\w+:\d+:\d+", error.fault.place) or error.code == "CS103"
        line, column = map(int, error.fault.place.split(":")[1:] or (1, 1))
        lines = [*row.design.split("\n"), ""]
        assert 1 <= line <= len(lines)
        assert 1 <= column <= len(lines[line - 1]) + 1
        assert re.fullmatch(r"CS\d{3}", error.code)
        assert error.fault.fix
        assert error.fault.rule
        assert str(error).isprintable() or "\n" in str(error)


@pytest.mark.parametrize("row", [row for row in ROWS if row.fixes], ids=lambda row: row.id)
def test_the_fix_works(row):
    said = " ".join(error.fault.fix for error in faults(row.design, row.name))
    design = row.design
    for old, new, literal in row.fixes:
        assert old in design
        assert not literal or " ".join(new.split()) in " ".join(said.split()), f"{new!r} is not in {said!r}"
        design = design.replace(old, new)
    assert faults(design, row.name) == []
