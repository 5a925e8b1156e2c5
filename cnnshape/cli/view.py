"""`cnnshape view`: the live page, in a browser."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from cnnshape.cli.busy import busy
from cnnshape.cli.model import Asked, evaluated
from cnnshape.cli.options import asked_sizes, debug_option, examples, model_argument, output_option
from cnnshape.cli.output import emit, keep_model, write_file
from cnnshape.cli.terminal import note

__all__ = ["view"]


@click.command(
    epilog=examples(
        "cnnshape view examples/unet.yaml",
        "cnnshape view examples/unet.yaml --input 3x250x250",
        "cnnshape view resnet50 --no-open -o resnet50.html",
    ),
)
@model_argument
@asked_sizes
@output_option
@click.option("--no-open", is_flag=True, help="Write the page, and open no browser.")
@debug_option
def view(model: str, output: str | None, no_open: bool, **asked: Any) -> int:
    """Write the live page of MODEL and open it in the browser.

    The page is one file that needs no network: move the sizes and every shape, count and condition follows. It begins
    with the sizes that --set, --input or the file's defaults say. Its address holds what was chosen, to be sent on.

    Without -o the page is a temporary file; -o - prints it. cnnshape report MODEL --format html writes the same page.
    """
    keep_model(output, model)
    with busy(f"reading {model}"):
        from cnnshape.render import render
        from cnnshape.render.options import Options

        facts, read_as = evaluated(Asked(model, **asked))
        text = render(facts, "html", Options(read_as=read_as, dtype=asked["dtype"]))
    code = 1 if facts.errors or facts.valid is False else 0
    if output == "-":
        emit(text, output)
        return code
    path = Path(output) if output else _temporary(facts.model)
    write_file(path, text.encode())
    opened = not no_open and _open(path)
    if output is None or not opened:
        print(path)
    if not opened and not no_open:
        note("no browser was found: open the file in one")
    return code


def _temporary(model: str) -> Path:
    """Return a file in a folder of its own, named after the model."""
    import re
    import tempfile

    name = re.sub(r"[^\w.-]+", "_", model, flags=re.ASCII).strip("._")[:60] or "network"
    return Path(tempfile.mkdtemp(prefix="cnnshape-")) / f"{name}.html"


def _open(path: Path) -> bool:
    """Show a file in the user's browser; False where there is none, or no screen to show it on."""
    import webbrowser

    screenless = sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    if screenless and not os.environ.get("BROWSER"):
        return False  # a browser of the terminal would take the terminal over
    try:
        return webbrowser.open(path.resolve().as_uri())
    except (webbrowser.Error, OSError):
        return False
