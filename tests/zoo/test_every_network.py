"""What holds for every network of the zoo: it prints as a design, its formulas are its sizes, its valid set exact."""

import random
from functools import cache

import pytest

import cnnshape as cs
from cnnshape.analysis.counts import counts
from cnnshape.formats.design_file import dump_design, load_design
from cnnshape.graph.propagate import propagate
from cnnshape.symbolic import evaluate
from cnnshape.zoo.catalog import NETWORKS

LONGEST = {"N": 8, "T": 24, "H": 400, "W": 400, "L": 40_000}


@cache
def report(name):
    return cs.report(cs.zoo(name))


@pytest.fixture(params=NETWORKS)
def name(request):
    return request.param


def test_it_prints_as_a_design_that_loads_to_the_same_network(name):
    network = report(name).network
    text = dump_design(network)
    assert load_design(text) == network
    assert load_design(dump_design(network, "json")) == network
    assert text.startswith(f"cnnshape: 1\nname: {name}\n")


def test_its_sizes_and_counts_at_numbers_are_its_formulas(name):
    found = report(name)
    network, free = found.network, propagate(found.network)
    totals = counts(free)
    numbers = random.Random(name)
    fitting = 0
    for _ in range(400):
        sizes = {symbol: numbers.randint(1, LONGEST[symbol]) for symbol in network.symbols}
        sizes = {s: (found.conditions[s].nearest(n)[0] or n) if s in found.conditions else n for s, n in sizes.items()}
        at = propagate(network, sizes)
        for tensor, spec in at.specs.items():
            assert spec.shape == tuple(evaluate(size, sizes) for size in free.specs[tensor].shape)
        if not at.faults:
            fitting += 1
            costs = counts(at, totals)  # a held layer that does not fit keeps its parameters
            assert costs.params.total == evaluate(totals.params.total, sizes)
            # A formula is that of one input; the walk with numbers is that of the batch.
            assert costs.macs.total == evaluate(totals.macs.total, sizes) * sizes.get("N", 1)
        if fitting == 20:
            return
    pytest.fail(f"only {fitting} of 400 sizes fit")


def test_its_valid_set_is_what_trying_every_size_gives(name):
    found = report(name)
    network = found.network
    axes = [symbol for symbol in network.symbols if symbol in "HWL"]
    others = {symbol: network.defaults.get(symbol, 1) for symbol in network.symbols if symbol not in axes}
    tried = range(1, 301) if "L" not in axes else [*range(1, 301), *range(301, 40_000, 97)]
    for size in tried:
        sizes = {**others, **dict.fromkeys(axes, size)}
        fits = not propagate(network, sizes).faults
        assert found.at(sizes).valid is fits, size
        if not found.relations:
            assert all(size in found.conditions[axis] for axis in axes if axis in found.conditions) is fits, size


def test_its_default_size_fits_and_every_count_is_complete(name):
    at = report(name).at()
    assert (at.valid, at.facts.complete, at.errors) == (True, True, ())


def test_its_published_figures_are_its_own(name):
    published = NETWORKS[name].published
    if published is None:
        pytest.skip("nobody publishes figures")
    at = report(name).at()
    assert at.totals.trainable == published.params
    if published.gmacs:
        decimals = len(published.gmacs.partition(".")[2])
        assert f"{at.macs / 1e9:.{decimals}f}" == published.gmacs


def test_a_linear_layer_behind_a_flatten_states_what_it_reads(name):
    network = report(name).network
    for node in network.nodes:
        sources = [network.producers[tensor] for tensor in node.inputs]
        behind = {type(network.nodes[i].layer).__name__ for i in sources}
        if type(node.layer).__name__ == "Linear" and "Flatten" in behind:
            assert node.layer.in_features is not None, node.name


def test_its_arguments_are_those_of_its_builder(name):
    entry = NETWORKS[name]
    assert entry.reference
    assert entry.builder.__doc__
    assert "References" in entry.builder.__doc__
    with pytest.raises(cs.UsageError, match="takes no argument 'nonsense'"):
        entry(nonsense=1)


@pytest.mark.parametrize(("argument", "value"), [("num_classes", 7), ("in_channels", 5)])
def test_the_common_arguments_change_the_network(name, argument, value):
    entry = NETWORKS[name]
    if argument not in entry.options:
        pytest.skip(f"has no {argument}")
    found = cs.report(entry(**{argument: value}))
    assert found.at().valid
    if argument == "in_channels":
        assert next(iter(found.inputs.values()))[1] == value
    else:
        assert found.params != report(name).params or entry.options[argument] == value
