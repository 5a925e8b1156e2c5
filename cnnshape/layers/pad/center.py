"""CenterCrop: the middle of a map."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Windows, Work, axis_name, layer
from cnnshape.layers.demands import same_rank, space_rank
from cnnshape.layers.fields import Integer, PerAxis, per_axis
from cnnshape.layers.pad.sides import Sides, negative, shifted, sides_text
from cnnshape.symbolic import Size, floordiv, text

__all__ = ["CenterCrop"]


@layer
class CenterCrop(Layer):
    """The middle of a map, as large as stated or as the map of a second input.

    Shape:      x (N, C, *D) [, like (N', C', *D')] -> y (N, C, *D');  floor((D_i - D'_i)/2) are cut before
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    size : positions of the output, one number or one per axis; left out if a second input says it
    rank : optional, 1, 2 or 3; the number of space axes that the input must have

    Raises
    ------
    ShapeError
        CS203 the crop is larger than the map, CS205 neither size nor a second input, or both, CS206 the input has
        another number of space axes, CS208 the inputs have different numbers of axes.

    Notes
    -----
    Of an odd difference Keras's CenterCrop cuts the smaller half first, as here; torchvision's center_crop rounds to
    the even number: 3 to cut is 2 before, 1 after, and 1 to cut is 0 before. With a second input it is the "copy and
    crop" of the original U-Net [1].

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> H = dim("H")
    >>> skip, up = Spec((1, 512, H, 64)), Spec((1, 512, H - 8, 56))
    >>> print(CenterCrop().outputs((skip, up), Context())[0])
    (1, 512, H - 8, 56)

    References
    ----------
    [1] Ronneberger, Fischer, Brox: U-Net, arXiv:1505.04597
    [2] https://keras.io/api/layers/preprocessing_layers/image_preprocessing/center_crop/
    """

    kind = Kind.PAD
    arity = (1, 2)
    sized_by = (1,)

    size: PerAxis | None = None
    _: KW_ONLY
    rank: Integer | None = None

    def _space(self, inputs: tuple[Spec, ...]) -> tuple[Size, ...]:
        if len(inputs) == 2:
            return inputs[1].shape[2:]
        return per_axis(self.size, len(inputs[0].shape) - 2, "size")

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        x = inputs[0]
        space_rank(self, x, self.rank)
        if (self.size is None) != (len(inputs) == 2):
            raise _size_fault(len(inputs))
        same_rank(inputs)
        space = self._space(inputs)
        for axis, (d, size) in enumerate(zip(x.shape[2:], space, strict=True), start=2):
            name = axis_name(len(x.shape), axis)
            ctx.at_least(d, size, lambda name=name, d=d, size=size: _larger_fault(name, d, size))  # type: ignore[misc]  # defaults
        return (Spec((*x.shape[:2], *space), x.dtype),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        sides: Sides = {}
        for axis, (d, size) in enumerate(zip(inputs[0].shape[2:], self._space(inputs), strict=True), start=2):
            before = floordiv(d - size, 2)
            sides[axis] = (before, d - size - before)
        return shifted(negative(sides), exact=True, reads=(0,))

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of()

    def label(self) -> str:
        if self.size is None:
            return "CenterCrop"
        return f"CenterCrop {sides_text(self.size)}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(4), ("N", 3, "H + 4", "W + 5")),
            Example.of(cls((6, 3), rank=2), ("N", 2, 9, 8)),
            Example.of(cls(), ("N", 2, "H", "W"), ("N", 4, "H - 8", "floor(W/2)")),
            Example.of(cls(), ("N", 2, "L"), ("N", 2, 5)),
            Example.of(cls(2), ("N", 1, 2, 3, 4)),
        )


def _size_fault(inputs: int) -> ShapeError:
    return ShapeError(
        "nothing says how large the crop is" if inputs == 1 else "size stands beside a second input",
        code="CS205",
        field="size",
        got=inputs,
        rule="one of: size, a second input whose size is taken",
        fix="size: 224" if inputs == 1 else "leave out size, or the second input",
    )


def _larger_fault(name: str, size: Size, wanted: Size) -> ShapeError:
    return ShapeError(
        f"axis {name}: a crop of {text(wanted)} from a map of {text(size)}",
        code="CS203",
        field="size",
        got=size,
        needed=wanted,
        rule="a crop is not larger than the map",
        fix=f"a map of at least {text(wanted)}, or a crop of at most {text(size)}",
    )
