"""What ONNX Runtime and PyTorch do not have, though ONNX or we do: a message of theirs -> why it is no fault."""

from __future__ import annotations

import re

__all__ = ["reason"]

REASONS = {
    r"NOT_IMPLEMENTED": "ONNX Runtime has no function for the operator on these element types",
    r"not implemented for '(Long|Int|Short|Char|Byte|Bool|Half)'": "PyTorch has no function for these element types",
    r"Input dtype must be either a floating point": "PyTorch has no means of whole numbers",
    r"upsamplebase.h": "ONNX Runtime resizes some numbers of axes only",
}


def reason(message: str) -> str:
    """Return why a message of another system is no fault, or ""."""
    return next((why for pattern, why in REASONS.items() if re.search(pattern, message)), "")
