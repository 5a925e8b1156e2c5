r"""A scene as TikZ: a document of its own, or a picture for ``\input``, in the letters of the paper around it.

Wanted of LaTeX: the packages `tikz` and its library `patterns`. What a label holds is escaped; the brackets of
rounding are math. A text that the paper's letters make wider than the figure has room for is drawn narrower.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.errors import UsageError
from cnnshape.render.geometry import Segment, bounds, drawn
from cnnshape.render.metrics import fitted, text_width
from cnnshape.render.palette import NAMED
from cnnshape.render.scene import Circle, Curve, Group, Hatch, Label, Line, Mark, Point, Polygon, Rect, Scene, Style
from cnnshape.render.scene import leaves as all_marks
from cnnshape.render.tex import escaped
from cnnshape.render.writing import clean, hexadecimal, number, styles

__all__ = ["LONGEST", "render"]

LONGEST = 16_000
"""Points; TeX measures no length of more than 16 383 of its own."""

_SIGNS = {
    "\u2308": r"$\lceil$",
    "\u2309": r"$\rceil$",
    "\u230a": r"$\lfloor$",
    "\u230b": r"$\rfloor$",
    "\u00d7": r"\cnnsign{\times}",
    "\u2264": r"\cnnsign{\le}",
    "\u2265": r"\cnnsign{\ge}",
    "\u2212": r"\cnnsign{-}",
    "\u00b7": r"$\cdot$",
    "\u00b1": r"$\pm$",
    "\u2192": r"$\to$",
    "\u221e": r"$\infty$",
}
_PATTERNS: dict[Hatch, str] = {
    "rising": "north east lines",
    "falling": "north west lines",
    "crossed": "crosshatch",
    "level": "horizontal lines",
    "upright": "vertical lines",
    "dots": "crosshatch dots",
}
_ANCHORS = {"start": "base west", "middle": "base", "end": "base east"}

_MACROS = r"""\providecommand\cnnfont{\sffamily}% the letters of the figure
\providecommand\cnnother[1]{\ifdefined\Umathchar\char"#1\relax\else?\fi}% a letter that pdflatex lacks
\providecommand\cnnsign[1]{\kern-.09em$#1$\kern-.09em\relax}% as narrow as in Helvetica
\providecommand\cnntext[3]{% a size, the room for a text, the text
  \setbox0=\hbox{\cnnfont\fontsize{#1}{#1}\selectfont #3}%
  \ifdim\wd0>#2\relax\resizebox{#2}{\height}{\box0}\else\box0\fi}%"""

_PREAMBLE = r"""\documentclass{article}
\usepackage{tikz}
\usetikzlibrary{patterns}
\ifdefined\Umathchar\else
  \IfFileExists{lmodern.sty}{\usepackage[T1]{fontenc}\usepackage{lmodern}}{\usepackage{fix-cm}}
\fi
\ifdefined\pdfpagewidth\else\let\pdfpagewidth\pagewidth\let\pdfpageheight\pageheight\fi
\begin{document}%
\setbox1=\hbox{%"""
_END = r"""}%
\pdfpagewidth=\wd1 \pdfpageheight=\ht1
\hoffset=-1in \voffset=-1in
\shipout\box1
\end{document}
"""


_WANTED = r"% \usepackage{tikz} and \usetikzlibrary{patterns} stand in the preamble of the document"


def render(scene: Scene, standalone: bool = True) -> str:
    r"""Return the picture as LaTeX.

    Parameters
    ----------
    scene : Scene
    standalone : True for a document of one page, as large as the scene; False for a picture that a paper takes by
        ``\input``, with ``\usepackage{tikz}`` and ``\usetikzlibrary{patterns}`` in its preamble

    Raises
    ------
    UsageError
        CS014, a mark is further away than TeX can measure.

    Examples
    --------
    >>> print(render(Scene(40, 12, (Label(2, 9, "50%", anchor="start"),)), standalone=False).splitlines()[-3])
    \node[cnnlabel, anchor=base west, text=cnnink] at (2,9) {\cnntext{8bp}{16.01bp}{50\%}};
    """
    _measured(scene)
    if standalone:
        return "\n".join([_PREAMBLE, _MACROS, *_picture(scene), _END])
    return "\n".join([_WANTED, r"\begingroup%", _MACROS, *_picture(scene), r"\endgroup%", ""])


def _measured(scene: Scene) -> None:
    longest = max(scene.width, scene.height, *map(abs, bounds(scene.marks) or (0,)))
    longest = max(longest, *(length for style in styles(scene.marks) for length in (style.width, *style.dash)), 0)
    for mark in all_marks(scene.marks):
        if isinstance(mark, Label):
            longest = max(longest, abs(mark.x), abs(mark.y), mark.size * 8)  # of a font it makes 2048 points at most
    if longest > LONGEST:
        raise UsageError(
            f"a picture of {scene.width:,.0f} x {scene.height:,.0f} points in TikZ",
            code="CS014",
            got=longest,
            rule=f"TeX measures at most {LONGEST:,} points from a corner",
            fix="show less detail, or write SVG or PDF",
        )


def _picture(scene: Scene) -> list[str]:
    used = {color for style in styles(scene.marks) for color in (style.fill, style.stroke)}
    used |= {mark.color for mark in all_marks(scene.marks) if isinstance(mark, Label)}
    out = [
        r"\begin{tikzpicture}[x=1bp, y=-1bp, line join=round, cnnlabel/.style={inner sep=0pt, outer sep=0pt}]",
        *(rf"\definecolor{{{_color(name)}}}{{HTML}}{{{_digits(name)}}}" for name in sorted(used - {""})),
        rf"\useasboundingbox (0,0) rectangle {_at((scene.width, scene.height))};",
        *_comment(scene.title),
    ]
    _marks(scene.marks, out)
    return [*out, r"\end{tikzpicture}%"]


def _comment(words: str) -> list[str]:
    """Return a line that TeX skips; letters beyond ASCII are left out, for they could hold a line's end for it."""
    kept = "".join(letter for letter in clean(words) if letter.isascii())[:200]
    return [f"% {kept}"] if kept.strip() else []


def _marks(marks: Sequence[Mark], out: list[str]) -> None:
    for mark in marks:
        match mark:
            case Group():
                out += _comment(mark.id)
                _marks(mark.marks, out)
            case Rect(x, y, width, height, style, radius):
                rounded = (f"rounded corners={number(min(radius, width / 2, height / 2))}bp",) if radius > 0 else ()
                out += _area(style, f"{_at((x, y))} rectangle {_at((x + width, y + height))}", *rounded)
            case Circle(x, y, radius, style):
                out += _area(style, f"{_at((x, y))} circle[radius={number(radius)}bp]")
            case Polygon(points, style):
                out += _area(style, f"{' -- '.join(map(_at, points))} -- cycle")
            case Line() | Curve():
                way, heads = drawn(mark)
                out += _area(mark.style, _way(way))
                for head in heads:
                    out += _area(Style(mark.style.stroke, ""), f"{' -- '.join(map(_at, head))} -- cycle")
            case Label():
                out += _label(mark)


def _area(style: Style, way: str, *more: str) -> list[str]:
    """Return the command that paints a closed or open path; none if nothing is to be seen."""
    words = [*more]
    if style.fill:
        words.append(f"fill={_color(style.fill)}")
    if style.stroke:
        words += [f"draw={_color(style.stroke)}", f"line width={number(style.width)}bp"]
        if sum(style.dash) > 0:
            words.append(f"dash pattern={_dash(style.dash)}")
    if style.fill and style.hatch:
        color = f"{_color(style.stroke)}!50!{_color(style.fill)}" if style.stroke else _color(style.fill)
        out = [rf"\path[{', '.join([*more, f'fill={_color(style.fill)}'])}] {way};"]
        out += [rf"\path[{', '.join([*more, f'pattern={_PATTERNS[style.hatch]}', f'pattern color={color}'])}] {way};"]
        return [*out, *_area(Style("", style.stroke, style.width, style.dash), way, *more)]
    return [rf"\path[{', '.join(words)}] {way};"] if style.fill or style.stroke else []


def _dash(lengths: Sequence[float]) -> str:
    both = [*lengths, *lengths] if len(lengths) % 2 else lengths
    return " ".join(f"{'off' if i % 2 else 'on'} {number(length)}bp" for i, length in enumerate(both))


def _way(way: Sequence[Segment]) -> str:
    out = ""
    for letter, points in way:
        if letter == "M":
            out += _at(points[0])
        elif letter == "L":
            out += f" -- {_at(points[0])}"
        else:
            out += f" .. controls {_at(points[0])} and {_at(points[1])} .. {_at(points[2])}"
    return out


def _label(label: Label) -> list[str]:
    text = fitted(clean(label.text), LONGEST / 2, label.size, label.bold)
    if not text.strip() or label.size <= 0:
        return []
    words = "".join(_letter(letter) for letter in text).replace("--", "-{}-")
    words = rf"\bfseries\boldmath {words}" if label.bold else words
    turned = f", rotate={number(-label.angle)}" if label.angle else ""
    size, room = f"{number(label.size)}bp", f"{number(text_width(text, label.size, label.bold))}bp"
    look = f"cnnlabel, anchor={_ANCHORS[label.anchor]}, text={_color(label.color)}{turned}"
    return [rf"\node[{look}] at {_at((label.x, label.y))} {{\cnntext{{{size}}}{{{room}}}{{{words}}}}};"]


def _letter(letter: str) -> str:
    if letter in _SIGNS:
        return _SIGNS[letter]
    written = escaped(letter)
    return rf"\cnnother{{{ord(letter):04X}}}" if written.startswith(r"\texttt{U+") else written


def _color(name: str) -> str:
    return f"cnn{name}" if name in NAMED else f"cnn{_digits(name)}"


def _digits(name: str) -> str:
    return hexadecimal(name).removeprefix("#").upper()


def _at(point: Point) -> str:
    return f"({number(point[0])},{number(point[1])})"
