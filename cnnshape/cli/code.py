"""A MODEL that Python code makes, with the sizes that `--input` says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cnnshape.errors import DesignError, UsageError
from cnnshape.formats.torch.said import said

if TYPE_CHECKING:
    from cnnshape.api.code import Named
    from cnnshape.graph.network import Network

__all__ = ["named_code", "read_code"]

_SPACE = {2: ("H", "W"), 3: ("T", "H", "W")}
_SAY = "say its input: --input 3xHxW"


def named_code(model: str) -> Named | None:
    """Return what MODEL names in Python code, or None; a file of that name wins."""
    from cnnshape.api.models import code_of

    return code_of(model)


def read_code(wanted: Named, inputs: Sequence[str]) -> Network:
    """Return the network that named code makes; a module gets its input from `--input`.

    The sizes of space are read as formulas even if they are numbers, which are put in later; where the code needs
    numbers it gets them.
    """
    from cnnshape.api.code import made_by
    from cnnshape.api.models import of_made
    from cnnshape.formats.torch.reader import is_module

    found = made_by(wanted)
    if not is_module(found):
        return of_made(wanted, found, None, "")
    if not inputs:
        try:
            return of_made(wanted, found, None, "")
        except UsageError as error:
            raise error.at(fix=_SAY if error.fault.code == "CS003" else error.fault.fix) from None
    free, exact = _shapes(inputs, symbolic=True), _shapes(inputs, symbolic=False)
    try:
        return of_made(wanted, found, free, "")
    except UsageError as error:
        raise error.at(fix=_as_options(error.fault.fix)) from None
    except DesignError as error:
        if free == exact:
            raise error.at(fix=_as_options(error.fault.fix)) from None
    return of_made(wanted, found, exact, "")


def _as_options(fix: str) -> str:
    """Return what is said of the argument `input` as the options that say it.

    >>> _as_options("write input=(3, 224, 224)"), _as_options('input={"a": (3, "H", "W"), "b": (3, "H", "W")}')
    ('write --input 3x224x224', '--input a=3xHxW --input b=3xHxW')
    """
    several = re.fullmatch(r"input=\{(.*)\}", fix)
    if several:
        return " ".join(f"--input {name}=3xHxW" for name in re.findall(r'"(\w+)": ', several[1]))
    return fix.replace("input=(3, 224, 224)", "--input 3x224x224")


def _shapes(inputs: Sequence[str], *, symbolic: bool) -> Any:
    """Return the shape that `--input` says, or {name: shape} if inputs are named.

    >>> _shapes(["3x224x224"], symbolic=True), _shapes(["a=3x8x8", "b=T,16"], symbolic=False)
    ((3, 'H', 'W'), {'a': (3, 8, 8), 'b': ('T', 16)})
    """
    found = {}
    for entry in inputs:
        name, equals, words = entry.partition("=")
        try:
            shape: list[Any] = list(said(words if equals else name))
        except UsageError as error:
            raise error.at(message=f"--input {entry}: {error.fault.message}", fix=_SAY) from None
        letters = _SPACE.get(len(shape) - 1)
        if symbolic and letters and all(isinstance(size, int) for size in shape):
            shape[1:] = letters
        found[name.strip() if equals else ""] = tuple(shape)
    return found[""] if list(found) == [""] else found
