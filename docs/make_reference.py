"""Write the reference of the layers from the docstrings of the catalogue, and that of the zoo from its networks.

``python docs/make_reference.py`` names the pages that are not current; with ``--update`` it writes them.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnshape.layers.base import Entry, Example, Spec

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "reference"
INDEX = "layers.md"
NOTE = "<!-- Written by docs/make_reference.py from the docstrings; change those. -->"
INTRODUCTION = """\
A design file uses the design name or an alias, Python the class (`from cnnshape import layers as L`); the arguments are
the same. Case and underscores are ignored when a name is looked up. A rank in the name (`conv2d`, `L.Conv2d`) is asked
of the input. The pages of the families count MACs for a batch of N."""
ZOO_NOTE = "<!-- Written by docs/make_reference.py from the networks of the zoo; change those. -->"
ZOO_INTRODUCTION = """\
A name is a model everywhere: `cnnshape report resnet50`, `cs.load("resnet50")`; arguments follow in brackets, as in
`"resnet50(num_classes=10)"`, and Python has each as a function, `cs.zoo.resnet50(num_classes=10)`. `cnnshape zoo
resnet50` prints a design file to start from. GMACs are 10^9 multiply-adds of one input of the size shown; all figures
beside *published* are computed."""

_SPECIAL = re.compile(r"([\\*<|]|(?<![A-Za-z0-9])_)")
_AS_IT_STANDS = re.compile(r"Shape:|Formulas:|={3}")


def reference() -> dict[str, str]:
    """Return the pages of the reference: file name -> text."""
    from cnnshape.layers.catalog import ENTRIES

    families: dict[str, list[Entry]] = {}
    for entry in ENTRIES:
        families.setdefault(entry.layer.__module__.split(".")[2], []).append(entry)
    pages = {f"{name}.md": _family(name, rows) for name, rows in families.items()}
    return {INDEX: _index(families), **pages, "zoo.md": _zoo()}


def _zoo() -> str:
    from cnnshape.zoo import networks
    from cnnshape.zoo.figures import figures
    from cnnshape.zoo.table import markdown

    found = [figures(entry) for entry in networks()]
    head = [ZOO_NOTE, "", "# Zoo", "", f"{len(found)} published networks. {ZOO_INTRODUCTION}", ""]
    return "\n".join([*head, markdown(found)])


def _index(families: Mapping[str, list[Entry]]) -> str:
    count = sum(map(len, families.values()))
    lines = [
        NOTE,
        "",
        "# Layers",
        "",
        f"{count} layers in {len(families)} families. {INTRODUCTION}",
    ]
    for family, entries in families.items():
        lines += ["", f"## [{family}]({family}.md)", "", _title(family), ""]
        lines += ["| design name | class | aliases | what it is |", "|---|---|---|---|"]
        for entry in entries:
            name = entry.layer.__name__
            aliases = ", ".join(f"`{alias}`" for alias in entry.aliases)
            summary = _escaped(_sections(entry.layer)[""][0])
            lines.append(f"| `{entry.name}` | [{name}]({family}.md#{name.lower()}) | {aliases} | {summary} |")
    return "\n".join([*lines, ""])


def _family(family: str, entries: list[Entry]) -> str:
    lines = [NOTE, "", f"# {family}", "", _title(family), "", f"All families: [layers]({INDEX})."]
    for entry in entries:
        lines += _layer(entry)
    return "\n".join([*lines, ""])


def _title(family: str) -> str:
    return _escaped(inspect.getdoc(import_module(f"cnnshape.layers.{family}")) or "")


def _layer(entry: Entry) -> Iterator[str]:
    """Yield the lines of one layer."""
    sections = _sections(entry.layer)
    summary, *rest = sections.pop("")
    names = ", ".join(f"`{name}`" for name in (entry.name, *entry.aliases))
    yield from ("", f"## {entry.layer.__name__}", "", _escaped(summary), "")
    yield f"In a design file: {names}. In Python: `{_call(entry.layer)}`."
    for paragraph in rest:
        yield from _paragraph(paragraph)
    for title, body in sections.items():
        if title == "Examples":  # doctests of the contract; the cases below say the same at a glance
            continue
        yield from ("", f"**{title}**")
        if title in ("Parameters", "Raises"):
            yield from ("", *_items(body, " : " if title == "Parameters" else "\n"))
        elif title == "References":
            yield from ("", *(f"- {_escaped(item)}" for item in _numbered(body)))
        else:
            for paragraph in _paragraphs(body):
                yield from _paragraph(paragraph)
    yield from ("", "**Cases**", "")
    yield from ("| layer | inputs | outputs | parameters | MACs |", "|---|---|---|--:|--:|")
    yield from dict.fromkeys(map(_case, _telling(entry.layer.examples())))


def _paragraph(words: str) -> tuple[str, ...]:
    return ("", "```text", *words.splitlines(), "```") if _AS_IT_STANDS.match(words) else ("", _escaped(words))


def _telling(examples: Sequence[Example]) -> Iterator[Example]:
    """Yield the examples, but a layer that keeps every shape only once."""
    shown = set()
    for example in examples:
        if example.layer in shown and len(example.inputs) == 1 and _outputs(example) == example.inputs:
            continue
        shown.add(example.layer)
        yield example


def _outputs(example: Example) -> tuple[Spec, ...]:
    from cnnshape.layers.base import Context

    return example.layer.outputs(example.inputs, Context())


def _case(example: Example) -> str:
    """Return a row: a layer, what enters it, what leaves it, what it owns and does."""
    from cnnshape.symbolic import product, text, total

    layer, inputs, outputs = example.layer, example.inputs, _outputs(example)
    params = total(product(weight.shape) for weight in layer.weights(inputs).values() if weight.trainable)
    cells = [
        repr(layer),
        " and ".join(map(str, inputs)),
        " and ".join(map(str, outputs)),
        text(params),
        text(layer.work(inputs, outputs).macs),
    ]
    return f"| {' | '.join(f'`{cell}`' if cell != '0' else cell for cell in cells)} |"


def _sections(layer: type) -> dict[str, list[str]]:
    """Return the docstring: under "" its first paragraphs, under each title the lines below it."""
    lines = (inspect.getdoc(layer) or "").splitlines()
    starts = [i for i, line in enumerate(lines[1:]) if re.fullmatch(r"-{3,}", line)]
    found = {"": _paragraphs(lines[: starts[0]] if starts else lines)}
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        body = "\n".join(lines[start + 2 : end]).strip("\n")
        found[lines[start]] = body.splitlines()
    return found


def _paragraphs(lines: list[str]) -> list[str]:
    """Return the paragraphs; formulas and tables keep their lines, all else becomes one line."""
    blocks = [block.strip("\n") for block in re.split(r"\n\s*\n", "\n".join(lines)) if block.strip()]
    return [block if _AS_IT_STANDS.match(block) else " ".join(block.split()) for block in blocks]


def _items(body: list[str], mark: str) -> Iterator[str]:
    """Yield a list item for each entry; the lines below an entry that are indented belong to it."""
    for block in re.split(r"\n(?=\S)", "\n".join(body)):
        name, _, words = block.partition(mark)
        yield f"- {', '.join(f'`{part}`' for part in name.split(', '))}: {_escaped(' '.join(words.split()))}"


def _numbered(body: list[str]) -> Iterator[str]:
    for block in re.split(r"\n(?=\[)", "\n".join(body)):
        yield re.sub(r"^\[\d+\]\s*", "", " ".join(block.split()))


def _call(layer: type) -> str:
    """Return how the layer is made: `Conv(out_channels, *, kernel_size, stride=1, ...)`."""
    words = []
    for field in fields(layer):
        if field.kw_only and "*" not in words:
            words.append("*")
        words.append(field.name if field.default is MISSING else f"{field.name}={field.default!r}")
    return f"{layer.__name__}({', '.join(words)})"


def _escaped(text: str) -> str:
    """Return text as Markdown shows it letter by letter; what stands in backticks stays code."""
    parts = re.split(r"(``[^`]+``|`[^`]+`|https?://\S+)", text)
    return "".join(part if i % 2 else _SPECIAL.sub(r"\\\1", part) for i, part in enumerate(parts))


def main() -> int:
    """Compare the pages, or write them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--update", action="store_true", help="write the pages that are not current")
    asked = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    wanted = reference()
    kept = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    stale = sorted(name for name in {*wanted, *kept} if wanted.get(name) != kept.get(name))
    for name in stale:
        print(f"{FOLDER.relative_to(ROOT) / name}: {'written' if asked.update else 'not current'}")
        if asked.update and name in wanted:
            (FOLDER / name).write_text(wanted[name], encoding="utf-8")
        elif asked.update:
            (FOLDER / name).unlink()
    return 1 if stale and not asked.update else 0


if __name__ == "__main__":
    sys.exit(main())
