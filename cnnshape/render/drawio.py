"""A scene as a file of draw.io (diagrams.net): one cell for each node, edges that stay bound to their nodes when moved.

Lengths are in the pixels of a screen, 96 an inch. Text is plain text: no cell holds HTML.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import cos, radians, sin

from cnnshape.render.geometry import bounds, flattened
from cnnshape.render.metrics import text_width
from cnnshape.render.scene import Circle, Curve, Group, Hatch, Label, Line, Mark, Point, Polygon, Rect, Scene, Style
from cnnshape.render.writing import Ids, between, clean, groups, hexadecimal, number, xml_text

__all__ = ["render"]

_PIXELS = 96 / 72
_HATCHES: dict[Hatch, str] = {
    "rising": "diag",
    "falling": "diagRev",
    "crossed": "diagGrid",
    "level": "hor",
    "upright": "vert",
    "dots": "grid",
}
_ALIGN = {"start": "left", "middle": "center", "end": "right"}
_BASE, _LINE = 0.95, 1.3  # of a text: its top above the baseline and its height, of its size


def render(scene: Scene) -> str:
    """Return the picture as the text of a ``.drawio`` file.

    Examples
    --------
    >>> from cnnshape.render.scene import Rect
    >>> box = Group("a", "", (Rect(3, 3, 30, 12, Style("#FFFFFF")), Label(18, 11, "a < b")), node=True)
    >>> print(render(Scene(36, 18, (box,))).splitlines()[4].strip()[:43])
    <mxCell id="a" value="a &lt; b" style="roun
    """
    writer = _Writer(scene)
    writer.marks(scene.marks, "1", (0.0, 0.0))
    name = xml_text(clean(scene.title)[:60] or "network")
    size = f'pageWidth="{_n(scene.width)}" pageHeight="{_n(scene.height)}"'
    return "\n".join(
        [
            '<mxfile host="cnnshape">',
            f'<diagram id="picture" name="{name}"><mxGraphModel grid="0" page="1" pageScale="1" {size}><root>',
            '<mxCell id="0"/>',
            '<mxCell id="1" parent="0"/>',
            *writer.out,
            *writer.edges,
            "</root></mxGraphModel></diagram>",
            "</mxfile>",
            "",
        ]
    )


@dataclass(frozen=True, slots=True)
class _Box:
    """Where a cell is, in points from the corner of the page."""

    id: str
    left: float
    top: float
    right: float
    bottom: float


class _Writer:
    """A file while it is written. Edges come last: they name cells that stand before them."""

    def __init__(self, scene: Scene) -> None:
        self.ids = Ids(("0", "1", "picture"))
        self.out: list[str] = []
        self.edges: list[str] = []
        self.nodes: dict[str, _Box] = {}
        for group in groups(scene.marks):
            box = bounds(group.marks)
            if group.node and box and group.id not in self.nodes:
                self.nodes[group.id] = _Box(self.ids.new(group.id), *box)
        self.drawn: set[str] = set()

    def marks(self, marks: Sequence[Mark], parent: str, corner: Point) -> None:
        for mark in marks:
            match mark:
                case Group(id=name, node=True) if name in self.nodes and name not in self.drawn:
                    self._node(mark, parent, corner)
                case Group():
                    self.marks(mark.marks, parent, corner)
                case Rect() | Circle() | Polygon():
                    self._area(mark, self.ids.new("area"), (), parent, corner)
                case Line() | Curve():
                    self._line(mark)
                case Label():
                    self._text(mark, parent, corner)

    def _node(self, group: Group, parent: str, corner: Point) -> None:
        """Write a node: its one area; or, if it has several, a cell that holds them. Areas hold the words in them."""
        self.drawn.add(group.id)
        box = self.nodes[group.id]
        words: dict[int, list[Label]] = {}
        for mark in group.marks:
            if isinstance(mark, Label):
                words.setdefault(_holder(mark, group.marks), []).append(mark)
        areas = [i for i, mark in enumerate(group.marks) if isinstance(mark, Rect | Circle | Polygon)]
        alone = len(areas) == 1 and bounds([group.marks[areas[0]]]) == (box.left, box.top, box.right, box.bottom)
        if not alone:
            self._cell(
                box.id,
                "",
                "group;fillColor=none;strokeColor=none;container=1;connectable=1;collapsible=0",
                box,
                parent,
                corner,
            )
        inner = (box.id, (box.left, box.top))
        for i, mark in enumerate(group.marks):
            if isinstance(mark, Rect | Circle | Polygon):
                held = words.get(i, [])
                name, place = (box.id, (parent, corner)) if alone else (self.ids.new("area"), inner)
                self._area(mark, name, held, *place)
            elif not isinstance(mark, Label):
                self.marks([mark], *inner)
        self.marks(words.get(-1, []), *inner)

    def _area(
        self, mark: Rect | Circle | Polygon, name: str, words: Sequence[Label], parent: str, corner: Point
    ) -> None:
        left, top, right, bottom = bounds((mark,)) or (0, 0, 0, 0)
        match mark:
            case Rect(style=Style(fill=str() as fill, stroke=stroke, hatch=str() as hatch)) if fill and hatch:
                lines = f"fillStrokeColor={between(stroke or fill, fill)};fillStrokeWidth=0.5;step=5"
                shape = f"shape=mxgraph.basic.patternFillRect;fillStyle={_HATCHES[hatch]};{lines}"
            case Rect(radius=radius):
                shape = f"rounded={int(radius > 0)};absoluteArcSize=1;arcSize={_n(2 * radius)}"
            case Circle():
                shape = "shape=ellipse;perimeter=ellipsePerimeter"
            case Polygon(points):
                wide, high = (right - left) or 1.0, (bottom - top) or 1.0
                at = ",".join(f"[{(x - left) / wide:.3f},{(y - top) / high:.3f}]" for x, y in points)
                shape = f"shape=mxgraph.basic.polygon;polyCoords=[{at}];polyline=0"
        rows = groupby(sorted(words, key=lambda label: (label.y, _middle(label))), key=lambda label: label.y)
        value = "\n".join("  ".join(clean(label.text) for label in line) for _, line in rows)
        text = f";{_font(_common(words))}" if words else ""
        style = f"{shape};{_look(mark.style)};html=0{text}"
        self._cell(name, value, style, _Box(name, left, top, right, bottom), parent, corner)

    def _text(self, label: Label, parent: str, corner: Point) -> None:
        text = clean(label.text)
        if not text.strip():
            return
        width, height = text_width(text, label.size, label.bold) * 1.05 + 1, _LINE * label.size
        x = {"start": width / 2, "middle": 0.0, "end": -width / 2}[label.anchor]
        y = height / 2 - _BASE * label.size
        turn = radians(label.angle)  # a cell turns around its middle, a label around its point
        middle = (label.x + x * cos(turn) - y * sin(turn), label.y + x * sin(turn) + y * cos(turn))
        name = self.ids.new("text")
        box = _Box(name, middle[0] - width / 2, middle[1] - height / 2, middle[0] + width / 2, middle[1] + height / 2)
        turned = f";rotation={number(label.angle)}" if label.angle else ""
        plain = "text;fillColor=none;strokeColor=none;html=0;verticalAlign=middle;spacing=0"
        style = f"{plain};align={_ALIGN[label.anchor]};{_font(label)}{turned}"
        self._cell(name, text, style, box, parent, corner)

    def _cell(self, name: str, value: str, style: str, box: _Box, parent: str, corner: Point) -> None:
        words = "&#10;".join(xml_text(line) for line in value.split("\n"))
        x, y = _n(box.left - corner[0]), _n(box.top - corner[1])
        width, height = _n(box.right - box.left), _n(box.bottom - box.top)
        self.out.append(
            f'<mxCell id="{name}" value="{words}" style="{xml_text(style)};" vertex="1" parent="{parent}">'
            f'<mxGeometry x="{x}" y="{y}" width="{width}" height="{height}" as="geometry"/></mxCell>'
        )

    def _line(self, mark: Line | Curve) -> None:
        """Write a line; one that leads between two nodes is bound to them."""
        points = flattened(mark.points) if isinstance(mark, Curve) else mark.points
        first, last = points[0], points[-1]
        source, target = (self.nodes.get(end) for end in mark.ends or ("", ""))
        style = [
            "edgeStyle=none",
            "html=0",
            "curved=1" if isinstance(mark, Curve) else f"rounded={int(mark.radius > 0)};arcSize={_n(2 * mark.radius)}",
            *(f"{end}Arrow={_arrow(mark.arrow in (end, 'both'))}" for end in ("start", "end")),
            "startFill=1;endFill=1;startSize=4;endSize=4",
            _look(mark.style),
        ]
        bound = ""
        if source and target:
            style += [_bound("exit", source, first), _bound("entry", target, last)]
            bound = f' source="{source.id}" target="{target.id}"'
        corners = "".join(f'<mxPoint x="{_n(x)}" y="{_n(y)}"/>' for x, y in points[1:-1])
        ends = "".join(
            f'<mxPoint x="{_n(x)}" y="{_n(y)}" as="{side}Point"/>'
            for side, (x, y) in (("source", first), ("target", last))
        )
        self.edges.append(
            f'<mxCell id="{self.ids.new("edge")}" style="{xml_text(";".join(style))};" edge="1" parent="1"{bound}>'
            f'<mxGeometry relative="1" as="geometry">{ends}'
            + (f'<Array as="points">{corners}</Array>' if corners else "")
            + "</mxGeometry></mxCell>"
        )


def _middle(label: Label) -> float:
    half = text_width(label.text, label.size, label.bold) / 2
    return label.x + {"start": half, "middle": 0.0, "end": -half}[label.anchor]


def _holder(label: Label, marks: Sequence[Mark]) -> int:
    """Return the uppermost area that a label stands in, as a position in the marks; -1 if it stands in none."""
    if label.angle:
        return -1
    x, y = _middle(label), label.y - label.size * 0.35
    for i in range(len(marks) - 1, -1, -1):
        mark = marks[i]
        box = bounds([mark]) if isinstance(mark, Rect | Circle | Polygon) else None
        if box and box[0] <= x <= box[2] and box[1] <= y <= box[3]:
            return i
    return -1


def _bound(way: str, box: _Box, point: Point) -> str:
    """Return where on the border of a cell an edge is fixed, in parts of its width and height."""
    x = (point[0] - box.left) / ((box.right - box.left) or 1.0)
    y = (point[1] - box.top) / ((box.bottom - box.top) or 1.0)
    return f"{way}X={min(max(x, 0), 1):.4g};{way}Y={min(max(y, 0), 1):.4g};{way}Dx=0;{way}Dy=0;{way}Perimeter=0"


def _arrow(there: bool) -> str:
    return "block" if there else "none"


def _common(words: Sequence[Label]) -> Label:
    """Return how several labels look as the text of one cell: as small as the smallest, bold if all are."""
    return replace(words[0], size=min(label.size for label in words), bold=all(label.bold for label in words))


def _font(label: Label) -> str:
    color = hexadecimal(label.color)
    return f"fontFamily=Helvetica;fontSize={_n(label.size)};fontStyle={int(label.bold)};fontColor={color}"


def _look(style: Style) -> str:
    out = [f"fillColor={hexadecimal(style.fill) or 'none'}", f"strokeColor={hexadecimal(style.stroke) or 'none'}"]
    out.append(f"strokeWidth={_n(style.width)}")
    if sum(style.dash) > 0:
        out.append(f"dashed=1;fixDash=1;dashPattern={' '.join(map(_n, style.dash))}")
    return ";".join(out)


def _n(value: float) -> str:
    """Return a length in pixels."""
    return number(value * _PIXELS)
