"""Axes in another order, and axes of size 1 that come and go."""

from __future__ import annotations

from dataclasses import KW_ONLY
from functools import partial

from cnnshape.errors import ShapeError
from cnnshape.layers.arguments import refuse
from cnnshape.layers.base import Context, Example, Spec, Windows, axis_name, layer, shape_text
from cnnshape.layers.demands import each_once, normal_axis
from cnnshape.layers.fields import Axes, Integer, Integers
from cnnshape.layers.reshape.rearrange import Rearrangement
from cnnshape.symbolic import Size, text

__all__ = ["Permute", "Squeeze", "Transpose", "Unsqueeze"]


@layer
class Permute(Rearrangement):
    """The axes in another order.

    Shape:      x (*S) -> y with y_i = S_(dims[i])
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    dims : for each axis of the output the axis of the input; each axis once, batch included

    Raises
    ------
    ArgumentError
        CS401, `dims` does not name each axis once.
    ShapeError
        CS206, the input has another number of axes.

    Notes
    -----
    ONNX calls it Transpose with `perm`; Keras's Permute leaves out the batch and counts from 1.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(*Permute((0, 2, 3, 1)).outputs((Spec((1, 3, dim("H"), 224)),), Context()))
    (1, H, 224, 3)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.permute.html
    [2] https://onnx.ai/onnx/operators/onnx__Transpose.html
    """

    pytorch = "permute(0, 2, 3, 1) is Permute((0, 2, 3, 1))"

    dims: Integers

    def validate(self) -> None:
        axes = len(self.dims)
        if sorted(axis % axes for axis in self.dims) != list(range(axes)) or not all(
            -axes <= d < axes for d in self.dims
        ):
            refuse(
                self,
                "dims",
                "each axis once",
                rule=f"dims holds each of 0 to {axes - 1} once",
                fix=f"dims: an order of {', '.join(map(str, range(axes)))}",
            )

    def _source(self, x: Spec) -> tuple[int, ...]:
        axes = len(x.shape)
        if axes == len(self.dims):
            return tuple(axis % axes for axis in self.dims)
        raise ShapeError(
            f"dims names {len(self.dims)} axes, the input {shape_text(x.shape)} has {axes}",
            code="CS206",
            field="dims",
            got=axes,
            needed=len(self.dims),
            rule="dims names every axis of the input, the batch too",
            fix=f"dims: an order of {', '.join(map(str, range(axes)))}",
        )

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        return (Spec(tuple(x.shape[axis] for axis in self._source(x)), x.dtype),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(source=self._source(inputs[0]))

    def label(self) -> str:
        return f"Permute {' '.join(map(str, self.dims))}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls((0, 2, 3, 1)), ("N", 3, "H", "W")),
            Example.of(cls((0, -1, 1)), ("N", "C", "L")),
            Example.of(cls((2, 0, 1)), ("N", 4, "T")),
        )


@layer
class Transpose(Rearrangement):
    """Two axes change places.

    Shape:      x (*S) -> y (*S) with S_dim0 and S_dim1 exchanged
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    dim0, dim1 : the two axes; negative values count from the end

    Raises
    ------
    ShapeError
        CS207, no such axis.

    Notes
    -----
    This is PyTorch's `transpose`; ONNX's Transpose, which orders all axes, is Permute here.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(*Transpose(dim0=1, dim1=2).outputs((Spec((1, 768, dim("T"))),), Context()))
    (1, T, 768)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.transpose.html
    """

    pytorch = "transpose(1, 2) is Transpose(dim0=1, dim1=2)"

    _: KW_ONLY
    dim0: Integer
    dim1: Integer

    def _source(self, dims: int) -> tuple[int, ...]:
        first, second = normal_axis(self.dim0, dims, "dim0"), normal_axis(self.dim1, dims, "dim1")
        exchanged = {first: second, second: first}
        return tuple(exchanged.get(axis, axis) for axis in range(dims))

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        return (Spec(tuple(x.shape[axis] for axis in self._source(len(x.shape))), x.dtype),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(source=self._source(len(inputs[0].shape)))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(dim0=1, dim1=2), ("N", "C", "L")),
            Example.of(cls(dim0=-1, dim1=-2), ("N", 3, "H", "W")),
            Example.of(cls(dim0=0, dim1=0), ("N", 5)),
        )


