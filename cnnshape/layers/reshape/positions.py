"""Chosen positions along one axis."""

from __future__ import annotations

from dataclasses import KW_ONLY
from functools import partial

from cnnshape.errors import ShapeError
from cnnshape.layers.arguments import refuse
from cnnshape.layers.base import Context, Example, Spec, Windows, axis_name, layer, sizes
from cnnshape.layers.demands import no_position, normal_axis, whole_numbers
from cnnshape.layers.fields import Index, Indices, Integer
from cnnshape.layers.reshape.rearrange import Rearrangement, along, moved_along
from cnnshape.symbolic import Dim, Size, Window, bound, ceildiv, dim, text

__all__ = ["Gather", "Slice"]


@layer
class Slice(Rearrangement):
    """Every `step`-th position from `start` up to but without `end` along one axis.

    Shape:      x (*A, d, *B) -> y (*A, ceil((end - start)/step), *B)
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    dim : the axis; negative values count from the end
    start : first position, a number or a formula, default None: the first (the last, if step < 0)
    end : the position after the last, a number or a formula, default None: to the end
    step : default 1; negative values go backwards (ONNX; PyTorch has no such slice)

    Raises
    ------
    ArgumentError
        CS401, a step of 0.
    ShapeError
        CS207, no such axis; CS213 the slice reaches outside the axis, or holds nothing.

    Notes
    -----
    A negative start or end counts from the end, as in Python: -k is d - k; a formula counts from the end if it is
    negative for all values of its symbols. PyTorch and ONNX cut a slice that reaches outside at the end of the axis;
    here that is a fault, or a condition on the symbols, because the size would not be what the design says.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(*Slice(dim=2, start=1, end=-1, step=2).outputs((Spec((1, 3, 9, 9)),), Context()))
    (1, 3, 4, 9)
    >>> ctx = Context()
    >>> print(*Slice(dim=1, end=dim("T")).outputs((Spec((1, 512, 64)),), ctx), *ctx.conditions)
    (1, T, 64) 512 >= T

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Slice.html
    """

    pytorch = "narrow(x, 1, 0, 8) is Slice(dim=1, start=0, end=8)(x)"

    _: KW_ONLY
    dim: Integer
    start: Index | None = None
    end: Index | None = None
    step: Integer = 1

    def validate(self) -> None:
        if self.step == 0:
            refuse(self, "step", "a slice moves on", rule="step is not 0", fix="step: 1")

    def _ends(self, size: Size) -> tuple[Size, Size]:
        """Return the first position, and the one that is not reached anymore, counted from the start."""
        first, stop = (0, size) if self.step > 0 else (size - 1, -1)
        return (
            first if self.start is None else _from_start(self.start, size),
            stop if self.end is None else _from_start(self.end, size),
        )

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        axis = normal_axis(self.dim, len(x.shape))
        size = x.shape[axis]
        first, stop = self._ends(size)
        least, most, length = (first, stop, stop - first) if self.step > 0 else (stop + 1, first + 1, first - stop)
        ctx.at_least(least, 0, partial(self._outside, x, axis, "start" if self.step > 0 else "end"))
        ctx.at_least(size, most, partial(self._outside, x, axis, "end" if self.step > 0 else "start"))
        ctx.at_least(length, 1, partial(self._empty, x, axis))
        return along(x, axis, (ceildiv(length, abs(self.step)),))

    def _outside(self, x: Spec, axis: int, word: str) -> ShapeError:
        size, place = x.shape[axis], getattr(self, word)
        return self._fault(size, word, f"{word} = {text(place)} lies outside {_of_size(x, axis)}")

    def _empty(self, x: Spec, axis: int) -> ShapeError:
        given = [f"{word} = {text(p)}" for word, p in (("start", self.start), ("end", self.end)) if p is not None]
        word = "start" if self.end is None else "end"
        return self._fault(x.shape[axis], word, f"{' to '.join(given)} holds nothing of {_of_size(x, axis)}")

    def _fault(self, size: Size, word: str, message: str) -> ShapeError:
        rule = "0 <= start < end <= size" if self.step > 0 else "0 <= end < start < size"
        return ShapeError(
            message,
            code="CS213",
            field=word,
            got=getattr(self, word),
            needed=size,
            rule=f"{rule}, where negative values count from the end",
            fix=self._within(size),
        )

    def _within(self, size: Size) -> str:
        """Return the slice that PyTorch would take, if it holds anything."""
        start, end = self.start, self.end
        if isinstance(size, Dim) or isinstance(start, Dim) or isinstance(end, Dim):
            return f"positions between 0 and {text(size)}"
        first, stop, step = slice(start, end, self.step).indices(size)
        if not len(range(first, stop, step)):
            return f"positions between 0 and {size}, start {'before' if step > 0 else 'after'} end"
        return f"start: {first}, " + (f"end: {stop}" if stop >= 0 else "no end")

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        (x,) = inputs
        axis = normal_axis(self.dim, len(x.shape))
        if self.step < 0:
            return moved_along(len(x.shape), axis)
        first, stop = self._ends(x.shape[axis])
        return Windows({axis: Window(stride=self.step, before=-first, after=stop - x.shape[axis])})

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(dim=2, start=1, end=-1, step=2), ("N", 3, "H", "W")),
            Example.of(cls(dim=1, end=8), ("N", "C", "L")),
            Example.of(cls(dim=-1, start=-3), ("N", 4, "L")),
            Example.of(cls(dim=2, step=-1), ("N", 4, "T", "H", "W")),
            Example.of(cls(dim=1, start=2, end=dim("T")), ("N", "2*T", 3)),
        )


