"""Amounts as people write them: 5M parameters, 600 MMACs, 300 MiB."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from cnnshape.errors import UsageError

__all__ = ["amount"]

_NUMBER = re.compile(r"([\d,_ ]*\d(?:\.\d*)?|\.\d+)(?:e\+?(\d{1,2}))?\s*([a-z]*)", re.IGNORECASE)
_THOUSANDS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9, "t": 10**12}
_BYTES = {
    "b": 1,
    **{f"{letter}b": 1000**power for power, letter in enumerate("kmgt", 1)},
    **{f"{letter}ib": 1024**power for power, letter in enumerate("kmgt", 1)},
}
_LONGEST = 40


def amount(given: Any, name: str, *, bytes_: bool = False) -> int:
    """Return an amount as a whole number; what is left over of a fraction is dropped, as a limit asks for.

    Parameters
    ----------
    given : a whole number, or text: ``5M`` or ``5e6`` is 5 000 000, ``1.5G`` 1 500 000 000; of bytes ``300MB`` is
        300*10^6 and ``300MiB`` 300*2^20
    name : of the option or argument, for the error
    bytes_ : whether bytes are counted

    Raises
    ------
    UsageError
        CS001, it is no amount.

    Examples
    --------
    >>> amount("3.5M", "--max-params"), amount("300MiB", "--max-memory", bytes_=True)
    (3500000, 314572800)
    """
    if isinstance(given, int) and not isinstance(given, bool) and given >= 0:
        return given
    if isinstance(given, float) and given >= 0 and given == given // 1:
        return int(given)
    match = _NUMBER.fullmatch(given.strip()) if isinstance(given, str) and len(given) <= _LONGEST else None
    unit = match[3].lower() if match else ""
    if match and unit in (_units := {**_THOUSANDS, **_BYTES} if bytes_ else _THOUSANDS):
        digits = re.sub(r"[,_ ]", "", match[1])
        return int(Fraction(digits) * 10 ** int(match[2] or 0) * _units[unit])
    if match and unit in _BYTES and not bytes_:
        rule, fix = "it is counted in K, M, G or T, 1000 of each other", f"{match[1]}{unit[0].upper()}"
    elif bytes_:
        rule, fix = "bytes are written 300MB (10^6 bytes) or 300MiB (2^20 bytes), with K, M, G or T", "300MiB"
    else:
        rule, fix = "a whole number, or one with K, M, G or T: 5M is 5,000,000", "5M"
    separator = " " if name.startswith("--") else "="
    raise UsageError(f"{name} {given!r} is no amount", got=given, rule=rule, fix=f"{name}{separator}{fix}")
