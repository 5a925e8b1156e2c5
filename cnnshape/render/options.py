"""What a reader of a report may choose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from cnnshape.errors import UsageError
from cnnshape.graph.fold import Detail

__all__ = ["Options"]


@dataclass(frozen=True, slots=True)
class Options:
    """How a report is shown.

    Parameters
    ----------
    detail : how much is folded into a row; None: the finest with at most 60 rows
    sort : the column to sort by, largest numbers first; "" keeps the order of the network
    rows : show at most so many rows; None: all
    columns : names of the columns, in order, or one text with commas; empty: those that fit the network
    width : characters of a line; None: no limit
    color : True to mark with ANSI colors
    unicode : False to use ASCII alone
    read_as : how the input was read, one line
    dtype : the element type that bytes stand for

    Raises
    ------
    UsageError
        CS001, a detail that there is not.
    """

    detail: Detail | None = None
    sort: str = ""
    rows: int | None = None
    columns: tuple[str, ...] | str = ()
    width: int | None = None
    color: bool = False
    unicode: bool = True
    read_as: str = ""
    dtype: str = "float32"

    def __post_init__(self) -> None:
        if self.detail not in (None, *get_args(Detail)):
            raise UsageError(
                f"there is no detail {self.detail!r}",
                got=self.detail,
                rule=f"a row is one of {', '.join(get_args(Detail))}",
                fix="detail layer",
            )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns that are asked for."""
        listed = self.columns.split(",") if isinstance(self.columns, str) else self.columns
        return tuple(name.strip() for name in listed if name.strip())
