"""Linear maps as operators of other systems."""

from __future__ import annotations

from cnnshape.layers.foreign_onnx import alike, indices
from cnnshape.layers.foreign_out import Case, Source, WriterTable, Written, op, owned, written
from cnnshape.layers.linear.einsum import Einsum
from cnnshape.layers.linear.matmul import MatMul
from cnnshape.layers.linear.spec import Bilinear, Embedding, Linear

__all__ = ["TABLE"]


def _linear(layer: Linear, case: Case) -> Written:
    bias = (owned("bias"),) if layer.bias else ()
    if case.rank() == 2:
        return op("Gemm", 0, owned("weight"), *bias, transB=1)
    made = op("MatMul", 0, owned("weight", ("transpose",)))
    return made.then("Add", *bias) if bias else made


def _matmul(layer: MatMul, case: Case) -> Written:
    flags = (layer.transpose_a, layer.transpose_b)
    factors: list[Source] = []
    for position, (source, flip) in enumerate(zip(alike(case), flags, strict=True)):
        rank = case.rank(position)
        order = (*range(rank - 2), rank - 1, rank - 2)
        factors.append(op("Transpose", source, perm=order) if flip and rank > 1 else source)
    return op("MatMul", *factors)


def _bilinear(layer: Bilinear, case: Case) -> Written:
    first, second = alike(case)
    # By the definition, output by output: the first input times the weight's matrix times the second.
    made = op("Einsum", first, owned("weight"), second, equation="...i,oij,...j->...o")
    return made.then("Add", owned("bias")) if layer.bias else made


TABLE: WriterTable = written(
    "onnx",
    {
        Linear: _linear,
        MatMul: _matmul,
        Einsum: lambda layer, case: op("Einsum", *alike(case), equation=layer.equation),
        Bilinear: _bilinear,
        Embedding: lambda _, case: op("Gather", owned("weight"), indices(case, 0)),
    },
)
