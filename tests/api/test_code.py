"""`nets.py:Name` and `package.module:name`: what is named, what the code makes, and what is said of code that fails."""

from __future__ import annotations

import sys

import pytest

import cnnshape as cs
from cnnshape.api.code import listed, named
from cnnshape.errors import CnnshapeError, UsageError

CODE = """
from helper_beside import WIDTH
from cnnshape import Input, Network, layers as L

print("imported")


class Holder:
    @staticmethod
    def inner(width=WIDTH):
        return make(width)


def make(width=WIDTH, *, name="made"):
    print("made")
    x = Input("image", (3, "H", "W"))
    return Network(name, inputs=x, outputs=L.Conv(width, kernel_size=3)(x))


def needs(width):
    return make(width)


def fails():
    return 1 / 0


def leaves():
    raise SystemExit(3)


net, number, _private = make(4), 7, None
"""


@pytest.fixture
def nets(tmp_path, monkeypatch):
    (tmp_path / "nets.py").write_text(CODE)
    (tmp_path / "helper_beside.py").write_text("WIDTH = 8\n")
    (tmp_path / "wrong.py").write_text("x = 1\ndef make(:\n")
    (tmp_path / "lacks.py").write_text("import no_such_package_at_all\n")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for name in ("nets", "helper_beside", "wrong", "lacks"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("text", "width", "name"),
    [
        ("nets.py:make", 8, "made"),
        ("nets.py:make()", 8, "made"),
        ("nets.py:make(5, name='other')", 5, "other"),
        ("nets.py:needs(width=6)", 6, "made"),
        ("nets.py:net", 4, "made"),
        ("nets.py:Holder.inner", 8, "made"),
        ("nets:make(3)", 3, "made"),
    ],
)
def test_what_is_named_is_made(nets, text, width, name, capsys):
    network = cs.load(text)
    assert network.name == name
    assert cs.report(network).params == width * (3 * 9 + 1)
    assert capsys.readouterr().out == ""  # what the code prints is not data


@pytest.mark.parametrize(
    ("text", "said", "fix"),
    [
        ("nets.py:needs", "missing a required argument: 'width'", "nets.py:needs(width=...)"),
        ("nets.py:make(1, 2)", "too many positional arguments", ""),
        ("nets.py:make(open('x'))", "its arguments are no literals", "without arguments"),
        ("nets.py:mak", "has no mak", "did you mean make?"),
        ("nets.py:fails", "ZeroDivisionError: division by zero", "make it run"),
        ("nets.py:leaves", "SystemExit: 3", "make it run"),
        ("nets.py:number", "an int is no model", ""),
        ("wrong.py:make", "SyntaxError", "make it run"),
        ("lacks.py:make", "No module named 'no_such_package_at_all'", "make it run"),
        ("none.py:make", "no such file", ""),
        ("no_such_package_at_all.nets:make", "no module 'no_such_package_at_all'", ""),
        ("nets.py", "which network of it", "nets.py:make"),
        ("nets.make", "no such file", "did you mean nets.py:make?"),
        ("wrong.py", "SyntaxError", "make it run"),
    ],
)
def test_what_cannot_be_made_is_told(nets, text, said, fix):
    with pytest.raises(CnnshapeError) as caught:
        cs.load(text)
    assert said in caught.value.fault.message
    assert fix in caught.value.fault.fix
    assert sys.path[0] != str(nets)


@pytest.mark.parametrize(("text", "words"), [("nets.py:fails", "return 1 / 0"), ("wrong.py:make", "def make(:")])
def test_a_fault_of_the_code_has_its_line(nets, text, words):
    with pytest.raises(UsageError) as caught:
        cs.load(text)
    file = text.partition(":")[0]
    lines = [line.strip() for line in (nets / file).read_text().splitlines()]
    line = lines.index(words) + 1
    assert caught.value.fault.place == f"{nets / file}:{line}"
    assert caught.value.fault.given == words


def test_a_file_is_not_run_to_list_what_it_has(nets, capsys):
    assert listed("nets.py") == ["make", "fails", "leaves"]
    with pytest.raises(UsageError):
        cs.load("nets.py")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("text", ["zoo:resnet18", "unet.yaml", "a b:c", "nets.py:", "3:4", "layers: [relu]"])
def test_other_texts_name_no_code(text):
    assert named(text) is None


def test_a_file_of_that_name_wins(nets):
    (nets / "nets.py:make").write_text("no code")
    with pytest.raises(CnnshapeError):
        cs.load("nets.py:make")
    assert "nets" not in sys.modules
