"""A scene as SVG: text stays text, nothing is loaded from outside, no script."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

from cnnshape.render.palette import NAMED
from cnnshape.render.scene import Circle, Curve, Group, Label, Line, Mark, Point, Polygon, Rect, Scene, Style

__all__ = ["render"]

_HEAD = 4.0


def render(scene: Scene) -> str:
    """Return the picture as the text of an SVG file."""
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(scene.width)}pt" height="{_n(scene.height)}pt" '
        f'viewBox="0 0 {_n(scene.width)} {_n(scene.height)}" font-family="Helvetica, Arial, sans-serif" role="img">',
        f"<title>{_text(scene.title)}</title>",
        f"<desc>{_text(scene.desc)}</desc>",
    ]
    _marks(scene.marks, out)
    return "\n".join([*out, "</svg>", ""])


def _marks(marks: Sequence[Mark], out: list[str]) -> None:
    for mark in marks:
        match mark:
            case Group():
                out.append(f'<g id="{_text(mark.id)}">' + (f"<title>{_text(mark.title)}</title>" if mark.title else ""))
                _marks(mark.marks, out)
                out.append("</g>")
            case Rect(x, y, width, height, style, radius):
                rounded = f' rx="{_n(radius)}"' if radius else ""
                out.append(
                    f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"{rounded}{_look(style)}/>'
                )
            case Circle(x, y, radius, style):
                out.append(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}"{_look(style)}/>')
            case Polygon(points, style):
                out.append(f'<polygon points="{_points(points)}"{_look(style)}/>')
            case Line(points, style):
                out.append(f'<polyline points="{_points(points)}"{_look(style)}/>')
                out += _heads(points, style, mark.arrow)
            case Curve(points, style):
                path = f"M{_n(points[0][0])} {_n(points[0][1])}C{_points(points[1:])}"
                out.append(f'<path d="{path}"{_look(style)}/>')
                out += _heads(points, style, mark.arrow)
            case Label():
                out.append(_label(mark))


def _label(label: Label) -> str:
    turned = f' transform="rotate({_n(label.angle)} {_n(label.x)} {_n(label.y)})"' if label.angle else ""
    bold = ' font-weight="bold"' if label.bold else ""
    anchor = f' text-anchor="{label.anchor}"' if label.anchor != "start" else ""
    return (
        f'<text x="{_n(label.x)}" y="{_n(label.y)}" font-size="{_n(label.size)}"{anchor}{bold}{turned} '
        f'fill="{_color(label.color)}">{_text(label.text)}</text>'
    )


def _heads(points: Sequence[Point], style: Style, arrow: str) -> list[str]:
    ends = []
    if arrow in ("end", "both"):
        ends.append((points[-2], points[-1]))
    if arrow in ("start", "both"):
        ends.append((points[1], points[0]))
    out = []
    for (x0, y0), (x1, y1) in ends:
        far = hypot(x1 - x0, y1 - y0) or 1.0
        dx, dy = (x1 - x0) / far * _HEAD, (y1 - y0) / far * _HEAD
        tip = ((x1, y1), (x1 - dx - dy / 2.5, y1 - dy + dx / 2.5), (x1 - dx + dy / 2.5, y1 - dy - dx / 2.5))
        out.append(f'<polygon points="{_points(tip)}" fill="{_color(style.stroke)}"/>')
    return out


def _look(style: Style) -> str:
    fill = f' fill="{_color(style.fill)}"' if style.fill else ' fill="none"'
    if not style.stroke:
        return fill
    dash = f' stroke-dasharray="{" ".join(map(_n, style.dash))}"' if style.dash else ""
    return f'{fill} stroke="{_color(style.stroke)}" stroke-width="{_n(style.width)}"{dash}'


def _color(name: str) -> str:
    return NAMED[name][0] if name in NAMED else name


def _points(points: Sequence[Point]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _n(value: float) -> str:
    return f"{round(value, 2):g}"


def _text(text: str) -> str:
    from html import escape

    return escape("".join(letter if letter.isprintable() else " " for letter in text))
