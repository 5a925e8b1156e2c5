"""The ends of a network: what enters, what leaves, and tensors that are given instead of computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY
from typing import Any

from cnnshape.layers.arguments import refuse
from cnnshape.layers.base import (
    POINTWISE,
    Context,
    Example,
    Kind,
    Layer,
    Spec,
    Weight,
    Windows,
    Work,
    axis_name,
    layer,
    sizes,
)
from cnnshape.layers.demands import fits
from cnnshape.layers.fields import DTYPES, Number, Shape, Word, one_of

__all__ = ["Constant", "Input", "Output", "Parameter"]


class _Given(Layer):
    """A tensor that no layer computes."""

    kind = Kind.IO
    arity = (0, 0)

    shape: Shape
    dtype: Word

    def validate(self) -> None:
        if any(isinstance(size, int) and size < 1 for size in self.shape):
            refuse(
                self,
                "shape",
                "a size is at least 1",
                rule="a shape lists whole numbers of at least 1, or formulas",
                fix="shape: write a symbol such as H where the size is free",
            )

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        for axis, size in enumerate(self.shape):
            fits(ctx, size, 1, f"axis {axis_name(len(self.shape), axis)}", "a formula that is at least 1")
        return (Spec(self.shape, self.dtype),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return POINTWISE

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of()


@layer
class Input(_Given):
    """A tensor that is fed to the network.

    Shape:      -> y (shape)
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    shape : sizes of all axes, batch first; ints of at least 1, or formulas
    dtype : element type, default "float32"

    Raises
    ------
    ArgumentError
        CS401, a size below 1 or an unknown dtype.
    ShapeError
        CS203, a formula that is below 1.

    Notes
    -----
    The shape contains the batch, as ONNX's graph inputs do; Keras's `Input(shape)` does not.

    Examples
    --------
    >>> from cnnshape.layers.base import Context
    >>> from cnnshape.symbolic import dim
    >>> print(Input((dim("N"), 3, dim("H"), dim("W"))).outputs((), Context())[0])
    (N, 3, H, W)

    References
    ----------
    [1] https://onnx.ai/onnx/repo-docs/IR.html
    [2] https://keras.io/api/layers/core_layers/input/
    """

    shape: Shape
    _: KW_ONLY
    dtype: Word = one_of(*DTYPES)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(sizes("N", 3, "H", "W"))),
            Example.of(cls(sizes("N", "T"), dtype="int64")),
            Example.of(cls(sizes("N", 1, 28, "2*W"))),
        )


@layer
class Constant(_Given):
    """A tensor whose values are fixed when the network is written; it is neither fed nor learned.

    Shape:      -> y (shape)
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    shape : sizes of all axes; ints of at least 1, or formulas; empty for a single number
    dtype : element type, default "float32"

    Raises
    ------
    ArgumentError
        CS401, a size below 1 or an unknown dtype.
    ShapeError
        CS203, a formula that is below 1.

    Notes
    -----
    A design states only the shape: sizes, counts and receptive fields do not depend on the values.

    Examples
    --------
    >>> from cnnshape.layers.base import Context
    >>> print(Constant((1, 3, 1, 1)).outputs((), Context())[0])
    (1, 3, 1, 1)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Constant.html
    """

    shape: Shape
    _: KW_ONLY
    dtype: Word = one_of(*DTYPES)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls((1, 3, 1, 1))),
            Example.of(cls(())),
            Example.of(cls(sizes("T", "T"), dtype="bool")),
        )


@layer
class Parameter(_Given):
    """A learned tensor that enters the graph by itself, such as a class token or a position embedding.

    Shape:      -> y (shape)
    Formulas:   parameters prod(shape)    MACs 0

    Parameters
    ----------
    shape : sizes of all axes; ints of at least 1, or formulas; empty for a single number
    dtype : element type, default "float32"
    init : "normal" or "constant", what it holds before training
    value : the number for init="constant", default 0

    Raises
    ------
    ArgumentError
        CS401, a size below 1 or an unknown word.
    ShapeError
        CS203, a formula that is below 1.

    Notes
    -----
    The shape is that of the weight, which has no batch: an axis of size 1 in front makes it join any batch.

    Examples
    --------
    >>> from cnnshape.layers.base import Context
    >>> token = Parameter((1, 1, 768))
    >>> print(token.outputs((), Context())[0], token.weights(())["weight"].shape)
    (1, 1, 768) (1, 1, 768)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.parameter.Parameter.html
    """

    shape: Shape
    _: KW_ONLY
    dtype: Word = one_of(*DTYPES)
    init: Word = one_of("normal", "constant")
    value: Number = 0.0

    def weights(self, inputs: tuple[Spec, ...]) -> Mapping[str, Weight]:
        init: Any = self.init
        return {"weight": Weight(self.shape, init=init, value=self.value)}

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls((1, 1, 768))),
            Example.of(cls(sizes(1, "T", 8), init="constant", value=1.0)),
            Example.of(cls((4,), dtype="float16")),
        )


@layer
class Output(Layer):
    """A result of the network: the tensor as it is.

    Shape:      x (*S) -> y (*S)
    Formulas:   parameters 0    MACs 0

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(Output().outputs((Spec((dim("N"), 10)),), Context())[0])
    (N, 10)

    References
    ----------
    [1] https://onnx.ai/onnx/repo-docs/IR.html
    """

    kind = Kind.IO
    is_view = True

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        return inputs

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return POINTWISE

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of()

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", 10)),
            Example.of(cls(), ("N", 2, "H", "W")),
            Example.of(cls(), ("N",)),
        )
