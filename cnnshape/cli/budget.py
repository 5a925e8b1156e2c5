"""`cnnshape solve --for`: the largest value within a budget."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import click

from cnnshape.cli import complete
from cnnshape.cli.model import read_model
from cnnshape.cli.sizes import sizes_of
from cnnshape.cli.terminal import note
from cnnshape.errors import UsageError
from cnnshape.render.options import Options

__all__ = ["OF_BUDGETS", "asks_for_budget", "budget_options", "within_budget"]

OF_BUDGETS = {"over": "--for", "max_params": "--max-params", "max_macs": "--max-macs", "max_memory": "--max-memory"}
_LIMITS = ("max_params", "max_macs", "max_memory")
_COUNTING = {"convention": "--convention", "dtype": "--dtype"}
_OTHER = {
    "assume": "--assume", "wanted": "--output", "trained_at": "--trained-at", "keep_size": "--keep-size",
    "every": "--all",
}  # fmt: skip

_OPTIONS = (
    click.option(
        "--for",
        "over",
        metavar="NAME",
        help="The largest value of an argument of a published network (width_mult, depth, ...), or of a symbol, within "
        "these limits: ...",
    ),
    click.option("--max-params", metavar="N", help="... parameters: 5M, 3500000."),
    click.option("--max-macs", metavar="N", help="... multiply-adds of one input: 600M, 4.1G."),
    click.option("--max-memory", metavar="BYTES", help="... weights and the most activations at once: 300MB, 64MiB."),
    click.option(
        "--convention",
        metavar="NAME",
        shell_complete=complete.conventions,
        help="With --max-macs: how they are counted. Default: torchvision.",
    ),
    click.option(
        "--dtype",
        metavar="TYPE",
        shell_complete=complete.dtypes,
        help="With --max-memory: what numbers are stored as. Default: float32.",
    ),
)


def budget_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that ask for the largest value within a budget."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def asks_for_budget(asked: dict[str, Any]) -> bool:
    """Tell whether the options ask for a budget.

    Raises
    ------
    UsageError
        CS001, options that ask something else, or that lack a part.
    """
    limits = [OF_BUDGETS[name] for name in _LIMITS if asked[name] is not None]
    counting = [option for name, option in _COUNTING.items() if asked[name] is not None]
    if asked["over"] is None and limits:
        raise UsageError(
            f"{limits[0]} {asked[limits[0][2:].replace('-', '_')]}: what may change to stay within it?",
            rule="--for names an argument of a published network, or a symbol of any network",
            fix=f"--for width_mult {limits[0]} ..., or for one network as it is: cnnshape report MODEL",
        )
    if asked["over"] is None and counting:
        raise UsageError(
            f"{counting[0]} counts nothing here",
            rule=f"{counting[0]} goes with --for and a limit",
            fix=f"leave {counting[0]} out",
        )
    if asked["over"] is None:
        return False
    others = [option for name, option in _OTHER.items() if asked.get(name)]
    if others:
        raise UsageError(
            f"{others[0]} and --for are two questions",
            rule="the largest value within a budget is asked for by itself, at sizes by --set and --input",
            fix=f"leave {others[0]} out",
        )
    return True


def within_budget(model: str, asked: dict[str, Any], options: Callable[[str], Options], form: str) -> tuple[int, str]:
    """Return the exit code and the answer."""
    from cnnshape.analysis.inverse.budget import Terms
    from cnnshape.api.budgets import affordable, limits_of
    from cnnshape.api.models import is_zoo_name
    from cnnshape.render.budget import budget_json, budget_text

    limits = limits_of([asked[name] for name in _LIMITS], [OF_BUDGETS[name] for name in _LIMITS])
    published = model != "-" and is_zoo_name(model)
    network = None if published and not (asked["inputs"] or asked["settings"]) else read_model(model, asked["inputs"])
    given = {}
    if network is not None:
        sizes = sizes_of(network, asked["inputs"], asked["settings"], symbolic=True)
        for words in sizes.notes:
            note(words)
        given = dict(sizes.values)
    terms = Terms(MappingProxyType(given), asked["convention"] or "torchvision", asked["dtype"] or "float32")
    found = affordable(model if published else network, asked["over"], limits, terms, label=model)
    text = budget_json(found) if form == "json" else budget_text(found, options(""))
    return 0 if found.best is not None else 1, text
