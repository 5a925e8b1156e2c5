"""Ten thousand random networks of all families: formulas, numbers and PyTorch give the same shapes and parameters."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnshape.graph.propagate import Propagation, propagate
from cnnshape.layers.base import Spec
from cnnshape.symbolic import evaluate, product
from tests.networks import Sample, grow


def ten_thousand(test: Any) -> Any:
    """Run a test on ten batches of 1000 networks, so that they run side by side; the batch is part of the seed."""
    drawn = given(seed=st.integers(0, 2**48), depth=st.integers(1, 12))(test)
    return pytest.mark.parametrize("batch", range(10))(settings(max_examples=1000)(drawn))


def sampled(batch: int, seed: int, depth: int) -> tuple[Sample, list[dict[str, int]]]:
    """Return a network with the sizes it was grown at, and small ones that often do not fit it."""
    rng = Random(f"{batch} {seed}")
    sample = grow(rng, depth)
    return sample, [sample.sizes, {name: rng.randint(1, 16) for name in sample.sizes}]


def violated(found: Propagation, sizes: dict[str, int]) -> bool:
    return any(not d.condition.holds(evaluate(d.condition.expr, sizes)) for d in found.demands)


def shape_at(spec: Spec, sizes: dict[str, int]) -> tuple[int, ...]:
    return tuple(evaluate(size, sizes) for size in spec.shape)


def broadcasts(found: Propagation, fixed: Propagation, sizes: dict[str, int]) -> bool:
    """Say whether a join took a formula that is 1 at these sizes: numbers broadcast there, formulas never do."""
    joins = {d.node for d in found.demands if not d.condition.holds(evaluate(d.condition.expr, sizes))}
    joins |= {node for node, _ in found.faults}
    return any(
        any(1 in spec.shape for spec in fixed.inputs[i] or ())
        and type(found.network.nodes[i].layer).__name__ in {"Add", "Multiply", "Maximum", "Subtract"}
        for i in joins
    )


@ten_thousand
def test_a_formula_at_sizes_is_the_walk_with_numbers(batch: int, seed: int, depth: int) -> None:
    sample, drawn = sampled(batch, seed, depth)
    free = propagate(sample.network)
    for sizes in drawn:
        fixed = propagate(sample.network, sizes)
        if violated(free, sizes) or free.faults:
            assert fixed.faults or broadcasts(free, fixed, sizes)
            continue
        assert not fixed.faults
        for name, spec in fixed.specs.items():
            assert shape_at(free.specs[name], sizes) == spec.shape, name
        for node, symbolic, concrete in zip(sample.network.nodes, free.inputs, fixed.inputs, strict=True):
            assert symbolic is not None
            assert concrete is not None
            ours, theirs = node.layer.weights(symbolic), node.layer.weights(concrete)
            assert {k: (shape_at(Spec(w.shape), sizes), w.trainable) for k, w in ours.items()} == {
                k: (w.shape, w.trainable) for k, w in theirs.items()
            }


@pytest.mark.torch
@ten_thousand
def test_shapes_and_parameters_are_those_of_pytorch(batch: int, seed: int, depth: int) -> None:
    pytest.importorskip("torch")
    from tests.oracles.torch_reference import Unfair, shapes

    sample, drawn = sampled(batch, seed, depth)
    for sizes in drawn:
        fixed = propagate(sample.network, sizes)
        try:
            expected, parameters, buffers = shapes(sample.network, sizes)
        except Unfair:
            continue
        assert {name: spec.shape for name, spec in fixed.specs.items()} == expected
        if fixed.faults:
            continue
        trained = buffered = 0
        for node, inputs in zip(sample.network.nodes, fixed.inputs, strict=True):
            assert inputs is not None
            for weight in () if node.weights_of else node.layer.weights(inputs).values():
                count = product(weight.shape)
                assert isinstance(count, int)
                trained, buffered = (trained + count, buffered) if weight.trainable else (trained, buffered + count)
        assert (trained, buffered) == (parameters, buffers)
