"""A design's text from a file: every way in which that fails, said so that it can be put right."""

from __future__ import annotations

from pathlib import Path

from cnnshape.errors import ReadError

__all__ = ["LARGEST", "decoded", "empty", "read_text"]

LARGEST = 10_000_000
"""Bytes; a design of 10 000 layers has about one million."""

_MAGIC = (
    (b"\x89PNG", "a PNG picture"),
    (b"\x89HDF", "an HDF5 file (Keras's .h5)"),
    (b"PK\x03\x04", "a ZIP archive (a .keras, .pt2, .pth or .npz file is one)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"%PDF", "a PDF"),
    (b"\x80\x02", "a Python pickle (PyTorch's .pth)"),
    (b"\x93NUMPY", "a NumPy array"),
)


def read_text(path: Path, name: str) -> str:
    """Return the text of a file.

    Raises
    ------
    ReadError
        CS101 the file can't be opened, CS102 it is a directory, CS103 it is empty, CS104 it is no UTF-8 text, CS105 it
        is larger than 10 MB.
    """
    try:
        if path.is_dir():
            raise ReadError(
                "is a directory",
                code="CS102",
                place=name,
                rule="a design is a file",
                fix=_inside(path),
            )
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        near = _nearest(path)
        raise ReadError(
            "there is no such file",
            code="CS101",
            place=name,
            rule="a design is a file that exists",
            fix=f"did you mean {near}?" if near else "check the path",
        ) from None
    except PermissionError:
        raise ReadError(
            "the file may not be read",
            code="CS101",
            place=name,
            rule="you need the permission to read it",
            fix=f"chmod u+r {path.name}",
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ReadError(f"cannot be opened: {reason}", code="CS101", place=name, rule="a design is a file") from None
    return decoded(data, name)


def decoded(data: bytes, name: str) -> str:
    """Return bytes as text without a byte order mark."""
    if len(data) > LARGEST:
        raise ReadError(
            f"the file is larger than {LARGEST // 10**6} MB",
            code="CS105",
            place=name,
            needed=LARGEST,
            rule=f"a design has at most {LARGEST} bytes",
            fix="say what repeats once, under `define:`, and use `repeat:`",
        )
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ReadError(
            "the file is UTF-16",
            code="CS104",
            place=name,
            rule="a design is UTF-8 text",
            fix="save it as UTF-8",
        )
    kind = next((what for magic, what in _MAGIC if data.startswith(magic)), "")
    if kind or b"\0" in data:
        raise ReadError(
            f"the file is {kind or 'binary'}",
            code="CS104",
            place=name,
            rule="a design is a text file (.yaml or .json)",
            fix="give the design file",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, len(before[before.rfind(b"\n") + 1 :].decode("utf-8")) + 1
        raise ReadError(
            f"the byte 0x{data[error.start]:02X} is no UTF-8",
            code="CS104",
            place=f"{name}:{line}:{column}",
            rule="a design is UTF-8 text",
            fix="save it as UTF-8",
        ) from None
    if not text.strip():
        raise empty(name)
    return text


def empty(name: str, what: str = "the file is empty") -> ReadError:
    """Return the error for a file that says nothing."""
    return ReadError(
        what,
        code="CS103",
        place=name,
        rule="a design has an input and layers",
        fix="start with\ninput: [3, H, W]\nlayers: [{conv: {out_channels: 8, kernel_size: 3}}]",
    )


def _nearest(path: Path) -> str:
    from difflib import get_close_matches

    try:
        names = [entry.name for _, entry in zip(range(10_000), path.parent.iterdir(), strict=False)]
    except OSError:
        return ""
    near = get_close_matches(path.name, names, 1, 0.7)
    return str(path.with_name(near[0])) if near else ""


def _inside(path: Path) -> str:
    try:
        rows = (entry for _, entry in zip(range(10_000), path.iterdir(), strict=False))
        names = sorted(entry.name for entry in rows if entry.suffix in (".yaml", ".yml"))
    except OSError:
        names = []
    return f"give a file in it: {path / names[0]}" if names else "give a .yaml or .json file"
