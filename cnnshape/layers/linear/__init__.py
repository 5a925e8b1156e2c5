"""Linear maps: learned, bilinear, products of tensors, and embeddings."""

from cnnshape.layers.base import Entry
from cnnshape.layers.linear.matmul import MatMul
from cnnshape.layers.linear.spec import Bilinear, Embedding, Linear

__all__ = ["ENTRIES", "Bilinear", "Embedding", "Linear", "MatMul"]

ENTRIES = (
    Entry(Linear, "linear", aliases=("dense", "fc", "fully_connected", "inner_product")),
    Entry(MatMul, "matmul", aliases=("bmm", "batch_matmul")),
    Entry(Bilinear, "bilinear"),
    Entry(Embedding, "embedding"),
)
