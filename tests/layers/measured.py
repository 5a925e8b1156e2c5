"""What the tests of sliding layers share: a layer on sizes, on symbols and in PyTorch, and the three compared."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from cnnshape.errors import ArgumentError, ShapeError
from cnnshape.layers.base import Context, Layer, Spec, sizes
from cnnshape.symbolic import dim, evaluate, text

Shape = tuple[int, ...]


def specs(*shapes: tuple[Any, ...] | Spec) -> tuple[Spec, ...]:
    """Specs from shapes; a text is a formula."""
    return tuple(shape if isinstance(shape, Spec) else Spec(sizes(*shape)) for shape in shapes)


def shapes_of(layer: Layer, *shapes: tuple[Any, ...] | Spec) -> tuple[Any, ...]:
    """The shape of every output, as text where a size is a formula."""
    outputs = layer.outputs(specs(*shapes), Context())
    return tuple(tuple(size if isinstance(size, int) else text(size) for size in y.shape) for y in outputs)


def shape_of(layer: Layer, *shapes: tuple[Any, ...] | Spec) -> tuple[Any, ...]:
    """The shape of the only output."""
    (shape,) = shapes_of(layer, *shapes)
    return shape


def conditions_of(layer: Layer, *shapes: tuple[Any, ...] | Spec) -> list[str]:
    ctx = Context()
    layer.outputs(specs(*shapes), ctx)
    return [str(condition) for condition in ctx.conditions]


def fault_of(layer: Layer, *shapes: tuple[Any, ...] | Spec) -> str:
    """The whole text of the fault that these inputs cause."""
    try:
        layer.outputs(specs(*shapes), Context())
    except (ShapeError, ArgumentError) as error:
        return str(error)
    raise AssertionError(f"{layer} takes {shapes}")


def refusal(make: Callable[[], object]) -> str:
    """The whole text of the fault that a layer's arguments cause."""
    try:
        made = make()
    except ArgumentError as error:
        return str(error)
    raise AssertionError(f"{made} was made")


def work_of(layer: Layer, *shapes: tuple[Any, ...] | Spec) -> dict[str, Any]:
    """The operations by sort, those that occur."""
    inputs = specs(*shapes)
    work = layer.work(inputs, layer.outputs(inputs, Context()))
    return {sort: n for sort in work.__slots__ if (n := getattr(work, sort)) != 0}


def weights_of(layer: Layer, *shapes: tuple[Any, ...]) -> dict[str, Shape]:
    return {name: weight.shape for name, weight in layer.weights(specs(*shapes)).items()}


def _concrete(layer: Layer, shapes: tuple[Shape, ...], dtypes: tuple[str, ...]) -> tuple[Shape, ...] | None:
    ctx = Context()
    inputs = tuple(Spec(shape, dtype) for shape, dtype in zip(shapes, dtypes, strict=True))
    try:
        outputs = layer.outputs(inputs, ctx)
    except (ShapeError, ArgumentError):
        return None
    assert ctx.conditions == []
    return tuple(y.shape for y in outputs)


def _symbolic(
    layer: Layer, shapes: tuple[Shape, ...], dtypes: tuple[str, ...], fixed: tuple[int, ...]
) -> tuple[Shape, ...] | None:
    """The shapes by formulas, evaluated; every axis is a symbol but those in `fixed`."""
    values: dict[str, int] = {}
    numbers = count()

    def symbol(size: int) -> Any:
        values[name := f"s{next(numbers)}"] = size
        return dim(name)

    inputs = tuple(
        Spec(tuple(size if axis in fixed else symbol(size) for axis, size in enumerate(shape)), dtype)
        for shape, dtype in zip(shapes, dtypes, strict=True)
    )
    ctx = Context()
    try:
        outputs = layer.outputs(inputs, ctx)
    except (ShapeError, ArgumentError):
        return None
    if not all(condition.holds(evaluate(condition.expr, values)) for condition in ctx.conditions):
        return None
    return tuple(tuple(evaluate(size, values) for size in y.shape) for y in outputs)


def _torch(torch: Any, module: Any, shapes: tuple[Shape, ...], dtypes: tuple[str, ...]) -> tuple[Shape, ...] | None:
    tensors = [torch.empty(s, dtype=getattr(torch, d), device="meta") for s, d in zip(shapes, dtypes, strict=True)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = module(*tensors)
        except (RuntimeError, ValueError, IndexError, NotImplementedError):
            return None
    made = tuple(tuple(t.shape) for t in (result if isinstance(result, tuple) else (result,)))
    return None if 0 in sum(made, ()) else made  # PyTorch makes tensors without elements, we do not


def compare(
    torch: Any,
    layer: Layer,
    module: Callable[..., Any],
    *shapes: Shape,
    dtypes: tuple[str, ...] | None = None,
    fixed: tuple[int, ...] = (1,),
) -> bool:
    """Assert that ours on numbers, ours on formulas and PyTorch give one answer; return whether they take the input."""
    kinds = dtypes or ("float32",) * len(shapes)
    theirs = _torch(torch, module, shapes, kinds)
    assert _concrete(layer, shapes, kinds) == theirs, (layer, shapes)
    assert _symbolic(layer, shapes, kinds, fixed) == theirs, (layer, shapes)
    if theirs is not None and hasattr(module, "state_dict"):
        named = {name: tuple(t.shape) for name, t in module.state_dict().items()}
        assert {name: weight.shape for name, weight in layer.weights(specs(*shapes)).items()} == named, layer
    return theirs is not None


class Draw:
    """Random settings from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def one(self, *values: Any) -> Any:
        return self.random.choice(values)

    def size(self, least: int, most: int) -> int:
        return self.random.randint(least, most)

    def per_axis(self, rank: int, least: int, most: int) -> Any:
        """One number, or one for each axis."""
        if self.random.random() < 0.5:
            return self.size(least, most)
        return tuple(self.size(least, most) for _ in range(rank))

    def shape(self, rank: int, channels: int, most: int = 13) -> Shape:
        return (self.size(1, 3), channels, *(self.size(1, most) for _ in range(rank)))


def draws(number: int, seed: int) -> Iterator[tuple[Draw, int]]:
    """`number` sources of settings with a rank each."""
    for n in range(number):
        draw = Draw(seed * 100_003 + n)
        yield draw, draw.size(1, 3)


def fits_often(taken: list[bool]) -> None:
    """Assert that a comparison saw both inputs that fit and inputs that do not, so that it proves something."""
    assert len(taken) / 5 < sum(taken), f"{sum(taken)} of {len(taken)} fit"
