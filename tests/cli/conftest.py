"""Commands run in this process, and as processes of their own."""

import io
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cnnshape.cli.main import main

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch):
    """The same surroundings on every machine."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(ROOT)


@pytest.fixture
def run(capsys, monkeypatch) -> Callable[..., Ended]:
    """Run the command in this process: `run("report", "examples/lenet5.yaml", stdin="...")`."""

    def call(*args: str, stdin: str | bytes = "") -> Ended:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), "utf-8"))
        with pytest.raises(SystemExit) as left:
            main(args)
        found = capsys.readouterr()
        return Ended(left.value.code, found.out, found.err)

    return call


@pytest.fixture
def process() -> Callable[..., subprocess.CompletedProcess]:
    """Run the command as a process, in a pipe."""

    def call(*args: str, env: dict[str, str] | None = None, **more) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "cnnshape", *args]
        return subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, **(env or {})}, timeout=60, **more
        )

    return call
