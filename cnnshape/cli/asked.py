"""What the options of `solve` ask: sizes of outputs, sizes of training, and windows to choose from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cnnshape.cli.sizes import SEPARATOR, sizes_of
from cnnshape.errors import FormulaError, UsageError
from cnnshape.symbolic import Assumption, Size, parse

if TYPE_CHECKING:
    from cnnshape.analysis.inverse.questions import Question
    from cnnshape.analysis.inverse.windows import Choices
    from cnnshape.graph.network import Network

__all__ = ["asked_choices", "asked_question", "one_size"]

_MOST = 10_000
_CHOICE = re.compile(r"(\d{1,6})(?:\.\.(\d{1,6}))?")


def asked_question(
    network: Network, wanted: Sequence[str], trained_at: str | None, *, keep_size: bool, assume: Sequence[Assumption]
) -> Question:
    """Return the question that the options ask.

    Raises
    ------
    UsageError
        CS001 or CS004, a size that is none, or that the network does not have.
    """
    from cnnshape.analysis.inverse.questions import Question

    outputs: dict[str, tuple[int, ...]] = {}
    for entry in wanted:
        name, _, words = entry.rpartition("=")
        if outputs.setdefault(name, sizes := _sizes(words, f"--output {entry}")) != sizes:
            raise UsageError(
                f"--output {entry}: the output has two sizes",
                rule="one size for each output",
                fix="name the outputs: --output NAME=7x7",
            )
    return Question(outputs, _trained_at(network, trained_at), keep_size, tuple(assume))


def _trained_at(network: Network, words: str | None) -> dict[str, int]:
    from cnnshape.analysis.inverse.questions import space_sizes

    if words is None:
        return {}
    if "=" not in words:
        return space_sizes(network, _sizes(words, f"--trained-at {words}"))
    try:
        return dict(sizes_of(network, (), (words,), symbolic=True).values)
    except UsageError as error:
        message, fix = (part.replace("--set", "--trained-at") for part in (error.fault.message, error.fault.fix))
        raise error.at(message=message, fix=fix) from None


def _sizes(words: str, option: str) -> tuple[int, ...]:
    parts = [part.strip() for part in re.split(SEPARATOR, words)]
    if not all(re.fullmatch(r"\d{1,18}", part) and int(part) > 0 for part in parts):
        raise UsageError(
            f"{option}: {words!r} is no size",
            code="CS004",
            got=words,
            rule="sizes are whole numbers of at least 1, with at most 18 digits, and x between them",
            fix=f"{option.split()[0]} 7x7",
        )
    return tuple(int(part) for part in parts)


def asked_choices(given: Mapping[str, Any]) -> Choices:
    """Return what the options leave to choose windows from.

    Raises
    ------
    UsageError
        CS001, text that is no choice.
    """
    from cnnshape.analysis.inverse.windows import Choices

    named = {f"{name}s": _values(words, f"--{name}") for name, words in given.items() if isinstance(words, str)}
    return Choices(transposed=bool(given["transposed"]), **named)


def _values(words: str, option: str) -> Sequence[int]:
    """Return the numbers of ``3``, ``1..7`` or ``3,5``."""
    found: dict[int, None] = {}
    for part in words.removeprefix("=").split(","):
        match = _CHOICE.fullmatch(part.strip())
        if match is None:
            raise _no_choice(words, option)
        low, high = int(match[1]), int(match[2] or match[1])
        if low > high or high - low >= _MOST:
            raise _no_choice(words, option)
        found.update(dict.fromkeys(range(low, high + 1)))
    return tuple(found)


def _no_choice(words: str, option: str) -> UsageError:
    return UsageError(
        f"{option} {words!r} is no choice",
        got=words,
        rule=f"a number, a range of up to {_MOST} or a list: 3, 1..7, 3,5",
        fix=f"{option} 1..7",
    )


def one_size(words: str, option: str) -> Size:
    """Return the size that `--from` or `--to` names.

    Raises
    ------
    UsageError
        CS001, text that is no size of one axis.
    """
    if re.fullmatch(rf"\s*\d+\s*(({SEPARATOR})\s*\d+\s*)+", words):
        first = re.split(SEPARATOR, words)[0].strip()
        raise UsageError(
            f"{option} {words}: one axis at a time",
            got=words,
            rule="a window slides over each axis by itself",
            fix=f"{option} {first}",
        )
    try:
        return parse(words)
    except FormulaError as error:
        raise UsageError(
            f"{option} {words!r} is no size: {error.fault.message.removeprefix('not a formula: ')}",
            got=words,
            rule="a size is a whole number or a formula of whole numbers, such as H or ceil(H/2)",
            fix=error.fault.fix or f"{option} 224",
        ) from None
