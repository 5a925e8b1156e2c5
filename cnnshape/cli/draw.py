"""`cnnshape draw`: a network as a picture."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, get_args

import click

from cnnshape.cli.busy import busy
from cnnshape.cli.model import Asked, evaluated
from cnnshape.cli.options import debug_option, examples, model_argument, output_option, sizes_only
from cnnshape.cli.output import emit, keep_model, write_file
from cnnshape.cli.terminal import note
from cnnshape.errors import UsageError
from cnnshape.graph.fold import Detail
from cnnshape.render.drawing import FORMS, STYLES, Drawing, form_of
from cnnshape.render.figures.options import CHOICES, DrawOptions

__all__ = ["draw"]

F = TypeVar("F", bound=Callable[..., Any])
_BINARY = frozenset({"pdf", "png"})


def _choice(name: str, words: str, **more: Any) -> Callable[[F], F]:
    return click.option(f"--{name}", type=click.Choice(CHOICES[name]), help=words, **more)


@click.command(
    epilog=examples(
        "cnnshape draw examples/unet.yaml -o unet.svg",
        "cnnshape draw examples/resnet50.yaml --style architecture -o resnet50.svg",
        "cnnshape draw examples/unet.yaml --style blocks --width col -o unet.tex",
        "cnnshape draw examples/vgg16.yaml --symbolic --detail block > vgg16.svg",
        "cnnshape draw examples/lenet5.yaml --preset slides -o lenet5.drawio",
        "cnnshape draw examples/resnet50.yaml --detail block -o resnet50.mmd",
    ),
)
@model_argument
@output_option
@click.option(
    "--style",
    type=click.Choice(list(STYLES)),
    default="graph",
    help="graph (default): a box for each layer or block; architecture: stages, and a frame for each type of block; "
    "blocks: maps as blocks in space.",
)
@click.option(
    "--format", "form", type=click.Choice(list(FORMS)), help="Default: by the name of FILE; svg on standard output."
)
@click.option(
    "--detail",
    type=click.Choice(get_args(Detail)),
    help="What a box is: op, each layer; layer, with its norm and activation; block; overview, the outermost blocks. "
    "Default: the finest with at most 60 boxes.",
)
@click.option(
    "--width",
    default="",
    metavar="WIDTH",
    help="Final width: 252pt, 88mm, 3.5in, or col (252pt), text (397pt), full (516pt).",
)
@_choice(
    "preset", "Sizes of letters for a paper (default), slides (16:9) or a readme (also on dark pages).", default="paper"
)
@_choice("palette", "color (default), or print: grays and hatches.", default="color")
@_choice("direction", "Where a graph leads. Default: down.")
@_choice("scale", "How sizes become lengths in blocks. Default: log.", default="log")
@_choice("border", "What the width of borders stands for. Default: none.", default="none")
@_choice("layout", "Who places the boxes of a graph: own (default), or the program dot.", default="own")
@click.option("--no-legend", is_flag=True, help="Leave out what the colors mean.")
@click.option(
    "--dpi", type=click.FloatRange(1, 10_000), default=200, metavar="N", help="Pixels an inch of a PNG. Default: 200."
)
@click.option("--fragment", is_flag=True, help="TeX that a paper takes by \\input, no document of its own.")
@sizes_only
@debug_option
def draw(model: str, output: str | None, style: str, form: str | None, **given: Any) -> int:
    """Draw MODEL as a picture: its graph, its architecture, or its maps as blocks.

    MODEL is a design file (.yaml, .yml, .json), an ONNX model (.onnx), a Keras model (.keras, .h5), an exported
    program of PyTorch (.pt2), a published network (resnet50; cnnshape zoo lists them), - for a design on standard
    input, or nets.py:Name for what Python code makes, which is run. The name of FILE says the form: .svg, .pdf, .png,
    .tex (TikZ), .dot, .mmd (Mermaid) or .drawio. Without -o the picture goes to standard output, or on a terminal to
    a new file named after the network.

    What does not fit is drawn all the same and marked; the command then ends with 1.
    """
    keep_model(output, model)
    target = None if output in (None, "-") else output
    form = form or (form_of(target) if target else "svg")
    if given["fragment"] and form != "tex":
        raise UsageError(
            f"--fragment is for TeX, the picture is {form}",
            got=target or form,
            rule="a fragment is TeX that a paper takes by \\input",
            fix="-o FILE.tex, or leave out --fragment",
        )
    options = DrawOptions(
        legend=not given.pop("no_legend"),
        standalone=not given.pop("fragment"),
        **{name: given.pop(name) for name in (*CHOICES, "width", "dpi")},
    )
    with busy(f"reading {model}"):
        facts, read_as = evaluated(Asked(model, **given))
    with busy(f"drawing {facts.model}"):
        drawing = Drawing(facts, style, options)
        data = drawing.data(form)
        notes = drawing.notes(form)
    _write(data, target, form, facts.model, to_stdout=output == "-")
    note(read_as)
    for words in (*notes, *(error.text for error in facts.errors)):
        note(words)
    return 1 if facts.errors or facts.valid is False else 0


def _write(data: bytes, target: str | None, form: str, model: str, *, to_stdout: bool) -> None:
    """Write the picture to a file, to standard output, or on a terminal to a file that is not there yet."""
    if target is not None:
        write_file(Path(target), data)
    elif to_stdout or not sys.stdout.isatty():
        if form in _BINARY and sys.stdout.isatty():
            raise UsageError(
                f"{form} is nothing that a terminal shows",
                code="CS006",
                rule="a picture goes to a file or into a pipe",
                fix=f"-o {_file_name(model, form)}",
            )
        if form in _BINARY:
            sys.stdout.flush()
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        else:
            emit(data.decode(), None)
    else:
        path = Path(_file_name(model, form))
        if path.exists():
            raise UsageError(
                f"{path} is there already",
                code="CS006",
                got=str(path),
                rule="without -o only a new file is written",
                fix=f"-o {path} to replace it",
            )
        write_file(path, data)
        print(path)


def _file_name(model: str, form: str) -> str:
    stem = re.sub(r"[^\w.-]+", "_", model, flags=re.ASCII).strip("._")[:60] or "network"
    return f"{stem}{FORMS[form].suffixes[0]}"
