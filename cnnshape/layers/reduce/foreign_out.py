"""Reductions as operators of other systems."""

from __future__ import annotations

from cnnshape.layers.foreign_onnx import alike
from cnnshape.layers.foreign_out import Case, Numbers, Writer, WriterTable, Written, numbers, op, written
from cnnshape.layers.reduce.extremes import ArgMax, ArgMin
from cnnshape.layers.reduce.reduction import Reduction
from cnnshape.layers.reduce.running import CumProd, CumSum
from cnnshape.layers.reduce.spec import (
    LogSumExp,
    ReduceL1,
    ReduceL2,
    ReduceMax,
    ReduceMean,
    ReduceMin,
    ReduceProd,
    ReduceSum,
)

__all__ = ["TABLE"]


def _reduced(operator: str) -> Writer:
    def write(layer: Reduction, case: Case) -> Written:
        axes = layer.reduced(case.rank())
        return op(
            operator, *alike(case), numbers(axes), keepdims=int(layer.keepdim), noop_with_empty_axes=int(not axes)
        )

    return write


def _where(operator: str) -> Writer:
    def write(layer: ArgMax | ArgMin, case: Case) -> Written:
        if layer.dim is not None:
            return op(operator, 0, axis=case.axis(layer.dim), keepdims=int(layer.keepdim))
        found = op("Reshape", 0, numbers((-1,))).then(operator, axis=0, keepdims=0)
        return found.then("Reshape", numbers((1,) * case.rank())) if layer.keepdim else found

    return write


def _running(operator: str) -> Writer:
    def write(layer: CumSum | CumProd, case: Case) -> Written:
        axis = Numbers((case.axis(layer.dim),), (), "int64")
        return op(operator, *alike(case), axis, exclusive=int(layer.exclusive), reverse=int(layer.reverse))

    return write


TABLE: WriterTable = written(
    "onnx",
    {
        ReduceMean: _reduced("ReduceMean"),
        ReduceSum: _reduced("ReduceSum"),
        ReduceMax: _reduced("ReduceMax"),
        ReduceMin: _reduced("ReduceMin"),
        ReduceProd: _reduced("ReduceProd"),
        ReduceL1: _reduced("ReduceL1"),
        ReduceL2: _reduced("ReduceL2"),
        LogSumExp: _reduced("ReduceLogSumExp"),
        CumSum: _running("CumSum"),
        CumProd: _running("CumProd"),
        ArgMax: _where("ArgMax"),
        ArgMin: _where("ArgMin"),
    },
)
