"""Files that are written: replaced as a whole or not at all, and never the model that is read."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from cnnshape.errors import UsageError

__all__ = ["keep_model", "write_file"]


def keep_model(target: str | None, model: str) -> None:
    """Refuse to write over the file that is read.

    Raises
    ------
    UsageError
        CS006, `target` is the model.
    """
    with contextlib.suppress(OSError, ValueError):  # one of the two is no file: nothing is lost
        if target is not None and Path(target).samefile(model):
            raise UsageError(
                f"{target} is the design itself",
                code="CS006",
                got=target,
                rule="-o names the file that is written, and never the one that is read",
                fix="name another file",
            )


def write_file(path: Path, data: bytes | Iterable[bytes | memoryview]) -> None:
    """Write a file through a temporary one beside it: readers see the old one or the new one, never a half.

    Raises
    ------
    UsageError
        CS006, the file cannot be written; what was there is unchanged.
    """
    try:
        if path.exists() and not path.is_file():
            # A device or a pipe has nothing beside it; a folder is refused here.
            with path.open("wb") as file:
                file.writelines(_pieces(data))
            return
        _replace(path.resolve(), data)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror or error}",
            code="CS006",
            got=str(path),
            rule="-o names a file in a folder that can be written to",
            fix="name another file",
        ) from None


def _pieces(data: bytes | Iterable[bytes | memoryview]) -> Iterable[bytes | memoryview]:
    return (data,) if isinstance(data, bytes) else data


def _replace(path: Path, data: bytes | Iterable[bytes | memoryview]) -> None:
    import tempfile

    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(_pieces(data))
        Path(temporary).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
