"""Pictures to write: one that has every sort of mark, names that are hard to write, and pictures drawn by lot."""

import string

from hypothesis import strategies as st

from cnnshape.render.palette import NAMED, ROLES, Palette, look
from cnnshape.render.scene import Circle, Curve, Group, Label, Line, Mark, Polygon, Rect, Scene, Style

BRACKETS = "64×⌈H/4⌉×⌊W/4⌋"

HOSTILE = (
    "",
    " ",
    "<b>&\"'</b>",
    "</script><img src=x onerror=alert(1)>",
    "</text></svg>]]><!--",
    "&lt;&#10;&nosuch;",
    "שלום עולם",
    "مرحبا conv1",
    "\u202egnp.exe\u2066",
    "a\nb\r\nc\td\x0b\x0c\x85\u2028\u2029e",
    "\x00\x1b[31m\x7f\x80",
    "\ud800 \udfff",
    "\ufffe\uffff\U0010ffff",
    "\\input{/etc/passwd} \\end{document} \\\\ \\",
    r"\N \G \l \"",
    "100% #1 $x$ & ~ ^ _ {} [x] | < > ` ' -- --- ?` !`",
    "%%{init: {'theme': 'dark'}}%%",
    "style x fill:#fff;",
    'click v0 "https://example.org"',
    "end",
    "subgraph graph TD",
    "1. one",
    "- two",
    "# three",
    "`four`",
    "**five**",
    "#quot;#35;",
    "<<b>x</b>>",
    "😀👩‍👩‍👧🏳️",
    "層の名前",
    "e\u0301" + "\u0300" * 40,
    "x" * 10_000,
    "{}" * 500,
)


def sample(palette: Palette = "color", dark: bool = True) -> Scene:
    """A picture of 300 by 200 points with every role, every hatch, lines, heads, a curve and turned text."""
    marks: list[Mark] = [Rect(0.5, 0.5, 299, 199, Style("paper", "hair"))]
    for i, role in enumerate(ROLES):
        x, y, style = 10 + i % 4 * 72, 12 + i // 4 * 38, look(role, palette)
        area: Mark = Rect(x, y, 60, 26, style, 3)
        if role == "add":
            area = Circle(x + 30, y + 13, 13, style)
        if role == "concat":
            area = Polygon(((x + 8, y), (x + 52, y), (x + 60, y + 26), (x, y + 26)), style)
        name = Label(x + 30, y + 11, role, 7, bold=True, color="#000000")
        shape = Label(x + 30, y + 21, BRACKETS, 6, color="#000000")
        marks.append(Group(f"n{i}", f"{role} <b>", (area, name, shape), node=True))
    for i in range(3):
        x = 10 + i * 72
        marks.append(
            Group(f"e{i}", "", (Line(((x + 60, 25), (x + 72, 25)), arrow="end", ends=(f"n{i}", f"n{i + 1}")),))
        )
    bent = Line(((40, 38), (40, 44), (112, 44), (112, 50)), radius=3, arrow="end", ends=("n0", "n5"))
    arc = Curve(((40, 114), (40, 150), (180, 150), (180, 114)), Style("", "fault", 1.2, (3, 2)), "both", ("n8", "n10"))
    marks += [Group("e3", "", (bent,)), Group("e4", "", (arc,))]
    marks += [
        Line(((20 + i * 60, 160), (66 + i * 60, 160)), Style("", "ink", 0.4 * 2**i), arrow="end") for i in range(4)
    ]
    marks += [
        Label(20, 180, "faint text ≤ 224 × 224 − 1 … · –", 8, "start", color="faint"),
        Label(260, 190, "up", 8, "start", angle=-90),
        Label(150, 192, "a_b % # & \\x {y} $z$ ^~ größe", 8, color="fault"),
    ]
    return Scene(300, 200, tuple(marks), "A sample", "of all marks", dark)


def labeled(*texts: str) -> Scene:
    """A picture of nodes that bear these texts, as ids and titles too, and an edge between the first two."""
    nodes = tuple(
        Group(
            text[:200], text, (Rect(5, 5 + 20 * i, 390, 14, Style("#FFFFFF")), Label(200, 14 + 20 * i, text)), node=True
        )
        for i, text in enumerate(texts)
    )
    edge = Line(((200, 19), (200, 25)), arrow="end", ends=(nodes[0].id, nodes[-1].id))
    return Scene(400, 10 + 20 * len(texts), (*nodes, Group("edge", "", (edge,))), texts[0], texts[-1])


_lengths = st.floats(-400, 400).map(lambda value: round(value, 2))
_sizes = st.floats(0, 300).map(lambda value: round(value, 2))
_points = st.tuples(_lengths, _lengths)
_colors = st.sampled_from((*NAMED, "#000000", "#9BD0F2", "#FFFFFF"))
_texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=20), st.text(string.printable, max_size=20))
_styles = st.builds(
    Style,
    fill=st.one_of(st.just(""), _colors),
    stroke=st.one_of(st.just(""), _colors),
    width=st.sampled_from((0.0, 0.4, 1.0, 5.0)),
    dash=st.sampled_from(((), (3.0, 2.0), (1.0,), (0.0, 0.0))),
    hatch=st.sampled_from(("", "rising", "falling", "crossed", "level", "upright", "dots")),
)
_heads = st.sampled_from(("", "end", "start", "both"))
_ends = st.one_of(st.none(), st.tuples(_texts, _texts))
_leaves = st.one_of(
    st.builds(Rect, _lengths, _lengths, _sizes, _sizes, _styles, st.sampled_from((0.0, 3.0, 500.0))),
    st.builds(Circle, _lengths, _lengths, _sizes, _styles),
    st.builds(Polygon, st.lists(_points, min_size=1, max_size=5).map(tuple), _styles),
    st.builds(Line, st.lists(_points, min_size=2, max_size=6).map(tuple), _styles, _sizes, _heads, _ends),
    st.builds(Curve, st.sampled_from((4, 7)).flatmap(lambda n: st.tuples(*[_points] * n)), _styles, _heads, _ends),
    st.builds(
        Label,
        _lengths,
        _lengths,
        _texts,
        st.sampled_from((0.0, 6.5, 18.0)),
        st.sampled_from(("start", "middle", "end")),
        st.booleans(),
        _colors,
        st.sampled_from((0.0, -90.0, 33.3)),
    ),
)
_marks = st.recursive(
    _leaves,
    lambda inner: st.builds(Group, _texts, _texts, st.lists(inner, max_size=4).map(tuple), st.booleans()),
    max_leaves=8,
)
scenes = st.builds(
    Scene,
    st.floats(1, 500),
    st.floats(1, 500),
    st.lists(_marks, max_size=6).map(tuple),
    _texts,
    _texts,
    st.booleans(),
)
"""Any picture of moderate size, degenerate marks and hostile texts among it."""
