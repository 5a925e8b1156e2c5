"""Linear maps: learned, bilinear, products of tensors, and embeddings."""

from cnnshape.layers.base import Entry
from cnnshape.layers.linear.einsum import Einsum
from cnnshape.layers.linear.matmul import MatMul
from cnnshape.layers.linear.spec import Bilinear, Embedding, Linear

__all__ = [
    "ENTRIES",
    "Bilinear",
    "Einsum",
    "Embedding",
    "Linear",
    "MatMul",
]

ENTRIES = (
    Entry(
        Linear,
        "linear",
        aliases=("dense", "fc", "fully_connected", "inner_product"),
        kernel=".kernel:linear",
        foreign=".foreign:TABLE",
    ),
    Entry(MatMul, "matmul", aliases=("bmm", "batch_matmul"), kernel=".kernel:matmul", foreign=".foreign:TABLE"),
    Entry(Einsum, "einsum", kernel=".kernel:einsum", foreign=".foreign:TABLE"),
    Entry(Bilinear, "bilinear", kernel=".kernel:bilinear"),
    Entry(Embedding, "embedding", kernel=".kernel:embedding"),
)

WRITTEN = ".foreign_out:TABLE"
READ_TORCH = ".foreign_torch:TABLE"
SOURCE_TORCH = ".source_torch:TABLE"
SOURCE_KERAS = ".source_keras:TABLE"
