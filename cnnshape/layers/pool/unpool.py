"""MaxUnpool: what a maximum pool kept, put back where it was."""

from __future__ import annotations

from dataclasses import KW_ONLY, replace
from functools import lru_cache

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Windows, Work, axis_name, layer
from cnnshape.layers.demands import same_rank, slide, space_rank
from cnnshape.layers.fields import Integer, PerAxis, PerAxisNatural, Strides, Word, one_of, per_axis
from cnnshape.layers.pool.windowed import check_stride
from cnnshape.layers.sliding import kernel_text, sliding_windows, stride_text
from cnnshape.symbolic import Size, Window, output_size, text

__all__ = ["MaxUnpool"]


@layer
class MaxUnpool(Layer):
    """Values of a maximum pool put back to the positions they came from, zeros elsewhere.

    Shape:      x (N, C, *D), indices (N, C, *D) [, like (N', C', *D')] -> y (N, C, *D');
                D'_i = (D_i - 1)*stride - 2*padding + kernel_size, or output_size, or that of the third input
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    kernel_size, stride, padding : those of the MaxPool that made the indices; stride defaults to the kernel's size
    output_size : optional, the size that the MaxPool had, where its windows left pixels out; one number or one per
        axis, less than one stride away from the default. A third input gives its own size instead: the map that the
        MaxPool had
    counted : whether the indices number positions within one channel's map, "map" (default), or through batch and
        channels, "tensor", as in ONNX
    rank : optional, 1, 2 or 3; the number of space axes that the inputs must have

    Raises
    ------
    ArgumentError
        CS401, a symbolic kernel without a stride.
    ShapeError
        CS201 values and indices differ in shape or the stated size is out of reach, CS203 the output would have no
        positions, CS205 output_size beside a third input, CS206 the input has another number of space axes, CS208 the
        inputs have different numbers of axes, CS211 the indices are not whole numbers.

    Notes
    -----
    Where a value lands depends on the data: the window is a bound. In PyTorch the third input is
    ``output_size=like.shape``.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> shape = (dim("N"), 64, dim("H"), 56)
    >>> print(MaxUnpool(2).outputs((Spec(shape), Spec(shape, "int64")), Context())[0])
    (N, 64, 2*H, 112)
    >>> before, pooled = (dim("N"), 64, dim("H"), 57), (dim("N"), 64, dim("H") // 2, 28)
    >>> print(MaxUnpool(2).outputs((Spec(pooled), Spec(pooled, "int64"), Spec(before)), Context())[0])
    (N, 64, H, 57)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool2d.html
    [2] https://onnx.ai/onnx/operators/onnx__MaxUnpool.html
    """

    kind = Kind.POOL
    arity = (2, 3)
    sized_by = (2,)
    pytorch = "MaxUnpool2d(3, 2, 1) is MaxUnpool(3, stride=2, padding=1)"

    kernel_size: PerAxis
    _: KW_ONLY
    stride: Strides | None = None
    padding: PerAxisNatural = 0
    output_size: PerAxis | None = None
    counted: Word = one_of("map", "tensor")
    rank: Integer | None = None

    def validate(self) -> None:
        check_stride(self)

    def windows(self, rank: int) -> tuple[Window, ...]:
        """Return the window of each space axis."""
        stride = self.kernel_size if self.stride is None else self.stride
        return _windows(self.kernel_size, stride, self.padding, rank)

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        x, indices, *like = inputs
        if like and self.output_size is not None:
            raise _twice_fault()
        same_rank(inputs)
        rank = space_rank(self, x, self.rank)
        if "int" not in indices.dtype:
            raise _dtype_fault(indices.dtype)
        shape = [
            ctx.equal(a, b, lambda a=a, b=b, axis=axis: _differ(x, axis, a, b))  # type: ignore[misc]  # defaults
            for axis, (a, b) in enumerate(zip(x.shape, indices.shape, strict=True))
        ]
        merged = Spec(tuple(shape), x.dtype)
        source = "the size of the third input" if like else "output_size"
        for axis, (w, size) in enumerate(zip(self.windows(rank), self._stated(inputs), strict=True), start=2):
            shape[axis] = slide(ctx, merged, axis, w) if size is None else _chosen(ctx, merged, axis, w, size, source)
        return (Spec(tuple(shape), x.dtype),)

    def _stated(self, inputs: tuple[Spec, ...]) -> tuple[Size | None, ...]:
        """Return the size of each space axis, None where the windows alone give it."""
        if len(inputs) == 3:
            return inputs[2].shape[2:]
        return per_axis(self.output_size, len(inputs[0].shape) - 2, "output_size")

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        shape = inputs[0].shape
        axes = dict(enumerate(self.windows(len(shape) - 2), start=2))
        for axis, size in enumerate(self._stated(inputs), start=2):
            if size is not None:
                axes[axis] = replace(axes[axis], output_padding=size - output_size(shape[axis], axes[axis]))
        return Windows(axes, exact=False, reads=(0, 1))

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of()

    def label(self) -> str:
        stride = "" if self.stride == self.kernel_size else stride_text(self.stride)
        return f"MaxUnpool {kernel_text(self.kernel_size, self.rank)}{stride}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        def pair(*shape: Size | str) -> tuple[Spec, Spec]:
            values = Example.of(cls(1), shape).inputs[0]
            return values, Spec(values.shape, "int64")

        return (
            Example(cls(2), pair("N", 3, "H", "W")),
            Example(cls((3, 2), stride=2, padding=(1, 0), rank=2), pair("N", 2, "H", "W")),
            Example(cls(2, output_size=9), pair("N", 2, 4)),
            Example(cls(2), (*pair("N", 2, "ceil(H/2)", 3), *Example.of(cls(1), ("N", 2, "H", 7)).inputs)),
            Example(cls(3, stride=2), pair("N", 1, "T", "H", "W")),
        )


