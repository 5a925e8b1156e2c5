"""Every code that an error may carry: what it means, why it is an error, a bad and a good example."""

from __future__ import annotations

from cnnshape.codes import arguments, designs, files, foreign, formulas, runs, shapes, usage
from cnnshape.codes.rule import Rule

__all__ = ["CODES", "Rule"]

CODES: dict[str, Rule] = {
    **usage.RULES,
    **files.RULES,
    **designs.RULES,
    **foreign.RULES,
    **shapes.RULES,
    **formulas.RULES,
    **arguments.RULES,
    **runs.RULES,
}
"""Code -> what is to be said of it, in the order of the numbers."""
