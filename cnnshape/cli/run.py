"""`cnnshape run`: a network on arrays, with NumPy."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path, PurePath
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from cnnshape.cli import complete
from cnnshape.cli.busy import busy
from cnnshape.cli.feeding import (
    OUTPUT_KINDS,
    WEIGHT_KINDS,
    PictureOptions,
    check_targets,
    output_bytes,
    read_data,
    read_labels,
    weight_bytes,
)
from cnnshape.cli.looking import check_looking, facts_of, macs_of, profile_of
from cnnshape.cli.model import read_model
from cnnshape.cli.options import color_option, debug_option, examples, model_argument, numbers_only, width_option
from cnnshape.cli.output import emit, write_file
from cnnshape.cli.progress import progress
from cnnshape.cli.showing import check_maps, keeping, shown_layers, write_maps
from cnnshape.cli.sizes import sizes_of
from cnnshape.cli.terminal import note, options_for
from cnnshape.errors import UsageError

if TYPE_CHECKING:
    from cnnshape.graph.network import Network
    from cnnshape.runtime.records import PlanFacts, RunFacts

__all__ = ["run"]

FORMATS = ("text", "json")
_DTYPES = ("float64", "float32", "float16")


@click.command(
    epilog=examples(
        "cnnshape run examples/lenet5.yaml --random 0 --save-weights w.npz",
        "cnnshape run examples/lenet5.yaml --data x.npy --weights w.npz -o y.npy",
        "cnnshape run examples/lenet5.yaml --data x.npy --weights w.npz --classes 3",
        "cnnshape run resnet18 --random 0 --input 64 --profile --rows 10",
        "cnnshape run resnet18 --plan",
    ),
)
@model_argument
@click.option(
    "--data",
    "data",
    multiple=True,
    metavar="FILE",
    shell_complete=complete.files,
    help="The input: x.npy, or a picture (.jpg, .png); NAME=FILE for each of several, or an .npz with all of them.",
)
@click.option(
    "--random",
    "noise",
    type=click.IntRange(min=0),
    is_flag=False,
    flag_value=0,
    metavar="SEED",
    help="Normal random numbers as the input.",
)
@click.option(
    "--resize",
    type=click.IntRange(min=1),
    metavar="N",
    help="A picture's shorter side before its middle is cut. Default: 8/7 of the cut, 256 for 224.",
)
@click.option("--mean", metavar="R,G,B", help="Taken off a picture's channels, 0 to 1. Default: ImageNet's for color.")
@click.option("--std", metavar="R,G,B", help="What they are then divided by. Default: ImageNet's for color.")
@numbers_only
@click.option(
    "--weights",
    metavar="FILE",
    shell_complete=complete.files,
    help="Weights by PyTorch's names: .npz or .safetensors. Default: random ones.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, metavar="SEED", help="What random weights start from. Default: 0."
)
@click.option(
    "--save-weights",
    "save",
    metavar="FILE",
    shell_complete=complete.files,
    help="Write the weights that it ran with: .npz or .safetensors.",
)
@click.option("--dtype", type=click.Choice(_DTYPES), default="float32", help="What is computed with. Default: float32.")
@click.option(
    "--threads",
    type=int,
    metavar="T",
    help="How many work on a layer. Default: as many as NumPy's matrix products have.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Round as little as can be: no Winograd convolutions, which are faster and round up to ten times as much.",
)
@click.option(
    "--plan", is_flag=True, help="Compute nothing: show the steps, where tensors lie, and what memory it takes."
)
@click.option("--profile", is_flag=True, help="Time and GFLOP/s of each layer, beside its share of the multiply-adds.")
@click.option("--rows", type=click.IntRange(min=0), metavar="N", help="Of the profile, the N slowest layers.")
@click.option("--classes", type=click.IntRange(min=1), metavar="K", help="The K classes with the largest outputs.")
@click.option("--labels", metavar="FILE", shell_complete=complete.files, help="Names of the classes, one a line.")
@click.option(
    "--show",
    "show",
    multiple=True,
    metavar="LAYER",
    help="Write the feature maps of a layer as a picture, LAYER.png, or LAYER=maps.png; repeatable.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    shell_complete=complete.files,
    help="Write the output to a .npy file, or all outputs to an .npz file.",
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="Default: text.")
@width_option
@color_option
@debug_option
def run(
    model: str,
    data: tuple[str, ...],
    noise: int | None,
    resize: int | None,
    mean: str | None,
    std: str | None,
    inputs: tuple[str, ...],
    settings: tuple[str, ...],
    weights: str | None,
    seed: int,
    save: str | None,
    dtype: str,
    threads: int | None,
    strict: bool,
    plan: bool,
    profile: bool,
    rows: int | None,
    classes: int | None,
    show: tuple[str, ...],
    labels: str | None,
    output: str | None,
    form: str,
    line_width: int | None,
    color: str,
) -> int:
    """Compute what MODEL gives for an input, on NumPy.

    MODEL is a design file (.yaml, .yml, .json), an ONNX model (.onnx), a Keras model (.keras, .h5), an exported
    program of PyTorch (.pt2), a published network (resnet50; cnnshape zoo lists them), - for a design on standard
    input, or nets.py:Name for what Python code makes, which is run. Its sizes are those of the data, batch first;
    with --random those of --set and --input, then the file's defaults, and one image. Without --weights they are
    those that an ONNX or Keras model holds, else random. Nothing is computed unless all of it fits into free memory;
    --plan shows what it would take.

    The exit code is 0, 1 if the sizes do not fit the network or an output holds a nan or an infinity, 2 if something
    cannot be read.
    """
    given = {"--weights": weights, "--save-weights": save, "--profile": profile, "--classes": classes, "-o": output}
    _check_asked(model, data, noise, given if plan else None)
    _check_pairs(rows=rows is not None, profile=profile, labels=labels, classes=classes)
    from cnnshape.api.runs import planned, ready, weights_words

    options = options_for(None, color, line_width, rows=rows)
    names = read_labels(labels) if labels else []
    with busy(f"reading {model}"):
        network = read_model(model, inputs)
        read = [*data, *(entry.partition("=")[2] for entry in data), weights or "", model]
        asked = _asked_sizes(network, inputs, settings)
        kept = shown_layers(network, show)
        targets = [
            ("-o", output, OUTPUT_KINDS[len(network.outputs) > 1 :]),
            ("--save-weights", save, WEIGHT_KINDS),
            *(("--show", target, (".png",)) for target in kept.values()),
        ]
        check_targets(targets, read)
        pictures = PictureOptions(resize, mean, std)
        sizes = {**network.defaults, **asked}
        if not data:
            _check_free(network, sizes)
        arrays, notes = read_data(network, data, sizes, pictures)
        how: dict[str, Any] = {"dtype": dtype, "threads": threads, "strict": strict, "keep": kept, "sizes": asked}
    own = {name: size for name, size in network.defaults.items() if not data and name not in asked}
    x = arrays if data else None
    if plan:
        with busy(f"planning {network.name}"):
            layout, known, _ = planned(network, x, **how)
            looked = facts_of(network, layout, known)
        _say(notes)
        emit(_shown(network, looked, own, form, options), None)
        return 0
    with busy(f"planning {network.name}"):
        found = ready(network, x, noise=noise or 0, weights=weights, seed=seed, **how)
    notes += [*found.notes, *found.weight_notes]
    _say(notes)
    from cnnshape.runtime.classes import classifier, top_classes
    from cnnshape.runtime.program import bind
    from cnnshape.runtime.records import RunFacts
    from cnnshape.runtime.watch import array_facts, first_spoiled

    steps = found.plan
    check_maps(steps, kept)
    maps: dict[str, Any] = {}
    best = ""
    if classes:
        best = classifier({name: steps.places[tensor].shape for name, tensor in steps.network.outputs.items()}, names)
    if weights is None and (said := weights_words(network, seed)):
        note(said)
    macs = macs_of(steps, found.sizes) if profile or sys.stderr.isatty() else {}
    costs = {step.node: macs.get(step.node, 0) + 4 * steps.places[step.outputs[0]].bytes for step in steps.steps}
    with busy(f"laying out the weights of {network.name}"):
        program = bind(steps, found.weights)
    begun = perf_counter()
    with progress(f"running {network.name}", costs) as tick:
        outputs = program.run(found.inputs, keeping(steps, program, kept, maps, tick))
    seconds = perf_counter() - begun
    times = profile_of(steps, program, found.inputs, macs) if profile else None
    del program  # its memory is needed if the network runs again
    spoiled = first_spoiled(steps, found.inputs, found.weights, outputs)
    top, softmax = top_classes(outputs[best], classes, names) if classes else ((), False)
    facts = RunFacts(
        model=network.name,
        source=network.source,
        dtype=dtype,
        sizes=found.sizes,
        weights=weights or "",
        seed=None if weights else seed,
        inputs=tuple(array_facts(name, values) for name, values in found.inputs.items()),
        outputs=tuple(array_facts(name, values) for name, values in outputs.items()),
        seconds=seconds,
        arena_bytes=steps.arena_bytes,
        weight_bytes=steps.weight_bytes,
        threads=steps.options.threads,
        strict=steps.options.strict,
        spoiled=spoiled.text if spoiled else "",
        profile=times,
        classes=top,
        softmax=softmax,
        notes=tuple(notes),
    )
    if output is not None:
        write_file(Path(output), output_bytes(outputs, PurePath(output).suffix))
    for layer, target in kept.items():
        note(write_maps(layer, maps[layer], target))
    if save is not None:
        write_file(Path(save), weight_bytes(found.weights, PurePath(save).suffix))
    emit(_shown(network, facts, own, form, options), None)
    if spoiled and form == "json":
        note(f"warning: {spoiled.text}")
    return 1 if spoiled else 0


def _check_asked(model: str, data: tuple[str, ...], noise: int | None, given: dict[str, Any] | None) -> None:
    """Refuse a run without an input, or with two; for a plan, options that need one."""
    if given is not None:
        check_looking(model, given)
        return
    if bool(data) == (noise is not None):
        raise UsageError(
            "there is data, and --random as well" if data else "there is nothing to run it on",
            rule="the input comes from --data FILE, or is --random",
            fix=f"cnnshape run {model} {'--data ' + data[0] if data else '--random 0'}",
        )


def _say(notes: Sequence[str]) -> None:
    for words in notes:
        note(f"note: {words}")


def _check_pairs(*, rows: bool, profile: bool, labels: str | None, classes: int | None) -> None:
    """Refuse options that say nothing without another."""
    if rows and not profile:
        raise UsageError(
            "--rows says how much of the profile is shown", rule="--rows goes with --profile", fix="--profile"
        )
    if labels and not classes:
        raise UsageError("--labels names classes", rule="--labels goes with --classes", fix="--classes 5")


def _asked_sizes(network: Network, inputs: tuple[str, ...], settings: tuple[str, ...]) -> dict[str, int]:
    asked = sizes_of(network, inputs, settings, symbolic=True)
    for words in asked.notes:
        note(words)
    return dict(asked.values)


def _check_free(network: Network, sizes: dict[str, int]) -> None:
    from cnnshape.runtime.steps import refuse_unknown

    refuse_unknown(network)
    free = [name for name in network.symbols if name not in sizes and name != network.batch]
    if free:
        raise UsageError(
            f"{', '.join(free)} {'is' if len(free) == 1 else 'are'} free",
            code="CS004",
            got=free,
            rule="a network runs at sizes that are all known",
            fix=f"--set {','.join(f'{name}=64' for name in free)}",
        )


def _shown(network: Network, facts: RunFacts | PlanFacts, own: dict[str, int], form: str, options: Any) -> str:
    from cnnshape.render.reading import read_as
    from cnnshape.render.run import run_json, run_text
    from cnnshape.render.run_plan import plan_json, plan_text
    from cnnshape.runtime.records import PlanFacts

    page = options(read_as(network, facts.sizes, own))
    if isinstance(facts, PlanFacts):
        return (plan_json if form == "json" else plan_text)(facts, page)
    return (run_json if form == "json" else run_text)(facts, page)
