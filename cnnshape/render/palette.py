"""Colors and hatches: what stands for which sort of layer. Never the only sign: the operator's name stands beside."""

from __future__ import annotations

from typing import Literal, TypeAlias

from cnnshape.render.scene import Hatch, Style

__all__ = ["NAMED", "PALETTES", "ROLES", "Palette", "Role", "look"]

Palette: TypeAlias = Literal["color", "print"]
PALETTES: tuple[Palette, ...] = ("color", "print")
Role: TypeAlias = Literal[
    "io", "conv", "depthwise", "up_conv", "norm", "activation", "pool", "add", "concat", "linear", "other"
]

NAMED = {
    "ink": ("#000000", "#E6EDF3"),
    "faint": ("#595959", "#9DA7B3"),
    "line": ("#404040", "#AAB4C0"),
    "hair": ("#BFBFBF", "#4A5058"),
    "paper": ("#FFFFFF", "#0D1117"),
    "fault": ("#B00020", "#FF7B86"),
}
"""Names of colors that stand on the page itself: on a light page and on a dark one."""

ROLES: dict[Role, tuple[str, str, Hatch, str]] = {
    "io": ("#DDDDDD", "#FFFFFF", "", "input, output"),
    "conv": ("#9BD0F2", "#D9D9D9", "", "convolution"),
    "depthwise": ("#4FA3D9", "#D9D9D9", "rising", "depthwise or grouped convolution"),
    "up_conv": ("#7FCDB4", "#D9D9D9", "crossed", "transposed convolution, upsampling"),
    "norm": ("#FFF3B0", "#F2F2F2", "level", "normalization"),
    "activation": ("#FFFFFF", "#FFFFFF", "", "activation"),
    "pool": ("#F4C66B", "#BFBFBF", "", "pooling"),
    "add": ("#E6BBD3", "#FFFFFF", "falling", "addition"),
    "concat": ("#EBA77A", "#FFFFFF", "upright", "concatenation"),
    "linear": ("#CC79A7", "#A6A6A6", "", "linear"),
    "other": ("#EDEDED", "#FFFFFF", "dots", "other"),
}
"""For each role its color, its gray and hatch for print, its name in a legend; black text on each: 6.2 to 1 or more."""


def look(role: Role, palette: Palette = "color", width: float = 0.6) -> Style:
    """Return how the box of a role is painted."""
    color, gray, hatch, _ = ROLES[role]
    return Style(color, "#404040", width) if palette == "color" else Style(gray, "#404040", width, hatch=hatch)
