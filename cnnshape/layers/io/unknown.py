"""What an operator gives of which no layer here knows what it does: tensors that are stated, and nothing else."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.layers.arguments import refuse
from cnnshape.layers.base import UNKNOWN, Context, Example, Kind, Layer, Spec, Windows, Work, axis_name, layer, sizes
from cnnshape.layers.demands import fits
from cnnshape.layers.fields import DTYPES, Flag, Shapes, Word, Words

__all__ = ["UNTOLD", "Unknown"]

UNTOLD = "an operator that no layer stands for"
"""What a size of an output that nobody states depends on."""


@layer
class Unknown(Layer):
    """An operator of another system of which nothing is known but the tensors that it gives.

    Shape:      any number of tensors -> one y (shape) for each of `shapes`
    Formulas:   parameters 0    MACs unknown

    Parameters
    ----------
    operator : its name there, such as "com.acme.Warp"
    shapes : the shape of each output, all axes; ints of at least 1, or formulas. A size that nobody states is a symbol
        that equals no other, such as ``warp#1``
    dtypes : the element type of each output, or one for all; default "float32"
    why : why no layer stands for it; default "": it is none of the operators that are read
    weighted : whether it may own weights that nobody has stated; its parameters are unknown then, default False

    Raises
    ------
    ArgumentError
        CS401, a size below 1, an unknown element type, or not one for each output.
    ShapeError
        CS203, a formula that is below 1.

    Notes
    -----
    It has no operations, no window and no kernel: what depends on them is incomplete or unknown, and says so. Weights
    that come in as tensors are counted where they come from.

    Examples
    --------
    >>> from cnnshape.symbolic import dim
    >>> warp = Unknown("com.acme.Warp", shapes=((dim("N"), 8, dim("H"), dim("W")),))
    >>> print(warp.outputs((), Context())[0], warp.label(), warp.work((), ()).known)
    (N, 8, H, W) Warp False

    References
    ----------
    [1] https://onnx.ai/onnx/repo-docs/AddNewOp.html
    [2] https://keras.io/api/layers/core_layers/lambda/
    """

    kind = Kind.UNKNOWN
    arity = (0, None)

    operator: Word
    _: KW_ONLY
    shapes: Shapes
    dtypes: Words = ("float32",)
    why: Word = ""
    weighted: Flag = False

    def validate(self) -> None:
        if any(isinstance(size, int) and size < 1 for shape in self.shapes for size in shape):
            refuse(
                self,
                "shapes",
                "a size is at least 1",
                rule="a shape lists whole numbers of at least 1, or formulas",
                fix="shapes: write a symbol such as H where the size is free",
            )
        wrong = [word for word in self.dtypes if word not in DTYPES]
        if wrong or len(self.dtypes) not in (1, len(self.shapes)):
            refuse(
                self,
                "dtypes",
                f"{wrong[0]!r} is no element type" if wrong else f"{len(self.dtypes)} for {len(self.shapes)} outputs",
                rule=f"one of {', '.join(DTYPES)} for all outputs, or one for each",
                fix="dtypes: float32",
            )

    @property
    def op(self) -> str:
        return self.operator

    @property
    def weights_known(self) -> bool:  # type: ignore[override]  # a constant of other layers
        return not self.weighted

    def reason(self) -> str:
        """Return why nothing is known of it, in words."""
        return self.why or "no layer stands for it"

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        dtypes = self.dtypes * len(self.shapes) if len(self.dtypes) == 1 else self.dtypes
        for shape in self.shapes:
            for axis, size in enumerate(shape):
                fits(ctx, size, 1, f"axis {axis_name(len(shape), axis)}", "a size of at least 1")
        return tuple(Spec(shape, dtype) for shape, dtype in zip(self.shapes, dtypes, strict=True))

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return UNKNOWN

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.unknown()

    def label(self) -> str:
        return self.operator.rpartition(".")[2] or type(self).__name__

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls("com.acme.Warp", shapes=(sizes("N", 8, "2*H", "W"),)), ("N", 8, "H", "W")),
            Example.of(cls("Lambda", shapes=(sizes("N", 16),), why="its code is not run"), ("N", 16, "T")),
            Example.of(
                cls("NonMax", shapes=(sizes("K", 4), sizes("K")), dtypes=("float32", "int64"), weighted=True),
                ("N", "K", 4),
                ("N", "K"),
            ),
        )
