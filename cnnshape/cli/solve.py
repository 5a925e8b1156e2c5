"""`cnnshape solve`: which inputs fit or give an output, which windows lie between two sizes, what a budget allows."""

from __future__ import annotations

from typing import Any

import click

from cnnshape.cli import complete
from cnnshape.cli.asked import asked_choices, asked_question, one_size
from cnnshape.cli.budget import OF_BUDGETS, asks_for_budget, budget_options, within_budget
from cnnshape.cli.busy import busy
from cnnshape.cli.model import conditions, read_model
from cnnshape.cli.options import color_option, debug_option, examples, width_option
from cnnshape.cli.output import emit, keep_model
from cnnshape.cli.sizes import sizes_of
from cnnshape.cli.terminal import note, options_for
from cnnshape.errors import UsageError

__all__ = ["solve"]

FORMATS = ("text", "json")

_OF_WINDOWS = {"kernel": "-k", "stride": "-s", "padding": "-p", "dilation": "-d", "transposed": "--transposed"}
_OF_MODELS = {
    "inputs": "--input",
    "settings": "--set",
    "assume": "--assume",
    "wanted": "--output",
    "trained_at": "--trained-at",
    "keep_size": "--keep-size",
    **OF_BUDGETS,
}


@click.command(
    epilog=examples(
        "cnnshape solve examples/unet.yaml --input 500x375",
        "cnnshape solve examples/resnet50.yaml --output 7x7",
        "cnnshape solve net.yaml --trained-at 32",
        "cnnshape solve --from 224 --to 112 -k 1..7",
        'cnnshape solve --from H --to "ceil(H/2)"',
        "cnnshape solve mobilenet_v2 --for width_mult --max-params 3.5M",
        "cnnshape solve examples/unet.yaml --for H,W --max-memory 300MiB",
    ),
)
@click.argument("model", metavar="[MODEL]", required=False, shell_complete=complete.models)
@click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="SIZES",
    help="The sizes at hand: do they fit, and which do? 3x224x224; 224x320 for the space axes; image=3x224x224.",
)
@click.option("--set", "settings", multiple=True, metavar="H=224,W=224", help="The same by symbols; repeatable.")
@click.option(
    "--output",
    "wanted",
    multiple=True,
    metavar="SIZE",
    help="The output that is wanted: 7x7, 7 for all space axes, NAME=7x7 for one of several, or for a layer. Of a "
    "classifier: its last map.",
)
@click.option(
    "--trained-at",
    metavar="SIZE",
    help="Which sizes fit once the weights are trained at 32, 32x48 or H=32,W=32.",
)
@click.option("--keep-size", is_flag=True, help="Which inputs have outputs of their own size.")
@click.option("--assume", multiple=True, metavar="CONDITIONS", help='What sizes may be: "H % 32 == 0"; repeatable.')
@budget_options
@click.option("--from", "before", metavar="SIZE", help="Windows: the size before, 224, or H for all sizes.")
@click.option("--to", "after", metavar="SIZE", help='Windows: the size after, 112, or "ceil(H/2)".')
@click.option("-k", "--kernel", metavar="K", help="Kernels to choose from: 3, 1..7 or 3,5. Default: 1..11.")
@click.option("-s", "--stride", metavar="S", help="Strides to choose from. Default: 1..4.")
@click.option("-p", "--padding", metavar="P", help="Paddings on each side to choose from. Default: below the kernel.")
@click.option("-d", "--dilation", metavar="D", help="Dilations to choose from. Default: 1.")
@click.option("--transposed", is_flag=True, help="Windows of transposed convolutions.")
@click.option("--all", "every", is_flag=True, help="Show all shapes, layers and windows, not the first few.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="Default: text.")
@width_option
@color_option
@click.option("-o", "target", metavar="FILE", shell_complete=complete.files, help="Write to a file.")
@debug_option
def solve(
    model: str | None,
    before: str | None,
    after: str | None,
    every: bool,
    form: str,
    target: str | None,
    color: str,
    line_width: int | None,
    **asked: Any,
) -> int:
    """Answer inverse questions about MODEL exactly: which inputs fit, because of which layers, and the nearest sizes.

    MODEL is a design file (.yaml, .yml, .json), an ONNX model (.onnx), a Keras model (.keras, .h5), an exported
    program of PyTorch (.pt2), a published network (resnet50; cnnshape zoo lists them), - for a design on standard
    input, or nets.py:Name for what Python code makes, which is run. The questions --output, --trained-at, --keep-size
    and --assume combine. With --from and --to, instead of MODEL: which kernel, stride and padding turn one size into
    another. With --for: the largest width, depth or size within a budget.

    The exit code is 0 if there is an answer, 1 if the sizes do not fit or nothing does, 2 if it cannot be read.
    """
    if model is None and before is None and after is None:
        raise UsageError(
            "what is to be solved?",
            rule="a MODEL, or --from and --to for windows",
            fix="cnnshape solve examples/unet.yaml, or cnnshape solve --from 224 --to 112",
        )
    _refuse(asked, model, _OF_WINDOWS if model is not None else _OF_MODELS)
    options = options_for(target, color, line_width)
    if model is None:
        return _windows(before, after, asked, options(""), every=every, form=form, target=target)
    if before is not None or after is not None:
        raise UsageError(
            "--from and --to are about windows alone, not about a model",
            rule="a MODEL, or --from and --to",
            fix=f"cnnshape solve {model}, or cnnshape solve --from {before or 224} --to {after or 112}",
        )
    keep_model(target, model)
    budget = asks_for_budget({**asked, "every": every})
    with busy(f"solving {model}"):
        if budget:
            code, text = within_budget(model, asked, options, form)
        else:
            code, text = _inputs(model, asked, options, every=every, form=form)
    emit(text, target)
    return code


def _inputs(model: str, asked: dict[str, Any], options: Any, *, every: bool, form: str) -> tuple[int, str]:
    from cnnshape.analysis.inverse.answer import answer
    from cnnshape.render.reading import read_as
    from cnnshape.render.solution import solution_json, solution_text

    network = read_model(model, asked["inputs"])
    sizes = sizes_of(network, asked["inputs"], asked["settings"], symbolic=True)
    for words in sizes.notes:
        note(words)
    assume = conditions(*asked["assume"])
    question = asked_question(
        network, asked["wanted"], asked["trained_at"], keep_size=asked["keep_size"], assume=assume
    )
    found = answer(network, question, sizes.values)
    read = read_as(network, sizes.values, {}, [str(each) for each in assume])
    text = solution_json(found, read) if form == "json" else solution_text(found, options(read), every=every)
    return 1 if found.valid is False else 0, text


def _windows(
    before: str | None, after: str | None, asked: dict[str, Any], options: Any, *, every: bool, form: str, target: Any
) -> int:
    from cnnshape.analysis.inverse.windows import windows_between
    from cnnshape.render.windows import windows_json, windows_text

    if before is None or after is None:
        given, other = ("--to", "--from") if before is None else ("--from", "--to")
        raise UsageError(
            f"{given} without {other}",
            rule="windows turn one size into another",
            fix=f"cnnshape solve --from {before or 224} --to {after or 112}",
        )
    choices = asked_choices({name: asked[name] for name in _OF_WINDOWS})
    found = windows_between(one_size(before, "--from"), one_size(after, "--to"), choices)
    emit(windows_json(found) if form == "json" else windows_text(found, options, every=every), target)
    return 0 if found.found or (every and found.beyond) else 1


def _refuse(asked: dict[str, Any], model: str | None, others: dict[str, str]) -> None:
    """Refuse options that belong to the other kind of question."""
    given = [option for name, option in others.items() if asked[name]]
    if given and model is None:
        raise UsageError(
            f"{given[0]} asks about a model, and there is none",
            rule="--from and --to are about windows alone",
            fix=f"leave {given[0]} out, or give a MODEL in place of --from and --to",
        )
    if given:
        raise UsageError(
            f"{given[0]} chooses windows, and {model} is a model",
            rule="windows are asked for with --from and --to",
            fix=f"leave {given[0]} out, or: cnnshape solve --from 224 --to 112 {given[0]} ...",
        )
