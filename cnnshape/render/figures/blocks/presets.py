"""Where a figure will stand: its width, the size of its letters, how large blocks may become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cnnshape.render.figures.options import DrawOptions

__all__ = ["PRESETS", "Sheet", "sheet_of"]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a figure has to fill; lengths in points.

    Parameters
    ----------
    width : of the figure
    height : of the figure, 0 if it follows from what is in it
    text : size of the letters
    line : width of thin lines
    margin : left and right
    dark : True if it also stands on dark pages
    """

    width: float
    height: float
    text: float
    line: float
    margin: float
    dark: bool

    @property
    def row(self) -> float:
        """From one line of text to the next."""
        return 1.2 * self.text

    def heights(self, wide: bool) -> tuple[float, float, float]:
        """Return the least, the usual and the largest height of the largest map."""
        share = 0.19 if wide else 0.13
        usual = min(max(share * self.width, 7 * self.text), 0.34 * (self.height or self.width))
        return 3.4 * self.text, usual, min(1.7 * usual, 0.4 * (self.height or self.width))


PRESETS: Mapping[str, Sheet] = MappingProxyType(
    {
        "paper": Sheet(397.0, 0.0, 6.5, 0.4, 1.0, False),
        "slides": Sheet(960.0, 540.0, 18.0, 1.0, 30.0, False),
        "readme": Sheet(660.0, 0.0, 9.0, 0.6, 6.0, True),
    }
)
"""By name: a column of text, a slide of 16:9, a page of 880 px."""


def sheet_of(options: DrawOptions) -> Sheet:
    """Return the sheet that the options ask for.

    Examples
    --------
    >>> sheet_of(DrawOptions(width="252pt")).width, sheet_of(DrawOptions(preset="slides")).text
    (252.0, 18.0)
    """
    from dataclasses import replace

    sheet = PRESETS[options.preset]
    width = options.points
    if width is None or width == sheet.width:
        return sheet
    return replace(sheet, width=width, height=round(width * 9 / 16, 3) if sheet.height else 0.0)
