"""Random networks through a design file and back, and random texts: a network or an error of ours, nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnshape.analysis.report import facts
from cnnshape.errors import CnnshapeError
from cnnshape.formats.design_file import dump_design, load_design
from cnnshape.graph.network import Network, Node
from cnnshape.graph.propagate import propagate
from tests.random_networks.grow import grow
from tests.random_networks.texts import mutated, random_design

EXAMPLES = [path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parents[2].glob("examples/*.yaml"))]


def a_thousand(test: Any) -> Any:
    """Run a test on two batches of 500 seeds, so that they run side by side; the batch is part of the seed."""
    drawn = given(seed=st.integers(0, 2**48))(test)
    return pytest.mark.parametrize("batch", range(2))(settings(max_examples=5 * settings.default.max_examples)(drawn))


def nodes_of(network: Network) -> dict[str, Node]:
    return {node.name: replace(node, place="") for node in network.nodes}


@a_thousand
def test_a_network_comes_back_from_its_design_file(batch: int, seed: int) -> None:
    rng = Random(f"{batch} {seed}")
    network = grow(rng, rng.randint(1, 12)).network
    form = rng.choice(["yaml", "json"])
    text = dump_design(network, form)
    again = load_design(text)
    assert nodes_of(again) == nodes_of(network)
    computed = [[node.name for node in each.nodes if node.inputs] for each in (network, again)]
    assert computed[0] == computed[1], "the order is kept, on which the peak of memory depends"
    assert (again.name, again.outputs, again.defaults) == (network.name, network.outputs, network.defaults)
    found, expected = propagate(again), propagate(network)
    assert found.specs == expected.specs
    assert [str(d.condition) for d in found.demands] == [str(d.condition) for d in expected.demands]
    assert [(i, e.code) for i, e in found.faults] == [(i, e.code) for i, e in expected.faults]
    assert facts(again).totals == facts(network).totals


def outcome(text: str) -> str:
    """Load a design and ask for everything that a report shows; raise what is no error of ours."""
    try:
        network = load_design(text)
    except CnnshapeError as error:
        return error.code
    free = facts(network)
    for found in (free, free.at(network.defaults)):
        shown = (found.layers, found.totals, found.conditions, found.notes, found.complete, found.sharing)
        assert None not in shown
        assert {tensor.name for tensor in found.outputs} <= set(network.outputs)
        assert all(error.text for error in found.errors)
        assert not found.errors or found.valid is False
    return "faults" if free.propagation.faults else "fits"


@a_thousand
def test_any_design_is_a_network_or_an_error(batch: int, seed: int) -> None:
    outcome(random_design(Random(f"{batch} {seed}")))


@a_thousand
def test_a_design_that_was_tampered_with_is_a_network_or_an_error(batch: int, seed: int) -> None:
    outcome(mutated(Random(f"{batch} {seed}"), EXAMPLES))


def test_texts_of_all_sorts_are_drawn() -> None:
    """Most random designs load, most of those fit; many of the spoiled ones are refused beyond the YAML."""
    made = [outcome(random_design(Random(f"sort {i}"))) for i in range(200)]
    assert made.count("fits") > 40
    assert made.count("faults") > 20
    assert len(set(made)) > 8
    spoiled = [outcome(mutated(Random(f"sort {i}"), EXAMPLES)) for i in range(200)]
    assert spoiled.count("fits") > 20
    assert sum(code.startswith("CS1") and code > "CS109" for code in spoiled) > 40
