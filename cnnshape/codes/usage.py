"""Codes CS0xx: a command or a call that cannot be followed."""

from __future__ import annotations

from cnnshape.codes.rule import Rule

__all__ = ["RULES"]

RULES = {
    "CS000": Rule(
        "a fault of cnnshape",
        "Something happened that cnnshape did not foresee.",
        "Whatever you give it, it should answer in words. Please report it, with what the same command prints with "
        "--debug.",
    ),
    "CS001": Rule(
        "a word that a command or a call does not take",
        "An option, a value of an option, or an argument is unknown.",
        "Guessing what was meant could give numbers for another question.",
        "cnnshape report examples/lenet5.yaml --sort size",
        "cnnshape report examples/lenet5.yaml --sort params",
    ),
    "CS002": Rule(
        "an unknown command",
        "The first word is no command. For a model, the command report is probably missing before it.",
        "A command comes first, then what it works on.",
        "cnnshape examples/lenet5.yaml",
        "cnnshape report examples/lenet5.yaml",
    ),
    "CS003": Rule(
        "a kind of model that is not read",
        "The model is given in a form that cnnshape does not open, such as pickled weights.",
        "Weights alone do not say how the layers are connected, and a pickle runs code of whoever made it.",
        "cnnshape report model.pth",
        "cnnshape report examples/resnet50.yaml",
    ),
    "CS004": Rule(
        "a size that does not belong to the network",
        "A symbol that no input of the network has, a size that is no whole number of at least 1, or an --input that "
        "contradicts a size that is fixed.",
        "A misspelled symbol that is silently ignored would leave you with the numbers of another size.",
        "cnnshape report examples/lenet5.yaml --set HH=32",
        "cnnshape report examples/lenet5.yaml --set H=32",
    ),
    "CS005": Rule(
        "an unknown layer",
        "There is no layer of that name in the network.",
        "Layers are named as in the rows of a report, with the blocks around them: stage1.conv1.",
        'import cnnshape\ncnnshape.report("examples/lenet5.yaml").layer("conv1")',
        'import cnnshape\ncnnshape.report("examples/lenet5.yaml").layer("c1")',
    ),
    "CS006": Rule(
        "a file that cannot be written",
        "The file after -o cannot be made or replaced. What was there before is unchanged.",
        "The folder does not exist, is write-protected or full, or the name is that of a folder.",
        "cnnshape report examples/lenet5.yaml -o examples",
        "cnnshape report examples/lenet5.yaml -o lenet5.md",
    ),
    "CS007": Rule(
        "not enough memory",
        "The operating system has no memory left for the question.",
        "The network is very large for this machine, or others use its memory.",
    ),
    "CS008": Rule(
        "the operating system refuses",
        "A file or a stream could not be opened, read or written.",
        "The message is the operating system's own, such as: no space left on device.",
    ),
    "CS009": Rule(
        "a published network that there is not",
        "The zoo has no network of this name, or its builder does not take this argument or this value.",
        "Names are torchvision's where it has the network; cnnshape zoo lists them, with their arguments.",
        "cnnshape report zoo:resnet51",
        "cnnshape report zoo:resnet50",
    ),
    "CS010": Rule(
        "a package is missing",
        "What you ask for needs a package that is not installed.",
        "Packages that few need are extras, so that everybody else installs less. The message says the line to type.",
    ),
    "CS013": Rule(
        "data and weights that do not fit each other",
        "The axes of data and weights from files cannot both be right, a size that is given is not that of the file, "
        "or a place is asked for that the output does not have.",
        "A value is worked out from numbers that are there. Data is HxW or CxHxW, weights are kxk, Cxkxk or filters x "
        "C x k x k.",
        "cnnshape conv -k examples/notes/cross.csv --data examples/notes/image.csv --at 3,3",
        "cnnshape conv -k examples/notes/cross.csv --data examples/notes/image.csv --at 2,2",
    ),
    "CS014": Rule(
        "a picture too large for its form",
        "The picture has more pixels, edges, letters or length than its form can hold.",
        "GitHub shows no Mermaid of more than 500 edges, TeX measures no length beyond 5.7 m, and a PNG as large as a "
        "wall fills the memory. Show less detail, or write SVG.",
    ),
}
