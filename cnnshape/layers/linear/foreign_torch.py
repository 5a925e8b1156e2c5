"""Products of PyTorch."""

from __future__ import annotations

from cnnshape.layers.base import Layer
from cnnshape.layers.foreign import Made, Stored, Use, refuse
from cnnshape.layers.foreign_torch import At, Called, Module, calls, modules, position, table
from cnnshape.layers.linear.einsum import Einsum
from cnnshape.layers.linear.matmul import MatMul
from cnnshape.layers.linear.spec import Bilinear, Embedding, Linear
from cnnshape.layers.merge.spec import Add

__all__ = ["TABLE"]


def _linear(m: Module) -> Layer:
    return Linear(m.out_features, bias="bias" in m.weights, in_features=m.in_features)


def _bilinear(m: Module) -> Layer:
    stated = {"in1_features": m.in1_features, "in2_features": m.in2_features}
    return Bilinear(m.out_features, bias="bias" in m.weights, **stated)


def _embedding(m: Module) -> Layer:
    if m.max_norm is not None:
        refuse("max_norm changes the weights at each use")
    return Embedding(m.embedding_dim, num_embeddings=m.num_embeddings, padding_idx=m.padding_idx)


def _function(c: Called) -> Made:
    weight = position(c.weight)
    if not c.op.stored(weight):
        product = Use(MatMul(transpose_b=True), (c.at, weight))
        return product if c.bias is None else Use(Add(), (product, position(c.bias)))
    out, inside = c.op.shape(weight)
    stored = isinstance(c.bias, At) and c.op.stored(c.bias.position)
    bias = (("bias", Stored(c.bias.position)),) if stored else ()
    made = Use(Linear(out, bias=stored, in_features=inside), (c.at,), (("weight", Stored(weight)), *bias))
    return made if stored or c.bias is None else Use(Add(), (made, position(c.bias)))


def _embedded(c: Called) -> Made:
    count, width = c.op.shape(position(c.weight))
    return Use(Embedding(width, num_embeddings=count), (c.at,), (("weight", Stored(c.weight.position)),))


_PRODUCT = calls("x other", lambda c: Use(MatMul(), (c.at, position(c.other))), MatMul)


def _einsum(c: Called) -> Made:
    return Use(Einsum(c.equation.replace(" ", "")), tuple(position(each) for each in c.xs))


TABLE = table(
    {
        "Linear": modules(_linear, Linear),
        "NonDynamicallyQuantizableLinear": modules(_linear, Linear),
        "Bilinear": modules(_bilinear, Bilinear),
        "Embedding": modules(_embedding, Embedding),
        "linear": calls("x weight bias=None", _function, Linear),
        "embedding": calls("x weight padding_idx=None", _embedded, Embedding),
        "einsum": calls("equation *xs", _einsum, Einsum),
        "matmul": _PRODUCT,
        "bmm": _PRODUCT,
        "mm": _PRODUCT,
        "mv": _PRODUCT,
        "dot": _PRODUCT,
        "vdot": _PRODUCT,
        "rmatmul": calls("x other", lambda c: Use(MatMul(), (position(c.other), c.at)), MatMul),
    },
)
