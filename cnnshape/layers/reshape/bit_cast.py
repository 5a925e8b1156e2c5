"""The same bits, read as another element type."""

from __future__ import annotations

from dataclasses import field

from cnnshape.errors import ShapeError
from cnnshape.layers.base import POINTWISE, Context, Example, Spec, Windows, layer, sizes
from cnnshape.layers.fields import DTYPES, Word
from cnnshape.layers.reshape.rearrange import Rearrangement

__all__ = ["BitCast", "bits"]


@layer
class BitCast(Rearrangement):
    """The same bits, read as another element type of as many bits.

    Shape:      x (*S) -> y (*S)
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    dtype : the element type of the output

    Raises
    ------
    ArgumentError
        CS401, an unknown element type.
    ShapeError
        CS211, an element of the input has another number of bits.

    Notes
    -----
    PyTorch's `x.view(dtype)`. The values are others: the float32 1 is the int32 1065353216.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> BitCast("int32").outputs((Spec((1, 10)),), Context())
    (Spec(shape=(1, 10), dtype='int32'),)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.Tensor.view.html
    [2] https://onnx.ai/onnx/operators/onnx__BitCast.html
    """

    dtype: Word = field(metadata={"words": DTYPES})

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        given, wanted = bits(x.dtype), bits(self.dtype)
        if given != wanted:
            raise ShapeError(
                f"the input is {x.dtype}, an element has {given} bits",
                code="CS211",
                field="dtype",
                got=x.dtype,
                needed=self.dtype,
                rule=f"an element of {self.dtype} has {wanted}",
                fix=f"cast: {self.dtype}, if the values are to stay",
            )
        return (Spec(x.shape, self.dtype),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return POINTWISE

    def label(self) -> str:
        return f"BitCast {self.dtype}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls("int32"), ("N", 3, "H", "W")),
            Example.of(cls("float64"), Spec(sizes("N", "T"), "uint64")),
            Example.of(cls("uint8"), Spec(sizes("C"), "bool")),
        )


def bits(dtype: str) -> int:
    """Return how many bits an element has in memory.

    Examples
    --------
    >>> bits("bfloat16"), bits("bool")
    (16, 8)
    """
    return int(dtype.lstrip("abcdefghijklmnopqrstuvwxyz") or 8)
