"""`cnnshape check`: what is wrong, and which inputs fit."""

from __future__ import annotations

from typing import Any

import click

from cnnshape.cli.busy import busy
from cnnshape.cli.model import Asked, evaluated
from cnnshape.cli.options import (
    color_option,
    debug_option,
    examples,
    model_argument,
    output_option,
    sizes_only,
    width_option,
)
from cnnshape.cli.output import emit, keep_model
from cnnshape.cli.terminal import options_for
from cnnshape.render.findings import FORMATS, findings

__all__ = ["check"]


@click.command(
    epilog=examples(
        "cnnshape check examples/unet.yaml",
        "cnnshape check examples/unet.yaml --input 3x250x250",
        'cnnshape check examples/unet.yaml --assume "H % 16 == 0"',
        "cnnshape check net.yaml --format concise",
    ),
)
@model_argument
@sizes_only
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="Default: text.")
@width_option
@color_option
@output_option
@debug_option
def check(model: str, form: str, output: str | None, color: str, line_width: int | None, **asked: Any) -> int:
    """Say what is wrong with MODEL, or with these sizes for it, and which inputs fit.

    MODEL is a design file (.yaml, .yml, .json), an ONNX model (.onnx), a Keras model (.keras, .h5), an exported
    program of PyTorch (.pt2), a published network (resnet50; cnnshape zoo lists them), - for a design on standard
    input, or nets.py:Name for what Python code makes, which is run. The exit code is 0 if it is in order (also with
    conditions on sizes that are free), 1 if it is not, 2 if it cannot be read.
    """
    keep_model(output, model)
    options = options_for(output, color, line_width)
    with busy(f"checking {model}"):
        facts, read_as = evaluated(Asked(model, **asked))
        text = findings(facts, form, options(read_as))
    emit(text, output)
    return 1 if facts.errors or facts.valid is False else 0
