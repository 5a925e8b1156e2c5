"""Products and sums of tensors by an equation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from cnnshape.errors import ShapeError
from cnnshape.layers.arguments import refuse
from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Windows, Work, layer, shape_text
from cnnshape.layers.fields import Word
from cnnshape.layers.linear.equation import Labels, labeled, parts, steps
from cnnshape.symbolic import Size, product, text

__all__ = ["Einsum"]

_RULE = "a letter stands for one size, or for the number 1"


@layer
class Einsum(Layer):
    """Products of the inputs, summed over the axes whose letter the result lacks (torch.einsum).

    Shape:      one axis for each letter; equal letters have equal sizes
    Formulas:   parameters 0    MACs of two inputs: the product of the sizes of all their letters;  of more: those
                of the first two, of what they make with the third, and so on;  of one: 0

    Parameters
    ----------
    equation : a term of letters for each input, after "->" the letters of the result; "..." for further axes

    Raises
    ------
    ArgumentError
        CS401, no equation.
    ShapeError
        CS201 one letter with two sizes, CS205 another number of inputs, CS206 an input with another number of axes.

    Notes
    -----
    Without "->" the result has the letters that occur once, in the order of the alphabet. A letter that one input alone
    has and the result lacks is summed before the product, as PyTorch does it. Inputs are multiplied from left to right,
    which is not always the cheapest order. A size that is the number 1 is stretched.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> q = Spec((dim("N"), 8, dim("T"), 64))
    >>> scores = Einsum("bhid,bhjd->bhij")
    >>> print(*scores.outputs((q, q), Context()), scores.work((q, q), ()).macs)
    (N, 8, T, T) 512*N*T**2

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.einsum.html
    [2] https://onnx.ai/onnx/operators/onnx__Einsum.html
    """

    kind = Kind.LINEAR
    arity = (1, None)
    pytorch = 'einsum("bij,bjk->bik", x, y) is Einsum("bij,bjk->bik")([x, y])'

    equation: Word

    def validate(self) -> None:
        try:
            parts(self.equation)
        except ValueError as why:
            refuse(
                self,
                "equation",
                str(why),
                rule="a term of letters for each input, then -> and the letters of the result, each once",
                fix="such as equation: bij,bjk->bik",
            )

    def labels(self, inputs: tuple[Any, ...]) -> tuple[tuple[Labels, ...], Labels]:
        """Return the label of each axis of the inputs, which are specs or arrays, and of the result."""
        try:
            return labeled(self.equation, [len(x.shape) for x in inputs])
        except ValueError as why:
            expected = len(parts(self.equation)[0])
            raise ShapeError(
                f"{self.equation}: {why}",
                code="CS206" if len(inputs) == expected else "CS205",
                got=tuple(len(x.shape) for x in inputs),
                given=f"inputs {' and '.join(shape_text(x.shape) for x in inputs)}",
                rule="each input has a term, with a letter for each of its axes or three dots for several",
                fix="a letter for each axis" if len(inputs) == expected else f"{expected} inputs, or as many terms",
            ) from None

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        operands, result = self.labels(inputs)
        sizes = _sizes(ctx, operands, inputs)
        return (Spec(tuple(sizes[label] for label in result), inputs[0].dtype),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        operands, result = self.labels(inputs)
        first = operands[0]
        if len(operands) == 1 and len(set(first)) == len(first):
            summed = tuple(axis for axis, label in enumerate(first) if label not in result)
            return Windows(whole=summed, source=tuple(map(first.index, result)))
        if any(len(labels) != len(result) for labels in operands):
            return Windows(everything=True, exact=False)
        # Where all have one label at the same place, an output sees that position; elsewhere it may see any.
        alike = [len({*labels}) == 1 for labels in zip(result, *operands, strict=True)]
        return Windows(whole=tuple(axis for axis, same in enumerate(alike) if not same), exact=False)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        operands, result = self.labels(inputs)
        held = [dict(zip(labels, x.shape, strict=True)) for labels, x in zip(operands, inputs, strict=True)]
        made = held[0]
        macs: Size = 0
        adds: Size = 0
        for step, new in zip(steps(operands, result), held[1:], strict=True):
            for sizes in (made, new):
                adds += _summed(sizes, step.alone)
            made = {label: _joined(made.get(label, 1), new.get(label, 1)) for label in (*step.left, *step.right)}
            macs += product(made.values())
            made = {label: made[label] for label in step.kept}
        return Work.of(macs, adds=adds + _summed(made, frozenset(made) - {*result}))

    def label(self) -> str:
        return f"Einsum {self.equation}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls("bij,bjk->bik"), ("N", 3, "T"), ("N", "T", 4)),
            Example.of(cls("bhid,bhjd->bhij"), ("N", 2, "T", 3), ("N", 2, "S", 3)),
            Example.of(cls("bchw->bhc"), ("N", 3, "H", "W")),
            Example.of(cls("...i,oij,...j->...o"), ("N", "T", 3), (2, 3, 4), ("N", "T", 4)),
            Example.of(cls("ij,kj"), ("N", "C"), (5, "C")),
            Example.of(cls("nii->ni"), ("N", 4, 4)),
        )


def _sizes(ctx: Context, operands: tuple[Labels, ...], inputs: tuple[Spec, ...]) -> Mapping[Any, Size]:
    """Return the size that each label stands for."""
    held: dict[Any, Size] = {}
    for number, (labels, x) in enumerate(zip(operands, inputs, strict=True), start=1):
        own: dict[Any, Size] = {}
        for label, size in zip(labels, x.shape, strict=True):
            own[label] = (
                ctx.equal(own[label], size, partial(_differ, label, own[label], size)) if label in own else size
            )
        for label, size in own.items():
            before = held.get(label, 1)
            if before == 1 or size == 1:
                held[label] = _joined(before, size)
            else:
                held[label] = ctx.equal(before, size, partial(_differ, label, before, size, number))
    return held


def _differ(label: str | int, before: Size, size: Size, number: int = 0) -> ShapeError:
    name = label if isinstance(label, str) else f"axis {label} of the dots"
    where = f" in input {number}" if number else " in the same input"
    return ShapeError(
        f"{name} is {text(before)}, and {text(size)}{where}",
        code="CS201",
        got=size,
        needed=before,
        rule=_RULE,
        fix=f"give both {text(before)}",
    )


def _joined(left: Size, right: Size) -> Size:
    return right if left == 1 else left


def _summed(sizes: Mapping[Any, Size], gone: frozenset[Any]) -> Size:
    """Return how many additions it takes to sum over some labels."""
    if gone.isdisjoint(sizes):
        return 0
    return product(sizes.values()) - product(size for label, size in sizes.items() if label not in gone)
