"""cnnshape's backend beside PyTorch, ONNX Runtime and ONNX's reference evaluator: times, memory, errors.

``python -m benchmarks.backend --help`` says what can be chosen.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
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


def numbers(_: Any, __: Any, text: str) -> tuple[int, ...]:
    """Parse numbers between commas."""
    if not re.fullmatch(r"[1-9]\d*(,[1-9]\d*)*", text):
        raise click.BadParameter("numbers from 1 on are expected, between commas")
    return tuple(map(int, text.split(",")))


def python(threads: int, *arguments: str) -> Iterator[dict[str, Any]]:
    """Run a module in a process with so many threads for products of matrices; yield the records that it prints.

    A failure is told on standard error, where its traceback stands, and ends nothing else but the good exit code.
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
        click.get_current_context().ensure_object(list).append(arguments)


def times(request: dict[str, Any], networks: tuple[str, ...], threads: tuple[int, ...]) -> Iterator[dict[str, Any]]:
    """Yield what `backend_process` measures: for each number of threads and each network a process of its own."""
    for count in threads:
        for name in networks:
            asked = json.dumps({**request, "networks": [name], "threads": count})
            for record in python(count, "benchmarks.backend_process", asked):
                click.echo(tables.progress(record), err=True)
                yield record


def machine() -> dict[str, Any]:
    """Return what the numbers belong to."""
    cpuinfo = Path("/proc/cpuinfo")
    named = re.search(r"model name\s*:\s*(.*)", cpuinfo.read_text()) if cpuinfo.exists() else None
    versions = {}
    for name in ("numpy", "torch", "onnxruntime", "onnx"):
        with contextlib.suppress(PackageNotFoundError):
            versions[name] = version(name)
    processor = named[1].strip() if named else platform.processor()
    return {"processor": processor, "cores": os.cpu_count(), "load": os.getloadavg()[0], "versions": versions}


def memory(networks: tuple[str, ...], frameworks: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Yield the most memory of a process that runs a network once, for each framework, in bytes."""
    from benchmarks.memory import stored
    from benchmarks.subjects import subject

    for name in networks:
        with tempfile.TemporaryDirectory() as folder:
            stored(subject(name), Path(folder), onnx="onnxruntime" in frameworks)
            record: dict[str, Any] = {"network": name}
            for framework in frameworks:
                for held in python(1, "benchmarks.memory", framework, name, folder):
                    record[framework] = held
        click.echo(f"{name}: memory measured", err=True)
        yield record


@click.command(context_settings={"show_default": True})
@click.option("--networks", default=",".join(NETWORKS), callback=listed(NETWORKS), help="Names between commas.")
@click.option("--batch", "batches", default="1,8", callback=numbers, help="Images at once: numbers between commas.")
@click.option(
    "--threads", default="1,2", callback=numbers, help="Numbers between commas, each in a process of its own."
)
@click.option("--frameworks", default=",".join(FRAMEWORKS), callback=listed(FRAMEWORKS), help="Names between commas.")
@click.option("--reference", default=",".join(SLOW), callback=listed(NETWORKS), help="Networks for ONNX's evaluator.")
@click.option("--seconds", default=10.0, help="For all rounds of a network; five rounds at least.")
@click.option("--memory/--no-memory", "with_memory", default=True, help="Most memory of a process, batch 1.")
@click.option("--times/--no-times", "with_times", default=True, help="Times at all.")
@click.option("--layers", metavar="NETWORK", type=click.Choice(NETWORKS), help="Instead: every step beside PyTorch's.")
@click.option("--strict", is_flag=True, help="With --layers: without Winograd.")
@click.option("--json", "file", type=click.Path(path_type=Path), help="Write all numbers to a file, in s and bytes.")
@click.pass_context
def main(
    context: click.Context,
    networks: tuple[str, ...],
    batches: tuple[int, ...],
    threads: tuple[int, ...],
    frameworks: tuple[str, ...],
    reference: tuple[str, ...],
    seconds: float,
    with_memory: bool,
    with_times: bool,
    layers: str | None,
    strict: bool,
    file: Path | None,
) -> None:
    """Compare cnnshape's backend with PyTorch, ONNX Runtime and ONNX's reference evaluator.

    strict is cnnshape without Winograd's algorithm. All run in turns within one process; a ratio is the median over
    the rounds, a time the least.
    """
    where, way = machine(), ["strict"] if strict else []
    found: dict[str, Any] = {"machine": where}
    if layers:
        each = ((layers, str(batch), str(count), str(seconds), *way) for count in threads for batch in batches)
        parts = {"layers": (r for words in each for r in python(int(words[2]), "benchmarks.layer_times", *words))}
    else:
        request = {"batches": batches, "frameworks": frameworks, "slow": reference, "seconds": seconds}
        parts = {"times": times(request, networks, threads)} if with_times else {}
        parts |= {"memory": memory(networks, frameworks)} if with_memory else {}
    for part, records in parts.items():
        found[part] = []
        for record in records:
            found[part].append(record)
            if file is not None:  # each time, for whoever loses patience
                file.write_text(json.dumps(found, indent=1) + "\n")
    shown = [tables.machine(where), *(getattr(tables, part)(found[part]) for part in parts)]
    click.echo("\n\n".join(shown))
    if context.obj:
        context.exit(1)


if __name__ == "__main__":
    main()
