"""Programs and packages that pictures are tried with; a test that wants one is skipped where it is absent."""

import atexit
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest


def program(*names: str) -> str:
    """The path of the first of these programs that there is."""
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    pytest.skip(f"{names[0]} is not installed")


def run(*command: str, folder: Path | None = None, seconds: int = 120) -> str:
    """What a program prints on its standard output; the test fails where the program does."""
    ended = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=seconds
    )
    assert ended.returncode == 0, f"{command[0]} ended with {ended.returncode}\n{ended.stdout[-3000:]}{ended.stderr}"
    return ended.stdout


def pdf_text(path: Path) -> str:
    """What can be found by searching in a PDF file."""
    return run(program("pdftotext"), "-layout", str(path), "-")


def cairo() -> Any:
    """The package cairocffi with its library."""
    return pytest.importorskip("cairocffi", exc_type=(ImportError, OSError), reason="cairocffi or libcairo is missing")


def node_package(name: str) -> Path:
    """The folder of a package of npm; CNNSHAPE_NODE_MODULES names the folder that holds them."""
    folder = os.environ.get("CNNSHAPE_NODE_MODULES")
    if not folder or not (Path(folder) / name).is_dir():
        pytest.skip(f"no npm package {name}; CNNSHAPE_NODE_MODULES names the folder that holds packages")
    return Path(folder) / name


@cache
def browser() -> Any:
    """Chromium without a window, started once for all tests: two of them do not run side by side in one process."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = program("chromium", "chromium-browser", "google-chrome")
    running = playwright.sync_playwright().start()
    started = running.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])

    def ended() -> None:
        started.close()
        running.stop()

    atexit.register(ended)
    return started
