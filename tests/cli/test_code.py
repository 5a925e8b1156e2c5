"""MODEL as `nets.py:Name`: the input of a module, and the commands that take it."""

from __future__ import annotations

import json
import sys

import pytest

torch = pytest.importorskip("torch")

CODE = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3, padding=1)

    def forward(self, x):
        return torch.relu(self.conv(x))


class Asks(Net):
    def forward(self, x):
        if x.shape[2] % 2:
            x = x[:, :, 1:]
        return super().forward(x)


class Two(Net):
    def forward(self, left, right):
        return self.conv(left) + self.conv(right)
"""


@pytest.fixture
def nets(tmp_path):
    (tmp_path / "some_nets.py").write_text(CODE)
    yield str(tmp_path / "some_nets.py")
    sys.modules.pop("some_nets", None)


@pytest.mark.parametrize(
    ("name", "options", "output", "params"),
    [
        ("Net", ["--input", "3xHxW"], ["N", 8, "H", "W"], 224),
        ("Net", ["--input", "3x24x32"], ["N", 8, 24, 32], 224),
        ("Net(width=5)", ["--input", "3,H,W", "--set", "H=16"], ["N", 5, 16, "W"], 140),
        ("Asks", ["--input", "3x7x8"], ["N", 8, 6, 8], 224),
        ("Two", ["--input", "left=3xHxW", "--input", "right=3xHxW"], ["N", 8, "H", "W"], 224),
    ],
)
def test_a_module_gets_its_input_from_the_command_line(run, nets, name, options, output, params):
    ended = run("report", f"{nets}:{name}", *options, "--format", "json")
    assert ended.code == 0, ended.err
    found = json.loads(ended.out)
    assert found["outputs"][0]["shape"] == output
    assert found["totals"]["params"] == params


@pytest.mark.parametrize("command", ["report", "check", "draw", "explain", "solve", "run", "convert", "view"])
def test_every_command_asks_for_the_input(run, nets, command, tmp_path):
    out = {"convert": "x.yaml", "draw": "x.svg", "view": "x.html"}
    more = ["-o", str(tmp_path / out[command])] if command in out else []
    ended = run(command, f"{nets}:Net", *more, *(["--random", "1"] if command == "run" else []))
    assert ended.code == 2
    assert "say its input: --input 3xHxW" in ended.err


def test_commands_read_what_code_makes(run, nets, tmp_path):
    assert run("check", f"{nets}:Net", "--input", "3xHxW").code == 0
    ended = run("run", f"{nets}:Net", "--input", "3x8x8", "--random", "1")
    assert ended.code == 0, ended.err
    assert "random (seed" not in ended.err  # the module's own weights
    target = tmp_path / "net.yaml"
    assert run("convert", f"{nets}:Net", "--input", "3xHxW", "-o", str(target)).code == 0
    assert run("report", str(target)).code == 0


def test_code_that_asks_for_a_size_is_told_how_to_say_it(run, nets):
    ended = run("report", f"{nets}:Asks", "--input", "3xHxW")
    assert ended.code in (1, 2)
    assert f"{nets}:17" in ended.err
    assert "--input 3x224x224" in ended.err
    assert "Traceback" not in ended.err


def test_inputs_that_are_not_said_are_options(run, nets):
    ended = run("report", f"{nets}:Two", "--input", "3xHxW")
    assert ended.code == 2
    assert "fix: --input left=3xHxW --input right=3xHxW\n" in ended.err


def test_sizes_that_are_none_are_told(run, nets):
    ended = run("report", f"{nets}:Net", "--input", "3x-1")
    assert ended.code == 2
    assert "are no sizes" in ended.err
