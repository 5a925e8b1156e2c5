"""`cnnshape zoo`: the list of published networks, or one of them as a design to start from."""

from __future__ import annotations

import json
import sys
from fnmatch import fnmatchcase

import click

from cnnshape.cli import complete
from cnnshape.cli.busy import busy
from cnnshape.cli.options import debug_option, examples, output_option, width_option
from cnnshape.cli.output import emit
from cnnshape.cli.terminal import note, terminal
from cnnshape.errors import UsageError

__all__ = ["zoo"]

_SCHEMA = "# yaml-language-server: $schema=design.schema.json\n"


@click.command(
    epilog=examples(
        "cnnshape zoo",
        'cnnshape zoo "mobilenet*"',
        "cnnshape zoo resnet50 > mine.yaml",
        'cnnshape zoo "resnet50(num_classes=10, in_channels=1)" -o mine.yaml',
    ),
)
@click.argument("name", metavar="[NAME]", default="", shell_complete=complete.networks)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "markdown", "yaml", "json"]),
    help="Of the list: table (default), markdown, json. Of a design: yaml (default), json.",
)
@width_option
@output_option
@debug_option
def zoo(name: str, form: str | None, output: str | None, line_width: int | None) -> int:
    """List the published networks, or print the one called NAME as a design file.

    The list shows computed and published figures side by side; NAME with * or ? lists what it matches. Arguments of
    the builder may follow a name in brackets; the first lines of the design say which there are.
    """
    if name and not set(name.partition("(")[0]) & set("*?["):
        emit(_design(name, form or ("json" if (output or "").endswith(".json") else "yaml")), output)
        return 0
    from cnnshape.zoo import networks
    from cnnshape.zoo.figures import figures
    from cnnshape.zoo.table import data, markdown, text

    wanted = [each for each in networks() if fnmatchcase(each.name, name or "*")]
    if not wanted:
        raise UsageError(
            f"no network of the zoo is called {name}", code="CS009", got=name, rule="* stands for any letters",
            fix="list them all with: cnnshape zoo",
        )  # fmt: skip
    with busy("computing the figures"):
        found = [figures(each) for each in wanted]
    place = terminal(sys.stdout, width=line_width)
    if form == "json":
        emit(json.dumps(data(found), indent=2) + "\n", output)
    elif form == "markdown":
        emit(markdown(found), output)
    elif form == "yaml":
        raise UsageError("a list is no design", rule="--format yaml is for one network", fix="cnnshape zoo resnet50")
    else:
        emit(text(found, place.width, place.unicode or output is not None), output)
    return 0


def _design(name: str, form: str) -> str:
    """Return a network of the zoo as a design file, headed by what it is."""
    from cnnshape.formats.design_file import dump_design
    from cnnshape.zoo import build
    from cnnshape.zoo.catalog import entry, parse_call

    if form not in ("yaml", "json"):
        raise UsageError(f"a design is not written as {form}", rule="a design is yaml or json", fix="--format yaml")
    plain, given = parse_call(name.removeprefix("zoo:"))
    found = entry(plain)
    text = dump_design(build(name), "json" if form == "json" else "yaml")
    options = ", ".join(f"{key}={value!r}" for key, value in {**found.options, **given}.items())
    head = [f"{plain}: {found.reference}", f"built with {plain}({options})"]
    if form == "json":
        for line in head:
            note(line)
        return text
    return _SCHEMA + "".join(f"# {line}\n" for line in head) + text
