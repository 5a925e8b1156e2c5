"""Where a command writes: standard output, or a file that is replaced as a whole or not at all."""

from __future__ import annotations

import sys
from pathlib import Path

from cnnshape.formats.files import keep_model, write_file

__all__ = ["emit", "keep_model", "write_file"]


def emit(text: str, target: str | None) -> None:
    """Write `text` to the file `target`, or to standard output if that is None or "-"."""
    if target is None or target == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        write_file(Path(target), text.encode())
