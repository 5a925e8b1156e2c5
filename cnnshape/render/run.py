"""A run as lines to read and as JSON (schema ``cnnshape.run/1``)."""

from __future__ import annotations

import json
from dataclasses import asdict
from math import isfinite
from typing import TYPE_CHECKING, Any

from cnnshape.render.grid import Grid, GridColumn, fitted, plain, wrapped
from cnnshape.render.paint import Paint
from cnnshape.render.run_plan import kernel_text
from cnnshape.render.units import bytes_text, share_text
from cnnshape.runtime.records import layers_text

if TYPE_CHECKING:
    from cnnshape.render.options import Options
    from cnnshape.runtime.records import ArrayFacts, ClassFacts, Profile, RunFacts

__all__ = ["run_data", "run_json", "run_text"]

_PAGE = 100


def run_text(run: RunFacts, options: Options) -> str:
    """Return the run in lines: what came out, how long it took, and what else was asked for."""
    page, paint = options.width or _PAGE, Paint(options.color)
    lines = [*wrapped([plain(words, options.unicode) for words in (run.model, options.read_as)], page, between="   ")]
    lines[0] = paint("bold", lines[0])
    parts = [f"first run {_seconds(run.seconds)}", f"arena {bytes_text(run.arena_bytes)}"]
    source = plain(run.weights, options.unicode) if run.seed is None else f"random, seed {run.seed}"
    parts.append(f"weights {bytes_text(run.weight_bytes)} {run.dtype} ({source})")
    parts.append(f"{run.threads} thread{'s' * (run.threads > 1)}{', strict' * run.strict}")
    lines += ["", *_table(_outputs(run.outputs), options, paint), "", *wrapped(parts, page)]
    if run.spoiled:
        lines += ["", *(paint("red", line) for line in wrapped([run.spoiled], page))]
    if run.classes:
        lines += ["", *_classes(run, options, page, paint)]
    if run.profile is not None:
        lines += ["", *_profile(run.profile, options, page, paint)]
    return "\n".join(lines) + "\n"


def _table(grid: Grid, options: Options, paint: Paint) -> list[str]:
    head, *rows = fitted(grid, options.width, "…" if options.unicode else "..").lines()
    return [paint("bold", head), *rows]


def _outputs(outputs: tuple[ArrayFacts, ...]) -> Grid:
    return Grid(
        (
            GridColumn("output", tuple(row.name for row in outputs)),
            GridColumn("shape", tuple(_shape(row.shape) for row in outputs)),
            GridColumn("type", tuple(row.dtype for row in outputs), goes=1),
            GridColumn("least", tuple(_number(row.least) for row in outputs), "right"),
            GridColumn("mean", tuple(_number(row.mean) for row in outputs), "right"),
            GridColumn("largest", tuple(_number(row.most) for row in outputs), "right"),
        )
    )


def _classes(run: RunFacts, options: Options, page: int, paint: Paint) -> list[str]:
    lines = []
    if run.seed is not None:
        words = f"THE WEIGHTS ARE RANDOM (seed {run.seed}): these classes mean nothing"
        lines += [paint("red", line) for line in wrapped([words], page)]
    several = run.outputs[0].shape[0] > 1
    rows = run.classes
    columns = [GridColumn("image", tuple(str(row.image) for row in rows), "right")] if several else []
    columns.append(GridColumn("class", tuple(str(row.index) for row in rows), "right"))
    columns.append(GridColumn("label", tuple(plain(row.label, options.unicode) for row in rows)))
    columns.append(GridColumn("%", tuple(_share(row) for row in rows), "right"))
    lines += _table(Grid(tuple(columns)), options, paint)
    said = "% is the softmax of the output" if run.softmax else "% is the output itself, which sums to 1"
    return [*lines, *wrapped([said], page)]


def _profile(profile: Profile, options: Options, page: int, paint: Paint) -> list[str]:
    total = profile.total
    rows = profile.rows
    if options.rows is not None:
        rows = tuple(sorted(rows, key=lambda row: -row.seconds)[: options.rows])
    nanoseconds = [round(row.seconds * 1e9) for row in rows]
    grid = Grid(
        (
            GridColumn("layer", tuple(plain(layers_text(row.layers), options.unicode) for row in rows)),
            GridColumn("kernel", tuple(kernel_text(row.kernel) for row in rows)),
            GridColumn("op", tuple(row.op for row in rows), goes=1),
            GridColumn("output", tuple(_shape(row.shape) for row in rows), goes=2),
            GridColumn("time [ms]", tuple(f"{row.seconds * 1e3:.3f}" for row in rows), "right"),
            GridColumn("%T", tuple(share_text(part, round(total.seconds * 1e9)) for part in nanoseconds), "right"),
            GridColumn("%M", tuple(share_text(row.macs, total.macs) for row in rows), "right"),
            GridColumn("GFLOP/s", tuple(f"{row.gflops:.1f}" if row.macs else "" for row in rows), "right"),
        )
    )
    left = len(profile.rows) - len(rows)
    lines = [*_table(grid, options, paint), *([f"{left} faster row{'s' * (left > 1)}"] if left else [])]
    said = [f"total {_seconds(total.seconds)}", f"{total.gflops:.1f} GFLOP/s", f"median of {profile.runs} runs"]
    return [*lines, *wrapped([*said, "%T share of time", "%M share of multiply-adds, 2 operations each"], page)]


def _shape(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _share(row: ClassFacts) -> str:
    return f"{100 * row.share:.1f}" if isfinite(row.share) else "nan"


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.3g} ms"


def run_json(run: RunFacts, options: Options) -> str:
    """Return the run as JSON."""
    return json.dumps(run_data(run), indent=2, ensure_ascii=not options.unicode, allow_nan=False) + "\n"


def run_data(run: RunFacts) -> dict[str, Any]:
    """Return the run as plain data."""
    profile = run.profile and _profile_data(run.profile)
    classes = [{**asdict(row), "share": row.share if isfinite(row.share) else None} for row in run.classes]
    return {
        "schema": "cnnshape.run/1",
        "model": run.model,
        "source": run.source,
        "dtype": run.dtype,
        "symbols": dict(run.sizes),
        "weights": {"source": run.weights or None, "seed": run.seed, "random": run.seed is not None},
        "inputs": [_array(row) for row in run.inputs],
        "outputs": [_array(row) for row in run.outputs],
        "seconds": run.seconds,
        "arena_bytes": run.arena_bytes,
        "weight_bytes": run.weight_bytes,
        "threads": run.threads,
        "strict": run.strict,
        "spoiled": run.spoiled or None,
        "classes": classes,
        "softmax": run.softmax,
        "profile": profile,
        "notes": list(run.notes),
    }


def _profile_data(profile: Profile) -> dict[str, Any]:
    total = profile.total
    rows = [
        {
            **asdict(row),
            "layers": list(row.layers),
            "shape": list(row.shape),
            "gflops": row.gflops if row.macs else None,
            "time_share": row.seconds / total.seconds if total.seconds else None,
            "macs_share": row.macs / total.macs if total.macs else None,
        }
        for row in profile.rows
    ]
    return {"runs": profile.runs, "seconds": total.seconds, "gflops": total.gflops, "layers": rows}


def _array(row: ArrayFacts) -> dict[str, Any]:
    return {**asdict(row), "shape": list(row.shape)}
