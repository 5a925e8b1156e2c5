"""A figure in Python: a notebook shows it, `save` writes it."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnshape.render.scene import Scene

__all__ = ["Figure"]


class Figure:
    """A picture of what a layer does.

    Made by `Explanation.figure`.

    Parameters
    ----------
    scene : what is drawn, as marks
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    def to(self, form: str = "svg") -> bytes:
        """Return it as the bytes of a file: "svg", "pdf", "png" or "tex"."""
        from cnnshape.render.picture import picture, suffix_of

        return picture(self.scene, suffix_of(f"figure.{form}"))

    def save(self, path: str | PathLike[str]) -> None:
        """Write it to a file; the suffix says what is written: .svg, .pdf, .png or .tex.

        Raises
        ------
        UsageError
            CS001, another suffix.
        ExtraMissing
            CS010, for .png and .pdf without the extra `figures`.
        """
        from cnnshape.render.picture import picture, suffix_of

        Path(path).write_bytes(picture(self.scene, suffix_of(fspath(path))))

    def _repr_svg_(self) -> str:
        return self.to("svg").decode()

    def __repr__(self) -> str:
        return f"<Figure {self.scene.title!r}: {self.scene.width:g} x {self.scene.height:g} pt>"
