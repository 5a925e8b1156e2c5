"""Linear maps in other systems."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.foreign import Kept, Made, Operator, Stored, Table, Use, attribute, keyed, reads, refuse
from cnnshape.layers.foreign_keras import has_bias, numbered
from cnnshape.layers.io.spec import Parameter
from cnnshape.layers.linear.einsum import Einsum
from cnnshape.layers.linear.matmul import MatMul
from cnnshape.layers.linear.spec import Embedding, Linear
from cnnshape.layers.merge.spec import Add
from cnnshape.layers.reshape.axes import Permute
from cnnshape.symbolic import product

__all__ = ["TABLE"]


def _matmul(op: Operator) -> Made:
    if op.stored(1) and op.rank(1) == 2 and op.rank() > 1:
        layer = Linear(op.shape(1)[1], bias=False, in_features=op.shape(1)[0])
        return Use(layer, (0,), (("weight", Stored(1, (("transpose",),))),))
    return Use(MatMul(), (0, 1))


def _gemm(op: Operator) -> Made:
    alpha, beta = op.attribute("alpha", 1.0), op.attribute("beta", 1.0)
    flip_a, flip_b = bool(op.attribute("transA", 0)), bool(op.attribute("transB", 0))
    if not op.stored(1):
        if alpha != 1 or (op.has(2) and beta != 1):
            refuse(f"factors (alpha = {alpha}, beta = {beta}) of a product of two computed tensors")
        made = Use(MatMul(transpose_a=flip_a, transpose_b=flip_b), (0, 1))
        return Use(Add(), (made, 2)) if op.has(2) else made
    fed, out = op.shape(1)[::-1] if flip_b else op.shape(1)
    weight: list[tuple[Any, ...]] = [] if flip_b else [("transpose",)]
    weight += [("scale", alpha)] if alpha != 1 else []
    stored = [("weight", Stored(1, tuple(weight)))]
    bias = _bias(op, out, beta) if op.has(2) else None
    if bias is not None:
        stored.append(("bias", bias))
    x: int | Use = Use(Permute((1, 0))) if flip_a else 0
    made = Use(Linear(out, bias=bias is not None, in_features=fed), (x,), tuple(stored))
    if bias is not None or not op.has(2):
        return made
    if beta != 1:
        refuse(f"a factor (beta = {beta}) of a tensor that is added")
    return Use(Add(), (made, 2))


def _bias(op: Operator, out: Any, beta: float) -> Stored | None:
    """Return the addend as a bias, or None if it is none: computed, or different from row to row."""
    shape = op.shape(2)
    scale = (("scale", beta),) if beta != 1 else ()
    if not op.stored(2):
        return None
    if product(shape) == 1:
        return Stored(2, (("flatten",), ("fill", out), *scale))
    return Stored(2, (("flatten",), *scale)) if shape[-1] == out and product(shape) == out else None


def _keras_dense(op: Operator) -> Made:
    if op.attribute("lora_rank"):
        refuse("lora_rank")
    weights = ("weight", Kept("0", (("transpose",),))), *((("bias", Kept("1")),) if has_bias(op) else ())
    return Use(Linear(op.attribute("units"), bias=has_bias(op)), (0,), weights)


def _keras_einsum(op: Operator) -> Made:
    """Read a product whose kernel has the sizes of those letters that come in, and of those that go out."""
    equation = op.attribute("equation").replace(" ", "")
    terms, _, left = equation.partition("->")
    letters, _, inner = terms.partition(",")
    stated = op.attribute("output_shape")
    stated = stated if isinstance(stated, tuple) else (stated,)
    if op.attribute("lora_rank") or not (letters + inner + left).isalpha() or len(stated) + 1 != len(left):
        refuse(f"the equation {equation!r}")
    sizes = dict(zip(letters, op.shape(), strict=True))
    sizes |= {each: size for each, size in zip(left[1:], stated, strict=True) if size is not None}
    kernel = Use(Parameter(tuple(sizes[each] for each in inner)), (), numbered("weight"))
    made, bias = Use(Einsum(equation), (0, kernel)), op.attribute("bias_axes")
    if not bias:
        return made
    first = min(left.index(each) for each in bias)
    shape = tuple(sizes[each] if each in bias else 1 for each in left[first:])
    return Use(Add(), (made, Use(Parameter(shape, init="constant"), (), (("weight", Kept("1")),))))


def _keras_embedding(op: Operator) -> Made:
    layer = Embedding(op.attribute("output_dim"), num_embeddings=op.attribute("input_dim"))
    return Use(layer, (0,), numbered("weight"))


TABLE: Table = keyed(
    "onnx",
    {
        "Gemm": reads(Linear, _gemm),
        "MatMul": reads(MatMul, _matmul),
        "Einsum": reads(Einsum, equation=attribute("equation")),
    },
) | keyed(
    "keras",
    {
        "Dense": reads(Linear, _keras_dense),
        "EinsumDense": reads(Einsum, _keras_einsum),
        "ops.Einsum": reads(Einsum, equation=attribute("subscripts")),
        "ops.Matmul": reads(MatMul),
        "Embedding": reads(Embedding, _keras_embedding),
    },
)
