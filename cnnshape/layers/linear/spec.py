"""Linear maps of the last axis: learned ones, products of two tensors, and the table of an embedding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY
from functools import partial

from cnnshape.errors import ShapeError
from cnnshape.layers.arguments import refuse
from cnnshape.layers.base import (
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
    shape_text,
)
from cnnshape.layers.base import sizes as shape_of
from cnnshape.layers.demands import channels, elements, same_rank, some_axes
from cnnshape.layers.fields import Count, Flag, Integer
from cnnshape.symbolic import Size, bound, dim, product, text

__all__ = ["Bilinear", "Embedding", "Linear"]


@layer
class Linear(Layer):
    """Linear map of the last axis, with a bias: y = x W^T + b.

    Shape:      x (*, C_in) -> y (*, C_out); any number of leading axes
    Formulas:   parameters C_out*C_in + C_out [bias]    MACs prod(*)*C_in*C_out

    Parameters
    ----------
    out_features : size of the last axis of the output, >= 1
    bias : default True
    in_features : optional, held against the last axis of the input; a network that was trained has it fixed, so write
        it to learn which input sizes the network accepts

    Raises
    ------
    ShapeError
        CS202 the last axis has another size than in_features, CS206 the input is a single number.

    Notes
    -----
    Keras's Dense is the same. ONNX's Gemm takes two axes only, and MatMul followed by Add stands for the others.
    TensorFlow and Keras store the kernel as (C_in, C_out).

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> head = Linear(1000, in_features=2048)
    >>> x = Spec((dim("N"), 2048))
    >>> print(head.outputs((x,), Context())[0], head.weights((x,))["weight"].shape)
    (N, 1000) (1000, 2048)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html
    [2] https://onnx.ai/onnx/operators/onnx__Gemm.html
    """

    kind = Kind.LINEAR
    pytorch = "Linear(400, 120) is Linear(120, in_features=400)"

    out_features: Count
    _: KW_ONLY
    bias: Flag = True
    in_features: Count | None = None

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        some_axes(self, x)
        if self.in_features is not None:
            ctx.equal(x.shape[-1], self.in_features, lambda: self._fault(x))
        return (Spec((*x.shape[:-1], self.out_features), x.dtype),)

    def _fault(self, x: Spec) -> ShapeError:
        given, size, dims = self.in_features, x.shape[-1], len(x.shape)
        assert given is not None
        fix = f"in_features: {text(size)} (the last axis), or leave in_features out: it is read from the input"
        if dims > 2 and product(x.shape[1:]) == given:
            fix += f"\nor flatten before it: that makes one axis of {text(given)}"
        moved = next((axis for axis in range(1, dims - 1) if x.shape[axis] == given), None)
        if moved is not None:
            fix += f"\nor permute axis {axis_name(dims, moved)}, which has {text(given)}, to the end"
        return ShapeError(
            f"in_features = {text(given)}, the last axis of the input {shape_text(x.shape)} has {text(size)}",
            code="CS202",
            field="in_features",
            got=size,
            needed=given,
            rule="in_features equals the size of the last axis of the input",
            fix=fix,
        )

    def _in_features(self, x: Spec) -> Size:
        return x.shape[-1] if self.in_features is None else self.in_features

    def weights(self, inputs: tuple[Spec, ...]) -> Mapping[str, Weight]:
        weights = {"weight": Weight((self.out_features, self._in_features(inputs[0])))}
        if self.bias:
            weights["bias"] = Weight((self.out_features,), init="fan_in_uniform")
        return weights

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(whole=(len(inputs[0].shape) - 1,))

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        size = elements(outputs[0])
        return Work.of(size * self._in_features(inputs[0]), adds=size if self.bias else 0)

    def label(self) -> str:
        return f"Linear {text(self.out_features)}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(5, in_features=4), ("N", 4)),
            Example.of(cls(3, bias=False), ("N", "T", 6)),
            Example.of(cls(2), ("N", 3, "H", "W")),
            Example.of(cls(dim("C")), ("N", "2*C")),
        )


@layer
class Bilinear(Layer):
    """Bilinear map of the last axes of two inputs: y_o = a^T W_o b + bias_o.

    Shape:      a (*, C_1), b (*, C_2) -> y (*, C_out); the leading axes are equal
    Formulas:   parameters C_out*C_1*C_2 + C_out [bias]    MACs prod(*)*C_out*C_1*(C_2 + 1): W_o b first, then a with it

    Parameters
    ----------
    out_features : size of the last axis of the output, >= 1
    bias : default True
    in1_features, in2_features : optional, held against the last axes of the two inputs

    Raises
    ------
    ShapeError
        CS201 leading axes differ, CS202 features differ, CS206 an input is a single number, CS208 the inputs have
        different numbers of axes.

    Notes
    -----
    PyTorch does not broadcast the leading axes. ONNX and Keras have no such layer; Einsum writes it.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(Bilinear(5).outputs((Spec((dim("N"), 3)), Spec((dim("N"), 4))), Context())[0])
    (N, 5)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.Bilinear.html
    """

    kind = Kind.LINEAR
    arity = (2, 2)
    pytorch = "Bilinear(20, 30, 40) is Bilinear(40, in1_features=20, in2_features=30)"

    out_features: Count
    _: KW_ONLY
    bias: Flag = True
    in1_features: Count | None = None
    in2_features: Count | None = None

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        a, b = inputs
        some_axes(self, a)
        dims = same_rank(inputs)
        leading = []
        for axis, (left, right) in enumerate(zip(a.shape[:-1], b.shape[:-1], strict=True)):
            leading.append(ctx.equal(left, right, partial(_unequal, inputs, axis, dims)))
        channels(ctx, self.in1_features, a.shape[-1], "in1_features")
        channels(ctx, self.in2_features, b.shape[-1], "in2_features")
        return (Spec((*leading, self.out_features), a.dtype),)

    def _features(self, inputs: tuple[Spec, ...]) -> tuple[Size, Size]:
        a, b = inputs
        return (
            a.shape[-1] if self.in1_features is None else self.in1_features,
            b.shape[-1] if self.in2_features is None else self.in2_features,
        )

    def weights(self, inputs: tuple[Spec, ...]) -> Mapping[str, Weight]:
        weights = {"weight": Weight((self.out_features, *self._features(inputs)), init="fan_in_uniform")}
        if self.bias:
            weights["bias"] = Weight((self.out_features,), init="fan_in_uniform")
        return weights

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(whole=(len(inputs[0].shape) - 1,))

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        size = elements(outputs[0])
        first, second = self._features(inputs)
        return Work.of(size * first * (second + 1), adds=size if self.bias else 0)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(5, in1_features=3, in2_features=4), ("N", 3), ("N", 4)),
            Example.of(cls(2, bias=False), ("N", "T", 3), ("N", "T", 2)),
            Example.of(cls(4), ("N", 2, "H", 3), ("N", 2, "H", 3)),
        )


@layer
class Embedding(Layer):
    """Table of learned vectors, one for each index.

    Shape:      x (*) of integers -> y (*, embedding_dim) of float32
    Formulas:   parameters num_embeddings*embedding_dim    MACs 0 (a look-up)

    Parameters
    ----------
    embedding_dim : length of a vector, >= 1
    num_embeddings : number of vectors, >= 1; the indices go from 0 to num_embeddings - 1
    padding_idx : optional, the index whose vector is not trained; the table keeps its row

    Raises
    ------
    ArgumentError
        CS401, padding_idx is no row of the table.
    ShapeError
        CS211, the input does not hold integers.

    Notes
    -----
    PyTorch counts the row of padding_idx as a parameter, and so do we. Keras names the sizes input_dim and output_dim;
    ONNX writes Gather.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> table = Embedding(64, num_embeddings=1000)
    >>> table.outputs((Spec((dim("N"), dim("T")), "int64"),), Context())[0]
    Spec(shape=(N, T, 64), dtype='float32')

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html
    [2] https://keras.io/api/layers/core_layers/embedding/
    """

    kind = Kind.LINEAR
    pytorch = "Embedding(1000, 64) is Embedding(64, num_embeddings=1000)"

    embedding_dim: Count
    _: KW_ONLY
    num_embeddings: Count
    padding_idx: Integer | None = None

    def validate(self) -> None:
        index = self.padding_idx
        if index is None:
            return
        most = bound(self.num_embeddings - (index + 1 if index >= 0 else -index))[1]
        if most is not None and most < 0:
            refuse(
                self,
                "padding_idx",
                f"the table has {text(self.num_embeddings)} rows",
                rule="-num_embeddings <= padding_idx < num_embeddings",
                fix="padding_idx: 0, or leave padding_idx out",
            )

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        if not x.dtype.startswith(("int", "uint")):
            raise ShapeError(
                f"Embedding looks up integers, the input holds {x.dtype}",
                code="CS211",
                got=x.dtype,
                needed="int64",
                rule="an index is an integer from 0 to num_embeddings - 1",
                fix="state the input's dtype: int64, or cast it before",
            )
        return (Spec((*x.shape, self.embedding_dim)),)

    def weights(self, inputs: tuple[Spec, ...]) -> Mapping[str, Weight]:
        return {"weight": Weight((self.num_embeddings, self.embedding_dim), init="normal")}

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(source=(*range(len(inputs[0].shape)), None))

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of()

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example(cls(4, num_embeddings=10), (Spec(shape_of("N", "T"), "int64"),)),
            Example(cls(3, num_embeddings=7, padding_idx=-1), (Spec(shape_of("N"), "int32"),)),
            Example(cls(2, num_embeddings=5, padding_idx=0), (Spec(shape_of("N", "H", "W"), "uint8"),)),
        )


def _unequal(inputs: tuple[Spec, ...], axis: int, dims: int) -> ShapeError:
    left, right = (spec.shape[axis] for spec in inputs)
    return ShapeError(
        f"axis {axis_name(dims, axis)}: the inputs have {text(left)} and {text(right)}",
        code="CS201",
        got=right,
        needed=left,
        rule="all axes but the last are equal",
        fix=f"give both {text(left)}",
    )
