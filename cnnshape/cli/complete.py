"""What a shell offers for a word that is begun: files, and the names that an option takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from click import Context, Parameter
    from click.shell_completion import CompletionItem

__all__ = ["codes", "columns", "conventions", "dtypes", "figures", "files", "networks", "sorts", "topics"]

Offer: TypeAlias = "Callable[[Context, Parameter, str], list[CompletionItem]]"


def files(_ctx: Context, _parameter: Parameter, begun: str) -> list[CompletionItem]:
    """Leave it to the shell, which knows the files."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(begun, type="file")]


def _one_of(names: Callable[[], Iterable[str]], *, several: bool = False) -> Offer:
    def offer(_ctx: Context, _parameter: Parameter, begun: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        before, comma, word = begun.rpartition(",") if several else ("", "", begun)
        return [CompletionItem(before + comma + name) for name in names() if name.lower().startswith(word.lower())]

    return offer


def _conventions() -> Iterable[str]:
    from cnnshape.analysis.conventions import CONVENTIONS

    return CONVENTIONS


def _dtypes() -> Iterable[str]:
    from cnnshape.analysis.memory import BITS

    return BITS


def _columns() -> Iterable[str]:
    from cnnshape.render.columns import COLUMNS

    return [column.name for column in COLUMNS]


def _sorts() -> Iterable[str]:
    from cnnshape.render.rows import SORTS

    return SORTS


def _codes() -> Iterable[str]:
    from cnnshape.codes import CODES

    return CODES


def _networks() -> Iterable[str]:
    from cnnshape.zoo.catalog import NETWORKS

    return NETWORKS


def _topics() -> Iterable[str]:
    from cnnshape.analysis.derivation.data import TOPICS

    return TOPICS


def _figures() -> Iterable[str]:
    from cnnshape.render.figures.lesson import FIGURES

    return FIGURES


conventions, dtypes, sorts, codes, networks = map(_one_of, (_conventions, _dtypes, _sorts, _codes, _networks))
figures = _one_of(_figures)
columns = _one_of(_columns, several=True)
topics = _one_of(_topics, several=True)


def models(ctx: Context, parameter: Parameter, begun: str) -> list[CompletionItem]:
    """Offer files, and the published networks that begin so."""
    return [*files(ctx, parameter, begun), *(networks(ctx, parameter, begun) if begun else ())]
