"""Layers computed while a model is read: what follows from constants and sizes alone is a constant."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from cnnshape.graph.propagate import step
from cnnshape.layers import catalog
from cnnshape.layers.base import Kind, Layer, Spec
from cnnshape.layers.foreign import Known
from cnnshape.layers.logic import Compare, Where
from cnnshape.layers.merge import Add, Concat, Divide, Multiply, Remainder, Subtract
from cnnshape.layers.quantize import DequantizeLinear, QuantizeLinear
from cnnshape.layers.reduce import ReduceProd, ReduceSum
from cnnshape.layers.reshape import Cast, Unsqueeze
from cnnshape.symbolic import Dim, Size, bound, evaluate

if TYPE_CHECKING:
    from cnnshape.layers.arrays import Array

__all__ = ["MOST_VALUES", "dequantized", "elements", "folded"]

MOST_VALUES = 65_536
"""A tensor of more elements is computed by the network, and is no argument of a layer."""
_NOT_IN_NUMPY = ("bfloat16", "float8", "int4", "uint4")
_OF_FORMULAS = (Concat, Add, Subtract, Multiply, ReduceProd, ReduceSum, Where)
"""Layers beside rearrangements that compute with formulas as with numbers."""


def folded(layer: Layer, inputs: Sequence[Known]) -> tuple[Known, ...] | None:
    """Return what a layer gives of known tensors, if it has no weights and they are few numbers; else None.

    Examples
    --------
    >>> import numpy as np
    >>> from cnnshape.layers import Cast
    >>> (made,) = folded(Cast("int64"), [Known.of(np.array([2.0, 3.0]))])
    >>> made.load().tolist(), made.dtype
    ([2, 3], 'int64')
    """
    import numpy as np

    kernel = catalog.kernel_of(type(layer))
    specs = tuple(Spec(known.shape, known.dtype) for known in inputs)
    if kernel is None or not inputs or layer.weights(specs) or not all(map(_small, specs)):
        return None
    outputs, _ = step(layer, specs)
    if not all(map(_small, outputs)):
        return None
    arrays = tuple(known.load() for known in inputs)
    free = any(known.free for known in inputs)
    same = _with_formulas(layer, arrays) if free else layer
    if same is None:
        return None
    dtypes: list[Any] = [object if free else spec.dtype for spec in outputs]
    made: list[Array] = [np.empty(_numbers(spec), dtype) for spec, dtype in zip(outputs, dtypes, strict=True)]
    kernel(same, arrays, {}, tuple(made))
    return tuple(Known.of(_settled(array, spec.dtype), spec.dtype) for array, spec in zip(made, outputs, strict=True))


def dequantized(layer: Layer, inputs: Sequence[Known]) -> Known | None:
    """Return what a layer makes of weights that are stored as small integers, or of their scales; else None.

    However large they are: they are computed when they are loaded.
    """
    import numpy as np

    if not isinstance(layer, (QuantizeLinear, DequantizeLinear, Unsqueeze)) or any(known.free for known in inputs):
        return None
    specs = tuple(Spec(known.shape, known.dtype) for known in inputs)
    ((made,), _), kernel = step(layer, specs), catalog.kernel_of(type(layer))
    assert kernel is not None

    def load() -> Array:
        array: Array = np.empty(_numbers(made), made.dtype)
        kernel(layer, tuple(known.load() for known in inputs), {}, (array,))
        return array

    return Known(_numbers(made), made.dtype, load)


def _with_formulas(layer: Layer, arrays: Sequence[Array]) -> Layer | None:
    """Return the layer that computes the same with formulas, if one does."""
    if isinstance(layer, (Divide, Remainder)):  # of sizes, none of which is negative, toward 0 is down
        sizes = [value for array in arrays for value in array.flat]
        down = layer.rounding_mode != "none" and all(_is_size(value) for value in sizes)
        return type(layer)(rounding_mode="floor") if down else None
    if isinstance(layer, Compare):
        return layer if layer.relation in ("equal", "not_equal") and _decided(*arrays) else None
    if isinstance(layer, Cast):
        return layer if "int" in layer.dtype else None
    return layer if layer.kind is Kind.RESHAPE or isinstance(layer, _OF_FORMULAS) else None


def _decided(left: Array, right: Array) -> bool:
    """Return whether each pair of formulas is the same, or differs at all sizes."""
    import numpy as np

    pairs = zip(*(array.flatten().tolist() for array in np.broadcast_arrays(left, right)), strict=True)
    return all(a == b or _never_zero(a - b) for a, b in pairs)


def _never_zero(value: Size) -> bool:
    least, most = bound(value) if isinstance(value, Dim) else (value, value)
    return (least is not None and least > 0) or (most is not None and most < 0)


def _is_size(value: Any) -> bool:
    least = bound(value)[0] if isinstance(value, Dim) else value
    return least is not None and bool(least >= 0)


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
    return spec.dtype not in _NOT_IN_NUMPY and prod(spec.shape) <= MOST_VALUES


def _numbers(spec: Spec) -> tuple[int, ...]:
    return tuple(evaluate(size, {}) for size in spec.shape)


def _settled(array: Array, dtype: str) -> Array:
    """Return numbers that were computed beside formulas as an array of numbers, if no formula is left."""
    if array.dtype == object and not any(isinstance(value, Dim) for value in array.flat):
        return array.astype(dtype)
    return array
