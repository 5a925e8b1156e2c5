"""Counts under every convention against what the tools themselves count (see `measured`)."""

import numpy as np
import pytest

import cnnshape.layers as L
from cnnshape import Input, Network
from cnnshape.analysis.conventions import CONVENTIONS, reconcile, tally
from cnnshape.analysis.counts import counts
from cnnshape.errors import UsageError
from cnnshape.graph.network import Node
from cnnshape.graph.propagate import propagate
from cnnshape.layers import io
from tests.analysis import networks
from tests.analysis.measured import LAYERS, NETWORKS

TOOLS = ("fvcore", "thop", "ptflops")
PARTIAL = {("fvcore", "multihead")}
"""fvcore counts the projections of an attention layer and lists its product as unsupported."""


def single(layer, shapes):
    inputs = [Node(f"x{i}", io.Input(shape)) for i, shape in enumerate(shapes)]
    node = Node("y", layer, tuple(each.name for each in inputs))
    return counts(propagate(Network.of_nodes("single", [*inputs, node], {"y": "y"})))


@pytest.mark.parametrize(
    ("name", "layer", "shapes", "fvcore", "thop", "ptflops"), LAYERS, ids=[row[0] for row in LAYERS]
)
def test_a_layer_counts_as_the_tools_count_it(name, layer, shapes, fvcore, thop, ptflops):
    found = single(layer, shapes)
    assert not found.found.faults
    for tool, measured in zip(TOOLS, (fvcore, thop, ptflops), strict=True):
        row = tally(found, tool)
        assert (tool, row.macs.total) == (tool, measured or 0)
        assert (tool, row.complete) == (tool, measured is not None and (tool, name.split()[0]) not in PARTIAL)


@pytest.mark.parametrize(("first", "second"), [(False, True), (True, False), (True, True)])
def test_a_product_with_a_transposed_factor_counts_as_the_product_itself(first, second):
    # PyTorch writes a @ b.mT: the tools see the transposed factor.
    shapes = ((1, 6, 5) if first else (1, 5, 6), (1, 7, 6) if second else (1, 6, 7))
    transposed = single(L.MatMul(transpose_a=first, transpose_b=second), shapes)
    plain = single(L.MatMul(), ((1, 5, 6), (1, 6, 7)))
    for tool in TOOLS:
        assert tally(transposed, tool).macs.total == tally(plain, tool).macs.total


EQUATIONS = {
    "bij,bjk->bik": ((2, 30, 50), (2, 50, 77)),
    "bhid,bhjd->bhij": ((1, 2, 5, 8), (1, 2, 7, 8)),
    "ij,jk->i": ((3, 4), (4, 5)),
    "...i,oi->...o": ((2, 3, 4), (5, 4)),
}


@pytest.mark.parametrize("equation", EQUATIONS)
def test_fvcore_reads_a_product_by_equation_off_numpys_path(equation):
    # fvcore 0.1.5, jit_handles.einsum_flop_jit: half of what `np.einsum_path` prints as the optimized count.
    shapes = EQUATIONS[equation]
    _, printed = np.einsum_path(equation, *map(np.zeros, shapes), optimize="optimal")
    (line,) = (line for line in printed.splitlines() if "optimized flop" in line.lower())
    assert tally(single(L.Einsum(equation), shapes), "fvcore").macs.total == float(line.rpartition(":")[2]) // 2


@pytest.mark.parametrize(("equation", "shapes"), [("bi,bj->bij", ((3, 5), (3, 7))), ("bchw->bhc", ((2, 3, 4, 5),))])
def test_what_fvcore_reads_off_numpys_path_otherwise_is_not_reproduced(equation, shapes):
    found = single(L.Einsum(equation), shapes)
    assert not found.found.faults
    assert not tally(found, "fvcore").complete


@pytest.mark.parametrize("transposed", [False, True])
def test_a_product_with_a_vector_has_no_columns_to_count(transposed):
    # fvcore's and thop's rules look up the last but one size of the second factor, and raise.
    found = single(L.MatMul(transpose_b=transposed), ((5, 6), (6,)))
    assert not found.found.faults
    assert [tally(found, tool).complete for tool in ("fvcore", "torchvision")] == [False, True]
    assert tally(found, "fvcore").macs.total == 0


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_counts_as_the_tools_count_it(name):
    sizes, counter, *measured = NETWORKS[name]
    found = counts(propagate(getattr(networks, name)()))
    assert [tally(found, tool).macs.at(sizes).total for tool in TOOLS] == measured
    if counter is not None:
        assert tally(found).macs.at(sizes).total == counter
    assert tally(found, "timm").macs.at(sizes).total == measured[0]


def test_the_terms_between_two_conventions_on_resnet50():
    found = counts(propagate(networks.resnet50()))
    apart = reconcile(found, "torchvision", "fvcore", {"H": 224, "W": 224})
    # fvcore's own by_operator(): batch_norm 22227968, adaptive_avg_pool2d 100352
    assert [(term.op, term.layers, term.difference) for term in apart.terms] == [
        ("batch_norm", 53, 22_227_968),
        ("adaptive_avg_pool", 1, 100_352),
    ]
    assert (apart.first, apart.second) == (4_089_184_256, 4_111_512_576)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("second", TOOLS)
def test_the_terms_add_up_as_formulas(name, second):
    apart = reconcile(counts(propagate(getattr(networks, name)())), "torchvision", second)
    assert apart.first + sum(term.difference for term in apart.terms) == apart.second


def test_layers_without_a_rule_are_listed_and_those_that_count_nothing_by_rule_are_not():
    x = Input("x", (4, "H", "W"))
    y = L.Conv(4, kernel_size=1)(x)
    y = L.Add()(L.ReLU()(y), L.ReLU6()(y))
    found = counts(propagate(Network("n", inputs=x, outputs=L.Dropout()(L.Flatten()(y)))))
    # ReLU is among fvcore's ignored operators; relu6 is traced as hardtanh, which it warns of; views do nothing
    assert [row.layer for row in tally(found, "fvcore").incomplete] == ["relu61", "add1"]
    assert [row.layer for row in tally(found, "thop").incomplete] == ["add1"]
    assert tally(found, "thop").incomplete[0].why == "thop has no rule for add and counts nothing"


def test_products_alone_count_for_torchvision_and_keras():
    found = counts(propagate(networks.resnet50()))
    assert tally(found, "keras").macs.total == tally(found, "torchvision").macs.total == found.macs.total
    assert tally(found, "keras").complete


def test_a_held_layer_counts_nothing_and_is_not_missing():
    x = Input("x", (4, "H", "W"))
    y = L.ReLU()(x)
    found = counts(propagate(Network("n", inputs=x, outputs=y, held=L.Sigmoid()(y))))
    for name in CONVENTIONS:
        assert tally(found, name).complete


def test_behind_a_fault_nothing_is_known():
    x = Input("x", (4, "H", "W"))
    bad = L.Conv(3, kernel_size=1, in_channels=5)(x, name="bad")
    found = counts(propagate(Network("n", inputs=x, outputs=L.ReLU()(bad, name="after"))))
    for name in CONVENTIONS:
        assert [row.layer for row in tally(found, name).incomplete] == ["bad", "after"]
        assert tally(found, name).macs["bad"] is None


def test_an_unknown_convention_names_a_near_one():
    with pytest.raises(UsageError, match="did you mean torchvision"):
        tally(counts(propagate(networks.lenet())), "torchvison")
