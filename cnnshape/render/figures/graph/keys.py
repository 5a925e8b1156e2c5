"""What stands below a graph: what the colors mean, what the names in shapes stand for, what does not fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cnnshape.render.diagram import Diagram
from cnnshape.render.figures.graph.theme import Theme
from cnnshape.render.figures.options import DrawOptions
from cnnshape.render.metrics import fitted, text_width
from cnnshape.render.palette import ROLES, Palette, Role, look
from cnnshape.render.scene import Circle, Label, Mark, Rect, Style

__all__ = ["Keys", "keys", "widest_key"]

_MOST_FAULTS = 8
_MOST_LINES = 4


@dataclass(frozen=True, slots=True)
class Keys:
    """Lines of keys.

    Parameters
    ----------
    lines : each a list of entries (left end, role or number of a fault or None, text)
    theme : Theme
    palette : "color" or "print"
    """

    lines: tuple[tuple[tuple[float, Role | int | None, str], ...], ...]
    theme: Theme
    palette: Palette

    @property
    def leading(self) -> float:
        return 1.55 * self.theme.text

    @property
    def height(self) -> float:
        return self.leading * len(self.lines) + (8 * self.theme.scale if self.lines else 0.0)

    def at(self, left: float, top: float) -> Iterator[Mark]:
        """Yield the marks, from an upper left corner."""
        size = self.theme.text
        for number, line in enumerate(self.lines):
            base = top + 4 * self.theme.scale + self.leading * number + size
            for x, sign, text in line:
                if isinstance(sign, int):
                    r = 0.68 * size
                    yield Circle(round(left + x + r, 2), round(base - 0.36 * size, 2), r, Style("fault", "", 0.0))
                    yield Label(round(left + x + r, 2), round(base, 2), str(sign), size, "middle", True, "paper")
                elif sign is not None:
                    style = look(sign, self.palette, 0.5 * self.theme.scale)
                    yield Rect(round(left + x, 2), round(base - 0.8 * size, 2), 1.4 * size, 0.95 * size, style)
                indent = 0.0 if sign is None else 1.8 * size
                yield Label(round(left + x + indent, 2), round(base, 2), text, size, "start")


def widest_key(shown: Diagram, theme: Theme, options: DrawOptions) -> float:
    """Return the width of the widest sign with its words; 0 if there are none."""
    return max((1.8 * theme.text + text_width(words, theme.text) for _, words in _entries(shown, options)), default=0.0)


def _entries(shown: Diagram, options: DrawOptions) -> list[tuple[Role | int | None, str]]:
    entries: list[tuple[Role | int | None, str]] = []
    if options.legend:
        present = {card.role for card in shown.cards} - {"io", "add", "concat"}
        entries += [(role, words) for role, (_, _, _, words) in ROLES.items() if role in present]
        if options.border != "none":
            what = "MACs" if options.border == "macs" else "parameters"
            entries.append((None, f"wider border: more {what}"))
    return entries


def keys(shown: Diagram, theme: Theme, options: DrawOptions, width: float) -> Keys:
    """Return what a diagram needs to be understood, in lines of a width."""
    rows = [row for row in shown.legend if text_width(row, theme.text) <= width]
    lines = _flowed([*_entries(shown, options), *((None, row) for row in rows)], theme, width)
    for row in shown.legend:
        lines += _wrapped(None, row, theme, width) if row not in rows else []
    faults = [card for card in shown.cards if card.fault]
    for number, card in enumerate(faults[:_MOST_FAULTS], start=1):
        lines += _wrapped(number, card.fault, theme, width)
    if len(faults) > _MOST_FAULTS:
        lines.append(((0.0, None, f"and {len(faults) - _MOST_FAULTS} more"),))
    return Keys(tuple(lines), theme, options.palette)


_Line = tuple[tuple[float, "Role | int | None", str], ...]


def _flowed(entries: list[tuple[Role | int | None, str]], theme: Theme, width: float) -> list[_Line]:
    """Return entries side by side, as many on a line as fit."""
    lines: list[list[tuple[float, Role | int | None, str]]] = []
    x = width + 1
    for sign, text in entries:
        indent = 0.0 if sign is None else 1.8 * theme.text
        wide = indent + text_width(text, theme.text)
        if wide > width:
            lines += [list(line) for line in _wrapped(sign, text, theme, width)]
            x = width + 1
            continue
        if x + wide > width:
            lines.append([])
            x = 0.0
        lines[-1].append((round(x, 2), sign, text))
        x += wide + 2 * theme.text
    return [tuple(line) for line in lines]


def _wrapped(number: Role | int | None, message: str, theme: Theme, width: float) -> list[_Line]:
    """Return a text on a few lines, its number before it if it has one."""
    indent, size = 0.0 if number is None else 1.8 * theme.text, theme.text
    rows = [""]
    for word in message.split():
        longer = f"{rows[-1]} {word}".strip()
        if text_width(longer, size) <= width - indent:
            rows[-1] = longer
        else:
            rows.append(word)
    shown = [row for row in rows if row][:_MOST_LINES]
    if len(rows) > _MOST_LINES:
        shown[-1] += " …"
    first, *rest = [fitted(row, width - indent, size) for row in shown] or [""]
    return [((0.0, number, first),), *(((indent, None, row),) for row in rest)]
