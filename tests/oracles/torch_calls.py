"""How layers become torch calls: the table, and what several of its rows need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional
torch.set_num_threads(1)  # the tests themselves run side by side

Maker = Callable[[dict[str, Any], Sequence[Any]], tuple[Any, Callable[[Any], Any]]]
"""From arguments and inputs to a module, and to what is called with it, or with the module whose weights it shares."""
CALLS: dict[str, Maker] = {}


class Dead(Exception):
    """The layer refuses its input, or leaves nothing of it."""


class Unfair(Exception):
    """PyTorch's answer says nothing here; the reason stands where it is raised."""


def maps(*names: str) -> Callable[[Maker], Maker]:
    """Register a maker under the names of layers."""

    def register(maker: Maker) -> Maker:
        CALLS.update(dict.fromkeys(names, maker))
        return maker

    return register


def function(call: Callable[..., Any]) -> Maker:
    """Make a maker from a function of (arguments, *inputs)."""
    return lambda arguments, inputs: (nn.Module(), lambda _: call(arguments, *inputs))


def learned(**shapes: Sequence[int]) -> Any:
    """Return a module that holds parameters of these shapes."""
    module = nn.Module()
    for name, shape in shapes.items():
        module.register_parameter(name, nn.Parameter(torch.empty(tuple(shape))))
    return module


def space(x: Any) -> int:
    """Return the number of space axes."""
    rank = x.dim() - 2
    if not 1 <= rank <= 3:
        raise Dead
    return int(rank)


def spread(value: Any, rank: int) -> tuple[Any, ...]:
    """Return one value for every axis."""
    if isinstance(value, tuple):
        if len(value) != rank:
            raise Dead
        return value
    return (value,) * rank


def pairs(value: Any, rank: int) -> list[tuple[int, int]]:
    """Return (before, after) for every axis."""
    return [side if isinstance(side, tuple) else (side, side) for side in spread(value, rank)]


def same(word: str, sizes: Sequence[int], kernel: Any, stride: Any, dilation: Any) -> list[tuple[int, int]]:
    """Return the padding that a word means: `same` gives ceil(size/stride) positions, with the fewest zeros."""
    rank = len(sizes)
    sides = []
    for d, k, s, a in zip(sizes, spread(kernel, rank), spread(stride, rank), spread(dilation, rank), strict=True):
        whole = 0 if word == "valid" else max((-(-d // s) - 1) * s + a * (k - 1) + 1 - d, 0)
        less, more = whole // 2, whole - whole // 2
        sides.append((more, less) if word == "same_lower" else (less, more))
    return sides


def resized(x: Any, shape: Sequence[int]) -> Any:
    """Return an empty tensor of another shape and the same type."""
    if any(size < 1 for size in shape):
        raise Dead
    return x.new_empty(tuple(shape))
