"""Where the weights of a new node come from: tensors of the model that is read, or what stands beside its layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnshape.formats.reading.moved import moved
from cnnshape.formats.reading.numbers import stored_as
from cnnshape.formats.reading.records import Known, Record
from cnnshape.formats.reading.rows import weights_of
from cnnshape.graph.propagate import step
from cnnshape.layers.base import Condition, Spec, Weight, shape_text
from cnnshape.layers.foreign import Kept, Stored, Unmapped, Use, Wrong

if TYPE_CHECKING:
    import numpy as np

    from cnnshape.formats.reading.builder import Builder

    Array = np.ndarray[Any, Any]

__all__ = ["Applied", "applied", "count_once", "hold", "owner_of"]

_MOST = 4096


class Applied(NamedTuple):
    """A use of a layer on tensors.

    Parameters
    ----------
    outputs, conditions : what it gives, and what it asks of the symbols
    wanted : its weights
    stored : (name, where it is stored) of the weights that are tensors of the model
    """

    outputs: tuple[Spec, ...]
    conditions: tuple[Condition, ...]
    wanted: Mapping[str, Weight]
    stored: tuple[tuple[str, Stored], ...]


def applied(use: Use, specs: tuple[Spec, ...]) -> Applied:
    """Return what a use of a layer comes to on tensors, remembered.

    Raises
    ------
    ShapeError, ArgumentError
        The layer does not fit.
    """
    found = _APPLIED.get((use, specs))
    if found is None:
        outputs, conditions = step(use.layer, specs)
        stored = tuple([(name, each) for name, each in use.weights if isinstance(each, Stored)])
        found = Applied(outputs, conditions, weights_of(use.layer, specs), stored)
        if len(_APPLIED) >= _MOST:
            _APPLIED.clear()
        _APPLIED[use, specs] = found
    return found


_APPLIED: dict[tuple[Use, tuple[Spec, ...]], Applied] = {}


def owner_of(walk: Builder, record: Record, use: Use, made: Applied, node: str) -> str:
    """Note where the weights of a new node come from; return the node that has the same ones already, or "".

    Raises
    ------
    Unmapped
        A weight is computed, or has another shape than it needs.
    """
    if not made.stored:
        if use.weights:
            _keep(walk, record, use, made, node)
        return ""
    inputs, values = record.inputs, walk.values
    for _, stored in made.stored:
        if (name := inputs[stored.position]) not in values:
            found = moved(walk, name)
            if found is None:
                raise Unmapped(f"input {stored.position}, a weight here, is computed")
            values[name] = found
            walk.learned.add(name)
    names = [inputs[stored.position] for _, stored in made.stored]
    key = use.layer, made.stored, tuple([walk.same.get(name, name) for name in names])
    owner = walk.owners.setdefault(key, node)
    if owner != node:
        return owner
    for name, stored in made.stored:
        known, shape = values[inputs[stored.position]], made.wanted[name].shape
        if made.wanted[name].trainable:
            count_once(walk, f"{node}.{name}", inputs[stored.position], stored.steps)
        if known.shape == shape and not stored.steps:
            hold(walk, f"{node}.{name}", known, known.load)
            continue
        if not stored.steps:
            _fit(walk, name, known, shape)
        hold(walk, f"{node}.{name}", known, stored_as(known, stored, shape))
    return ""


def _fit(walk: Builder, name: str, known: Known, shape: tuple[Any, ...]) -> None:
    """Refuse a stored weight of another shape, or note what sizes must be to fit it."""
    if walk.undetermined is not None and len(shape) == len(known.shape):
        for wanted, held in zip(shape, known.shape, strict=True):
            walk.undetermined.pins.equal(wanted, held)
    if all(isinstance(size, int) for size in shape):
        raise Wrong(f"its {name} has the shape {shape_text(known.shape)}, {shape_text(shape)} is needed")


def _keep(walk: Builder, record: Record, use: Use, made: Applied, node: str) -> None:
    """Note where the weights of a new node come from, if they stand beside the layers."""
    for name, kept in use.weights:
        if record.kept is not None and isinstance(kept, Kept):
            known = record.kept(kept.path)
            hold(walk, f"{node}.{name}", known, stored_as(known, kept, made.wanted[name].shape))


def count_once(walk: Builder, weight: str, stored: str, steps: tuple[Any, ...] = ()) -> None:
    """Note that a weight is a stored tensor: it counts where it is met first, and not at all if it is a constant."""
    stored = walk.same.get(stored, stored)
    first = walk.holders.setdefault((stored, steps), weight)
    stated = walk.model.values.get(stored) if stored not in walk.learned and walk.model.parameters else None
    constant = stated is not None and "float" in stated.dtype  # quantized weights are whole numbers
    if first != weight or constant:
        walk.uncounted[weight] = None


def hold(walk: Builder, name: str, known: Known, load: Callable[[], Array]) -> None:
    """Note where the numbers of a weight come from."""
    if known.there:
        walk.weights[name] = load
    else:
        walk.absent.append(name)
