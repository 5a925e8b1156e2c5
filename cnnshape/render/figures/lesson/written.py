"""A figure as the bytes of a file."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from cnnshape.errors import UsageError
from cnnshape.render.drawing import FORMS, form_of

if TYPE_CHECKING:
    from cnnshape.render.scene import Scene

__all__ = ["checked_form", "written"]


def written(scene: Scene, form: str = "svg") -> bytes:
    """Return a figure in one of `checked_form`'s forms.

    Raises
    ------
    UsageError
        CS001, another form.
    ExtraMissing
        CS010, PDF and PNG need the extra `figures`.
    """
    made = import_module(f"cnnshape.render.{FORMS[checked_form(form)].module}").render(scene)
    return made if isinstance(made, bytes) else str(made).encode()


def checked_form(form: str = "", file: str = "") -> str:
    """Return a form that holds a figure, by its name or by that of a file.

    Raises
    ------
    UsageError
        CS001, there is none, or one that holds boxes and arrows alone.

    Examples
    --------
    >>> checked_form(file="window.pdf"), checked_form("svg")
    ('pdf', 'svg')
    """
    having = [name for name, each in FORMS.items() if not each.graph]
    found = form or form_of(file, having)
    if found in having:
        return found
    raise UsageError(
        f"a figure of a layer is not written as {found}",
        got=file or form,
        rule=f"it is written as {', '.join(having)}",
        fix="a file .svg",
    )
