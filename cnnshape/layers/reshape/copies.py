"""The same values several times, moved along, or as another element type."""

from __future__ import annotations

from dataclasses import KW_ONLY, field
from functools import partial

from cnnshape.errors import ShapeError
from cnnshape.layers.arguments import refuse
from cnnshape.layers.base import POINTWISE, Context, Example, Spec, Windows, axis_name, layer, shape_text, sizes
from cnnshape.layers.demands import fits, normal_axis
from cnnshape.layers.fields import DTYPES, Axes, Indices, Shape, Sizes, Word
from cnnshape.layers.reshape.rearrange import Rearrangement
from cnnshape.symbolic import Size, text

__all__ = ["Cast", "Expand", "Roll", "Tile"]


@layer
class Expand(Rearrangement):
    """Axes of size 1 are stretched, and new axes come in front.

    Shape:      x (*S) -> y (shape), last axes aligned
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    shape : the sizes after it; -1 keeps the size of the input

    Raises
    ------
    ArgumentError
        CS401, a size that is neither at least 1 nor -1.
    ShapeError
        CS201, a size that is not 1 would change; CS206 `shape` has fewer axes than the input, or a -1 where the input
        has no axis.

    Notes
    -----
    As PyTorch's `expand`. ONNX's Expand broadcasts both ways: its 1 keeps the size, and is a -1 here.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(*Expand((dim("N"), -1, -1)).outputs((Spec((1, 1, 768)),), Context()))
    (N, 1, 768)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.Tensor.expand.html
    [2] https://onnx.ai/onnx/operators/onnx__Expand.html
    """

    pytorch = "expand(8, -1, -1) is Expand((8, -1, -1))"

    shape: Shape

    def validate(self) -> None:
        if any(isinstance(size, int) and size < 1 and size != -1 for size in self.shape):
            refuse(
                self,
                "shape",
                "a size is at least 1, or -1",
                rule="-1 keeps the size of the input, any other size is what the axis has after it",
                fix="shape: -1 for every axis that stays",
            )

    def _new(self, x: Spec) -> int:
        """Return how many axes come in front."""
        new = len(self.shape) - len(x.shape)
        if new >= 0 and all(size != -1 for size in self.shape[:new]):
            return new
        raise ShapeError(
            f"shape {shape_text(self.shape)} does not fit an input with {len(x.shape)} axes",
            code="CS206",
            field="shape",
            got=len(x.shape),
            needed=len(self.shape),
            rule="last axes are aligned; axes that come in front need a size",
            fix=f"shape: {shape_text((*(s for s in self.shape[: max(new, 0)] if s != -1), *(-1,) * len(x.shape)))}",
        )

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        new = self._new(x)
        shape = list(self.shape)
        for axis, size in enumerate(x.shape, start=new):
            wanted = self.shape[axis]
            if wanted == -1:
                shape[axis] = size
            elif size != 1:
                shape[axis] = ctx.equal(size, wanted, partial(self._stretched, axis, size))
        for wanted in self.shape:
            if wanted != -1:
                fits(ctx, wanted, 1, f"shape: {text(wanted)}")
        return (Spec(tuple(shape), x.dtype),)

    def _stretched(self, axis: int, size: Size) -> ShapeError:
        name = axis_name(len(self.shape), axis)
        return ShapeError(
            f"axis {name}: {text(size)} cannot be expanded to {text(self.shape[axis])}",
            code="CS201",
            field="shape",
            got=size,
            needed=self.shape[axis],
            rule="only an axis of size 1 is stretched",
            fix=f"shape: {shape_text((*self.shape[:axis], -1, *self.shape[axis + 1 :]))}",
        )

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        (x,) = inputs
        new = self._new(x)
        stretched = tuple(i for i, size in enumerate(x.shape) if size == 1 and self.shape[new + i] not in (1, -1))
        source = tuple(None if axis in stretched else axis for axis in range(len(x.shape)))
        return Windows(whole=stretched, source=(*(None,) * new, *source))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(sizes("N", -1, -1)), (1, 1, 8)),
            Example.of(cls(sizes(-1, -1, "H", "W")), ("N", "C", 1, 1)),
            Example.of(cls(sizes(2, -1, "H + 1")), ("C", 1)),
            Example.of(cls(sizes(-1, 6)), ("N", "2*C")),
        )


