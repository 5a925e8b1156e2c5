"""`cnnshape report`: the size table."""

from __future__ import annotations

import re
import sys
from pathlib import PurePath
from typing import Any

import click

from cnnshape.cli import complete
from cnnshape.cli.busy import busy
from cnnshape.cli.model import Asked, evaluated
from cnnshape.cli.options import (
    asked_sizes,
    color_option,
    debug_option,
    examples,
    model_argument,
    output_option,
    width_option,
)
from cnnshape.cli.output import emit, keep_model
from cnnshape.cli.terminal import note, options_for
from cnnshape.errors import UsageError
from cnnshape.render import FORMATS, render

__all__ = ["report"]

_BY_SUFFIX = {".md": "markdown", ".csv": "csv", ".json": "json", ".tex": "latex", ".html": "html", ".htm": "html"}
_OTHER_FILES = re.compile(r"\.(docx?|dot|gif|jpe?g|ods|onnx|parquet|pdf|png|rst|svg|tsv|xlsx?|xml|ya?ml)")


@click.command(
    epilog=examples(
        "cnnshape report examples/lenet5.yaml",
        "cnnshape report examples/unet.yaml --input 3x256x256",
        "cnnshape report examples/resnet50.yaml --symbolic --format tree",
        "cnnshape report examples/resnet50.yaml --sort params --rows 5",
        "cnnshape report examples/vgg16.yaml -o vgg16.md",
    ),
)
@model_argument
@asked_sizes
@click.option("--format", "form", type=click.Choice(list(FORMATS)), help="Default: table, or by the name of FILE.")
@click.option(
    "--detail",
    type=click.Choice(["overview", "block", "layer", "op"]),
    help="What a row is: op, each layer; layer, with its norm and activation; block; overview, the outermost blocks. "
    "Default: the finest with at most 60 rows.",
)
@click.option(
    "--sort",
    default="",
    metavar="COLUMN",
    shell_complete=complete.sorts,
    help="Largest first: params, macs, activations, ...",
)
@click.option("--rows", type=click.IntRange(min=0), metavar="N", help="Show N rows at most.")
@click.option(
    "--columns",
    default="",
    metavar="NAMES",
    shell_complete=complete.columns,
    help="Columns, in order, such as layer,op,output,params,field.",
)
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
    watch: bool,
    detail: Any,
    sort: str,
    rows: int | None,
    columns: str,
    **asked: Any,
) -> int:
    """Print the size table of MODEL: every layer's output, parameters, MACs, activations and receptive field.

    MODEL is a design file (.yaml, .yml, .json), an ONNX model (.onnx), a Keras model (.keras, .h5), an exported
    program of PyTorch (.pt2), a published network (resnet50; cnnshape zoo lists them), - for a design on standard
    input, or nets.py:Name for what Python code makes, which is run. Sizes come from --set and --input, then from the
    file's defaults; the others stay formulas.

    In the table, %P and %M are shares of the parameters and of the multiply-adds (MACs), activ. is the memory of the
    outputs, and field the receptive field: how many pixels of the input a position sees.
    """
    keep_model(output, model)
    form = form or _form_of(output)
    options = options_for(
        output,
        color,
        line_width,
        detail=detail,
        sort=sort,
        rows=rows,
        columns=columns,
        dtype=asked["dtype"],
    )
    wanted = Asked(model, **asked)

    def draw() -> tuple[str, int]:
        with busy(f"reading {model}"):
            facts, read_as = evaluated(wanted)
            text = render(facts, form, options(read_as))
        if form == "csv":
            for words in (read_as, *facts.notes, *(error.text for error in facts.errors)):
                note(words)
        return text, 1 if facts.errors or facts.valid is False else 0

    if watch:
        from cnnshape.cli.watch import watch as keep_watching

        in_place = not output and sys.stdout.isatty()
        keep_watching(model, lambda: draw()[0], lambda text: emit(text, output), in_place=in_place)
    text, code = draw()
    emit(text, output)
    return code


def _form_of(output: str | None) -> str:
    """Return the format that the name of a file asks for."""
    suffix = PurePath(output or "").suffix.lower()
    if _OTHER_FILES.fullmatch(suffix):
        raise UsageError(
            f"a report is not written as {suffix}",
            got=output,
            rule=f"the name of a file says its format: {', '.join(_BY_SUFFIX)}, or .txt for a table",
            fix=f"-o {PurePath(output or '').stem}.md, or say the format too: --format table",
        )
    return _BY_SUFFIX.get(suffix, "table")
