"""Numbers from files: `.npy`, or rows of numbers as text (`.csv`, `.txt`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from cnnshape.errors import ReadError

__all__ = ["KINDS", "LARGEST_NPY", "LARGEST_TEXT", "Array", "is_file_name", "read_array", "shape_words"]

KINDS = (".npy", ".csv", ".txt")
LARGEST_NPY, LARGEST_TEXT = 1 << 30, 1_000_000
"""Bytes: of a `.npy` only what a window needs is read, a text is read as a whole."""
_RULE = "numbers come from .npy (numpy.save), or from rows of numbers as text (.csv, .txt)"
_NAME = re.compile(r".*\.[A-Za-z]\w*")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_BETWEEN = re.compile(r"[,;\s]+")
_EXACT = 1 << 53


@dataclass(frozen=True, slots=True)
class Array:
    """Numbers of a file.

    Parameters
    ----------
    name : the file
    shape : its axes, each at least 1; a text has (rows, columns), or (blocks, rows, columns) if empty lines part it
    values : a NumPy array, or a nested list
    """

    name: str
    shape: tuple[int, ...]
    values: Any

    def at(self, place: Sequence[int]) -> int | float:
        """Return the number at a place.

        Raises
        ------
        ReadError
            CS100, it is nan or infinite.
        """
        found: Any = self.values
        for index in place:
            found = found[index]
        number = found if isinstance(found, int | float) else found.item()
        number = int(number) if isinstance(number, int) else float(number)  # True is 1, a long double a float
        if not isfinite(number):
            raise ReadError(
                f"the number at {', '.join(map(str, place))} is {number}",
                code="CS100",
                place=self.name,
                given=f"an array of shape {shape_words(self.shape)}, counted from 0",
                rule="a value is worked out from finite numbers",
                fix="numpy.nan_to_num(array) replaces nan and infinities",
            )
        return number


def shape_words(shape: Sequence[int]) -> str:
    """Return ``3x5x5``."""
    return "x".join(map(str, shape)) or "()"


def is_file_name(words: str) -> bool:
    """Say whether a word is the name of a file: it ends in a dot and letters, which no size does."""
    return _NAME.fullmatch(words) is not None


def read_array(name: str, what: str) -> Array:
    """Return the numbers of a file; nothing in it is ever run.

    Parameters
    ----------
    name : the file
    what : what it holds, for messages: "the data"

    Raises
    ------
    ReadError
        CS100 it holds no array of numbers, CS101 it cannot be opened, CS102 it is a folder, CS103 it is empty, CS105 it
        is larger than 1 GiB (.npy) or 1 MB (text).
    """
    path = Path(name)
    suffix = path.suffix.lower()
    try:
        if path.is_dir():
            raise ReadError("is a folder", code="CS102", place=name, rule=_RULE, fix=f"name a file for {what}")
        size = path.stat().st_size
        if suffix not in KINDS:
            raise _no_numbers(name, f"a file {suffix or 'without a suffix'} is not read for {what}", _instead(suffix))
        if not path.is_file():
            raise _no_numbers(name, "is no plain file", "save the numbers to a file first")
        _small_enough(name, size, LARGEST_NPY if suffix == ".npy" else LARGEST_TEXT)
        return _npy(path, name) if suffix == ".npy" else _text(path.read_bytes(), name)
    except FileNotFoundError:
        raise ReadError(
            "there is no such file", code="CS101", place=name, rule=_RULE, fix=_near(path) or "check the path"
        ) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise ReadError(
            f"cannot be opened: {reason}", code="CS101", place=name, rule=_RULE, fix="check the path and permissions"
        ) from None


def _small_enough(name: str, size: int, most: int) -> None:
    if size == 0:
        raise ReadError("the file is empty", code="CS103", place=name, rule=_RULE, fix="write numbers into it")
    if size > most:
        shown = "1 GiB" if most == LARGEST_NPY else f"{most // 10**6} MB"
        raise ReadError(
            f"the file is larger than {shown}",
            code="CS105",
            place=name,
            got=size,
            needed=most,
            rule="at most 1 GiB of .npy is read, and 1 MB of text",
            fix="save the part that is asked about: numpy.save('part.npy', array[:, :64, :64])",
        )


def _npy(path: Path, name: str) -> Array:
    from tokenize import TokenError  # NumPy reads a header as Python's words where it is written in none

    from numpy.lib.format import open_memmap  # reads no pickle, and of the file only what is asked for

    damaged = (ValueError, EOFError, SyntaxError, TypeError, OverflowError, MemoryError, RecursionError, TokenError)
    try:
        values = open_memmap(path, mode="r")
    except damaged as error:
        if "Python objects" in str(error):
            raise _no_numbers(
                name,
                "holds pickled Python objects",
                "numpy.save of an array of numbers: array.astype(float)",
                "a pickle runs code of whoever made it: it is never loaded",
            ) from None
        raise _no_numbers(name, "is no .npy file, or a damaged one", "write it with numpy.save") from None
    if values.dtype.kind not in "biuf":
        raise _no_numbers(name, f"holds {values.dtype}, no real numbers", "save array.astype(float)")
    if values.ndim == 0:
        raise _no_numbers(name, "holds a single number without axes", "save numpy.array([[x]])")
    if 0 in values.shape:
        raise ReadError("the array is empty", code="CS103", place=name, rule=_RULE, fix="save an array with numbers")
    return Array(name, values.shape, values)


def _text(data: bytes, name: str) -> Array:
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise _no_numbers(name, "is no text", "write rows of numbers, or save .npy") from None
    blocks: list[list[list[int | float]]] = [[]]
    for number, line in enumerate(lines, start=1):
        words = line.partition("#")[0].strip().strip(",;")
        if words:
            row = [_number(word, f"{name}:{number}") for word in _BETWEEN.split(words)]
            _as_long(row, blocks, f"{name}:{number}")
            blocks[-1].append(row)
        elif blocks[-1] and not line.strip():
            blocks.append([])
    blocks = [block for block in blocks if block]
    if not blocks:
        raise ReadError("holds no numbers", code="CS103", place=name, rule=_RULE, fix="write numbers into it")
    heights = [len(block) for block in blocks]
    if len(set(heights)) > 1:
        raise _no_numbers(
            name,
            f"its blocks have {', '.join(map(str, heights[:6]))} rows",
            "give every channel equally many rows",
            "an empty line starts the next channel, and all channels are of one size",
        )
    if len(blocks) == 1:
        return Array(name, (heights[0], len(blocks[0][0])), blocks[0])
    return Array(name, (len(blocks), heights[0], len(blocks[0][0])), blocks)


def _number(word: str, place: str) -> int | float:
    number = float(word) if _NUMBER.fullmatch(word) else float("nan")
    if not isfinite(number):
        raise _no_numbers(
            place,
            f"{word[:40]!r} is no number",
            "3, -0.5 or 1e-3",
            "rows of numbers, parted by commas or blanks; # starts a comment",
        )
    return int(number) if number == int(number) and abs(number) < _EXACT else number


def _as_long(row: Sequence[Any], blocks: Sequence[Sequence[Sequence[Any]]], place: str) -> None:
    first = next((block[0] for block in blocks if block), row)
    if len(row) != len(first):
        raise _no_numbers(
            place,
            f"{len(row)} number{'s' * (len(row) != 1)}, the first row has {len(first)}",
            "fill up the row, or shorten it",
            "all rows are equally long",
        )


def _no_numbers(place: str, message: str, fix: str, rule: str = _RULE) -> ReadError:
    return ReadError(message, code="CS100", place=place, rule=rule, fix=fix)


def _instead(suffix: str) -> str:
    if suffix == ".npz":
        return "save one array: numpy.save('x.npy', numpy.load('x.npz')['x'])"
    return "numpy.save('x.npy', array)"


def _near(path: Path) -> str:
    from difflib import get_close_matches

    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.suffix in KINDS]
    except OSError:
        return ""
    near = get_close_matches(path.name, names, 1)
    return f"did you mean {path.parent / near[0]}?" if near else ""
