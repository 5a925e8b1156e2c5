"""Linear layers and products as PyTorch code."""

from __future__ import annotations

from cnnshape.layers.demands import stated
from cnnshape.layers.foreign_out import Case
from cnnshape.layers.linear.einsum import Einsum
from cnnshape.layers.linear.matmul import MatMul
from cnnshape.layers.linear.spec import Bilinear, Embedding, Linear
from cnnshape.layers.source import ME, Arg, Attribute, Call, CoderTable, Opt, Piece, Slot, Value, X, call, method

__all__ = ["TABLE"]


def _linear(layer: Linear, case: Case) -> Piece:
    wide = stated(layer.in_features, case.shape()[-1])
    return Piece(call("nn.Linear", wide, layer.out_features, bias=Opt(layer.bias, True)), None, weighted=True)


def _bilinear(layer: Bilinear, case: Case) -> Piece:
    first = stated(layer.in1_features, case.shape(0)[-1])
    second = stated(layer.in2_features, case.shape(1)[-1])
    made = call("nn.Bilinear", first, second, layer.out_features, bias=Opt(layer.bias, True))
    return Piece(made, None, weighted=True)


def _embedding(layer: Embedding, case: Case) -> Piece:
    given = Opt(layer.padding_idx, None)
    made = call("nn.Embedding", layer.num_embeddings, layer.embedding_dim, padding_idx=given)
    whole = None if case.dtype in ("int64", "int32") else Call(ME, (Arg(method(X, "long")),))
    return Piece(made, whole, weighted=True)


def _matmul(layer: MatMul, case: Case) -> Piece:
    def side(position: int, turned: bool) -> Value:
        return Attribute(Slot(position), "mT") if turned and case.rank(position) > 1 else Slot(position)

    return Piece(None, call("torch.matmul", side(0, layer.transpose_a), side(1, layer.transpose_b)))


def _einsum(layer: Einsum, case: Case) -> Piece:
    return Piece(None, call("torch.einsum", layer.equation, *map(Slot, range(len(case.inputs)))))


TABLE: CoderTable = {
    Linear: _linear,
    Bilinear: _bilinear,
    Embedding: _embedding,
    MatMul: _matmul,
    Einsum: _einsum,
}
