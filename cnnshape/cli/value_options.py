"""The options of the calculators that ask for the value of one output, as they were typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnshape.cli.arrays import is_file_name
from cnnshape.errors import UsageError

__all__ = ["Asked", "kernel_and_file"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the options on values say, as they were typed; None where one is not given."""

    data: str | None = None
    weights: str | None = None
    bias: str | None = None
    at: str | None = None
    activation: str | None = None

    def __bool__(self) -> bool:
        """Say whether a value is asked for, and refuse options that make no sense without data.

        Raises
        ------
        UsageError
            CS001, a part of the question is missing.
        """
        if self.data is not None:
            return True
        given = {"-k": self.weights, "-b": self.bias, "--at": self.at, "--activation": self.activation}
        first = next((f"{name} {words}" for name, words in given.items() if words is not None), None)
        if first is None:
            return False
        raise UsageError(
            f"{first} asks for the value of an output, and there is no data",
            got=first,
            rule="--data names the input, as .npy or as rows of numbers in a .csv or .txt file",
            fix="--data x.npy; or leave the option out, for the size alone",
        )


def kernel_and_file(words: Sequence[str]) -> tuple[str | None, str | None]:
    """Return what `-k` says: a size, a file of weights, or both.

    Raises
    ------
    UsageError
        CS001, two of one sort.
    """
    files = [word for word in words if is_file_name(word)]
    sizes = [word for word in words if not is_file_name(word)]
    if len(files) > 1 or len(sizes) > 1:
        raise UsageError(
            f"-k is given {len(words)} times",
            rule="one size, such as 3 or 3x5, and one file of weights at most",
            fix=f"-k {(files or sizes)[0]}",
        )
    return (sizes or [None])[0], (files or [None])[0]  # type: ignore[list-item]
