"""The same elements in the same order under another shape."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.errors import ShapeError
from cnnshape.layers.arguments import refuse
from cnnshape.layers.base import Context, Example, Spec, Windows, layer, sizes
from cnnshape.layers.demands import normal_axis
from cnnshape.layers.fields import Flag, Integer, Shape
from cnnshape.layers.reshape.rearrange import Rearrangement
from cnnshape.layers.reshape.solve import kept_axes, solved
from cnnshape.symbolic import product

__all__ = ["Flatten", "Reshape", "Unflatten"]


@layer
class Flatten(Rearrangement):
    """Axes `start_dim` to `end_dim` become one.

    Shape:      x (N, C, *D) -> y (N, C*prod(D)) with the defaults
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    start_dim : first axis that is merged, default 1
    end_dim : last axis that is merged, default -1

    Raises
    ------
    ShapeError
        CS207, no such axis, or `start_dim` comes after `end_dim`.

    Notes
    -----
    ONNX's Flatten(axis=a) also merges the axes before `a`; Keras's Flatten is the default.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> H, W = dim("H"), dim("W")
    >>> print(*Flatten().outputs((Spec((dim("N"), 16, H, W)),), Context()))
    (N, 16*H*W)
    >>> print(*Flatten().outputs((Spec((1, 16, 5, 5)),), Context()))
    (1, 400)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.Flatten.html
    [2] https://onnx.ai/onnx/operators/onnx__Flatten.html
    """

    is_view = True
    pytorch = "Flatten(1, 2) is Flatten(start_dim=1, end_dim=2)"

    _: KW_ONLY
    start_dim: Integer = 1
    end_dim: Integer = -1

    def _span(self, dims: int) -> tuple[int, int]:
        start, end = normal_axis(self.start_dim, dims, "start_dim"), normal_axis(self.end_dim, dims, "end_dim")
        if start <= end:
            return start, end
        raise ShapeError(
            f"start_dim = {self.start_dim} comes after end_dim = {self.end_dim} in a tensor with {dims} axes",
            code="CS207",
            field="start_dim",
            got=start,
            needed=end,
            rule="start_dim <= end_dim, both counted from the start",
            fix=f"start_dim: {end}, or end_dim: {start}",
        )

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        start, end = self._span(len(x.shape))
        shape = (*x.shape[:start], product(x.shape[start : end + 1]), *x.shape[end + 1 :])
        return (Spec(shape, x.dtype),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        (x,) = inputs
        start, end = self._span(len(x.shape))
        longer = [axis for axis in range(start, end + 1) if x.shape[axis] != 1]
        merged = longer[0] if len(longer) == 1 else None
        return Windows(source=(*range(start), merged, *range(end + 1, len(x.shape))))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", 16, "H", "W")),
            Example.of(cls(), ("N", 512, 1, 1)),
            Example.of(cls(start_dim=2, end_dim=-2), ("N", 4, "T", "H", 3)),
            Example.of(cls(start_dim=0), ("N", "ceil(H/2)")),
        )


@layer
class Reshape(Rearrangement):
    """The same elements in row-major order under another shape, batch included.

    Shape:      x (*S) -> y (shape) with prod(shape) = prod(S)
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    shape : sizes of all axes; ints or formulas; one may be -1, it is then what remains
    allowzero : default True: a 0 is a size, and no tensor here has none, so it is refused (PyTorch); False: a 0 stands
        for the size of the input at that place (ONNX's rule with its allowzero = 0)

    Raises
    ------
    ArgumentError
        CS401, more than one -1, another negative number, or a 0 that is a size.
    ShapeError
        CS207, a 0 at a place that the input does not have; CS209 another number of elements; CS210 the rest does not
        divide the number of elements.

    Notes
    -----
    The batch is written too: `shape: [N, 16, -1]`. Keras's Reshape leaves it out; ONNX's default is allowzero=False.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> N, H, W = dim("N"), dim("H"), dim("W")
    >>> print(*Reshape((N, 8, -1)).outputs((Spec((N, 16, H, W)),), Context()))
    (N, 8, 2*H*W)
    >>> ctx = Context()
    >>> print(*Reshape((N, 400)).outputs((Spec((N, 16, H, 5)),), ctx), *ctx.conditions)
    (N, 400) 80*H == 400

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.reshape.html
    [2] https://onnx.ai/onnx/operators/onnx__Reshape.html
    """

    is_view = True
    pytorch = "reshape(x, (2, 3)) is Reshape((2, 3))(x)"

    shape: Shape
    _: KW_ONLY
    allowzero: Flag = True

    def validate(self) -> None:
        if sum(size == -1 for size in self.shape) > 1 or any(
            isinstance(size, int) and size < -1 for size in self.shape
        ):
            refuse(
                self,
                "shape",
                "at most one size is left open",
                rule="sizes are at least 1; one may be -1, it is then what remains",
                fix="shape: one -1, the other sizes as numbers or formulas",
            )
        if self.allowzero and any(size == 0 for size in self.shape):
            refuse(
                self,
                "shape",
                "a tensor of size 0 holds nothing",
                rule="a 0 is a size (PyTorch); with allowzero false it copies the input's size at that place (ONNX)",
                fix="allowzero: false",
            )

    def _wanted(self, x: Spec) -> Shape:
        """Return the shape with the sizes that a 0 copies."""
        return tuple(
            x.shape[normal_axis(axis, len(x.shape), "shape: a 0 at axis")] if size == 0 else size
            for axis, size in enumerate(self.shape)
        )

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        return (Spec(solved(ctx, x.shape, self._wanted(x), "shape"), x.dtype),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        (x,) = inputs
        return Windows(source=kept_axes(x.shape, solved(Context(), x.shape, self._wanted(x), "shape")))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(sizes("N", "16*H*W")), ("N", 16, "H", "W")),
            Example.of(cls((-1, 400)), ("N", 16, "H", 5)),
            Example.of(cls(sizes("N", 2, -1, "H", "W")), ("N", "C", "H", "W")),
            Example.of(cls((0, -1, 0), allowzero=False), ("N", 4, "L", 3)),
            Example.of(cls(sizes("N", 36)), ("N", 4, "L")),
        )


@layer
class Unflatten(Rearrangement):
    """One axis becomes several, the reverse of Flatten.

    Shape:      x (*A, d, *B) -> y (*A, *unflattened_size, *B) with prod(unflattened_size) = d
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    unflattened_size : the sizes that replace the axis; one may be -1, it is then what remains
    dim : the axis

    Raises
    ------
    ArgumentError
        CS401, no size, more than one -1, or a size below 1.
    ShapeError
        CS207, no such axis; CS209 the sizes multiply to something else; CS210 they do not divide it.

    Notes
    -----
    PyTorch names the axis first: its `Unflatten(1, (2, 5))` is `Unflatten((2, 5), dim=1)`.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(*Unflatten((4, -1), dim=1).outputs((Spec((1, 8 * dim("C"), 7)),), Context()))
    (1, 4, 2*C, 7)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.Unflatten.html
    """

    is_view = True
    pytorch = "Unflatten(1, (2, 5)) is Unflatten((2, 5), dim=1)"

    unflattened_size: Shape
    _: KW_ONLY
    dim: Integer

    def validate(self) -> None:
        given = self.unflattened_size
        low = any(isinstance(size, int) and (size == 0 or size < -1) for size in given)
        if not given or low or sum(size == -1 for size in given) > 1:
            refuse(
                self,
                "unflattened_size",
                "at most one size is left open",
                rule="sizes are at least 1; one may be -1, it is then what remains",
                fix="unflattened_size: one -1, the other sizes as numbers or formulas",
            )

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        axis = normal_axis(self.dim, len(x.shape))
        new = solved(ctx, (x.shape[axis],), self.unflattened_size, "unflattened_size")
        return (Spec((*x.shape[:axis], *new, *x.shape[axis + 1 :]), x.dtype),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        dims = len(inputs[0].shape)
        axis = normal_axis(self.dim, dims)
        new: tuple[int | None, ...] = (
            (axis,) if len(self.unflattened_size) == 1 else (None,) * len(self.unflattened_size)
        )
        return Windows(source=(*range(axis), *new, *range(axis + 1, dims)))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls((4, -1), dim=1), ("N", 12, "H", "W")),
            Example.of(cls(sizes("H", "W"), dim=2), ("N", 3, "H*W")),
            Example.of(cls((2, 3), dim=-1), ("N", "C")),
            Example.of(cls((-1, 2, 2), dim=0), ("4*N", 5)),
        )
