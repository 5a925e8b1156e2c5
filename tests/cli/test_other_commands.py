"""`rule`, `schema`, `completion`."""

import json
import shutil
import subprocess

import jsonschema
import pytest

from cnnshape.codes import CODES


def test_a_rule_shows_what_a_code_means(run):
    out = run("rule", "cs203").out
    assert out.startswith("CS203  nothing is left of the map\n")
    assert "bad:\n    input: [3, 5, 5]\n" in out
    assert "good:\n    input: [3, 5, 5]\n" in out
    assert max(map(len, out.splitlines())) <= 80


def test_without_a_code_all_are_listed(run):
    assert [line.split()[0] for line in run("rule").out.splitlines()] == list(CODES)


def test_an_unknown_code_is_answered_with_a_near_one(run):
    ended = run("rule", "CS20")
    assert ended.code == 2
    assert "did you mean CS2" in ended.err


def test_the_schema_is_a_schema(run):
    jsonschema.Draft202012Validator.check_schema(json.loads(run("schema").out))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_of_their_shell(run, shell):
    script = run("completion", shell).out
    assert f"_CNNSHAPE_COMPLETE={shell}_complete" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True)


def test_completion_completes(process):
    env = {"_CNNSHAPE_COMPLETE": "bash_complete", "COMP_WORDS": "cnnshape co", "COMP_CWORD": "1"}
    assert {"plain,conv", "plain,conv-transpose", "plain,completion"} == set(process(env=env).stdout.split())