@layer
class Tile(Rearrangement):
    """The tensor several times side by side along its axes.

    Shape:      x (*S) -> y with y_i = S_i*repeats_i, last axes aligned
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    repeats : how often, at least 1; for each axis, or for the last ones; more entries than axes make new axes in front

    Raises
    ------
    ShapeError
        CS203, a formula in `repeats` that is below 1.

    Notes
    -----
    PyTorch's `tile` and, with an entry for each axis, its `repeat`; ONNX's Tile needs an entry for each axis.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(*Tile((2, 3)).outputs((Spec((1, 4, dim("H"), 5)),), Context()))
    (1, 4, 2*H, 15)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.tile.html
    [2] https://onnx.ai/onnx/operators/onnx__Tile.html
    """

    pytorch = "tile(x, (2, 3)) is Tile((2, 3))(x)"

    repeats: Sizes

    def _aligned(self, x: Spec) -> tuple[tuple[Size, ...], tuple[Size, ...]]:
        repeats = self.repeats if isinstance(self.repeats, tuple) else (self.repeats,)
        lacking = len(x.shape) - len(repeats)
        return (1,) * -lacking + x.shape, (1,) * lacking + repeats

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        shape, repeats = self._aligned(x)
        for times in repeats:
            fits(ctx, times, 1, f"repeats: {text(times)}")
        return (Spec(tuple(size * times for size, times in zip(shape, repeats, strict=True)), x.dtype),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        shape, repeats = self._aligned(inputs[0])
        new = len(shape) - len(inputs[0].shape)
        return Windows(source=tuple(i - new if r == 1 and i >= new else None for i, r in enumerate(repeats)))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls((1, 1, 2, 3)), ("N", 4, "H", "W")),
            Example.of(cls(2), ("N", "T")),
            Example.of(cls(sizes("T", 1, 1)), ("N", 8)),
        )


@layer
class Roll(Rearrangement):
    """Elements move along axes; what leaves at the end comes in again at the start.

    Shape:      x (*S) -> y (*S)
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    shifts : by how many places; one number, or one for each of `dims`
    dims : the axis or axes; default None: the tensor is rolled as if it were flat

    Raises
    ------
    ArgumentError
        CS401, `shifts` and `dims` do not have the same number of entries.
    ShapeError
        CS207, no such axis.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(*Roll((-3, -3), dims=(1, 2)).outputs((Spec((1, dim("H"), 56, 96)),), Context()))
    (1, H, 56, 96)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.roll.html
    """

    pytorch = "roll(x, 1, 2) is Roll(1, dims=2)(x)"

    shifts: Indices
    _: KW_ONLY
    dims: Axes | None = None

    def validate(self) -> None:
        shifts = _listed(self.shifts)
        entries = 1 if self.dims is None else len(_listed(self.dims))
        if len(shifts) != entries:
            refuse(
                self,
                "shifts",
                f"it has {len(shifts)}, dims has {entries}",
                rule="one shift for each axis of dims; a flat roll has one",
                fix=f"shifts: {[*shifts, *[0] * entries][:entries]}",
            )

    def _rolled(self, dims: int) -> tuple[int, ...]:
        """Return the axes that are rolled, counted from the start."""
        if self.dims is None:
            return tuple(range(dims))
        return tuple(normal_axis(axis, dims, "dims") for axis in _listed(self.dims))

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        self._rolled(len(inputs[0].shape))
        return inputs

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        dims = len(inputs[0].shape)
        rolled = self._rolled(dims)
        return Windows(source=tuple(None if axis in rolled else axis for axis in range(dims)))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls((-3, -3), dims=(1, 2)), ("N", "H", "W", 8)),
            Example.of(cls(1, dims=-1), ("N", 4, "L")),
            Example.of(cls(2), ("N", "C")),
        )


def _listed(value: int | tuple[int, ...]) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (value,)


@layer
class Cast(Rearrangement):
    """The same values as another element type.

    Shape:      x (*S) -> y (*S)
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    dtype : the element type of the output

    Raises
    ------
    ArgumentError
        CS401, an unknown element type.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> Cast("int64").outputs((Spec((1, 10)),), Context())
    (Spec(shape=(1, 10), dtype='int64'),)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Cast.html
    """

    dtype: Word = field(metadata={"words": DTYPES})

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        return (Spec(inputs[0].shape, self.dtype),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return POINTWISE

    def label(self) -> str:
        return f"Cast {self.dtype}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls("float16"), ("N", 3, "H", "W")),
            Example.of(cls("int64"), ("N", "T")),
            Example.of(cls("bool"), ("C",)),
        )
