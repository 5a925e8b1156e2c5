"""A scene as SVG: text stays text, nothing is loaded from outside, no script; dark pages are served by a style sheet.

Every color has its light value as an attribute, which also programs that know no style sheets show. Where it is a
named one, its element has a class: ``f-ink`` is filled with ink, ``s-line`` drawn in line. On a dark page, the rules at
the head of the file give these classes other colors; a page that holds the picture may have rules of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.render.geometry import HATCH, Segment, drawn
from cnnshape.render.palette import NAMED
from cnnshape.render.scene import Circle, Curve, Group, Hatch, Label, Line, Mark, Point, Polygon, Rect, Scene, Style
from cnnshape.render.writing import Ids, between, clean, groups, hexadecimal, number, styles, xml_text

__all__ = ["FONTS", "render"]

FONTS = "Helvetica, Arial, 'Liberation Sans', 'Nimbus Sans', sans-serif"

_HATCHES: dict[Hatch, str] = {
    "rising": "M-1 1L1 -1M0 4L4 0M3 5L5 3",
    "falling": "M3 -1L5 1M0 0L4 4M-1 3L1 5",
    "crossed": "M-1 1L1 -1M0 4L4 0M3 5L5 3M3 -1L5 1M0 0L4 4M-1 3L1 5",
    "level": "M0 2L4 2",
    "upright": "M2 0L2 4",
    "dots": "M0.5 1L1.5 1M2.5 3L3.5 3",
}


def render(scene: Scene) -> str:
    """Return the picture as the text of an SVG file.

    Examples
    --------
    >>> from cnnshape.render.scene import Label
    >>> print(render(Scene(40, 12, (Label(2, 9, "a < b", anchor="start"),), title="T", desc="D")))
    <svg xmlns="http://www.w3.org/2000/svg" width="40pt" height="12pt"
      viewBox="0 0 40 12" role="img" aria-labelledby="title desc" stroke-linejoin="round"
      font-family="Helvetica, Arial, 'Liberation Sans', 'Nimbus Sans', sans-serif">
    <title id="title">T</title>
    <desc id="desc">D</desc>
    <text class="f-ink" x="2" y="9" font-size="8" fill="#000000">a &lt; b</text>
    </svg>
    <BLANKLINE>
    """
    return _Writer(scene).text()


class _Writer:
    """One file while it is written; the groups have the first choice of ids."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.ids = Ids()
        self.names: dict[int, str] = {}
        for group in groups(scene.marks):
            if id(group) not in self.names:
                self.names[id(group)] = self.ids.new(group.id)
        self.nodes = {group.id: self.names[id(group)] for group in groups(scene.marks) if group.node}
        looks = (style for style in styles(scene.marks) if style.hatch and style.fill)
        self.hatches = dict.fromkeys(sorted({(style.hatch, style.fill, style.stroke) for style in looks}), "")
        for hatch, fill, stroke in self.hatches:
            self.hatches[hatch, fill, stroke] = self.ids.new(f"{hatch}-{fill}-{stroke}".replace("#", ""))
        self.out: list[str] = []
        self.drawn: set[int] = set()

    def text(self) -> str:
        scene = self.scene
        title, desc = self.ids.new("title"), self.ids.new("desc")
        parts = [(title, "title", scene.title), (desc, "desc", scene.desc)]
        said = [(name, tag, words) for name, tag, words in parts if words]
        labelled = f' aria-labelledby="{" ".join(name for name, _, _ in said)}"' if said else ""
        width, height = number(scene.width), number(scene.height)
        self.out = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt"',
            f'  viewBox="0 0 {width} {height}" role="img"{labelled} stroke-linejoin="round"',
            f'  font-family="{FONTS}">',
            *(f'<{tag} id="{name}">{xml_text(words)}</{tag}>' for name, tag, words in said),
        ]
        if scene.dark:
            self.out.append(f"<style>@media (prefers-color-scheme: dark) {{ {_rules()} }}</style>")
        if self.hatches:
            self.out += ["<defs>", *(self._pattern(*key, name) for key, name in self.hatches.items()), "</defs>"]
        self._marks(scene.marks)
        return "\n".join([*self.out, "</svg>", ""])

    def _pattern(self, hatch: Hatch, fill: str, stroke: str, name: str) -> str:
        size = f'width="{number(HATCH)}" height="{number(HATCH)}"'
        back = _element("rect", Style(fill, ""), size)
        lines = _element("path", Style("", between(stroke or fill, fill), 0.4), f'd="{_HATCHES[hatch]}"')
        return f'<pattern id="{name}" {size} patternUnits="userSpaceOnUse">{back}{lines}</pattern>'

    def _marks(self, marks: Sequence[Mark]) -> None:
        for mark in marks:
            match mark:
                case Group():
                    self._group(mark)
                case Rect(x, y, width, height, style, radius):
                    rounded = f' rx="{number(radius)}"' if radius else ""
                    size = f'width="{number(width)}" height="{number(height)}"'
                    self._area("rect", style, f'x="{number(x)}" y="{number(y)}" {size}{rounded}')
                case Circle(x, y, radius, style):
                    self._area("circle", style, f'cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"')
                case Polygon(points, style):
                    self._area("polygon", style, f'points="{_points(points)}"')
                case Line() | Curve():
                    self._line(mark)
                case Label():
                    self.out.append(_label(mark))

    def _group(self, group: Group) -> None:
        lines = [mark for mark in group.marks if isinstance(mark, Line | Curve) and mark.ends]
        kind = ' class="node"' if group.node else ' class="edge"' if lines else ""
        self.out.append(f'<g id="{self._name(group)}"{kind}>')
        if group.title:
            self.out.append(f"<title>{xml_text(group.title)}</title>")
        self._marks(group.marks)
        self.out.append("</g>")

    def _name(self, group: Group) -> str:
        """Return the id of a group; one that is drawn again gets another."""
        if id(group) in self.drawn:
            return self.ids.new(group.id)
        self.drawn.add(id(group))
        return self.names[id(group)]

    def _area(self, tag: str, style: Style, rest: str) -> None:
        pattern = self.hatches.get((style.hatch, style.fill, style.stroke), "") if style.hatch else ""
        self.out.append(_element(tag, style, rest, pattern))

    def _line(self, mark: Line | Curve) -> None:
        way, heads = drawn(mark)
        ends = [self.nodes[end] for end in mark.ends if end in self.nodes] if mark.ends else []
        data = f' data-source="{ends[0]}" data-target="{ends[1]}"' if len(ends) == 2 else ""
        self.out.append(_element("path", mark.style, f'd="{_path(way)}"{data}'))
        for head in heads:
            self.out.append(_element("polygon", Style(mark.style.stroke, ""), f'points="{_points(head)}"'))


