"""A tensor cut into parts along one axis."""

from __future__ import annotations

from dataclasses import KW_ONLY
from typing import NoReturn

from cnnshape.errors import ShapeError
from cnnshape.layers.arguments import refuse
from cnnshape.layers.base import Context, Example, Spec, Windows, axis_name, layer
from cnnshape.layers.demands import normal_axis
from cnnshape.layers.fields import Integer, Sizes
from cnnshape.layers.reshape.rearrange import Rearrangement, along, moved_along
from cnnshape.symbolic import Dim, bound, ceildiv, text, total

__all__ = ["Chunk", "Split"]

_MOST_PARTS = 65_536
"""More outputs than that are a slip, and would take memory that nobody asked for."""


@layer
class Split(Rearrangement):
    """Parts of given sizes along one axis, one output for each.

    Shape:      x (*A, d, *B) -> y_k (*A, s_k, *B) with sum(s_k) = d
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    split_size : the sizes of the parts; one number: parts of that size, the last one with what remains
    dim : the axis, default 1 (channels); negative values count from the end

    Raises
    ------
    ShapeError
        CS207, no such axis; CS210 the sizes do not add up to the axis, or make more than 65536 parts, or one number for
        an axis whose size is a formula, because the number of outputs would depend on it.

    Notes
    -----
    `torch.split` has dim 0 by default, ONNX's Split axis 0. For a number of equal parts see Chunk.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> print(*Split((64, 32)).outputs((Spec((1, 96, 7, 7)),), Context()))
    (1, 64, 7, 7) (1, 32, 7, 7)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.split.html
    [2] https://onnx.ai/onnx/operators/onnx__Split.html
    """

    pytorch = "split(x, 32, 1) is Split(32, dim=1)(x)"

    split_size: Sizes
    _: KW_ONLY
    dim: Integer = 1

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        axis = normal_axis(self.dim, len(x.shape))
        size, parts = x.shape[axis], self.split_size
        if isinstance(parts, tuple):
            for part in parts:
                ctx.at_least(part, 1, lambda: self._wrong_sum(x, axis))
            ctx.equal(total(parts), size, lambda: self._wrong_sum(x, axis))
            return along(x, axis, parts)
        if isinstance(size, Dim) or isinstance(parts, Dim):
            self._uncounted(x, axis)
        whole, rest = divmod(size, parts)
        if whole > _MOST_PARTS:
            self._too_many(x, axis)
        return along(x, axis, (parts,) * whole + ((rest,) if rest else ()))

    def _wrong_sum(self, x: Spec, axis: int) -> ShapeError:
        assert isinstance(self.split_size, tuple)
        size, given = x.shape[axis], total(self.split_size)
        *others, _ = self.split_size
        rest = size - total(others)
        least = bound(rest)[0]
        return ShapeError(
            f"axis {axis_name(len(x.shape), axis)}: parts of {' + '.join(map(text, self.split_size))} = {text(given)}"
            f" do not make up {text(size)}",
            code="CS210",
            field="split_size",
            got=given,
            needed=size,
            rule="the sizes of the parts are at least 1 and add up to the axis",
            fix=f"split_size: [{', '.join(map(text, (*others, rest)))}]" if least is not None and least >= 1 else "",
        )

    def _too_many(self, x: Spec, axis: int) -> NoReturn:
        raise ShapeError(
            f"axis {axis_name(len(x.shape), axis)}: {text(x.shape[axis])} in parts of {self.split_size}",
            code="CS210",
            field="split_size",
            got=self.split_size,
            rule=f"a layer has {_MOST_PARTS} outputs at most",
            fix="larger parts",
        )

    def _uncounted(self, x: Spec, axis: int) -> NoReturn:
        name, size = axis_name(len(x.shape), axis), x.shape[axis]
        raise ShapeError(
            f"axis {name}: the number of parts of {self.split_size} in {text(size)} depends on a symbol",
            code="CS210",
            field="split_size",
            got=size,
            needed=self.split_size,
            rule="the number of outputs is fixed by the design",
            fix="split_size: a list with the size of each part, or the layer chunk with a number of parts",
        )

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        dims = len(inputs[0].shape)
        return moved_along(dims, normal_axis(self.dim, dims))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls((6, 2)), ("N", 8, "H", "W")),
            Example.of(cls(3), ("N", 8, "L")),
            Example.of(cls((2, 5), dim=-1), ("N", 4, "L")),
            Example.of(cls((1, 1, 1), dim=0), (3, "N", 6)),
        )


@layer
class Chunk(Rearrangement):
    """A number of parts of equal size along one axis; the last one may be smaller.

    Shape:      x (*A, d, *B) -> y_k (*A, ceil(d/chunks), *B), the last (*A, d - (chunks - 1)*ceil(d/chunks), *B)
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    chunks : the number of outputs, 1 to 65536
    dim : the axis, default 1 (channels); negative values count from the end

    Raises
    ------
    ShapeError
        CS207, no such axis; CS210 nothing remains for the last part.

    Notes
    -----
    `torch.chunk` has dim 0 by default, and gives fewer parts where nothing remains for the last ones (5 in 4 parts
    is 2 + 2 + 1); a network has a fixed number of outputs, so that is a fault here. ONNX: Split with num_outputs.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> print(*Chunk(3).outputs((Spec((1, 8, 7, 7)),), Context()))
    (1, 3, 7, 7) (1, 3, 7, 7) (1, 2, 7, 7)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.chunk.html
    [2] https://onnx.ai/onnx/operators/onnx__Split.html
    """

    pytorch = "chunk(x, 2, 1) is Chunk(2, dim=1)(x)"

    chunks: Integer
    _: KW_ONLY
    dim: Integer = 1

    def validate(self) -> None:
        if not 1 <= self.chunks <= _MOST_PARTS:
            said = "at least one part" if self.chunks < 1 else f"{self.chunks} parts"
            refuse(self, "chunks", said, rule=f"1 <= chunks <= {_MOST_PARTS}", fix="chunks: 2")

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        axis = normal_axis(self.dim, len(x.shape))
        size = x.shape[axis]
        part = ceildiv(size, self.chunks)
        last = size - (self.chunks - 1) * part
        ctx.at_least(last, 1, lambda: self._nothing_left(x, axis))
        return along(x, axis, (part,) * (self.chunks - 1) + (last,))

    def _nothing_left(self, x: Spec, axis: int) -> ShapeError:
        size = x.shape[axis]
        part = ceildiv(size, self.chunks)
        fitting = ceildiv(size, part) if isinstance(part, int) else None
        return ShapeError(
            f"axis {axis_name(len(x.shape), axis)}: nothing of {text(size)} remains for part {self.chunks}"
            f" after parts of {text(part)}",
            code="CS210",
            field="chunks",
            got=size,
            needed=self.chunks,
            rule="every part has ceil(size/chunks), the last what remains, at least 1",
            fix=f"chunks: {text(fitting)}" if fitting is not None else "",
        )

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        dims = len(inputs[0].shape)
        return moved_along(dims, normal_axis(self.dim, dims))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(2), ("N", "2*C", "H", "W")),
            Example.of(cls(3), ("N", 8, "L")),
            Example.of(cls(4, dim=-1), ("N", 2, "L")),
            Example.of(cls(1, dim=0), ("N", 6)),
        )
