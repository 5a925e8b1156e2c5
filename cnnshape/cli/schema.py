"""`cnnshape schema`: the JSON Schema of design files."""

from __future__ import annotations

import json

import click

from cnnshape.cli.options import debug_option, output_option
from cnnshape.cli.output import emit

__all__ = ["schema"]


@click.command()
@click.option("--layers", is_flag=True, help="List the layers instead: one a line, with its other names.")
@output_option
@debug_option
def schema(layers: bool, output: str | None) -> int:
    """Print the JSON Schema of design files.

    An editor with the YAML language server completes and checks a design whose first line is
    "# yaml-language-server: $schema=design.schema.json".
    """
    if layers:
        emit(_names(), output)
        return 0
    from cnnshape.formats.design_file import design_schema

    emit(json.dumps(design_schema(), indent=2, ensure_ascii=True) + "\n", output)
    return 0


def _names() -> str:
    from cnnshape.layers.catalog import ENTRIES

    rows = [(entry.name, ", ".join(entry.aliases)) for entry in ENTRIES if entry.name not in ("input", "output")]
    widest = max(len(name) for name, _ in rows)
    return "".join(f"{name:{widest}}  {others}".rstrip() + "\n" for name, others in rows)
