"""The p-norm of the pools that take one: which p there are, what it costs."""

from __future__ import annotations

from math import isfinite
from typing import Protocol

from cnnshape.layers.arguments import refuse
from cnnshape.layers.base import Work
from cnnshape.symbolic import Size

__all__ = ["check_norm", "norm_work"]


class _HasNorm(Protocol):
    @property
    def norm_type(self) -> float: ...


def check_norm(layer: _HasNorm) -> None:
    """Refuse a p that is not above 0 and finite."""
    if not (isfinite(layer.norm_type) and layer.norm_type > 0):
        refuse(
            layer,
            "norm_type",
            "the norm is (sum |x|^p)^(1/p)",
            rule="0 < norm_type < infinity; the limit for large p is the maximum",
            fix="norm_type: 2, or a maximum pool",
        )


def norm_work(p: float, positions: Size, outputs: Size) -> Work:
    """Return the operations of `outputs` norms of `positions` values each."""
    adds, each = (positions - 1) * outputs, positions * outputs
    if p == 1:
        return Work.of(adds=adds, compares=each)
    if p == 2:
        return Work.of(muls=each, adds=adds, transcendental=outputs)
    return Work.of(adds=adds, transcendental=each + outputs)
