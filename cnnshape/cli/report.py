"""`cnnshape report`: the size table."""

from __future__ import annotations

import sys
from pathlib import PurePath
from typing import Any

import click

from cnnshape.cli.model import Asked, evaluated
from cnnshape.cli.options import asked_sizes, color_option, debug_option, model_argument, output_option, width_option
from cnnshape.cli.output import emit
from cnnshape.cli.terminal import note, terminal
from cnnshape.render import FORMATS, render
from cnnshape.render.options import Options

__all__ = ["report"]

_BY_SUFFIX = {".md": "markdown", ".csv": "csv", ".json": "json"}
_DETAILS = click.Choice(["overview", "block", "layer", "op"])


@click.command(short_help="Print the size table of a network and which inputs fit it.")
@model_argument
@asked_sizes
@click.option("--format", "form", type=click.Choice(list(FORMATS)), help="Default: table, or by the name of FILE.")
@click.option("--detail", type=_DETAILS, help="What a row is. Default: the finest with at most 60 rows.")
@click.option("--sort", default="", metavar="COLUMN", help="Sort by layer, params, macs, activations, ...")
@click.option("--rows", type=click.IntRange(min=0), metavar="N", help="Show N rows at most.")
@click.option("--columns", default="", metavar="NAMES", help="Columns, in order: layer,output,params,macs,field,...")
@width_option
@color_option
@output_option
@click.option("--watch", is_flag=True, help="Print it again whenever the file changes.")
@debug_option
def report(
    model: str,
    form: str | None,
    output: str | None,
    color: str,
    line_width: int | None,
    detail: Any,
    sort: str,
    rows: int | None,
    columns: str,
    watch: bool,
    **asked: Any,
) -> int:
    """Print the size table of MODEL: every layer's output, parameters, MACs, activations and receptive field.

    MODEL is a design file (.yaml, .yml, .json), or - for a design on standard input.
    """
    form = form or (_BY_SUFFIX.get(PurePath(output).suffix, "table") if output else "table")
    place = terminal(sys.stdout, color, line_width)
    to_file = output is not None and output != "-"
    facts, read_as = evaluated(Asked(model, **asked))
    options = Options(
        detail=detail,
        sort=sort,
        rows=rows,
        columns=tuple(filter(None, (name.strip() for name in columns.split(",")))),
        width=line_width if to_file else place.width,
        color=place.color and not to_file,
        unicode=to_file or place.unicode,
        read_as=read_as,
        dtype=asked["dtype"],
    )
    emit(render(facts, form, options), output)
    if form == "csv":
        note(read_as)
    return 1 if facts.errors or facts.valid is False else 0
