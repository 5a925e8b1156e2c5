"""`cnnshape check`: what is wrong, and which inputs fit."""

from __future__ import annotations

import sys
from typing import Any

import click

from cnnshape.cli.model import Asked, evaluated
from cnnshape.cli.options import asked_sizes, color_option, debug_option, model_argument, output_option, width_option
from cnnshape.cli.output import emit
from cnnshape.cli.terminal import terminal
from cnnshape.render.findings import FORMATS, findings
from cnnshape.render.options import Options

__all__ = ["check"]


@click.command(short_help="Say what is wrong with a network, and which inputs fit it.")
@model_argument
@asked_sizes
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="Default: text.")
@width_option
@color_option
@output_option
@debug_option
def check(
    model: str, form: str, output: str | None, color: str, line_width: int | None, **asked: Any
) -> int:
    """Say what is wrong with MODEL, or with these sizes for it, and which inputs fit.

    The exit code is 0 if it is in order (conditions on sizes that are free are in order), 1 if it is not, 2 if it
    cannot be read.

    MODEL is a design file (.yaml, .yml, .json), or - for a design on standard input.
    """
    place = terminal(sys.stdout, color, line_width)
    to_file = output is not None and output != "-"
    facts, read_as = evaluated(Asked(model, **asked))
    options = Options(
        width=line_width if to_file else place.width,
        color=place.color and not to_file,
        unicode=to_file or place.unicode,
        read_as=read_as,
        dtype=asked["dtype"],
    )
    emit(findings(facts, form, options), output)
    return 1 if facts.errors or facts.valid is False else 0
