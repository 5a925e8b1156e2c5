"""Hypothesis strategies for sizes, and the trees they are made of.

A tree is the independent half of a test: `number` evaluates it with Python's own integers, step by step, without
any of the package's algebra; `size` builds the same value with the algebra; `source` writes it as text.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from hypothesis import strategies as st

from cnnshape.symbolic import Size, dim, floordiv, mod

Tree: TypeAlias = "int | str | tuple[str, Tree, Tree]"
Step: TypeAlias = tuple[int, int, int]  # x -> (x + a) // s + b

SYMBOLS = ("H", "W")
DIVISORS = (2, 3, 4, 5, 7, 8, 32, 49, 98)

_ON_INTS: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
}


def number(tree: Tree, values: Mapping[str, int]) -> int:
    """Return the value by Python's integers."""
    if isinstance(tree, int):
        return tree
    if isinstance(tree, str):
        return values[tree]
    operator, left, right = tree
    return _ON_INTS[operator](number(left, values), number(right, values))


def size(tree: Tree) -> Size:
    """Return the value by the algebra."""
    if isinstance(tree, int):
        return tree
    if isinstance(tree, str):
        return dim(tree)
    operator, left, right = tree
    a, b = size(left), size(right)
    if operator == "//":
        return floordiv(a, b)
    return mod(a, b) if operator == "%" else {"+": a + b, "-": a - b, "*": a * b}[operator]


def source(tree: Tree) -> str:
    """Return the tree as text, every operation in brackets."""
    if not isinstance(tree, tuple):
        return str(tree) if not isinstance(tree, int) or tree >= 0 else f"({tree})"
    operator, left, right = tree
    return f"({source(left)} {operator} {source(right)})"


def trees(symbols: Sequence[str] = SYMBOLS, leaves: int = 7) -> st.SearchStrategy[Tree]:
    """Return trees over the symbols; divisors are ints >= 2."""
    leaf = st.one_of(st.sampled_from(symbols), st.integers(-9, 9))

    def larger(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        return st.one_of(
            st.tuples(st.sampled_from(("+", "-", "*")), inner, inner),
            st.tuples(st.sampled_from(("//", "//", "%")), inner, st.sampled_from(DIVISORS)),
        )

    return st.recursive(leaf, larger, max_leaves=leaves)


def sizes(symbols: Sequence[str] = SYMBOLS, leaves: int = 7) -> st.SearchStrategy[Size]:
    """Return ints and formulas."""
    return trees(symbols, leaves).map(size)


def points(symbols: Sequence[str] = SYMBOLS, largest: int = 3000) -> st.SearchStrategy[dict[str, int]]:
    """Return a value >= 1 for every symbol."""
    return st.fixed_dictionaries({name: st.integers(1, largest) for name in symbols})


def chains(longest: int = 8) -> st.SearchStrategy[list[Step]]:
    """Return the steps of chains of convolutions and poolings."""
    step = st.tuples(st.integers(-9, 9), st.sampled_from((1, 2, 2, 3, 4, 5, 7)), st.integers(-5, 5))
    return st.lists(step, min_size=1, max_size=longest)


def random_tree(
    rng: random.Random, symbols: Sequence[str] = SYMBOLS, depth: int = 4, divisors: Sequence[int] = DIVISORS
) -> Tree:
    """Return a tree for tests that need thousands of cases and no shrinking."""
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(symbols) if rng.random() < 0.75 else rng.randint(-9, 9)
    operator = rng.choice(("+", "+", "-", "*", "//", "//", "%"))
    left = random_tree(rng, symbols, depth - 1, divisors)
    right = rng.choice(divisors) if operator in ("//", "%") else random_tree(rng, symbols, depth - 1, divisors)
    return operator, left, right


def random_chain(rng: random.Random, longest: int = 8, largest_stride: int = 7) -> list[Step]:
    """Return the steps of one random chain."""
    return [
        (rng.randint(-9, 9), rng.randint(1, largest_stride), rng.randint(-5, 5)) for _ in range(rng.randint(1, longest))
    ]
