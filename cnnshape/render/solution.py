"""Which inputs fit, as lines to read and as JSON (schema ``cnnshape.solve/1``)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cnnshape.analysis.inverse.answer import Answer, Cause
from cnnshape.render.page import Page
from cnnshape.render.reading import sizes_text
from cnnshape.render.shapes import shape_text
from cnnshape.symbolic import Box, Dim, IntegerSet, Size, text

if TYPE_CHECKING:
    from cnnshape.analysis.fitting.solution import Relation
    from cnnshape.render.options import Options

__all__ = ["solution_data", "solution_json", "solution_text"]

_MOST_CAUSES = 8
_MOST_BOXES = 12
_LABEL = 10
_TOGETHER = ("CS216",)  # the layers that exclude one another are listed below anyway
_STYLES = {True: "green", False: "red", None: ""}


def solution_text(answer: Answer, options: Options, *, every: bool = False) -> str:
    """Return the answer in lines: the verdict, why, the nearest sizes, and all conditions with who asks for them.

    Parameters
    ----------
    answer : Answer
    options : how wide a line is, how the input was read, and whether colors and letters beyond ASCII show
    every : all boxes and all layers, not the first few
    """
    block = Page.of(options).block

    def row(label: str, words: str) -> list[str]:
        return block(f"{label:<{_LABEL}}{words}", indent=" " * _LABEL)

    out = block(f"{answer.network.name}: {_verdict(answer)}", _STYLES[answer.valid])
    out += block(options.read_as) if options.read_as else []
    for label, words in _headline(answer):
        out += row(label, words)
    for title, lines in _conditions(answer, every=every):
        out += ["", *block(title, "bold")]
        out += [line for words in lines for line in block(f"  {words}", indent=" " * 6)]
    tail = [line for label, words in _summary(answer) for line in row(label, words)]
    tail += [line for note in answer.notes for line in block(f"note: {note}")]
    return "".join(f"{line}\n" for line in (*out, *(["", *tail] if tail else [])))


def _verdict(answer: Answer) -> str:
    asked = _asked(answer)
    if answer.sizes:
        at = sizes_text(answer.sizes)
        return f"{at} {'fits' if answer.valid else 'may fit' if answer.valid is None else 'does not fit'}{asked}"
    if answer.valid is False:
        return f"no input fits{asked}"
    return f"inputs that fit{asked}"


def _asked(answer: Answer) -> str:
    """Return what is asked beside that the layers fit: ``, with the output 7x7``."""
    question = answer.question
    sizes = {name: "x".join(map(str, size)) for name, size in question.outputs.items()}
    outputs = [f"{size} at {name}" if name else f"the output {size}" for name, size in sizes.items()]
    words = [f"with {', '.join(outputs)}"] if outputs else []
    words += ["with outputs of the input's size"] if question.keep_size else []
    words += [f"with weights trained at {sizes_text(question.trained_at)}"] if question.trained_at else []
    return f", {' and '.join(words)}" if words else ""


def _headline(answer: Answer) -> Iterator[tuple[str, str]]:
    """Yield what the sizes at hand come to."""
    for error in answer.errors[:1]:
        first, *rest = str(error).splitlines()
        yield "why", first
        whatever = bool(answer.free.propagation.faults)  # wrong at all sizes: the conditions below are left out
        if whatever or (not answer.sizes and error.code not in _TOGETHER):
            yield from (("", line.strip()) for line in rest)
    if answer.nearest:
        yield "nearest", " or ".join(sizes_text(near) for near in answer.nearest)
    if answer.sizes and answer.complete and answer.valid:
        yield "output", ", ".join(shape_text(shape, answer.network.batch) for shape in answer.outputs.values())


def _conditions(answer: Answer, *, every: bool) -> Iterator[tuple[str, list[str]]]:
    """Yield each condition with the layers that ask for it."""
    if answer.free.propagation.faults:
        return
    coupled = [relation for relation in answer.relations if len(relation.boxes) > 1]
    split = {name for relation in coupled for name in relation.symbols}
    for relation in coupled:
        lines = _boxes(relation, every=every)
        coupling, *others = answer.causes(relation)
        lines += [coupling.asks, *_lines(others, (), every=every)]
        yield _first(relation), lines
    for names, causes in _groups(answer, split):
        title = ", ".join(answer.sets[name].text(name) for name in names)
        yield title, _lines(causes, names[1:], every=every)
    for relation in answer.relations:
        if not relation.boxes and (answer.sizes or answer.valid is not False):
            yield relation.text, _lines(answer.causes(relation), (), every=every, alone=False)
    if not answer.sets and not answer.relations and answer.valid:
        yield _anything(answer), []


def _anything(answer: Answer) -> str:
    free = _free(answer)
    if not free:
        return f"only {_fixed(answer)}: with H or another symbol in place of a number, others are solved for"
    assumed = " that is assumed" if answer.question.assumptions else ""
    return f"any {', '.join(free)}{assumed}"


def _free(answer: Answer) -> list[str]:
    network = answer.network
    given = {} if answer.complete else answer.sizes
    return [name for name in network.symbols if name != network.batch and name not in given]


def _fixed(answer: Answer) -> str:
    shapes = [node.declared for node in answer.network.inputs]
    return " and ".join(dict.fromkeys(shape_text(shape, answer.network.batch) for shape in shapes))


def _first(relation: Relation) -> str:
    return _box(relation.boxes[0])


def _box(box: Box) -> str:
    factors = f"({'x'.join(map(str, box.factors))}) " if all(box.factors) else ""
    return f"{factors}{box}"


def _boxes(relation: Relation, *, every: bool) -> list[str]:
    rest = relation.boxes[1:]
    if not every and len(rest) >= _MOST_BOXES:
        thin = all(not {1, -1}.isdisjoint(box.factors) for box in rest)
        return [f"or {len(rest)} {'thin' if thin else 'other'} shapes (--all lists them)"]
    return [f"or {_box(box)}" for box in rest]


def _groups(answer: Answer, split: set[str]) -> list[tuple[tuple[str, ...], Sequence[Cause]]]:
    """Return the symbols in no box, those together that are the same but for their names."""
    found: dict[object, tuple[list[str], Sequence[Cause]]] = {}
    for name, members in answer.sets.items():
        if name in split:
            continue
        causes = answer.because.get(name, ())
        key = members.text("?"), tuple((c.layer, _without(name, c.asks), _without(name, c.alone)) for c in causes)
        found.setdefault(key, ([], causes))[0].append(name)
    return [(tuple(names), causes) for names, causes in found.values()]


def _without(name: str, words: str) -> str:
    return re.sub(rf"\b{re.escape(name)}\b", "?", words)


def _lines(causes: Sequence[Cause], alike: Sequence[str], *, every: bool, alone: bool = True) -> list[str]:
    shown = causes if every else causes[:_MOST_CAUSES]
    lines = [
        f"{cause.asks}: {cause.alone}" if alone and cause.alone and cause.alone not in cause.asks else cause.asks
        for cause in shown
    ]
    if len(causes) > len(shown):
        lines.append(f"and {len(causes) - len(shown)} more layers (--all lists them)")
    return lines + ([f"the same for {', '.join(alike)}"] if alike and causes else [])


def _summary(answer: Answer) -> Iterator[tuple[str, str]]:
    if answer.valid is False:
        return
    if answer.square is not None and not answer.sizes:
        (first, second), equal = answer.square
        rest = [str(relation.boxes[0]) for relation in equal.relations if len(relation.boxes) > 1]
        split = {name for relation in equal.relations for name in relation.symbols if len(relation.boxes) > 1}
        rest += [members.text(name) for name, members in equal.sets.items() if name not in split]
        rest += [relation.text for relation in equal.relations if not relation.boxes]
        more = sum(len(relation.boxes) - 1 for relation in equal.relations if relation.boxes)
        words = ", ".join(rest) or f"any {first}"
        if equal.valid is False:
            words = "no size works"
        yield f"{first} = {second}", words + (f", and {more} other shape{'s' * (more != 1)}" if more else "")
    if answer.smallest and (answer.sets or answer.relations) and not (answer.sizes and answer.complete):
        yield "smallest", sizes_text(answer.smallest)


def solution_json(answer: Answer, read_as: str = "") -> str:
    """Return the answer as JSON, schema ``cnnshape.solve/1``."""
    return json.dumps(solution_data(answer, read_as), indent=2) + "\n"


def solution_data(answer: Answer, read_as: str = "") -> dict[str, Any]:
    """Return the answer as plain data; every box and every layer is in it."""
    question = answer.question
    square = answer.square if not answer.sizes else None
    return {
        "schema": "cnnshape.solve/1",
        "model": answer.network.name,
        "source": answer.network.source,
        "question": {
            "outputs": {name: list(size) for name, size in question.outputs.items()},
            "trained_at": dict(question.trained_at),
            "keep_size": question.keep_size,
            "assume": [str(each) for each in question.assumptions],
        },
        "symbols": {name: answer.sizes.get(name) for name in answer.network.symbols},
        "valid": answer.valid,
        "sets": [
            {**_set(members.named(name)), "because": [_cause(cause) for cause in answer.because.get(name, ())]}
            for name, members in answer.sets.items()
        ],
        "relations": [
            {
                "symbols": list(relation.symbols),
                "text": relation.text,
                "boxes": [
                    {"factors": list(box.factors), "sets": [_set(each) for each in box.sets]} for box in relation.boxes
                ],
                "because": [_cause(cause) for cause in answer.causes(relation)],
            }
            for relation in answer.relations
        ],
        "square": None
        if square is None
        else {"symbols": list(square[0]), "sets": [_set(each.named(name)) for name, each in square[1].sets.items()]},
        "smallest": None if answer.smallest is None else dict(answer.smallest),
        "nearest": [dict(near) for near in answer.nearest],
        "outputs": [
            {"name": name, "shape": [_number(size) for size in shape]} for name, shape in answer.outputs.items()
        ],
        "errors": [
            {"code": e.code, "layer": e.fault.node, "message": e.fault.message, "fix": e.fault.fix}
            for e in answer.errors
        ],
        "notes": [*([read_as] if read_as else []), *answer.notes],
    }


def _set(members: IntegerSet) -> dict[str, Any]:
    return {
        "symbol": members.symbol,
        "text": str(members),
        "intervals": [list(piece) for piece in members.head],
        "start": members.start,
        "period": members.period,
        "residues": list(members.residues),
    }


def _cause(cause: Cause) -> dict[str, str]:
    return {"layer": cause.layer, "asks": cause.asks, "alone": cause.alone}


def _number(size: Size) -> int | str:
    return text(size) if isinstance(size, Dim) else size
