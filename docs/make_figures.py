"""Draw the figures of the pages about pictures, each with the command that its page shows.

``python docs/make_figures.py`` names those that are not current; with ``--update`` it writes them.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import shlex
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "figures"
PAGES = (ROOT / "docs" / "draw-a-layer.md", ROOT / "docs" / "draw-a-network.md")

_SHOWN = re.compile(r"^!\[[^\]]+\]\(figures/(\w+)/(\S+\.svg)\)$", re.MULTILINE)
_COMMAND = re.compile(r"^\$ (cnnshape .+ -o (\S+\.svg))$", re.MULTILINE)


def commands() -> dict[str, str]:
    """Return the command behind each figure of the pages: folder and file name -> command."""
    found: dict[str, str] = {}
    for path in PAGES:
        page = path.read_text(encoding="utf-8")
        drawn = {name: command for command, name in _COMMAND.findall(page)}
        found |= {f"{folder}/{name}": drawn[name] for folder, name in _SHOWN.findall(page)}
    return found


def figure(command: str) -> str:
    """Return what a command draws."""
    from cnnshape.cli.main import main

    words = shlex.split(command)[1:]
    at = words.index("-o")
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()), contextlib.chdir(ROOT):
        try:
            main([*words[:at], *words[at + 2 :]])
        except SystemExit as left:
            if left.code not in (0, 1):  # 1: drawn, and what does not fit is marked
                raise RuntimeError(f"{command} ends with {left.code}") from None
    return out.getvalue()


def update() -> int:
    """Compare the figures, or rewrite them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--update", action="store_true", help="rewrite the figures that are not current")
    asked = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    wrong = 0
    wanted = commands()
    for path in sorted({*FOLDER.glob("*/*"), *(FOLDER / name for name in wanted)}):
        name = path.relative_to(FOLDER).as_posix()
        now = figure(wanted[name]) if name in wanted else None
        kept = path.read_text(encoding="utf-8") if path.exists() else None
        if now == kept:
            continue
        wrong += not asked.update
        print(f"{path.relative_to(ROOT)}: {'rewritten' if asked.update else 'not current'}")
        if asked.update and now is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(now, encoding="utf-8")
        elif asked.update:
            path.unlink()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(update())
