"""`draw`: a network as a picture, shown in a notebook or written to a file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnshape.api.reports import Report, report
from cnnshape.api.shown import Shown

if TYPE_CHECKING:
    from cnnshape.render.drawing import Drawing

__all__ = ["Picture", "draw"]

_NO_SIZES: Mapping[str, int] = MappingProxyType({})


class Picture(Shown):
    """A picture of a network: a notebook shows it, `save` writes it.

    Made by `draw`.

    Parameters
    ----------
    drawing : what is drawn, and how
    """

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing

    @property
    def notes(self) -> tuple[str, ...]:
        """What had to be done to make it fit, such as folding more."""
        return self.drawing.notes("svg")

    @property
    def size(self) -> tuple[float, float]:
        """Width and height, points."""
        return self.drawing.scene.width, self.drawing.scene.height

    def to(self, form: str) -> bytes:
        """Return the bytes of a file: "svg", "pdf", "png", "tex", "dot", "mmd" or "drawio".

        Raises
        ------
        UsageError
            CS001, another form, or one that cannot hold the style; CS014, a picture too large for it.
        ExtraMissing
            CS010, PDF and PNG need the extra `figures`.
        """
        return self.drawing.data(form)

    def form_of(self, file: str) -> str:
        from cnnshape.render.drawing import form_of

        return form_of(file)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from cnnshape.render.notebook import drawing_bundle

        del include, exclude  # a notebook takes what it can show
        return drawing_bundle(self.drawing, self.__repr__)

    def __repr__(self) -> str:
        what = f"{self.drawing.style} of {self.drawing.facts.model!r}"
        if self.drawing.options.layout == "dot" and "scene" not in vars(self.drawing):
            return f"<{what}>"  # its size is what the program says, which is not started for this
        width, height = self.size
        return f"<{what}, {width:.0f} x {height:.0f} pt>"


def draw(
    model: Any,
    file: str | os.PathLike[str] | None = None,
    *,
    style: str = "graph",
    sizes: Mapping[str, int] | None = None,
    symbolic: bool = False,
    **options: Any,
) -> Picture:
    """Draw a network, and write the picture to a file if one is named.

    Parameters
    ----------
    model : Network, Report, or what `load` takes
    file : ``unet.svg``, .pdf, .png, .tex, .dot, .mmd or .drawio; None to write none
    style : "graph", a box for each layer or block; "architecture", stages and a frame for each type of block; "blocks",
        maps as blocks in space
    sizes : values of symbols; None: those of a Report, or else the network's default sizes
    symbolic : True to leave sizes free and write formulas
    options : width="252pt", detail="block", palette="print", preset="slides", ... (the fields of `DrawOptions`), and
        sizes of symbols by name: H=256

    Raises
    ------
    UsageError
        CS001, an option or a file that there is not; CS004, a symbol that the network does not have.
    ExtraMissing
        CS010, .pdf and .png need the extra `figures`.

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> x = Input("image", (3, "H", "W"))
    >>> draw(Network("tiny", inputs=x, outputs=L.Conv(8, kernel_size=3)(x)), H=32, W=32, legend=False)
    <graph of 'tiny', 82 x 85 pt>
    """
    from cnnshape.render.drawing import Drawing
    from cnnshape.render.figures.options import DrawOptions

    fields = DrawOptions.__dataclass_fields__
    chosen = {name: options.pop(name) for name in list(options) if name in fields}
    found = model if isinstance(model, Report) else report(model)
    given = {**(sizes or {}), **options}
    if given:
        found = found.at(given)
    elif not symbolic and not isinstance(model, Report) and found.network.defaults:
        found = found.at()
    picture = Picture(Drawing(found.facts, style, DrawOptions(**chosen)))
    if file is not None:
        picture.save(file)
    return picture
