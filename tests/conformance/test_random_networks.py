"""Ten thousand random networks of every layer: formulas, numbers and PyTorch give the same shapes and parameters."""

from __future__ import annotations

from collections import Counter
from dataclasses import MISSING, fields
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnshape.graph.propagate import Propagation, propagate
from cnnshape.layers.base import Layer, Spec, Weight
from cnnshape.layers.catalog import ENTRIES
from cnnshape.layers.io import Input
from cnnshape.symbolic import evaluate, product
from tests.random_networks.grow import Sample, grow
from tests.random_networks.special import numbers_tell_more


def ten_thousand(test: Any) -> Any:
    """Run a test on ten batches of 1000 networks, so that they run side by side; the batch is part of the seed."""
    drawn = given(seed=st.integers(0, 2**48), depth=st.integers(1, 12))(test)
    return pytest.mark.parametrize("batch", range(10))(settings(max_examples=10 * settings.default.max_examples)(drawn))


def sampled(batch: int, seed: int, depth: int) -> tuple[Sample, list[dict[str, int]]]:
    """Return a network with the sizes it was grown at, and small ones that often do not fit it."""
    rng = Random(f"{batch} {seed}")
    sample = grow(rng, depth)
    most = rng.choice([3, 16])
    return sample, [sample.sizes, {name: rng.randint(1, most) for name in sample.sizes}]


def violated(found: Propagation, sizes: dict[str, int]) -> bool:
    return any(not d.condition.holds(evaluate(d.condition.expr, sizes)) for d in found.demands)


def at(spec: Spec, sizes: dict[str, int]) -> Spec:
    return Spec(tuple(evaluate(size, sizes) for size in spec.shape), spec.dtype)


def weights_of(layer: Layer, inputs: tuple[Spec, ...], sizes: dict[str, int]) -> dict[str, tuple[Spec, bool]] | int:
    """The weights with numbers; the one weight or three of an attention as the number of their elements."""
    found: dict[str, Weight] = dict(layer.weights(inputs))
    if "out_proj.weight" in found:
        return sum(evaluate(product(weight.shape), sizes) for weight in found.values())
    return {name: (at(Spec(weight.shape), sizes), weight.trainable) for name, weight in found.items()}


@ten_thousand
def test_a_formula_at_sizes_is_the_walk_with_numbers(batch: int, seed: int, depth: int) -> None:
    sample, drawn = sampled(batch, seed, depth)
    free = propagate(sample.network)
    for sizes in drawn:
        fixed = propagate(sample.network, sizes)
        if numbers_tell_more(sample.network, free, fixed):
            continue
        assert bool(fixed.faults) == bool(free.faults or violated(free, sizes))
        if fixed.faults:
            continue
        assert {name: at(free.specs[name], sizes) for name in fixed.specs} == fixed.specs
        for i, node in enumerate(fixed.network.nodes):
            formulas, numbers = free.inputs[i], fixed.inputs[i]
            if formulas is None or numbers is None:
                assert i in sample.network.held
                continue
            ours = weights_of(sample.network.nodes[i].layer, formulas, sizes)
            assert ours == weights_of(node.layer, numbers, sizes), node.name


@pytest.mark.torch
@ten_thousand
def test_shapes_and_parameters_are_those_of_pytorch(batch: int, seed: int, depth: int) -> None:
    pytest.importorskip("torch")
    from tests.oracles.torch_reference import answer

    sample, drawn = sampled(batch, seed, depth)
    for sizes in drawn:
        fixed = propagate(sample.network, sizes)
        expected = answer(sample.network, sizes)
        assert {n: (s.shape, s.dtype) for n, s in fixed.specs.items() if n not in expected.unfair} == expected.tensors
        if expected.unfair or None in fixed.outputs:
            continue
        trained = buffered = 0
        for node, inputs in zip(fixed.network.nodes, fixed.inputs, strict=True):
            assert inputs is not None
            for weight in () if node.weights_of else node.layer.weights(inputs).values():
                count = product(weight.shape)
                assert isinstance(count, int)
                trained, buffered = (trained + count, buffered) if weight.trainable else (trained, buffered + count)
        assert (trained, buffered) == (expected.parameters, expected.buffers)


# What changes neither shapes nor weights: values, probabilities, names of what is interpolated or filled in.
WITHOUT_EFFECT = {
    *("eps", "momentum", "alpha", "beta", "k", "lambd", "threshold", "value", "init", "init_values", "dropout", "p"),
    *("min", "max", "min_val", "max_val", "negative_slope", "approximate", "dropout_p", "scale"),
    *("spatial_scale", "sampling_ratio"),
    "recurrent_bias",  # of Keras, which it is compared with
    *("softcap", "left_window_size", "right_window_size", "offset"),
}


@pytest.fixture(scope="module")
def population() -> list[Sample]:
    return [grow(Random(f"population {i}"), 1 + i % 12) for i in range(2400)]


def test_every_layer_occurs(population: list[Sample]) -> None:
    """The comparisons say nothing of a layer that is hardly ever drawn, or hardly ever fits."""
    seen: Counter[type[Layer]] = Counter()
    for sample in population:
        found = propagate(sample.network, sample.sizes)
        seen.update(
            type(node.layer) for node, y in zip(sample.network.nodes, found.outputs, strict=True) if y is not None
        )
    assert {entry.name: seen[entry.layer] for entry in ENTRIES if seen[entry.layer] < 12} == {"unknown": 0}


def test_every_argument_is_used(population: list[Sample]) -> None:
    used: Counter[tuple[str, str]] = Counter()
    for layer in (node.layer for sample in population for node in sample.network.nodes):
        for f in fields(layer):  # type: ignore[arg-type]  # a dataclass
            used[type(layer).__name__, f.name] += f.default is MISSING or getattr(layer, f.name) != f.default
    known = {
        (e.layer.__name__, f.name)
        for e in ENTRIES
        if e.name != "unknown"  # nothing else knows what it stands for
        for f in fields(e.layer)  # type: ignore[arg-type]  # as above
        if f.name not in WITHOUT_EFFECT
    }
    assert sorted(argument for argument in known if used[argument] < 3) == []


def test_every_sort_of_network_occurs(population: list[Sample]) -> None:
    networks = [sample.network for sample in population]
    nodes = [[node for node in network.nodes if not isinstance(node.layer, Input)] for network in networks]
    sorts = {
        "several inputs": sum(len(network.inputs) > 1 for network in networks),
        "several outputs": sum(len(network.outputs) > 1 for network in networks),
        "outputs with names of their own": sum(any(n != t for n, t in w.outputs.items()) for w in networks),
        "shared weights": sum(any(node.weights_of for node in row) for row in nodes),
        "blocks": sum(any(node.scope for node in row) for row in nodes),
        "blocks in blocks": sum(any("." in node.scope for node in row) for row in nodes),
        "networks as layers": sum(any("cell" in node.scope for node in row) for row in nodes),
        "a network as a layer twice": sum(any("cell_2" in node.scope for node in row) for row in nodes),
        "frozen layers": sum(any(node.frozen for node in row) for row in nodes),
        "held layers": sum(bool(network.held) for network in networks),
        "more than 20 layers": sum(len(row) > 20 for row in nodes),
        "whole numbers": sum(any("int" in str(node.layer) for node in network.inputs) for network in networks),
        "faults": sum(bool(propagate(s.network, s.sizes).faults) for s in population),
        "no fault": sum(not propagate(s.network, s.sizes).faults for s in population) // 10,
    }
    assert {sort: count for sort, count in sorts.items() if count < 30} == {}
