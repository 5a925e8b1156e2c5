"""Tensors side by side along one axis."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Windows, Work, axis_name, layer
from cnnshape.layers.demands import normal_axis, same_rank
from cnnshape.layers.fields import Integer
from cnnshape.layers.join import Met, agree, promoted
from cnnshape.symbolic import Size, total

__all__ = ["Concat"]


@layer
class Concat(Layer):
    """Its inputs side by side along one axis.

    Shape:      x_1, ..., x_k, equal on every axis but `dim` -> y with y_dim = sum of the inputs' sizes along `dim`
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    dim : the axis, default 1 (channels); negative values count from the end

    Raises
    ------
    ShapeError
        CS201, two inputs differ along another axis; CS207 no such axis; CS208 different numbers of axes.

    Notes
    -----
    Nothing is stretched: a size of 1 meets only a 1. `torch.cat` has dim 0 by default, ONNX's Concat has no default,
    Keras's Concatenate the last axis, its channels.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> H = dim("H")
    >>> print(*Concat().outputs((Spec((1, 64, H, H)), Spec((1, dim("C"), H, H))), Context()))
    (1, C + 64, H, H)

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Concat.html
    """

    kind = Kind.MERGE
    arity = (1, None)
    pytorch = "cat([a, b], 1) is Concat(dim=1)([a, b])"

    _: KW_ONLY
    dim: Integer = 1

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        dims = same_rank(inputs)
        joined = normal_axis(self.dim, dims)
        rule = f"joined along axis {axis_name(dims, joined)}, inputs have equal sizes on all other axes"
        shape: list[Size] = []
        for axis, sizes in enumerate(zip(*(x.shape for x in inputs), strict=True)):
            if axis == joined:
                shape.append(total(sizes))
            elif all(size == sizes[0] for size in sizes):
                shape.append(sizes[0])
            else:
                name = axis_name(dims, axis)
                shape.append(
                    agree(
                        ctx,
                        [
                            Met(i, name, size, x.shape)
                            for i, (size, x) in enumerate(zip(sizes, inputs, strict=True), start=1)
                        ],
                        rule,
                    )
                )
        return (Spec(tuple(shape), promoted([x.dtype for x in inputs])),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        dims = len(inputs[0].shape)
        joined = normal_axis(self.dim, dims)
        return Windows(source=tuple(None if axis == joined else axis for axis in range(dims)))

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of()

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", 4, "H", "W"), ("N", "C", "H", "W")),
            Example.of(cls(), ("N", 4, "2*floor(H/2)"), ("N", 2, "H")),
            Example.of(cls(dim=-1), ("N", 4, "L"), ("N", 4, 3), ("N", 4, "2*L")),
            Example.of(cls(dim=2), (1, 4, "T", "H", "W"), (1, 4, 1, "H", "W")),
        )
