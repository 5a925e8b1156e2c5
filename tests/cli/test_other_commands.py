"""`rule`, `schema`, `completion`."""

import json
import shutil
import subprocess

import jsonschema
import pytest

from cnnshape.codes import CODES
from cnnshape.layers.catalog import ENTRIES, lookup


def test_a_rule_shows_what_a_code_means(run):
    out = run("rule", "cs203").out
    assert out.startswith("CS203  nothing is left of the map\n")
    assert "bad:\n    input: [3, 5, 5]\n" in out
    assert "good:\n    input: [3, 5, 5]\n" in out
    assert max(map(len, out.splitlines())) <= 80


def test_without_a_code_all_are_listed(run):
    assert [line.split()[0] for line in run("rule").out.splitlines()] == list(CODES)


def test_an_unknown_code_is_answered_with_how_to_find_it(run):
    for code, fix in (("203", "cnnshape rule CS203"), ("CS999", "list all codes with: cnnshape rule")):
        ended = run("rule", code)
        assert ended.code == 2
        assert f"  fix: {fix}\n" in ended.err


def test_the_schema_is_a_schema(run):
    jsonschema.Draft202012Validator.check_schema(json.loads(run("schema").out))


def test_the_list_of_layers_holds_every_name_that_a_design_takes(run):
    printed = run("schema", "--layers").out
    definition = json.loads(run("schema").out)
    for line in printed.splitlines():
        name, *others = line.replace(",", " ").split()
        assert f'"{name}"' in json.dumps(definition)
        assert all(lookup(other)[0].name == name for other in others)
    assert {line.split()[0] for line in printed.splitlines()} == {e.name for e in ENTRIES} - {"input", "output"}
    assert max(map(len, printed.splitlines())) <= 100


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_of_their_shell(run, shell):
    script = run("completion", shell).out
    assert f"_CNNSHAPE_COMPLETE={shell}_complete" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True)


def test_completion_completes(process):
    assert offered(process, "co") == ["convert", "conv", "conv-transpose", "completion"]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("report net.yaml --format t", ["table", "tree"]),
        ("report net.yaml --convention t", ["torchvision", "timm", "thop"]),
        ("report net.yaml --sort ma", ["macs"]),
        ("report net.yaml --columns layer,pa", ["layer,params", "layer,params%"]),
        ("report net.yaml --dtype float1", ["float16"]),
        ("report resnet5", ["resnet50"]),
        ("solve resnet5", ["resnet50"]),
        ("zoo resnet5", ["resnet50"]),
        ("rule cs40", [code for code in CODES if code.startswith("CS40")]),
    ],
)
def test_completion_offers_the_names_that_an_option_takes(process, words, names):
    assert offered(process, words) == names


@pytest.mark.parametrize("words", ["report ex", "check ex", "report net.yaml -o re", "schema -o re"])
def test_completion_leaves_files_to_the_shell(process, words):
    assert offered(process, words, kind="file") == [words.split()[-1]]


def offered(process, words: str, kind: str = "plain") -> list[str]:
    """What a shell is told to offer for the last of the words."""
    env = {"COMP_WORDS": f"cnnshape {words}", "COMP_CWORD": str(len(words.split()))}
    answer = process(env={"_CNNSHAPE_COMPLETE": "bash_complete", **env}).stdout
    return [line.removeprefix(f"{kind},") for line in answer.splitlines() if line.startswith(kind)]
