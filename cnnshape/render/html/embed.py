"""The live page inside of a notebook, and as a file."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from os import PathLike
from pathlib import Path

__all__ = ["Page"]


@dataclass(frozen=True, slots=True, repr=False)
class Page:
    """A live page.

    Parameters
    ----------
    model : the name of the network
    text : the page, HTML

    Examples
    --------
    >>> page = Page("tiny", "<!doctype html><p>3 & 4</p>")
    >>> page
    <live page of 'tiny', 0.0 KB>
    >>> str(page)
    '<!doctype html><p>3 & 4</p>'
    """

    model: str
    text: str

    def save(self, path: str | PathLike[str]) -> None:
        """Write the page to a file, which any browser opens."""
        from cnnshape.formats.files import write_file

        write_file(Path(path), self.text.encode())

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<live page of {self.model!r}, {len(self.text.encode()) / 1000:.1f} KB>"

    def _repr_html_(self) -> str:
        # A frame of its own: neither can the page's style or script meet the notebook's, nor the other way around.
        return (
            f'<iframe srcdoc="{escape(self.text)}" title="{escape(self.model)}" '
            'sandbox="allow-scripts allow-downloads" '
            'style="width:100%;height:760px;border:1px solid #c5ccd5;border-radius:6px"></iframe>'
        )
