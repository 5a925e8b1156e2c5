"""The plan of a run as lines to read and as JSON (schema ``cnnshape.plan/1``)."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cnnshape.render.grid import Grid, GridColumn, fitted, plain, wrapped
from cnnshape.render.paint import Paint
from cnnshape.render.units import bytes_text, exact, share_text
from cnnshape.runtime.records import layers_text

if TYPE_CHECKING:
    from cnnshape.render.options import Options
    from cnnshape.runtime.records import PlanFacts

__all__ = ["kernel_text", "plan_data", "plan_json", "plan_text"]

_PAGE = 100


def kernel_text(kernel: str) -> str:
    """Return how something is computed, for people.

    Examples
    --------
    >>> kernel_text("winograd"), kernel_text("norm.kernel:layer_norm")
    ('winograd', 'layer_norm')
    """
    return kernel.rpartition(":")[2]


def plan_text(plan: PlanFacts, options: Options) -> str:
    """Return the plan in lines: its steps, where their outputs lie, and what memory the run takes."""
    page, paint = options.width or _PAGE, Paint(options.color)
    lines = [*wrapped([plain(words, options.unicode) for words in (plan.model, options.read_as)], page, between="   ")]
    lines[0] = paint("bold", lines[0])
    head, *rows = fitted(_steps(plan, options), options.width, "…" if options.unicode else "..").lines()
    start, each = plan.workspace
    many = f"each of {plan.threads} threads" if plan.threads > 1 else "1 thread"
    arena = [
        f"arena {bytes_text(plan.arena_bytes)}",
        f"of it {bytes_text(each)} for {many} to work in, from {exact(start)}",
    ]
    weights = f"weights {bytes_text(plan.weight_bytes)} {plan.dtype} as kept"
    if plan.strict:
        weights += ", without Winograd"
    elif plan.strict_weight_bytes != plan.weight_bytes:
        weights += f", {bytes_text(plan.strict_weight_bytes)} without Winograd (--strict)"
    weights += f"; {bytes_text(plan.stored_weight_bytes)} as given"
    needed = f"the run takes {bytes_text(plan.needed_bytes)} at most, with inputs and outputs"
    said = "at: bytes from the start of the arena, where the output lies; its place is used again once nothing reads it"
    return "\n".join(
        [*lines, "", paint("bold", head), *rows, *wrapped([said], page), ""]
        + [line for part in (arena, [weights], [needed]) for line in wrapped(part, page)]
        + [""]
    )


def _steps(plan: PlanFacts, options: Options) -> Grid:
    buffers = {buffer.tensor: buffer for buffer in plan.buffers}
    total = sum(step.macs for step in plan.steps)
    rows = [(plain(name, options.unicode), "", buffers[name], "", "", "") for name in plan.inputs]
    for step in plan.steps:
        name = plain(layers_text(step.layers), options.unicode)
        weights = bytes_text(step.weight_bytes) if step.weight_bytes else ""
        work = bytes_text(step.workspace_bytes) if step.workspace_bytes else ""
        first, *others = step.outputs
        rows.append((name, kernel_text(step.kernel), buffers[first], share_text(step.macs, total), weights, work))
        rows += [(plain(other, options.unicode), "", buffers[other], "", "", "") for other in others]
    names, kernels, outputs, macs, weights_, work_ = zip(*rows, strict=True)
    return Grid(
        (
            GridColumn("step", names),
            GridColumn("kernel", kernels),
            GridColumn("output", tuple(_shape(buffer.shape) for buffer in outputs), goes=2),
            GridColumn("at", tuple("" if b.offset is None else exact(b.offset) for b in outputs), "right"),
            GridColumn("bytes", tuple(bytes_text(buffer.bytes) for buffer in outputs), "right"),
            GridColumn("weights", weights_, "right"),
            GridColumn("works in", work_, "right", goes=1),
            GridColumn("%M", macs, "right", goes=1),
        )
    )


def _shape(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def plan_json(plan: PlanFacts, options: Options) -> str:
    """Return the plan as JSON."""
    return json.dumps(plan_data(plan), indent=2, ensure_ascii=not options.unicode, allow_nan=False) + "\n"


def plan_data(plan: PlanFacts) -> dict[str, Any]:
    """Return the plan as plain data."""
    start, each = plan.workspace
    return {
        "schema": "cnnshape.plan/1",
        "model": plan.model,
        "source": plan.source,
        "dtype": plan.dtype,
        "symbols": dict(plan.sizes),
        "threads": plan.threads,
        "strict": plan.strict,
        "inputs": list(plan.inputs),
        "outputs": dict(plan.outputs),
        "steps": [
            {**asdict(step), "layers": list(step.layers), "inputs": list(step.inputs), "outputs": list(step.outputs)}
            for step in plan.steps
        ],
        "tensors": [{**asdict(row), "shape": list(row.shape), "view_of": row.view_of or None} for row in plan.buffers],
        "arena_bytes": plan.arena_bytes,
        "workspace": {"offset": start, "bytes": each, "threads": plan.threads},
        "weight_bytes": plan.weight_bytes,
        "strict_weight_bytes": plan.strict_weight_bytes,
        "stored_weight_bytes": plan.stored_weight_bytes,
        "needed_bytes": plan.needed_bytes,
    }
