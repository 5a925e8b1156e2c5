"""Writers: a report as text, a picture, a page. Each format is one file."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from cnnshape.errors import UsageError

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts
    from cnnshape.render.options import Options

__all__ = ["FORMATS", "render"]

FORMATS = {
    "table": "text",
    "tree": "tree",
    "markdown": "markdown",
    "csv": "csv",
    "json": "json",
    "latex": "latex",
    "html": "html",
}
"""Name of each format of a report, and the file that writes it."""


def render(facts: Facts, form: str, options: Options) -> str:
    """Return a report in one of `FORMATS`.

    Raises
    ------
    UsageError
        CS001, for another format, or options that it cannot follow.
    """
    if form not in FORMATS:
        raise UsageError(
            f"there is no format {form!r}", got=form, rule=f"a report is a {', '.join(FORMATS)}", fix="format table"
        )
    written: str = import_module(f"cnnshape.render.{FORMATS[form]}").render(facts, options)
    return written
