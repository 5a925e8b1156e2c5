"""A figure of a layer in Python: a notebook shows it, `save` writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnshape.api.shown import Shown

if TYPE_CHECKING:
    from cnnshape.render.scene import Scene

__all__ = ["Figure"]


class Figure(Shown):
    """A picture of what a layer does.

    Made by `Explanation.figure`.

    Parameters
    ----------
    scene : what is drawn, as marks
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    @property
    def size(self) -> tuple[float, float]:
        """Width and height, points."""
        return self.scene.width, self.scene.height

    def to(self, form: str) -> bytes:
        """Return the bytes of a file: "svg", "pdf", "png", "tex" or "drawio".

        Raises
        ------
        UsageError
            CS001, another form.
        ExtraMissing
            CS010, PDF and PNG need the extra `figures`.
        """
        from cnnshape.render.figures.lesson.written import written

        return written(self.scene, form)

    def form_of(self, file: str) -> str:
        from cnnshape.render.figures.lesson.written import checked_form

        return checked_form(file=file)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from base64 import b64encode
        from html import escape

        del include, exclude  # a notebook takes what it can show
        data = b64encode(self.to("svg")).decode()
        image = f'<img alt="{escape(self.scene.title)}" src="data:image/svg+xml;base64,{data}" style="max-width:100%">'
        # An untrusted notebook of JupyterLab shows no SVG, and an image in HTML all the same.
        return {"text/html": image, "image/svg+xml": self.svg, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<{self.scene.title}, {self.scene.width:.0f} x {self.scene.height:.0f} pt>"
