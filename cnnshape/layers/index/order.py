"""Elements in an order that depends on their values, or on how long a sequence is."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Windows, Work, axis_name, layer, sizes
from cnnshape.layers.demands import elements, equal_sizes, has_axes, normal_axis, whole_numbers
from cnnshape.layers.fields import Count, Flag, Integer
from cnnshape.layers.index.rules import Moving
from cnnshape.symbolic import Size, dim, floordiv, text

__all__ = ["ReverseSequence", "TopK"]

_RULE = "there is one length for each sequence"


@layer
class TopK(Layer):
    """The k largest elements along an axis, or the smallest, and their positions.

    Shape:      x (*A, d, *B) -> values (*A, k, *B), positions (*A, k, *B), integers
    Formulas:   parameters 0    MACs 0    comparisons k*d - k*(k + 1)/2 for each line along the axis: k times
                the largest of those that remain

    Parameters
    ----------
    k : how many, at least 1
    dim : the axis, default -1; negative values count from the end
    largest : whether the largest elements are wanted, default True; False: the smallest
    sorted : whether the elements come in order, default True; without it they may come in any, and do in order

    Raises
    ------
    ShapeError
        CS207, no such axis; CS213 the axis has fewer elements.

    Notes
    -----
    Of equal elements the one that stands first comes first, as ONNX asks; PyTorch leaves that open. NaN counts as
    larger than every number.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(*TopK(5).outputs((Spec((dim("N"), 1000)),), Context()))
    (N, 5) (N, 5)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.topk.html
    [2] https://onnx.ai/onnx/operators/onnx__TopK.html
    """

    kind = Kind.REDUCE
    pytorch = "topk(x, 5, 1) is TopK(5, dim=1)(x)"

    k: Count
    _: KW_ONLY
    dim: Integer = -1
    largest: Flag = True
    sorted: Flag = True

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        axis = normal_axis(self.dim, len(x.shape))
        ctx.at_least(x.shape[axis], self.k, lambda: self._too_few(x.shape[axis], axis_name(len(x.shape), axis)))
        shape = (*x.shape[:axis], self.k, *x.shape[axis + 1 :])
        return Spec(shape, x.dtype), Spec(shape, "int64")

    def _too_few(self, size: Size, name: str) -> ShapeError:
        return ShapeError(
            f"axis {name}: k = {text(self.k)} of {text(size)} elements",
            code="CS213",
            field="k",
            got=self.k,
            needed=size,
            rule="k is at most the size of the axis",
            fix=f"k: {text(size)}",
        )

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(whole=(normal_axis(self.dim, len(inputs[0].shape)),), exact=False)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        (x,), k = inputs, self.k
        axis = normal_axis(self.dim, len(x.shape))
        chosen = elements(Spec((*x.shape[:axis], *x.shape[axis + 1 :])))
        return Work.of(compares=chosen * (k * x.shape[axis] - floordiv(k * (k + 1), 2)))

    def label(self) -> str:
        return f"Top {text(self.k)}" if self.largest else f"Lowest {text(self.k)}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(5), ("N", 10)),
            Example.of(cls(2, dim=1, largest=False), ("N", "C", "L")),
            Example.of(cls(3, dim=-2, sorted=False), ("N", "T + 2", 4)),
            Example.of(cls(dim("T")), ("N", "2*T")),
        )


@layer
class ReverseSequence(Moving):
    """Sequences of different lengths, each backwards up to its own length; what comes after it stays.

    Shape:      x (*S), lengths (N,), N the size of the axis batch_dim -> y (*S)
    Formulas:   y[n][t] = x[n][lengths[n] - 1 - t] where t < lengths[n], else x[n][t]    parameters 0    MACs 0

    Parameters
    ----------
    batch_dim : the axis of the sequences, default 0; negative values count from the end
    time_dim : the axis of the steps, default 1

    Raises
    ------
    ShapeError
        CS201 another number of lengths; CS206 the lengths are not one axis; CS207 no such axis, or one for both; CS211
        lengths that are not integers; CS213 a length outside 0 to the size of the axis.

    Notes
    -----
    ONNX's ReverseSequence (batch_axis 1, time_axis 0 by default), TensorFlow's reverse_sequence.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> N, T = dim("N"), dim("T")
    >>> print(*ReverseSequence().outputs((Spec((N, T, 64)), Spec((N,), "int64")), Context()))
    (N, T, 64)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__ReverseSequence.html
    [2] https://www.tensorflow.org/api_docs/python/tf/reverse_sequence
    """

    arity = (2, 2)

    _: KW_ONLY
    batch_dim: Integer = 0
    time_dim: Integer = 1

    def axes(self, dims: int) -> tuple[int, int]:
        """Return the axis of the sequences and that of the steps, counted from the start."""
        batch, time = normal_axis(self.batch_dim, dims, "batch_dim"), normal_axis(self.time_dim, dims, "time_dim")
        if batch == time:
            raise ShapeError(
                f"batch_dim = {self.batch_dim} and time_dim = {self.time_dim} are the same axis",
                code="CS207",
                field="time_dim",
                got=time,
                rule="sequences and steps have an axis each",
                fix=f"time_dim: {1 - batch if batch < 2 else 0}",
            )
        return batch, time

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        x, lengths = inputs
        whole_numbers(lengths, "lengths")
        batch, _ = self.axes(len(x.shape))
        has_axes(lengths, 1, "lengths", _RULE)
        equal_sizes(ctx, lengths.shape[0], x.shape[batch], "lengths and sequences", _RULE)
        return (x,)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(whole=(self.axes(len(inputs[0].shape))[1],), exact=False)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        lengths = Spec(sizes("N"), "int64")
        return (
            Example.of(cls(), ("N", "T", 3), lengths),
            Example.of(cls(batch_dim=1, time_dim=0), ("T", "N"), lengths),
            Example.of(cls(time_dim=-1), ("N", 2, "H", "W"), lengths),
        )
