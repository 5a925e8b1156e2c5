"""What is said of random networks as formulas is what is said of them at sizes: counts, bytes, and which sizes fit."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cnnshape.layers as L
from cnnshape.analysis.counts import counts
from cnnshape.analysis.memory import memory
from cnnshape.analysis.quantity import Quantity
from cnnshape.analysis.records import Totals
from cnnshape.analysis.report import Facts, facts
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import Propagation, propagate
from cnnshape.symbolic import evaluate, symbols
from tests.random_networks.grow import grow
from tests.random_networks.special import numbers_tell_more

WORK = ("macs", "muls", "adds", "compares", "transcendental")


def five_hundred(test: Any) -> Any:
    """Run a test on two batches of 250 networks, so that they run side by side; the batch is part of the seed."""
    drawn = given(seed=st.integers(0, 2**48), depth=st.integers(1, 12))(test)
    return pytest.mark.parametrize("batch", range(2))(settings(max_examples=250)(drawn))


@five_hundred
def test_facts_of_formulas_at_sizes_are_those_of_numbers(batch: int, seed: int, depth: int) -> None:
    rng = Random(f"{batch} {seed}")
    sample = grow(rng, depth)
    free = facts(sample.network)
    most = rng.choice([3, 16])
    for sizes in (sample.sizes, {name: rng.randint(1, most) for name in sample.sizes}):
        fixed = propagate(sample.network, sizes)
        if numbers_tell_more(sample.network, free.propagation, fixed):
            continue
        fits = not fixed.faults
        assert free.validity.check(sizes) is fits
        assert fits is not bool(free.validity.errors_at(sizes))
        if fits and None not in fixed.outputs:
            check_nodes(free, fixed, sizes)
            assert free.at(sizes).totals == totals(fixed)
            check_one_image(free, {**sizes, "N": 1})
        elif not fits:
            check_nearest(free, sizes)


def check_nodes(free: Facts, fixed: Propagation, sizes: dict[str, int]) -> None:
    """Every quantity of every node: the formula at sizes is the number."""
    counted = counts(fixed)
    bytes_ = memory(counted)
    pairs: list[tuple[Quantity, Quantity]] = [(free.counts.work(sort), counted.work(sort)) for sort in WORK]
    pairs += [(getattr(free.counts, name), getattr(counted, name)) for name in ("params", "buffers", "frozen")]
    pairs += [(getattr(free.memory, name), getattr(bytes_, name)) for name in ("weights", "activations", "live")]
    for formulas, numbers in pairs:
        for node, ours, expected in zip(fixed.network.nodes, formulas.at(sizes).values, numbers.values, strict=True):
            assert ours == expected or (is_bound(node.layer) and ours > expected), (formulas.name, node)  # type: ignore[operator]  # numbers


def is_bound(layer: object) -> bool:
    """Say whether the work of unequal bins may be counted: how many overlap is a question of numbers."""
    return isinstance(layer, (L.AdaptiveAvgPool, L.AdaptiveMaxPool)) or (
        isinstance(layer, L.Upsample) and layer.mode == "area"
    )


def totals(fixed: Propagation) -> Totals:
    counted = counts(fixed)
    bytes_ = memory(counted)
    macs = counted.macs.total
    return Totals(
        counted.params.total,
        counted.trainable.total,
        counted.frozen.total,
        counted.buffers.total,
        macs,
        2 * macs,
        bytes_.weights.total,
        bytes_.activations.total,
        bytes_.live.total,
    )


def check_one_image(free: Facts, sizes: dict[str, int]) -> None:
    """While the batch is free, totals are formulas for one image."""
    fixed = propagate(free.network, sizes)
    if fixed.faults or None in fixed.outputs or numbers_tell_more(free.network, free.propagation, fixed):
        return
    for name in Totals.__slots__:
        formula = getattr(free.totals, name)
        assert free.network.batch not in symbols(formula), name
        assert evaluate(formula, sizes) == getattr(totals(fixed), name), name


def check_nearest(free: Facts, sizes: dict[str, int]) -> None:
    """Sizes that are named as a way out are one."""
    for near in free.validity.nearest(sizes):
        assert free.validity.check(near) is True
        fixed = propagate(free.network, near)
        assert not fixed.faults or numbers_tell_more(free.network, free.propagation, fixed)


def test_many_networks_fit_and_many_do_not() -> None:
    """The comparison says little if few networks are counted, or few sizes refused."""
    networks: list[Network] = [grow(Random(f"fits {i}"), 1 + i % 12).network for i in range(100)]
    fits = [propagate(network, dict.fromkeys(network.symbols, 4)).faults == () for network in networks]
    assert 20 < sum(fits) < 80
