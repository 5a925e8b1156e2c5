"""`cnnshape rule CODE`: what a code means."""

from __future__ import annotations

import sys

import click

from cnnshape.cli.options import debug_option, width_option
from cnnshape.cli.output import emit
from cnnshape.cli.terminal import terminal
from cnnshape.codes import CODES
from cnnshape.errors import UsageError
from cnnshape.render.grid import wrapped

__all__ = ["rule"]

_PAGE = 80


@click.command()
@click.argument("code", required=False)
@width_option
@debug_option
def rule(code: str | None, line_width: int | None) -> int:
    """Say what an error code means and why, with a design that raises it and the same design put right.

    Without CODE: list all codes.
    """
    if code is None:
        emit("".join(f"{name}  {row.title}\n" for name, row in CODES.items()), None)
        return 0
    row = CODES.get(code.upper())
    if row is None:
        raise _unknown(code)
    page = terminal(sys.stdout, width=line_width).width or _PAGE
    parts = [f"{code.upper()}  {row.title}", ""]
    parts += [*wrapped([row.means], page, indent=""), "", *wrapped([row.why], page, indent="")]
    for word, example in (("bad", row.bad), ("good", row.good)):
        if example:
            parts += ["", f"{word}:", *(f"    {line}".rstrip() for line in example.splitlines())]
    emit("\n".join(parts) + "\n", None)
    return 0


def _unknown(code: str) -> UsageError:
    from difflib import get_close_matches

    near = get_close_matches(code.upper(), CODES, 1)
    return UsageError(
        f"there is no code {code!r}",
        code="CS002",
        got=code,
        rule="a code is CS and three digits, such as CS203",
        fix=f"did you mean {near[0]}?" if near else "cnnshape rule",
    )
