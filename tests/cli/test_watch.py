"""--watch: again after every change, the last good report above an error."""

import os

import pytest

from cnnshape.cli.watch import watch
from cnnshape.errors import DesignError, UsageError


class Clock:
    """Changes the file a little at each wait, and interrupts in the end."""

    def __init__(self, path, texts):
        self.path, self.texts, self.now = path, list(texts), 1

    def __call__(self, seconds):
        assert 0 < seconds < 1
        if not self.texts:
            raise KeyboardInterrupt
        text = self.texts.pop(0)
        if text is None:
            return
        self.path.write_text(text)
        self.now += 1
        os.utime(self.path, ns=(self.now, self.now))


def test_the_report_is_drawn_again_and_kept_above_an_error(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("one")
    shown = []

    def draw():
        text = path.read_text()
        if text == "bad":
            raise DesignError("broken")
        return f"report of {text}\n"

    with pytest.raises(KeyboardInterrupt):
        watch(str(path), draw, shown.append, in_place=False, wait=Clock(path, [None, "two", "bad", None, "three"]))
    assert shown == [
        "report of one\n",
        "report of two\n",
        "report of two\n\nerror: CS110: broken\n",
        "report of three\n",
    ]


def test_on_a_terminal_it_is_drawn_in_place(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("one")
    shown = []
    with pytest.raises(KeyboardInterrupt):
        watch(str(path), lambda: "report\n", shown.append, in_place=True, wait=Clock(path, []))
    assert shown == [f"\x1b[H\x1b[2Jreport\n\nwatching {path}; Ctrl-C ends\n"]


def test_a_file_that_goes_missing_for_a_moment_is_waited_for(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("one")
    shown = []

    def draw():
        return path.read_text()

    def wait(_):
        if not path.exists():
            path.write_text("two")
        elif len(shown) > 1:
            raise KeyboardInterrupt
        else:
            path.unlink()
            path.write_text("two!")

    with pytest.raises(KeyboardInterrupt):
        watch(str(path), draw, shown.append, in_place=False, wait=wait)
    assert shown[-1] == "two!"


def test_only_a_file_can_be_watched(run):
    with pytest.raises(UsageError):
        watch("-", str, print, in_place=False)
    assert run("report", "-", "--watch").code == 2
