"""A scene as a file: the suffix of its name chooses the writer."""

from __future__ import annotations

from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING

from cnnshape.errors import UsageError

if TYPE_CHECKING:
    from cnnshape.render.scene import Scene

__all__ = ["WRITERS", "picture", "suffix_of"]

WRITERS = {".svg": "svg", ".pdf": "pdf", ".png": "png", ".tex": "tikz"}
"""Suffix of a file, and the module that writes it."""


def suffix_of(name: str) -> str:
    """Return the suffix of a file's name if a picture can be written there.

    Raises
    ------
    UsageError
        CS001, another one.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix in WRITERS:
        return suffix
    raise UsageError(
        f"{name}: a picture is not written as {suffix or 'a file without a suffix'}",
        got=name,
        rule=f"the suffix says what is written: {', '.join(WRITERS)}",
        fix=f"{PurePath(name).stem or 'figure'}.svg",
    )


def picture(scene: Scene, suffix: str = ".svg") -> bytes:
    """Return a scene as the bytes of a file with one of the suffixes of `WRITERS`.

    Raises
    ------
    ExtraMissing
        CS010, for PNG and PDF without the extra `figures`.
    """
    written = import_module(f"cnnshape.render.{WRITERS[suffix]}").render(scene)
    return written if isinstance(written, bytes) else str(written).encode()
