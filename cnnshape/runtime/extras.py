"""Packages that only some tasks need."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from cnnshape.errors import ExtraMissing

__all__ = ["needed"]


def needed(module: str, extra: str, what: str, instead: str = "") -> Any:
    """Return a module of a package that is not always installed.

    Parameters
    ----------
    module : its dotted name
    extra : the extra of cnnshape that installs it
    what : what it is needed for
    instead : what else helps

    Raises
    ------
    ExtraMissing
        CS010, it is not installed.
    """
    try:
        return import_module(module)
    except ImportError:
        package = {"PIL": "Pillow"}.get(module.partition(".")[0], module.partition(".")[0])
        raise ExtraMissing(
            f"{what} needs the package {package}",
            rule="packages that only some tasks need are extras",
            fix=f"pip install 'cnnshape[{extra}]'{', or ' * bool(instead)}{instead}",
        ) from None
