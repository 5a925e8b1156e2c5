"""What a script and a style sheet lose without changing."""

import shutil
import subprocess

import pytest

from cnnshape.render.html.compact import compact_script, compact_style

SCRIPT = r"""
/* a comment of
   two lines with "quotes" and 'more */
const text = "a  =  b // no comment", other = 'it\'s  ; here', shown = `x  +  ${text . length}  y`;
// it's a comment
const found = (word) => /^[ =+"'/]\s*( |;) $/.test(word); // and one behind
const half = 8 / 4 / 2, sum = 1 + +"2" - -3;
const far = "http://example.org";
let out = [];
for (const each of [1, 2, 3]) if (each > 1 && ! (each === 3)) out . push(each ? .5 : 1)
out.push(text, other, shown, found("=   "), half, sum, far, 7 % 4, 2 ** 3, "a/b".split("/").length)
out.push(((x) => { return { x, y: -x } })(4))
console.log(JSON.stringify(out))
"""


def ran(script: str) -> str:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed")
    return subprocess.run([node, "-e", script], capture_output=True, text=True, check=True, timeout=60).stdout


def test_a_script_does_the_same_and_is_shorter():
    short = compact_script(SCRIPT)
    assert ran(short) == ran(SCRIPT)
    assert "comment" not in short.replace("// no comment", "")
    assert len(short) < 0.85 * len(SCRIPT)
    assert compact_script(short) == short


def test_a_style_sheet_keeps_its_blanks_where_they_mean_something():
    style = "a > b, .c .d { margin: 0 1px; width: calc(100% - 8px); }\n"
    style += '@media (max-width: 9px) { i::after { content: " ↓"; } }'
    assert compact_style(style) == (
        'a > b,.c .d{margin:0 1px;width:calc(100% - 8px)}@media (max-width:9px){i::after{content:" ↓"}}'
    )
