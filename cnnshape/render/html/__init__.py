"""The live page: one HTML file that works out every number anew as sizes change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnshape.render.html.embed import Page
from cnnshape.render.html.page import page

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts
    from cnnshape.render.options import Options

__all__ = ["Page", "render"]


def render(facts: Facts, options: Options) -> str:
    """Return the live page of a report; `detail` says what the graph shows at first."""
    return page(facts, options)
