"""`cnnshape schema`: the JSON Schema of design files."""

from __future__ import annotations

import json

import click

from cnnshape.cli.options import debug_option, output_option
from cnnshape.cli.output import emit

__all__ = ["schema"]


@click.command()
@output_option
@debug_option
def schema(output: str | None) -> int:
    """Print the JSON Schema of design files.

    An editor with the YAML language server completes and checks a design whose first line is
    "# yaml-language-server: $schema=design.schema.json".
    """
    from cnnshape.formats.design_file import design_schema

    emit(json.dumps(design_schema(), indent=2, ensure_ascii=True) + "\n", output)
    return 0
