"""The command `cnnshape`: finds the subcommand, loads it, and turns every failure into a message and an exit code."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from cnnshape.cli.options import debug_option, examples
from cnnshape.errors import CnnshapeError, Fault, UsageError

__all__ = ["cli", "main"]

COMMANDS = {
    "report": ("report:report", "Print the size table of a network and which inputs fit it."),
    "check": ("check:check", "Say what is wrong with a network, and which inputs fit it."),
    "explain": ("explain:explain", "Show how a size, a count or a receptive field comes about."),
    "solve": ("solve:solve", "Find which inputs fit, windows, and what a budget allows."),
    "run": ("run:run", "Run a network on NumPy: outputs, classes, time of each layer."),
    "draw": ("draw:draw", "Draw a network: its graph, architecture or maps as blocks."),
    "view": ("view:view", "Open the live page of a network and move its sizes."),
    "convert": ("convert:convert", "Write a network as a design file or an ONNX model."),
    "rule": ("rule:rule", "Explain an error code, with a bad and a good example."),
    "conv": ("calculators:conv", "Compute a convolution's output size, step by step."),
    "pool": ("calculators:pool", "Compute a pooling layer's output size, step by step."),
    "conv-transpose": ("calculators:conv_transpose", "Compute a transposed convolution's output size."),
    "zoo": ("zoo:zoo", "List published networks, or print one as a design file."),
    "schema": ("schema:schema", "Print the JSON Schema of design files."),
    "completion": ("completion:completion", "Print the completion script of a shell."),
}
_MEANT = {
    "convolution": "conv",
    "deconv": "conv-transpose",
    "deconvolution": "conv-transpose",
    "transposed-conv": "conv-transpose",
    "upconv": "conv-transpose",
    "maxpool": "pool",
    "max-pool": "pool",
    "avgpool": "pool",
    "avg-pool": "pool",
    "summary": "report",
    "table": "report",
    "show": "report",
    "validate": "check",
    "lint": "check",
    "why": "explain",
    "fit": "solve",
    "fits": "solve",
    "windows": "solve",
    **dict.fromkeys(("predict", "infer", "inference", "forward", "execute", "profile", "time", "benchmark"), "run"),
    **dict.fromkeys(("plot", "visualize", "visualise", "picture", "figure", "diagram", "graph", "svg"), "draw"),
    **dict.fromkeys(("open", "page", "html", "browse", "interactive"), "view"),
    **dict.fromkeys(("save", "export", "write", "onnx", "yaml", "translate"), "convert"),
    "list": "zoo",
    "models": "zoo",
    "networks": "zoo",
}
"""Words that other tools and textbooks have for a command."""
_MODEL = re.compile(
    r"(zoo:)?[a-z]+[a-z_-]*\d+\w*|.*\.(ya?ml|json|onnx|keras|pt2|pth?|py)|[\w./\\-]+:[A-Za-z_].*|.*[/\\].*|-"
)


class _Commands(click.Group):
    """Subcommands that are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        from importlib import import_module

        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(f"cnnshape.cli.{module}"), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("--"):
            raise _unknown(args)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])


