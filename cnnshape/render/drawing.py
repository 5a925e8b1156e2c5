"""A picture of a network in a style, as the bytes of a file of some form."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from cnnshape.errors import UsageError
from cnnshape.render.figures.options import DrawOptions
from cnnshape.render.scene import Scene

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts
    from cnnshape.render.diagram import Diagram

__all__ = ["FORMS", "STYLES", "SUFFIXES", "Drawing", "form_of"]

STYLES = {
    "graph": "figures.graph:graph",
    "architecture": "figures.architecture:architecture",
    "blocks": "figures.blocks:blocks",
}
"""Name of each style, and the function that makes a scene of facts and options."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form of file.

    Parameters
    ----------
    module : the writer
    suffixes : of the names of such files, the usual one first
    mime : its media type
    graph : True if it holds boxes and edges, which are placed by the program that reads it
    """

    module: str
    suffixes: tuple[str, ...]
    mime: str
    graph: bool = False


FORMS = {
    "svg": Form("svg", (".svg",), "image/svg+xml"),
    "pdf": Form("pdf", (".pdf",), "application/pdf"),
    "png": Form("png", (".png",), "image/png"),
    "tex": Form("tikz", (".tex", ".tikz"), "text/x-tex"),
    "dot": Form("dot", (".dot", ".gv"), "text/vnd.graphviz", graph=True),
    "mmd": Form("mermaid", (".mmd", ".mermaid"), "text/vnd.mermaid", graph=True),
    "drawio": Form("drawio", (".drawio",), "application/vnd.jgraph.mxfile"),
}
SUFFIXES = {suffix: name for name, form in FORMS.items() for suffix in form.suffixes}


_USUAL = DrawOptions()


@dataclass(frozen=True)
class Drawing:
    """A network as a picture, which is made when it is first asked for.

    Parameters
    ----------
    facts : Facts, at sizes or with formulas
    style : "graph", "architecture" or "blocks"
    options : DrawOptions

    Raises
    ------
    UsageError
        CS001, a style that there is not.
    """

    facts: Facts
    style: str = "graph"
    options: DrawOptions = _USUAL

    def __post_init__(self) -> None:
        if self.style not in STYLES:
            raise UsageError(
                f"there is no style {self.style!r}",
                got=self.style,
                rule=f"a picture is a {', '.join(STYLES)}",
                fix="style graph",
            )

    @cached_property
    def scene(self) -> Scene:
        """The marks of the picture."""
        module, _, name = STYLES[self.style].partition(":")
        make: Callable[[Facts, DrawOptions], Scene] = getattr(import_module(f"cnnshape.render.{module}"), name)
        return make(self.facts, self.options)

    @cached_property
    def diagram(self) -> Diagram:
        """The boxes and links of the picture, for forms that place them themselves."""
        from cnnshape.render.diagram import diagram

        return diagram(self.facts, self.options.detail, "", self.options.max_nodes)

    def data(self, form: str) -> bytes:
        """Return the bytes of a file.

        Parameters
        ----------
        form : one of `FORMS`

        Raises
        ------
        UsageError
            CS001, a form that there is not, or one that cannot hold the style; CS014, a picture too large for it.
        ExtraMissing
            CS010, PDF and PNG need the extra `figures`.
        """
        if form not in FORMS:
            raise UsageError(
                f"there is no form {form!r}", got=form, rule=f"a picture is written as {', '.join(FORMS)}", fix="svg"
            )
        render = import_module(f"cnnshape.render.{FORMS[form].module}").render
        if FORMS[form].graph:
            if self.style != "graph":
                raise UsageError(
                    f"{form} holds boxes and arrows, no figure of style {self.style}",
                    got=form,
                    rule="a .dot or .mmd file says what leads where; the program that reads it places it",
                    fix="--style graph, or a file .svg, .pdf, .png, .tex or .drawio",
                )
            written = render(self.diagram, self.options.direction or "down", self.options.palette)
        else:
            written = render(self.scene, **_more(form, self.options))
        return written if isinstance(written, bytes) else written.encode()

    def notes(self, form: str) -> tuple[str, ...]:
        """Return what is told to the one who asked for the picture."""
        return () if FORMS[form].graph else self.scene.notes


def _more(form: str, options: DrawOptions) -> dict[str, Any]:
    """Return what a writer is told beside the scene."""
    if form == "png":
        return {"dpi": options.dpi}
    return {"standalone": options.standalone} if form == "tex" else {}


def form_of(file: str, forms: Collection[str] = FORMS) -> str:
    """Return the form that the name of a file asks for, one of `forms`.

    Raises
    ------
    UsageError
        CS001, a suffix that no form has.

    Examples
    --------
    >>> form_of("unet.svg"), form_of("paper/unet.tex")
    ('svg', 'tex')
    """
    path = PurePath(file)
    form = SUFFIXES.get(path.suffix.lower())
    known = [suffix for suffix, name in SUFFIXES.items() if name in forms]
    if form is None:
        shown = path.suffix or "a file without a suffix"
        raise UsageError(
            f"a picture is not written as {shown}",
            got=file,
            rule=f"the name of a file says its form: {', '.join(known)}",
            fix=f"{path.with_suffix('.svg')}" if path.name.strip(".") else "net.svg",
        )
    return form
