"""Where the calculators look for the derivation of a size."""

from __future__ import annotations

from cnnshape.analysis.steps import Steps, steps

__all__ = ["Steps", "steps"]
