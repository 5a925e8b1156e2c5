"""Attention as operators of other systems: products, a softmax, products."""

from __future__ import annotations

from math import sqrt

from cnnshape.layers.attention.product import LayerScale, ScaledDotProductAttention
from cnnshape.layers.attention.spec import MultiheadAttention
from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_onnx import alike
from cnnshape.layers.foreign_out import (
    Case,
    Emit,
    Numbers,
    Owned,
    Source,
    WriterTable,
    Written,
    ints,
    numbers,
    op,
    owned,
    shape_of,
    written,
)
from cnnshape.symbolic import Size

__all__ = ["TABLE"]


def _attended(case: Case, query: Source, key: Source, value: Source, scale: float, rank: int) -> Emit:
    """Return softmax(Q K^T) V, of heads that are axes before the last two."""
    swapped = (*range(rank - 2), rank - 1, rank - 2)
    scores = op("MatMul", op("Mul", query, case.number(scale)), op("Transpose", key, perm=swapped))
    return op("MatMul", scores.then("Softmax", axis=-1), value)


def _multihead(layer: MultiheadAttention, case: Case) -> Written:
    last = len(case.inputs) - 1
    (heads,) = ints((layer.num_heads,))
    embed = case.size(2)
    fused = all(case.shape(place)[2] == embed for place in range(len(case.inputs)))
    parts: list[Emit] = []
    for number, place in enumerate((0, min(1, last), last)):
        given = alike(case)[place]
        x: Source = given if layer.batch_first else op("Transpose", given, perm=(1, 0, 2))
        made = op("MatMul", x, _matrix(fused, number))
        if layer.bias:
            made = made.then("Add", Owned(("in_proj_bias",), (("part", number, 3),)))
        parts.append(made)
    batch = case.shape()[0 if layer.batch_first else 1]
    if layer.add_bias_kv:
        parts[1:] = [
            _longer(case, x, owned(f"bias_{letter}"), batch, embed) for x, letter in zip(parts[1:], "kv", strict=True)
        ]
    if layer.add_zero_attn:
        zeros = Numbers((0.0,) * embed, (1, 1, embed), case.dtype)
        parts[1:] = [_longer(case, x, zeros, batch, embed) for x in parts[1:]]
    apart = [
        x.then("Reshape", numbers((0, 0, heads, embed // heads))).then("Transpose", perm=(0, 2, 1, 3)) for x in parts
    ]
    query, key, value = apart
    made = _attended(case, query, key, value, 1 / sqrt(embed // heads), 4)
    made = made.then("Transpose", perm=(0, 2, 1, 3)).then("Reshape", numbers((0, 0, embed)))
    made = made.then("MatMul", owned("out_proj.weight", ("transpose",)))
    if layer.bias:
        made = made.then("Add", owned("out_proj.bias"))
    return made if layer.batch_first else made.then("Transpose", perm=(1, 0, 2))


def _matrix(fused: bool, number: int) -> Owned:
    """Return the matrix of query (0), key or value (2), as it stands behind what it maps."""
    if fused:
        return owned("in_proj_weight", ("part", number, 3), ("transpose",))
    return owned(f"{'qkv'[number]}_proj_weight", ("transpose",))


def _longer(case: Case, x: Emit, row: Source, batch: Size, embed: int) -> Emit:
    """Return a sequence with one more position, the same in each sample."""
    return x.then("Concat", op("Expand", row, shape_of(case, (batch, 1, embed))), axis=1)


def _product(layer: ScaledDotProductAttention, case: Case) -> Written:
    scale = 1 / sqrt(case.size(case.rank() - 1)) if layer.scale is None else layer.scale
    windows = layer.left_window_size, layer.right_window_size
    if (
        layer.softcap
        or windows != (-1, -1)
        or layer.offset
        or layer.scores != "none"
        or any("int" in spec.dtype for spec in case.inputs)
    ):
        refuse("softcap, windows, an offset, lengths or scores as an output")
    query: Source = 0
    key, value = (_repeated(case, place) if layer.enable_gqa else place for place in (1, 2))
    if layer.is_causal or len(case.inputs) > 3:
        return _masked(layer, case, query, key, value, scale)
    return _attended(case, query, key, value, scale, case.rank(1))


def _repeated(case: Case, place: int) -> Source:
    """Return the heads of keys or values, each as often as there are queries for it."""
    axis = case.rank(place) - 3
    wanted, held = case.size(case.rank() - 3), case.size(axis, place)
    return op("Gather", place, numbers(at * held // wanted for at in range(wanted)), axis=axis)


def _masked(
    layer: ScaledDotProductAttention, case: Case, query: Source, key: Source, value: Source, scale: float
) -> Written:
    rank = case.rank(1)
    scores = op(
        "MatMul",
        op("Mul", query, case.number(scale)),
        op("Transpose", key, perm=(*range(rank - 2), rank - 1, rank - 2)),
    )
    rows, width = case.shape()[-2], case.shape(1)[-2]
    mask: Source = 3
    if layer.is_causal:
        ones = op("Expand", Numbers((1,), (), "int64"), shape_of(case, (rows, width)))
        mask = op("Trilu", ones, upper=0).then("Cast", to=_BOOL)
    elif case.inputs[3].dtype != "bool":
        return op("MatMul", scores.then("Add", 3).then("Softmax", axis=-1), value)
    hidden = op("Where", mask, scores, case.number(float("-inf")))
    # A row that sees nothing is 0, not the NaN of a softmax without any.
    seen = op("Where", mask, hidden.then("Softmax", axis=-1), case.number(0.0))
    return op("MatMul", seen, value)


_BOOL = 9
"""TensorProto.BOOL"""


def _scale(layer: LayerScale, case: Case) -> Written:
    axis = case.axis(layer.dim)
    return op("Mul", 0, Owned(("gamma",), (), (case.size(axis), *(1,) * (case.rank() - 1 - axis))))


TABLE: WriterTable = written(
    "onnx",
    {MultiheadAttention: _multihead, ScaledDotProductAttention: _product, LayerScale: _scale},
)
