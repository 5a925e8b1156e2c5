"""Comparisons, true and false joined, and the choice between two tensors."""

from __future__ import annotations

from dataclasses import field

from cnnshape.layers.base import POINTWISE, Context, Example, Kind, Layer, Spec, Windows, Work, layer, sizes
from cnnshape.layers.fields import Word, one_of
from cnnshape.layers.join import broadcast, promoted
from cnnshape.layers.logic.asking import Asking, demand_type

__all__ = ["Compare", "IsInf", "IsNaN", "Logical", "LogicalNot", "Where"]


@layer
class Compare(Asking):
    """Whether a relation holds between two inputs, element by element.

    Shape:      a (*S), b (*S) -> y (*S) of bool; sizes that are 1 and missing leading axes are stretched
    Formulas:   parameters 0    MACs 0    comparisons prod(S)

    Parameters
    ----------
    relation : "less", "less_equal", "greater", "greater_equal", "equal" or "not_equal"

    Raises
    ------
    ArgumentError
        CS401, an unknown relation.
    ShapeError
        CS201, the inputs differ along an axis and neither is 1 there.

    Notes
    -----
    The words are those of NumPy, `torch` and `keras.ops`; ONNX has Less, LessOrEqual, Greater, GreaterOrEqual, Equal.
    Inputs of two element types are compared as the type that holds both. Nothing is equal to NaN, which is neither
    less nor greater than anything.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> Compare("less").outputs((Spec((1, 4)), Spec(())), Context())
    (Spec(shape=(1, 4), dtype='bool'),)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/torch.html#comparison-ops
    [2] https://onnx.ai/onnx/operators/onnx__Less.html
    """

    arity = (2, 2)

    relation: Word = field(metadata={"words": ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")})

    def label(self) -> str:
        return self.relation.replace("_", " ")

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls("less"), ("N", 4, "H", "W"), ("N", 4, "H", "W")),
            Example.of(cls("greater_equal"), ("N", 8, "ceil(H/2)"), ("N", 8, "floor(H/2)")),
            Example.of(cls("equal"), Spec(sizes("N", "T", 1), "int64"), Spec(sizes("T"), "int64")),
            Example.of(cls("not_equal"), ("N", "C"), ()),
        )


@layer
class Logical(Asking):
    """Both, one or the other: two inputs joined as true and false, element by element.

    Shape:      a (*S), b (*S) -> y (*S) of bool; sizes that are 1 and missing leading axes are stretched
    Formulas:   parameters 0    MACs 0    operations prod(S), counted as comparisons

    Parameters
    ----------
    operation : "and", "or" or "xor"

    Raises
    ------
    ArgumentError
        CS401, an unknown operation.
    ShapeError
        CS201, the inputs differ along an axis and neither is 1 there.

    Notes
    -----
    Of numbers, everything but 0 is true, as in PyTorch's `logical_and`; ONNX's And, Or and Xor take bools only.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> Logical("and").outputs((Spec((1, 4), "bool"), Spec((4,), "bool")), Context())
    (Spec(shape=(1, 4), dtype='bool'),)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.logical_and.html
    [2] https://onnx.ai/onnx/operators/onnx__And.html
    """

    arity = (2, 2)

    operation: Word = field(metadata={"words": ("and", "or", "xor")})

    def label(self) -> str:
        return self.operation

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls("and"), Spec(sizes("N", 1, "T", "T"), "bool"), Spec(sizes("T", "T"), "bool")),
            Example.of(cls("or"), ("N", "C"), Spec(sizes("N", 1), "bool")),
            Example.of(cls("xor"), Spec(sizes("N", "L"), "bool"), Spec(sizes("N", "2*ceil(L/2)"), "bool")),
        )


class _OfOne(Asking):
    """A question about each element by itself."""

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", 3, "H", "W")),
            Example.of(cls(), Spec(sizes("N", "T"), "float16")),
            Example.of(cls(), ("C",)),
        )


@layer
class LogicalNot(_OfOne):
    """True where the input is false (of numbers: 0), element by element.

    Shape:      x (*S) -> y (*S) of bool
    Formulas:   parameters 0    MACs 0    operations prod(S), counted as comparisons

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> LogicalNot().outputs((Spec((4,), "bool"),), Context())
    (Spec(shape=(4,), dtype='bool'),)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.logical_not.html
    [2] https://onnx.ai/onnx/operators/onnx__Not.html
    """


@layer
class IsNaN(_OfOne):
    """True where the input is no number, element by element.

    Shape:      x (*S) -> y (*S) of bool
    Formulas:   parameters 0    MACs 0    comparisons prod(S)

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> IsNaN().outputs((Spec((1, 3)),), Context())
    (Spec(shape=(1, 3), dtype='bool'),)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.isnan.html
    [2] https://onnx.ai/onnx/operators/onnx__IsNaN.html
    """


@layer
class IsInf(_OfOne):
    """True where the input is infinite, element by element.

    Shape:      x (*S) -> y (*S) of bool
    Formulas:   parameters 0    MACs 0    comparisons prod(S)

    Parameters
    ----------
    sign : which infinity, "both" (default), "positive" or "negative": PyTorch's `isinf`, `isposinf` and `isneginf`

    Raises
    ------
    ArgumentError
        CS401, an unknown sign.

    Notes
    -----
    ONNX has two flags, detect_positive and detect_negative.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> IsInf(sign="negative").outputs((Spec((1, 3)),), Context())
    (Spec(shape=(1, 3), dtype='bool'),)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.isinf.html
    [2] https://onnx.ai/onnx/operators/onnx__IsInf.html
    """

    sign: Word = one_of("both", "positive", "negative")


@layer
class Where(Layer):
    """The second input where the first is true, the third elsewhere, element by element.

    Shape:      condition (*S) of bool, a (*S), b (*S) -> y (*S); sizes that are 1 and missing leading axes are
                stretched
    Formulas:   parameters 0    MACs 0

    Raises
    ------
    ShapeError
        CS201, two inputs differ along an axis and neither is 1 there; CS211 the first input is not bool.

    Notes
    -----
    `torch.where(condition, a, b)`, `keras.ops.where`; of two element types the result has the one that holds both.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> print(*Where().outputs((Spec((8, 8), "bool"), Spec((1, 12, 8, 8)), Spec(())), Context()))
    (1, 12, 8, 8)

    References
    ----------
    [1] https://docs.pytorch.org/docs/stable/generated/torch.where.html
    [2] https://onnx.ai/onnx/operators/onnx__Where.html
    """

    kind = Kind.LOGIC
    arity = (3, 3)

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        demand_type(inputs[:1], ("bool",), "the first input says where to take the second: true or false", "bool")
        return (Spec(broadcast(ctx, inputs), promoted([x.dtype for x in inputs[1:]])),)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return POINTWISE

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of()

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), Spec(sizes("N", 1, "H", "W"), "bool"), ("N", "C", "H", "W"), ("N", "C", "H", "W")),
            Example.of(cls(), Spec(sizes("T", "T"), "bool"), ("N", 8, "T", "T"), ()),
            Example.of(cls(), Spec(sizes("N", "C"), "bool"), (1,), ("N", 1)),
        )
