"""Tensors of other systems whose numbers follow from sizes and arguments: constants here."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

from cnnshape.layers.foreign import Kept, Known, Made, Operator, Table, Use, keyed, reads, refuse, wrong
from cnnshape.layers.foreign_onnx import ONNX_DTYPES
from cnnshape.layers.io.sources import Arange, Full
from cnnshape.layers.io.spec import Constant, Parameter
from cnnshape.layers.reshape.copies import Expand
from cnnshape.symbolic import Dim, Size, product

__all__ = ["TABLE"]

_MOST_NUMBERS = 2**24
"""A range of more numbers than that is a slip."""


def _shape(op: Operator) -> Made:
    shape = op.shape()
    return _sizes(shape[slice(op.attribute("start", 0), op.attribute("end"))])


def _sizes(sizes: Sequence[Size], shape: tuple[int, ...] | None = None) -> Known:
    """Return sizes as a tensor of int64, or of formulas where they are free."""
    wanted = (len(sizes),) if shape is None else shape
    free = any(isinstance(size, Dim) for size in sizes)

    def load() -> Any:
        from cnnshape.layers.arrays import listed

        return listed(sizes, wanted, "int64")

    return Known(wanted, "int64", load, free)


def _range(op: Operator) -> Made:
    start, limit, delta = (op.numbers(position)[0] for position in range(3))
    if delta == 0:
        wrong("a range whose numbers are all the same")
    dtype = op.spec().dtype
    if any(isinstance(number, Dim) for number in (start, limit, delta)):
        if not all(isinstance(number, (int, Dim)) for number in (start, limit)) or not isinstance(delta, int):
            refuse(f"a range from {start} to {limit} by {delta}")
        return Use(Arange(limit, start=start, step=delta, dtype=dtype), ())
    count = max(ceil((limit - start) / delta), 0)
    if count > _MOST_NUMBERS:
        refuse(f"a range of {count} numbers")

    def load() -> Any:
        import numpy as np

        return (start + delta * np.arange(count)).astype(dtype)

    return Known((count,), dtype, load)


def _filled(op: Operator) -> Made:
    shape, value = op.numbers(0), op.attribute("value")
    if op.rank() != 1 or len(shape) > _MOST_AXES or any(isinstance(size, int) and size < 0 for size in shape):
        refuse(f"the shape {shape}")
    if value is not None and value.shape not in ((), (1,)):
        wrong(f"a value of the shape {value.shape}")
    if any(isinstance(size, Dim) for size in shape):
        number, dtype = (0.0, "float32") if value is None else (value.load().reshape(-1)[0].item(), value.dtype)
        return Use(Full(tuple(shape), value=number, dtype=dtype), ())

    def load() -> Any:
        import numpy as np

        # Whatever its size, it takes the memory of one number.
        held = np.zeros(1, np.float32) if value is None else value.load().reshape(-1)
        return np.broadcast_to(held[0], shape)

    return Known(tuple(shape), "float32" if value is None else value.dtype, load)


_MOST_AXES = 32


def _eye(op: Operator) -> Made:
    shape, place = op.shape(), op.attribute("k", 0)
    dtype = ONNX_DTYPES.get(op.attribute("dtype")) if op.attribute("dtype") else op.spec().dtype
    if len(shape) != 2 or dtype is None:
        wrong("no matrix of numbers")
    rows, columns = shape
    if isinstance(rows, Dim) or isinstance(columns, Dim):
        refuse("a matrix whose size is free")

    def load() -> Any:
        import numpy as np

        return np.eye(rows, columns, place, dtype)

    return Known((rows, columns), dtype, load)


def _constant(op: Operator) -> Made:
    """Read a Constant whose number is an attribute of the function that it stands in."""
    import numpy as np

    value = op.attribute("value")
    if isinstance(value, Known):
        return value
    types = {"value_int": "int64", "value_ints": "int64", "value_float": "float32", "value_floats": "float32"}
    name = next((name for name in types if name in op.attributes), "")
    if not name:
        refuse("it holds no numbers")
    return Known.of(np.array(op.attribute(name), types[name]))


def _known(op: Operator) -> Any:
    """Return an input as an array; what is made of it has a size that depends on its numbers."""
    import numpy as np

    values, spec = op.values(0), op.spec()
    if values is None or any(isinstance(value, Dim) for value in values):
        refuse("the size of the output depends on the data")
    if spec.dtype not in np.sctypeDict:
        refuse(f"element type {spec.dtype}")
    return np.array(values, spec.dtype).reshape([size for size in spec.shape if isinstance(size, int)])


def _nonzero(op: Operator) -> Made:
    import numpy as np

    return _some(np.array(_known(op).nonzero(), np.int64))


def _unique(op: Operator) -> Made:
    import numpy as np

    x, axis = _known(op), op.attribute("axis")
    found, first, inverse, counts = np.unique(x, True, True, True, axis=axis)
    inverse = inverse.reshape(-1)
    if not op.attribute("sorted", 1):
        order = first.argsort()
        found, first, counts = found.take(order, axis or 0), first[order], counts[order]
        inverse = order.argsort()[inverse]
    return (_some(found), *(Known.of(each.astype(np.int64)) for each in (first, inverse, counts)))


def _some(array: Any) -> Known:
    if array.size == 0:
        refuse("a tensor without elements")
    return Known.of(array)


def _learned(op: Operator) -> Made:
    """Read a learned tensor as it is written in source code of Keras: of each image, or by itself."""
    shape, initial, batched = op.attribute("shape"), op.attribute("initial", 0.0), op.attribute("batched", True)
    init: dict[str, Any] = {} if initial is None else {"init": "constant", "value": initial}
    if not batched:
        return Use(Parameter(shape, **init), (), (("weight", Kept("0")),))
    steps = (("reshape", (1, *shape)),)
    made = Use(Parameter((1, *shape), **init), (), (("weight", Kept("0", steps)),))
    return Use(Expand((op.shape()[0], *(-1 for _ in shape))), (made,))


TABLE: Table = keyed(
    "onnx",
    {
        "Constant": reads(Constant, _constant),
        "Shape": reads(Constant, _shape),
        "Size": reads(Constant, lambda op: _sizes([product(op.shape())], ())),
        "Range": reads(Constant, _range),
        "ConstantOfShape": reads(Constant, _filled),
        "EyeLike": reads(Constant, _eye),
        "NonZero": reads(Constant, _nonzero),
        "Unique": reads(Constant, _unique),
    },
) | keyed(
    "keras",
    {
        "NormalizationCount": reads(
            Parameter, lambda _: Use(Parameter((), init="constant"), (), (("weight", Kept("2")),))
        ),
        "SpectralVector": reads(
            Parameter, lambda op: Use(Parameter((1, op.attribute("size"))), (), (("weight", Kept("1")),))
        ),
        "cnnshape>Learned": reads(Parameter, _learned),
    },
)
"""Keras counts what it keeps beside what is trained: of how many batches the statistics are, and a vector that the norm
of a matrix is found with."""
