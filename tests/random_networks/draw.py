"""Draws that all layers use: numbers per axis, paddings, divisors, statements that are mostly true."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TypeVar

from cnnshape.graph.build import Tensor
from cnnshape.layers.base import Spec

__all__ = ["At", "axes", "chance", "divisor", "mostly", "padding", "stated", "word_or"]

T = TypeVar("T")


@dataclass(frozen=True)
class At:
    """A tensor of a growing network: what it is at the sizes that the network grows at, and as formulas."""

    tensor: Tensor
    numbers: Spec
    formulas: Spec

    @property
    def shape(self) -> tuple[int, ...]:
        return self.numbers.shape  # type: ignore[return-value]  # numbers

    @property
    def rank(self) -> int:
        """The number of space axes, if these are batch and channels first."""
        return len(self.shape) - 2

    @property
    def dtype(self) -> str:
        return self.numbers.dtype

    @property
    def is_float(self) -> bool:
        return "float" in self.dtype


def chance(rng: Random, probability: float) -> bool:
    return rng.random() < probability


def mostly(rng: Random, usual: T, other: T, probability: float = 0.8) -> T:
    return usual if rng.random() < probability else other


def axes(rng: Random, rank: int, least: int, most: int) -> int | tuple[int, ...]:
    """Draw one number, or one per axis."""
    if chance(rng, 0.6):
        return rng.randint(least, most)
    return tuple(rng.randint(least, most) for _ in range(rank))


def padding(rng: Random, rank: int, most: int) -> object:
    """Draw one number, one per axis, or both sides of each axis."""
    if chance(rng, 0.3):
        return tuple((rng.randint(0, most), rng.randint(0, most)) for _ in range(rank))
    return axes(rng, rank, 0, most)


def word_or(rng: Random, words: list[str], other: object, probability: float = 0.25) -> object:
    return rng.choice(words) if chance(rng, probability) else other


def divisor(rng: Random, size: int) -> int:
    """Draw a divisor, or now and then any small number."""
    return rng.choice([d for d in range(1, size + 1) if size % d == 0]) if chance(rng, 0.93) else rng.randint(1, 5)


def stated(rng: Random, size: int, probability: float = 0.3) -> int | None:
    """Draw whether a size that a layer could read from its input is written, now and then wrongly."""
    return size + chance(rng, 0.04) if chance(rng, probability) else None