def _unknown(args: list[str]) -> UsageError:
    from difflib import get_close_matches

    word = args[0]
    plain = word.lower().replace("_", "-")
    near = _MEANT.get(plain) or next(iter(get_close_matches(plain, COMMANDS, 1)), "")
    if near:
        fix = f"did you mean: cnnshape {' '.join([near, *args[1:]])}?"
    elif _MODEL.fullmatch(word):
        fix = f"did you mean: cnnshape report {' '.join(args)}?"
    else:
        fix = "list the commands with: cnnshape --help"
    return UsageError(
        f"there is no command {word!r}",
        code="CS002",
        got=word,
        rule=f"the commands are {', '.join(COMMANDS)}",
        fix=fix,
    )


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        from importlib.metadata import PackageNotFoundError, version

        try:
            found = version("cnnshape")
        except PackageNotFoundError:
            found = "(not installed)"
        click.echo(f"cnnshape {found}")
        ctx.exit()


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples(
        "cnnshape report net.yaml                   the size table",
        "cnnshape report net.yaml --input 3x256x256 the same at another size",
        "cnnshape report net.yaml --symbolic        the same as formulas",
        "cnnshape check net.yaml                    errors, and which inputs fit",
        "cnnshape conv 224 -k 7 -s 2 -p 3           the size after one layer",
    ),
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version and exit."
)
@debug_option
def cli() -> None:
    """Know every size, parameter, operation and receptive field of a convolutional network before it is trained."""


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command and leave with its exit code: 0 fine, 1 a finding, 2 usage or an input that cannot be read."""
    words = list(sys.argv[1:] if args is None else args)
    try:
        code = cli.main(words, prog_name="cnnshape", standalone_mode=False) or 0
        sys.stdout.flush()
    except BrokenPipeError:
        code = _pipe_closed()
    except KeyboardInterrupt:
        code = 130
    except Exception as error:  # noqa: BLE001  # no traceback reaches a user who did not ask for it
        code = _failed(error, words)
    sys.exit(code)


def _pipe_closed() -> int:
    # The reader has what it wanted; Python would complain once more when it flushes at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _failed(error: Exception, words: list[str]) -> int:
    if "--debug" in words:
        import traceback

        traceback.print_exception(error)
    if isinstance(error, click.exceptions.Abort):
        return 130
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        _say(error.ctx.get_help())
        return 2
    fault = fault_of(error)
    if _asks_for_json(words):
        import json

        from cnnshape.render.json import error_data

        try:
            print(json.dumps(error_data(fault), indent=2), flush=True)
        except OSError:
            return 2
    else:
        _say(f"error: {fault.text()}")
    return error.exit_code if isinstance(error, CnnshapeError) else 2


def fault_of(error: Exception) -> Fault:
    """Return any error as a fault with a code."""
    if isinstance(error, CnnshapeError):
        return error.fault
    if isinstance(error, click.ClickException):
        ctx, message = getattr(error, "ctx", None), error.format_message()
        return Fault(code="CS001", message=message, fix=_usage_fix(ctx, message, error))
    if isinstance(error, OSError):
        return Fault(code="CS008", message=error.strerror or str(error), place=str(error.filename or ""))
    if isinstance(error, MemoryError):
        return Fault(code="CS007", message="there is not enough memory")
    return Fault(
        code="CS000",
        message=f"{type(error).__name__}: {error}",
        rule="this is a fault of cnnshape, not yours",
        fix="report it with the output of the same command and --debug",
    )


def _usage_fix(ctx: click.Context | None, message: str, error: click.ClickException) -> str:
    """Return the call that was probably meant, else where the options are listed."""
    extra = re.search(r"extra arguments? \((.*)\)", message)
    sizes = re.findall(r"(?<!\S)\w+=\d+(?!\S)", extra[1]) if extra else []
    if sizes:
        return f"join sizes by commas: --set ...,{','.join(sizes)}"
    if ctx is None:
        return "cnnshape --help"
    if extra and ctx.info_name in ("conv", "pool", "conv-transpose"):
        numbers = zip(("-k", "-s", "-p"), extra[1].split(), strict=False)
        options = [] if ctx.params.get("kernel") else [word for pair in numbers for word in pair]
        return " ".join([ctx.command_path, str(ctx.params["size"]), *(options or ["-k", "3", "-s", "2", "-p", "1"])])
    if isinstance(error, click.MissingParameter) and error.param is not None and error.param.name == "model":
        return f"{ctx.command_path} net.yaml, or a published network: {ctx.command_path} resnet50"
    return f"{ctx.command_path} --help"


def _asks_for_json(words: Sequence[Any]) -> bool:
    pairs = zip(words, [*words[1:], ""], strict=True)
    return any(word == "--format=json" or (word in ("--format", "-f") and after == "json") for word, after in pairs)


def _say(message: str) -> None:
    encoding = getattr(sys.stderr, "encoding", None) or "ascii"
    try:
        print(message.encode(encoding, "backslashreplace").decode(encoding), file=sys.stderr, flush=True)
    except OSError:  # nobody reads it
        return
