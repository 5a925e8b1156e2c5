"""Layers computed while a model is read: what follows from constants and sizes alone is a constant."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnshape.errors import FormulaError
from cnnshape.formats.reading.formulas import RULES, Quotient, Undecided
from cnnshape.formats.reading.rows import spec_of, weights_of
from cnnshape.graph.propagate import step
from cnnshape.layers import catalog
from cnnshape.layers.base import Kind, Layer, Spec
from cnnshape.layers.foreign import Known
from cnnshape.layers.logic import Where
from cnnshape.layers.merge import Concat
from cnnshape.layers.quantize import DequantizeLinear, QuantizeLinear
from cnnshape.layers.reduce import ReduceProd, ReduceSum
from cnnshape.layers.reshape import Unsqueeze
from cnnshape.symbolic import Dim, evaluate
from cnnshape.symbolic.bounds import Ranges

if TYPE_CHECKING:
    from cnnshape.layers.arrays import Array

__all__ = ["DEQUANTIZING", "MOST_VALUES", "dequantized", "elements", "folded", "lazily"]

MOST_VALUES = 65_536
"""A tensor of more elements is computed by the network, and is no argument of a layer."""
_NOT_IN_NUMPY = ("bfloat16", "float8", "int4", "uint4")
_KEEPING = (Concat, ReduceProd, ReduceSum, Where)
"""Layers beside rearrangements whose kernels compute with formulas as with numbers."""
DEQUANTIZING = (QuantizeLinear, DequantizeLinear, Unsqueeze)
"""Layers that are computed on weights when these are loaded."""
_ANY: Ranges = MappingProxyType({})


def folded(layer: Layer, inputs: Sequence[Known], ranges: Ranges = _ANY) -> tuple[Known, ...] | None:
    """Return what a layer gives of known tensors, if it has no weights and they are few numbers; else None.

    Parameters
    ----------
    layer : Layer
    inputs : its inputs
    ranges : symbol -> what its values lie between, by which formulas are compared and rounded

    Examples
    --------
    >>> import numpy as np
    >>> from cnnshape.layers import Cast
    >>> (made,) = folded(Cast("int64"), [Known.of(np.array([2.0, 3.0]))])
    >>> made.load().tolist(), made.dtype
    ([2, 3], 'int64')
    """
    kernel = catalog.kernel_of(type(layer))
    specs = tuple([spec_of(known.shape, known.dtype) for known in inputs])
    if kernel is None or not inputs or not all(map(_small, specs)) or weights_of(layer, specs):
        return None
    outputs, _ = step(layer, specs)
    if not all(map(_small, outputs)):
        return None
    arrays = tuple([known.load() for known in inputs])
    free = any([known.free for known in inputs])
    if any([prod(spec.shape) > _MOST_REMEMBERED for spec in (*specs, *outputs)]):
        return _computed(layer, arrays, outputs, ranges if free else None)
    numbers = tuple([tuple(array.flat) if array.dtype == object else array.tobytes() for array in arrays])
    key = layer, specs, numbers, tuple(ranges.items()) if free else None
    if key not in _FOLDED:
        if len(_FOLDED) >= _MOST_FOLDED:
            _FOLDED.clear()
        made = _FOLDED[key] = _computed(layer, arrays, outputs, ranges if free else None)
        for known in made or ():
            known.load().setflags(write=False)  # it is everybody's
    return _FOLDED[key]


_FOLDED: dict[Any, tuple[Known, ...] | None] = {}
_MOST_FOLDED, _MOST_REMEMBERED = 4096, 64
"""Results that are remembered, and elements of each tensor among them."""


def _computed(
    layer: Layer, arrays: tuple[Array, ...], outputs: Sequence[Spec], ranges: Ranges | None
) -> tuple[Known, ...] | None:
    """Return what a layer gives of arrays; there are no ranges where no formulas are among the numbers."""
    import numpy as np

    if ranges is not None:
        computed = _of_formulas(layer, arrays, outputs, ranges)
        if computed is None:
            return None
        return tuple(Known.of(_settled(a, spec.dtype), spec.dtype) for a, spec in zip(computed, outputs, strict=True))
    kernel = catalog.kernel_of(type(layer))
    assert kernel is not None  # the caller looked
    made: list[Array] = [np.empty(_numbers(spec), spec.dtype) for spec in outputs]
    kernel(layer, arrays, {}, tuple(made))
    return tuple(Known.of(array, spec.dtype) for array, spec in zip(made, outputs, strict=True))


def dequantized(layer: Layer, inputs: Sequence[Known]) -> Known | None:
    """Return what a layer makes of weights that are stored as small integers, or of their scales; else None."""
    if not isinstance(layer, DEQUANTIZING) or any(known.free for known in inputs):
        return None
    return lazily(layer, inputs)


def lazily(layer: Layer, inputs: Sequence[Known]) -> Known:
    """Return what a layer makes of numbers, however many: they are computed when they are loaded."""
    import numpy as np

    specs = tuple(Spec(known.shape, known.dtype) for known in inputs)
    ((made,), _), kernel = step(layer, specs), catalog.kernel_of(type(layer))
    assert kernel is not None

    def load() -> Array:
        array: Array = np.empty(_numbers(made), made.dtype)
        kernel(layer, tuple(known.load() for known in inputs), {}, (array,))
        return array

    return Known(_numbers(made), made.dtype, load, there=all(known.there for known in inputs))


def _of_formulas(
    layer: Layer, arrays: tuple[Array, ...], outputs: Sequence[Spec], ranges: Ranges
) -> tuple[Array, ...] | None:
    """Return what a layer makes of arrays with formulas in them; None if that is none, or not decided."""
    import numpy as np

    rule = RULES.get(type(layer))
    if rule is not None:
        try:
            return (rule(layer, arrays, ranges),)
        except (Undecided, FormulaError):
            return None
    kernel = catalog.kernel_of(type(layer))
    if kernel is None or not (layer.kind is Kind.RESHAPE or isinstance(layer, _KEEPING)):
        return None
    if not (layer.kind is Kind.RESHAPE or isinstance(layer, (Concat, Where))) and _has_quotients(arrays):
        return None
    made = tuple(np.empty(_numbers(spec), object) for spec in outputs)
    kernel(layer, arrays, {}, made)
    return made


def _has_quotients(arrays: Sequence[Array]) -> bool:
    return any(isinstance(value, Quotient) for array in arrays for value in array.flat)


def elements(known: Known) -> tuple[Any, ...] | None:
    """Return the elements as plain numbers, a float32 as the shortest decimal that it is; None if they are too many."""
    if prod(known.shape) > MOST_VALUES:
        return None
    array = known.load()
    flat = array.reshape(-1)
    if array.dtype.kind == "f" and array.dtype.itemsize < 8:
        return tuple(float(str(value)) for value in flat)
    return tuple(flat.tolist())


def _small(spec: Spec) -> bool:
    if spec.dtype in _NOT_IN_NUMPY or any(isinstance(size, Dim) for size in spec.shape):
        return False
    return prod(spec.shape) <= MOST_VALUES


def _numbers(spec: Spec) -> tuple[int, ...]:
    return tuple(evaluate(size, {}) for size in spec.shape)


def _settled(array: Array, dtype: str) -> Array:
    """Return numbers that were computed beside formulas as an array of numbers, if no formula is left."""
    if array.dtype != object or any(map(_is_free, array.flat)):
        return array
    plain = [value.numerator / value.denominator if isinstance(value, Quotient) else value for value in array.flat]
    from cnnshape.layers.arrays import listed

    return listed(plain, array.shape, dtype)


def _is_free(value: Any) -> bool:
    if isinstance(value, Quotient):
        return isinstance(value.numerator, Dim) or isinstance(value.denominator, Dim)
    return isinstance(value, Dim)
