"""`cnnshape convert`: a network as a file of this or of another system."""

from __future__ import annotations

from pathlib import Path

import click

from cnnshape.api.saving import FORMS, form_of_model, written
from cnnshape.cli import complete
from cnnshape.cli.busy import busy
from cnnshape.cli.model import read_model
from cnnshape.cli.options import debug_option, examples, model_argument, numbers_only
from cnnshape.cli.output import emit, keep_model
from cnnshape.cli.sizes import sizes_of
from cnnshape.cli.terminal import note
from cnnshape.errors import DesignError, UsageError
from cnnshape.graph.network import Network

__all__ = ["convert"]

_DTYPES = ("float64", "float32", "float16")


@click.command(
    epilog=examples(
        "cnnshape convert examples/unet.yaml -o unet.onnx",
        "cnnshape convert resnet18 -o resnet18.yaml",
        "cnnshape convert vgg16 -o vgg16.onnx --input 3x224x224",
        "cnnshape convert examples/lenet5.yaml -o lenet5.json",
        "cnnshape convert resnet50 -o resnet50.py",
    ),
)
@model_argument
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    shell_complete=complete.files,
    help="What is written, by its suffix: .yaml, .yml, .json, .onnx or .py; replaced as a whole. - prints it.",
)
@click.option(
    "--to",
    type=click.Choice(FORMS),
    help="What is written, where the suffix does not say it. Default: torch for .py, yaml for -.",
)
@click.option(
    "--weights",
    metavar="FILE",
    shell_complete=complete.files,
    help="Weights for an ONNX model, by PyTorch's names: .npz or .safetensors. Default: those that MODEL holds.",
)
@click.option("--no-weights", is_flag=True, help="An ONNX model without the weights that MODEL holds.")
@numbers_only
@click.option("--dtype", type=click.Choice(_DTYPES), default="float32", help="Of an ONNX model. Default: float32.")
@click.option("--opset", type=int, metavar="N", help="ONNX's operator set, 21 or newer. Default: 28.")
@debug_option
def convert(
    model: str,
    output: str | None,
    to: str | None,
    weights: str | None,
    no_weights: bool,
    inputs: tuple[str, ...],
    settings: tuple[str, ...],
    dtype: str,
    opset: int | None,
) -> int:
    """Write MODEL as a design file, an ONNX model or source code.

    MODEL is a design file (.yaml, .yml, .json), an ONNX model (.onnx), a Keras model (.keras, .h5), an exported
    program of PyTorch (.pt2), a published network (resnet50; cnnshape zoo lists them), - for a design on standard
    input, or nets.py:Name for what Python code makes, which is run.

    A design has layers and formulas and no weights. An ONNX model has sizes that are free and keep their names, unless
    --set or --input fixes them, and weights that MODEL or --weights gives; without any, each weight is a number
    repeated, which takes no room. Source code (.py) is a module of PyTorch or, with --to keras, a function that builds
    a model of Keras 3; it has no weights.

    The exit code is 0, 1 if MODEL does not fit, 2 if it cannot be read or is nothing that the file can hold.
    """
    if output is None:
        raise UsageError(
            "there is nothing to write to",
            rule="-o names the file, whose suffix says what it is: .yaml, .yml, .json, .onnx or .py",
            fix=f"cnnshape convert {model} -o {Path(model).stem or 'net'}.onnx",
        )
    if weights and no_weights:
        raise UsageError(
            "there are --weights, and --no-weights as well", rule="one of them", fix=f"--weights {weights}"
        )
    form = (to or "yaml") if output == "-" else form_of_model(output, to or "")
    if output == "-" and form == "onnx":
        raise UsageError("an ONNX model is no text", rule="- prints a design or source code", fix="-o net.onnx")
    keep_model(output, model)
    if weights:
        keep_model(output, weights)
    with busy(f"reading {model}"):
        network = read_model(model, inputs)
        asked = sizes_of(network, inputs, settings, symbolic=True)
    for words in asked.notes:
        note(words)
    with busy(f"writing {output}"):
        try:
            made = written(network, form, False if no_weights else weights, asked.values, dtype, opset)
        except DesignError as error:
            raise _in_words_of_a_command(error, network) from None
    if output == "-":
        emit(made.data.decode(), None)
    else:
        made.to(Path(output))
    for words in made.notes:
        note(f"note: {words}")
    return 0


def _in_words_of_a_command(error: DesignError, network: Network) -> DesignError:
    """Return the error for sizes that have to be known with options to copy; the batch may stay free."""
    if error.fault.code != "CS130" or not error.fault.fix.startswith("sizes="):
        return error
    free = [name for name in network.symbols if name != network.batch]
    return error.at(fix=f"--set {','.join(f'{name}={network.defaults.get(name, 224)}' for name in free)}")
