"""How the shape of a layer's output comes about."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from cnnshape.analysis.derivation.axes import Axis, Origin, axes_of, gone
from cnnshape.analysis.derivation.data import Part, Step, Topic, times
from cnnshape.layers.base import Layer, Spec, shape_text
from cnnshape.symbolic import Dim, Size, product, symbols, text

__all__ = ["size_topic"]

_LONGEST = 60
_POSITIONS = {"H": ("row", "rows"), "W": ("column", "columns"), "D": ("slice", "slices")}


def size_topic(layer: Layer, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...], free: Sequence[Spec] = ()) -> Topic:
    """Return how the shapes of a layer's outputs come about.

    Parameters
    ----------
    layer : Layer
    inputs, outputs : its specs
    free : the outputs while all sizes are free, to say what holds for every size; empty: nothing is said
    """
    shapes = list(dict.fromkeys(spec.shape for spec in outputs))
    rules: dict[str, None] = {}
    letters: dict[str, str] = {}
    lines: list[Step] = []
    if len(inputs) > 1:
        lines += [Step(f"input {i + 1}", (), shape_text(spec.shape)) for i, spec in enumerate(inputs)]
    for shape in shapes:
        place = next(i for i, spec in enumerate(outputs) if spec.shape == shape)
        made = outputs[place]
        if len(outputs) > 1:
            named = [str(i) for i, spec in enumerate(outputs) if spec.shape == shape]
            lines.append(Step(f"output {', '.join(named)}", (), shape_text(shape)))
        wanted = free[place].shape if len(free) > place else ()
        for step, rule, known in _grouped(axes_of(layer, inputs, made, place), wanted):
            lines += step
            rules |= dict.fromkeys(rule)
            letters |= dict(known)
        lines += _elements(inputs, made)
        lost = gone(layer, inputs, made)
        if lost:
            lines.append(Step(", ".join(lost), (), "gone: all positions become one value"))
    before = f"{len(inputs)} inputs" if len(inputs) > 1 else "".join(shape_text(spec.shape) for spec in inputs)
    after = " and ".join(map(shape_text, shapes))
    return Topic(
        "size",
        "size of the output",
        f"{before} -> {after}" if inputs else after,
        tuple(rules),
        tuple(letters.items()),
        steps=tuple(lines),
    )


Named = tuple[tuple[str, str], ...]


def _grouped(
    axes: Iterable[tuple[Axis, Origin]], free: Sequence[Size]
) -> Iterable[tuple[list[Step], tuple[str, ...], Named]]:
    """Yield the lines of each axis, those of axes that come about alike together, and last the axes that stay."""
    kept: list[str] = []
    groups: dict[tuple[object, ...], list[tuple[Axis, Origin]]] = {}
    for axis, origin in axes:
        if origin.kept:
            kept.append(axis.name)
            continue
        chains = tuple((tuple(map(_unnamed(axis), step.chain)), _unnamed(axis)(step.words)) for step in origin.steps)
        moved = axis.old if axis.old != axis.place and not origin.rules else None
        groups.setdefault((origin.rules, chains, moved), []).append((axis, origin))
    for rows in groups.values():
        names = [axis.name for axis, _ in rows]
        origin = rows[0][1]
        one, many = _called(names)
        first, *rest = [Step(s.label, s.chain, s.words.format(one=one, many=many)) for s in origin.steps]
        lines = [Step(", ".join(names), first.chain, first.words), *rest]
        for axis, _ in rows[1:]:
            if axis.size != rows[0][0].size:
                lines.append(Step("", (axis.size,), f"in the same way along {axis.name}"))
        for axis, _ in rows:
            wanted = free[axis.place] if axis.place < len(free) else axis.size
            if isinstance(wanted, Dim) and wanted != axis.size and len(text(wanted)) <= _LONGEST:
                lines.append(Step(f"every {', '.join(sorted(symbols(wanted)))}", (wanted,)))
        yield lines, origin.rules, origin.letters
    if kept:
        yield [Step(", ".join(kept), (), "as in the input")], (), ()


def _unnamed(axis: Axis) -> Callable[[Part], str]:
    """Return what makes texts alike that differ in the symbol of the axis alone."""
    names = symbols(axis.before[0]) if axis.before else frozenset()
    word = re.compile(rf"\b{re.escape(next(iter(names)))}\b") if len(names) == 1 else None
    return lambda part: word.sub("x", str(part)) if word else str(part)


def _called(names: Sequence[str]) -> tuple[str, str]:
    if len(names) == 1:
        return _POSITIONS.get(names[0], ("position", "positions"))
    return "pixel", "pixels"


def _elements(inputs: Sequence[Spec], made: Spec) -> list[Step]:
    """Return the line that says that no element is lost, where several axes changed and their product did not."""
    if len(inputs) != 1 or len(inputs[0].shape) > len(made.shape):
        return []
    before, after = inputs[0].shape, made.shape
    if before[:1] == after[:1]:
        before, after = before[1:], after[1:]
    changed = [size for size in before if size not in after], [size for size in after if size not in before]
    if not all(changed) or sum(map(len, changed)) < 3 or product(before) != product(after):
        return []
    return [Step("elements", (times(*before), times(*after), product(after)), "none is lost")]
