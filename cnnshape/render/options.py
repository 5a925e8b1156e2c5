"""What a reader of a report may choose."""

from __future__ import annotations

from dataclasses import dataclass

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
    columns : names of the columns, in order; empty: those that fit the network
    width : characters of a line; None: no limit
    color : True to mark with ANSI colors
    unicode : False to use ASCII alone
    read_as : how the input was read, one line
    dtype : the element type that bytes stand for
    """

    detail: Detail | None = None
    sort: str = ""
    rows: int | None = None
    columns: tuple[str, ...] = ()
    width: int | None = None
    color: bool = False
    unicode: bool = True
    read_as: str = ""
    dtype: str = "float32"