def _rules() -> str:
    fills = (f".f-{name} {{ fill: {dark} }}" for name, (_, dark) in NAMED.items())
    strokes = (f".s-{name} {{ stroke: {dark} }}" for name, (_, dark) in NAMED.items())
    return " ".join([*fills, *strokes])


def _element(tag: str, style: Style, rest: str, pattern: str = "") -> str:
    """Return an empty element with its classes, its place and its look."""
    classes = [f"f-{style.fill}"] if style.fill in NAMED and not pattern else []
    classes += [f"s-{style.stroke}"] if style.stroke in NAMED else []
    kind = f' class="{" ".join(classes)}"' if classes else ""
    fill = f"url(#{pattern})" if pattern else hexadecimal(style.fill) or "none"
    look = f' fill="{xml_text(fill)}"'
    if style.stroke:
        dash = f' stroke-dasharray="{" ".join(map(number, style.dash))}"' if style.dash else ""
        look += f' stroke="{xml_text(hexadecimal(style.stroke))}" stroke-width="{number(style.width)}"{dash}'
    return f"<{tag}{kind} {rest}{look}/>"


def _label(label: Label) -> str:
    text = clean(label.text)
    kind = f' class="f-{label.color}"' if label.color in NAMED else ""
    anchor = f' text-anchor="{label.anchor}"' if label.anchor != "start" else ""
    bold = ' font-weight="bold"' if label.bold else ""
    x, y = number(label.x), number(label.y)
    turned = f' transform="rotate({number(label.angle)} {x} {y})"' if label.angle else ""
    blanks = ' xml:space="preserve"' if text != " ".join(text.split()) else ""
    return (
        f'<text{kind} x="{x}" y="{y}" font-size="{number(label.size)}"{anchor}{bold}{turned}{blanks} '
        f'fill="{xml_text(hexadecimal(label.color))}">{xml_text(text)}</text>'
    )


def _path(way: Sequence[Segment]) -> str:
    return "".join(f"{letter}{_points(points)}" for letter, points in way)


def _points(points: Sequence[Point]) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in points)
