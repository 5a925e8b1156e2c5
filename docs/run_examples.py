"""Run the examples of the pages, and compare what they print with what the pages say.

``python docs/run_examples.py`` names the pages that are not current; with ``--update`` it puts what is printed now
into them.

A `console` block holds commands behind `$`, which a shell runs, each followed by its output; one that fails is
followed by `echo $?`. A `python` block is a session with `>>>`, or plain code that prints nothing; the blocks of a page
share their names. A `yaml` block is a whole design; with `title=net.yaml` behind the language it is that file for the
blocks below it. `sh` blocks hold what cannot run here, such as an installation.

Examples run in a folder of their own, which holds what `LINKED` names, so that `examples/lenet5.yaml` means what it
means in the root of the repository and nothing is left behind there.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
LINKED = ("examples", "docs", "README.md")
FENCE = re.compile(r"^```(\w*)(?: title=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LANGUAGES = ("console", "python", "yaml", "sh")

_END, _STATUS = "\x1e", "\x1f"
_QUIET = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "CNNSHAPE_DEBUG")


class BadPage(AssertionError):
    """A page that breaks the rules above."""


def pages() -> Iterator[Path]:
    """Every page with examples, the README first; the reference is generated and has a check of its own."""
    yield ROOT / "README.md"
    yield from sorted((ROOT / "docs").glob("*.md"))
    yield from sorted((ROOT / "examples").glob("*/README.md"))


def current(page: str, folder: Path) -> str:
    """Return a page with what its examples print now.

    Parameters
    ----------
    page : the text
    folder : empty; the examples run in it
    """
    _furnish(folder)
    names: dict[str, Any] = {"__name__": "__main__"}
    run: dict[str, Callable[[str, str], str]] = {
        "console": lambda body, _: _console(body, folder),
        "python": lambda body, _: _python(body, folder, names),
        "yaml": lambda body, title: _yaml(body, title, folder),
        "sh": lambda body, _: body,
    }

    def rerun(found: re.Match[str]) -> str:
        language, title, body = found.groups()
        if language not in run:
            raise BadPage(f"a block is one of {', '.join(LANGUAGES)}, not {language or 'nothing'}")
        head = f"```{language} title={title}" if title else f"```{language}"
        return f"{head}\n{run[language](body, title or '')}```"

    return FENCE.sub(rerun, page)


def _furnish(folder: Path) -> None:
    for name in LINKED:
        (folder / name).symlink_to(ROOT / name)
    programs = folder / ".bin"
    programs.mkdir()
    for name, arguments in (("cnnshape", "-m cnnshape"), ("python", "")):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
        program.chmod(0o755)


@dataclass(frozen=True)
class Source:
    """A command or a statement, and whether an empty line stands before it."""

    lines: tuple[str, ...]
    apart: bool


def _sources(body: str, first: str, more: str) -> list[Source]:
    """Return what is entered in a block, behind the prompts `first` and `more`; the output between is left out."""
    found: list[Source] = []
    before = first
    for line in body.splitlines():
        if line.startswith(first):
            found.append(Source((line,), not before))
        elif line.startswith(more.rstrip()) and before.startswith((first, more.rstrip())):
            found[-1] = replace(found[-1], lines=(*found[-1].lines, line))
        before = line
    return found


def _shown(source: Source, output: str) -> str:
    lines = [*source.lines, *(line.rstrip() for line in output.rstrip().splitlines()), ""]
    return ("\n" if source.apart else "") + "\n".join(lines)


def _console(body: str, folder: Path) -> str:
    """Return the commands of a block, each with what it prints, standard error included."""
    sources = _sources(body, "$ ", "> ")
    commands = ["\n".join(line[2:] for line in source.lines) for source in sources]
    script = [
        "exec 2>&1",
        *(f"{command}\ns=$?; printf '{_STATUS}%s{_END}' $s; (exit $s)" for command in commands),
        "true",
    ]
    environment = {name: value for name, value in os.environ.items() if name not in _QUIET}
    environment |= {
        "PATH": f"{folder / '.bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        "TERM": "dumb",
    }
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=True,
        timeout=120,
    )
    results = [part.split(_STATUS) for part in done.stdout.decode().split(_END)[:-1]]
    for i, (output, status) in enumerate(results):
        if status != "0" and commands[i + 1 : i + 2] != ["echo $?"]:
            raise BadPage(f"exit code {status}, and no `$ echo $?` follows: {commands[i]}\n{output}")
    return "".join(_shown(source, output) for source, (output, _) in zip(sources, results, strict=True))


def _python(body: str, folder: Path, names: dict[str, Any]) -> str:
    """Return the statements of a block, each with what it prints."""
    sources = _sources(body, ">>> ", "... ")
    with contextlib.chdir(folder):
        if sources:
            statements = ("\n".join([*(line[4:] for line in source.lines), ""]) for source in sources)
            outputs = [_printed(statement, names, "single") for statement in statements]
            return "".join(map(_shown, sources, outputs))
        if printed := _printed(body, names, "exec"):
            raise BadPage(f"plain code prints nothing; this prints {printed!r}")
        return body


def _printed(code: str, names: dict[str, Any], mode: str) -> str:
    """Return what a statement prints; for an exception its last lines, as a session shows them."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            exec(compile(code, "<page>", mode), names)
        except Exception as error:  # noqa: BLE001  # whatever an example raises is what it shows
            print("Traceback (most recent call last):\n  ...")
            print("".join(traceback.format_exception_only(error)), end="")
    return out.getvalue()


def _yaml(body: str, title: str, folder: Path) -> str:
    """Write a design, or load it if it has no name: whether it fits is for the blocks below it to say."""
    from cnnshape import load

    if title:
        (folder / title).write_text(body, encoding="utf-8")
    else:
        load(body)
    return body


def main() -> int:
    """Compare the pages, or rewrite them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--update", action="store_true", help="rewrite the pages that are not current")
    parser.add_argument("page", nargs="*", type=Path, help="default: all")
    asked = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    wrong = 0
    for path in asked.page or pages():
        page = path.read_text(encoding="utf-8")
        try:
            with tempfile.TemporaryDirectory() as folder:
                now = current(page, Path(folder))
        except BadPage as error:
            wrong += 1
            print(f"{path}: {error}")
            continue
        if now != page and asked.update:
            print(f"{path}: rewritten")
            path.write_text(now, encoding="utf-8")
        elif now != page:
            wrong += 1
            print(f"{path}: not current")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
