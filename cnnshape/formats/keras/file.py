"""Files of Keras -> what they say of the layers. Nothing in them is run, and nothing is unpacked to a disk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from cnnshape.errors import ReadError
from cnnshape.formats.reading.faults import unreadable

if TYPE_CHECKING:
    from zipfile import ZipFile

__all__ = ["is_keras", "no_keras", "opened", "parse", "read_archive", "read_json"]

LARGEST = 2**25
"""A description of more bytes than that is none: those of the largest networks have a few million."""
_MOST_DIGITS = 18
_MODELS = ("Functional", "Model", "Sequential")
_RULE = "a model is what Keras writes: model.save('model.keras'), or the text of model.to_json()"


def no_keras(why: str, place: str = "", node: str = "") -> ReadError:
    """Return the error for a file that is not as Keras writes it."""
    return ReadError(
        f"this is no Keras model that can be read: {why}",
        code="CS131",
        place=place,
        node=node,
        rule=_RULE,
        fix="save it again with Keras 3",
    )


def is_keras(text: str | bytes) -> bool:
    """Say whether a text begins as `to_json()` does: a class name stands among the first words."""
    words: str | bytes = '"class_name"' if isinstance(text, str) else b'"class_name"'
    return words in text[:300]  # type: ignore[operator]  # both are the same sort


def read_archive(path: str) -> dict[str, Any]:
    """Return the description of the layers in a `.keras` archive; only this one member of it is opened.

    Raises
    ------
    ReadError
        CS101 the file may not be read, CS131 it is no archive of Keras.
    """
    with opened(path) as archive:
        members = [each for each in archive.infolist() if each.filename == "config.json"]
        if len(members) != 1:
            raise no_keras(f"{len(members)} members of the archive are called config.json, not one", path)
        with archive.open(members[0]) as member:
            content = member.read(LARGEST + 1)
    return parse(content, path)


@contextmanager
def opened(path: str) -> Iterator[ZipFile]:
    """Open an archive.

    Raises
    ------
    ReadError
        CS101 the file may not be read, CS131 it is no archive, or what is read of it is broken.
    """
    import zlib
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(path) as archive:
            yield archive
    except OSError as fault:
        raise unreadable(path, fault) from None
    except (BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, LookupError, zlib.error):
        raise no_keras("it is no zip archive, or a broken or an encrypted one", path) from None


def read_json(path: str) -> dict[str, Any]:
    """Return the description of the layers in a file that `to_json()` wrote.

    Raises
    ------
    ReadError
        CS101 the file may not be read, CS131 it is no model.
    """
    try:
        with Path(path).open("rb") as file:
            return parse(file.read(LARGEST + 1), path)
    except OSError as fault:
        raise unreadable(path, fault) from None


def parse(content: str | bytes, place: str = "") -> dict[str, Any]:
    """Return a description as plain data.

    Raises
    ------
    ReadError
        CS131, it is no JSON, too large, or describes something else than a model.

    Examples
    --------
    >>> parse('{"class_name": "Sequential", "config": {"layers": []}}')["class_name"]
    'Sequential'
    """
    if len(content) > LARGEST:
        raise no_keras(f"its description has more than {LARGEST} bytes", place)
    try:
        found = json.loads(content, parse_constant=_no_number, parse_int=_whole)
    except RecursionError:
        raise no_keras("its description is nested too deeply", place) from None
    except ValueError as fault:
        raise no_keras(f"its description is no JSON: {fault}", place) from None
    if not isinstance(found, dict) or not isinstance(found.get("config"), dict):
        raise no_keras("its description is no mapping with a class_name and a config", place)
    if found.get("class_name") not in _MODELS or "layers" not in found["config"]:
        kinds = ", ".join(_MODELS[:-1])
        raise no_keras(f"{found.get('class_name')!r} is none of {kinds} and {_MODELS[-1]} with their layers", place)
    return found


def _whole(text: str) -> int:
    if len(text) > _MOST_DIGITS + 1:
        raise ValueError(f"a number of {len(text)} digits is no size")
    return int(text)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")
