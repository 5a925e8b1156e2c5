"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from cnnshape.cli import complete

__all__ = [
    "asked_sizes",
    "color_option",
    "debug_option",
    "examples",
    "model_argument",
    "numbers_only",
    "output_option",
    "sizes_only",
    "width_option",
]

F = TypeVar("F", bound=Callable[..., Any])

model_argument = click.argument("model", metavar="MODEL", shell_complete=complete.models)
debug_option = click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
output_option = click.option(
    "-o",
    "--output",
    metavar="FILE",
    shell_complete=complete.files,
    help="Write to a file, which is replaced as a whole.",
)
color_option = click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Default: auto, on a terminal."
)
width_option = click.option(
    "--line-width",
    type=click.IntRange(min=20),
    metavar="N",
    help="Fit lines to N characters. Default: the terminal's width; no limit in a pipe.",
)
_SIZES = (
    click.option(
        "--input",
        "inputs",
        multiple=True,
        metavar="SIZES",
        help="The input: 3x224x224; 3,H,W; 224x320 for its space axes; image=3x224x224 if there are several.",
    ),
    click.option("--set", "settings", multiple=True, metavar="H=224,W=224", help="Sizes of symbols; repeatable."),
    click.option("--symbolic", is_flag=True, help="Leave out the file's default sizes: formulas."),
    click.option(
        "--assume",
        multiple=True,
        metavar="CONDITIONS",
        help='What sizes may be: "H % 32 == 0, 224 <= H <= 1024"; repeatable.',
    ),
)
_COUNTING = (
    click.option(
        "--convention",
        default="torchvision",
        metavar="NAME",
        shell_complete=complete.conventions,
        help="How MACs are counted: torchvision (default), fvcore, timm, thop, ptflops, keras.",
    ),
    click.option(
        "--dtype",
        default="float32",
        metavar="TYPE",
        shell_complete=complete.dtypes,
        help="What numbers are stored as: float32 (default) ... int4.",
    ),
)


def asked_sizes(command: F) -> F:
    """Give a command the options that say at which sizes it looks at the model, and how it counts."""
    for option in reversed((*_SIZES, *_COUNTING)):
        command = option(command)
    return command


def sizes_only(command: F) -> F:
    """Give a command that counts nothing what `asked_sizes` gives, without how to count."""
    for option in reversed(_SIZES):
        command = option(command)
    return command


def numbers_only(command: F) -> F:
    """Give a command that needs every size as a number what `sizes_only` gives, without what leaves sizes free."""
    for option in reversed(_SIZES[:2]):
        command = option(command)
    return command


def examples(*lines: str) -> str:
    """Return the end of a help page: commands to copy, as they are."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
