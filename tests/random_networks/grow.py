"""Random networks of every layer, for comparing formulas with numbers and with other frameworks.

A network is grown a move at a time. What does not fit the sizes it is grown at is mostly drawn again, so that networks
get deep; some is kept, so that faults are compared as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import cnnshape.layers as L
from cnnshape.errors import ArgumentError
from cnnshape.graph.build import Input, Tensor, block
from cnnshape.graph.network import Network
from cnnshape.symbolic import dim
from tests.random_networks.arrange import ARRANGE
from tests.random_networks.draw import At, chance, mostly
from tests.random_networks.growth import Growth, Unfit
from tests.random_networks.joins import JOINS
from tests.random_networks.positions import POSITIONS
from tests.random_networks.quantized import QUANTIZED
from tests.random_networks.questions import QUESTIONS
from tests.random_networks.regions import REGIONS
from tests.random_networks.sources import SOURCES
from tests.random_networks.space import SPACE
from tests.random_networks.values import SEQUENCES, VALUES, curve, reduction, running

__all__ = ["Sample", "grow"]

NAMES = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}
BLOCKS = ("a", "b", "stage", "a.c")


@dataclass(frozen=True)
class Sample:
    """A random network and the sizes it was grown at."""

    network: Network
    sizes: dict[str, int]


def grow(rng: Random, depth: int) -> Sample:
    """Grow a network of about `depth` moves."""
    growth = Growth(rng, {"N": 2})
    inputs = [growth.give(x) for x in inputs_of(rng, growth.sizes)]
    moves(growth, depth, 0)
    outputs, held = ends(growth)
    network = Network(
        "random",
        inputs=[x.tensor for x in inputs],
        outputs=outputs,
        held=held,
        defaults=growth.sizes if chance(rng, 0.3) else {},
    )
    return Sample(network, growth.sizes)


def inputs_of(rng: Random, sizes: dict[str, int]) -> list[Tensor]:
    """Draw one to three inputs, and sizes for their symbols."""
    kind = rng.choice(["image"] * 5 + ["pair", "tokens", "sequence", "features", "mixed"])
    made = []
    if kind in ("image", "pair", "mixed"):
        rank = rng.choice([1, 2, 2, 2, 3])
        made.append(image(rng, sizes, "image", rank))
        if kind == "pair":
            made.append(image(rng, sizes, "other", mostly(rng, rank, 2)))
    if kind in ("tokens", "mixed"):
        sizes["T"] = rng.randint(2, 9)
        made.append(Input("tokens", ("T",), dtype=rng.choice(["int64", "int64", "int32"])))
    if kind == "sequence" or (kind == "mixed" and chance(rng, 0.3)):
        sizes["T"] = rng.randint(2, 9)
        made.append(Input("sequence", ("T", rng.randint(1, 8))))
    if kind == "features":
        made.append(Input("features", (rng.choice([rng.randint(1, 12), "C"]),)))
        sizes["C"] = rng.randint(2, 12)
    return made


def image(rng: Random, sizes: dict[str, int], name: str, rank: int) -> Tensor:
    names = NAMES[rank]
    for symbol in names:
        sizes.setdefault(symbol, rng.randint(4, 20 if rank < 3 else 9))
    space: list[Any] = [mostly(rng, dim(symbol), rng.randint(5, 9), 0.93) for symbol in names]
    if chance(rng, 0.1):
        space[0] = space[0] * 2 + rng.randint(0, 3)
    channels = mostly(rng, rng.randint(1, 6), dim("C"), 0.95)
    if not isinstance(channels, int):
        sizes.setdefault("C", rng.randint(1, 6))
    return Input(name, (channels, *space))


def moves(growth: Growth, depth: int, level: int) -> None:
    """Make moves, some of them inside blocks."""
    rng = growth.rng
    while depth > 0:
        inside = rng.randint(1, depth)
        if level < 3 and chance(rng, 0.15):
            with block(rng.choice(BLOCKS)):
                moves(growth, inside, level + 1)
            depth -= inside
            continue
        move(growth, level)
        depth -= 1


def move(growth: Growth, level: int) -> None:
    """Make one move that fits, if one is found in a few tries."""
    rng = growth.rng
    for _ in range(6):
        try:
            if level < 2 and chance(rng, 0.06):
                network_as_layer(growth, level)
            elif chance(rng, 0.3):
                rng.choice((*JOINS, *POSITIONS, *QUANTIZED, *QUESTIONS, *REGIONS, *SOURCES))(growth)
            else:
                single(growth)
        except (Unfit, ArgumentError):
            continue
        return


def single(growth: Growth) -> None:
    """Put one layer on one of the latest tensors."""
    rng, x = growth.rng, growth.pick()
    dims = len(x.shape)
    draws: tuple[Any, ...]
    if dims < 2:
        draws = (curve, curve)
    elif not x.is_float:
        draws = (*ARRANGE, reduction, running)
    else:
        part = rng.random()
        draws = VALUES if part < 0.3 else ARRANGE if part < 0.55 else SPACE
        if dims == 3 and chance(rng, 0.3):
            draws = SEQUENCES
        if draws is SPACE and not 3 <= dims <= 5:
            draws = (*VALUES, *ARRANGE)
    growth.put(rng.choice(draws)(rng, x), x)


def network_as_layer(growth: Growth, level: int) -> None:
    """Grow a network on an input like a tensor, and call it there, sometimes on a second one or on its own output."""
    rng = growth.rng
    x = growth.pick(lambda x: x.is_float and bool(x.formulas.shape) and x.formulas.shape[0] == dim("N"))
    inner = Growth(rng, growth.sizes)
    start = inner.give(Input("cell_input", x.formulas.shape[1:]))
    moves(inner, rng.randint(1, 3), level + 1)
    ends_of = [y for y in inner.tensors if y.tensor in inner.leaves and y.tensor.call.inputs]
    if inner.dead or not ends_of:
        raise Unfit
    network = Network("cell", inputs=start.tensor, outputs=[y.tensor for y in ends_of])
    call(growth, network, x, ends_of)
    if chance(rng, 0.6):
        again = growth.any(lambda y: y.formulas == x.formulas)
        call(growth, network, again, ends_of)


def call(growth: Growth, network: Network, x: At, ends_of: list[At]) -> None:
    made = network(x.tensor)
    growth.used.add(x.tensor)
    tensors = list(made.values()) if isinstance(made, Mapping) else [made]
    growth.tensors += [At(t, y.numbers, y.formulas) for t, y in zip(tensors, ends_of, strict=True)]


def ends(growth: Growth) -> tuple[Any, list[Tensor]]:
    """Return the outputs, by name or not, and the tensors that are held."""
    rng = growth.rng
    leaves = growth.leaves or [growth.tensors[0].tensor]
    held = [t for t in leaves[1:] if chance(rng, 0.08)]
    kept = [t for t in leaves if t not in held]
    if chance(rng, 0.3):
        kept[0] = L.Output()(kept[0])
    if chance(rng, 0.2):
        return {f"y{i}": t for i, t in enumerate(kept)}, held
    return mostly(rng, kept, kept[0] if len(kept) == 1 else kept), held
