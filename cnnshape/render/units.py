"""Numbers for people: three digits with a unit, thousands apart, shares and bars."""

from __future__ import annotations

__all__ = ["bar", "bytes_text", "count_text", "exact", "share_text"]

_COUNTS = ("", "K", "M", "G", "T", "P", "E")
_BYTES = (" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB")
_EIGHTHS = " ▏▎▍▌▋▊▉"


def _short(n: int, base: int, units: tuple[str, ...]) -> str:
    """Return three significant digits, rounded half up in whole numbers, with the unit."""
    if n < 0:
        return f"-{_short(-n, base, units)}"
    if n < base:
        return f"{n}{units[0]}"
    for power in range(1, len(units)):
        step = base**power
        for decimals in (2, 1, 0):
            scaled = (2 * n * 10**decimals + step) // (2 * step)
            if scaled < 1000:
                whole, rest = divmod(scaled, 10**decimals)
                return f"{whole}.{rest:0{decimals}}{units[power]}" if decimals else f"{whole}{units[power]}"
        if scaled < base:
            return f"{scaled}{units[power]}"
    return f"{scaled:,}{units[-1]}"


def count_text(n: int) -> str:
    """Return a count in units of 1000.

    Examples
    --------
    >>> [count_text(n) for n in (999, 117_600, 999_999, 4_089_184_256)]
    ['999', '118K', '1.00M', '4.09G']
    """
    return _short(n, 1000, _COUNTS)


def bytes_text(n: int) -> str:
    """Return bytes in units of 1024.

    Examples
    --------
    >>> [bytes_text(n) for n in (100, 1024, 18_816, 4 * 25_557_032)]
    ['100 B', '1.00 KiB', '18.4 KiB', '97.5 MiB']
    """
    return _short(n, 1024, _BYTES)


def exact(n: int) -> str:
    """Return all digits, thousands apart."""
    return f"{n:,}"


def share_text(part: int, whole: int) -> str:
    """Return a percentage with one decimal; "" for nothing, "<0.1" for what would round to it.

    Examples
    --------
    >>> [share_text(part, 3000) for part in (0, 1, 2, 657, 3000)]
    ['', '<0.1', '0.1', '21.9', '100.0']
    """
    if not part or not whole:
        return ""
    tenths = (2000 * part + whole) // (2 * whole)
    return f"{tenths // 10}.{tenths % 10}" if tenths else "<0.1"


def bar(part: int, most: int, width: int, unicode: bool) -> str:
    """Return a bar for `part`, `width` characters long for `most`; what is there at all shows.

    Examples
    --------
    >>> bar(50, 100, 8, unicode=False), bar(57, 100, 8, unicode=False), bar(1, 100, 8, unicode=False)
    ('####', '####.', '.')
    """
    if not part or not most:
        return ""
    eighths = max(1, (8 * width * part + most // 2) // most)
    full, rest = divmod(eighths, 8)
    if unicode:
        return "█" * full + (_EIGHTHS[rest] if rest else "")
    return "#" * full + ("." if rest >= 4 or not full else "")
