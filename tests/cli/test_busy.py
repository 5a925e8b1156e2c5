"""A spinner shows on a terminal, after a while, and nowhere else."""

import io
import sys
import time

import pytest

from cnnshape.cli.busy import busy


class Terminal(io.StringIO):
    def isatty(self):
        return True


def terminal(monkeypatch):
    """Put a terminal in the place of standard error; not in a fixture, since pytest sets its own after those."""
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return stream


def test_what_takes_long_is_named_and_wiped(monkeypatch):
    stderr = terminal(monkeypatch)
    with busy("reading [net].yaml", patience=0.01):
        time.sleep(0.5)
    assert "reading [net].yaml" in stderr.getvalue()
    assert stderr.getvalue().endswith("\x1b[2K")


def test_what_is_quick_shows_nothing(monkeypatch):
    stderr = terminal(monkeypatch)
    with busy("reading net.yaml", patience=60):
        pass
    assert stderr.getvalue() == ""


def test_a_dumb_terminal_shows_nothing(monkeypatch):
    stderr = terminal(monkeypatch)
    monkeypatch.setenv("TERM", "dumb")
    with busy("reading net.yaml", patience=0):
        time.sleep(0.1)
    assert stderr.getvalue() == ""


def test_a_pipe_shows_nothing(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with busy("reading net.yaml", patience=0):
        time.sleep(0.1)
    assert stream.getvalue() == ""


def test_an_error_leaves_the_terminal_clean(monkeypatch):
    stderr = terminal(monkeypatch)

    def fail():
        with busy("reading", patience=0.01):
            time.sleep(0.5)
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert stderr.getvalue().endswith("\x1b[2K")
