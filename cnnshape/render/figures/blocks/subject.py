"""What is drawn: a network with its units, sizes, names and faults, and its stages with their words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, groupby
from typing import TYPE_CHECKING

from cnnshape.render.figures.blocks.cells import cells_of
from cnnshape.render.figures.blocks.fit import Item
from cnnshape.render.figures.blocks.geometry import Proportions
from cnnshape.render.figures.blocks.names import Names
from cnnshape.render.figures.blocks.row import Block
from cnnshape.render.figures.blocks.sizes import Sizes, drawn_at
from cnnshape.render.figures.blocks.stages import Plan, plan_of
from cnnshape.render.figures.blocks.umode import levels_of
from cnnshape.render.figures.blocks.unit_graph import Stage
from cnnshape.render.figures.blocks.units import units_of
from cnnshape.render.metrics import text_width
from cnnshape.render.palette import ROLES

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts

__all__ = ["Scheme", "Subject"]

_LONG = 12
_MANY = 12  # letters, of which a reader keeps no more in mind


@dataclass(frozen=True, slots=True)
class Scheme:
    """A way to show the network.

    Parameters
    ----------
    plan : its blocks and what leads from one to another
    degree : how much is folded
    levels : of a U; None for a row
    letters : words for the sizes of maps that are long; empty to write them out
    """

    plan: Plan
    degree: int
    levels: tuple[int, ...] | None
    letters: dict[str, str]


class Subject:
    """A network as far as a figure shows it."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        reference, self.put_in = drawn_at(facts)
        index = facts.network.index
        self.faults = {index[error.layer]: error.message for error in facts.errors if error.layer in index}
        self.units = units_of(cells_of(reference.propagation), frozenset(self.faults))
        self.sizes = Sizes(facts, reference)
        self._names = Names(self.units.units, reference.propagation)
        self._plans: dict[int, Plan] = {}

    def scheme(self, degree: int, as_u: bool, by_letter: bool) -> Scheme | None:
        """Return a way to show the network; None if it is no U, or has no sizes that need a letter."""
        if degree not in self._plans:
            self._plans[degree] = plan_of(self.units, self.sizes, degree, self._names, frozenset(self.faults))
        plan = self._plans[degree]
        levels = levels_of(plan, [self.sizes.extent(stage.last) for stage in plan.stages]) if as_u else None
        spaces = dict.fromkeys(self.sizes.spaces(stage.maps) for stage in plan.stages)
        long = [space for space in spaces if len(space) > _LONG] if by_letter else []
        free = (word for k in count() if (word := _letter(k)) not in self.facts.symbols)
        letters = dict(zip(long, free, strict=False))
        if (as_u and levels is None) or (by_letter and (not letters or (degree < 2 and len(letters) > _MANY))):
            return None
        return Scheme(plan, degree, levels, letters)

    def block(self, k: int, scheme: Scheme) -> Block:
        """Return a stage with its words."""
        stage, sizes = scheme.plan.stages[k], self.sizes
        channels, space = sizes.channels(stage.first, stage.last), sizes.spaces(stage.maps)
        shape = "×".join(filter(None, (channels, space)))
        shares = tuple((role, float(sizes.extent(node).channels)) for role, node in stage.parts)
        faulty = [i for i in stage.nodes if i in self.faults]
        unknown = self.facts.propagation.outputs[stage.last] is None
        tip = [stage.name, f"{ROLES[stage.role][3]}, output {shape}"]
        if len(stage.slices) > 1:
            tip.append(f"{len(stage.slices)} in a row")
        tip += [self.faults[i] for i in faulty]
        return Block(
            f"b{k}",
            stage,
            "" if self._is_thin(stage) else channels,
            scheme.letters.get(space, space),
            shares or ((stage.role, 1.0),),
            "\n".join(filter(None, tip)),
            "fault" if faulty else "unknown" if unknown else "",
        )

    def items(self, scheme: Scheme, made: Sequence[Block], size: float) -> list[Item]:
        """Return blocks with the width of their words; neighbors of one height and width share a label."""
        levels = scheme.levels or (0,) * len(made)
        keys = [(levels[k], block.space, block.space == "" and k) for k, block in enumerate(made)]
        groups = [n for n, (_, same) in enumerate(groupby(keys)) for _ in same]
        return [
            Item(
                self.sizes.extent(block.stage.last),
                len(block.stage.slices),
                text_width(block.channels, size, bold=True),
                groups[k],
                text_width(block.space, size),
                levels[k],
                self._is_thin(block.stage),
                0.0 if not k or (k - 1, k) in scheme.plan.steps else 1.5 * size,
            )
            for k, block in enumerate(made)
        ]

    def proportions(self, plan: Plan, scale: str) -> Proportions:
        """Return what the largest sizes are, which all others are drawn by."""
        extents = [self.sizes.extent(stage.last) for stage in plan.stages]
        return Proportions(
            scale,
            max((size for each in extents for size in each.space[-2:]), default=1),
            max((each.channels for each in extents if each.space), default=1),
            max((each.channels for each in extents if not each.space), default=1),
            0.0,
            0.0,
        )

    def _is_thin(self, stage: Stage) -> bool:
        """Tell whether a block is a step between others, whose channels it keeps."""
        return stage.role == "pool" and self.sizes.extent(stage.last).area > 1


def _letter(k: int) -> str:
    """Return a, b, ... z, a2, b2, ..."""
    return "abcdefghijklmnopqrstuvwxyz"[k % 26] + (str(k // 26 + 1) if k >= 26 else "")
