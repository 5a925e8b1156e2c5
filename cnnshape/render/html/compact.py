"""Scripts and style sheets without what only their readers need: comments, indentation, blanks between signs."""

from __future__ import annotations

import re

__all__ = ["compact_script", "compact_style"]

# What must stay as it is: texts, templates, and regular expressions, which stand where no value can be divided.
_KEPT = re.compile(
    r"""(?P<comment>/\*.*?\*/|(?<![:\\])//[^\n]*)"""
    r"""|(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)"""
    r"""|(?<=[(,=:\[!&|?{};\n])(?P<before>\s*)(?P<regex>/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/[a-z]*)""",
    re.DOTALL,
)
_BLANKS = re.compile(r"[ \t]*([{}()\[\];,=<>?:&|!*%])[ \t]*")


def compact_script(script: str) -> str:
    r"""Return a script that does the same; lines stay lines.

    Examples
    --------
    >>> compact_script('const a = (b) => {\n  // why\n  return "x  =  y" + b;\n};\n')
    'const a=(b)=>{\nreturn "x  =  y" + b;\n};'
    """
    out, last = [], 0
    for found in _KEPT.finditer(script):
        out.append(_BLANKS.sub(r"\1", script[last : found.start()]))
        out.append("" if found["comment"] else found["text"] or found["regex"])
        last = found.end()
    out.append(_BLANKS.sub(r"\1", script[last:]))
    return _lines("".join(out))


def compact_style(style: str) -> str:
    """Return a style sheet that says the same.

    Examples
    --------
    >>> compact_style("/* why */ a, b { color: red; margin: 0 1px; }")
    'a,b{color:red;margin:0 1px}'
    """
    found = re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)
    found = re.sub(r"\s*([{};,])\s*", r"\1", found)
    return re.sub(r":\s+", ":", found).replace(";}", "}").strip()


def _lines(text: str) -> str:
    stripped = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in stripped if line)
