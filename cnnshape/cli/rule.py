"""`cnnshape rule CODE`: what a code means."""

from __future__ import annotations

import sys

import click

from cnnshape.cli import complete
from cnnshape.cli.options import debug_option, examples, width_option
from cnnshape.cli.output import emit
from cnnshape.cli.terminal import terminal
from cnnshape.codes import CODES
from cnnshape.errors import UsageError
from cnnshape.render.grid import wrapped

__all__ = ["rule"]

_PAGE = 80


@click.command(epilog=examples("cnnshape rule", "cnnshape rule CS203"))
@click.argument("code", required=False, shell_complete=complete.codes)
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
    return UsageError(
        f"there is no code {code!r}",
        code="CS002",
        got=code,
        rule="a code is CS and three digits, such as CS203",
        fix=_fix(code),
    )


def _fix(code: str) -> str:
    near = f"CS{code}"
    return f"cnnshape rule {near}" if near in CODES else "list all codes with: cnnshape rule"
