"""The tensors of an ONNX model that are written: weights, constants and small numbers, each once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import numpy as np

from cnnshape.errors import UsageError
from cnnshape.formats.onnx.pieces import LONG, Later
from cnnshape.formats.onnx.values import onnx_package
from cnnshape.formats.reading.stored import turned
from cnnshape.layers.arrays import Array
from cnnshape.layers.base import Spec, Weight
from cnnshape.layers.foreign import Unmapped
from cnnshape.layers.foreign_out import Numbers, Owned, ints

__all__ = ["Initializers"]


class Initializers:
    """What is stored in the model.

    Parameters
    ----------
    weights : full name -> array; None: numbers repeated
    dtype : of floating-point tensors
    lazily : whether long tensors get their numbers when they are written

    Attributes
    ----------
    tensors : TensorProtos
    fills : NodeProtos: ConstantOfShape for tensors that are one number repeated, Constant for those not learned
    names : all names in use, those of the builder too
    later : name of a long tensor -> its numbers, which are not in `tensors`
    """

    def __init__(self, weights: Mapping[str, Array] | None, dtype: str, *, lazily: bool = False) -> None:
        self.weights, self.dtype, self._lazily = weights, dtype, lazily
        self.later: dict[str, Later] = {}
        self.tensors: list[Any] = []
        self.fills: list[Any] = []
        self.names: set[str] = set()
        self._known: dict[Any, str] = {}
        self._onnx = onnx_package()

    def of(self, owner: str, weights: Mapping[str, Weight], word: str = "float32") -> Callable[[Owned, bool], str]:
        """Return what gives the tensor for weights of a layer, by name, in the element type of what comes out.

        It is told whether numbers that are all the same may be computed: one that is computed is no parameter where
        any tensor may stand.
        """
        dtype = self._type(word)

        def tensor(what: Owned, fill: bool) -> str:
            key = (owner, what, dtype)
            if key not in self._known:

                def values() -> Array:
                    arrays = [self._weight(f"{owner}.{name}", weights[name], dtype) for name in what.names]
                    made = [turned(array, what.steps) for array in arrays]
                    joined = made[0] if len(made) == 1 else np.concatenate(made)
                    return joined if what.shape is None else joined.reshape(what.shape)

                changed = bool(what.steps) or len(what.names) > 1 or what.shape is not None
                full = f"{owner}.{what.names[0]}"
                wished = f"{full}.arranged" if changed else full
                self._known[key] = self._store(wished, values(), fill, again=values)
            return self._known[key]

        return tensor

    def constant(self, name: str, spec: Spec) -> str:
        """Return the tensor of a fixed tensor of the network."""
        shape, dtype = ints(spec.shape), self._type(spec.dtype)
        if self.weights is None:
            return self._store(name, _filled(0, dtype, shape))
        return self._store(name, self._given(name, shape).astype(dtype, copy=False), learned=False)

    def numbers(self, node: str, what: Numbers) -> str:
        """Return the tensor of small numbers."""
        if what not in self._known:
            dtype = self._type(what.dtype)
            try:
                values = np.array(what.values, dtype).reshape(what.shape)
            except OverflowError:
                raise Unmapped(f"a number that {dtype} does not hold") from None
            self._known[what] = self._store(f"{node}/numbers", values, fill=False, learned=False)
        return self._known[what]

    def _type(self, word: str) -> str:
        if word in _UNKNOWN:
            raise Unmapped(f"a tensor of {word}")
        return {"float32": self.dtype, "single": "float32"}.get(word, word)

    def _weight(self, full: str, weight: Weight, dtype: str) -> Array:
        shape = ints(weight.shape)
        if self.weights is None:
            value = weight.value if weight.init == "constant" else 0.0
            return _filled(value, dtype, shape)
        return self._given(full, shape).astype(dtype, copy=False)

    def _given(self, full: str, shape: tuple[int, ...]) -> Array:
        assert self.weights is not None  # the caller looked
        found = self.weights.get(full)
        if found is None or found.shape != shape:
            said = "is missing" if found is None else f"{found.shape} is given"
            raise UsageError(
                f"a weight does not fit: {full}: {said}, {shape} is expected",
                code="CS503",
                rule="every weight is given, in the shape that its layer has",
            )
        return found

    def _store(
        self,
        wished: str,
        values: Array,
        fill: bool = True,
        *,
        learned: bool = True,
        again: Callable[[], Array] | None = None,
    ) -> str:
        """Add a tensor; a floating-point initializer is what is learned, other numbers are constants.

        `again` makes the numbers once more, for a tensor that is written later.
        """
        name, count = wished, 1
        while name in self.names:
            count += 1
            name = f"{wished}_{count}"
        self.names.add(name)
        helper, numpy_helper = self._onnx.helper, self._onnx.numpy_helper
        if fill and self.weights is None and values.ndim and not any(values.strides):
            shape = self.numbers(name, Numbers(values.shape, (values.ndim,), "int64"))
            number = numpy_helper.from_array(values.reshape(-1)[:1].copy())
            self.fills.append(helper.make_node("ConstantOfShape", [shape], [name], f"{name}/fill", value=number))
        elif self._lazily and again is not None and values.nbytes > LONG:
            kind = helper.np_dtype_to_tensor_dtype(values.dtype)
            self.tensors.append(self._onnx.TensorProto(name=name, data_type=kind, dims=values.shape))
            self.later[name] = Later(values.nbytes, again)
        elif learned or not np.issubdtype(values.dtype, np.floating):
            self.tensors.append(numpy_helper.from_array(np.asarray(values, order="C"), name))
        else:
            number = numpy_helper.from_array(np.asarray(values, order="C"))
            self.fills.append(helper.make_node("Constant", [], [name], f"{name}/constant", value=number))
        return name


_UNKNOWN = ("bfloat16", "float8", "uint4", "int4")
"""Types that NumPy has no arrays of."""


def _filled(value: float, dtype: str, shape: tuple[int, ...]) -> Array:
    """Return one number in every place, which takes no memory."""
    if prod(shape) * np.dtype(dtype).itemsize > sys.maxsize:
        raise Unmapped(f"a tensor of {prod(shape)} numbers")
    return np.broadcast_to(np.asarray(value, dtype), shape)
