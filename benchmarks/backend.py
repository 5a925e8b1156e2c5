"""cnnshape's backend beside PyTorch, ONNX Runtime and ONNX's reference evaluator: times, memory, errors.

``python -m benchmarks.backend --help`` says what can be chosen.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from benchmarks import backend_tables as tables
from benchmarks.interleaved import ROOT

NETWORKS = ("resnet18", "resnet50", "vgg16", "mobilenet_v2", "efficientnet_b0", "densenet121", "unet32")
SLOW = ("resnet18", "mobilenet_v2", "unet32")
FRAMEWORKS = ("cnnshape", "strict", "torch", "onnxruntime")


def listed(known: tuple[str, ...]) -> Any:
    """Return a parser of values between commas."""

    def parse(_: Any, __: Any, text: str) -> tuple[str, ...]:
        chosen = tuple(text.split(",")) if text else ()
        if unknown := [name for name in chosen if name not in known]:
            raise click.BadParameter(f"{unknown[0]} is none of {', '.join(known)}")
        return chosen

    return parse


def python(threads: int, *arguments: str) -> Iterator[dict[str, Any]]:
    """Run a module in a process with so many threads for products of matrices; yield the records that it prints.

    A failure is told on standard error, where its traceback stands, and ends nothing else.
    """
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    environment = {**os.environ, **dict.fromkeys(names, str(threads))}
    command = [sys.executable, "-m", *arguments]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            yield json.loads(line)
    if process.returncode:
        click.echo(f"{' '.join(arguments)} failed", err=True)


def times(request: dict[str, Any], networks: tuple[str, ...], threads: tuple[int, ...]) -> list[dict[str, Any]]:
    """Return what `backend_process` measured: for each number of threads and each network a process of its own."""
    found = []
    for count in threads:
        for name in networks:
            asked = json.dumps({**request, "networks": [name], "threads": count})
            for record in python(count, "benchmarks.backend_process", asked):
                click.echo(tables.progress(record), err=True)
                found.append(record)
    return found


def memory(networks: tuple[str, ...], frameworks: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the most memory of a process that runs a network once, for each framework, in bytes."""
    from benchmarks.memory import stored
    from benchmarks.subjects import subject

    found = []
    for name in networks:
        with tempfile.TemporaryDirectory() as folder:
            stored(subject(name), Path(folder), onnx="onnxruntime" in frameworks)
            record: dict[str, Any] = {"network": name}
            for framework in frameworks:
                for held in python(1, "benchmarks.memory", framework, name, folder):
                    record[framework] = held
        found.append(record)
        click.echo(f"{name}: memory measured", err=True)
    return found


@click.command()
@click.option("--networks", default=",".join(NETWORKS), callback=listed(NETWORKS), help="Names between commas.")
@click.option("--batch", "batches", default="1,8", help="Images at once: numbers between commas.")
@click.option("--threads", default="1,2", help="Numbers between commas, each in a process of its own.")
@click.option("--frameworks", default=",".join(FRAMEWORKS), callback=listed(FRAMEWORKS), help="Names between commas.")
@click.option("--reference", default=",".join(SLOW), callback=listed(NETWORKS), help="Networks for ONNX's evaluator.")
@click.option("--seconds", default=10.0, help="For all rounds of a network; five rounds at least.")
@click.option("--memory/--no-memory", "with_memory", default=True, help="Most memory of a process, batch 1.")
@click.option("--times/--no-times", "with_times", default=True, help="Times at all.")
@click.option("--layers", metavar="NETWORK", type=click.Choice(NETWORKS), help="Instead: every step beside PyTorch's.")
@click.option("--json", "file", type=click.Path(path_type=Path), help="Write all numbers to a file, in s and bytes.")
def main(
    networks: tuple[str, ...],
    batches: str,
    threads: str,
    frameworks: tuple[str, ...],
    reference: tuple[str, ...],
    seconds: float,
    with_memory: bool,
    with_times: bool,
    layers: str | None,
    file: Path | None,
) -> None:
    """Compare cnnshape's backend with PyTorch, ONNX Runtime and ONNX's reference evaluator.

    strict is cnnshape without Winograd's algorithm. All run in turns within one process; a ratio is the median over
    the rounds, a time the least.
    """
    counts, images = (tuple(int(word) for word in text.split(",")) for text in (threads, batches))
    if layers:
        found: Any = [
            record
            for count in counts
            for batch in images
            for record in python(count, "benchmarks.layer_times", layers, str(batch), str(count), str(seconds))
        ]
        shown = tables.layers(found)
    else:
        request = {"batches": images, "frameworks": frameworks, "slow": reference}
        measured = times({**request, "seconds": seconds}, networks, counts) if with_times else []
        held = memory(networks, frameworks) if with_memory else []
        found = {"times": measured, "memory": held}
        shown = "\n\n".join(part for part in (tables.times(measured), tables.memory(held)) if part)
    if file is not None:
        file.write_text(json.dumps(found, indent=1) + "\n")
    click.echo(shown)


if __name__ == "__main__":
    main()
