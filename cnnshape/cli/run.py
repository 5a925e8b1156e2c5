"""`cnnshape run`: a network on arrays, with NumPy."""

from __future__ import annotations

import sys
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
from cnnshape.cli.model import read_model
from cnnshape.cli.options import color_option, debug_option, examples, model_argument, numbers_only, width_option
from cnnshape.cli.output import emit, write_file
from cnnshape.cli.progress import progress
from cnnshape.cli.showing import check_maps, keeping, shown_layers, write_maps
from cnnshape.cli.sizes import sizes_of
from cnnshape.cli.terminal import note, options_for
from cnnshape.errors import UsageError

if TYPE_CHECKING:
    from cnnshape.api.runs import Ready
    from cnnshape.graph.network import Network
    from cnnshape.runtime.records import Profile, RunFacts

__all__ = ["run"]

FORMATS = ("text", "json")
_DTYPES = ("float64", "float32", "float16")


@click.command(
    epilog=examples(
        "cnnshape run examples/lenet5.yaml --random 0 --save-weights w.npz",
        "cnnshape run examples/lenet5.yaml --data x.npy --weights w.npz -o y.npy",
        "cnnshape run examples/lenet5.yaml --data x.npy --weights w.npz --classes 3",
        "cnnshape run resnet18 --random 0 --input 64 --profile --rows 10",
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

    MODEL is a design file (.yaml, .yml, .json), a published network (resnet50; cnnshape zoo lists them), or - for a
    design on standard input. Its sizes are those of the data, batch first; with --random those of --set and --input,
    then the file's defaults, and one image. Nothing is computed unless all of it fits into free memory.

    The exit code is 0, 1 if the sizes do not fit the network or an output holds a nan or an infinity, 2 if something
    cannot be read.
    """
    _check_asked(model, data, noise, rows=rows is not None, profile=profile, labels=labels, classes=classes)
    from cnnshape.api.runs import ready, weights_words

    options = options_for(None, color, line_width, rows=rows)
    names = read_labels(labels) if labels else []
    with busy(f"reading {model}"):
        network = read_model(model)
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
        found = ready(
            network, arrays if data else None, noise=noise or 0, weights=weights, seed=seed, dtype=dtype, sizes=asked
        )
    notes += [*found.notes, *found.weight_notes]
    for words in notes:
        note(f"note: {words}")
    from cnnshape.runtime.classes import classifier, top_classes
    from cnnshape.runtime.execute import execute
    from cnnshape.runtime.records import RunFacts
    from cnnshape.runtime.watch import array_facts, first_spoiled

    plan = found.plan
    check_maps(plan, kept)
    maps: dict[str, Any] = {}
    best = ""
    if classes:
        best = classifier({name: plan.places[tensor].shape for name, tensor in plan.network.outputs.items()}, names)
    if weights is None:
        note(weights_words(seed))
    macs = _macs(found) if profile or sys.stderr.isatty() else {}
    costs = {step.node: macs.get(step.node, 0) + 4 * plan.places[step.outputs[0]].bytes for step in plan.steps}
    begun = perf_counter()
    with progress(f"running {network.name}", costs) as tick:
        outputs = execute(plan, found.inputs, found.weights, keeping(kept, maps, tick))
    seconds = perf_counter() - begun
    spoiled = first_spoiled(plan, found.inputs, found.weights, outputs)
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
        arena_bytes=plan.arena_bytes,
        weight_bytes=plan.weight_bytes,
        spoiled=spoiled.text if spoiled else "",
        profile=_profile(found, macs, network.name) if profile else None,
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
    own = {name: size for name, size in network.defaults.items() if not data and name not in asked}
    emit(_shown(network, facts, own, form, options), None)
    if spoiled and form == "json":
        note(f"warning: {spoiled.text}")
    return 1 if spoiled else 0


def _check_asked(
    model: str,
    data: tuple[str, ...],
    noise: int | None,
    *,
    rows: bool,
    profile: bool,
    labels: str | None,
    classes: int | None,
) -> None:
    """Refuse options that say nothing together, or contradict."""
    if bool(data) == (noise is not None):
        raise UsageError(
            "there is data, and --random as well" if data else "there is nothing to run it on",
            rule="the input comes from --data FILE, or is --random",
            fix=f"cnnshape run {model} {'--data ' + data[0] if data else '--random 0'}",
        )
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
    free = [name for name in network.symbols if name not in sizes and name != network.batch]
    if free:
        raise UsageError(
            f"{', '.join(free)} {'is' if len(free) == 1 else 'are'} free",
            code="CS004",
            got=free,
            rule="a network runs at sizes that are all known",
            fix=f"--set {','.join(f'{name}=64' for name in free)}",
        )


def _macs(found: Ready) -> dict[str, int]:
    """Return the multiply-adds of every layer."""
    from cnnshape.analysis.report import facts

    rows = facts(found.plan.network).at(found.sizes).layers
    return {row.name: row.macs if isinstance(row.macs, int) else 0 for row in rows}


def _profile(found: Ready, macs: dict[str, int], name: str) -> Profile:
    from cnnshape.runtime.records import Profile, ProfileRow
    from cnnshape.runtime.watch import layer_seconds

    plan = found.plan
    with busy(f"measuring {name}"):
        seconds, runs = layer_seconds(plan, found.inputs, found.weights)
    return Profile(
        tuple(
            ProfileRow(
                step.node,
                type(step.layer).__name__,
                plan.places[step.outputs[0]].shape,
                seconds[step.node],
                macs.get(step.node, 0),
            )
            for step in plan.steps
        ),
        runs,
    )


def _shown(network: Network, facts: RunFacts, own: dict[str, int], form: str, options: Any) -> str:
    from cnnshape.render.reading import read_as
    from cnnshape.render.run import run_json, run_text

    words = read_as(network, facts.sizes, own)
    return (run_json if form == "json" else run_text)(facts, options(words))
