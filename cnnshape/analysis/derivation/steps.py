"""One size derived step by step: the rule, the rule with the numbers put in, and what it leaves out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cnnshape.symbolic import Dim, Size, Window, effective_kernel, left_out, output_size, padding_of, text

__all__ = ["Steps", "steps"]

_LETTERS = {
    "d": "input",
    "N": "kernel",
    "E": "extent of the kernel",
    "D": "dilation",
    "p": "padding on each side",
    "a": "padding before",
    "b": "padding after",
    "s": "stride",
    "o": "output padding",
}
_EXTENT = "D*(N - 1) + 1"
_LETTER = re.compile(r"(?<![A-Za-z])[A-Za-z](?![A-Za-z])")


@dataclass(frozen=True, slots=True)
class Steps:
    """How the size of one axis comes about.

    Parameters
    ----------
    size : Size, the result
    rule : str, the rule in letters
    named : (letter, what it stands for)
    filled : lines, the rule with the numbers put in
    cut_off : str, what of the input no window reaches; "" where the question makes no sense
    """

    size: Size
    rule: str
    named: tuple[tuple[str, str], ...]
    filled: tuple[str, ...]
    cut_off: str

    @property
    def letters(self) -> str:
        """What the letters stand for, in one line."""
        return ", ".join(f"{letter} {words}" for letter, words in self.named)


def steps(d: Size, w: Window) -> Steps:
    """Return the derivation of the output size of a window on an axis of size `d`.

    Examples
    --------
    >>> found = steps(6, Window(kernel=3, stride=2))
    >>> found.rule, found.filled, found.cut_off
    ('floor((d - N + 2*p)/s) + 1', ('floor((6 - 3 + 2*0)/2) + 1 = 2',), '1 pixel at the end')
    """
    before, after = padding_of(d, w)
    extent = effective_kernel(w)
    values = {"d": d, "N": w.kernel, "E": extent, "D": w.dilation, "s": w.stride, "o": w.output_padding}
    values |= {"p": before, "a": before, "b": after}
    rule = _rule(w, before == after)
    filled = [f"{_filled(rule, values)} = {text(output_size(d, w))}"]
    used = rule
    if "E" in rule:
        filled.insert(0, f"E = {_EXTENT} = {_filled(_EXTENT, values)} = {text(extent)}")
        used = f"{rule} {_EXTENT}"
    named = tuple((letter, words) for letter, words in _LETTERS.items() if letter in _LETTER.findall(used))
    if w.mode in ("same_upper", "same_lower"):
        filled.append(f"padding {text(before)} before and {text(after)} after")
    return Steps(output_size(d, w), rule, named, tuple(filled), _cut_off(d, w, after))


def _rule(w: Window, even: bool) -> str:
    kernel = "N" if w.dilation == 1 else "E"
    if (w.kernel, w.stride, w.mode) == (1, 1, "floor") and (w.before, w.after) != (0, 0):
        return "d + 2*p" if even else "d + a + b"
    before, after = ("p", "p") if even else ("a", "b")
    both = "2*p" if even else "a + b"
    if w.mode == "transposed":
        added = " + o" if w.output_padding != 0 else ""
        return f"(d - 1)*s + {kernel} - {both if even else 'a - b'}{added}"
    if w.mode in ("same_upper", "same_lower"):
        return "ceil(d/s)"
    if w.mode == "ceil":
        return f"floor((d + {before} + s - 1 + min(0, {after} + s - {kernel}))/s)"
    return f"floor((d - {kernel} + {both})/s) + 1"


def _filled(rule: str, values: Mapping[str, Size]) -> str:
    def number(found: re.Match[str]) -> str:
        written = text(values[found[0]])
        return f"({written})" if " " in written or written.startswith("-") else written

    return _LETTER.sub(number, rule)


def _cut_off(d: Size, w: Window, after: Size) -> str:
    if w.mode == "transposed":
        return ""
    rest = left_out(d, w)
    if isinstance(rest, Dim):
        return f"{text(rest)} pixels at the end{', padding included' if after != 0 else ''}"
    if not rest:
        return "nothing"
    pixels = f"{rest} pixel{'s' * (rest != 1)}"
    if not isinstance(after, int) or after == 0:
        return f"{pixels} at the end"
    lost = max(rest - after, 0)
    return f"{pixels} at the end of the padded input, {lost or 'none'} of the input"
