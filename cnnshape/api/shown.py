"""What a picture is in Python: a notebook shows it, `save` writes it."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path

__all__ = ["Shown"]


class Shown:
    """A picture; subclasses say how it is written."""

    @property
    def svg(self) -> str:
        """The picture as the text of an SVG file."""
        return self.to("svg").decode()

    def to(self, form: str) -> bytes:
        """Return the bytes of a file of a form."""
        raise NotImplementedError  # each of the two subclasses has its own forms

    def form_of(self, file: str) -> str:
        """Return the form that the name of a file asks for."""
        raise NotImplementedError  # as above

    def save(self, path: str | PathLike[str]) -> None:
        """Write it to a file, whose suffix says the form; the file is replaced as a whole or stays as it was.

        Raises
        ------
        UsageError, ExtraMissing
            As `to`; CS001, a suffix that no form has; CS006, a file that cannot be written.
        """
        from cnnshape.formats.files import write_file

        write_file(Path(path), self.to(self.form_of(fspath(path))))

    def _repr_svg_(self) -> str:
        return self.svg
