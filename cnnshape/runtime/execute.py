"""Running a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary, ref

from cnnshape.layers.arrays import Array
from cnnshape.runtime.plan import Plan
from cnnshape.runtime.program import Program, Watch, bind

__all__ = ["execute"]


def execute(
    plan: Plan,
    inputs: Mapping[str, Array],
    weights: Mapping[str, Array],
    watch: Watch | None = None,
) -> dict[str, Array]:
    """Return the outputs of a network: name -> array.

    Parameters
    ----------
    plan : Plan
    inputs : name of each input -> array, batch first
    weights : name of each weight and each fixed tensor -> array, as `weights.initial` makes them
    watch : called before the first step with "" and the inputs, then after every step with the name of its node and its
        outputs, which are overwritten later

    Raises
    ------
    UsageError
        CS502, an input is missing, unknown, or of another shape or type; CS503, the same of a weight.

    Notes
    -----
    The plan keeps its memory and the weights in the form that they are computed with, for the next call with the same
    arrays. Weights that are changed in place are noticed by a sample of their elements, all of them in arrays of up to
    4096; `program.bind` leaves nothing to a sample, and is called again when weights change.

    Examples
    --------
    >>> import numpy as np
    >>> from cnnshape import Input, Network, layers as L
    >>> from cnnshape.runtime.plan import plan
    >>> x = Input("image", (1, "L"))
    >>> net = Network("difference", inputs=x, outputs=L.Conv(1, kernel_size=2, bias=False)(x))
    >>> ready = plan(net, {"N": 1, "L": 4})
    >>> line = np.array([[[1, 4, 9, 16]]], np.float32)
    >>> execute(ready, {"image": line}, {"conv1.weight": np.array([[[-1, 1]]], np.float32)})["conv1"].tolist()
    [[[3.0, 5.0, 7.0]]]
    """
    # Taken out while it runs: a second thread binds anew.
    last = _last.pop(plan, None)
    if last is None or not _same(last.marks, weights):
        last = _Last(bind(plan, weights), {name: _Mark(ref(array), _sample(array)) for name, array in weights.items()})
    outputs = last.program.run(inputs, watch)
    _last[plan] = last
    return outputs


@dataclass(frozen=True, slots=True)
class _Mark:
    """What a weight is known by."""

    array: ref[Array]
    sample: bytes


@dataclass(frozen=True, slots=True)
class _Last:
    """What the last call of a plan left."""

    program: Program
    marks: Mapping[str, _Mark]


_last: WeakKeyDictionary[Plan, _Last] = WeakKeyDictionary()
_ALL = 4096
_SOME = 256


def _same(marks: Mapping[str, _Mark], weights: Mapping[str, Array]) -> bool:
    if len(marks) != len(weights):
        return False
    for name, mark in marks.items():
        array = weights.get(name)
        if array is None or mark.array() is not array or mark.sample != _sample(array):
            return False
    return True


def _sample(array: Array) -> bytes:
    """Return the bytes of some elements, of all if they are few."""
    if array.size <= _ALL:
        return array.tobytes()
    return array.ravel(order="K")[:: array.size // _SOME].tobytes()