@layer
class Squeeze(Rearrangement):
    """Axes of size 1 are left out.

    Shape:      x (*A, 1, *B) -> y (*A, *B)
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    dim : the axis or axes to leave out; default None: every axis whose size is the number 1

    Raises
    ------
    ShapeError
        CS201, the size of a named axis is not 1; CS207 no such axis, or one is named twice.

    Notes
    -----
    A named axis must have size 1, as in ONNX and Keras; a formula there makes the condition that it is 1. PyTorch
    keeps a longer axis without a word. With None a formula is kept, even where it happens to be 1.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import ceildiv, dim
    >>> ctx = Context()
    >>> y = Squeeze((2, 3)).outputs((Spec((1, 512, ceildiv(dim("H"), 32), 1)),), ctx)
    >>> print(*y, *ctx.conditions)
    (1, 512) ceil(H/32) == 1

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.squeeze.html
    [2] https://onnx.ai/onnx/operators/onnx__Squeeze.html
    """

    is_view = True

    dim: Axes | None = None

    def _left_out(self, x: Spec) -> tuple[int, ...]:
        if self.dim is None:
            return tuple(axis for axis, size in enumerate(x.shape) if size == 1)
        return each_once(self.dim, len(x.shape))

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        left_out = self._left_out(x)
        for axis in left_out:
            ctx.equal(x.shape[axis], 1, partial(self._longer, x, axis))
        return (Spec(tuple(size for axis, size in enumerate(x.shape) if axis not in left_out), x.dtype),)

    def _longer(self, x: Spec, axis: int) -> ShapeError:
        name, size = axis_name(len(x.shape), axis), x.shape[axis]
        return ShapeError(
            f"axis {name} to be squeezed has size {text(size)}",
            code="CS201",
            field="dim",
            got=size,
            needed=1,
            rule="only an axis of size 1 can be left out",
            fix=f"reduce axis {name} to 1 before, or leave {axis} out of dim",
        )

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        (x,) = inputs
        left_out = self._left_out(x)
        return Windows(source=tuple(axis for axis in range(len(x.shape)) if axis not in left_out))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls((2, 3)), ("N", 8, 1, 1)),
            Example.of(cls(), (1, "C", 1, "L")),
            Example.of(cls(-1), ("N", 8, "ceil(L/4)")),
        )


@layer
class Unsqueeze(Rearrangement):
    """New axes of size 1.

    Shape:      x (*A, *B) -> y (*A, 1, *B)
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    dim : the place or places of the new axes, counted in the output; negative values count from its end

    Raises
    ------
    ShapeError
        CS207, no such place, or one is named twice.

    Notes
    -----
    ONNX's Unsqueeze takes several places, PyTorch's `unsqueeze` and Keras's `expand_dims` one.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> print(*Unsqueeze((2, 3)).outputs((Spec((1, 64)),), Context()))
    (1, 64, 1, 1)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.unsqueeze.html
    [2] https://onnx.ai/onnx/operators/onnx__Unsqueeze.html
    """

    is_view = True

    dim: Axes

    def _source(self, x: Spec) -> tuple[int | None, ...]:
        dims = len(x.shape) + (len(self.dim) if isinstance(self.dim, tuple) else 1)
        new = each_once(self.dim, dims)
        old = iter(range(len(x.shape)))
        return tuple(None if axis in new else next(old) for axis in range(dims))

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        shape: tuple[Size, ...] = tuple(1 if axis is None else x.shape[axis] for axis in self._source(x))
        return (Spec(shape, x.dtype),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(source=self._source(inputs[0]))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls((2, 3)), ("N", "C")),
            Example.of(cls(1), ("N", "H", "W")),
            Example.of(cls((0, -1)), ("T", 4)),
        )
