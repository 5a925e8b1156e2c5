"""Linear layers and products in Keras."""

from __future__ import annotations

from cnnshape.layers.foreign_out import ints
from cnnshape.layers.linear.matmul import MatMul
from cnnshape.layers.linear.spec import Embedding, Linear
from cnnshape.layers.source_keras import Call, KerasCase, Made, WayTable, kept, layer, op, plain, unless

__all__ = ["TABLE"]


def _linear(given: Linear, _: KerasCase) -> Made:
    return layer(
        "Dense",
        bare={"units": ints((given.out_features,))[0]},
        use_bias=unless(given.bias, True),
        weights=(kept("weight", 1, 0), *((kept("bias"),) if given.bias else ())),
    )


def _embedding(given: Embedding, _: KerasCase) -> Made:
    count, size = ints((given.num_embeddings, given.embedding_dim))
    return layer("Embedding", bare={"input_dim": count, "output_dim": size}, weights=(kept("weight"),))


def _matmul(given: MatMul, case: KerasCase) -> Made:
    sides: list[int | Call] = [0, 1]
    for place, turned in enumerate((given.transpose_a, given.transpose_b)):
        if turned and case.rank(place) > 1:
            sides[place] = op("swapaxes", place, axis1=-2, axis2=-1)
    return op("matmul", *sides)


TABLE: WayTable = {
    Linear: plain(_linear),
    Embedding: plain(_embedding),
    MatMul: plain(_matmul),
}
