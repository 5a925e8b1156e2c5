"""The inner product of two tensors along one axis of each."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.errors import ShapeError
from cnnshape.layers.arguments import refuse
from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Windows, Work, axis_name, layer, shape_text
from cnnshape.layers.demands import elements, normal_axis
from cnnshape.layers.fields import Axes, Flag
from cnnshape.layers.join import Met, agree, promoted
from cnnshape.symbolic import product, total

__all__ = ["Dot"]


@layer
class Dot(Layer):
    """Inner products of two tensors along one axis of each, sample by sample (Keras's Dot).

    Shape:      a (N, *A), b (N, *B) -> y (N, *A without its axis, *B without its axis); (N, 1) if nothing else remains
    Formulas:   parameters 0    MACs prod(y)*K, K the size of the axis

    Parameters
    ----------
    axes : the axis to sum over, one number for both inputs or one for each; not the batch
    normalize : divide both inputs by their length along the axis first (cosine proximity), default False

    Raises
    ------
    ArgumentError
        CS401, the batch axis, or another number of axes than two.
    ShapeError
        CS201, the two sizes or the batches differ; CS206 an input without an axis beside the batch; CS207 no such axis.

    Notes
    -----
    PyTorch writes it as `einsum` or, for matrices, as `bmm`; ONNX as Einsum.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> print(*Dot((1, 2)).outputs((Spec((1, 5, 2)), Spec((1, 2, 5))), Context()))
    (1, 2, 2)

    References
    ----------
    [1] https://keras.io/api/layers/merging_layers/dot/
    """

    kind = Kind.MERGE
    arity = (2, 2)

    axes: Axes
    _: KW_ONLY
    normalize: Flag = False

    def validate(self) -> None:
        axes = self._pair()
        if len(axes) != 2 or 0 in axes:
            refuse(
                self,
                "axes",
                "one axis of each input, not the batch",
                rule="axes is one number for both inputs, or a list of two; 0 is the batch",
                fix="axes: 1, or [1, 2]",
            )

    def _pair(self) -> tuple[int, ...]:
        return self.axes if isinstance(self.axes, tuple) else (self.axes, self.axes)

    def _summed(self, inputs: tuple[Spec, ...]) -> tuple[int, ...]:
        axes = tuple(normal_axis(axis, len(x.shape), "axes") for axis, x in zip(self._pair(), inputs, strict=True))
        for axis, x in zip(axes, inputs, strict=True):
            if axis == 0:
                raise ShapeError(
                    f"axes = {self.axes}: axis 0 of {shape_text(x.shape)} is the batch",
                    code="CS206",
                    field="axes",
                    got=len(x.shape),
                    needed=2,
                    rule="both inputs have a batch and the axis that is summed over",
                    fix="inputs with one axis more, or another entry of axes",
                )
        return axes

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        axes = self._summed(inputs)
        a, b = inputs
        first, second = axes
        batch = agree(ctx, [Met(1, "N", a.shape[0]), Met(2, "N", b.shape[0])], "both inputs have the same batch")
        agree(
            ctx,
            [
                Met(1, axis_name(len(a.shape), first), a.shape[first]),
                Met(2, axis_name(len(b.shape), second), b.shape[second]),
            ],
            "the two axes that are summed over have equal sizes",
        )
        rest = tuple(
            s for x, axis in zip(inputs, axes, strict=True) for i, s in enumerate(x.shape) if i not in (0, axis)
        )
        return (Spec((batch, *(rest or (1,))), promoted([a.dtype, b.dtype])),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(everything=True, exact=False)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        axes = self._summed(inputs)
        macs = product(outputs[0].shape) * inputs[0].shape[axes[0]]
        if not self.normalize:
            return Work.of(macs)
        values = elements(inputs[0]) + elements(inputs[1])
        vectors = total(
            product(s for i, s in enumerate(x.shape) if i != axis) for x, axis in zip(inputs, axes, strict=True)
        )
        return Work.of(macs, muls=2 * values, adds=values - vectors, transcendental=vectors)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls((1, 2)), ("N", 5, "K"), ("N", "L", 5)),
            Example.of(cls(-1), ("N", "K"), ("N", "K")),
            Example.of(cls(1, normalize=True), ("N", 8), ("N", "C")),
            Example.of(cls((3, 1)), ("N", 2, "H", "W"), ("N", "2*floor(W/2)", 4)),
        )