@lru_cache(maxsize=256)
def _windows(kernel: PerAxis, stride: Strides, padding: PerAxisNatural, rank: int) -> tuple[Window, ...]:
    pooling = sliding_windows(kernel, stride, padding, 1, rank)
    return tuple(replace(w, mode="transposed") for w in pooling)


def _chosen(ctx: Context, spec: Spec, axis: int, window: Window, size: Size, source: str) -> Size:
    default = output_size(spec.shape[axis], window)
    reach = window.stride - 1

    def fault() -> ShapeError:
        return ShapeError(
            f"axis {axis_name(len(spec.shape), axis)}: {source} is {text(size)}, the windows give {text(default)}",
            code="CS201",
            field="output_size",
            got=size,
            needed=default,
            rule="it is less than one stride away from (d-1)*stride - 2*padding + kernel_size",
            fix=f"{source} from {text(default - reach)} to {text(default + reach)}",
        )

    ctx.at_least(size, default - reach, fault)
    ctx.at_least(default + reach, size, fault)
    return size


def _twice_fault() -> ShapeError:
    return ShapeError(
        "output_size stands beside a third input",
        code="CS205",
        field="output_size",
        got=3,
        needed=2,
        rule="one of: output_size, a third input whose size is taken",
        fix="leave out the third input, or output_size",
    )


def _differ(x: Spec, axis: int, value: Size, index: Size) -> ShapeError:
    return ShapeError(
        f"axis {axis_name(len(x.shape), axis)}: the values have {text(value)}, the indices {text(index)}",
        code="CS201",
        got=index,
        needed=value,
        rule="values and indices have one shape",
        fix="indices from the MaxPool(return_indices=True) that this layer undoes",
    )


def _dtype_fault(dtype: str) -> ShapeError:
    return ShapeError(
        f"the indices are {dtype}",
        code="CS211",
        got=dtype,
        needed="int64",
        rule="the second input holds positions, whole numbers",
        fix="the second output of MaxPool(return_indices=True)",
    )
