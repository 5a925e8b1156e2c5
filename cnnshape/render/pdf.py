"""A scene as PDF: text can be searched and copied, lines stay lines."""

from __future__ import annotations

from io import BytesIO

from cnnshape.render.painter import cairo, paint
from cnnshape.render.scene import Scene
from cnnshape.render.writing import clean

__all__ = ["render"]

_CREATED = "2000-01-01T00:00:00Z"  # any day: the time of writing would make every file another


def render(scene: Scene) -> bytes:
    """Return the picture as a PDF file of one page, as large as the scene.

    Raises
    ------
    ExtraMissing
        CS010, the extra `figures` or the library libcairo is not installed.
    """
    library = cairo()
    file = BytesIO()
    page = library.PDFSurface(file, scene.width, scene.height)
    if library.cairo_version() >= 11600:
        page.set_metadata(library.PDF_METADATA_TITLE, clean(scene.title))
        page.set_metadata(library.PDF_METADATA_SUBJECT, clean(scene.desc))
        page.set_metadata(library.PDF_METADATA_CREATOR, "cnnshape")
        page.set_metadata(library.PDF_METADATA_CREATE_DATE, _CREATED)
    paint(scene, page)
    page.finish()
    return file.getvalue()
