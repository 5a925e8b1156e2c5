"""What a figure says of itself: its legend, its description, and what is told to the one who asked for it."""

from __future__ import annotations

from cnnshape.render.figures.blocks.legend import Entry, arc_entry, dash_entry, role_entry, words_entry
from cnnshape.render.figures.blocks.presets import Sheet
from cnnshape.render.figures.blocks.subject import Scheme, Subject
from cnnshape.render.figures.options import DrawOptions
from cnnshape.render.palette import ROLES

__all__ = ["description", "fault_lines", "legend_entries", "legend_lines", "notes"]

_SCALES = {"log": "logarithmic", "sqrt": "square-root", "linear": "linear"}
_MOST_FAULTS = 3
_AXES = {1: "length", 2: "height × width", 3: "time × height × width"}


def legend_entries(subject: Subject, scheme: Scheme, options: DrawOptions, sheet: Sheet) -> list[Entry]:
    """Return the signs that a legend explains: only what is there."""
    sizes, plan = subject.sizes, scheme.plan
    roles = {role for stage in plan.stages for role, _ in (stage.parts or ((stage.role, 0),))}
    entries = [role_entry(role, options.palette, sheet) for role in ROLES if role in roles and role != "io"]
    if any(any(stage.slices) for stage in plan.stages):
        entries.append(arc_entry("residual connection", sheet))
    if plan.skips or plan.copies:
        entries.append(dash_entry("skip connection", sheet, dashed=bool(plan.copies)))
    axes = {len(sizes.extent(stage.last).space) for stage in plan.stages} - {0}
    maps = [stage for stage in plan.stages[1:] if sizes.extent(stage.last).space]
    example = next((stage for stage in maps if len({*map(sizes.space, stage.maps)}) == 1), (*maps, plan.stages[0])[0])
    channels, space = sizes.channels(example.first, example.last), sizes.spaces(example.maps)
    if channels != "?" and space and space != "?":
        entries.append(words_entry(channels, "channels", sheet, bold=True))
        shown = scheme.letters.get(space, space)
        entries.append(words_entry(shown, _AXES.get(max(axes), "sizes"), sheet, bold=False))
    return entries


def legend_lines(subject: Subject, scheme: Scheme) -> list[str]:
    """Return what names and letters in sizes stand for."""
    return [*(f"{letter} = {space}" for space, letter in scheme.letters.items()), *subject.sizes.legend]


def fault_lines(subject: Subject) -> list[str]:
    """Return what does not fit, the first of several, as sentences with the name of the layer."""
    return [f"{error.code} {error.layer}: {error.message}" for error in subject.facts.errors[:_MOST_FAULTS]]


def description(subject: Subject, scheme: Scheme, rows: int, scale: str) -> str:
    """Return what the figure shows, and by what scale."""
    plan = scheme.plan
    form = "from left to right" if scheme.levels is None else "in the shape of a U"
    meant = "height and depth stand for the height and width of the maps, thickness for their channels"
    said = [f"{len(plan.stages)} blocks, {form}: {meant}, by a {_SCALES[scale]} scale."]
    if any(len(stage.slices) > 1 for stage in plan.stages):
        said.append("White lines divide repeats; so many make a block thicker by the square root of their number.")
    said += [f"{note[0].upper()}{note[1:]}." for note in notes(scheme, rows)]
    if subject.put_in:
        said.append(f"Drawn at {', '.join(f'{name} = {size}' for name, size in subject.put_in.items())}.")
    said += [f"{message[0].upper()}{message[1:]}." for message in subject.faults.values() if message]
    return " ".join(said)


def notes(scheme: Scheme, rows: int) -> tuple[str, ...]:
    """Return what was done so that the figure has room."""
    found = [scheme.plan.said] if scheme.plan.said else []
    if rows > 1:
        found.append(f"the blocks continue over {rows} rows")
    if rows > 1 and (scheme.plan.skips or scheme.plan.copies):
        found.append("shortcuts from one row to another are left out")
    return tuple(found)
