"""The report as a tree: blocks inside blocks, each with its output and its sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnshape.render.columns import Sheet
from cnnshape.render.rows import tree_lines
from cnnshape.render.text import document

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts
    from cnnshape.render.options import Options

__all__ = ["render"]


def render(facts: Facts, options: Options) -> str:
    """Return the tree with what stands above and below it."""
    return document(Sheet(facts, options, tree_lines(facts, options)))
