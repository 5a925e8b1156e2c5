"""`cnnshape completion`: what a shell needs to complete commands and options."""

from __future__ import annotations

import click

from cnnshape.cli.options import debug_option, examples
from cnnshape.cli.output import emit

__all__ = ["completion"]


@click.command(
    epilog=examples(
        'eval "$(cnnshape completion bash)"       in ~/.bashrc',
        'eval "$(cnnshape completion zsh)"        in ~/.zshrc',
        "cnnshape completion fish > ~/.config/fish/completions/cnnshape.fish",
    ),
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@debug_option
def completion(shell: str) -> int:
    """Print the script that completes commands, options and files in SHELL."""
    from click.shell_completion import get_completion_class

    from cnnshape.cli.main import cli

    found = get_completion_class(shell)
    assert found is not None, shell
    script = found(cli, {}, "cnnshape", "_CNNSHAPE_COMPLETE")
    emit(script.source_template % script.source_vars() + "\n", None)
    return 0