def _of_size(x: Spec, axis: int) -> str:
    return f"axis {axis_name(len(x.shape), axis)} of size {text(x.shape[axis])}"


def _from_start(place: Size, size: Size) -> Size:
    """Return a position counted from the start; what is negative for all values of its symbols counts from the end."""
    most = bound(place)[1]
    return size + place if most is not None and most < 0 else place


@layer
class Gather(Rearrangement):
    """Chosen positions along one axis, from a list or from a second input.

    Shape:      x (*A, d, *B) -> y (*A, *I, *B);  I is () for one index, (k,) for a list of k, the shape of the second
                input if `indices` is not given
    Formulas:   parameters 0    MACs 0

    Parameters
    ----------
    indices : one index, whose axis goes, or a list; negative values count from the end; default None: the second input
    dim : the axis, default 1; negative values count from the end

    Raises
    ------
    ShapeError
        CS205, `indices` and a second input, or neither; CS207 no such axis; CS211 indices that are not integers;
        CS213 an index outside the axis.

    Notes
    -----
    ONNX's Gather (default axis 0), PyTorch's indexing `x[:, i]`, `select` and `index_select`, Keras's `take`. It is
    not `torch.gather`, which is ONNX's GatherElements.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> print(*Gather(0).outputs((Spec((dim("N"), 197, 768)),), Context()))
    (N, 768)
    >>> ctx = Context()
    >>> print(*Gather((0, 2, -1), dim=2).outputs((Spec((1, 8, dim("L"))),), ctx), *ctx.conditions)
    (1, 8, 3) L >= 3

    References
    ----------
    [1] https://onnx.ai/onnx/operators/onnx__Gather.html
    [2] https://docs.pytorch.org/docs/stable/generated/torch.index_select.html
    """

    arity = (1, 2)
    pytorch = "index_select(x, 1, indices) is Gather(indices, dim=1)(x)"

    indices: Indices | None = None
    _: KW_ONLY
    dim: Integer = 1

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        x = inputs[0]
        axis = normal_axis(self.dim, len(x.shape))
        chosen = self._chosen(inputs)
        if self.indices is not None:
            given = self.indices if isinstance(self.indices, tuple) else (self.indices,)
            needed = max(index + 1 if index >= 0 else -index for index in given)
            ctx.at_least(x.shape[axis], needed, lambda: no_position(given, x, axis))
        return (Spec((*x.shape[:axis], *chosen, *x.shape[axis + 1 :]), x.dtype),)

    def _chosen(self, inputs: tuple[Spec, ...]) -> tuple[Size, ...]:
        """Return the axes that replace the one that is indexed."""
        if (self.indices is None) != (len(inputs) == 2):
            raise ShapeError(
                "no indices are given" if self.indices is None else "indices are given twice",
                code="CS205",
                field="indices",
                got=len(inputs),
                needed=2 if self.indices is None else 1,
                rule="the indices are an argument or the second input",
                fix="indices: a list, or a second input" if self.indices is None else "leave out the second input",
            )
        if self.indices is not None:
            return (len(self.indices),) if isinstance(self.indices, tuple) else ()
        second = inputs[1]
        whole_numbers(second)
        return second.shape

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        dims = len(inputs[0].shape)
        axis = normal_axis(self.dim, dims)
        return Windows(source=(*range(axis), *(None,) * len(self._chosen(inputs)), *range(axis + 1, dims)))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(0), ("N", "T", 8)),
            Example.of(cls((0, 2, -4), dim=2), ("N", 8, "L")),
            Example.of(cls(dim=0), (10, "C"), Spec(sizes("N", "T"), "int64")),
            Example.of(cls(-1, dim=-1), ("N", 2, "H", "W")),
        )
