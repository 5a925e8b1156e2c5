"""Padding and cropping: axes made longer or shorter at their ends."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.errors import ShapeError
from cnnshape.layers.arguments import refuse
from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Windows, Work, axis_name, layer
from cnnshape.layers.demands import fits, normal_axis, space_rank
from cnnshape.layers.fields import Axes, Crops, Integer, Margins, Number, Word, one_of, paddings
from cnnshape.layers.pad.sides import Sides, negative, shifted, sides_text
from cnnshape.layers.sliding import reach
from cnnshape.symbolic import maximum, minimum, text

__all__ = ["Crop", "Pad"]


def _axes_of(layer: Layer, x: Spec, axes: Axes | None, stated: int | None) -> tuple[int, ...]:
    """Return the axes that are meant, counted from the start: by default those of space."""
    if axes is None:
        return tuple(range(2, 2 + space_rank(layer, x, stated)))
    if stated is not None:
        space_rank(layer, x, stated)
    found = tuple(normal_axis(axis, len(x.shape), "axes") for axis in (axes if isinstance(axes, tuple) else (axes,)))
    if len(set(found)) != len(found):
        raise ShapeError(
            f"axes = {axes} names an axis twice",
            code="CS207",
            field="axes",
            got=axes,
            rule="each axis at most once; -1 is the last axis",
            fix="name each axis once, with both its sides as a pair",
        )
    return found


def _grown(x: Spec, sides: Sides, ctx: Context) -> Spec:
    shape = list(x.shape)
    for axis, (before, after) in sides.items():
        shape[axis] = shape[axis] + before + after
        least = 1 - before - after
        name = axis_name(len(shape), axis)
        fits(ctx, shape[axis], 1, f"axis {name} of the output", f"a map of at least {text(least)} on axis {name}")
    return Spec(tuple(shape), x.dtype)


@layer
class Pad(Layer):
    """Axes made longer at their ends; a negative padding cuts.

    Shape:      x (N, C, *D) -> y (N, C, *D');  D'_i = D_i + before_i + after_i
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    padding : positions, one number for both sides of every axis, one per axis, or (before, after) per axis
    mode : "constant", "reflect" (without the border), "replicate" or "circular"
    value : what "constant" fills in, default 0
    axes : optional, the axes that padding is for; default those of space
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ArgumentError
        CS401 a value in another mode; CS402 padding has another number of entries than there are axes.
    ShapeError
        CS203 the output would have no positions, CS206 the input has another number of space axes, CS207 no such axis
        or one named twice, CS212 reflect padding that is not smaller than the map, circular padding that is larger.

    Notes
    -----
    PyTorch's flat tuples begin with the last axis: ZeroPad2d((left, right, top, bottom)) is
    Pad(((top, bottom), (left, right))). ONNX calls the modes constant, reflect, edge and wrap. The window of the modes
    that read the map itself is a bound.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> x = Spec((dim("N"), 64, dim("H"), 28))
    >>> print(Pad(((0, 1), (2, 2))).outputs((x,), Context())[0])
    (N, 64, H + 1, 32)
    >>> print(Pad(((16, 16),), axes=1).outputs((x,), Context())[0])
    (N, 96, H, 28)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pad.html
    [2] https://onnx.ai/onnx/operators/onnx__Pad.html
    """

    kind = Kind.PAD
    pytorch = "ConstantPad2d((1, 1, 2, 2), 0) is Pad(((2, 2), (1, 1)), value=0)"

    padding: Margins
    _: KW_ONLY
    mode: Word = one_of("constant", "reflect", "replicate", "circular")
    value: Number = 0
    axes: Axes | None = None
    rank: Integer | None = None

    def validate(self) -> None:
        if self.mode != "constant" and self.value != 0:
            refuse(
                self,
                "value",
                f"mode {self.mode} fills in what the map holds",
                rule="value belongs to mode constant",
                fix="leave value out, or mode: constant",
            )

    def sides(self, x: Spec) -> Sides:
        """Return axis -> (before, after)."""
        axes = _axes_of(self, x, self.axes, self.rank)
        return dict(zip(axes, paddings(self.padding, len(axes)), strict=True))

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        sides = self.sides(x)
        for axis, both in sides.items():
            reach(ctx, x, axis, both, self.mode, "mode")
            cut = minimum(both[0], 0) + minimum(both[1], 0)
            if self.mode in ("constant", "circular") and cut not in (0, both[0] + both[1]):
                # Circular padding repeats what is left of the map, at most once.
                held, more = (maximum(*both), " before it is repeated") if self.mode == "circular" else (0, "")
                what = f"axis {axis_name(len(x.shape), axis)}, of which {text(-cut)} are cut{more}"
                fits(ctx, x.shape[axis], held - cut, what, f"cut less of axis {axis_name(len(x.shape), axis)}")
        return (_grown(x, sides, ctx),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return shifted(self.sides(inputs[0]), exact=self.mode == "constant")

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of()

    def label(self) -> str:
        return f"Pad {sides_text(self.padding)}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(1), ("N", 3, "H", "W")),
            Example.of(cls(((1, -2), 0), value=-1.5, rank=2), ("N", 2, "H", "W")),
            Example.of(cls((2, 1), mode="reflect"), ("N", 2, "H", "W")),
            Example.of(cls(((3, 0),), mode="circular"), ("N", 2, "L")),
            Example.of(cls(2, mode="replicate"), ("N", 1, "T", "H", "W")),
            Example.of(cls(((4, 4),), axes=1), ("N", 8, "H", "W")),
        )


@layer
class Crop(Layer):
    """Axes cut at their ends.

    Shape:      x (N, C, *D) -> y (N, C, *D');  D'_i = D_i - before_i - after_i
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    cropping : positions, at least 0: one number for both sides of every axis, one per axis, or (before, after) per axis
    axes : optional, the axes that cropping is for; default those of space
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ArgumentError
        CS402, cropping has another number of entries than there are axes.
    ShapeError
        CS203 the output would have no positions, CS206 the input has another number of space axes, CS207 no such axis
        or one named twice.

    Notes
    -----
    Keras's Cropping. The same as Pad with negative numbers.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(Crop(((1, 2), (0, 4))).outputs((Spec((dim("N"), 64, dim("H"), 32)),), Context())[0])
    (N, 64, H - 3, 28)

    References
    ----------
    [1] https://keras.io/api/layers/reshaping_layers/cropping2d/
    """

    kind = Kind.PAD

    cropping: Crops
    _: KW_ONLY
    axes: Axes | None = None
    rank: Integer | None = None

    def sides(self, x: Spec) -> Sides:
        """Return axis -> (before, after), what is cut."""
        axes = _axes_of(self, x, self.axes, self.rank)
        return dict(zip(axes, paddings(self.cropping, len(axes), "cropping"), strict=True))

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        return (_grown(inputs[0], negative(self.sides(inputs[0])), ctx),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return shifted(negative(self.sides(inputs[0])), exact=True)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of()

    def label(self) -> str:
        return f"Crop {sides_text(self.cropping)}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(1), ("N", 3, "H", "W")),
            Example.of(cls(((1, 2), 0), rank=2), ("N", 2, "H", "W")),
            Example.of(cls(((0, 3),)), ("N", 2, "L")),
            Example.of(cls((1, 2), axes=(2, -1)), ("N", 1, "T", "H", "W")),
        )
