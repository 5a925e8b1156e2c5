"""`cnnshape explain`: how a number comes about."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import click

from cnnshape.cli import complete
from cnnshape.cli.busy import busy
from cnnshape.cli.figures import Drawn, draw_figure, figure_options, value_options
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
from cnnshape.render.explanation import FORMATS, explanation

__all__ = ["explain"]


@click.command(
    epilog=examples(
        "cnnshape explain examples/alexnet.yaml conv1",
        "cnnshape explain examples/resnet50.yaml --of size",
        "cnnshape explain examples/unet.yaml up4 --of macs --input 256",
        "cnnshape explain examples/vgg16.yaml --of receptive-field",
        "cnnshape explain examples/lenet5.yaml c3 --of params --format latex",
        "cnnshape explain examples/alexnet.yaml conv1 --figure window -o window.svg",
        "cnnshape explain examples/vgg16.yaml --figure curve > curves.svg",
    ),
)
@model_argument
@click.argument("layer", metavar="[LAYER]", default="")
@asked_sizes
@click.option(
    "--of",
    default="",
    metavar="TOPICS",
    shell_complete=complete.topics,
    help="What to explain: size, params, macs, memory, receptive-field, inputs, or all; several with commas.",
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="Default: text.")
@figure_options
@value_options
@width_option
@color_option
@output_option
@debug_option
def explain(
    model: str, layer: str, of: str, form: str, output: str | None, color: str, line_width: int | None, **given: Any
) -> int:
    """Show how the numbers of LAYER come about: the rule, what its letters mean, then the numbers put in.

    MODEL is a design file (.yaml, .yml, .json), an ONNX model (.onnx), a Keras model (.keras, .h5), an exported
    program of PyTorch (.pt2), a published network (resnet50; cnnshape zoo lists them), - for a design on standard
    input, or nets.py:Name for what Python code makes, which is run. LAYER is a layer or a block as the report names
    it, such as conv1 or layer1.0; without it the whole network is explained. With --figure it is drawn: how its
    window slides, how one value comes about, what it connects, what a moved input does, what it sees, its activation.
    """
    from cnnshape.analysis.derivation.explain import explain as derive
    from cnnshape.analysis.derivation.explain import named_topics

    keep_model(output, model)
    drawn = Drawn(**{field.name: given.pop(field.name, None) for field in fields(Drawn)})
    if drawn:
        return _figure(Asked(model, **given), layer, drawn, of, form, output)
    named_topics(of)
    options = options_for(output, color, line_width, dtype=given["dtype"])
    with busy(f"reading {model}"):
        facts, read_as = evaluated(Asked(model, **given))
        found = derive(facts, layer, of, read_as)
        text = explanation(found, form, options(read_as))
    emit(text, output)
    return 1 if facts.errors or facts.valid is False else 0


def _figure(asked: Asked, layer: str, drawn: Drawn, of: str, form: str, output: str | None) -> int:
    if of or form != "text":
        option = f"--of {of}" if of else f"--format {form}"
        raise UsageError(
            f"{option} and --figure {drawn.figure} contradict each other",
            got=option,
            rule="a figure is drawn, or numbers are derived; the suffix of -o says what a figure is written as",
            fix=f"leave {option.split()[0]} out",
        )
    with busy(f"reading {asked.model}"):
        facts, read_as = evaluated(asked)
        draw_figure(facts, layer, drawn, output)
    note(read_as)
    return 1 if facts.errors or facts.valid is False else 0
