"""Whether inputs and weights are what a plan expects."""

from __future__ import annotations

from collections.abc import Mapping

from cnnshape.errors import UsageError
from cnnshape.layers.arrays import Array
from cnnshape.runtime.lazy import header_of
from cnnshape.runtime.places import Place
from cnnshape.runtime.plan import Plan

__all__ = ["check_inputs", "check_weights"]

_MOST_LINES = 20


def check_inputs(wanted: Mapping[str, Place], inputs: Mapping[str, Array]) -> None:
    """Refuse inputs that are missing, unknown, or of another shape or type.

    Raises
    ------
    UsageError
        CS502, with all of them.
    """
    faults = [f"{name}: is missing, {_said(place)} is expected" for name, place in wanted.items() if name not in inputs]
    faults += [f"{name}: there is no such input" for name in inputs if name not in wanted]
    for name, place in wanted.items():
        if name in inputs and (inputs[name].shape != place.shape or inputs[name].dtype != place.dtype):
            faults.append(f"{name}: {_said(inputs[name])} is given, {_said(place)} is expected")
    _refuse(faults, "CS502", "input", "every input is given, in the shape and type that it is planned for")


def check_weights(plan: Plan, weights: Mapping[str, Array]) -> None:
    """Refuse weights that are missing, or of another shape.

    Raises
    ------
    UsageError
        CS503, with all of them.
    """
    faults = []
    for name in plan.weights:
        shape = plan.shape_of(name)
        if name not in weights:
            faults.append(f"{name}: is missing, {shape} is expected")
        elif (given := header_of(weights, name).shape) != shape:
            faults.append(f"{name}: {given} is given, {shape} is expected")
    absent = [name for name in plan.constants if name not in weights]
    faults += [f"{name}: is missing, {_said(plan.places[name])} is expected" for name in absent]
    _refuse(faults, "CS503", "weight", "every weight is given, in the shape that its layer has")


def _said(what: Place | Array) -> str:
    return f"{what.dtype} {what.shape}"


def _refuse(faults: list[str], code: str, what: str, rule: str) -> None:
    if not faults:
        return
    count = f"{len(faults)} {what}s" if len(faults) > 1 else f"{'an' if what[0] in 'aeiou' else 'a'} {what}"
    lines = [*faults[:_MOST_LINES], *([f"{len(faults) - _MOST_LINES} more"] if len(faults) > _MOST_LINES else [])]
    raise UsageError(
        f"{count} {'do' if len(faults) > 1 else 'does'} not fit: {lines[0]}",
        code=code,
        given="\n    ".join(lines[1:]),
        rule=rule,
    )
