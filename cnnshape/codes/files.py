"""Codes CS10x: a file that cannot be read at all."""

from __future__ import annotations

from cnnshape.codes.rule import Rule

__all__ = ["RULES"]

_GOOD = """input: [3, H, W]
layers:
  - conv: {out_channels: 8, kernel_size: 3}
"""
_USE = "input: [3, H, W]\nlayers:\n  - cb\n"

RULES = {
    "CS100": Rule(
        "a file without numbers",
        "The file of data or weights holds no array of real numbers: another kind of file, pickled objects, a word "
        "among the numbers, rows of different lengths, nan.",
        "Numbers come from .npy, as numpy.save writes it, or from rows of numbers as text. A pickle is never loaded.",
        "cnnshape pool -k 2 --data examples/lenet5.yaml",
        "cnnshape pool -k 2 --data examples/notes/image.csv",
    ),
    "CS101": Rule(
        "a file that is not there, or may not be read",
        "The path leads to no file that can be opened.",
        "Check the path and the folder you are in; the nearest name is offered.",
        "cnnshape report examples/lenet.yaml",
        "cnnshape report examples/lenet5.yaml",
    ),
    "CS102": Rule(
        "a folder in place of a file",
        "The path is that of a folder.",
        "A model is one file.",
        "cnnshape report examples",
        "cnnshape report examples/lenet5.yaml",
    ),
    "CS103": Rule(
        "nothing in it",
        "The file, or standard input, holds no design: it is empty, or all of it is comments.",
        "A design has at least an input and layers.",
        "# a design will stand here\n",
        _GOOD,
    ),
    "CS104": Rule(
        "no text",
        "The file holds bytes that are no text in UTF-8: another kind of file, or another encoding.",
        "A design is text. Save it as UTF-8.",
    ),
    "CS105": Rule(
        "too large",
        "The text is longer than 10 MB.",
        "A design of ten thousand layers takes about one. Say what repeats once, with define and repeat.",
    ),
    "CS106": Rule(
        "no YAML, or no JSON",
        "The text breaks the rules of YAML, or of JSON if its name ends so: a bracket that is not closed, a tab, a "
        "colon without a space.",
        "Until the text can be read there is no design to check.",
        "input: [3, H, W\nlayers:\n  - relu\n",
        "input: [3, H, W]\nlayers:\n  - relu\n",
    ),
    "CS107": Rule(
        "a formula that YAML takes apart",
        "A formula with a comma stands inside {...} or [...] without quotes.",
        "There, YAML ends a value at a comma, so that max(H, 2) would become two values.",
        "define:\n  cb: {args: {k: 3}, layers: [{max_pool: {kernel_size: k, padding: max(k//2, 1)}}]}\n" + _USE,
        'define:\n  cb: {args: {k: 3}, layers: [{max_pool: {kernel_size: k, padding: "max(k//2, 1)"}}]}\n' + _USE,
    ),
    "CS108": Rule(
        "a key given twice",
        "A mapping has the same key twice, or an argument is given under two of its names.",
        "YAML readers keep the last one in silence, and the first was meant too.",
        "input: [3, H, W]\nlayers:\n  - conv: {out_channels: 8, kernel_size: 3, kernel_size: 5}\n",
        "input: [3, H, W]\nlayers:\n  - conv: {out_channels: 8, kernel_size: 5}\n",
    ),
    "CS109": Rule(
        "nested too deep",
        "Lists and mappings, or blocks and branches, stand inside one another more than a hundred deep, or aliases "
        "stand for too many values.",
        "A small file of aliases could otherwise fill the memory. Name what repeats with define.",
    ),
}
