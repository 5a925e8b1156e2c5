"""Text to sizes, conditions and sets; the names that the rest of the package uses.

>>> parse("floor((H + 3)/32)*C"), str(parse_conditions("H >= 29")[0]), parse_set("H in 193..224")
(C*floor((H + 3)/32), 'H >= 29', H in 193..224)
"""

from __future__ import annotations

from cnnshape.symbolic.assumptions import Assumption, Clause
from cnnshape.symbolic.conditions import parse_conditions, parse_set
from cnnshape.symbolic.expressions import parse

__all__ = ["Assumption", "Clause", "parse", "parse_conditions", "parse_set"]
