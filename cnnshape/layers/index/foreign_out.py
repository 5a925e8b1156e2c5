"""Choosing and placing by position as operators of other systems."""

from __future__ import annotations

from cnnshape.layers.base import Layer
from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_onnx import alike, indices
from cnnshape.layers.foreign_out import Case, Numbers, Writer, WriterTable, Written, ints, numbers, op, written
from cnnshape.layers.index.gather import GatherElements, GatherND
from cnnshape.layers.index.one_hot import OneHot
from cnnshape.layers.index.order import ReverseSequence, TopK
from cnnshape.layers.index.scatter import ScatterElements, ScatterND, TensorScatter

__all__ = ["TABLE"]


def _along(operator: str, *names: str) -> Writer:
    """Return the writer of a layer whose second input are positions along its axis."""

    def write(layer: Layer, case: Case) -> Written:
        given = {name: getattr(layer, name) for name in names}
        if hasattr(layer, "dim"):
            given["axis"] = case.axis(layer.dim)
        types = ("int64",) if operator.endswith("ND") else ("int32", "int64")
        return op(operator, 0, indices(case, 1, types), *alike(case)[2:], **given)

    return write


def _tensor_scatter(layer: TensorScatter, case: Case) -> Written:
    start = (indices(case, 2),) if len(case.inputs) > 2 else ()
    return op("TensorScatter", 0, 1, *start, axis=case.axis(layer.dim), mode=layer.mode)


def _top_k(layer: TopK, case: Case) -> Written:
    wanted = numbers(ints((case.outputs[0].shape[case.axis(layer.dim)],)))
    # In order also where any order would do: so does the layer.
    found = {"axis": case.axis(layer.dim), "largest": int(layer.largest), "sorted": 1}
    made = op("TopK", 0, wanted, outputs=2, **found)
    return made[0], made[1]


def _one_hot(layer: OneHot, case: Case) -> Written:
    if not case.rank():
        refuse("a single index, which ONNX's OneHot does not take")
    axis = layer.dim % len(case.outputs[0].shape)
    (depth,) = ints((case.outputs[0].shape[axis],))
    values = Numbers((layer.off_value, layer.on_value), (2,), layer.dtype)
    return op("OneHot", indices(case, 0), Numbers((depth,), (), "int64"), values, axis=axis)


def _reversed(layer: ReverseSequence, case: Case) -> Written:
    axes, lengths = (case.axis(layer.batch_dim), case.axis(layer.time_dim)), indices(case, 1, ("int64",))
    if max(axes) < 2:
        return op("ReverseSequence", 0, lengths, batch_axis=axes[0], time_axis=axes[1])
    # ONNX has these two in front.
    order = (*axes, *(axis for axis in range(case.rank()) if axis not in axes))
    made = op("Transpose", 0, perm=order).then("ReverseSequence", lengths, batch_axis=0, time_axis=1)
    return made.then("Transpose", perm=tuple(order.index(axis) for axis in range(case.rank())))


TABLE: WriterTable = written(
    "onnx",
    {
        GatherElements: _along("GatherElements"),
        GatherND: _along("GatherND", "batch_dims"),
        ScatterElements: _along("ScatterElements", "reduction"),
        ScatterND: _along("ScatterND", "reduction"),
        TensorScatter: _tensor_scatter,
        TopK: _top_k,
        OneHot: _one_hot,
        ReverseSequence: _reversed,
    },
)
